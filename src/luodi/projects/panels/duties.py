"""What projects owe: each kind of 应办事项 read off the rows that ask for it. Sources: docs/domain/obligations.md.

Who owes a decision is the office whose business it is; where its own unit has a part in the project or in the request,
the office beside it (facts: the statistics bureau), as permissions.py has it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.facts.models import Fact
from luodi.kernel import clock
from luodi.kernel.registry import DutyKind, Follow, Owed
from luodi.obligations.selectors import office_unit
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    FactRecheck,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
)
from luodi.projects.selectors import why_not_recognise_each

PEOPLE = frozenset({"unit", "officer", "principal", "leader", "supervisor"})
LIFE = frozenset({"end_kind", "void", "suspension"})
"""What of a project decides whether its duties live and run; a stage passed changes nobody's."""
LOOK_AGAIN = ((-3, "person"), (1, "unit_head"), (5, "leader"))
OPENING = ((-5, "person"), (1, "unit_head"), (10, "supervisor"))


@dataclass(slots=True)
class Offices:
    """Which unit does which office's work, by region; each asked once for all rows."""

    known: dict[tuple[int, Role, frozenset[int]], Unit | None] = field(default_factory=dict)

    def of(self, region_id: int, roles: Sequence[Role], but: Iterable[int | None]) -> Unit | None:
        """The first office of these that has no part in the matter; without any, the first that there is."""
        parts = frozenset(pk for pk in but if pk)
        for role in roles:
            if unit := self._unit(region_id, role, parts):
                return unit
        return next((unit for role in roles if (unit := self._unit(region_id, role, frozenset()))), None)

    def _unit(self, region_id: int, role: Role, but: frozenset[int]) -> Unit | None:
        key = (region_id, role, but)
        if key not in self.known:
            self.known[key] = office_unit(region_id, role, but=but)
        return self.known[key]


def _subjects_of(model: type[models.Model]) -> Callable[[Sequence[int]], Iterable[int]]:
    """The subjects of the projects to which rows of this model belong."""

    def subjects(ids: Sequence[int]) -> Iterable[int]:
        rows = model._default_manager.filter(pk__in=ids).order_by()
        return rows.values_list("project__subject_id", flat=True).distinct()

    return subjects


def _of_projects(ids: Sequence[int]) -> Iterable[int]:
    return Project.objects.filter(pk__in=ids).values_list("subject_id", flat=True)


def _follows(model: type[models.Model], *fields: str) -> Mapping[str, Follow]:
    """The rows themselves, and of their project whether it lives, stands still, and who carries it."""
    names = frozenset(fields) or PEOPLE | LIFE
    return {
        model._meta.label_lower: Follow(_subjects_of(model)),
        Project._meta.label_lower: Follow(_of_projects, names, new=False),
    }


def _live(model: type[models.Model], subject_ids: Sequence[int], **state: Any) -> Any:
    """Rows in this state of projects that live, with the project and its unit."""
    rows = model._default_manager.filter(project__subject__in=subject_ids, project__void=False, **state)
    return rows.exclude(project__stage="ended").select_related("project__unit", "project__suspension").order_by("pk")


def _stopped(project: Project) -> date | None:
    """Since when the project, and with it its clocks, stands still."""
    if project.suspension is None or project.suspension.decided_at is None:
        return None
    return clock.local_date(project.suspension.decided_at)


def _owed(
    row: Any, project: Project, unit: Unit | None, since: Any, *, member: int | None = None, **more: Any
) -> Iterator[Owed]:
    """What a unit owes, by its head where nobody else is named. Nothing where no office does this work yet."""
    if unit is not None:
        yield Owed(
            ref=row.pk,
            subject_id=project.subject_id,
            unit_id=unit.pk,
            member_id=member or unit.head_id,
            since=since,
            **{"stopped_on": _stopped(project), **more},
        )


# Decisions that somebody waits for -----------------------------------------------------------------------------------


