"""The county on which the permission matrix is tried: see tests/matrix_expectations.py for who and what."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.kernel import acts, clock, jobs
from luodi.kernel.models import Job
from luodi.obligations.models import Obligation
from luodi.obligations.services import clocks
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import (
    give_factor,
    make_cast,
    make_county,
    make_delegation,
    make_member,
    make_person,
    make_token,
    make_township,
    make_unit,
    make_user,
)
from luodi.projects.models import FactRecheck, Project
from luodi.projects.rules import EndKind, Stage
from luodi.projects.services import commitments, ends, obstacles
from luodi.projects.services.imports.reading import kept_decisions, read_upload, revised
from luodi.projects.services.obstacles import Block
from luodi.projects.tests import factories
from luodi.projects.tests.factories import County, give, make_project
from luodi.projects.tests.ledger_county import imported, ledger, uploaded
from luodi.rulebook.tests.factories import numbers, propose

REASON = "主要设备海运推迟两个月，已加班赶工"
LESSON: dict[str, Any] = {
    "cause": "签约前没有查清投资方的负债",
    "otherwise": "签约前要查征信和涉诉情况",
    "applies_to": "所有招商项目",
}
STORY = "投资方资金链断裂，重组未成，书面函告不再投资，县里同意。"
LEDGER_HEADS = ["项目名称", "责任单位", "总投资（万元）", "进展阶段"]


@dataclass
class Side:
    """One unit's projects, each in the state that some act needs. `things`: rows by name, as ids or objects."""

    county: County
    solver: User
    recogniser: User
    project: dict[str, Project] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    @property
    def unit(self) -> Unit:
        return self.county.unit


@dataclass
class World:
    actors: dict[str, User]
    sides: dict[str, Side]
    things: dict[str, Any] = field(default_factory=dict)

    def spare(self, code: str) -> Member:
        """A member of the unit who holds nothing."""
        found: Member = Member.objects.get(unit__code=code, name="备用")
        return found


def build() -> World:
    make_county()
    cast = make_cast()
    township, other_township = make_township("T03", "河湾镇"), make_township("T04", "青石镇")
    actors = {role.value: user for role, user in cast.items()}
    actors["party_head"] = _head_of(township)
    actors["party_officer"] = make_person(township, "乡镇经办", Role.UNIT_OFFICER)
    actors["no_role"] = make_user(make_member(cast[Role.UNIT_HEAD].member.unit, "无角色"))
    roads, housing = make_unit("D15", "交通局"), make_unit("D16", "住建局")
    leader = make_person(cast[Role.COUNTY_LEADER].member.unit, "别的县领导", Role.COUNTY_LEADER)
    away = {Role.COUNTY_LEADER: leader, Role.UNIT_HEAD: _head_of(roads)}
    builder = make_person(housing, "住建经办", Role.UNIT_OFFICER)
    po, sb = cast[Role.PROJECT_OFFICE], cast[Role.STATISTICS_BUREAU]
    office_head = _head_of(po.member.unit)
    planner = make_person(po.member.unit, "发改经办", Role.UNIT_OFFICER)
    world = World(actors, {
        "own": Side(County(cast, township, cast[Role.UNIT_OFFICER]), actors["party_officer"], po),
        "foreign": Side(County(cast | away, other_township, make_person(roads, "交通经办", Role.UNIT_OFFICER)), builder, po),
        "office": Side(County(cast | away | {Role.UNIT_HEAD: office_head}, other_township, planner), builder, sb),
    })  # fmt: skip
    for name, side in world.sides.items():
        _fill(side, own=name == "own", cast=cast)
    _people(world)
    _import(world)
    world.things["rule"] = propose(cast, "thresholds", numbers(behind_yellow=15), clock.today() + timedelta(days=9))
    _job(world)
    return world


def _head_of(unit: Unit) -> User:
    assert unit.head is not None
    return make_user(unit.head, Role.UNIT_HEAD)


