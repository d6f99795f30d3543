"""Reads of obligations: the calendar around them, whom their steps reach, what stands on a desk."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.engines import ladder
from luodi.engines.workdays import WorkCalendar
from luodi.kernel import clock, registry
from luodi.kernel.calendar import work_calendar
from luodi.kernel.registry import ANSWERS_FOR, DUTIES, PEOPLE, DutyKind, Held, Holding
from luodi.obligations.models import Escalation, Excuse, Obligation
from luodi.obligations.rules import MOST_HELD, Hears
from luodi.orgs.models import DelegatedAct, Member, RoleGrant, Unit, User
from luodi.orgs.rules import ADMINS, Role
from luodi.orgs.selectors import accountable
from luodi.rulebook.selectors import rows_of_tables, thresholds
from luodi.subjects.models import Subject, TimelineEntry
from luodi.subjects.selectors import with_who

BEFORE, AFTER = timedelta(days=120), timedelta(days=500)
CHANGES, COUNTED = 12, 100
NO_BUSINESS = sorted(role.value for role in ADMINS | {Role.BANK_CLERK, Role.ENTERPRISE_CLERK})
"""Roles of which nobody expects that they answer for the government's work."""
OVERSEERS = {
    Role.PROJECT_OFFICE,
    Role.GOVERNMENT_OFFICE,
    Role.INVESTMENT_BUREAU,
    Role.STATISTICS_BUREAU,
    Role.SUPERVISOR,
    Role.DISCIPLINE_OFFICE,
    Role.CONVENOR,
}
"""Offices that answer for the whole county: to them every change is one of theirs."""


def calendar_around(days: Iterable[date]) -> WorkCalendar:
    """The working days around these days, wide enough for every limit and ladder. Two queries."""
    known = [*days, clock.today()]
    return work_calendar(min(known) - BEFORE, max(known) + AFTER)


@dataclass(frozen=True, slots=True)
class DutyRules:
    """What a county has in force for one kind: its limit in working days, and its rungs (after the due day, who hears)."""

    allowed: int
    rungs: tuple[tuple[int, str], ...]


def rules_of(region_ids: Iterable[int], kind: DutyKind, on: date) -> dict[int, DutyRules]:
    """By county, the limit and the ladder of a kind in force on a civil day. One query."""
    ids = list(region_ids)
    tables = rows_of_tables(ids, ("limits", "ladders"), on)
    found = {}
    for pk in ids:
        allowed = next((row["allowed"] for row in tables[pk, "limits"] if row["kind"] == kind.code), kind.allowed)
        rungs = [row for row in tables[pk, "ladders"] if row["kind"] == kind.code]
        steps = tuple((int(str(row["after"])), str(row["hears"])) for row in rungs) or kind.rungs
        found[pk] = DutyRules(int(str(allowed)), steps)
    return found


def office_unit(region_id: int, role: Role, *, but: Iterable[int | None] = ()) -> Unit | None:
    """The unit that does an office's work in a region (whose member holds the role longest), other than those named."""
    held = RoleGrant.objects.filter(region_id=region_id, role=role.value, until=None, member__unit__active=True)
    others = held.exclude(member__unit_id__in=[pk for pk in but if pk]).select_related("member__unit")
    grant = others.order_by("since", "pk").first()
    return grant.member.unit if grant else None


@dataclass(frozen=True, slots=True)
class Ears:
    """Who hears of each step: member ids by subject and role, and the heads of units; whom nobody fills in for."""

    of_subjects: Mapping[int, Mapping[str, int]]
    heads: Mapping[int, int | None]
    last_resort: int | None

    def of(self, obligation: Obligation, who: str) -> int | None:
        """The member whom a step reaches. Where nobody supervises or leads the subject, the government office's head."""
        if who == Hears.PERSON:
            return obligation.member_id or self.heads.get(obligation.unit_id)
        if who == Hears.UNIT_HEAD:
            return self.heads.get(obligation.unit_id)
        return self.of_subjects.get(obligation.subject_id, {}).get(who) or self.last_resort


def ears_of(obligations: Sequence[Obligation]) -> Ears:
    """Whom the steps of these obligations (of one region) reach. Four queries, whatever their number."""
    by_kind: dict[str, list[int]] = defaultdict(list)
    for obligation in obligations:
        by_kind[obligation.subject.kind].append(obligation.subject_id)
    people: dict[int, Mapping[str, int]] = {}
    for kind, ids in by_kind.items():
        if kind in PEOPLE:
            people.update(PEOPLE[kind](ids))
    heads = Unit.objects.filter(pk__in={o.unit_id for o in obligations}).values_list("pk", "head_id")
    office = office_unit(obligations[0].region_id, Role.GOVERNMENT_OFFICE) if obligations else None
    return Ears(people, dict(heads), office.head_id if office else None)


