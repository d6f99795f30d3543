"""What happens to units: a head gives way to another, a project goes over to another unit. Each is an act of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from luodi.demo.drafts import Frame
from luodi.demo.live import Town
from luodi.demo.people import SYSTEM, open_account
from luodi.kernel import acts
from luodi.orgs.models import Member, Unit
from luodi.orgs.rules import Role
from luodi.orgs.services import units
from luodi.projects.models import Project
from luodi.projects.services import people

HEADS = ((262, "T05"), (505, "D10"), (830, "T12"))
UNITS = ((330, "T07", "D06"), (610, "T13", "D07"), (905, "T02", "D11"))
"""Days after the first: whose head changes; from which unit a project goes over to which."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a day, or on the first day after it on which the county lives."""

    day: date
    happen: Callable[[Town], None]


def of_county(frame: Frame) -> Iterator[Event]:
    """The events of one county in the order of their days."""
    found = [Event(frame.first + timedelta(after), _head_changes(unit)) for after, unit in HEADS]
    found += [Event(frame.first + timedelta(after), _goes_over(source, to)) for after, source, to in UNITS]
    yield from sorted(found, key=lambda event: event.day)


def _head_changes(code: str) -> Callable[[Town], None]:
    def happen(town: Town) -> None:
        """Somebody of the unit takes over with all that the old head answered for; the old head leaves."""
        cast = town.cast
        unit = Unit.objects.get(pk=cast.units[code].pk)
        old = unit.head
        new = unit.members.filter(state="active", account=None).order_by("pk").first()
        if old is None or new is None:
            return
        open_account(SYSTEM, cast, new, (Role.UNIT_HEAD,), prefix=town.prefix)
        by = town.any_of(Role.GOVERNMENT_OFFICE)
        cast.units[code] = acts.run(
            units.unit_head_change,
            by=by,
            unit_id=unit.pk,
            member_id=new.pk,
            seen=unit.version,
            reason="单位主要领导换任",
        )
        _leave(town, old)

    return happen


def _leave(town: Town, old: Member) -> None:
    user = town.cast.user(old.pk)
    town.cast.roles[Role.UNIT_HEAD].remove(user)
    seen = Member.objects.values_list("version", flat=True).get(pk=old.pk)
    acts.run(
        units.member_leave,
        by=town.any_of(Role.PROJECT_OFFICE, but=old.unit_id),
        member_id=old.pk,
        seen=seen,
        reason="调离",
    )


def _goes_over(source: str, to: str) -> Callable[[Town], None]:
    def happen(town: Town) -> None:
        """A project in preparation is given to the department that can do it."""
        rows = Project.objects.live().filter(unit=town.cast.units[source], stage__in=["signed", "preparing"])
        project = rows.order_by("pk").first()
        if project is None:
            return
        acts.run(
            people.hand_over_unit,
            by=town.any_of(Role.PROJECT_OFFICE),
            project_id=project.pk,
            unit_id=town.cast.units[to].pk,
            officer_id=town.cast.officers[to][0].pk,
            note="专业性强，改由主管部门负责。合同、图纸和联系人已移交，遗留一处接口手续。",
        )

    return happen
