"""What a database must have done to it from time to time, so that it stays as quick as it was."""

from __future__ import annotations

from django.db import connection

from luodi.kernel import acts, jobs, periodic
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import Job

ROWS_LOOKED_AT = 1000  # of each index: milliseconds, whatever the size


def refresh_statistics() -> None:
    """Let SQLite reckon anew how its rows are spread: it never does so by itself, and without it the library takes
    half as long again (docs/benchmarks.md). PostgreSQL's autovacuum does it unasked."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA analysis_limit={ROWS_LOOKED_AT}")
        cursor.execute("ANALYZE")


def daily(job: Job) -> None:
    """The daily job: statistics anew, old slots forgotten."""
    refresh_statistics()
    acts.run(_forget, by=System("upkeep"), job=job)


def _forget(*, by: Actor, job: Job) -> None:
    periodic.forget_old(by=by)
    jobs.finish(job)