def _asks(subject_ids: Sequence[int]) -> Iterator[Owed]:
    offices = Offices()
    for ask in _live(Ask, subject_ids, state="asked").prefetch_related("shares"):
        parts = [ask.project.unit_id, ask.asked_unit_id, *(share.unit_id for share in ask.shares.all())]
        unit = offices.of(ask.project.region_id, (Role.PROJECT_OFFICE, Role.STATISTICS_BUREAU), parts)
        yield from _owed(ask, ask.project, unit, ask.asked_at, waiting_id=ask.asked_by_id, values={"what": ask.gate})


def _not_for_me(user: User, refs: Sequence[int]) -> Iterable[int]:
    """Asks that this person may not recognise: of the asker's unit, or once the project's own officer or supervisor."""
    asks = list(Ask.objects.filter(pk__in=refs).select_related("project", "asked_by", "asked_unit"))
    return {pk for pk, why in why_not_recognise_each(user, asks).items() if why}


def _commitments(subject_ids: Sequence[int]) -> Iterator[Owed]:
    offices = Offices()
    for row in _live(CommitmentChange, subject_ids, state="asked").select_related("asked_by"):
        parts = [row.project.unit_id, row.asked_by.unit_id]
        unit = offices.of(row.project.region_id, (Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE), parts)
        days = {"was": str(row.was), "now": str(row.wanted)}
        yield from _owed(row, row.project, unit, row.asked_at, waiting_id=row.asked_by_id, values=days)


def _suspensions(subject_ids: Sequence[int]) -> Iterator[Owed]:
    """The project's leader answers; without one, the county leader who has been it longest."""
    for row in _live(Suspension, subject_ids, state="asked").select_related("project__leader__unit"):
        leader = row.project.leader or _county_leader(row.project.region_id)
        if leader is not None:
            yield from _owed(row, row.project, leader.unit, row.asked_at, member=leader.pk, waiting_id=row.asked_by_id)


def _county_leader(region_id: int) -> Member | None:
    held = RoleGrant.objects.filter(region_id=region_id, role=Role.COUNTY_LEADER.value, until=None)
    grant = held.select_related("member__unit").order_by("since", "pk").first()
    return grant.member if grant else None


def _lessons(subject_ids: Sequence[int]) -> Iterator[Owed]:
    offices = Offices()
    for row in _live(Lesson, subject_ids, state="proposed").select_related("proposed_by"):
        parts = [row.project.unit_id, row.proposed_by.unit_id]
        unit = offices.of(row.project.region_id, (Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE), parts)
        yield from _owed(row, row.project, unit, row.proposed_at, waiting_id=row.proposed_by_id)


def _endings(subject_ids: Sequence[int], kind: str, *roles: Role) -> Iterator[Owed]:
    offices = Offices()
    for row in _live(Ending, subject_ids, state="proposed", kind=kind).select_related("proposed_by"):
        unit = offices.of(row.project.region_id, roles, [row.project.unit_id, row.proposed_by.unit_id])
        yield from _owed(row, row.project, unit, row.proposed_at, waiting_id=row.proposed_by_id)


def _successes(subject_ids: Sequence[int]) -> Iterator[Owed]:
    yield from _endings(subject_ids, "done", Role.PROJECT_OFFICE, Role.STATISTICS_BUREAU)


def _failures(subject_ids: Sequence[int]) -> Iterator[Owed]:
    yield from _endings(subject_ids, "given_up", Role.GOVERNMENT_OFFICE)


def _voids(subject_ids: Sequence[int]) -> Iterator[Owed]:
    offices = Offices()
    for row in _live(VoidRequest, subject_ids, state="asked"):
        unit = offices.of(row.project.region_id, (Role.GOVERNMENT_OFFICE,), [])
        yield from _owed(row, row.project, unit, row.asked_at, waiting_id=row.asked_by_id)


# What those who carry a project owe ----------------------------------------------------------------------------------


