"""What happens beside the gates: obstacles, moved dates, handovers, remarks. Pure.

Each group of steps belongs together. One that would outlive the project is left out, or broken off where it may be.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from luodi.demo import spending
from luodi.demo.steps import Group, Step, in_winter

if TYPE_CHECKING:
    from luodi.demo.life import Walk


def add(walk: Walk) -> None:
    """All that happens beside the gates of a life already walked."""
    for group in [*_obstacles(walk), *spending.money(walk), *_commitment(walk)]:
        _append(walk, group)
    _append(walk, spending.early_figures(walk), broken_off=True)
    _append(walk, spending.figures(walk), broken_off=True)
    _append(walk, _graded(walk))
    for group in (_handover(walk), _notes(walk)):
        _append(walk, group, broken_off=True)


def add_figures(walk: Walk) -> None:
    """Only money and the figures of the years."""
    for group in spending.money(walk):
        _append(walk, group)
    _append(walk, spending.figures(walk), broken_off=True)


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
    return [
        (
            day,
            2,
            "grade",
            {"importance": {"county": "city"}.get(walk.draft.importance, "province"), "reason": "列入上级重点项目名单"},
        )
    ]


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
        (
            told,
            0,
            "block",
            {
                "label": label,
                "kind": kind,
                "title": title.format(total=total),
                "since": since,
                "promised": promised,
                "measure": measure,
                "total": total if measure else None,
                "solver": solver,
            },
        )
    ]
    group += _reports(walk, told, promised, solved, label, words["tried"][kind], total if measure else 0)
    group.append((solved, 1, "solve", {"label": label, "result": rng.choice(words["results"][kind])}))
    if rng.random() < 0.08:
        group.append((walk.days.add(solved, 2), 2, "reopen", {"label": label, "answer": rng.choice(words["reopened"])}))
        solved = walk.days.add(solved, 9)
        group.append((solved, 1, "solve", {"label": label, "result": rng.choice(words["results"][kind])}))
    group.append((walk.days.add(solved, rng.randint(1, 6)), 2, "confirm", {"label": label}))
    return group


def _reports(walk: Walk, told: date, promised: date, solved: date, label: str, tried: list[str], total: int) -> Group:
    """What was tried, and a new promise where the old one will not be kept (more than half say so in time)."""
    rng = walk.rng
    found: Group = []
    day = walk.days.add(told, 10)
    if day < solved:
        done = int(total * rng.uniform(0.2, 0.7)) if total else None
        found.append(
            (day, 1, "tried", {"label": label, "tried": rng.choice(tried), "promised": promised, "done": done})
        )
    late = walk.days.add(promised, -1)
    if solved > promised and late > day and rng.random() < 0.6:
        done = int(total * rng.uniform(0.7, 0.95)) if total else None
        found.append((late, 1, "tried", {"label": label, "tried": rng.choice(tried), "promised": solved, "done": done}))
    return found


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
    group: Group = [
        (
            asked,
            0,
            "move",
            {"wanted": max(wanted, asked + timedelta(30)), "reason": walk.rng.choice(words["commitment"])},
        )
    ]
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
        return [
            (day, 2, "lead", {"leader": (walk.leader + 1) % 7, "note": walk.rng.choice(walk.words["leader_handover"])})
        ]
    return [(day, 2, "officer", {"turn": 1, "note": walk.rng.choice(walk.words["handover"])})]


def _notes(walk: Walk) -> Group:
    first, last = _span(walk)
    found: Group = []
    for _n in range(walk.rng.choices((0, 1, 2, 3), (76, 15, 6, 3))[0]):
        day = _some_day(walk, first + timedelta(3), last)
        if day is not None and not (in_winter(day) and walk.draft.opening):
            found.append((day, 3, "note", {"text": walk.rng.choice(walk.words["notes"])}))
    return sorted(found, key=lambda entry: entry[0])
