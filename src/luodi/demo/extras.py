"""What happens beside the gates: obstacles, money, year figures, moved dates, handovers, remarks. Pure.

Each group of steps belongs together. One that would outlive the project is left out, or broken off where it may be.
"""

from __future__ import annotations

import zlib
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from luodi.demo.steps import Step, in_winter

if TYPE_CHECKING:
    from luodi.demo.life import Walk

Group = list[tuple[date, int, str, dict[str, Any]]]


def add(walk: Walk) -> None:
    """All that happens beside the gates of a life already walked."""
    for group in [*_obstacles(walk), *_money(walk), *_commitment(walk)]:
        _append(walk, group)
    _append(walk, _figures(walk), broken_off=True)
    _append(walk, _graded(walk))
    for group in (_handover(walk), _notes(walk)):
        _append(walk, group, broken_off=True)


def add_figures(walk: Walk) -> None:
    """Only money and the figures of the years."""
    for group in _money(walk):
        _append(walk, group)
    _append(walk, _figures(walk), broken_off=True)


def _append(walk: Walk, group: Group, *, broken_off: bool = False) -> None:
    """Add a group as far as the horizon; nothing after the end of the project, nothing that would be open then."""
    closed = walk.days.add(walk.ended, -30) if walk.ended else None
    if closed and not broken_off and group and group[-1][0] >= closed:
        return
    for day, slot, verb, args in group:
        if day > walk.frame.horizon or (closed and day >= closed):
            return
        walk.steps.append(Step(day, slot, walk.draft.number, len(walk.steps), verb, args))


def _span(walk: Walk) -> tuple[date, date]:
    """From entry to the end of the life (or the horizon)."""
    return walk.draft.entered, walk.ended or walk.frame.horizon


def _some_day(walk: Walk, first: date, last: date) -> date | None:
    room = (last - first).days
    return walk.days.on_or_after(first + timedelta(walk.rng.randrange(room))) if room > 0 else None


# Before signing -----------------------------------------------------------------------------------------------------


def early(walk: Walk, happened: date) -> None:
    """Called promising, and now and then not any more, before the gate that is coming."""
    if not walk.draft.investor or walk.rng.random() > 0.16:
        return
    day = _some_day(walk, walk.day + timedelta(5), happened - timedelta(30))
    if day is None:
        return
    walk.write(day, 2, "promise", promising=True, reason=walk.rng.choice(walk.words["promising"]))
    if walk.rng.random() < 0.15:
        reason = walk.rng.choice(walk.words["not_promising"])
        walk.write(walk.days.add(day, 12), 2, "promise", promising=False, reason=reason)


def _graded(walk: Walk) -> Group:
    """Made a key project, or the key project of a higher level, some time after it got its leader."""
    if walk.draft.importance == "ordinary" or walk.named_on is None or walk.rng.random() < 0.6:
        return []
    day = walk.soon(5, 30, walk.named_on)
    return [(day, 2, "grade", {"importance": {"county": "city"}.get(walk.draft.importance, "province"), "reason": "列入上级重点项目名单"})]


# Obstacles ----------------------------------------------------------------------------------------------------------


def _obstacles(walk: Walk) -> list[Group]:
    if walk.named_on is None:
        return []
    last = walk.built[1] if walk.built and walk.built[1] > walk.built[0] else walk.frame.horizon
    found = []
    for count in range(walk.rng.choices((0, 1, 2, 3), (56, 30, 10, 4))[0]):
        since = _some_day(walk, walk.named_on + timedelta(3), min(last, walk.frame.horizon))
        if since is not None:
            found.append(_obstacle(walk, since, f"obstacle{count}"))
    return found


def _obstacle(walk: Walk, since: date, label: str) -> Group:
    rng, words = walk.rng, walk.words
    kinds = words["obstacle_kinds"][walk.draft.track]
    kind = rng.choice([kind for kind in kinds if kind != "land" or walk.draft.land_mu])
    title, measure, solver = rng.choice(words["obstacles"][kind])
    total = rng.randint(3, 80) if measure == "mu" else rng.randint(4, 60)
    promised = walk.days.add(since, rng.randint(12, 45))
    solved = walk.days.add(promised, rng.randint(-8, 26))
    told = walk.days.add(since, rng.randint(0, 4))
    group: Group = [
        (told, 0, "block", {
            "label": label, "kind": kind, "title": title.format(total=total), "since": since, "promised": promised,
            "measure": measure, "total": total if measure else None, "solver": solver,
        })
    ]
    group += _reports(walk, told, promised, solved, label, words["tried"][kind], total if measure else 0)
    group.append((solved, 1, "solve", {"label": label, "result": rng.choice(words["results"][kind])}))
    if rng.random() < 0.08:
        group.append((walk.days.add(solved, 2), 2, "reopen", {"label": label, "answer": rng.choice(words["reopened"])}))
        solved = walk.days.add(solved, 9)
        group.append((solved, 1, "solve", {"label": label, "result": rng.choice(words["results"][kind])}))
    group.append((walk.days.add(solved, rng.randint(1, 6)), 2, "confirm", {"label": label}))
    return group


