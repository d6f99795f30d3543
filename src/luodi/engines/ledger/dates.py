"""Dates as offices write them. Rules: docs/domain/ledger.md#dates."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import isfinite

from luodi.engines.ledger.texts import half_width, is_dash, is_pending, number_text, strip_parentheses
from luodi.engines.sheets import Cell

FIRST_YEAR, LAST_YEAR = 1949, 2100
SERIAL_ZERO = date(1899, 12, 30)
"""Day 0 of Excel's 1900 system, as it counts from March 1900 on."""
SERIALS = range(30_000, 60_001)
"""1982 to 2064: bare numbers of a date column in this range are serials."""

_FULL = re.compile(r"^(\d{4}|\d{2})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?$")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})$")
_MONTH = re.compile(r"^(\d{4})(?:[-/.年](\d{1,2})月?份?|(\d{2}))$")
_SHORT_MONTH = re.compile(r"^([0-4]\d)(?:[-/年](\d{1,2})月份?|\.(\d{1,2})月?份?)$")
_YEAR = re.compile(r"^(\d{4})年?度?$")
_TIME = re.compile(r"[T ]\d{1,2}:\d{2}(:\d{2}(\.\d+)?)?Z?$")
_PART = re.compile(
    r"^(\d{4})年?(?:(\d{1,2})月)?份?(年底|年末|底|末|年初|初|上旬|中旬|下旬|上半年|下半年|年中|中期?|第?[一二三四1-4]季度?[末底]?)[前内]?$"
)
_QUARTER = re.compile(r"^(\d{4})[年/.-]?第?Q([1-4])$", re.IGNORECASE)
_YEAR_LAST = re.compile(r"^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})$")
_FOOTNOTES = re.compile(r"^[*※]+|[。.;、*※]+$")
"""Full stops and asterisks around a date that were meant for a reader."""
_CHINESE_YEAR = re.compile(r"^[〇零○O0-9一二三四五六七八九]{4}(?=年)")
_CHINESE_PART = re.compile(r"[一二三四五六七八九十]{1,3}(?=[月日号])")
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_CHINESE_DIGIT = {c: str(i) for i, c in enumerate("零一二三四五六七八九")} | {"〇": "0", "○": "0", "O": "0"}
_SOFTENERS = re.compile(
    r"^(预计|计划|拟于|拟|力争|争取|约|已于|于)+|(前|之前|左右|完工|竣工|开工|完成|投产|建成|动工|启动|以前|实际|计划|预计)+$"
)


@dataclass(frozen=True, slots=True)
class Day:
    """`day` is None where there is none; `code` names what to say, "" for nothing."""

    day: date | None
    code: str = ""
    is_error: bool = False
    params: Mapping[str, str] = field(default_factory=dict)


def read_day(cell: Cell, *, last: bool) -> Day:
    """Read `cell`. Where only a month or year stands, `last` takes its last day, else its first.

    Never raises. Civil calendar; serials in Excel's 1900 system.
    """
    if cell is None or cell == "":
        return Day(None)
    if isinstance(cell, datetime):
        return _checked_year(cell.date(), cell.date().isoformat())
    if isinstance(cell, date):
        return _checked_year(cell, cell.isoformat())
    if isinstance(cell, bool):
        return _unreadable()
    if isinstance(cell, float | int):
        return _number(float(cell), last=last)
    text = half_width(cell)
    if not text:
        return Day(None)
    if is_dash(text) or is_pending(text):
        return Day(None, "date_pending")
    return _text(text, last=last)


def _unreadable() -> Day:
    return Day(None, "date_unreadable", is_error=True)


def _checked_year(day: date, text: str) -> Day:
    if FIRST_YEAR <= day.year <= LAST_YEAR:
        return Day(day)
    return Day(None, "date_out_of_range", is_error=True, params={"value": text})


def _number(number: float, *, last: bool) -> Day:
    if not isfinite(number):
        return _unreadable()
    if number == int(number) and int(number) in SERIALS:
        day = SERIAL_ZERO + timedelta(days=int(number))
        return Day(day, "date_serial", params={"day": day.isoformat()})
    if number != int(number) and SERIALS.start <= number < SERIALS.stop:
        return _number(float(int(number)), last=last)
    text = number_text(number)
    if re.fullmatch(r"\d{4}\.1", text):
        found = _month(int(text[:4]), 1, last=last)
        return Day(found.day, "date_month_or_ten", params=found.params) if found.day else found
    return _text(text, last=last)


def _text(text: str, *, last: bool) -> Day:
    text = _in_figures(_FOOTNOTES.sub("", _TIME.sub("", text).replace(" ", "")))
    if re.fullmatch(r"\d{5}", text) and int(text) in SERIALS:
        return _number(float(text), last=last)
    found = _exact(text, last=last)
    if found is not None:
        return found
    softer = _SOFTENERS.sub("", strip_parentheses(text))
    if softer != text and (found := _exact(softer, last=last)) is not None:
        return found
    return _unreadable() if _is_broken_date(text) else Day(None, "date_vague")


def _exact(text: str, *, last: bool) -> Day | None:
    if found := _YEAR_LAST.match(text):
        return _year_last(int(found[1]), int(found[2]), found[3])
    if found := _FULL.match(text) or _COMPACT.match(text):
        return _civil(found[1], int(found[2]), int(found[3]))
    if found := _MONTH.match(text):
        return _month(int(found[1]), int(found[2] or found[3]), last=last)
    if found := _SHORT_MONTH.match(text):
        return _month(2000 + int(found[1]), int(found[2] or found[3]), last=last)
    if found := _YEAR.match(text):
        return _year(int(found[1]), last=last)
    if found := _PART.match(_QUARTER.sub(r"\1年\2季度", text)):
        return _part(int(found[1]), int(found[2]) if found[2] else None, found[3], last=last)
    return None


