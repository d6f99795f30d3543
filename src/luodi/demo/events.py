"""What happens beside the projects' own course: a head gives way to another, a project goes over to another unit, a leader
lets his office write down what he says on the spot. Each is an act of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from luodi.demo.drafts import Frame
from luodi.demo.live import Town
from luodi.demo.people import SYSTEM, open_account
from luodi.kernel import acts, clock
from luodi.orgs.deputies import standing_for
from luodi.orgs.models import Delegation, Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services import delegations, units
from luodi.projects.models import Project
from luodi.projects.services import people
from luodi.subjects.services import note_add

HEADS = ((262, "T05"), (505, "D10"), (830, "T12"))
UNITS = ((330, "T07", "D06"), (610, "T13", "D07"), (905, "T02", "D11"))
"""Days after the first: whose head changes; from which unit a project goes over to which."""

DEPUTED = 26
"""Days before the last on which a leader lets his office act for him; it does on the days below."""
SAID = (
    (21, "现场看过：场地平整已完成，要求施工单位下周把桩机排进来，缺什么当天报给我。"),
    (13, "听了汇报：供电增容由供电公司牵头，月底前给出接入方案，办公室跟到底。"),
    (4, "今天到现场：进度比上次快，工人不够的问题请责任单位协调，下次来再看。"),
)
"""Days before the last, and what the leader said on a project of his."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something on a day, or on the first day after it on which the county lives."""

    day: date
    happen: Callable[[Town], None]


def of_county(frame: Frame) -> Iterator[Event]:
    """The events of one county in the order of their days."""
    found = [Event(frame.first + timedelta(after), _head_changes(unit)) for after, unit in HEADS]
    found += [Event(frame.first + timedelta(after), _goes_over(source, to)) for after, source, to in UNITS]
    found.append(Event(frame.horizon - timedelta(DEPUTED), _lets_his_office_act))
    found += [Event(frame.horizon - timedelta(before), _said(text)) for before, text in SAID]
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


def _leader_and_deputy(town: Town) -> tuple[User, User]:
    """Those with whose accounts one signs in to the demo."""
    by_name = {user.username.removeprefix(town.prefix): user for user in town.cast.users.values()}
    return by_name["county_leader"], by_name["government_office"]


def _lets_his_office_act(town: Town) -> None:
    """乙代甲: a leader who is often on the way, and one of the government office who writes for him."""
    leader, deputy = _leader_and_deputy(town)
    acts.run(
        delegations.delegation_give,
        by=leader,
        deputy_id=deputy.member_id,
        actions=["project.note", "commitment.decide", "suspension.decide"],
        from_on=clock.today(),
        until_on=clock.today() + timedelta(days=180),
        reason="经常在外跑项目，由联络员代为录入现场交办的事项",
    )


def _said(text: str) -> Callable[[Town], None]:
    def happen(town: Town) -> None:
        """The deputy writes under a project of the leader what he said there."""
        leader, deputy = _leader_and_deputy(town)
        held = Delegation.objects.get(principal=leader.member_id, deputy=deputy.member_id)
        account = standing_for(deputy, held.pk)
        his = list(Project.objects.live().filter(leader=leader.member_id, stage="building").order_by("pk"))
        if account is not None and his:
            project = Random(text).choice(his)
            acts.run(note_add, by=account, subject_id=project.subject_id, text=text)

    return happen
