"""The county that is measured: 56 units, 400 members, projects at every stage, drawn from a seed, written by services."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from luodi.demo.catalogue import Pattern, patterns
from luodi.demo.county import county_plan, words
from luodi.demo.people import MEMBERS, Cast, Settlers, ask_no_second_factor, make_county
from luodi.files.services import Proof, Upload
from luodi.kernel import acts, clock
from luodi.kernel.acts import System
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import Company, Industry, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import company_find_or_create
from luodi.projects.models import Kind, Project, YearFigure
from luodi.projects.rules import PATHS, Importance, Track
from luodi.projects.rules import Role as Duty
from luodi.projects.services import figures
from luodi.projects.services.commitments import commitment_ask
from luodi.projects.services.evidence import evidence_add
from luodi.projects.services.gates import gate_ask
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.services.people import hand_over
from luodi.projects.services.projects import Entry, projects_insert
from luodi.subjects.models import TimelineEntry

BATCH = 500  # rows of one bulk act
PER_PROJECT = 50  # audit entries for each project: 100,000 for 2,000
OBSTACLES_OF_TEN = 3
LONG_TIMELINE = 1_000
OBSTACLE_KINDS = ("approval", "appraisal", "land", "finance", "utilities", "other")
SEED = 2026


@dataclass(slots=True)
class Town:
    """The county and who acts in it; `projects` in the order of their entering, the first has the longest history."""

    cast: Cast
    rng: Random
    companies: list[Company]
    kinds: dict[str, Kind]
    industries: dict[str, Industry]
    projects: list[int] = field(default_factory=list)

    @property
    def office(self) -> User:
        return self.cast.roles[Role.PROJECT_OFFICE][0]


def settle() -> Town:
    """Units, members, roles and accounts; no project yet."""
    plan = county_plan()
    plan = replace(plan, units=tuple(unit for unit in plan.units if unit.kind != "enterprise"))
    cast = Settlers(plan, make_county(plan, parent=None), words()["themes"], MEMBERS).settle(lambda: None)
    ask_no_second_factor()
    companies: list[Company] = acts.run(_companies, by=System("bench"), region_id=cast.county.pk)
    industries = {industry.code: industry for industry in Industry.objects.all()}
    return Town(cast, Random(SEED), companies, {kind.code: kind for kind in Kind.objects.all()}, industries)


def _companies(*, by: System, region_id: int) -> list[Company]:
    names = [
        f"{brand}{trade}有限公司" for brand in words()["brands"] for trade in ("食品", "装备", "建材", "能源", "商贸")
    ]
    return [company_find_or_create(region_id=region_id, name=name, uscc="") for name in names]


def fill(town: Town, upto: int) -> None:
    """Enter projects until there are `upto`, each with its years, obstacles and history."""
    first = len(town.projects)
    for start in range(first, upto, BATCH):
        entries = [_entry(town, number) for number in range(start, min(start + BATCH, upto))]
        town.projects += acts.run(_enter, by=town.office, entries=entries)
    fresh = town.projects[first:]
    acts.run(_years, by=town.office, ids=fresh, rng=town.rng)
    for start in range(0, len(fresh), BATCH):
        acts.run(_obstacles, by=town.office, ids=fresh[start : start + BATCH], town=town)
    if not first:
        _long_life(town, town.projects[0])
    _history(town, upto * PER_PROJECT)


def _entry(town: Town, number: int) -> Entry:
    rng, cast = town.rng, town.cast
    pattern = rng.choice(patterns())
    township = rng.choice(list(cast.townships))
    code = township if pattern.unit == "T" or number == 0 else pattern.unit
    track = Track.INVESTMENT if number == 0 else Track(pattern.track)
    planned = Decimal(rng.randint(10, 20_000) * 10_000)
    today = clock.today()
    return Entry(
        name=f"{rng.choice(words()['brands'])}{rng.choice(pattern.things)}{number}号",
        track=track,
        unit=cast.units[code],
        officer=rng.choice(cast.officers[code]),
        leader=rng.choice(cast.roles[Role.COUNTY_LEADER]).member,
        supervisor=rng.choice(cast.roles[Role.SUPERVISOR]).member if rng.random() < 0.3 else None,
        importance=Importance.COUNTY if rng.random() < 0.05 else Importance.ORDINARY,
        opening_stage=PATHS[track][3] if number == 0 else rng.choice(PATHS[track]),
        kind=town.kinds[pattern.kind],
        industry=town.industries[pattern.industry],
        theme=rng.choice(cast.themes) if rng.random() < 0.5 else None,
        township=cast.townships[township],
        investor=_investor(town, track),
        summary=pattern.summary,
        total_investment_cny=_total(rng, pattern),
        land_mu=Decimal(rng.randint(1, 900)),
        jobs=rng.randint(5, 900),
        national_code="2305-139921-04-01-123456" if number == 0 else "",
        committed_finish_on=today + timedelta(days=rng.randint(-200, 900)),
        year_planned_cny=planned,
        year_declared_cny=(planned * Decimal(rng.randint(0, 110)) / 100).quantize(Decimal("0.01")),
    )


def _investor(town: Town, track: Track) -> Company | None:
    return town.rng.choice(town.companies) if track == Track.INVESTMENT else None


def _total(rng: Random, pattern: Pattern) -> Decimal:
    return Decimal(rng.randint(pattern.least_wan, pattern.most_wan) * 10_000)


def _enter(*, by: User, entries: list[Entry]) -> list[int]:
    return [project.pk for project in projects_insert(entries)]


def _years(*, by: User, ids: list[int], rng: Random) -> None:
    """Two years before this one, from one source each."""
    this = clock.today().year
    rows = [
        YearFigure(
            project=project,
            year=year,
            source="own" if project.track == Track.INVESTMENT else "fiscal",
            planned_cny=(planned := Decimal(rng.randint(10, 20_000) * 10_000)),
            declared_cny=planned,
        )
        for project in Project.objects.filter(pk__in=ids).order_by("pk")
        for year in (this - 2, this - 1)
    ]
    for start in range(0, len(rows), BATCH):
        acts.insert_many(rows[start : start + BATCH])
    figures.rebuild(ids)


def _obstacles(*, by: User, ids: list[int], town: Town) -> None:
    rng, today = town.rng, clock.today()
    solvers = [unit for unit in town.cast.units.values() if unit.kind in {"department", "office"}]
    for pk in ids:
        if rng.randrange(10) < OBSTACLES_OF_TEN:
            since = today - timedelta(days=rng.randint(1, 300))
            block = Block(
                rng.choice(OBSTACLE_KINDS),
                "供电增容还没有批",
                since,
                rng.choice(solvers).pk,
                max(since, today + timedelta(days=rng.randint(-60, 120))),
                "已与供电公司对接两次",
            )
            obstacle_add(by=by, project_id=pk, block=block)


def _long_life(town: Town, pk: int) -> None:
    """One project as full as they become: evidence, handovers, a request that waits, a long timeline."""
    by, today, unit = town.office, clock.today(), Project.objects.get(pk=pk).unit
    for number, kind in enumerate(("business_licence", "approval", "construction_contract", "foundation_photo")):
        proof = Proof(kind, f"材料{number}", f"NO-{number}", "发展和改革局", today, Decimal(1_000_000), "河湾镇东侧")
        upload = (
            Upload("照片.png", b"\x89PNG\r\n\x1a\n1")
            if "photo" in kind
            else Upload("材料.pdf", f"%PDF-1.7\n{number}".encode())
        )
        acts.run(evidence_add, by=by, project_id=pk, proof=_fitting(proof), upload=upload)
    officers = town.cast.officers[unit.code]
    for turn in range(6):
        now = Project.objects.get(pk=pk).officer_id
        successor = next(member for member in officers if member.pk != now)
        acts.run(
            hand_over,
            by=by,
            project_id=pk,
            role=Duty.OFFICER,
            member_id=successor.pk,
            note=f"第 {turn + 1} 次交接，账册交清",
        )
    acts.run(gate_ask, by=by, project_id=pk, happened_on=today)
    acts.run(
        commitment_ask, by=by, project_id=pk, wanted=today + timedelta(days=950), reason="冬季停工和供电增容晚了四十天"
    )
    for _n in range(3):
        acts.run(
            obstacle_add, by=by, project_id=pk, block=Block("land", "3.2 亩未报批", today, _any_department(town), today)
        )
    acts.run(_tell, by=by, ids=[pk] * LONG_TIMELINE, town=town)


def _fitting(proof: Proof) -> Proof:
    """Only a contract tells an amount."""
    return proof if "contract" in proof.kind else replace(proof, amount_cny=None)


def _any_department(town: Town) -> int:
    return next(unit.pk for unit in town.cast.units.values() if unit.kind == "department")


def _history(town: Town, upto: int) -> None:
    """Edits and remarks over three years, spread over the projects, until the audit log has `upto` entries."""
    while (missing := upto - AuditEntry.objects.count()) > 0:
        ids = town.rng.choices(town.projects[1:], k=min(missing, BATCH))
        acts.run(_tell, by=town.office, ids=ids, town=town)


def _tell(*, by: User, ids: list[int], town: Town) -> None:
    rng = town.rng
    subjects = {project.pk: project.subject for project in Project.objects.filter(pk__in=ids).select_related("subject")}
    now, tellers = acts.current().at, [user.member_id for users in town.cast.roles.values() for user in users]
    acts.insert_many(
        [
            TimelineEntry(
                subject=subjects[pk],
                at=now - timedelta(minutes=rng.randrange(1_500_000)),
                by_id=rng.choice(tellers),
                **_said(rng),
            )
            for pk in ids
        ]
    )


def _said(rng: Random) -> dict[str, Any]:
    if rng.random() < 0.4:
        return {"verb": "note", "note": rng.choice(words()["notes"])}
    was = rng.randrange(10_000)
    return {"verb": "project.edited", "values": {"field": "jobs", "was": str(was), "now": str(was + 10)}}