def _reports(
    walk: Walk, told: date, promised: date, solved: date, label: str, tried: list[str], total: int
) -> Group:
    """What was tried, and a new promise where the old one will not be kept (more than half say so in time)."""
    rng = walk.rng
    found: Group = []
    day = walk.days.add(told, 10)
    if day < solved:
        done = int(total * rng.uniform(0.2, 0.7)) if total else None
        found.append((day, 1, "tried", {"label": label, "tried": rng.choice(tried), "promised": promised, "done": done}))
    late = walk.days.add(promised, -1)
    if solved > promised and late > day and rng.random() < 0.6:
        done = int(total * rng.uniform(0.7, 0.95)) if total else None
        found.append((late, 1, "tried", {"label": label, "tried": rng.choice(tried), "promised": solved, "done": done}))
    return found


# Money --------------------------------------------------------------------------------------------------------------


def _money(walk: Walk) -> list[Group]:
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


# Year figures -------------------------------------------------------------------------------------------------------


def _figures(walk: Walk) -> Group:
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
    planned_on = max(walk.days.add(date(year, 1, 6), _turn(walk) + 3), _reporting_day(walk, walk.soon(2, 8, walk.named_on)))
    if planned_on > date(year, 10, 31):
        return []
    planned = _planned(walk, year, span, last)
    if planned < 5:
        return []
    parts = _sources(walk, planned)
    found: Group = [(planned_on, 1, "figures", {"year": year, "parts": [(source, wan, 0) for source, wan in parts]})]
    for day, ratio in _declared(walk, year, planned_on):
        found.append((day, 1, "figures", {"year": year, "parts": [(source, wan, int(wan * ratio)) for source, wan in parts]}))
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
    return day if day <= horizon else walk.days.add((horizon.replace(day=1) - timedelta(1)).replace(day=16), _turn(walk))


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


# Moved dates, people, remarks ---------------------------------------------------------------------------------------


def _commitment(walk: Walk) -> list[Group]:
    """Who will be late asks in time to move the date: six in ten of them."""
    if walk.committed is None or walk.named_on is None or walk.rng.random() < 0.4:
        return []
    done = walk.built[1] if walk.built and walk.built[1] > walk.built[0] else walk.days.add(walk.committed, 60)
    if done <= walk.committed + timedelta(15):
        return []
    asked = walk.days.on_or_after(walk.committed - timedelta(walk.rng.randint(20, 70)))
    if asked <= walk.named_on or asked >= done:
        return []
    wanted = done + timedelta(walk.rng.randint(-15, 40))
    words = walk.words
    group: Group = [(asked, 0, "move", {"wanted": max(wanted, asked + timedelta(30)), "reason": walk.rng.choice(words["commitment"])})]
    decided = walk.soon(2, 8, asked)
    if walk.rng.random() < 0.22:
        group.append((decided, 2, "move_no", {"answer": walk.rng.choice(words["commitment_no"])}))
    else:
        group.append((decided, 2, "move_yes", {"answer": walk.rng.choice(words["commitment_yes"])}))
    return [group]


def _handover(walk: Walk) -> Group:
    first, last = _span(walk)
    luck = walk.rng.random()
    day = _some_day(walk, first + timedelta(40), last - timedelta(20))
    if day is None or luck > 0.17:
        return []
    if luck < 0.02 and walk.leader is not None:
        return [(day, 2, "lead", {"leader": (walk.leader + 1) % 7, "note": walk.rng.choice(walk.words["leader_handover"])})]
    return [(day, 2, "officer", {"turn": 1, "note": walk.rng.choice(walk.words["handover"])})]


def _notes(walk: Walk) -> Group:
    first, last = _span(walk)
    found: Group = []
    for _n in range(walk.rng.choices((0, 1, 2, 3), (76, 15, 6, 3))[0]):
        day = _some_day(walk, first + timedelta(3), last)
        if day is not None and not (in_winter(day) and walk.draft.opening):
            found.append((day, 3, "note", {"text": walk.rng.choice(walk.words["notes"])}))
    return sorted(found, key=lambda entry: entry[0])

