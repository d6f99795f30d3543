"""Working days: Monday to Friday, less holidays, plus make-up days. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta

ONE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """`off` are free days that would else be worked, `on` are Saturdays and Sundays that are worked 调休.

    `published` names the years whose holidays are known; days of other years count Monday to Friday. `first` and `last`
    bound what was loaded; a day outside raises LookupError, since its holidays would pass for working days.
    """

    off: frozenset[date] = field(default_factory=frozenset)
    on: frozenset[date] = field(default_factory=frozenset)
    published: frozenset[int] = field(default_factory=frozenset)
    first: date = date.min
    last: date = date.max

    def works(self, day: date) -> bool:
        if not self.first <= day <= self.last:
            raise LookupError(f"{day} lies outside the calendar loaded ({self.first} to {self.last})")
        return day in self.on or (day.weekday() < 5 and day not in self.off)

    def add(self, day: date, count: int) -> date:
        """The day `count` working days after `day` (before it, where negative); 0 gives `day` itself, worked or not."""
        step = ONE if count >= 0 else -ONE
        left = abs(count)
        while left:
            day += step
            left -= self.works(day)
        return day

    def between(self, first: date, last: date) -> int:
        """Working days after `first` up to and including `last`; with both turned round, the same number, negative."""
        if last < first:
            return -self.between(last, first)
        return sum(self.works(first + timedelta(n)) for n in range(1, (last - first).days + 1))

    def estimated(self, first: date, last: date) -> bool:
        """True where the span touches a year whose holidays are not yet published."""
        return any(year not in self.published for year in range(first.year, last.year + 1))
