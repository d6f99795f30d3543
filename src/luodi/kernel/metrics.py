"""What Prometheus reads. Counts and times are kept by each process in files that all processes of this machine share
(PROMETHEUS_MULTIPROC_DIR, set by the settings), so that whichever of them answers tells of all; what stands in the database is
counted there at the moment of asking.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Sum
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

REQUEST_SECONDS = Histogram(
    "luodi_request_seconds", "Requests by view, method and status.", ["view", "method", "status"],
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)  # fmt: skip
ACTS = Counter("luodi_acts", "Acts by service and outcome (done, refused, failed).", ["service", "outcome"])
JOB_SECONDS = Histogram(
    "luodi_job_seconds", "Runs of jobs by kind and outcome (done, failed, lost).", ["kind", "outcome"],
    buckets=(0.05, 0.25, 1, 5, 15, 60, 300, 1800),
)  # fmt: skip
DATABASE_ERRORS = Counter("luodi_database_errors", "Errors of the database that reached a request or an act.", ["kind"])


def text() -> bytes:
    """All of it, in Prometheus' text form."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
    registry.register(_Stored())
    return generate_latest(registry)


class _Stored:
    """What the database knows, whichever process wrote it."""

    def collect(self) -> Iterator[Metric]:
        from luodi.kernel import clock, jobs, queue  # they count with what stands above
        from luodi.kernel.models import AuditHead, Job

        standing = Job.objects.filter(jobs.OPEN)
        due = standing.filter(due_at__lte=clock.now(), attempts__lt=jobs.MOST_ATTEMPTS)
        yield GaugeMetricFamily("luodi_jobs_due", "Jobs due and not done.", value=due.count())
        resting = standing.filter(attempts__gte=jobs.MOST_ATTEMPTS).count()
        yield GaugeMetricFamily("luodi_jobs_failed", "Jobs that failed too often and rest.", value=resting)
        entries = AuditHead.objects.aggregate(n=Sum("seq"))["n"] or 0
        yield CounterMetricFamily("luodi_audit_entries", "Entries of the audit log.", value=entries)
        yield GaugeMetricFamily("luodi_workers", "Workers seen within half a minute.", value=queue.alive())


def forget_ended() -> None:
    """Take away the files of processes that are gone. Their counts start anew, as Prometheus expects of a restart."""
    for file in Path(settings.METRICS_FOLDER).glob("*.db"):
        number = file.stem.rpartition("_")[2]
        if number.isdigit() and not lives(int(number)):
            file.unlink(missing_ok=True)


def lives(pid: int) -> bool:
    """Whether a process of this machine has the number."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
