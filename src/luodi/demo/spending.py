"""What a project costs as it goes on: money that arrives, and the figures of its years. Pure."""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING

from luodi.demo.steps import Group

if TYPE_CHECKING:
    from luodi.demo.life import Walk

BEHIND = ((-0.06, 0.09), (0.11, 0.29), (0.31, 0.8))
"""Points behind the calendar at the last report of a year: keeping up, yellow, red (projects.rules.pace_lamp)."""
EARLY_BEHIND = (55, 28, 17)
EARLY_PLANNED = 0.66


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


def early_figures(walk: Walk) -> Group:
    """What is spent on studies and papers before a project is signed: small, planned each year for most."""
    last = walk.named_on.year - 1 if walk.named_on else walk.frame.horizon.year
    if walk.rng.random() > EARLY_PLANNED:
        return []
    wan = max(5, int(walk.draft.total_wan * walk.rng.uniform(0.004, 0.02)))
    parts = [(_sources(walk, wan)[0][0], wan)]
    found: Group = []
    for year in range(walk.draft.entered.year, last + 1):
        planned_on = max(
            walk.days.add(date(year, 1, 6), _turn(walk) + 3), _reporting_day(walk, walk.soon(2, 8, walk.draft.entered))
        )
        if planned_on <= date(year, 9, 30):
            found += _told(walk, year, planned_on, parts, EARLY_BEHIND)
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
    return _told(walk, year, planned_on, _sources(walk, planned), _weights(walk, year))


def _told(
    walk: Walk, year: int, planned_on: date, parts: list[tuple[str, int]], weights: tuple[int, int, int]
) -> Group:
    """The plan on its day, then what is declared of it."""
    found: Group = [(planned_on, 1, "figures", {"year": year, "parts": [(source, wan, 0) for source, wan in parts]})]
    for day, ratio in _declared(walk, year, planned_on, weights):
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


def _last_day(walk: Walk, year: int) -> date:
    """The unit's last reporting day of a past year, or its latest of this one."""
    if year == walk.frame.horizon.year:
        return _last_reporting_day(walk)
    return walk.days.add(date(year, 12, 29), -_turn(walk))


def _declared(walk: Walk, year: int, planned_on: date, weights: tuple[int, int, int]) -> list[tuple[date, float]]:
    """How much of the plan is declared when: this year by midsummer too, each year by its last reporting day."""
    latest = _last_day(walk, year)
    middle = walk.days.add(date(year, 7, 1), _turn(walk))
    behind = walk.rng.uniform(*walk.rng.choices(BEHIND, weights)[0])
    found = []
    for day in (middle, latest):
        passed = day.timetuple().tm_yday / 365
        if day > planned_on and (day == latest or (year == walk.frame.horizon.year and day < latest - timedelta(40))):
            finished = walk.built is not None and walk.built[0] < walk.built[1] <= day
            ratio = 1 - max(behind, 0) if finished else passed - behind * (passed if day == middle else 1)
            found.append((day, min(1.05, max(0.0, ratio))))
    return found


def _weights(walk: Walk, year: int) -> tuple[int, int, int]:
    """Most keep up; what has not started in time, or stands still, seldom does; what is finished did."""
    latest = _last_day(walk, year)
    if walk.built and walk.built[0] < walk.built[1] <= latest:
        return (1, 0, 0)
    late = walk.built is None and walk.expected is not None and walk.expected[0] < latest
    paused = any(since <= latest <= until for since, until in walk.pauses)
    return (28, 36, 36) if late or paused else (58, 28, 14)