def _people(world: World) -> None:
    for side in world.sides.values():
        make_member(side.unit, "备用")
    listed = make_member(world.sides["own"].unit, "没有账号")
    holder = make_person(world.sides["own"].unit, "有账号", Role.UNIT_OFFICER)
    factor, _codes = give_factor(holder)
    token = make_token(world.actors["project_office"])
    world.things |= {
        "token": token.pk,
        "delegation": make_delegation(world.actors["county_leader"], world.actors["government_office"]).pk,
        "factor": factor.pk,
        "listed": listed.pk,
        "holder": holder.pk,
        "grant": holder.member.grants.get().pk,
    }


def _import(world: World) -> None:
    office = world.actors["project_office"]
    data = ledger([["红崖水库除险加固", world.sides["own"].unit.name, 1200, "谋划"]], LEDGER_HEADS)
    batch = uploaded(office, data)
    assert batch.counts["new"] == 1, batch.counts
    row = ["红崖渠首改造", world.sides["own"].unit.name, 900, "谋划"]
    world.things |= {
        "written": imported(office, ledger([row], LEDGER_HEADS), "已入库.xlsx"),
        "batch": batch, "reading": read_upload(office, "台账.xlsx", data),
        "revision": revised(office, batch, kept_decisions(batch)),
    }  # fmt: skip


def _job(world: World) -> None:
    """A job that failed too often and rests."""
    acts.run(lambda by: jobs.ask("projects.forget", batch=world.things["batch"].pk), by=acts.System("test"))
    world.things["job"] = Job.objects.latest("pk").pk
    Job.objects.filter(pk=world.things["job"]).update(kind="kernel.upkeep", attempts=jobs.MOST_ATTEMPTS)


# Projects -----------------------------------------------------------------------------------------------------------


def _fill(side: Side, *, own: bool, cast: dict[Role, User]) -> None:
    extra: dict[str, Any] = {"investor": factories.make_company("云岭冷链公司")}
    if own:
        extra |= {"supervisor": cast[Role.SUPERVISOR].member, "helpers": [cast[Role.ENTERPRISE_CLERK].member.unit]}
    for name in ("plain", "early", "waiting", "paused", "failing", "finished", "voiding"):
        changes = dict(extra)
        if name == "finished":
            changes["opening_stage"] = Stage.OPERATING
        if name in ("failing", "finished"):
            changes |= {"kind": None, "industry": None}  # so that their lessons stand in no other project's way
        side.project[name] = make_project(side.county, **changes)
    for step in (_plain, _waiting, _paused, _failing, _finished, _voiding, _duties):
        step(side)


def _pass_gate(side: Side, project: Project) -> Fact:
    found = factories.ask(project, side.county.officer)
    return factories.recognise(found, side.recogniser)


def _plain(side: Side) -> None:
    """Signed, with everything the next gate asks, a voucher, and a piece of evidence on which nothing rests."""
    project = side.project["plain"]
    _pass_gate(side, project)
    side.things["fact"] = _pass_gate(side, project).pk
    factories.ready(project, side.county.officer)
    side.things["voucher"] = give(project, "bank_slip", side.county.officer).pk
    side.things["spare"] = give(project, "letter_of_intent", side.county.officer).pk
    side.project["plain"] = Project.objects.get(pk=project.pk)


def _waiting(side: Side) -> None:
    """All that can wait for a decision at once."""
    project, officer = side.project["waiting"], side.county.officer
    side.things["ask"] = factories.ask(project, officer)
    side.things["change"] = acts.run(
        commitments.commitment_ask,
        by=officer,
        project_id=project.pk,
        wanted=clock.today() + timedelta(days=500),
        reason=REASON,
    )
    side.things["suspension"] = _suspension(side, project)
    side.things["open"] = _obstacle(side, project, side.solver.member.unit)
    side.things["solved"] = _solved(side, _obstacle(side, project, side.solver.member.unit), side.solver)
    side.things["self-solved"] = _solved(side, _obstacle(side, project, side.unit), officer)
    side.things["lesson"] = acts.run(ends.lesson_propose, by=officer, project_id=project.pk, **LESSON)


def _suspension(side: Side, project: Project) -> Any:
    return acts.run(
        commitments.suspension_ask, by=side.county[Role.UNIT_HEAD], project_id=project.pk, reason=REASON,
        look_again_on=clock.today() + timedelta(days=30),
    )  # fmt: skip


