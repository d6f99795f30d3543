"""The test database, and `live`: a database of its own for tests that commit or use threads."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker


class LiveDatabase:
    """A copy of the migrated test database that really commits. `reset()` restores it."""

    def __init__(self, template: str, name: str) -> None:
        self.template = template
        self.name = name

    @property
    def url(self) -> str:
        """DATABASE_URL for a process of its own, such as one that a test kills."""
        raise NotImplementedError

    def reset(self) -> None:
        """Throw away all that was committed. Threads of the test must have ended."""
        connection.close()
        self.copy()

    def copy(self) -> None:
        raise NotImplementedError

    def drop(self) -> None:
        raise NotImplementedError


class LiveSqlite(LiveDatabase):
    @property
    def url(self) -> str:
        return f"sqlite:///{self.name}"

    def copy(self) -> None:
        self.drop()
        wal = Path(f"{self.template}-wal")
        if wal.exists() and wal.stat().st_size:
            gc.collect()  # the traceback of a refusal keeps its cursor, and that the connection
        if wal.exists() and wal.stat().st_size:
            raise AssertionError(f"somebody still has {self.template} open")
        shutil.copyfile(self.template, self.name)

    def drop(self) -> None:
        for ending in ("", "-wal", "-shm", "-journal"):
            Path(self.name + ending).unlink(missing_ok=True)


class LivePostgres(LiveDatabase):
    @property
    def url(self) -> str:
        return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{self.name}"))

    def copy(self) -> None:
        self.drop()
        self.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{self.template}"')

    def drop(self) -> None:
        self.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')

    def execute(self, sql: str) -> None:
        with connection._nodb_cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture(scope="session")
def worker_name() -> str:
    """Tells xdist's workers apart, each of which has its own databases."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(worker_name: str) -> None:
    name = f"test_luodi_{worker_name}"
    if connection.vendor == "sqlite":  # a file, since WAL means nothing in memory
        name = str(Path(os.environ["LUODI_DATA"]) / f"{name}.sqlite3")
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    connection.settings_dict["TEST"]["NAME"] = name


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database by the migrations; pytest-django's own would not for `live` alone."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=dict.fromkeys(["default"]))
    yield
    with django_db_blocker.unblock():
        teardown_databases(made, verbosity=0)


@contextmanager
def pointed_to(name: str) -> Iterator[None]:
    """Let the connections of every thread open `name` (Django shares the one settings dict)."""
    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@pytest.fixture
def live(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[LiveDatabase]:
    """A fresh database that commits, also from threads and other processes (see `url`)."""
    template = str(connection.settings_dict["NAME"])
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        database: LiveDatabase
        if connection.vendor == "sqlite":
            database = LiveSqlite(template, template.replace(".sqlite3", "_live.sqlite3"))
        else:
            database = LivePostgres(template, f"{template}_live")
        connection.close()
        database.copy()
        stack.callback(database.drop)
        stack.enter_context(pointed_to(database.name))
        yield database
