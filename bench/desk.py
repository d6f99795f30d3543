"""Promise: the desk of one who has 300 lines on it comes as quickly as a page of the library."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse

from bench.asking import Browser
from bench.county import Town
from bench.measuring import MOST_QUERIES, Report, said, timed
from luodi.kernel import acts, clock
from luodi.obligations.selectors import desk_of
from luodi.orgs.models import Unit, User
from luodi.orgs.rules import Role
from luodi.projects.services.obstacles import Block, obstacle_add

LINES = 300
BATCH = 50
AIM_MS = 25


def measure(town: Town, report: Report) -> None:
    head = next(user for user in town.cast.roles[Role.UNIT_HEAD] if Unit.objects.filter(head=user.member).exists())
    fill(town, head)
    for name, user in (("desk of a unit's head", head), ("desk of the project office", town.office)):
        found = desk_of(user)
        told = f"{name}, {len(found.due) + len(found.waited)} lines"
        said(told)
        report.timings.append(
            timed(told, Browser(user).get, [reverse("desk")], aim_ms=AIM_MS, most_queries=MOST_QUERIES)
        )


def fill(town: Town, head: User) -> None:
    """Obstacles that his unit must solve, until his desk has as many lines as are promised."""
    found = desk_of(head)
    missing = range(LINES - len(found.due) - len(found.waited))
    for start in missing[::BATCH]:
        acts.run(
            _blocked, by=town.office, town=town, solver=head.member.unit_id, numbers=missing[start : start + BATCH]
        )


def _blocked(*, by: User, town: Town, solver: int, numbers: range) -> None:
    today = clock.today()
    for number, pk in zip(numbers, sorted(town.projects[1 + number] for number in numbers), strict=True):
        promised = today + timedelta(days=number % 60)
        obstacle_add(by=by, project_id=pk, block=Block("utilities", "供电增容还没有批", today, solver, promised))
