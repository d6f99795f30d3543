"""What a project costs as it goes on: money that arrives, and the figures of its years. Pure."""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from luodi.demo.steps import Group

if TYPE_CHECKING:
    from luodi.demo.life import Walk


def money(walk: Walk) -> list[Group]:
    """Arrives after signing: verified capital, then land, then invoices as the work goes on."""
    if walk.named_on is None or not walk.draft.investor or walk.draft.opening:
        return []
    rng, found, left = walk.rng, [], 0.94
    day = walk.soon(15, 70, walk.named_on)
    until = walk.built[1] if walk.built else walk.days.add(walk.named_on, 150)
    kind = "capital_verification"
    while day < min(until, walk.frame.horizon) and left > 0.05:
        part = min(left, rng.uniform(0.06, 0.14) if kind == "capital_verification" else rng.uniform(0.16, 0.4))
        left -= part
        decided = walk.soon(2, 8, day)
        if not any(since - timedelta(5) <= decided and day <= until + timedelta(5) for since, until in walk.pauses):
            found.append(_arrival(walk, day, decided, kind, round(walk.draft.total_wan * part)))
        day = walk.days.on_or_after(day + timedelta(rng.randint(120, 240)))
        started = walk.built is not None and day > walk.built[0]
        kind = rng.choice(("invoice", "bank_slip")) if started else "land_payment"
    return found


def _arrival(walk: Walk, day: date, decided: date, kind: str, wan: int) -> Group:
    extra = "resettlement_advance" if kind == "land_payment" and walk.rng.random() < 0.3 else ""
    asked: Group = [(day, 1, "money", {"kind": kind, "wan": max(wan, 1), "extra": extra})]
    if walk.rng.random() < 0.04:
        return [*asked, (decided, 2, "return", {"reason": walk.words["returned"][4], "money": True})]
    return [*asked, (decided, 3, "recognise", {"gate": ""})]


def figures(walk: Walk) -> Group:
    """Each year's plan, set early in the year or once the finish is promised, and what is declared as done."""
    span = walk.expected or walk.built
    if span is None or walk.named_on is None:
        return []
    last = max(span[1], walk.built[1] if walk.built else span[1])
    found: Group = []
    for year in range(walk.named_on.year, walk.frame.horizon.year + 1):
        if year <= last.year:
            found += _year(walk, year, span, last)
    return found


def _year(walk: Walk, year: int, span: tuple[date, date], last: date) -> Group:
    planned_on = max(
        walk.days.add(date(year, 1, 6), _turn(walk) + 3), _reporting_day(walk, walk.soon(2, 8, walk.named_on))
    )
    if planned_on > date(year, 10, 31):
        return []
    planned = _planned(walk, year, span, last)
    if planned < 5:
        return []
    parts = _sources(walk, planned)
    found: Group = [(planned_on, 1, "figures", {"year": year, "parts": [(source, wan, 0) for source, wan in parts]})]
    for day, ratio in _declared(walk, year, planned_on):
        found.append(
            (day, 1, "figures", {"year": year, "parts": [(source, wan, int(wan * ratio)) for source, wan in parts]})
        )
    return found


def _turn(walk: Walk) -> int:
    """Each unit has its own day of the month on which it fills in the figures of all its projects."""
    return zlib.crc32(walk.draft.unit.encode()) % 8


def _reporting_day(walk: Walk, after: date) -> date:
    """The unit's next such day: late in the month."""
    day = walk.days.add(after.replace(day=16), _turn(walk))
    return day if day >= after else walk.days.add((after.replace(day=1) + timedelta(32)).replace(day=16), _turn(walk))


def _last_reporting_day(walk: Walk) -> date:
    horizon = walk.frame.horizon
    day = walk.days.add(horizon.replace(day=16), _turn(walk))
    return (
        day if day <= horizon else walk.days.add((horizon.replace(day=1) - timedelta(1)).replace(day=16), _turn(walk))
    )


def _planned(walk: Walk, year: int, span: tuple[date, date], last: date) -> int:
    """The year's part of the investment, by the days that work is possible; what is late keeps a tail."""
    outdoors = walk.draft.outdoors
    whole = max(1, walk.days.between(*span, outdoors=outdoors))
    first, end = max(span[0], date(year, 1, 1)), min(span[1], date(year, 12, 31))
    share = walk.days.between(first, end, outdoors=outdoors) / whole if first <= end else 0.0
    if share < 0.05 and year <= last.year and walk.built:
        share = 0.12
    return round(walk.draft.total_wan * min(share, 0.9))


def _sources(walk: Walk, planned: int) -> list[tuple[str, int]]:
    if not walk.draft.investor:
        second = "bond" if walk.draft.total_wan > 5000 else "own"
        first = "fiscal"
    else:
        first, second = "own", "loan"
    if planned < 400 or walk.draft.number % 5:
        return [(first, planned)]
    return [(first, planned - planned // 3), (second, planned // 3)]


def _declared(walk: Walk, year: int, planned_on: date) -> list[tuple[date, float]]:
    """How much of the plan is declared when: by midsummer, and by the latest month (December of a past year)."""
    horizon = walk.frame.horizon
    latest = walk.days.add(date(year, 12, 29), -_turn(walk)) if year < horizon.year else _last_reporting_day(walk)
    middle = walk.days.add(date(year, 7, 1), _turn(walk))
    behind = _behind(walk, year, latest)
    found = []
    for day in (middle, latest):
        passed = day.timetuple().tm_yday / 365
        if day > planned_on and (day == latest or (year == horizon.year and day < latest - timedelta(40))):
            finished = walk.built is not None and walk.built[0] < walk.built[1] <= day
            ratio = 1 - max(behind, 0) if finished else passed - behind * (passed if day == middle else 1)
            found.append((day, min(1.05, max(0.0, ratio))))
    return found


def _behind(walk: Walk, year: int, latest: date) -> float:
    """Points behind the calendar: near none for most; more for what has not started, stands still or is late."""
    rng = walk.rng
    if walk.built and walk.built[0] < walk.built[1] <= latest:
        return rng.uniform(-0.12, 0.03)
    late = walk.built is None and walk.expected is not None and walk.expected[0] < latest
    paused = any(since <= latest <= until for since, until in walk.pauses)
    weights = (30, 34, 36) if late or paused else (63, 27, 10)
    return rng.uniform(*rng.choices(((-0.06, 0.09), (0.11, 0.29), (0.31, 0.8)), weights)[0])