def steps_of(obligation: Obligation, calendar: WorkCalendar) -> tuple[ladder.Step, ...]:
    """Every step of its ladder with its day; none while no due day can be named."""
    if obligation.due_on is None:
        return ()
    return ladder.climb(obligation.opened_on, obligation.due_on, obligation.ladder, calendar)


# Who answers for what -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answerer:
    """A member, what he answers for by code of the holding; how much that is together, and how much of it he does himself."""

    member_id: int
    unit_id: int
    held: Mapping[str, Holding]

    @property
    def total(self) -> int:
        return sum(holding.count for holding in self.held.values())

    @property
    def own(self) -> int:
        return sum(holding.count for holding in self.held.values() if holding.own)


@dataclass(frozen=True, slots=True)
class Matrix:
    """Who answers for what: `columns` are code and label of each kind of holding that there is. `most`: to do more than
    that oneself is too much. `none` are those who ought to answer for something and do not."""

    columns: Mapping[str, Any]
    most: int
    some: list[Answerer]
    none: list[Answerer]

    @property
    def much(self) -> list[Answerer]:
        return [row for row in self.some if row.own > self.most]


def matrix_of(viewer: User, *, unit_ids: Sequence[int] = ()) -> Matrix:
    """Every serving member whose part the viewer may see, by what he answers for; of those who answer for nothing only who
    is active and holds a role. A constant number of queries: two, one for the number, and those of each kind of holding."""
    members = accountable(viewer).filter(unit__in=unit_ids) if unit_ids else accountable(viewer)
    units = dict(members.order_by("unit__code", "pk").values_list("pk", "unit_id"))
    held: dict[int, dict[str, Holding]] = defaultdict(dict)
    columns: dict[str, Any] = {}
    for told in registry.HOLDINGS:
        for holding in told(viewer, list(units)):
            held[holding.member_id][holding.code] = holding
            columns.setdefault(holding.code, holding.label)
    rows = [Answerer(pk, unit_id, held[pk]) for pk, unit_id in units.items()]
    due = RoleGrant.objects.filter(until=None, member__state="active", member__in=members.values("pk"))
    idle = set(due.exclude(role__in=NO_BUSINESS).values_list("member_id", flat=True))
    most = thresholds([viewer.member.region_id], clock.today())[viewer.member.region_id][MOST_HELD]
    return Matrix(
        columns, int(most), [row for row in rows if row.total], [r for r in rows if not r.total and r.member_id in idle]
    )


def duties_held(viewer: User, member_ids: Sequence[int]) -> Iterator[Holding]:
    """How many open duties, of those the viewer may see, stand in each member's own name. One query."""
    rows = Obligation.objects.visible_to(viewer).open().filter(member__in=member_ids)
    for row in rows.values("member_id").annotate(n=Count("pk")).order_by("member_id"):
        href = f"{reverse('obligation_list')}?member={row['member_id']}"
        yield Holding(row["member_id"], _("应办事项"), row["n"], href, "obligation", own=True)


def duties_left(_viewer: User, member: Member) -> Iterator[Held]:
    """Open duties in the name of who leaves: they follow the rows that they come from, whoever holds those then."""
    count = Obligation.objects.open().filter(member=member).count()
    if count:
        yield Held("obligation", _("应办事项"), count, _("随项目和单位转到接手的人名下，时限照旧。"))


@dataclass(frozen=True, slots=True)
class Rise:
    """A step of a ladder: when, who hears by part, which member that is (None: nobody), and whether it was reached."""

    on: date
    hears: str
    member_id: int | None
    reached: bool


def rises_of(row: Obligation) -> list[Rise]:
    """Behind: whom each step reached then. Ahead: whom it will reach as things stand; none of a settled or stopped one."""
    behind = [Rise(step.on, step.hears, step.told_id, True) for step in row.escalations.all()]
    if row.settled_at is not None or row.stopped_on is not None:
        return behind
    calendar = calendar_around([day for day in (row.opened_on, row.due_on) if day])
    ears, ahead = ears_of([row]), steps_of(row, calendar)[row.steps_taken :]
    return behind + [Rise(step.on, step.who, ears.of(row, step.who), False) for step in ahead]


def excuses_of(user: User) -> QuerySet[Excuse]:
    """The excuses asked for duties that the person may see."""
    rows: QuerySet[Excuse] = Excuse.objects.filter(obligation__in=Obligation.objects.visible_to(user).values("pk"))
    return rows


# The desk -----------------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """What a desk must know of each of its lines, to count and to order them; `shown` gives those that stand on a page."""

    pk: int
    kind: str
    ref: int
    waiting_id: int | None
    due_on: date | None
    stopped_on: date | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class Desk:
    """What is due from a person, who waits for him, what has been carried up to him, and how much he waits for himself."""

    due: list[Line]
    waited: list[Line]
    told: list[Escalation]
    waiting_for: int
    settled_today: int


