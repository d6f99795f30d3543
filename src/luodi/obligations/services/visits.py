"""When a person last looked at his desk, so that it can say what has changed since."""

from __future__ import annotations

from datetime import datetime, timedelta

from luodi.kernel import clock
from luodi.obligations.models import DeskVisit
from luodi.orgs.models import User

ONE_VISIT = timedelta(minutes=30)
FIRST = timedelta(days=7)


def look(user: User) -> datetime:
    """Note that this person looks at his desk now, and give when he did so the time before.

    A deputy's look counts for nobody. Looks less than half an hour apart are one visit. Who never looked sees the last week. No business row: no act.
    """
    now = clock.now()
    found = DeskVisit.objects.filter(member=user.member_id).first()
    if user.deputy is not None:  # his principal has not looked
        return found.last_at if found else now - FIRST
    if found is None:
        DeskVisit.objects.get_or_create(member_id=user.member_id, defaults={"before_at": now - FIRST, "last_at": now})
        return now - FIRST
    if now - found.last_at >= ONE_VISIT:
        DeskVisit.objects.filter(pk=found.pk).update(before_at=found.last_at, last_at=now)
        return found.last_at
    if now - found.last_at >= ONE_VISIT / 6:
        DeskVisit.objects.filter(pk=found.pk).update(last_at=now)
    return found.before_at
