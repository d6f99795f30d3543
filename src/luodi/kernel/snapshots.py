"""The whole database at one moment, while it is written to: copied to a file, read, and put back.

SQLite: its online backup, one step within one read. PostgreSQL: pg_dump within an exported snapshot, so that what is read here beside it
is of the same moment; the programs are those of LUODI_PG_BIN or PATH, no older than the server.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections

from luodi.kernel import audit

DUMP = {"sqlite": "database.sqlite3", "postgresql": "database.dump"}
READ_AT_ONCE = 2000


class NoProgram(RuntimeError):
    """A program of PostgreSQL is missing, too old or failed; the message says which, and what to do."""


@contextmanager
def frozen(folder: Path) -> Iterator[Path]:
    """Copy the database into `folder` and give the copy; inside, this thread reads the very moment of the copy."""
    if connection.vendor == "sqlite":
        copy = folder / DUMP["sqlite"]
        _copy_sqlite(str(connection.settings_dict["NAME"]), copy)
        with connected_to(str(copy)):
            yield copy
    else:
        with audit.one_snapshot():
            yield _dump_postgresql(folder / DUMP["postgresql"])


def _copy_sqlite(source: str, copy: Path) -> None:
    reading, writing = sqlite3.connect(source, timeout=20), sqlite3.connect(copy)
    try:
        reading.backup(writing, pages=-1)
    finally:
        writing.close()
        reading.close()
    copy.chmod(0o600)


def _dump_postgresql(copy: Path) -> Path:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
    _run(
        [
            _program("pg_dump"),
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            f"--snapshot={snapshot}",
            f"--file={copy}",
            f"--dbname={_address()}",
        ]
    )
    copy.chmod(0o600)
    return copy


def put_back_postgresql(dump: Path, *, emptied: bool) -> None:
    """Write a dump into the database, in one transaction; `emptied` drops what is there, in the same one."""
    script = dump.with_suffix(".sql")
    with script.open("wb") as out:
        if emptied:
            out.write(b"DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n")
        out.flush()
        _run([_program("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(dump)], out=out)
    run_script(script)
    script.unlink()


def run_script(script: Path) -> None:
    """Run SQL that pg_dump or pg_restore wrote, in one transaction."""
    psql, address = _program("psql"), _address()
    connection.close()
    options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction"]
    _run([psql, *options, f"--file={script}", f"--dbname={address}"])


def _address() -> str:
    connection.ensure_connection()
    return str(connection.connection.info.dsn)


def _run(command: list[str], out: Any = subprocess.DEVNULL) -> None:
    """The password goes by the environment: a command line is there for all to read."""
    environment = {"PATH": os.defpath, "PGPASSWORD": str(connection.settings_dict["PASSWORD"]), "LC_ALL": "C.UTF-8"}
    done = subprocess.run(command, env=environment, stdout=out, stderr=subprocess.PIPE, check=False)  # noqa: S603 (fixed programs)
    if done.returncode:
        raise NoProgram(f"{Path(command[0]).name}: {done.stderr.decode(errors='replace').strip()[:1000]}")


def _program(name: str) -> str:
    connection.ensure_connection()
    server = connection.connection.info.server_version // 10000
    for found in (shutil.which(name, path=settings.LUODI_PG_BIN or None), shutil.which(name)):
        if found and _major(found) >= server:
            return found
    raise NoProgram(
        f"没有不低于 {server} 版的 {name} → 安装 postgresql-client-{server}，或用 LUODI_PG_BIN 指出它所在的文件夹"
    )


def _major(program: str) -> int:
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else 0


@contextmanager
def connected_to(name: str) -> Iterator[None]:
    """Let this thread read and write another database of the same kind; other threads go on with theirs."""
    before = connections[DEFAULT_DB_ALIAS]
    other = connections.create_connection(DEFAULT_DB_ALIAS)
    other.settings_dict = {**before.settings_dict, "NAME": name}
    connections[DEFAULT_DB_ALIAS] = other
    try:
        yield
    finally:
        other.close()
        connections[DEFAULT_DB_ALIAS] = before


# What is in it --------------------------------------------------------------------------------------------------------


def digests() -> dict[str, dict[str, Any]]:
    """For every table its number of rows, and the SHA-256 of them all in the order of the primary key."""
    with connection.cursor() as cursor:
        tables = sorted(info.name for info in connection.introspection.get_table_list(cursor) if info.type == "t")
        keys = {table: connection.introspection.get_primary_key_columns(cursor, table) for table in tables}
    return {table: _digest(table, keys[table] or []) for table in tables if not table.startswith("sqlite_")}


def _digest(table: str, key: list[str]) -> dict[str, Any]:
    order = f" ORDER BY {', '.join(map(connection.ops.quote_name, key))}" if key else ""
    found, rows = hashlib.sha256(), 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}{order}")  # noqa: S608 (names of our own tables)
        while some := cursor.fetchmany(READ_AT_ONCE):
            rows += len(some)
            for row in some:
                found.update(repr(tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)).encode())
    return {"rows": rows, "sha256": found.hexdigest()}


def migrations() -> list[str]:
    """What was applied, as app.name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY app, name")
        return [f"{app}.{name}" for app, name in cursor.fetchall()]


def is_empty() -> bool:
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor)