def desk_of(user: User) -> Desk:
    """A constant number of queries. What my unit owes stands there for each who may settle it."""
    rows = _mine(user)
    barred = _barred(user, rows)
    mine = [row for row in rows if (row.kind, row.ref) not in barred]
    settled = Q(settled_by=user.member_id, settled_at__gte=_midnight())
    awaited = Q(waiting=user.member_id, settled_at=None)
    counts = Obligation.objects.filter(settled | awaited).aggregate(
        settled=Count("pk", filter=settled), awaited=Count("pk", filter=awaited)
    )
    return Desk(
        due=[row for row in mine if row.waiting_id is None],
        waited=sorted((row for row in mine if row.waiting_id is not None), key=lambda row: row.opened_at),
        told=list(_told(user)),
        waiting_for=counts["awaited"],
        settled_today=counts["settled"],
    )


def _midnight() -> object:
    return clock.end_of(clock.today() - timedelta(days=1))


def shown(lines: Sequence[Line]) -> dict[int, Obligation]:
    """The obligations behind lines, by id, with all that a line shows. One query."""
    rows = Obligation.objects.filter(pk__in=[line.pk for line in lines])
    return {row.pk: row for row in rows.select_related("subject", "waiting__unit", "member")}


def _mine(user: User) -> list[Line]:
    """Open, of me, or of my unit where my role may settle that kind; the most urgent first."""
    rows = Obligation.objects.open()
    kinds = [kind.code for kind in DUTIES.values() if kind.action and user.may(kind.action)]
    me = rows.filter(member=user.member_id)
    found = me | rows.filter(unit=user.member.unit_id, kind__in=kinds)
    return [Line(*row) for row in found.order_by("stopped_on", "due_on", "pk").values_list(*Line._fields)]


def _barred(user: User, rows: Sequence[Line]) -> set[tuple[str, int]]:
    """Those that this person may not settle, for a reason of the row: somebody else of his unit does."""
    refs: dict[str, list[int]] = defaultdict(list)
    for row in rows:
        refs[row.kind].append(row.ref)
    return {(kind, ref) for kind, found in refs.items() for ref in DUTIES[kind].barred(user, found)}


def _told(user: User) -> QuerySet[Escalation]:
    """What was carried up to me and is still open; what I owe myself stands above already."""
    rows = Escalation.objects.filter(told=user.member_id, obligation__settled_at=None, obligation__stopped_on=None)
    others = rows.exclude(obligation__member=user.member_id).exclude(hears=Hears.PERSON.value)
    return others.select_related("obligation__subject", "obligation__unit", "obligation__member").order_by(
        "-on", "-pk"
    )[:50]


@dataclass(frozen=True, slots=True)
class Changes:
    """What others did since an instant to what a person answers for: how many entries (COUNTED: or more), and the newest."""

    since: datetime
    total: int
    newest: list[TimelineEntry]


def changes_for(user: User, *, since: datetime) -> Changes:
    """Of what he answers for himself or by his unit; of all that he may see for an office that serves the county. What a
    deputy did for him counts: it was not he. Two queries."""
    deputed = DelegatedAct.objects.filter(model=TimelineEntry._meta.label_lower, object_id=OuterRef("pk"))
    own = Q(by=user.member_id) & ~Exists(deputed)
    rows = TimelineEntry.objects.filter(_answered_by(user), at__gt=since).exclude(own)
    found = list(with_who(rows).select_related("subject")[:CHANGES])
    return Changes(since, rows[:COUNTED].count() if len(found) == CHANGES else len(found), found)


def _answered_by(user: User) -> Any:
    """An overseer sees almost all: the newest entries are walked, each asked whether he sees it, until there are enough."""
    visible = Subject.objects.visible_to(user)
    if user.roles & OVERSEERS:
        return Exists(visible.filter(pk=OuterRef("subject")))
    wanted = Q()
    for source in ANSWERS_FOR:
        wanted |= Q(pk__in=source(user))
    return Q(subject__in=visible.filter(wanted).values("pk"))


def one(user: User, pk: int) -> Obligation:
    """An obligation with all that its page shows. Raises Obligation.DoesNotExist."""
    told = Escalation.objects.select_related("told__unit")
    rows = Obligation.objects.visible_to(user).select_related(
        "subject", "unit__head", "member__unit", "waiting__unit", "settled_by__unit"
    )
    found: Obligation = rows.prefetch_related("stops__by", "excuses__asked_by", Prefetch("escalations", told)).get(
        pk=pk
    )
    return found


def names_of(member_ids: Iterable[int | None]) -> Mapping[int, Member]:
    return Member.objects.select_related("unit").in_bulk({pk for pk in member_ids if pk})