def _obstacles(subject_ids: Sequence[int]) -> Iterator[Owed]:
    for row in _live(Obstacle, subject_ids, state="open").select_related("solver_unit"):
        words = {"what": row.title}
        yield from _owed(row, row.project, row.solver_unit, row.added_at, due_on=row.promised_on, values=words)


def _confirmations(subject_ids: Sequence[int]) -> Iterator[Owed]:
    """The officer, else the supervisor, of another unit than the one that solved it; else the project office."""
    offices = Offices()
    told = ("project__officer__unit", "project__supervisor__unit")
    for row in _live(Obstacle, subject_ids, state="solved").select_related(*told):
        watchers = [member for member in (row.project.officer, row.project.supervisor) if member]
        outside = next((member for member in watchers if member.unit_id != row.solver_unit_id), None)
        unit = outside.unit if outside else offices.of(row.project.region_id, (Role.PROJECT_OFFICE,), [])
        yield from _owed(
            row,
            row.project,
            unit,
            row.solved_at,
            member=outside.pk if outside else None,
            waiting_id=row.solved_by_id,
            values={"what": row.title},
        )


def _look_again(subject_ids: Sequence[int]) -> Iterator[Owed]:
    """A suspended project comes before its principal on the day that was set. This clock runs while the others stand."""
    for row in _live(Suspension, subject_ids, state="agreed"):
        yield from _owed(
            row,
            row.project,
            row.project.unit,
            row.decided_at,
            member=row.project.principal_id or row.project.officer_id,
            due_on=row.look_again_on,
            stopped_on=None,
        )


def _openings(subject_ids: Sequence[int]) -> Iterator[Owed]:
    rows = Project.objects.live().filter(subject__in=subject_ids, opening_proved_on=None).exclude(opening_stage="")
    for project in rows.select_related("unit", "suspension").order_by("pk"):
        yield from _owed(project, project, project.unit, project.entered_at, member=project.officer_id)


# Facts drawn for a second look ---------------------------------------------------------------------------------------


RECHECKERS = (Role.STATISTICS_BUREAU, Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE)


def _rechecks(subject_ids: Sequence[int], **state: Any) -> Iterator[Owed]:
    """Another office than the recogniser's looks again; the government office where both recognisers have a part."""
    offices = Offices()
    rows = FactRecheck.objects.filter(fact__subject__in=subject_ids, fact__revoked_by=None, **state)
    told = rows.select_related("fact__subject__project", "fact__asked_by").prefetch_related("fact__shares")
    for row in told.order_by("pk"):
        fact = row.fact
        shares = (share.unit_id for share in fact.shares.all())
        parts = [fact.recognised_unit_id, fact.unit_id, fact.asked_by.unit_id, *shares]
        unit = offices.of(fact.region_id, RECHECKERS, parts)
        since = row.drawn_at if row.state == "due" else row.checked_at
        words = {"what": fact.gate}
        yield from _owed(row, fact.subject.project, unit, since, values=words, stopped_on=None)


def _due_rechecks(subject_ids: Sequence[int]) -> Iterator[Owed]:
    yield from _rechecks(subject_ids, state="due")


def _broken_facts(subject_ids: Sequence[int]) -> Iterator[Owed]:
    """A fact that did not hold is revoked, or shown to hold after all by another look."""
    yield from _rechecks(subject_ids, state="broken")


def _of_rechecks(ids: Sequence[int]) -> Iterable[int]:
    return FactRecheck.objects.filter(pk__in=ids).values_list("fact__subject_id", flat=True)


def _of_facts(ids: Sequence[int]) -> Iterable[int]:
    return Fact.objects.filter(pk__in=ids).values_list("subject_id", flat=True)


RECHECKED = {
    "projects.factrecheck": Follow(_of_rechecks),
    "facts.fact": Follow(_of_facts, frozenset({"revoked_by"}), new=False),
}


def _to(name: str) -> Callable[[Any], str]:
    return lambda duty: reverse(name, args=[duty.ref])


