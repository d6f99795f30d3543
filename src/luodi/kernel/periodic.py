"""Periodic work: a slot that has come becomes a job, once over any number of workers (docs/adr/0006-jobs.md).

The row of a slot and its job are written in one act; the unique constraint (name, slot) lets one worker win. Slots that
went by while nobody ran are run once, as the latest of them, and counted. While the job of an earlier slot is still open, no later
slot begins beside it. What is seen for the first time begins with its next slot.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from luodi.kernel import acts, clock, jobs
from luodi.kernel.acts import Actor, System
from luodi.kernel.errors import DomainError
from luodi.kernel.models import Job, PeriodicRun
from luodi.kernel.registry import PERIODIC, Periodic

CLOCK = System("periodic")
KEPT = timedelta(days=60)
"""How long the rows of slots that were run are kept."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a periodic job stands. `last` is None before its first run; `next_slot` is an instant."""

    periodic: Periodic
    last: PeriodicRun | None
    next_slot: datetime


def open_due() -> int:
    """Write a job for each periodic work whose slot has come, and give how many. One query while nothing is due."""
    newest = _newest()
    return sum(_open_one(one, newest.get(name)) for name, one in sorted(PERIODIC.items()))


def _newest() -> dict[str, PeriodicRun]:
    """The newest slot of each name."""
    found: dict[str, PeriodicRun] = {}
    for run in PeriodicRun.objects.filter(name__in=list(PERIODIC), pk__in=_newest_ids()).select_related("job"):
        found[run.name] = run
    return found


def _newest_ids() -> list[int]:
    ids = (
        PeriodicRun.objects.filter(name=name).order_by("-slot").values_list("pk", flat=True).first()
        for name in PERIODIC
    )
    return [pk for pk in ids if pk is not None]


def _open_one(periodic: Periodic, last: PeriodicRun | None) -> bool:
    slot = periodic.schedule.latest(clock.now())
    if last is not None and (slot <= last.slot or _going_on(last.job)):
        return False
    try:
        acts.run(slot_open, by=CLOCK, periodic=periodic, slot=slot, last=last)
    except DomainError as error:
        if error.code != "constraint.periodic_slot_once":
            raise
        return False  # another worker was quicker
    return last is not None


def _going_on(job: Job | None) -> bool:
    return job is not None and job.done_at is None and job.given_up_at is None and job.attempts < jobs.MOST_ATTEMPTS


def slot_open(*, by: Actor, periodic: Periodic, slot: datetime, last: PeriodicRun | None) -> None:
    """Write the row of a slot with its job; for a name seen for the first time, the row alone."""
    if last is None:
        PeriodicRun.objects.create(name=periodic.name, slot=slot)
        return
    missed = periodic.schedule.between(last.slot, slot) - 1
    job = jobs.ask(periodic.name, slot=slot.isoformat())
    PeriodicRun.objects.create(name=periodic.name, slot=slot, missed=missed, job=job)


def standings() -> list[Standing]:
    """All periodic work, by name, for the page that shows it."""
    newest, now = _newest(), clock.now()
    return [
        Standing(one, newest.get(name), one.schedule.following(one.schedule.latest(now)))
        for name, one in sorted(PERIODIC.items())
    ]


def forget_old(*, by: Actor) -> int:
    """Delete the slots run more than KEPT ago, with their jobs, but the newest of each name. Within an act."""
    acts.current()
    old = PeriodicRun.objects.filter(slot__lt=clock.now() - KEPT).exclude(pk__in=_newest_ids())
    ids = list(old.exclude(job=None).filter(job__done_at__isnull=False).values_list("job_id", flat=True)[:5000])
    Job.objects.filter(pk__in=ids).delete()
    return len(ids)
