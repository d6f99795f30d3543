"""Reads over several models: what is missing for a gate, who may recognise, who answered when, lessons that fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.files.models import KIND_LABELS, Evidence
from luodi.files.rules import KINDS
from luodi.kernel import clock, money
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role as SystemRole
from luodi.projects.models import Ask, AskShare, Assignment, FactRecheck, Lesson, LessonAnswer, Project
from luodi.projects.models.labels import FIELDS, GATES, OPTIONS, ROLES
from luodi.projects.rules import (
    EARLY,
    RESPONSIBLE_KINDS,
    Gate,
    Option,
    Role,
    Stage,
    Stake,
    Track,
    accepted_kinds,
    gate_from,
    gate_into,
    gates_from_on,
    recogniser_faults,
)
from luodi.projects.selectors.around import Around, Beside

# Gates --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class GateItem:
    """One thing a gate asks: a field, evidence, lessons answered. `code` tells the page where it is given."""

    sort: str  # field | evidence | lessons
    code: str
    label: str
    done: bool
    evidence: Evidence | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateState:
    """The next gate of a project: what it asks, what is there, the ask that waits, and whether it only proves an opening."""

    gate: Gate
    label: str
    items: list[GateItem]
    ask: Ask | None
    proves_opening: bool

    @property
    def missing(self) -> list[GateItem]:
        return [item for item in self.items if not item.done]


def next_gate(project: Project) -> tuple[Gate | None, bool]:
    """The gate that stands before a project, and whether it only proves the stage at which it entered."""
    track, stage = Track(project.track), Stage(project.stage)
    if project.unproved and project.opening_stage == project.stage:
        return gate_into(track, stage), True
    return gate_from(track, stage), False


def gate_state(project: Project, around: Around | None = None) -> GateState | None:
    """What the next gate asks of a live project and what is there already; None where no gate is left. Four queries at most."""
    gate, proves = next_gate(project)
    if gate is None or not project.live:
        return None
    around = around or Around(project)
    standing = [piece for piece in around.evidence if piece.withdrawn_at is None]
    items = [_field_item(project, name) for name in gate.fields]
    items += [_evidence_item(standing, (kind,), str(KIND_LABELS[kind]), kind) for kind in gate.evidence]
    items += [_option_item(around, standing, option) for option in gate.options]
    if project.stage in EARLY and around.fitting:
        done = all(answer_to(lesson) for lesson in around.fitting)
        items.append(GateItem("lessons", "lessons", _("答复同类项目的经验"), done))
    return GateState(gate, str(GATES[gate.code]), items, _open_ask(around, gate), proves)


def _open_ask(around: Around, gate: Gate) -> Ask | None:
    found = next((row.pk for row in around.of("ask") if row.word == gate.code), None)
    return None if found is None else Ask.objects.select_related("asked_by", "asked_unit").get(pk=found)


def _field_item(project: Project, name: str) -> GateItem:
    value = getattr(project, f"{name}_id", None) if hasattr(project, f"{name}_id") else getattr(project, name)
    return GateItem("field", name, str(FIELDS[name]), value not in (None, ""))


def _evidence_item(standing: Sequence[Evidence], kinds: tuple[str, ...], label: str, code: str) -> GateItem:
    found = next((piece for piece in standing if piece.kind in kinds), None)
    return GateItem("evidence", code, label, found is not None, found, kinds)


def _option_item(around: Around, standing: Sequence[Evidence], option: Option) -> GateItem:
    kinds = accepted_kinds(option, around.rules.accepted.get(option.code, ()))
    words = _("、").join(str(KIND_LABELS[kind]) for kind in kinds)
    return _evidence_item(standing, kinds, f"{OPTIONS[option.code]}（{words}）", option.code)


# Who may recognise --------------------------------------------------------------------------------------------------


def stake_of(around: Around, *, asker_unit_id: int, share_units: frozenset[int]) -> Stake:
    """What ties units and members to a result of this project."""
    offices = {row.unit for row in around.of("grant") if row.word == SystemRole.PROJECT_OFFICE}
    return Stake(
        responsible_unit=around.project.unit_id,
        asker_unit=asker_unit_id,
        share_units=share_units,
        officers=around.held(Role.OFFICER),
        supervisors=around.held(Role.SUPERVISOR),
        project_office_units=frozenset(unit for unit in offices if unit),
    )


def stakes_of(asks: Sequence[Ask]) -> list[Stake]:
    """What ties units and members to each ask, of many projects. One query, whatever their number."""
    held: dict[tuple[str, int], set[int]] = defaultdict(set)
    for sort, of, who in _ties(asks) if asks else ():
        held[sort, of].add(who)
    return [
        Stake(
            responsible_unit=ask.project.unit_id,
            asker_unit=ask.asked_unit_id,
            share_units=frozenset(held["share", ask.pk]),
            officers=frozenset(held[Role.OFFICER, ask.project_id]),
            supervisors=frozenset(held[Role.SUPERVISOR, ask.project_id]),
            project_office_units=frozenset(held["office", ask.project.region_id]),
        )
        for ask in asks
    ]


def _ties(asks: Sequence[Ask]) -> Iterable[tuple[str, int, int]]:
    """Past and present officers and supervisors by project, units with a share by ask, project offices by region."""
    watching = Assignment.objects.filter(
        project_id__in={ask.project_id for ask in asks}, role__in=[Role.OFFICER, Role.SUPERVISOR], member__isnull=False
    )
    shares = AskShare.objects.filter(ask_id__in=[ask.pk for ask in asks])
    offices = RoleGrant.objects.filter(
        region_id__in={ask.project.region_id for ask in asks}, role=SystemRole.PROJECT_OFFICE, until=None
    )
    found: Iterable[tuple[str, int, int]] = (
        watching.order_by()
        .values_list("role", "project_id", "member_id")
        .union(
            shares.order_by().values_list(Value("share"), "ask_id", "unit_id"),
            offices.order_by().values_list(Value("office"), "region_id", "member__unit_id"),
        )
    )
    return found


def why_not_recognise(user: User, project: Project, ask: Ask, around: Around | None = None) -> str:
    """Say, naming each reason, why this person may not recognise this ask ("" = he may). One query at most."""
    if not user.may("gate.recognise"):
        return _why_not(user, None)
    around = around or Around(project)
    shares = frozenset(row.unit for row in around.of("share") if row.number == ask.pk and row.unit)
    return _why_not(user, stake_of(around, asker_unit_id=ask.asked_unit_id, share_units=shares))


def why_not_recognise_each(user: User, asks: Sequence[Ask]) -> dict[int, str]:
    """The same for asks of many projects, by their ids. One query, whatever their number."""
    if not user.may("gate.recognise"):
        return {ask.pk: _why_not(user, None) for ask in asks}
    return {ask.pk: _why_not(user, stake) for ask, stake in zip(asks, stakes_of(asks), strict=True)}


def _why_not(user: User, stake: Stake | None) -> str:
    if stake is None:
        return _("由项目办认定；涉及项目办本单位的，由统计局认定。")
    statistics = SystemRole.STATISTICS_BUREAU in user.roles and SystemRole.PROJECT_OFFICE not in user.roles
    faults = recogniser_faults(stake, member=user.member_id, unit=user.member.unit_id, statistics=statistics)
    return _refusal(faults)


def _refusal(faults: list[str]) -> str:
    words = {
        "responsible_unit": _("您属于责任单位"),
        "asker_unit": _("您属于申报单位"),
        "share_unit": _("您的单位有份额"),
        "officer": _("您是现任或前任专人"),
        "supervisor": _("您是现任或前任督办人"),
        "statistics_only": _("事关项目办本单位，由统计局认定"),
        "project_office_only": _("统计局只认定事关项目办本单位的事实"),
    }
    return (
        _("您不能认定：%(reasons)s。") % {"reasons": _("、").join(words[fault] for fault in faults)} if faults else ""
    )


def recognisers(around: Around, *, asker_unit_id: int) -> list[Beside]:
    """The grants of those who may recognise an ask of this project: `name` is the member's, `number` his id."""
    stake = stake_of(around, asker_unit_id=asker_unit_id, share_units=frozenset({around.project.unit_id}))
    role = SystemRole.STATISTICS_BUREAU if stake.of_project_office else SystemRole.PROJECT_OFFICE
    statistics = role == SystemRole.STATISTICS_BUREAU
    return [
        row
        for row in around.of("grant")
        if row.word == role
        and row.number
        and row.unit
        and not recogniser_faults(stake, member=row.number, unit=row.unit, statistics=statistics)
    ]