def block(unit: Unit) -> Block:
    return Block("land", "3.2 亩未交地", clock.today(), unit.pk, clock.today() + timedelta(days=9))


def _obstacle(side: Side, project: Project, solver: Unit) -> Any:
    return acts.run(obstacles.obstacle_add, by=side.county.officer, project_id=project.pk, block=block(solver))


def _solved(side: Side, obstacle: Any, by: User) -> Any:
    return acts.run(obstacles.obstacle_solve, by=by, obstacle_id=obstacle.pk, seen=obstacle.version, result="已交地")


def _paused(side: Side) -> None:
    asked = _suspension(side, side.project["paused"])
    leader = side.county[Role.COUNTY_LEADER]
    acts.run(commitments.suspension_decide, by=leader, suspension_id=asked.pk, seen=asked.version, agree=True)
    side.project["paused"] = Project.objects.get(pk=side.project["paused"].pk)


def _learned(side: Side, project: Project) -> Any:
    lesson = acts.run(ends.lesson_propose, by=side.county.officer, project_id=project.pk, **LESSON)
    by = side.county[Role.GOVERNMENT_OFFICE]
    return acts.run(ends.lesson_decide, by=by, lesson_id=lesson.pk, seen=lesson.version, accept=True)


def _failing(side: Side) -> None:
    project, officer = side.project["failing"], side.county.officer
    side.things["accepted lesson"] = _learned(side, project).pk
    side.things["minutes"] = give(project, "minutes", officer)
    side.things["given_up"] = acts.run(ends.ending_propose, by=officer, project_id=project.pk, **given_up())


def given_up() -> dict[str, Any]:
    return {
        "kind": EndKind.GIVEN_UP, "story": STORY, "causes": [("investor", "investor")], "left_behind": "无遗留事项",
        "chance": "none",
    }  # fmt: skip


def _finished(side: Side) -> None:
    project = side.project["finished"]
    _pass_gate(side, project)
    _learned(side, project)
    side.things["done"] = acts.run(
        ends.ending_propose, by=side.county.officer, project_id=project.pk, kind=EndKind.DONE, story=STORY
    )


def _duties(side: Side) -> None:
    """What is owed about the waiting project: an obstacle's duty, an excuse for one like it, a stopped ask; a drawn fact."""
    duty = Obligation.objects.get(kind="obstacle", ref=side.things["open"].pk)
    late = _obstacle(side, side.project["waiting"], side.solver.member.unit)
    other = Obligation.objects.get(kind="obstacle", ref=late.pk)
    until = clock.today() + timedelta(days=30)
    excuse = acts.run(clocks.excuse_ask, by=side.solver, obligation_id=other.pk, reason="等省里批复", until=until)
    asked = Obligation.objects.get(kind="ask", ref=side.things["ask"].pk)
    acts.run(
        clocks.clock_stop, by=side.county[Role.SUPERVISOR], obligation_id=asked.pk, seen=asked.version, ground="higher",
        note="等省里批复",
    )  # fmt: skip
    fact = Fact.objects.get(pk=side.things["fact"])
    drawn = FactRecheck.objects.filter(fact=fact).first() or FactRecheck.objects.create(
        region_id=fact.region_id, fact=fact, drawn_at=clock.now()
    )
    side.things |= {"duty": duty, "excuse": excuse, "stopped": Obligation.objects.get(pk=asked.pk), "recheck": drawn}


def _voiding(side: Side) -> None:
    office = side.county[Role.INVESTMENT_BUREAU]
    side.things["void"] = acts.run(ends.void_ask, by=office, project_id=side.project["voiding"].pk, reason="录入重复")


# Addresses ------------------------------------------------------------------------------------------------------------

OF_PROJECT = {
    "project_promising": "early", "suspension_resume": "paused", "void_ask": "early", "ending_done": "finished",
}  # fmt: skip
"""Where another of the side's projects than the plain one suits an address that begins with a project."""
DECIDED = {
    "ask": "ask", "commitment_decide": "change", "suspension_decide": "suspension", "lesson": "lesson", "void_decide": "void",
}  # fmt: skip
OF_DUTIES = {
    "obligation": "duty", "obligation_stop": "duty", "obligation_excuse": "duty", "obligation_resume": "stopped",
    "excuse": "excuse", "recheck": "recheck",
}  # fmt: skip
"""What is owed: tried on the own side's."""


