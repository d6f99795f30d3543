"""工作日历: the days of a year that differ from Monday to Friday, one table for each year, for the whole installation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from luodi.engines.ruletables import Column, Fault, Row
from luodi.kernel.registry import CALENDAR_EFFECTS
from luodi.kernel.rule_tables import Effect, RuleTable, TableSeries
from luodi.kernel.seeds import FIRST_YEAR, published_days
from luodi.rulebook.services import calendar_follow

LAST_YEAR = 2100
SOURCE = "规则表"


def _codes(today: date) -> list[str]:
    """This year's table and the next one's, whose holidays are published in November."""
    return [f"calendar_{year}" for year in (today.year, today.year + 1)]


def _table(code: str) -> RuleTable | None:
    found = re.fullmatch(r"calendar_(\d{4})", code)
    year = int(found[1]) if found else 0
    return _of_year(year) if FIRST_YEAR <= year <= LAST_YEAR else None


@lru_cache(maxsize=16)
def _of_year(year: int) -> RuleTable:
    return RuleTable(
        code=f"calendar_{year}",
        label=_("%(year)s 年工作日历") % {"year": year},
        intro=_(
            "只列与周一至周五不同的日子：放假的工作日和调休上班的周末，依据国务院办公厅的通知。工作日的期限都按它算；没有公布的年份按周一至周五估算。"
        ),
        columns=(
            Column("day", _("日期"), "date", least=date(year, 1, 1), most=date(year, 12, 31)),
            Column("sort", _("当天"), "choice", choices=(("off", _("放假")), ("works", _("调休上班")))),
            Column("name", _("名称"), "text", required=False, length=40),
        ),
        key=("day",),
        defaults=lambda: _published(year),
        root_only=True,
        check=_check,
        effects=_effects,
        applied=lambda _region_id, rows, _by: calendar_follow(year, rows, source=SOURCE),
    )


def _published(year: int) -> list[Row]:
    return [{"day": day.day, "sort": "works" if day.works else "off", "name": day.name} for day in published_days(year)]


def _check(rows: Sequence[Row]) -> Iterator[Fault]:
    """A day off would else be worked, a day made up would else be free."""
    for place, row in enumerate(rows):
        day = row["day"]
        assert isinstance(day, date)
        if (row["sort"] == "works") == (day.weekday() < 5):
            yield Fault(place, "sort", _("这一天本来就是这样，不用列。"))


def _works(rows: Iterable[Row]) -> dict[Any, bool]:
    return {row["day"]: row["sort"] == "works" for row in rows}


def _effects(
    _region_id: int, now: Sequence[Row], then: Sequence[Row], _valid_from: date, user: Any
) -> Iterator[Effect]:
    """Whatever the apps count whose days would move: they are told which days become free and which are worked."""
    was, wanted = _works(now), _works(then)
    turned = {day for day in was.keys() | wanted.keys() if _on(was, day) != _on(wanted, day)}
    freed = frozenset(day for day in turned if _on(was, day))
    for source in CALENDAR_EFFECTS:
        yield from source(freed, frozenset(turned) - freed, user)


def _on(days: dict[Any, bool], day: date) -> bool:
    return days.get(day, day.weekday() < 5)


CALENDAR = TableSeries(_("工作日历"), _codes, _table)
