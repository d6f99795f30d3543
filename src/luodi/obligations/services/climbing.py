"""The ladder climbed: once a day each duty whose next step has come is carried up, and who hears of it is written."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import models

from luodi.kernel import acts, clock, jobs
from luodi.kernel.models import Job
from luodi.obligations.models import Escalation, Obligation
from luodi.obligations.selectors import calendar_around, ears_of, steps_of

BATCH = 200


def climb_due() -> int:
    """Carry up all whose step has come, in batches, each an act of its own; what was carried up is not carried up again.

    Gives the number of steps. Steps that the machine slept through are written with the day they were due on.
    """
    steps = 0
    while ids := list(_due().order_by("region_id", "pk").values_list("pk", flat=True)[:BATCH]):
        steps += acts.run(climb_batch, by=acts.System("obligations"), ids=ids)
    return steps


def climb_job(job: Job) -> None:
    """The daily climb as background work."""
    climb_due()
    jobs.conclude(job)


def _due() -> models.QuerySet[Obligation]:
    return Obligation.objects.open().filter(stopped_on=None, next_step_on__lte=clock.today())


def climb_batch(*, by: acts.Actor, ids: Sequence[int]) -> int:
    """One batch: of each obligation all steps up to today that are not yet taken."""
    found = acts.lock(_due().filter(pk__in=ids).select_related("subject"))
    if not found:
        return 0
    today = clock.today()
    calendar = calendar_around([day for row in found for day in (row.opened_on, row.due_on) if day])
    made: list[Escalation] = []
    for region_id in sorted({row.region_id for row in found}):
        rows = [row for row in found if row.region_id == region_id]
        ears = ears_of(rows)
        for row in rows:
            steps = steps_of(row, calendar)
            come = [place for place in range(row.steps_taken, len(steps)) if steps[place].on <= today]
            made += [
                Escalation(
                    obligation=row, step=place, on=steps[place].on, hears=steps[place].who,
                    told_id=ears.of(row, steps[place].who),
                )
                for place in come
            ]  # fmt: skip
            taken = row.steps_taken + len(come)
            acts.update(row, steps_taken=taken, next_step_on=steps[taken].on if taken < len(steps) else None)
    acts.insert_many(made)
    return len(made)
