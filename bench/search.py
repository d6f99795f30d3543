"""Promise: search answers within 15 ms (p95) over 200,000 rows, whoever asks, whether a word is rare or in every other row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from random import Random
from typing import Any
from urllib.parse import quote

from bench.asking import Browser
from bench.county import BATCH, SEED, Town
from bench.measuring import MOST_QUERIES, Report, said, timed
from luodi.demo.catalogue import patterns
from luodi.demo.county import words
from luodi.files.models import KIND_LABELS, Evidence
from luodi.kernel import clock
from luodi.orgs.models import Company
from luodi.orgs.rules import Role
from luodi.projects.models import Lesson, Obstacle, Project
from luodi.search import services
from luodi.search.models import SearchRow

AIM_MS = 15.0
ROWS = 200_000
SHARES = {"company": 0.38, "evidence": 0.45, "obstacle": 0.1, "lesson": 0.05}
"""Of all rows; projects, units and members are the county's own."""
TRADES = ("食品", "装备制造", "新型建材", "新能源", "商贸", "化工", "药业", "电气", "物流", "精密机械")
PLACES = ("河湾", "石桥", "古驿", "东川", "松岭", "云台", "红崖", "南峪")
BLOCKS = ("供电增容还没有批", "地块未报批", "附着物补偿未谈妥", "环评批复等专家意见", "进厂道路接口未批")
DEEDS = ("签约前先套规划图", "用能大户先由供电公司出意见", "前期请第三方做市场测算", "协议写明投资强度和时限")


def measure(town: Town, report: Report) -> None:
    fill(town)
    report.size["search rows"] = SearchRow.objects.count()
    office, officer = Browser(town.office), Browser(town.cast.roles[Role.UNIT_OFFICER][0])
    for name, (browser, typed, quick) in cases(office, officer).items():
        addresses = [f"/search/?q={quote(one)}" for one in typed]
        ask = browser.get_quick if quick else browser.get
        report.timings.append(timed(name, ask, addresses, aim_ms=AIM_MS, most_queries=MOST_QUERIES))


def cases(office: Browser, officer: Browser) -> dict[str, tuple[Browser, list[str], bool]]:
    brands = words()["brands"][:40]
    rare = [f"{brand}{trade}" for brand in brands for trade in TRADES[:2]]
    codes = list(Project.objects.order_by("pk").values_list("code", flat=True)[:100])
    companies = list(Company.objects.exclude(uscc="").order_by("pk").values_list("uscc", flat=True)[:50])
    return {
        "search, a word of two characters": (office, ["化工", "药业", "河湾", "供电"], False),
        "search, part of a name": (office, rare, False),
        "search, initials of a name": (office, ["hwzfc", "xzz", "shyy", "jxjc"], False),
        "search, a code whole or begun": (office, [*codes, *companies, *(code[:7].lower() for code in codes)], False),
        "search, a word in every third row": (office, ["有限公司", "项目", "g", "有限公司 化工"], False),
        "search, quick list": (office, [*rare, "化工", "有限公司", "hw"], True),
        "search, nothing found": (office, ["没有这样的词", "zzzzzz"], False),
        "search of a unit's officer": (officer, ["化工", "河湾", "有限公司", "营业执照"], False),
    }


def fill(town: Town) -> None:
    """Rows written past the services, since a bench of reading needs no history; the index made of them by its own rebuild."""
    rng = Random(SEED)
    projects = list(Project.objects.filter(pk__in=town.projects).select_related("unit"))
    makers: dict[str, Callable[[Random, list[Project], Town, int], Any]] = {
        "company": _company, "evidence": _evidence, "obstacle": _obstacle, "lesson": _lesson,
    }  # fmt: skip
    for kind, make in makers.items():
        model = type(make(rng, projects, town, 0))
        for numbers in _batches(int(ROWS * SHARES[kind])):
            model._default_manager.bulk_create([make(rng, projects, town, number) for number in numbers])
    begun = clock.now()
    services.rebuild()
    said(f"{SearchRow.objects.count()} rows of the index rebuilt in {(clock.now() - begun).total_seconds():.0f} s")


def _batches(count: int) -> Iterator[range]:
    for start in range(1, count + 1, BATCH):
        yield range(start, min(start + BATCH, count + 1))


def _company(rng: Random, _projects: list[Project], town: Town, number: int) -> Company:
    name = f"{rng.choice(PLACES)}{rng.choice(words()['brands'])}{rng.choice(TRADES)}{number}有限公司"
    return Company(region=town.cast.county, name=name, uscc=f"91139921{rng.randrange(10**9):09d}{number % 10}")


def _evidence(rng: Random, projects: list[Project], town: Town, number: int) -> Evidence:
    kind, project = rng.choice(list(KIND_LABELS)), rng.choice(projects)
    return Evidence(
        region=town.cast.county,
        subject_id=project.subject_id,
        kind=kind,
        title=f"{rng.choice(PLACES)}{rng.choice(patterns()).things[0]}{KIND_LABELS[kind]}",
        number=f"9921〔2026〕{number:06d}号",
        issuer=f"{rng.choice(words()['brands'])}{rng.choice(TRADES)}有限公司",
        added_by_id=project.officer_id,
        added_at=clock.now(),
    )


def _obstacle(rng: Random, projects: list[Project], town: Town, number: int) -> Obstacle:
    project, today = rng.choice(projects), clock.today()
    return Obstacle(
        project=project,
        kind="land",
        title=f"{rng.choice(PLACES)}{number}号{rng.choice(BLOCKS)}",
        since_on=today,
        solver_unit_id=project.unit_id,
        promised_on=today + timedelta(days=30),
        tried=f"已与{rng.choice(TRADES)}企业和{rng.choice(PLACES)}镇政府对接两次，等待批复",
        added_by_id=project.officer_id,
        added_at=clock.now(),
    )


def _lesson(rng: Random, projects: list[Project], town: Town, number: int) -> Lesson:
    project = rng.choice(projects)
    return Lesson(
        region=town.cast.county,
        project=project,
        cause=f"{rng.choice(TRADES)}项目{number}的前期工作没有做足",
        otherwise=f"{rng.choice(PLACES)}{rng.choice(DEEDS)}",
        applies_to=f"{rng.choice(TRADES)}类项目",
        proposed_by_id=project.officer_id,
        proposed_at=clock.now(),
    )
