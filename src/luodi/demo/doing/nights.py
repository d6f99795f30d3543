"""What each evening brings: facts drawn some days ago are looked at again, and what was not done in time is carried up."""

from __future__ import annotations

from datetime import date, timedelta

from luodi.demo.live import Town, instant
from luodi.kernel import acts, clock
from luodi.obligations.models import Obligation
from luodi.obligations.services.climbing import climb_due
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.models import FactRecheck
from luodi.projects.services.rechecks import recheck_record

EVENING = timedelta(minutes=45)
"""How long after the last part of a day begins."""
AFTER = timedelta(days=5)
"""How long after it was drawn a fact is looked at again."""
OFFICES = (Role.STATISTICS_BUREAU, Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE)


def evening(town: Town, day: date) -> None:
    with clock.standing_at(instant(day, 3, town.seed) + EVENING):
        for duty in Obligation.objects.open().filter(kind="recheck", opened_on__lte=day - AFTER).order_by("pk"):
            _look_again(town, duty)
        climb_due()


def _look_again(town: Town, duty: Obligation) -> None:
    found: list[User] = [
        user for role in OFFICES for user in town.cast.roles[role] if user.member.unit_id == duty.unit_id
    ]
    if found:
        seen = FactRecheck.objects.values_list("version", flat=True).get(pk=duty.ref)
        note = "查了原件，看了现场照片，与申报一致。"
        acts.run(recheck_record, by=found[0], recheck_id=duty.ref, seen=seen, holds=True, note=note)
