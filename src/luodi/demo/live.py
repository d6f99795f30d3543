"""Living the plan: each step is done through its service, by somebody who may, at its own instant.

The steps of one part of a day are one act, so that three years take minutes; each step inside is a nested act with its
own actor. An act locks by table and id, so what the steps will lock is locked first, in that order.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import groupby
from random import Random
from typing import Any

from luodi.demo.people import Cast
from luodi.demo.steps import Draft, Step
from luodi.kernel import acts, clock
from luodi.kernel.acts import Actor, System
from luodi.orgs.models import Industry, Member, User
from luodi.orgs.rules import Role
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    Kind,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
    YearFigure,
)
from luodi.subjects.models import Party

NOBODY = System("demo")
MOST_STEPS = 40  # of one act: at most 500 rows
HOURS = (time(9, 0), time(14, 40), time(16, 30), time(17, 20))
"""When the halves of a day begin in which most is done, and what is done last."""

SPREAD = (150, 100, 40, 30)  # minutes


def instant(day: date, part: int, seed: str) -> datetime:
    """When a part of a day is lived: a minute of its own each day, Shanghai time."""
    seconds = Random(f"{seed} {day} {part}").randrange(60 * SPREAD[part])
    return datetime.combine(day, HOURS[part], clock.SHANGHAI) + timedelta(seconds=seconds)


@dataclass(slots=True)
class Town:
    """A county being lived: who acts, which project each number became, and what is open of each."""

    cast: Cast
    rng: Random
    seed: str
    words: Mapping[str, Any]
    drafts: Mapping[int, Draft]
    pks: dict[int, int] = field(default_factory=dict)
    asks: dict[tuple[int, str], int] = field(default_factory=dict)
    obstacles: dict[tuple[int, str], int] = field(default_factory=dict)
    held: dict[int, Project] = field(default_factory=dict)
    serial: int = 0
    prefix: str = ""
    kinds: dict[str, Kind] = field(default_factory=dict)
    industries: dict[str, Industry] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kinds = {kind.code: kind for kind in Kind.objects.all()}
        self.industries = {industry.code: industry for industry in Industry.objects.all()}

    def project(self, step: Step) -> Project:
        """The project of a step, as it was when the act began."""
        return self.held[self.pks[step.number]]

    def officer(self, project: Project) -> User:
        return self.cast.user(project.officer_id)

    def principal(self, project: Project) -> User:
        return self.cast.user(project.principal_id)

    def any_of(self, role: Role, *, but: int = 0) -> User:
        """Somebody of this role, not of the unit `but`."""
        return self.rng.choice([user for user in self.cast.roles[role] if user.member.unit_id != but])

    @property
    def office_unit(self) -> int:
        return int(self.cast.units["D01"].pk)

    def recogniser(self, project: Project) -> User:
        """The project office; for its own unit's projects the statistics bureau."""
        own = project.unit_id == self.office_unit
        return self.any_of(Role.STATISTICS_BUREAU if own else Role.PROJECT_OFFICE)

    def version(self, project: Project) -> int:
        """As it is now: an earlier step of the same act may have raised it."""
        found: int = Project.objects.values_list("version", flat=True).get(pk=project.pk)
        return found


Doing = Callable[[Town, Step], object]
VERBS: dict[str, Doing] = {}
TOGETHER: dict[str, Callable[[Town, list[Step]], object]] = {}
"""The verbs that a unit does for many projects at once; they come first in their part of the day."""
LOCKS: dict[type[Any], tuple[str, ...]] = {
    Ask: ("return", "recognise"),
    CommitmentChange: ("move_yes", "move_no"),
    Ending: ("end_yes", "end_no"),
    Lesson: ("lesson_yes", "lesson_no"),
    Obstacle: ("tried", "solve", "reopen", "confirm"),
    Project: (),
    Suspension: ("suspend_yes", "suspend_no", "resume", "end_yes"),
    VoidRequest: ("void_decide",),
    YearFigure: ("figures",),
}
"""Which verbs need rows of which table; in the order of the tables' names, which is the order of locking."""
PEOPLE = {"lead", "watch", "officer"}
"""The verbs that hold the member who takes over; members are locked before all else."""
OPEN = {
    Ask: ["asked"],
    CommitmentChange: ["asked"],
    Ending: ["proposed"],
    Lesson: ["proposed"],
    Obstacle: ["open", "solved"],
    Suspension: ["asked", "agreed"],
    VoidRequest: ["asked"],
}


def does(verb: str) -> Callable[[Doing], Doing]:
    """Name the verb that a function does."""

    def note(doing: Doing) -> Doing:
        VERBS[verb] = doing
        return doing

    return note


def live(town: Town, steps: Sequence[Step], enter: Callable[[Town, Sequence[Step]], None]) -> Iterator[date]:
    """Do the steps in their order and give each day when it is over. `enter` brings new projects in."""
    for day, of_day in groupby(steps, key=lambda step: step.day):
        for half, found in groupby(of_day, key=lambda step: step.slot // 2):
            with clock.standing_at(instant(day, half, town.seed)):
                _part_of_day(town, list(found), enter)
        yield day


def _part_of_day(town: Town, steps: list[Step], enter: Callable[[Town, Sequence[Step]], None]) -> None:
    entries = [step for step in steps if step.verb == "enter"]
    if entries:
        enter(town, entries)
    others = [step for step in steps if step.verb != "enter"]
    for start in range(0, len(others), MOST_STEPS):
        batch = others[start : start + MOST_STEPS]
        acts.run(steps_do, by=NOBODY, town=town, steps=batch)


def steps_do(*, by: Actor, town: Town, steps: Sequence[Step]) -> None:
    """Do the steps of one part of a day. The outer act writes nothing of its own; each step has its own actor."""
    hold(town, steps)
    for verb, doing in TOGETHER.items():
        if own := [step for step in steps if step.verb == verb]:
            doing(town, own)
    for step in steps:
        if step.verb not in TOGETHER:
            VERBS[step.verb](town, step)


def hold(town: Town, steps: Iterable[Step]) -> None:
    """Lock what the steps will lock, table by table in the order of their names."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for step in steps:
        wanted[step.verb].add(town.pks[step.number])
    if wanted.keys() & PEOPLE:
        acts.lock(Member.objects.filter(pk__in=town.cast.users))
    for model, verbs in LOCKS.items():
        if model is Project:
            rows = Project.objects.filter(pk__in=set().union(*wanted.values()))
            found = acts.lock(rows.select_related("unit", "township", "investor"))
            town.held = {project.pk: project for project in found}
        elif ids := set().union(*(wanted[verb] for verb in verbs if verb in wanted)):
            rows = model.objects.filter(project_id__in=ids)
            acts.lock(rows.filter(state__in=OPEN[model]) if model in OPEN else rows)
    if confirmed := wanted.get("confirm"):
        acts.lock(Party.objects.filter(subject__project__in=confirmed, role="solver", until=None))
