from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest
from pytest_django import DjangoAssertNumQueries

from luodi.kernel import clock, seeds
from luodi.kernel.calendar import work_calendar
from luodi.kernel.models import CalendarDay, CalendarYear

pytestmark = pytest.mark.django_db

# Notice of the General Office of the State Council on holidays of 2026 (国办发明电〔2025〕7号): written off by hand.
FREE_2026 = {
    (1, 1), (1, 2), (1, 3), *((2, n) for n in range(15, 24)), (4, 4), (4, 5), (4, 6),
    *((5, n) for n in range(1, 6)), (6, 19), (6, 20), (6, 21), (9, 25), (9, 26), (9, 27), *((10, n) for n in range(1, 8)),
}  # fmt: skip
MADE_UP_2026 = {(1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10)}


def days_of(year: int) -> list[date]:
    return [day for n in range(366) if (day := date(year, 1, 1) + timedelta(n)).year == year]


def test_each_day_of_2026_is_as_the_state_council_says() -> None:
    calendar = work_calendar(date(2026, 1, 1), date(2026, 12, 31))
    for day in days_of(2026):
        key = (day.month, day.day)
        assert calendar.works(day) is (key in MADE_UP_2026 or (day.weekday() < 5 and key not in FREE_2026)), day


@pytest.mark.parametrize("year", range(2015, 2027))
def test_every_published_year_agrees_with_the_package(year: int) -> None:
    calendar = work_calendar(date(year, 1, 1), date(year, 12, 31))
    assert [day for day in days_of(year) if calendar.works(day) is not chinese_calendar.is_workday(day)] == []
    assert not calendar.estimated(date(year, 1, 1), date(year, 12, 31))


def test_a_year_not_published_is_said_to_be_an_estimate() -> None:
    calendar = work_calendar(date(2026, 12, 1), date(2027, 12, 31))
    assert calendar.estimated(date(2026, 12, 1), date(2027, 1, 1))
    assert not calendar.estimated(date(2026, 12, 1), date(2026, 12, 31))
    assert calendar.works(date(2027, 1, 4))


def test_days_have_chinese_names() -> None:
    assert CalendarDay.objects.get(day=date(2026, 2, 17)).name == "春节"
    assert CalendarDay.objects.get(day=date(2026, 2, 14)).name == "春节调休上班"
    assert not CalendarDay.objects.filter(name="").exists()


def test_seeding_again_keeps_what_a_county_edited() -> None:
    CalendarDay.objects.filter(day=date(2026, 2, 17)).update(works=True, source="县里更正")
    CalendarYear.objects.filter(year=2020).delete()
    seeds.seed_calendar()
    assert CalendarDay.objects.get(day=date(2026, 2, 17)).works
    assert CalendarYear.objects.filter(year=2020).exists()


def test_the_calendar_takes_two_queries_whatever_the_span(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(2):
        work_calendar(date(2015, 1, 1), date(2026, 12, 31))


def test_the_civil_day_is_that_of_shanghai() -> None:
    with clock.standing_at(datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC)):
        assert clock.today() == date(2026, 2, 28)
    with clock.standing_at(datetime(2026, 2, 28, 16, tzinfo=UTC)):
        assert clock.today() == date(2026, 3, 1)
    assert clock.end_of(date(2026, 2, 28)) == datetime(2026, 2, 28, 15, 59, 59, 999999, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