def arguments(world: World, name: str, what: str) -> list[Any]:
    """The arguments of the address `name` for what is tried."""
    which, _space, variant = what.partition(" ")
    if name in OF_THINGS:
        return OF_THINGS[name](world)
    if not which:
        return []
    side = world.sides[which]
    if name in {"unit_page", "unit_head", "member_add"}:
        return [side.unit.pk]
    if name in {"member_page", "member_edit", "member_leave"}:
        if variant == "head":
            return [Unit.objects.get(pk=side.unit.pk).head_id]
        return [world.spare(side.unit.code).pk]
    return _of_side(side, name, variant)


def _of_side(side: Side, name: str, variant: str) -> list[Any]:
    plain = side.project["plain"]
    if name in DECIDED or name in OF_DUTIES:
        return [side.things[(DECIDED | OF_DUTIES)[name]].pk]
    if name in {"obstacle", "ending"}:
        return [side.things[variant].pk]
    if name in {"evidence_file", "evidence_withdraw"}:
        return [side.things["spare"]]
    if name == "fact_revoke":
        return [side.things["fact"]]
    if name == "note_add":
        return [plain.subject_id]
    uuid = side.project[OF_PROJECT.get(name, "plain")].subject.uuid
    if name == "lesson_answer":
        return [uuid, side.things["accepted lesson"]]
    return [uuid, variant] if variant else [uuid]


def store_file(world: World, what: str) -> None:
    """The bytes behind the evidence: no test keeps files for the next."""
    stored = Evidence.objects.get(pk=world.sides[what].things["spare"]).file
    assert stored is not None
    if not default_storage.exists(stored.path):
        default_storage.save(stored.path, ContentFile(b"%PDF-1.7"))


def _batch(world: World) -> list[Any]:
    return [world.things["batch"].pk]


def _written(world: World) -> list[Any]:
    return [world.things["written"].pk]


def _holder(world: World) -> list[Any]:
    return [User.objects.get(pk=world.things["holder"]).member_id]


OF_THINGS: dict[str, Callable[[World], list[Any]]] = {
    **dict.fromkeys(
        ("import", "import_columns", "import_rows", "import_accept", "import_drop", "import_progress", "import_left"), _batch
    ),
    **dict.fromkeys(("import_undo", "import_undo_progress"), _written),
    **dict.fromkeys(("account_page", "account_reset", "account_switch", "account_factors", "role_grant"), _holder),
    **dict.fromkeys(("rule_table", "rule_propose"), lambda _world: ["gate_options"]),
    "rule_version": lambda world: [world.things["rule"].pk],
    "token_revoke": lambda world: [world.things["token"]],
    "delegation_end": lambda world: [world.things["delegation"]],
    "account_create": lambda world: [world.things["listed"]],
    "role_end": lambda world: [*_holder(world), world.things["grant"]],
    "factor_remove": lambda world: [world.things["factor"]],
    **dict.fromkeys(("job_retry", "job_give_up"), lambda world: [world.things["job"]]),
}  # fmt: skip


def sent(world: World, name: str) -> dict[str, Any]:
    """What is sent to an address that takes POST alone, so that it would be done."""
    version = world.things["batch"].version
    return {
        "note_add": {"text": "已到现场看过"}, "account_switch": {"active": "0"}, "role_grant": {"role": "supervisor"},
        "set_language": {"language": "zh-hans"}, "import_rows": {"action": "skip_wrong", "version": version},
        "import_accept": {"version": version}, "import_drop": {"version": version},
    }.get(name, {})  # fmt: skip


def with_lesson(side: Side) -> Project:
    """The early project, with a lesson of its own, within the try that is undone."""
    acts.run(ends.lesson_propose, by=side.county.officer, project_id=side.project["early"].pk, **LESSON)
    return side.project["early"]


def business_names() -> set[str]:
    """What no administrator may find on any page: names and codes of projects, names of their investors."""
    rows = Project.objects.values_list("name", "code", "investor__name")
    return {str(text) for row in rows for text in row}
