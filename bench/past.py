"""Promise: the page of a project as of a past day answers within 100 ms (p95), with at most 12 queries; the library of that
day, put together from the images of all its projects, within a second.

The county of the bench is made today, so it is looked back at from two days later.
"""

from __future__ import annotations

from datetime import timedelta

from bench.asking import Browser
from bench.county import Town
from bench.measuring import MOST_QUERIES, Report, timed
from bench.project_page import OTHERS, address
from luodi.kernel import clock
from luodi.orgs.rules import Role
from luodi.projects.models import Project

PAGE_MS, LIBRARY_MS = 100.0, 1000.0
LIBRARY = "/projects/"


def measure(town: Town, report: Report) -> None:
    on = f"on={clock.today()}"
    rows = Project.objects.filter(pk__in=town.rng.sample(town.projects, OTHERS)).select_related("subject")
    full = address(town.projects[0])
    pages = {
        "as-of project page, overview, the longest history": [f"{full}?{on}"],
        "as-of project page, overview, 200 projects at random": [f"{row.get_absolute_url()}?{on}" for row in rows],
        "as-of project page, history tab, 200 entries shown": [f"{full}?tab=history&{on}"],
    }
    with clock.standing_at(clock.now() + timedelta(days=2)):
        office, officer = Browser(town.office), Browser(town.cast.roles[Role.UNIT_OFFICER][0])
        for name, addresses in pages.items():
            report.timings.append(timed(name, office.get, addresses, aim_ms=PAGE_MS, most_queries=MOST_QUERIES))
        for name, browser in (("as-of library table", office), ("as-of library table of a unit's officer", officer)):
            asked = [f"{LIBRARY}?{on}", f"{LIBRARY}?{on}&sort=name&page=2"]
            report.timings.append(timed(name, browser.get, asked, aim_ms=LIBRARY_MS, most_queries=MOST_QUERIES))
