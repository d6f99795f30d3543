"""The project library: lamps reckoned by the database as rules.project_lamp reckons them, totals, orders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DateField, F, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from luodi.orgs.models import User
from luodi.projects.models import Project
from luodi.projects.rules import USUAL, Lamp, Thresholds

RANKS = (Lamp.RED, Lamp.YELLOW, Lamp.BLUE, Lamp.GREEN, Lamp.PAUSED, Lamp.GREY)
"""The order in which the library lists lamps."""

ORDERS: dict[str, tuple[str, ...]] = {
    "lamp": ("lamp_rank", "committed_finish_on", "-pk"),
    "name": ("pinyin", "pk"),
    "stage": ("stage_rank", "pk"),
    "unit": ("unit__code", "pk"),
    "total": ("total_investment_cny", "pk"),
    "year": ("year_declared_cny", "pk"),
    "due": ("committed_finish_on", "pk"),
    "obstacles": ("figures__open_obstacle_count", "pk"),
    "entered": ("entered_at", "pk"),
}
SHOWN = (
    "code",
    "name",
    "track",
    "stage",
    "importance",
    "promising",
    "opening_stage",
    "opening_proved_on",
    "total_investment_cny",
    "committed_finish_on",
    "entered_at",
)
"""The project's own columns that a line of the library needs."""
STAGE_ORDER = ("planned", "negotiating", "signed", "preparing", "building", "completed", "operating", "ended")


@dataclass(frozen=True, slots=True)
class Totals:
    """What a filtered library adds up to: how many of each lamp, and sums in yuan."""

    count: int
    by_lamp: dict[Lamp, int]
    total_cny: Decimal
    planned_cny: Decimal
    declared_cny: Decimal
    obstacle_count: int


def library(user: User, today: date, by_region: Mapping[int, Thresholds]) -> QuerySet[Project]:
    """The projects that the user may see, with this year's sums and the lamp's rank. `by_region` as in with_lamp."""
    rows: QuerySet[Project] = Project.objects.visible_to(user).listed().with_year(today)
    return with_lamp(rows, today, by_region)


def with_lamp(rows: QuerySet[Project], today: date, by_region: Mapping[int, Thresholds]) -> QuerySet[Project]:
    """Add `lamp_rank` (place in RANKS) to rows that have this year's sums. The same order as rules.project_lamp, from kept
    days: the year's turns, the earliest promise. `by_region`: the thresholds of the counties (thresholds_of)."""
    soon = _soon(today, by_region)
    return rows.annotate(
        lamp_rank=Case(
            When(suspension__isnull=False, then=_rank(Lamp.PAUSED)),
            When(stage="ended", then=_rank(Lamp.GREY)),
            When(Q(figures__obstacle_due_on__lt=today) | Q(now__red_from__lte=today), then=_rank(Lamp.RED)),
            When(now__yellow_from__lte=today, then=_rank(Lamp.YELLOW)),
            When(figures__obstacle_due_on__lt=soon, then=_rank(Lamp.BLUE)),
            default=_rank(Lamp.GREEN),
            output_field=IntegerField(),
        )
    )


def _soon(today: date, by_region: Mapping[int, Thresholds]) -> date | Case:
    """The first day whose promises are not yet near: one for all where the counties agree, else each its own."""
    days = {pk: today + timedelta(days=one.obstacle_warn_days) for pk, one in by_region.items()}
    if len(set(days.values())) <= 1:
        return next(iter(days.values()), today + timedelta(days=USUAL.obstacle_warn_days))
    whens = [When(region_id=pk, then=Value(day)) for pk, day in sorted(days.items())]
    return Case(*whens, default=Value(today + timedelta(days=USUAL.obstacle_warn_days)), output_field=DateField())


def with_words(rows: QuerySet[Project]) -> QuerySet[Project]:
    """Keep of a row what a line shows, with the words of what it points to: a fifth of the time that whole rows take."""
    return rows.only(*SHOWN).annotate(
        uuid=F("subject__uuid"),
        unit_word=_word("unit"),
        officer_name=F("officer__name"),
        leader_name=F("leader__name"),
        principal_name=F("principal__name"),
        township_name=F("township__name"),
        open_obstacle_count=Coalesce("figures__open_obstacle_count", 0),
    )


def lines(ids: Sequence[int], today: date, by_region: Mapping[int, Thresholds]) -> list[Project]:
    """What lines of these projects show, in the order of the ids: they come from a guarded read.

    The order is found on narrow rows first, and only the page's own fifty are fetched whole. One query.
    """
    rows = with_words(with_lamp(Project.objects.filter(pk__in=ids).with_year(today), today, by_region))
    found = {row.pk: row for row in rows}
    return [found[pk] for pk in ids if pk in found]


def _word(unit: str) -> Case:
    """The unit's short name where it has one, as str(unit) gives it."""
    return Case(When(**{f"{unit}__short": ""}, then=F(f"{unit}__name")), default=F(f"{unit}__short"))


def _rank(lamp: Lamp) -> Value:
    return Value(RANKS.index(lamp))


def lamp_of(row: Any) -> Lamp:
    """The lamp of a row of the library."""
    return RANKS[row.lamp_rank]


def ordered(rows: QuerySet[Project], key: str) -> QuerySet[Project]:
    """Order by one of ORDERS; a leading - turns it round, empty values always last."""
    name = key.removeprefix("-")
    if name == "stage":
        rows = rows.annotate(stage_rank=_stage_rank())
    fields = ORDERS.get(name, ORDERS["lamp"])
    if not key.startswith("-"):
        return rows.order_by(*[_last(field) for field in fields])
    return rows.order_by(F(fields[0]).desc(nulls_last=True), *fields[1:])


def _last(field: str) -> Any:
    return F(field.lstrip("-")).desc() if field.startswith("-") else F(field).asc(nulls_last=True)


def _stage_rank() -> Case:
    whens = [When(stage=stage, then=Value(place)) for place, stage in enumerate(STAGE_ORDER)]
    return Case(*whens, output_field=IntegerField())


def totals(rows: QuerySet[Any]) -> Totals:
    """Count and add up filtered rows. One query."""
    found = list(
        rows.order_by()
        .values("lamp_rank")
        .annotate(
            n=Count("pk"),
            total=Sum("total_investment_cny"),
            planned=Sum("year_planned_cny"),
            declared=Sum("year_declared_cny"),
            blocks=Sum("figures__open_obstacle_count"),
        )
    )
    return Totals(
        count=sum(row["n"] for row in found),
        by_lamp={RANKS[row["lamp_rank"]]: row["n"] for row in found},
        total_cny=_sum(found, "total"),
        planned_cny=_sum(found, "planned"),
        declared_cny=_sum(found, "declared"),
        obstacle_count=int(_sum(found, "blocks")),
    )


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] or Decimal(0) for row in rows), Decimal(0))
