"""What a project's life is made of: dated steps, and the days on which a county works. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from luodi.engines.workdays import WorkCalendar

WAN = 10_000
WINTER = ((11, 15), (3, 10))
"""The winter stop of the north: no outdoor wet work from the first day to the second, both included."""


def yuan(wan: int) -> Decimal:
    """Whole 万元 to yuan."""
    return Decimal(wan) * WAN


def in_winter(day: date) -> bool:
    return (day.month, day.day) >= WINTER[0] or (day.month, day.day) <= WINTER[1]


class Days:
    """Working days, and those of them on which work outdoors is possible."""

    def __init__(self, calendar: WorkCalendar) -> None:
        span = (calendar.first + timedelta(n) for n in range((calendar.last - calendar.first).days + 1))
        self.working = [day for day in span if calendar.works(day)]
        self.outdoors = [day for day in self.working if not in_winter(day)]

    def add(self, day: date, count: int, *, outdoors: bool = False) -> date:
        """The day `count` working days after `day` (before it, where negative)."""
        days = self.outdoors if outdoors else self.working
        place = bisect_right(days, day) + count - 1 if count >= 0 else bisect_left(days, day) + count
        return days[min(max(place, 0), len(days) - 1)]

    def on_or_after(self, day: date) -> date:
        return self.working[min(bisect_left(self.working, day), len(self.working) - 1)]

    def last_before(self, day: date) -> date:
        """The last working day before `day`."""
        return self.working[bisect_left(self.working, day) - 1]

    def between(self, first: date, last: date, *, outdoors: bool = False) -> int:
        """Working days from `first` to `last`, both included."""
        days = self.outdoors if outdoors else self.working
        return max(0, bisect_right(days, last) - bisect_left(days, first))


@dataclass(frozen=True, slots=True)
class Step:
    """One act in a project's life. `slot` is the part of the day (0–3), `place` its order within the life."""

    day: date
    slot: int
    number: int
    place: int
    verb: str
    args: Mapping[str, Any]

    @property
    def order(self) -> tuple[date, int, int, int]:
        return (self.day, self.slot, self.number, self.place)


Group = list[tuple[date, int, str, dict[str, Any]]]
"""Steps that belong together, before they have their place in a life: day, slot, verb, arguments."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A project as it is entered. Units and townships by their codes, people by their place in the unit's list.

    `leader` and `supervisor` are places in the county's lists, None = nobody yet. Amounts in 万元.
    """

    number: int
    name: str
    track: str
    kind: str
    industry: str
    township: str
    unit: str
    officer: int
    leader: int | None
    supervisor: int | None
    investor: str
    summary: str
    total_wan: int
    land_mu: int
    jobs: int
    tax_wan: int
    theme: int | None
    importance: str
    helpers: tuple[str, ...]
    entered: date
    entered_by: str  # officer, project_office, investment_bureau
    opening: str
    national_code: str
    committed: date | None
    started: date | None
    build_days: int
    outdoors: bool


@dataclass(frozen=True, slots=True)
class Life:
    """A project and all that happens to it until the horizon."""

    draft: Draft
    steps: tuple[Step, ...]
