"""Building the demo: people first, then three years of projects, then what is open on the last day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from luodi.demo import doing, events, people, plan
from luodi.demo.county import CountyPlan, county_codes, county_plan, words
from luodi.demo.doing.nights import evening
from luodi.demo.drafts import Frame
from luodi.demo.live import Town, instant, live
from luodi.demo.people import MEMBERS, SYSTEM, Settlers
from luodi.demo.steps import Days, Step
from luodi.kernel import acts, clock
from luodi.kernel.acts import Actor
from luodi.kernel.calendar import work_calendar
from luodi.orgs.models import Region

PROJECTS = 2_000
SPAN = timedelta(days=1_600)
Tick = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is built: counties, and in each of them members and projects."""

    counties: int = 1
    members: int = MEMBERS
    projects: int = PROJECTS


SIZES = {"county": Size(), "province": Size(counties=100)}


def build(size: Size, tick: Tick) -> None:
    """Fill an empty, migrated database. `tick` is told phase, n and of how many."""
    today = clock.today()
    first = plan.first_day(today)
    days = Days(work_calendar(first - SPAN, today + SPAN))
    codes = county_codes(size.counties)
    with clock.standing_at(instant(first, 0, "setup")):
        cities = list(people.make_province()) if len(codes) > 1 else []
    for code in codes:
        county = county_plan(code, many=len(codes) > 1)
        parent = next((city for city in cities if city.code[:4] == code[:4]), None)
        frame = Frame(county, days, first, days.last_before(today), words())
        _county(frame, parent, size, tick)
    with clock.standing_at(instant(days.last_before(today), 3, "finish") + timedelta(hours=1)):
        acts.run(finish, by=SYSTEM)


def _county(frame: Frame, parent: Region | None, size: Size, tick: Tick) -> None:
    town = _settle(frame, parent, size, tick)
    lives = plan.plan_lives(frame, town.seed, size.projects)
    town.drafts = {life.draft.number: life.draft for life in lives}
    steps = plan.in_order(lives)
    done, say = 0, f"{frame.county.name}：项目三年的历程（办事）"
    counts = _counts(steps)
    coming = list(events.of_county(frame))
    for day in live(town, steps, doing.enter):
        evening(town, day)
        while coming and coming[0].day <= day:
            with clock.standing_at(instant(day, 3, town.seed) + timedelta(hours=1)):
                coming.pop(0).happen(town)
        done += counts[day]
        tick(say, done, len(steps))


def _counts(steps: list[Step]) -> dict[date, int]:
    counts: dict[date, int] = {}
    for step in steps:
        counts[step.day] = counts.get(step.day, 0) + 1
    return counts


def _settle(frame: Frame, parent: Region | None, size: Size, tick: Tick) -> Town:
    county: CountyPlan = frame.county
    seed = f"luodi {county.code} {frame.horizon}"
    with clock.standing_at(instant(frame.first, 0, seed)):
        region = people.make_county(county, parent=parent)
        settlers = Settlers(county, region, frame.words["themes"], size.members)
        units, count = len(county.units), iter(range(1, len(county.units) + 1))
        cast = settlers.settle(lambda: tick(f"{county.name}：单位和人", next(count), units))
    return Town(cast, Random(seed), seed, frame.words, {}, prefix=county.prefix)


def finish(*, by: Actor) -> None:
    """The last act: the root region is recorded once more, so that everybody can tell that the demo is whole."""
    root = Region.objects.order_by("pk").first()
    assert root is not None
    acts.note_written([root], "update")