def _project_page(duty: Any) -> str:
    return reverse("project", args=[duty.subject.uuid])


GATE = {"what": "gate"}
KINDS = (
    DutyKind("ask", _("认定"), _("认定“%(subject)s”%(what)s"), _("认定"), _to("ask"), _asks, _follows(Ask),
             types=GATE, action="gate.recognise", allowed=5, barred=_not_for_me),
    DutyKind("commitment", _("核改期"), _("“%(subject)s”申请改期：%(was)s → %(now)s"), _("核改期"), _to("commitment_decide"),
             _commitments, _follows(CommitmentChange), action="commitment.decide", allowed=3),
    DutyKind("suspension", _("答复暂停"), _("“%(subject)s”申请暂停"), _("答复"), _to("suspension_decide"), _suspensions,
             _follows(Suspension), allowed=3),
    DutyKind("lesson", _("看经验"), _("“%(subject)s”写下一条经验"), _("看经验"), _to("lesson"), _lessons, _follows(Lesson),
             action="lesson.accept", allowed=10),
    DutyKind("success", _("接受成功终结"), _("“%(subject)s”申请成功终结"), _("看说明"), _to("ending"), _successes,
             _follows(Ending), action="ending.close", allowed=10),
    DutyKind("failure", _("接受终止说明"), _("“%(subject)s”申请终止"), _("看说明"), _to("ending"), _failures,
             _follows(Ending), action="ending.accept", allowed=10),
    DutyKind("void", _("答复作废"), _("“%(subject)s”申请录入作废"), _("答复"), _to("void_decide"), _voids,
             _follows(VoidRequest), action="void.approve", allowed=5),
    DutyKind("obstacle", _("解决堵点"), _("解决堵点：%(what)s（%(subject)s）"), _("报进展"), _to("obstacle"), _obstacles,
             _follows(Obstacle), action="obstacle.work"),
    DutyKind("confirm", _("确认堵点已解决"), _("确认堵点已解决：%(what)s（%(subject)s）"), _("确认"), _to("obstacle"),
             _confirmations, _follows(Obstacle), allowed=3),
    DutyKind("look_again", _("暂停再看"), _("“%(subject)s”暂停到了再看的日子"), _("去看"), _project_page, _look_again,
             _follows(Suspension), rungs=LOOK_AGAIN),
    DutyKind("opening", _("补证期初"), _("“%(subject)s”期初阶段还没有认定"), _("去补"), _project_page, _openings,
             {"projects.project": Follow(_of_projects, PEOPLE | LIFE | {"opening_stage", "opening_proved_on"})},
             allowed=30, rungs=OPENING),
    DutyKind("recheck", _("复核认定"), _("复核“%(subject)s”%(what)s的认定"), _("复核"), _to("recheck"), _due_rechecks, RECHECKED,
             types=GATE, action="fact.recheck", allowed=10),
    DutyKind("broken", _("处理不成立的认定"), _("“%(subject)s”%(what)s复核不成立，待撤销"), _("处理"), _to("recheck"),
             _broken_facts, RECHECKED, types=GATE, action="fact.recheck", allowed=5),
)  # fmt: skip


def people_of(subject_ids: Sequence[int]) -> Mapping[int, Mapping[str, int]]:
    """Who leads and supervises these projects, for the steps of ladders."""
    rows = Project.objects.filter(subject__in=subject_ids).values_list("subject_id", "leader_id", "supervisor_id")
    return {
        subject: {role: pk for role, pk in (("leader", leader), ("supervisor", supervisor)) if pk}
        for subject, leader, supervisor in rows
    }


def answered_by(user: User) -> Any:
    """The subjects of the projects that this person carries, leads or supervises, or that are his unit's."""
    me = user.member_id
    mine = Q(unit=user.member.unit_id) | Q(officer=me) | Q(principal=me) | Q(leader=me) | Q(supervisor=me)
    return Project.objects.filter(mine).values("subject_id")
