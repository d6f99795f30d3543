"""When periodic work is due. Pure: slots are instants, reckoned from the schedule alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Schedule(Protocol):
    """A row of slots without end. All instants are aware; slots are in UTC."""

    def latest(self, now: datetime) -> datetime:
        """The last slot that is not after `now`."""

    def following(self, slot: datetime) -> datetime:
        """The first slot after a slot."""

    def between(self, after: datetime, until: datetime) -> int:
        """How many slots lie after `after` and not after `until`; both are slots."""


@dataclass(frozen=True, slots=True)
class Daily:
    """Every civil day in Asia/Shanghai at hour:minute."""

    hour: int
    minute: int = 0

    def __post_init__(self) -> None:
        if not (0 <= self.hour < 24 and 0 <= self.minute < 60):
            raise ValueError(f"{self.hour}:{self.minute} is no time of day")

    def latest(self, now: datetime) -> datetime:
        local = now.astimezone(SHANGHAI).replace(hour=self.hour, minute=self.minute, second=0, microsecond=0)
        return (local if local <= now else local - DAY).astimezone(UTC)

    def following(self, slot: datetime) -> datetime:
        return slot + DAY  # Shanghai has kept one offset since 1991

    def between(self, after: datetime, until: datetime) -> int:
        return max(0, (until - after) // DAY)


@dataclass(frozen=True, slots=True)
class Every:
    """Every so many minutes, reckoned from midnight UTC of the first of January 1970."""

    minutes: int

    def __post_init__(self) -> None:
        if self.minutes < 1:
            raise ValueError(f"every {self.minutes} minutes is never")

    @property
    def _step(self) -> timedelta:
        return timedelta(minutes=self.minutes)

    def latest(self, now: datetime) -> datetime:
        return EPOCH + (now - EPOCH) // self._step * self._step

    def following(self, slot: datetime) -> datetime:
        return slot + self._step

    def between(self, after: datetime, until: datetime) -> int:
        return max(0, (until - after) // self._step)
