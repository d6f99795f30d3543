from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.ladder import Pause, Rung, Step, climb, days_left, due_day, reached
from luodi.engines.workdays import WorkCalendar

PLAIN = WorkCalendar()
MONDAY = date(2026, 11, 23)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """Any calendar with whole weeks that are free, as at the Spring Festival, and Saturdays that are worked."""
    off = draw(st.sets(days, max_size=40))
    first = draw(days)
    week = {first + timedelta(n) for n in range(draw(st.integers(0, 9)))}
    on = {day for day in draw(st.sets(days, max_size=20)) if day.weekday() >= 5}
    return WorkCalendar(off=frozenset((off | week) - on), on=frozenset(on))


def test_three_working_days_from_a_friday_end_on_wednesday() -> None:
    assert due_day(date(2026, 11, 20), 3, PLAIN) == date(2026, 11, 25)


def test_days_on_which_the_clock_stands_do_not_count() -> None:
    pause = Pause(date(2026, 11, 24), date(2026, 11, 26))
    assert due_day(MONDAY, 3, PLAIN, [pause]) == date(2026, 11, 30)  # Thu, Fri, Mon


def test_a_clock_that_stands_still_has_no_due_day() -> None:
    assert due_day(MONDAY, 3, PLAIN, [Pause(date(2026, 11, 25))]) is None
    assert due_day(MONDAY, 3, PLAIN, [Pause(date(2026, 11, 30))]) == date(2026, 11, 26)  # it was due before


def test_no_time_limit_is_negative() -> None:
    with pytest.raises(ValueError, match="no time limit"):
        due_day(MONDAY, -1, PLAIN)


def test_a_ladder_shows_every_step_beforehand() -> None:
    steps = climb(MONDAY, date(2026, 11, 25), [Rung(3, "supervisor"), Rung(-1, "person"), Rung(1, "head")], PLAIN)
    assert steps == (
        Step(date(2026, 11, 24), "person"),
        Step(date(2026, 11, 26), "head"),
        Step(date(2026, 11, 30), "supervisor"),
    )
    assert [reached(steps, day) for day in (MONDAY, date(2026, 11, 24), date(2026, 11, 28), date(2026, 11, 30))] == [
        0, 1, 2, 3,
    ]  # fmt: skip


def test_no_step_lies_before_the_beginning() -> None:
    assert climb(MONDAY, MONDAY, [Rung(-5, "person")], PLAIN) == (Step(MONDAY, "person"),)


@given(opened=days, allowed=st.integers(0, 60), calendar=calendars())
def test_the_due_day_is_worked_and_has_so_many_working_days_behind_it(
    opened: date, allowed: int, calendar: WorkCalendar
) -> None:
    due = due_day(opened, allowed, calendar)
    assert due is not None
    assert calendar.between(opened, due) == allowed
    assert allowed == 0 or calendar.works(due)


@given(
    opened=days, allowed=st.integers(1, 40), calendar=calendars(), after=st.integers(1, 30), length=st.integers(0, 30)
)
def test_a_pause_moves_the_due_day_by_its_working_days(
    opened: date, allowed: int, calendar: WorkCalendar, after: int, length: int
) -> None:
    first = opened + timedelta(after)
    pause = Pause(first, first + timedelta(length))
    plain, moved = due_day(opened, allowed, calendar), due_day(opened, allowed, calendar, [pause])
    assert plain is not None
    assert moved is not None
    stood = sum(calendar.works(first + timedelta(n)) for n in range(length) if first + timedelta(n) <= moved)
    assert calendar.between(opened, moved) == allowed + stood
    assert moved >= plain
    assert (moved == plain) == (stood == 0)


@given(opened=days, due=days, calendar=calendars(), after=st.lists(st.integers(-10, 30), max_size=6), today=days)
def test_steps_rise_and_are_never_taken_back(
    opened: date, due: date, calendar: WorkCalendar, after: list[int], today: date
) -> None:
    steps = climb(opened, due, [Rung(n, str(n)) for n in after], calendar)
    assert [step.on for step in steps] == sorted(step.on for step in steps)
    assert len(steps) == len(after)
    assert all(step.on >= opened for step in steps)
    assert reached(steps, today) <= reached(steps, today + timedelta(1))


@given(due=days, today=days, calendar=calendars())
def test_late_is_negative(due: date, today: date, calendar: WorkCalendar) -> None:
    left = days_left(due, today, calendar)
    assert (left < 0) <= (today > due)
    assert days_left(today, due, calendar) == -left
