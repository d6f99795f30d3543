"""python -m bench.one_database OUT: build the county in the empty database of DATABASE_URL and measure every promise."""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from pathlib import Path

import django

SMALL, WHOLE = 200, 2_000


def version() -> str:
    import sqlite3

    from django.db import connection

    if connection.vendor == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}, WAL, synchronous=FULL"
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        number = cursor.fetchone()[0]
        cursor.execute("SHOW fsync")
        return f"PostgreSQL {number.split()[0]}, fsync={cursor.fetchone()[0]}, Unix socket"


def run(out: Path) -> None:
    from django.core.management import call_command

    from bench import county, desk, every_page, library, many_writers, one_write, past, project_page, search
    from bench.measuring import Growth, Report, said
    from luodi.kernel.models import AuditEntry

    begun = time.monotonic()
    call_command("migrate", verbosity=0)
    report = Report(version())
    print(report.database, flush=True)
    town = county.settle()
    counts = []
    for size in (SMALL, WHOLE):
        county.fill(town, size)
        analyse()
        counts.append(every_page.counted(town))
        said(f"{size} projects, {AuditEntry.objects.count()} audit entries: {time.monotonic() - begun:.0f} s")
    report.growth = [Growth(name, counts[0][name], counts[1][name]) for name in counts[0]]
    report.size = sizes()
    gc.collect()
    gc.freeze()  # what built the county is no load of a server's collector
    for promise in (library, project_page, past, one_write, many_writers, desk, search):
        promise.measure(town, report)
        said(f"{promise.__name__.removeprefix('bench.')}: {time.monotonic() - begun:.0f} s")
    out.write_text(json.dumps(report.plain()), encoding="utf-8")


def analyse() -> None:
    """The statistics that PostgreSQL reckons by itself after a while, and our worker once a day for SQLite."""
    from django.db import connection

    from luodi.kernel import upkeep

    upkeep.refresh_statistics()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")


def sizes() -> dict[str, int]:
    from luodi.kernel.models import AuditEntry
    from luodi.orgs.models import Member, Unit
    from luodi.projects.models import Obstacle, Project

    models = {"units": Unit, "members": Member, "projects": Project, "obstacles": Obstacle, "audit entries": AuditEntry}
    return {name: model._default_manager.count() for name, model in models.items()}


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "luodi.config.settings"
    django.setup()
    run(Path(sys.argv[1]))
