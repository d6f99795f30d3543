"""Projects, their evidence and their passages for tests, made through the services. Needs `db` or `live`."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.files.rules import KINDS, Shape
from luodi.files.services import Proof, Upload
from luodi.kernel import acts, clock
from luodi.kernel.acts import Actor
from luodi.orgs.models import Company, Industry, Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import company_find_or_create
from luodi.orgs.tests.factories import SETUP, make_cast, make_county, make_member, make_person, make_township
from luodi.projects.models import Ask, Kind, Project
from luodi.projects.rules import Stage, Track
from luodi.projects.selectors import gate_state
from luodi.projects.services.evidence import evidence_add
from luodi.projects.services.gates import ask_recognise, gate_ask, money_ask
from luodi.projects.services.projects import Entry, project_create

_numbers = itertools.count(1)


@dataclass(slots=True)
class County:
    """A county with one account for each role, a township, and a clerk of the responsible unit who is the officer."""

    cast: dict[Role, User]
    township: Unit
    officer: User

    @property
    def unit(self) -> Unit:
        return self.officer.member.unit

    def __getitem__(self, role: Role) -> User:
        return self.cast[role]


def make_world() -> County:
    make_county()
    cast = make_cast()
    township = make_township("T03", "河湾镇")
    officer = make_person(cast[Role.UNIT_HEAD].member.unit, "张一", Role.UNIT_OFFICER)
    return County(cast, township, officer)


def make_company(name: str = "远山集团", uscc: str = "") -> Company:
    return acts.run(_company, by=SETUP, name=name, uscc=uscc)


def _company(*, by: Actor, name: str, uscc: str) -> Company:
    return company_find_or_create(region_id=make_county().pk, name=name, uscc=uscc)


def make_entry(world: County, **changes: Any) -> Entry:
    """An ordinary investment project of the township's officer, with all that later gates ask of its fields."""
    number = next(_numbers)
    values: dict[str, Any] = {
        "name": f"河湾镇冷链仓{number}",
        "track": Track.INVESTMENT,
        "unit": world.unit,
        "officer": world.officer.member,
        "leader": world[Role.COUNTY_LEADER].member,
        "summary": "建冷库 2 万立方米",
        "township": world.township.governs,
        "total_investment_cny": Decimal("59000000"),
        "industry": Industry.objects.get(code="59"),
        "national_code": "2305-139921-04-01-123456",
        "committed_finish_on": clock.today() + timedelta(days=400),
        "jobs": 80,
        "investor": make_company(),
        "kind": Kind.objects.order_by("pk").first(),
    }
    return Entry(**values | changes)


def make_project(world: County, *, by: User | None = None, **changes: Any) -> Project:
    return acts.run(project_create, by=by or world[Role.PROJECT_OFFICE], entry=make_entry(world, **changes))


def png(number: int | None = None) -> Upload:
    """A small picture, unlike any other."""
    mark = f"{next(_numbers) if number is None else number}".encode()
    return Upload("照片.png", b"\x89PNG\r\n\x1a\n" + mark)


def pdf() -> Upload:
    return Upload("材料.pdf", b"%PDF-1.7\n" + f"{next(_numbers)}".encode())


def give(project: Project, kind: str, by: User, **changes: Any) -> Evidence:
    """Give a piece of evidence that tells all its kind asks."""
    proof: dict[str, Any] = {"kind": kind}
    if KINDS[kind].shape is not Shape.DOCUMENT:
        proof |= {"dated_on": clock.today()}
    if KINDS[kind].shape in {Shape.PERMIT, Shape.CONTRACT, Shape.VOUCHER}:
        proof |= {"number": f"NO-{next(_numbers)}", "issuer": "远山集团"}
    if KINDS[kind].shape in {Shape.CONTRACT, Shape.VOUCHER}:
        proof |= {"amount_cny": Decimal("1000000")}
    if KINDS[kind].shape is Shape.PHOTO:
        proof |= {"place": "河湾镇东侧"}
    return acts.run(
        evidence_add,
        by=by,
        project_id=project.pk,
        proof=Proof(**proof | changes),
        upload=pdf() if "photo" not in kind else png(),
    )


def ready(project: Project, by: User) -> None:
    """Give every piece of evidence that the next gate still asks."""
    state = gate_state(Project.objects.get(pk=project.pk))
    assert state is not None
    for item in state.missing:
        if item.sort == "evidence":
            give(project, item.kinds[0], by)


def ask(project: Project, by: User, on: date | None = None) -> Ask:
    ready(project, by)
    return acts.run(gate_ask, by=by, project_id=project.pk, happened_on=on or clock.today())


def recognise(found: Ask, by: User) -> Fact:
    return acts.run(ask_recognise, by=by, ask_id=found.pk, seen=found.version)


def bring_to(project: Project, stage: Stage, world: County) -> Project:
    """Take a project through its gates, asked by its officer and recognised by the project office."""
    while project.stage != stage:
        recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
        project = Project.objects.get(pk=project.pk)
    return project


def other_member(world: County, name: str = "李二") -> Member:
    return make_member(world.unit, name, Role.UNIT_OFFICER)


def money(project: Project, world: County, *vouchers: int) -> Fact:
    asked = acts.run(money_ask, by=world.officer, project_id=project.pk, evidence_ids=list(vouchers))
    return recognise(asked, world[Role.PROJECT_OFFICE])
