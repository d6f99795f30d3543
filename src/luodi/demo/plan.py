"""Three years of a county's projects as dated steps, drawn from a seed and from nothing else. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from luodi.demo.drafts import Frame, Inventor
from luodi.demo.life import Walk
from luodi.demo.staged import staged_lives
from luodi.demo.steps import Draft, Life, Step

YEARS = 3
FIRST_LEDGER = 0.24
"""The share of all projects that stood in the county's ledgers when it began; the others come month by month."""
OPENINGS = 0.03
LATE_OPENINGS = 14
VOIDS = 0.006


def first_day(today: date) -> date:
    """Three years ago, on the same date (28 February for 29 February)."""
    try:
        return today.replace(year=today.year - YEARS)
    except ValueError:
        return date(today.year - YEARS, 2, 28)


def plan_lives(frame: Frame, seed: str, projects: int) -> list[Life]:
    """The lives of so many projects, in the order in which they are entered."""
    rng = Random(seed)
    inventor = Inventor(frame, rng)
    lives = staged_lives(frame, inventor, rng)
    twins, known = max(1, round(projects * VOIDS)), len(lives)
    days = _entry_days(frame, rng, projects - twins - known)
    openings = _openings(projects, len(days))
    drafts = [inventor.draft(known + n, day, opening=n in openings) for n, day in enumerate(days)]
    lives += [_life(frame, draft, rng, inventor, unproved=n >= len(days) // 2) for n, draft in enumerate(drafts)]
    return lives + [_void(frame, inventor, rng, len(lives) + n, rng.choice(drafts), n) for n in range(twins)]


def _entry_days(frame: Frame, rng: Random, count: int) -> list[date]:
    """The first ledger within three weeks; then the monthly entry on a working day near the 8th."""
    early = round(count * FIRST_LEDGER)
    found = [frame.days.add(frame.first, 1 + rng.randrange(15)) for _n in range(early)]
    months = _months(frame)
    found += [
        frame.days.on_or_after(rng.choice(months) + timedelta(rng.choice((6, 7, 7, 8)))) for _n in range(count - early)
    ]
    return sorted(min(day, frame.horizon) for day in found)


def _months(frame: Frame) -> list[date]:
    """The first days of all whole months after the first, but the one now running."""
    day = (frame.first.replace(day=1) + timedelta(62)).replace(day=1)
    found = []
    while day < frame.horizon.replace(day=1):
        found.append(day)
        day = (day + timedelta(32)).replace(day=1)
    return found


def _openings(projects: int, entries: int) -> set[int]:
    """Which of the entered were under way already: some in the first ledger, some in one found lately."""
    first = range(0, round(projects * OPENINGS))
    late = max(1, min(LATE_OPENINGS, projects // 20))
    return {*first, *range(entries - late, entries)}


def _life(frame: Frame, draft: Draft, rng: Random, inventor: Inventor, *, unproved: bool) -> Life:
    walk = Walk(frame, draft, Random(rng.getrandbits(64)), inventor.national_code)
    walk.live(unproved=unproved)
    return Life(draft, tuple(walk.steps))


def _void(frame: Frame, inventor: Inventor, rng: Random, number: int, of: Draft, turn: int) -> Life:
    """A project entered a second time: asked away by the project office, decided by the government office."""
    entered = min(frame.days.add(of.entered, rng.randint(5, 60)), frame.days.add(frame.horizon, -40))
    draft = inventor.twin(number, of, max(entered, of.entered))
    asked = frame.days.add(draft.entered, rng.randint(4, 25))
    decided = frame.days.add(asked, rng.randint(2, 6))
    words = frame.words["void"][0]
    steps = [
        Step(draft.entered, 0, number, 0, "enter", {}),
        Step(asked, 1, number, 1, "void_ask", {"reason": words, "same_as": of.number}),
        Step(decided, 2, number, 2, "void_decide", {"agree": turn % 6 != 5, "answer": frame.words["void_no"][0]}),
    ]
    return Life(draft, tuple(step for step in steps if step.day <= frame.horizon))


def in_order(lives: Sequence[Life]) -> list[Step]:
    """The steps of all lives as the county lives them."""
    return sorted((step for life in lives for step in life.steps), key=lambda step: step.order)
