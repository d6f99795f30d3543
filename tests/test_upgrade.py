"""From the database of an earlier release, with data, to now: the data are the same, the guards stand, nothing is found amiss.

The databases were built by that release's own code (tests/fixtures/upgrade/make.py).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from luodi.kernel import acts, audit, doctor, guards, snapshots
from luodi.kernel.acts import System
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import Member, Region, Theme
from tests.fixtures.upgrade.make import HERE, SECRET
from tests.plugins.database import LiveDatabase, LivePostgres, connected_to, named
from tools.postgres import installed_binaries

pytestmark = pytest.mark.slow
RELEASES = ["part1"]
SEEDED = {"django_migrations", "django_content_type", "auth_permission"}
"""Tables that a migration fills by itself."""


@pytest.fixture(params=RELEASES)
def old(request: pytest.FixtureRequest, live: LiveDatabase, tmp_path: Path) -> Iterator[None]:
    """This thread reads the old database, as it was when its release was left."""
    if connection.vendor == "sqlite":
        name = str(tmp_path / "old.sqlite3")
        Path(name).write_bytes(gzip.decompress((HERE / f"{request.param}.sqlite3.gz").read_bytes()))
    else:
        name = named("old")
        assert isinstance(live, LivePostgres)
        live.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        live.execute(f'CREATE DATABASE "{name}"')
    with (
        override_settings(LUODI_PERSONAL_SECRET=SECRET, LUODI_PG_BIN=str(installed_binaries() / "bin")),
        connected_to(name),
    ):
        if connection.vendor == "postgresql":
            script = tmp_path / "old.sql"
            script.write_bytes(gzip.decompress((HERE / f"{request.param}.sql.gz").read_bytes()))
            snapshots.run_script(script)
        yield
    if isinstance(live, LivePostgres):
        live.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


Columns = dict[str, list[str]]


def columns() -> Columns:
    """Every table with its columns."""
    with connection.cursor() as cursor:
        tables = [info.name for info in connection.introspection.get_table_list(cursor) if info.type == "t"]
        return {
            table: [column.name for column in connection.introspection.get_table_description(cursor, table)]
            for table in tables
            if table not in SEEDED and not table.startswith("sqlite_")
        }


def content(of: Columns) -> dict[str, tuple[int, str]]:
    """For each table the number of its rows and a digest of these columns of them."""
    found = {}
    with connection.cursor() as cursor:
        for table, names in sorted(of.items()):
            listed = ", ".join(f'"{name}"' for name in names)
            cursor.execute(f'SELECT {listed} FROM "{table}"')  # noqa: S608 (names that the database gave)
            rows = sorted(repr([bytes(v) if isinstance(v, memoryview) else v for v in row]) for row in cursor)
            found[table] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found


MOVED = {"projects_gatechoice": "options of the gates are rows of the rulebook now, with the days from which they held"}
"""Tables of an old release that are gone, each with where its rows went."""


def test_an_old_database_comes_up_to_now_whole(old: None) -> None:
    assert [finding.level for finding in doctor.refusals()] == ["bad"], "an old database is not served"
    before, entries = columns(), AuditEntry.objects.count()
    heads = audit.heads()
    was = content(before)
    assert sum(rows for rows, _digest in was.values()) > 500
    call_command("migrate", verbosity=0)
    now = columns()
    for table in MOVED:
        was.pop(table, None)
        before.pop(table, None)
    kept = {table: [name for name in names if name in now.get(table, [])] for table, names in before.items()}
    gone = {table: sorted(set(names) - set(kept[table])) for table, names in before.items() if names != kept[table]}
    assert gone == {}, "a column that a release held is gone: say here why, and where its data went"
    assert content(kept) == was
    assert guards.differences() == []
    assert doctor.refusals() == []
    assert audit.verify(heads).entries == entries
    call_command("obligations_keep")  # as the notes of the release say: what waits becomes duties with a limit
    told = doctor.examine(deep=True)
    assert [finding for finding in told if finding.level == "bad" and "前端" not in finding.text] == []
    acts.run(lambda by: acts.insert(Theme(region=Region.objects.earliest("pk"), name="升级以后")), by=System("tests"))
    assert audit.verify(heads).intact


def test_personal_data_of_the_old_release_can_be_read(old: None) -> None:
    call_command("migrate", verbosity=0)
    assert Member.objects.get(name="有电话").phone.reveal() == "13900000001"
