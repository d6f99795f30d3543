"""Promise: the library table answers within 25 ms (p95), filtered or not, with at most 12 queries however many projects."""

from __future__ import annotations

from bench.asking import Browser
from bench.county import Town
from bench.measuring import MOST_QUERIES, Report, timed
from luodi.orgs.rules import Role
from luodi.projects.models import Project

AIM_MS = 25.0
PATH = "/projects/"


def by_unit(town: Town) -> list[str]:
    """Three filters: stage, responsible unit, lamps, as some project has them."""
    rows = Project.objects.live().filter(pk__in=town.projects).order_by("pk").values_list("stage", "unit_id")
    return [f"{PATH}?stage={stage}&unit={unit}&lamp=red&lamp=green" for stage, unit in rows[:100]]


def by_township(town: Town) -> list[str]:
    rows = Project.objects.live().filter(pk__in=town.projects).order_by("pk").values_list("stage", "township_id")
    return [f"{PATH}?stage={stage}&township={place}&lamp=red&lamp=green" for stage, place in rows[:100]]


def measure(town: Town, report: Report) -> None:
    office = Browser(town.office)
    officer = Browser(town.cast.roles[Role.UNIT_OFFICER][0])
    cases = {
        "library table, first page of 50": (office, [PATH]),
        "library table, sorted by name": (office, [f"{PATH}?sort=name&page={page}" for page in range(1, 31)]),
        "library table, three filters: stage, unit, lamp": (office, by_unit(town)),
        "library table, three filters: stage, township, lamp": (office, by_township(town)),
        "library table of a unit's officer": (officer, [PATH]),
    }
    for name, (browser, addresses) in cases.items():
        report.timings.append(timed(name, browser.get, addresses, aim_ms=AIM_MS, most_queries=MOST_QUERIES))