def facts_from_gate_on(project: Project, gate: str) -> list[Fact]:
    """The standing facts of a gate and of all later ones, in the order of the gates."""
    order = [g.code for g in gates_from_on(Track(project.track), gate)]
    facts = {f.gate: f for f in Fact.objects.standing().filter(subject_id=project.subject_id, gate__in=order)}
    return [facts[code] for code in order if code in facts]


# People -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answerer:
    """Who had a role: a member, a unit, or nobody; since when."""

    role: Role
    label: str
    name: str
    member_id: int | None
    unit_id: int | None
    since: datetime


def answered_at_end_of(project_id: int, day: date) -> list[Answerer]:
    """Who answered for the project at the end of a past day, by role. One query."""
    end = clock.end_of(day)
    last = Assignment.objects.filter(project=OuterRef("project"), role=OuterRef("role"), from_at__lte=end).order_by(
        "-seq"
    )
    rows = Assignment.objects.filter(project_id=project_id, pk=Subquery(last.values("pk")[:1])).select_related(
        "member", "unit"
    )
    found = {row.role: row for row in rows}
    return [
        Answerer(role, str(ROLES[role]), row.holder, row.member_id, row.unit_id, row.from_at)
        for role in Role
        if (row := found.get(role.value)) is not None
    ]


