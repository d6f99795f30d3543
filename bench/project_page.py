"""Promise: the page of a project answers within 25 ms (p95), however long its history, with at most 12 queries."""

from __future__ import annotations

from bench.asking import Browser
from bench.county import Town
from bench.measuring import MOST_QUERIES, Report, timed
from luodi.orgs.rules import Role
from luodi.projects.models import Project

AIM_MS = 25.0
OTHERS = 200


def address(pk: int) -> str:
    return Project.objects.select_related("subject").get(pk=pk).get_absolute_url()


def measure(town: Town, report: Report) -> None:
    office, leader = Browser(town.office), Browser(town.cast.roles[Role.COUNTY_LEADER][0])
    full = address(town.projects[0])
    rows = Project.objects.filter(pk__in=town.rng.sample(town.projects, OTHERS)).select_related("subject")
    others = [project.get_absolute_url() for project in rows]
    cases = {
        "project page, overview, the longest history": (office, [full]),
        "the same, for a county leader": (leader, [full]),
        "project page, overview, 200 projects at random": (office, others),
        "project page, history tab, 200 entries shown": (office, [f"{full}?tab=history"]),
    }
    for name, (browser, addresses) in cases.items():
        report.timings.append(timed(name, browser.get, addresses, aim_ms=AIM_MS, most_queries=MOST_QUERIES))
