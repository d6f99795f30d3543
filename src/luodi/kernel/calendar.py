"""Working days of the county: the Chinese calendar, statutory holidays and make-up days 调休 included."""

from __future__ import annotations

from datetime import date

from luodi.engines.workdays import WorkCalendar
from luodi.kernel.models import CalendarDay, CalendarYear


def work_calendar(first: date, last: date) -> WorkCalendar:
    """The calendar that covers both days and all between. Two queries, whatever the span.

    Years whose holidays are not yet published count Monday to Friday; `WorkCalendar.estimated` names them, and a page
    that shows such a figure says 按周一至周五估算.
    """
    days = CalendarDay.objects.filter(day__range=(first, last)).values_list("day", "works")
    published = CalendarYear.objects.filter(year__range=(first.year, last.year)).values_list("year", flat=True)
    return WorkCalendar(
        off=frozenset(day for day, works in days if not works),
        on=frozenset(day for day, works in days if works),
        published=frozenset(published),
        first=first,
        last=last,
    )
