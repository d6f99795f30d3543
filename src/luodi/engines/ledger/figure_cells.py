"""Cells with amounts, dates and other figures. Rules: docs/domain/ledger.md#amounts, #dates."""

from __future__ import annotations

import re
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from luodi.engines.ledger import money
from luodi.engines.ledger.dates import Day, read_day, read_span
from luodi.engines.ledger.draft import Draft
from luodi.engines.ledger.texts import is_dash, is_pending, number_text, squeezed

MONEY_FIELDS = ("total_investment", "year_planned", "year_declared", "declared_investment", "tax")
AREA = {
    "": Decimal(1),
    "亩": Decimal(1),
    "公顷": Decimal(15),
    "平方米": Decimal(3) / 2000,
    "平米": Decimal(3) / 2000,
    "㎡": Decimal(3) / 2000,
    "M2": Decimal(3) / 2000,
    "M²": Decimal(3) / 2000,
}
"""One 亩 is 2000/3 square metres; one 公顷 is 15 亩."""


def read_amounts(draft: Draft) -> None:
    assumed = False
    for name in MONEY_FIELDS:
        if not draft.raw(name):
            continue
        column = draft.columns.get(name)
        unit = column.money_unit if column else ""
        read = money.read_amount(draft.cell(name), unit)
        if read.yuan is not None and not read.is_error:
            draft.values[name] = read.yuan
            if read.bare and not unit and not assumed:
                assumed = True
                draft.say("note", name, "amount_unit_assumed", reckoned=money.say_yuan(read.yuan))
        _say_amount(draft, name, read, unit or "万元")
    _total_missing(draft)
    _amount_sense(draft)


def _total_missing(draft: Draft) -> None:
    """An empty total is told, unless something has been said of that cell."""
    has_column = "total_investment" in draft.columns
    if (
        has_column
        and not draft.text("total_investment")
        and not any(p.field == "total_investment" for p in draft.problems)
    ):
        draft.say("note", "total_investment", "amount_missing")


def _say_amount(draft: Draft, name: str, read: money.Amount, unit: str) -> None:
    if not read.code:
        return
    # A total that is still to be found out is as much missing as 面议.
    is_error = read.is_error or (read.code == "amount_pending" and name == "total_investment")
    code = "amount_word" if is_error and read.code == "amount_pending" else read.code
    reckoned = money.say_yuan(read.yuan) if read.yuan is not None else ""
    params = {"reckoned": reckoned, "unit": unit} if read.yuan is not None else {}
    draft.say("error" if is_error else "note", name, code, **params)


def _amount_sense(draft: Draft) -> None:
    total, declared = draft.values.get("total_investment"), draft.values.get("declared_investment")
    if isinstance(total, Decimal):
        column = draft.columns.get("total_investment")
        if total == 0:
            draft.say("note", "total_investment", "amount_zero")
        elif total < money.SMALL:
            unit = (column.money_unit if column else "") or "万元"
            draft.say("note", "total_investment", "amount_small", reckoned=money.say_yuan(total), unit=unit)
        if isinstance(declared, Decimal) and declared > total > 0:
            said = {"declared": money.say_yuan(declared), "total": money.say_yuan(total)}
            draft.say("note", "declared_investment", "declared_over_total", **said)
    years = {
        draft.columns[n].year for n in ("year_planned", "year_declared") if n in draft.values and n in draft.columns
    }
    if years - {None}:
        draft.values["plan_year"] = next(year for year in sorted(y for y in years if y))


def read_dates(draft: Draft) -> None:
    if draft.raw("period"):
        start, end = read_span(draft.cell("period"))
        _day(draft, "started_on", start, "period")
        _day(draft, "end_on", end, "period")
    for name, last in (("started_on", False), ("end_on", True)):
        if draft.raw(name):
            _day(draft, name, read_day(draft.cell(name), last=last), name)
    start_on, end_on = draft.values.get("started_on"), draft.values.get("end_on")
    if isinstance(start_on, date) and isinstance(end_on, date) and end_on < start_on:
        draft.say("note", "end_on", "date_order", start=start_on.isoformat(), end=end_on.isoformat())


def _day(draft: Draft, name: str, read: Day, source: str) -> None:
    if read.day is not None:
        draft.values[name] = read.day
    if not read.code:
        return
    if (
        source == "period"
        and name == "end_on"
        and any(p.code == read.code for p in draft.problems)
        and read.day is None
    ):
        return
    params = {"value": draft.text(source), **read.params}
    draft.say("error" if read.is_error else "note", name, read.code, **params)


def read_numbers(draft: Draft) -> None:
    area = _number(draft, "land_mu", r"(亩|公顷|平方米|平米|㎡|M2|M²)?")
    if area is not None:
        number, unit = area
        column = draft.columns.get("land_mu")
        factor = AREA[unit or (column.area_unit if column else "")]
        draft.values["land_mu"] = (number * factor).quantize(Decimal("0.01"), ROUND_HALF_UP)
    jobs = _number(draft, "jobs", r"(人|个|名|余人|人次)?")
    if jobs is not None:
        draft.values["jobs"] = int(jobs[0].to_integral_value(ROUND_HALF_UP))


def _number(draft: Draft, name: str, unit: str) -> tuple[Decimal, str] | None:
    cell = draft.cell(name)
    text = draft.raw(name)
    if not text or is_dash(text) or is_pending(text):
        return None
    plain = number_text(float(cell)) if isinstance(cell, int | float) else squeezed(text).replace(",", "")
    found = re.fullmatch(rf"(约|近|超|大约)?(-?\d{{1,9}}(?:\.\d{{1,6}})?)(余|多|左右)?{unit}(左右|以上)?", plain)
    if found is None:
        draft.say("note", name, "number_unreadable")
        return None
    number = Decimal(found[2])
    if number < 0:
        draft.say("note", name, "number_negative")
        return None
    if found[1] or found[3] or found[5]:
        draft.say("note", name, "number_approximate", reckoned=found[2])
    return number, found[4] or ""
