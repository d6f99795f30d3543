"""Ladders: when a duty is due, and who hears of it while it is not done. Pure; days are civil dates in one time zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from luodi.engines.workdays import ONE, WorkCalendar


@dataclass(frozen=True, slots=True)
class Rung:
    """On the day `after` working days after the due day (before it, where negative) `who` hears of it."""

    after: int
    who: str


@dataclass(frozen=True, slots=True)
class Pause:
    """The clock stands on each day from `first` up to, and not including, `until` (None: it stands still)."""

    first: date
    until: date | None = None

    def covers(self, day: date) -> bool:
        return self.first <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Step:
    """A rung with its day."""

    on: date
    who: str


def due_day(opened: date, allowed: int, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> date | None:
    """The last day in time: `allowed` working days after `opened`, days on which the clock stands not counted.

    None while a pause without an end lies before it. 0 gives `opened` itself. Raises ValueError for a negative `allowed`.
    """
    if allowed < 0:
        raise ValueError(f"{allowed} working days are no time limit")
    still = min((pause.first for pause in pauses if pause.until is None), default=None)
    day, left = opened, allowed
    while left:
        day += ONE
        if still is not None and day >= still:
            return None
        left -= calendar.works(day) and not any(pause.covers(day) for pause in pauses)
    return day


def climb(opened: date, due: date, rungs: Iterable[Rung], calendar: WorkCalendar) -> tuple[Step, ...]:
    """All steps of a ladder, by day: known from the first day to everybody whom they will reach. None lies before `opened`."""
    steps = [Step(max(opened, calendar.add(due, rung.after)), rung.who) for rung in rungs]
    return tuple(sorted(steps, key=lambda step: step.on))


def reached(steps: Sequence[Step], today: date) -> int:
    """How many steps lie behind, today's included."""
    return sum(step.on <= today for step in steps)


def days_left(due: date, today: date, calendar: WorkCalendar) -> int:
    """Working days from today to the due day; 0 on it, negative once it is over."""
    return calendar.between(today, due)
