"""The one clock. Nothing else asks the machine for the time, so that tests and the demo can stand on any day."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_set: ContextVar[datetime | None] = ContextVar("luodi_clock", default=None)


def now() -> datetime:
    """The instant, in UTC."""
    return _set.get() or datetime.now(UTC)


def today() -> date:
    """The civil date in Asia/Shanghai, on which every date of the domain is reckoned."""
    return local_date(now())


def local_date(instant: datetime) -> date:
    return instant.astimezone(SHANGHAI).date()


def end_of(day: date) -> datetime:
    """The last microsecond of a civil day in Asia/Shanghai, as an instant."""
    return datetime(day.year, day.month, day.day, 23, 59, 59, 999999, tzinfo=SHANGHAI).astimezone(UTC)


@contextmanager
def standing_at(instant: datetime) -> Iterator[None]:
    """Let the clock stand at `instant` (aware). For tests, for the demo, which lives through three years,
    and for pages of a past day (kernel.asof)."""
    token = _set.set(instant.astimezone(UTC))
    try:
        yield
    finally:
        _set.reset(token)