# Lessons ------------------------------------------------------------------------------------------------------------


def answer_to(lesson: Lesson) -> LessonAnswer | None:
    """What the project has answered to a lesson of Around.fitting."""
    answer: LessonAnswer | None = getattr(lesson, "mine", None)
    return answer


# Choices for forms --------------------------------------------------------------------------------------------------


def county_leaders(region_id: int) -> list[Member]:
    """The leaders of a county from whom a project's leader is chosen."""
    grants = RoleGrant.objects.filter(region_id=region_id, role=SystemRole.COUNTY_LEADER, until=None)
    return list(Member.objects.serving().select_related("unit").filter(grants__in=grants).order_by("pk"))


def successors_of(role: Role, *, region_id: int, unit_id: int, but: int | None) -> list[Member]:
    """Who may take over a role: leaders for the leader, supervisors for the supervisor, else the unit's own people. One query."""
    if role == Role.LEADER:
        return [member for member in county_leaders(region_id) if member.pk != but]
    serving = Member.objects.serving().select_related("unit").exclude(pk=but or 0).order_by("pk")
    if role == Role.SUPERVISOR:
        return list(serving.filter(region_id=region_id, grants__role="supervisor", grants__until=None))
    return list(serving.filter(unit_id=unit_id))


def responsible_units_of(region_id: int) -> list[Unit]:
    """The active units that may be responsible for a project: not banks, not enterprises."""
    return list(_responsible_units_of(region_id))


def unit_choices_of(region_id: int) -> list[tuple[int, str]]:
    """The same as id and word, for a filter: whole rows take five times as long."""
    rows = _responsible_units_of(region_id).values_list("pk", "short", "name")
    return [(pk, short or name) for pk, short, name in rows]


def _responsible_units_of(region_id: int) -> QuerySet[Unit]:
    rows: QuerySet[Unit] = Unit.objects.filter(region_id=region_id, active=True, kind__in=RESPONSIBLE_KINDS)
    return rows


def responsible_units(user: User) -> list[Unit]:
    """The units for which this person may enter a project: all for the offices, else his own."""
    if user.roles & {SystemRole.PROJECT_OFFICE, SystemRole.INVESTMENT_BUREAU}:
        return responsible_units_of(user.member.region_id)
    return [user.member.unit]


def voucher_name(piece: Evidence) -> str:
    """A voucher in a list of choices: number, payer, date, amount, and whether it counts."""
    amount = money.wan(piece.amount_cny or Decimal(0))
    note = "" if KINDS[piece.kind].countable else _("，不计入")
    return f"{piece.title} {piece.number} · {piece.issuer} · {piece.dated_on} · {amount} {_('万元')}{note}"


def days_in_stages(stages: Sequence[tuple[str, date]], today: date) -> dict[str, tuple[date, int]]:
    """For each stage the project was in: the day it was entered last, and the calendar days spent in it in all."""
    spent: dict[str, tuple[date, int]] = {}
    for (stage, on), following in zip(stages, [*stages[1:], None], strict=True):
        until = following[1] if following else today
        before = spent.get(stage, (on, 0))[1]
        spent[stage] = (on, before + max((until - on).days, 0))
    return spent


def rechecks_of(user: User) -> QuerySet[FactRecheck]:
    """The second looks at facts of projects that the person may see."""
    visible = Project.objects.visible_to(user).values("subject_id")
    rows: QuerySet[FactRecheck] = FactRecheck.objects.filter(fact__subject__in=visible)
    return rows
