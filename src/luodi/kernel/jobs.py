"""Background work. A job is a row written in the act that asks for it; a worker takes what is due and leases it.

A handler is called with the job and works in acts of its own; its last act calls `finish`, so that the mark is written
with the effect. A killed worker leaves a lease that runs out: the job is then taken again, so handlers are idempotent.
A worker that was only slow finds its lease gone: `advance` and `finish` raise JobLost, and its act undoes itself.
"""

from __future__ import annotations

import logging
import time
import traceback
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import F, Q

from luodi.kernel import acts, clock, logs, metrics
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import Job
from luodi.kernel.personal import without_numbers
from luodi.kernel.registry import JOBS

LEASE = timedelta(seconds=30)
MOST_ATTEMPTS = 20
OPEN = Q(done_at=None, given_up_at=None)
"""Neither done nor given up by a person."""
logger = logging.getLogger("luodi.jobs")


class JobLost(RuntimeError):
    """The lease ran out and another worker has the job, or has done it."""


def ask(kind: str, *, delay: timedelta = timedelta(0), steps: int = 0, **arguments: Any) -> Job:
    """Ask for work, within the act that runs. `arguments` are plain JSON values (ids, never personal data)."""
    act = acts.current()
    now = clock.now()
    due = now + delay
    return Job.objects.create(
        kind=kind, arguments=arguments, due_at=due, leased_until=due, steps=steps,
        asked_by=act.by.audit_name, asked_at=now,
    )  # fmt: skip


def finish(job: Job) -> None:
    """Mark the job done, in the act that completes its effect. Raises JobLost."""
    _change(job, done_at=clock.now(), failure="", step=F("steps"))


def conclude(job: Job, *, by: Actor | None = None) -> None:
    """`finish` in an act of its own, for a handler whose effect lies outside the database and may be repeated."""
    acts.run(_conclude, by=by or System("job"), job=job)


def _conclude(*, by: Actor, job: Job) -> None:
    finish(job)


def advance(job: Job, step: int) -> None:
    """Say how far the job has come, in the act that brought it there, and keep its lease. Raises JobLost.

    Who comes further has not failed: the attempts are counted anew.
    """
    further = {"attempts": 1} if step > job.step else {}
    _change(job, step=step, leased_until=clock.now() + LEASE, **further)


def _change(job: Job, **fields: Any) -> None:
    """Change a job that this worker holds; its lease is the token that says so."""
    undo = acts.current().undo
    held = job.leased_until
    if not Job.objects.filter(pk=job.pk, done_at=None, leased_until=held).update(**fields):
        raise JobLost(f"job {job.pk} is no longer ours")
    for name in {"leased_until", "step"} & set(fields):
        if not hasattr(fields[name], "resolve_expression"):
            undo.append(partial(setattr, job, name, getattr(job, name)))
            setattr(job, name, fields[name])


def due_jobs() -> list[Job]:
    now = clock.now()
    waiting = Job.objects.filter(OPEN, due_at__lte=now, leased_until__lte=now, attempts__lt=MOST_ATTEMPTS)
    return list(waiting.order_by("due_at", "pk")[:20])


def take(job: Job) -> bool:
    """Lease a due job; False when another worker was quicker."""
    now = clock.now()
    free = Job.objects.filter(OPEN, pk=job.pk, leased_until=job.leased_until)
    if not free.update(leased_until=now + LEASE, attempts=F("attempts") + 1, began_at=now):
        return False
    job.leased_until, job.began_at = now + LEASE, now
    return True


def take_next() -> Job | None:
    """Lease the first job that is due; None where there is none, or others were quicker at each."""
    return next((job for job in due_jobs() if take(job)), None)


def work_once() -> int:
    """Do all that is due now and give how many jobs were tried. Never raises for a job's own failure: that is kept."""
    tried = 0
    for job in due_jobs():
        if take(job):
            tried += 1
            do(job)
    return tried


def do(job: Job) -> None:
    """Run the handler of a job that this worker holds. Its failure is kept, never raised."""
    began = time.monotonic()
    with logs.within(f"job:{job.pk}", job.asked_by):
        outcome = _outcome(job, began)
    metrics.JOB_SECONDS.labels(job.kind, outcome).observe(time.monotonic() - began)


def _outcome(job: Job, began: float) -> str:
    try:
        JOBS[job.kind](job)
    except JobLost:
        logger.warning("job %s %s ran longer than its lease: another worker has it", job.pk, job.kind)
        return "lost"
    except Exception as error:  # the worker lives on; the failure stands on the job and in the log
        _keep_failure(job, error)
        return "failed"
    logger.info("job %s %s took %.1f s", job.pk, job.kind, time.monotonic() - began)
    return "done"


def _keep_failure(job: Job, error: Exception) -> None:
    """Say where and why, without telephone or identity numbers that a message may quote."""
    why = without_numbers(f"{type(error).__name__}: {error}").replace("\x00", "")[:2000]
    where = without_numbers("".join(traceback.format_tb(error.__traceback__)))
    logger.error("job %s %s failed: %s\n%s", job.pk, job.kind, why, where)
    Job.objects.filter(pk=job.pk, done_at=None).update(failure=why, began_at=None)
