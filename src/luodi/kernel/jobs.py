"""Background work. A job is a row written in the act that asks for it; the worker takes what is due and leases it.

A handler is called with the job and works in acts of its own; its last act calls `finish`, so that the mark is written
with the effect. A killed worker leaves a lease that runs out: the job is then taken again, so handlers are idempotent.
A worker that was only slow finds its lease gone: `advance` and `finish` raise JobLost, and its act undoes itself.
"""

from __future__ import annotations

import logging
import time
import traceback
from datetime import timedelta
from typing import Any

from django.db.models import F

from luodi.kernel import acts, clock
from luodi.kernel.models import Job
from luodi.kernel.personal import without_numbers
from luodi.kernel.registry import JOBS

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 20
logger = logging.getLogger("luodi.jobs")


class JobLost(RuntimeError):
    """The lease ran out and another worker has the job, or has done it."""


def ask(kind: str, *, delay: timedelta = timedelta(0), steps: int = 0, **arguments: Any) -> Job:
    """Ask for work, within the act that runs. `arguments` are plain JSON values (ids, never personal data)."""
    acts.current()
    due = clock.now() + delay
    return Job.objects.create(kind=kind, arguments=arguments, due_at=due, leased_until=due, steps=steps)


def finish(job: Job) -> None:
    """Mark the job done, in the act that completes its effect. Raises JobLost."""
    _change(job, done_at=clock.now(), failure="", step=F("steps"))


def advance(job: Job, step: int) -> None:
    """Say how far the job has come, in the act that brought it there, and keep its lease. Raises JobLost."""
    _change(job, step=step, leased_until=clock.now() + LEASE)


def _change(job: Job, **fields: Any) -> None:
    """Change a job that this worker holds; its lease is the token that says so."""
    undo = acts.current().undo
    held = job.leased_until
    if not Job.objects.filter(pk=job.pk, done_at=None, leased_until=held).update(**fields):
        raise JobLost(f"job {job.pk} is no longer ours")
    if "leased_until" in fields:
        job.leased_until = fields["leased_until"]
        undo.append(lambda: setattr(job, "leased_until", held))


def due_jobs() -> list[Job]:
    now = clock.now()
    waiting = Job.objects.filter(done_at=None, due_at__lte=now, leased_until__lte=now, attempts__lt=MOST_ATTEMPTS)
    return list(waiting.order_by("due_at", "pk")[:20])


def take(job: Job) -> bool:
    """Lease a due job; False when another worker was quicker."""
    until = clock.now() + LEASE
    free = Job.objects.filter(pk=job.pk, done_at=None, leased_until=job.leased_until)
    if not free.update(leased_until=until, attempts=F("attempts") + 1):
        return False
    job.leased_until = until
    return True


def work_once() -> int:
    """Do all that is due now and give how many jobs were tried. Never raises for a job's own failure: that is kept."""
    tried = 0
    for job in due_jobs():
        if take(job):
            tried += 1
            _do(job)
    return tried


def _do(job: Job) -> None:
    began = time.monotonic()
    try:
        JOBS[job.kind](job)
    except JobLost:
        logger.warning("job %s %s ran longer than its lease: another worker has it", job.pk, job.kind)
    except Exception as error:  # the worker lives on; the failure stands on the job and in the log
        _keep_failure(job, error)
    else:
        logger.info("job %s %s took %.1f s", job.pk, job.kind, time.monotonic() - began)


def _keep_failure(job: Job, error: Exception) -> None:
    """Say where and why, without telephone or identity numbers that a message may quote."""
    why = without_numbers(f"{type(error).__name__}: {error}").replace("\x00", "")[:2000]
    where = without_numbers("".join(traceback.format_tb(error.__traceback__)))
    logger.error("job %s %s failed: %s\n%s", job.pk, job.kind, why, where)
    Job.objects.filter(pk=job.pk, done_at=None).update(failure=why)