def _is_broken_date(text: str) -> bool:
    """Figures that were meant as a date, unlike 下月底 or 视土地情况."""
    return (
        bool(re.search(r"\d", text))
        and not re.search(r"[^\d\s年月日号./\-:,]", text)
        and not re.fullmatch(r"\d{1,2}月(\d{1,2}日)?", text)
    )


def _civil(year_text: str, month: int, day: int) -> Day:
    year = int(year_text) + (2000 if len(year_text) == 2 else 0)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Day(None, "date_out_of_range", is_error=True)
    if not 1 <= month <= 12:
        return Day(None, "date_impossible_13", is_error=True)
    days = monthrange(year, month)[1]
    if not 1 <= day <= days:
        params = {"year": str(year), "month": str(month), "days": str(days)}
        return Day(None, "date_impossible_month", is_error=True, params=params)
    found = date(year, month, day)
    if len(year_text) == 2:
        return Day(found, "date_short_year", params={"day": found.isoformat()})
    return Day(found)


def _year_last(one: int, two: int, year: str) -> Day:
    """3/15/2025 and 15/3/2025: only where one of the two can be no month is it clear which is the day."""
    if one == two or (one > 12) != (two > 12):
        return _civil(year, min(one, two), max(one, two))
    return Day(None, "date_ambiguous" if one <= 12 else "date_impossible_13", is_error=True)


def _month(year: int, month: int, *, last: bool) -> Day:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Day(None, "date_out_of_range", is_error=True)
    if not 1 <= month <= 12:
        return Day(None, "date_impossible_13", is_error=True)
    found = date(year, month, monthrange(year, month)[1] if last else 1)
    return Day(found, "date_month_only", params={"day": found.isoformat()})


def _year(year: int, *, last: bool) -> Day:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Day(None, "date_out_of_range", is_error=True)
    found = date(year, 12, 31) if last else date(year, 1, 1)
    return Day(found, "date_year_only", params={"day": found.isoformat()})


def _part(year: int, month: int | None, word: str, *, last: bool) -> Day:
    """2026年底, 2026年上半年, 2026年二季度, 2026年3月下旬: the end for a finish, the beginning for a start."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Day(None, "date_out_of_range", is_error=True)
    if month is not None and not 1 <= month <= 12:
        return Day(None, "date_impossible_13", is_error=True)
    first, final = _part_of_month(year, month, word) if month else _part_of_year(year, word)
    found = final if last else first
    return Day(found, "date_part", params={"day": found.isoformat()})


def _part_of_month(year: int, month: int, word: str) -> tuple[date, date]:
    end = monthrange(year, month)[1]
    spans = {"上旬": (1, 10), "初": (1, 10), "年初": (1, 10), "中旬": (11, 20), "下旬": (21, end)}
    first, final = spans.get(word, (11, 20) if word.startswith("中") else (end, end))
    return date(year, month, first), date(year, month, final)


def _part_of_year(year: int, word: str) -> tuple[date, date]:
    if word in ("年底", "年末", "底", "末", "下旬"):
        return date(year, 12, 31), date(year, 12, 31)
    months = {"年初": (1, 1), "初": (1, 1), "上旬": (1, 1), "上半年": (1, 6), "下半年": (7, 12)}.get(word, (6, 6))
    if "季" in word:
        quarter = _QUARTERS[word.removeprefix("第")[0]]
        months = (3 * quarter - 2, 3 * quarter)
        if word[-1] in "末底":
            end = date(year, months[1], monthrange(year, months[1])[1])
            return end, end
    return date(year, months[0], 1), date(year, months[1], monthrange(year, months[1])[1])


def _in_figures(text: str) -> str:
    """二〇二五年三月, 2025年三月 in figures; anything else as it is."""
    found = _CHINESE_YEAR.match(text)
    if found is None:
        return text
    year = "".join(_CHINESE_DIGIT.get(char, char) for char in found[0])
    return year + _CHINESE_PART.sub(lambda part: str(_chinese_small(part[0])), text[found.end() :])


def _chinese_small(text: str) -> int:
    tens, ten, units = text.rpartition("十")
    value = int(_CHINESE_DIGIT.get(units, "0")) if units else 0
    if not ten:
        return value
    return (int(_CHINESE_DIGIT.get(tens, "1")) if tens else 1) * 10 + value


_SPAN = re.compile(r"\s*(?:--+|—+|―+|–+|~+|至|到|-(?=\d{4})|(?<=月)-)\s*")


def read_span(cell: Cell) -> tuple[Day, Day]:
    """A cell that holds start and finish: 2024-2026, 2025.4—2027.10, 2026年3月至2027年2月.

    A lone year is start and finish; a lone date is the start.
    """
    if not isinstance(cell, str):
        start = read_day(cell, last=False)
        lone_year = start.code == "date_year_only"
        return start, read_day(cell, last=True) if lone_year else Day(None)
    lines = [part for line in cell.split("\n") if (part := half_width(line))]
    text = "至".join(lines).replace(" ", "")
    text = re.sub(r"^(\d{4}[.年]\d{1,2}月?)/(?=\d{4})", r"\1至", text)
    parts = [part for part in _SPAN.split(text) if part]
    if len(parts) == 2:
        if re.fullmatch(r"\d{1,2}月?", parts[1]) and (year := re.match(r"^\d{4}", parts[0])):
            parts[1] = f"{year[0]}年{parts[1].rstrip('月')}月"
        return read_day(parts[0], last=False), read_day(parts[1], last=True)
    start = read_day(text, last=False)
    if start.code in ("date_year_only", "date_pending"):
        return start, read_day(text, last=True) if start.day else Day(None)
    return start, Day(None)
