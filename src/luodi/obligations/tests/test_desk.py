"""The desk tells how long somebody waits, and how long is left, in working days."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from luodi.engines.workdays import WorkCalendar
from luodi.kernel.clock import SHANGHAI
from luodi.obligations.models import Obligation
from luodi.obligations.views import desk
from luodi.subjects.models import Subject

FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
CALENDAR = WorkCalendar(published=frozenset({2026}))


def duty(due_on: date | None, *, since: date = FRIDAY, stopped_on: date | None = None) -> Obligation:
    return Obligation(
        kind="void", ref=1, subject=Subject(title="河湾冷链仓"), opened_on=since, allowed=5, due_on=due_on, stopped_on=stopped_on,
        opened_at=datetime(since.year, since.month, since.day, 9, tzinfo=SHANGHAI),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("since", "words"),
    [(FRIDAY, "1 个工作日"), (date(2026, 11, 9), "10 个工作日"), (date(2026, 11, 22), "1 个工作日"), (MONDAY, "今天")],
)
def test_a_wait_counts_working_days(since: date, words: str) -> None:
    row = desk._waited_row(duty(date(2026, 12, 1), since=since), MONDAY, CALENDAR, first=False)
    assert (row.when, row.sub) == (words, "限 2026-12-01")


@pytest.mark.parametrize(
    ("due", "when", "lamp"),
    [
        (FRIDAY, "逾期 1 个工作日", "red"),
        (date(2026, 11, 22), "逾期 1 个工作日", "red"),
        (MONDAY, "今天", "yellow"),
        (date(2026, 11, 24), "明天", ""),
        (date(2026, 12, 1), "还有 6 个工作日", ""),
    ],
)
def test_what_is_due_counts_working_days(due: date, when: str, lamp: str) -> None:
    row = desk._due_row(duty(due), MONDAY, CALENDAR, first=False)
    assert (row.when, row.sub, row.lamp) == (when, str(due), lamp)


def test_a_stopped_clock_is_said_and_never_late() -> None:
    row = desk._due_row(duty(FRIDAY, stopped_on=FRIDAY), MONDAY, CALENDAR, first=False)
    assert (row.when, row.lamp) == ("停钟", "paused")
