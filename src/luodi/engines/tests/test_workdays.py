from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.workdays import WorkCalendar

DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))
COUNTS = st.integers(0, 400)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """Any calendar in which work is never more than a few weeks away."""
    span = st.dates(date(2019, 1, 1), date(2032, 12, 31))
    picked = draw(st.sets(span, max_size=60))
    return WorkCalendar(
        off=frozenset(day for day in picked if day.weekday() < 5),
        on=frozenset(day for day in picked if day.weekday() >= 5),
    )


@given(calendars(), DAYS, COUNTS)
def test_between_undoes_add(calendar: WorkCalendar, day: date, count: int) -> None:
    later = calendar.add(day, count)
    assert calendar.between(day, later) == count
    assert count == 0 or calendar.works(later)


@given(calendars(), DAYS, COUNTS)
def test_between_undoes_add_backwards_from_a_working_day(calendar: WorkCalendar, day: date, count: int) -> None:
    start = calendar.add(day, 1)
    assert calendar.between(start, calendar.add(start, -count)) == -count


@given(calendars(), DAYS, DAYS, DAYS)
def test_spans_add_up_and_turn_round(calendar: WorkCalendar, one: date, two: date, three: date) -> None:
    assert calendar.between(one, two) == -calendar.between(two, one)
    assert calendar.between(one, two) + calendar.between(two, three) == calendar.between(one, three)


@given(calendars(), DAYS, COUNTS, COUNTS)
def test_steps_add_up(calendar: WorkCalendar, day: date, one: int, two: int) -> None:
    assert calendar.add(calendar.add(day, one), two) == calendar.add(day, one + two)


def test_a_plain_week() -> None:
    calendar = WorkCalendar()
    friday, sunday, monday = date(2026, 3, 6), date(2026, 3, 8), date(2026, 3, 9)
    assert calendar.add(friday, 1) == calendar.add(sunday, 1) == monday
    assert calendar.add(monday, -1) == calendar.add(sunday, -1) == friday
    assert calendar.add(sunday, 0) == sunday
    assert calendar.between(friday, monday) == 1
    assert calendar.between(friday, friday) == 0


def test_a_make_up_day_is_worked_and_a_holiday_not() -> None:
    saturday, monday = date(2026, 2, 14), date(2026, 2, 16)
    calendar = WorkCalendar(off=frozenset({monday}), on=frozenset({saturday}))
    assert calendar.works(saturday)
    assert not calendar.works(monday)
    assert calendar.add(date(2026, 2, 13), 2) == date(2026, 2, 17)


def test_a_year_not_yet_published_is_estimated() -> None:
    calendar = WorkCalendar(published=frozenset({2025, 2026}))
    assert not calendar.estimated(date(2025, 12, 1), date(2026, 12, 31))
    assert calendar.estimated(date(2026, 12, 31), date(2027, 1, 1))


def test_a_day_beyond_what_was_loaded_is_no_working_day_by_default() -> None:
    """Its holidays were not loaded: counting it would shorten a limit without anybody noticing."""
    calendar = WorkCalendar(first=date(2026, 1, 1), last=date(2026, 1, 31))
    with pytest.raises(LookupError, match="2026-02-01"):
        calendar.add(date(2026, 1, 30), 5)
    with pytest.raises(LookupError):
        calendar.between(date(2025, 12, 30), date(2026, 1, 5))
    assert calendar.between(date(2026, 1, 1), date(2026, 1, 31)) == 21
