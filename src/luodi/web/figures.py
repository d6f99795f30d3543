"""How figures are written: money in 万元 or 亿元, dates as 2026-11-23, shares with one decimal. Pure functions."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from luodi.kernel.clock import SHANGHAI
from luodi.kernel.money import YI, wan, yi

NOTHING = "—"
Number = Decimal | float | int | str


def as_decimal(value: Number) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(str(value))


def in_wan(cny: Number | None) -> str:
    """Yuan as 万元 with thousands, decimals only where there are any (two at most), no unit."""
    if cny is None or cny == "":
        return NOTHING
    text = f"{wan(as_decimal(cny)):,.2f}"
    return text.rstrip("0").rstrip(".")


def in_yi(cny: Number | None) -> str:
    """Yuan as 亿元, always two decimals, no unit: made for columns."""
    if cny is None or cny == "":
        return NOTHING
    return f"{yi(as_decimal(cny)):,.2f}"


def money(cny: Number | None) -> str:
    """Yuan with the unit that reads best: 亿元 from one hundred million up, else 万元."""
    if cny is None or cny == "":
        return NOTHING
    amount = as_decimal(cny)
    if abs(amount) >= YI:
        return _("%(figure)s 亿元") % {"figure": in_yi(amount)}
    return _("%(figure)s 万元") % {"figure": in_wan(amount)}


def percent(ratio: Number | None) -> str:
    """A share (0-1) as a percentage with one decimal."""
    if ratio is None or ratio == "":
        return NOTHING
    share = (as_decimal(ratio) * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return f"{share}%"


def _time(machine: str, human: str) -> SafeString:
    return SafeString(f'<time class="ld-nw" datetime="{machine}">{human}</time>')  # both written by strftime


def local(value: date | datetime) -> date | datetime:
    """An instant in Shanghai time; a date as it is."""
    return value.astimezone(SHANGHAI) if isinstance(value, datetime) else value


def day(value: date | datetime | None) -> str:
    """2026-11-23, never broken over two lines."""
    if value is None:
        return NOTHING
    text = local(value).strftime("%Y-%m-%d")
    return _time(text, text)


def short_day(value: date | datetime | None) -> str:
    """11-23, where the year is beyond doubt."""
    if value is None:
        return NOTHING
    at = local(value)
    return _time(at.strftime("%Y-%m-%d"), at.strftime("%m-%d"))


def moment(value: date | datetime | str | None) -> str:
    """2026-11-23 08:40 for an instant, 2026-11-23 for a date, a text as it is."""
    if value is None:
        return NOTHING
    if isinstance(value, str):
        return value
    if not isinstance(value, datetime):
        return day(value)
    at = local(value)
    return _time(at.strftime("%Y-%m-%dT%H:%M%z"), at.strftime("%Y-%m-%d %H:%M"))


def minutes(span: timedelta | None) -> int:
    """A span in whole minutes, rounded up; 0 where there is none."""
    return 0 if span is None else -(-int(span.total_seconds()) // 60)
