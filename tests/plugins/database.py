"""The test database; `live`, one that really commits; `built`, one in which something is already built."""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.test.utils import setup_databases, teardown_databases
from pytest_django import DjangoDbBlocker

P = ParamSpec("P")
T = TypeVar("T")

WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
"""Tells xdist's workers apart, each of which has databases of its own."""


class LiveDatabase:
    """A copy of a database that really commits. `reset()` restores it."""

    def __init__(self, name: str, template: str) -> None:
        self.name = name
        self.template = template

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


def named(part: str) -> str:
    """The name of one of this worker's databases; on SQLite its file."""
    name = f"test_luodi_{WORKER}_{part}"
    return str(Path(os.environ["LUODI_DATA"]) / f"{name}.sqlite3") if connection.vendor == "sqlite" else name


def copy_of(template: str, part: str) -> LiveDatabase:
    kind = LiveSqlite if connection.vendor == "sqlite" else LivePostgres
    return kind(named(part), template)


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    connection.settings_dict["TEST"]["NAME"] = named("db")
    if connection.vendor == "sqlite":
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None,
    django_db_blocker: DjangoDbBlocker,
    django_db_modify_db_settings: None,
) -> Iterator[None]:
    """Make the test database by the migrations, and a copy that nobody opens, the template of all others.

    pytest-django's own fixture would make none for `live` and `built` alone.
    """
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    with django_db_blocker.unblock():
        made = setup_databases(verbosity=0, interactive=False, aliases=dict.fromkeys(["default"]))
        connection.close()
        migrated = copy_of(named("db"), "migrated")
        migrated.copy()
    yield
    with django_db_blocker.unblock():
        migrated.drop()
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
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())
        database = copy_of(named("migrated"), "live")
        database.copy()
        stack.callback(database.drop)
        stack.enter_context(pointed_to(database.name))
        yield database


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Give this thread another connection, to `name`. The one before waits, its transaction untouched."""
    before = connections[DEFAULT_DB_ALIAS]
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    other.settings_dict = {**before.settings_dict, "NAME": name}
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = before


@contextmanager
def undone() -> Iterator[None]:
    """Undo what is done inside, as django.test.TestCase does: durable blocks may stand in this one."""
    frame = transaction.atomic()
    frame._from_testcase = True  # type: ignore[attr-defined]
    with frame:
        yield
        if not connection.needs_rollback:
            connection.check_constraints()
        connection.set_rollback(True)


class Prebuilt:
    """Databases in which something is built: each once in a session, at its first use."""

    def __init__(self) -> None:
        self.built: dict[str, tuple[LiveDatabase, Any]] = {}

    def get(self, build: Callable[..., Any], *given: Any, **named_: Any) -> tuple[LiveDatabase, Any]:
        key = f"{build.__module__}.{build.__qualname__}{given!r}{named_!r}"
        if key not in self.built:
            database = copy_of(named("migrated"), f"built{len(self.built)}")
            database.copy()
            with connected_to(database.name):
                self.built[key] = database, build(*given, **named_)
        return self.built[key]


class Built(Protocol):
    def __call__(self, build: Callable[P, T], *given: P.args, **named_: P.kwargs) -> T: ...


@pytest.fixture(scope="session")
def prebuilt(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Prebuilt]:
    found = Prebuilt()
    yield found
    with django_db_blocker.unblock():
        for database, _result in found.built.values():
            database.drop()


@pytest.fixture
def built(prebuilt: Prebuilt, django_db_blocker: DjangoDbBlocker) -> Iterator[Built]:
    """`built(make_world)` gives what make_world() gives, built once in a session and not once in a test.

    Each test gets a copy of the result and undoes its own changes. Use it once in a test, before
    anything is written; with or without the mark `django_db`. Not for builders that take a moment or
    a file from the test.
    """
    with ExitStack() as stack:
        stack.enter_context(django_db_blocker.unblock())

        def enter(build: Callable[P, T], *given: P.args, **named_: P.kwargs) -> T:
            database, result = prebuilt.get(build, *given, **named_)
            stack.enter_context(connected_to(database.name))
            stack.enter_context(undone())
            return copy.deepcopy(result)  # type: ignore[no-any-return]

        yield enter


@pytest.fixture(autouse=True)
def no_files_left() -> Iterator[None]:
    """Take away what a test stored: its rows are rolled back, its files would stay."""
    yield
    shutil.rmtree(settings.MEDIA_ROOT, ignore_errors=True)
