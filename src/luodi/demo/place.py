"""Where the demo goes: a database that holds nothing yet. SQLite is built beside it and moved into place when whole."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from luodi.kernel.models import AuditEntry
from luodi.orgs.models import Region, Unit, User

FINISH = "demo.build.finish"


class State(StrEnum):
    """What a database holds."""

    EMPTY = "empty"
    DEMO = "demo"
    PARTIAL = "partial"  # a demo that was cut off: only where it was not built aside
    OTHER = "other"


def state() -> State:
    if Region._meta.db_table not in connection.introspection.table_names():
        return State.EMPTY
    if not any(model._default_manager.exists() for model in (Region, Unit, User)):
        return State.EMPTY
    ours = AuditEntry.objects.filter(actor="system:demo", model="orgs.region")
    if ours.filter(service=FINISH).exists():
        return State.DEMO
    return State.PARTIAL if ours.exists() else State.OTHER


def county_count() -> int:
    return Region.objects.filter(level="county").count()


@contextmanager
def built_aside() -> Iterator[None]:
    """Let the database be filled within. On SQLite in a file beside it, that takes its place when whole: a kill leaves nothing.

    Raises BlockingIOError where another process is building the same one.
    """
    if connection.vendor != "sqlite":
        call_command("migrate", verbosity=0)
        yield
        return
    place = Path(str(connection.settings_dict["NAME"]))
    aside = place.with_name(place.name + ".demo")
    with open(f"{aside}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with _pointed_to(aside):
            call_command("migrate", verbosity=0)
            yield
            with connection.cursor() as cursor:
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        _settle(aside, place)
        Path(lock.name).unlink()


@contextmanager
def _pointed_to(aside: Path) -> Iterator[None]:
    """Connect to a new file, and trouble the disk only when it is whole."""
    _forget(aside)
    settings = connection.settings_dict
    name, options = settings["NAME"], settings["OPTIONS"]
    connection.close()
    settings["NAME"] = str(aside)
    settings["OPTIONS"] = {**options, "init_command": f"{options.get('init_command', '')}PRAGMA synchronous=OFF;"}
    try:
        yield
    finally:
        connection.close()
        settings["NAME"], settings["OPTIONS"] = name, options


def _settle(aside: Path, place: Path) -> None:
    descriptor = os.open(aside, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)
    _forget(place)
    os.replace(aside, place)
    for ending in ("-wal", "-shm"):
        Path(f"{aside}{ending}").unlink(missing_ok=True)


def _forget(path: Path) -> None:
    for ending in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
