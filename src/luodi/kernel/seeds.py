"""Facts that every installation starts with, filled in after migration where they are missing; what a county edited stays."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import chinese_calendar
from chinese_calendar.constants import Holiday, holidays, in_lieu_days, workdays

from luodi.kernel.models import CalendarDay, CalendarYear

FIRST_YEAR = 2015
CHINESE = {holiday.value: holiday.chinese for holiday in Holiday}
SOURCE = f"chinesecalendar {getattr(chinese_calendar, '__version__', '')}".strip()


def seed_calendar(**_kwargs: Any) -> None:
    """Enter the published years of the package `chinesecalendar` (State Council notices) that the table lacks."""
    years = {day.year for day in workdays if day.year >= FIRST_YEAR}
    missing = years - set(CalendarYear.objects.values_list("year", flat=True))
    if not missing:
        return
    CalendarDay.objects.bulk_create([_day(day) for day in _irregular(missing)], ignore_conflicts=True)
    CalendarYear.objects.bulk_create([CalendarYear(year=year, source=SOURCE) for year in sorted(missing)])


def published_days(year: int) -> list[CalendarDay]:
    """The published days of one year that differ from Monday to Friday, not saved; empty for a year not yet published."""
    return [_day(day) for day in _irregular({year})] if any(day.year == year for day in workdays) else []


def _irregular(years: set[int]) -> list[date]:
    """Days of the years that differ from Monday to Friday."""
    span = (date(year, 1, 1) + timedelta(n) for year in sorted(years) for n in range(366))
    return [day for day in span if day.year in years and chinese_calendar.is_workday(day) != (day.weekday() < 5)]


def _day(day: date) -> CalendarDay:
    works = chinese_calendar.is_workday(day)
    name = CHINESE.get(str(workdays.get(day) or holidays.get(day) or in_lieu_days.get(day)), "")
    return CalendarDay(day=day, works=works, name=f"{name}调休上班" if works else name, source=SOURCE)
