from __future__ import annotations

import ast
import inspect
import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from luodi.facts import services as facts_services
from luodi.files import services as files_services
from luodi.kernel import acts, clock
from luodi.kernel.clock import SHANGHAI
from luodi.kernel.errors import DomainError
from luodi.kernel.models import PersonKey
from luodi.orgs.models import RoleGrant, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import (
    make_county,
    make_member,
    make_person,
    make_township,
    make_township_region,
    make_unit,
)
from luodi.projects.models import ImportBatch, Obstacle, Project, ProjectFigures, ProjectYear, YearFigure
from luodi.projects.rules import Importance, Stage, Track
from luodi.projects.services import commitments, ends, evidence, gates, obstacles, people, projects
from luodi.projects.services.obstacles import Block, obstacle_add, obstacle_confirm, obstacle_report, obstacle_solve
from luodi.projects.services.projects import (
    project_create,
    project_edit,
    project_grade,
    project_mark_promising,
    projects_insert,
)
from luodi.projects.services.years import year_figure_set
from luodi.projects.tests.factories import County, bring_to, make_entry, make_project, make_world, other_member
from luodi.projects.tests.refusals import refused
from luodi.subjects import services as subjects_services
from luodi.subjects.models import Party
from luodi.subjects.services import note_add

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def fresh(project: Project) -> Project:
    return Project.objects.get(pk=project.pk)


# Entering -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "field", "changes"),
    [
        ("name_missing", "name", {"name": " \u3000"}),
        ("leader_missing", "leader", {"leader": None, "importance": Importance.COUNTY}),
        ("leader_missing", "leader", {"leader": None, "opening_stage": Stage.SIGNED}),
        ("national_code_form", "national_code", {"national_code": "2305-139921-04-01-12345"}),
        ("stage_of_track", "opening_stage", {"track": Track.PUBLIC, "opening_stage": Stage.SIGNED}),
        ("stage_of_track", "opening_stage", {"opening_stage": Stage.ENDED}),
        ("amount_wrong", "total_investment_cny", {"total_investment_cny": Decimal("-1")}),
        ("amount_wrong", "total_investment_cny", {"total_investment_cny": Decimal(10) ** 14}),
        ("amount_wrong", "annual_tax_cny", {"annual_tax_cny": Decimal("NaN")}),
        ("amount_wrong", "land_mu", {"land_mu": Decimal("-0.01")}),
        ("amount_wrong", "jobs", {"jobs": 10**9}),
        ("amount_wrong", "declared_before_cny", {"declared_before_cny": Decimal("Infinity")}),
        ("constraint.yearfigure_in_range", "", {"year_planned_cny": Decimal("-5")}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_an_entry_is_named(world: County, code: str, field: str, changes: dict[str, Any]) -> None:
    refused(code, project_create, by=world[Role.PROJECT_OFFICE], field=field, entry=make_entry(world, **changes))


def test_people_of_an_entry_are_of_the_county_serve_and_lead(world: County) -> None:
    office = world[Role.PROJECT_OFFICE]
    abroad = make_unit("X01", "邻县水利局", region=make_county("139922", "邻县", "LX"))
    stranger, gone = make_member(abroad, "邻县人"), make_member(world.unit, "离任者", state="left")
    cases: list[tuple[str, dict[str, Any]]] = [
        ("leader_not_leader", {"leader": world.officer.member}),
        ("officer_left", {"officer": gone}),
        ("member_unknown", {"officer": stranger}),
        ("member_unknown", {"supervisor": stranger}),
        ("member_unknown", {"principal": gone}),
        ("member_unknown", {"supervisor": gone}),
        ("unit_unknown", {"unit": abroad, "officer": stranger}),
        ("unit_unknown", {"unit": world[Role.BANK_CLERK].member.unit}),
        ("township_unknown", {"township": make_township_region("139922101", "邻镇", county=abroad.region)}),
        ("township_unknown", {"township": world.unit.region}),
    ]
    for code, changes in cases:
        refused(code, project_create, by=office, entry=make_entry(world, **changes))
    refused(
        "uscc_wrong",
        project_create,
        by=office,
        entry=make_entry(world, investor=None),
        investor_name="远山",
        investor_uscc="91139921MA00000000",
    )
    refused(
        "unit_unknown",
        project_create,
        by=make_person(abroad, "邻县项目办", Role.PROJECT_OFFICE),
        entry=make_entry(world),
    )


def test_a_unit_enters_its_own_projects_and_offices_enter_all(world: County) -> None:
    foreign = {"unit": world[Role.INVESTMENT_BUREAU].member.unit, "officer": world[Role.INVESTMENT_BUREAU].member}
    for role in (Role.UNIT_HEAD, Role.UNIT_OFFICER):
        make_project(world, by=world[role])
        refused("forbidden", project_create, by=world[role], entry=make_entry(world, **foreign))
    for role in (Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU):
        make_project(world, by=world[role], name=f"别人的{role}", **foreign)
    for role in set(Role) - {Role.UNIT_HEAD, Role.UNIT_OFFICER, Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU}:
        refused("forbidden", project_create, by=world[role], entry=make_entry(world))


@pytest.mark.parametrize("again", ["河湾镇冷链仓", " 河湾镇 冷链仓 ", "河湾镇冷链仓\u3000"])
def test_a_name_stands_once_among_live_projects_however_it_is_written(world: County, again: str) -> None:
    make_project(world, name="河湾镇冷链仓")
    refused(
        "name_taken", project_create, by=world[Role.PROJECT_OFFICE], field="name", entry=make_entry(world, name=again)
    )
    other = make_project(world)
    refused("name_taken", project_edit, by=world.officer, project_id=other.pk, seen=1, changes={"name": again})
    refused("name_missing", project_edit, by=world.officer, project_id=other.pk, seen=1, changes={"name": "  "})


def test_many_are_entered_wholly_or_not_at_all_and_of_one_county(world: County) -> None:
    twin = [make_entry(world, name="同名"), make_entry(world, name="同 名")]
    refused("name_taken", insert_all, by=world[Role.PROJECT_OFFICE], entries=twin)
    assert not Project.objects.exists()
    made = acts.run(insert_all, by=world[Role.PROJECT_OFFICE], entries=[make_entry(world) for _ in range(3)])
    assert [p.code for p in made] == [f"BC-{clock.today().year}-000{n}" for n in (1, 2, 3)]
    assert acts.run(insert_all, by=world[Role.PROJECT_OFFICE], entries=[]) == []


def insert_all(*, by: User, entries: list[projects.Entry]) -> list[Project]:
    return projects_insert(entries)


def test_codes_run_by_county_and_year(world: County) -> None:
    with clock.standing_at(datetime(2025, 12, 31, 23, 50, tzinfo=SHANGHAI)):
        assert make_project(world).code == "BC-2025-0001"
    with clock.standing_at(datetime(2026, 1, 1, 0, 10, tzinfo=SHANGHAI)):
        assert [make_project(world).code for _ in range(2)] == ["BC-2026-0001", "BC-2026-0002"]


def test_helpers_are_associated_once(world: County) -> None:
    helper = make_unit("D30", "交通局")
    project = make_project(world, helpers=[helper, helper, world.unit])
    assert set(Party.objects.filter(subject=project.subject).values_list("role", "unit__code")) == {
        ("responsible", "D09"), ("township", "T03"), ("helper", "D30"),
    }  # fmt: skip


# Editing ------------------------------------------------------------------------------------------------------------


def test_edit_refusals_and_then_it_works(world: County, project: Project) -> None:
    call: dict[str, Any] = {"project_id": project.pk, "seen": 1, "changes": {"summary": "新内容"}}
    for role in (Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.STATISTICS_BUREAU, Role.SUPERVISOR):
        refused("forbidden", project_edit, by=world[role], **call)
    refused("stale_version", project_edit, by=world.officer, **call | {"seen": 9})
    refused("national_code_form", project_edit, by=world.officer, **call | {"changes": {"national_code": "乱写"}})
    refused("amount_wrong", project_edit, by=world.officer, **call | {"changes": {"land_mu": Decimal(-1)}})
    refused("township_unknown", project_edit, by=world.officer, **call | {"changes": {"township": world.unit.region}})
    refused("uscc_wrong", project_edit, by=world.officer, **call, investor=("远山", "91139921MA00000000"))
    for name in (
        "stage",
        "unit",
        "officer",
        "code",
        "void",
        "promising",
        "importance",
        "suspension",
        "entered_at",
        "nonsense",
    ):
        with pytest.raises(DomainError) as caught:
            acts.run(project_edit, by=world.officer, **call | {"changes": {name: 1}})
        assert caught.value.code == "field_unknown"
    assert acts.run(project_edit, by=world.officer, **call).version == 2


def test_a_project_that_moves_is_seen_by_the_new_township_alone(world: County, project: Project) -> None:
    east = make_township("T04", "东岭镇")
    clerk, old = (
        make_person(east, "东岭人", Role.UNIT_OFFICER),
        make_person(world.township, "河湾人", Role.UNIT_OFFICER),
    )
    acts.run(project_edit, by=world.officer, project_id=project.pk, seen=1, changes={"township": east.governs})
    assert Project.objects.visible_to(clerk).exists()
    assert not Project.objects.visible_to(old).exists()
    acts.run(project_edit, by=world.officer, project_id=project.pk, seen=2, changes={"township": None})
    assert not Project.objects.visible_to(clerk).exists()
    acts.run(
        project_edit, by=world.officer, project_id=project.pk, seen=3, changes={"township": world.township.governs}
    )
    assert Project.objects.visible_to(old).exists()


def test_a_project_takes_name_and_township_in_one_act(world: County, project: Project) -> None:
    east = make_township("T04", "东岭镇")
    changes = {"name": "东岭镇冷链", "township": east.governs}
    acts.run(project_edit, by=world.officer, project_id=project.pk, seen=1, changes=changes)
    assert (
        Project.objects.visible_to(make_person(east, "东岭人", Role.UNIT_OFFICER)).get().subject.title == "东岭镇冷链"
    )


def test_promising_is_the_offices_word_in_early_stages_with_a_reason(world: County, project: Project) -> None:
    office = world[Role.PROJECT_OFFICE]
    call: dict[str, Any] = {"project_id": project.pk, "promising": True}
    for role in (Role.UNIT_HEAD, Role.INVESTMENT_BUREAU, Role.COUNTY_LEADER):
        refused("forbidden", project_mark_promising, by=world[role], reason="多次来访", seen=1, **call)
        refused("forbidden", project_grade, by=world[role], project_id=project.pk, seen=1, importance=Importance.COUNTY)
    refused("reason_missing", project_mark_promising, by=office, reason=" ", seen=1, **call)
    acts.run(project_mark_promising, by=office, reason="投资方三次来访", seen=1, **call)
    refused("reason_missing", project_mark_promising, by=office, seen=2, **call | {"promising": False})
    bring_to(fresh(project), Stage.SIGNED, world)
    refused("not_early", project_mark_promising, by=office, reason="多次来访", seen=fresh(project).version, **call)


def test_year_figures_add_up_over_sources_and_refuse_nonsense(world: County, project: Project) -> None:
    call: dict[str, Any] = {
        "project_id": project.pk,
        "year": 2026,
        "source": "own",
        "planned_cny": Decimal(100),
        "declared_cny": Decimal(30),
    }
    refused("forbidden", year_figure_set, by=world[Role.STATISTICS_BUREAU], **call)
    for field, value in [
        ("planned_cny", Decimal(-1)),
        ("declared_cny", Decimal(-1)),
        ("planned_cny", Decimal(10) ** 16),
        ("declared_cny", Decimal("NaN")),
    ]:
        refused("amount_negative", year_figure_set, by=world.officer, field=field, **call | {field: value})
    for year in (1999, clock.today().year + 11):
        refused("year_wrong", year_figure_set, by=world.officer, field="year", **call | {"year": year})
    ahead = {"year": clock.today().year + 1, "declared_cny": Decimal(1)}
    refused("declared_early", year_figure_set, by=world.officer, field="declared_cny", **call | ahead)
    acts.run(year_figure_set, by=world.officer, **call)
    acts.run(year_figure_set, by=world.officer, **call | {"source": "loan", "planned_cny": Decimal("0.5")})
    acts.run(year_figure_set, by=world.officer, **call | {"planned_cny": Decimal(200)})
    assert YearFigure.objects.filter(project=project).count() == 2
    row = ProjectYear.objects.get(project=project, year=2026)
    assert (row.planned_cny, row.declared_cny) == (Decimal("200.5"), Decimal(60))


# Rows of an import that is not whole --------------------------------------------------------------------------------


def test_rows_of_an_import_not_yet_whole_are_seen_by_their_importer_alone(world: County) -> None:
    office = world[Role.PROJECT_OFFICE]
    colleague = make_person(office.member.unit, "同事", Role.PROJECT_OFFICE)
    batch = ImportBatch.objects.create(
        region=world.unit.region, importer=office.member, name="台账.xlsx", size=1, sha256="0", key=PersonKey.fresh(),
        sealed_file=b"", uploaded_at=clock.now(), state="applying",
    )  # fmt: skip
    (made,) = acts.run(insert_batch, by=office, entries=[make_entry(world)], batch=batch)
    others = [colleague, world.officer, *(user for role, user in world.cast.items() if role is not Role.PROJECT_OFFICE)]
    assert not any(Project.objects.visible_to(user).exists() for user in others)
    assert Project.objects.visible_to(office).get() == made
    with pytest.raises(Project.DoesNotExist):
        acts.run(project_edit, by=world.officer, project_id=made.pk, seen=1, changes={"summary": "改"})
    ImportBatch.objects.filter(pk=batch.pk).update(state="done")
    assert Project.objects.visible_to(colleague).get() == Project.objects.visible_to(world.officer).get() == made


def insert_batch(*, by: User, entries: list[projects.Entry], batch: ImportBatch) -> list[Project]:
    return projects_insert(entries, batch=batch)


# Obstacles ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def solver(world: County) -> User:
    return make_person(make_unit("D05", "自然资源局"), "国土经办", Role.UNIT_OFFICER)


def block(solver: User, **changes: Any) -> Block:
    today = clock.today()
    values: dict[str, Any] = {
        "kind": "land", "title": "三户未签拆迁协议", "since_on": today, "solver_unit_id": solver.member.unit_id,
        "promised_on": today + timedelta(days=20), "measure": "households", "done": Decimal(9), "total": Decimal(12),
    }  # fmt: skip
    return Block(**values | changes)


def test_obstacle_refusals_and_then_the_solver_sees_the_project(world: County, project: Project, solver: User) -> None:
    today = clock.today()
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("title_missing", "title", {"title": " "}),
        ("since_in_future", "since_on", {"since_on": today + timedelta(days=1)}),
        ("promised_before_since", "promised_on", {"promised_on": today - timedelta(days=1)}),
        ("unit_unknown", "solver_unit", {"solver_unit_id": 10**9}),
        ("measure_wrong", "total", {"total": None}),
        ("measure_wrong", "total", {"total": Decimal(0)}),
        ("measure_wrong", "done", {"done": Decimal(13)}),
        ("measure_wrong", "done", {"done": Decimal(-1)}),
    ]
    for code, field, changes in cases:
        refused(
            code, obstacle_add, by=world.officer, field=field, project_id=project.pk, block=block(solver, **changes)
        )
    for role in (Role.STATISTICS_BUREAU, Role.DISCIPLINE_OFFICE, Role.CONVENOR):
        refused("forbidden", obstacle_add, by=world[role], project_id=project.pk, block=block(solver))
    assert not Project.objects.visible_to(solver).exists()
    acts.run(obstacle_add, by=world[Role.SUPERVISOR], project_id=project.pk, block=block(solver))
    assert Project.objects.visible_to(solver).get() == project
    kept = ProjectFigures.objects.get(pk=project.pk)
    assert (kept.open_obstacle_count, kept.obstacle_due_on) == (1, today + timedelta(days=20))


def test_an_obstacle_is_worked_on_solved_by_one_and_confirmed_by_another(
    world: County, project: Project, solver: User
) -> None:
    found = acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block(solver))
    today = clock.today()
    report: dict[str, Any] = {"obstacle_id": found.pk, "seen": 1, "tried": "入户三次", "promised_on": found.promised_on}
    refused("forbidden", obstacle_report, by=world[Role.SUPERVISOR], **report)
    refused("tried_missing", obstacle_report, by=solver, field="tried", **report | {"tried": " "})
    refused(
        "promise_in_past",
        obstacle_report,
        by=solver,
        field="promised_on",
        **report | {"promised_on": today - timedelta(days=1)},
    )
    refused("measure_wrong", obstacle_report, by=solver, field="done", **report, done=Decimal(13))
    refused("stale_version", obstacle_report, by=solver, **report | {"seen": 4})
    assert acts.run(obstacle_report, by=solver, **report, done=Decimal(11)).done == Decimal(11)
    assert acts.run(obstacle_report, by=solver, **report | {"seen": 2, "promised_on": today}).done == Decimal(11)
    assert ProjectFigures.objects.get(pk=project.pk).obstacle_due_on == today
    confirm: dict[str, Any] = {"obstacle_id": found.pk, "seen": 3, "agree": True}
    refused("obstacle_moved", obstacle_confirm, by=world.officer, **confirm)
    solve: dict[str, Any] = {"obstacle_id": found.pk, "seen": 3, "result": "三户全部签约腾空"}
    refused("forbidden", obstacle_solve, by=world.officer, **solve)
    refused("result_missing", obstacle_solve, by=solver, field="result", **solve | {"result": " "})
    acts.run(obstacle_solve, by=solver, **solve)
    assert ProjectFigures.objects.get(pk=project.pk).open_obstacle_count == 1
    confirm["seen"] = 4
    for user in (solver, world[Role.UNIT_HEAD], world[Role.SUPERVISOR], world[Role.PROJECT_OFFICE]):
        refused("forbidden", obstacle_confirm, by=user, **confirm)
    refused("answer_missing", obstacle_confirm, by=world.officer, field="answer", **confirm | {"agree": False})
    acts.run(obstacle_confirm, by=world.officer, **confirm | {"agree": False}, answer="还有一户没腾空")
    refused("obstacle_moved", obstacle_confirm, by=world.officer, **confirm | {"seen": 5})
    acts.run(obstacle_solve, by=solver, **solve | {"seen": 5})
    acts.run(obstacle_confirm, by=world.officer, **confirm | {"seen": 6})
    kept = ProjectFigures.objects.get(pk=project.pk)
    assert (kept.open_obstacle_count, kept.obstacle_due_on) == (0, None)
    refused("obstacle_moved", obstacle_report, by=world.officer, **report | {"seen": 7})
    with pytest.raises(Obstacle.DoesNotExist):
        acts.run(obstacle_report, by=solver, **report | {"seen": 7})


def test_where_officer_and_supervisor_are_of_the_solving_unit_the_project_office_confirms(
    world: County, project: Project
) -> None:
    found = acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block(world.officer))
    acts.run(obstacle_solve, by=world[Role.UNIT_HEAD], obstacle_id=found.pk, seen=1, result="三户全部签约腾空")
    confirm: dict[str, Any] = {"obstacle_id": found.pk, "seen": 2, "agree": True}
    said = refused("forbidden", obstacle_confirm, by=world.officer, **confirm)
    assert "解决单位" in str(said.message)
    refused("forbidden", obstacle_confirm, by=world[Role.SUPERVISOR], **confirm)
    acts.run(obstacle_confirm, by=world[Role.PROJECT_OFFICE], **confirm)


def test_a_supervisor_outside_confirms_where_the_officer_is_of_the_solving_unit(
    world: County, project: Project
) -> None:
    from luodi.projects.rules import Role as Duty

    inspector = world[Role.SUPERVISOR]
    acts.run(
        people.hand_over,
        by=world[Role.PROJECT_OFFICE],
        project_id=project.pk,
        role=Duty.SUPERVISOR,
        member_id=inspector.member_id,
        note="督办",
    )
    found = acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block(world.officer))
    acts.run(obstacle_solve, by=world.officer, obstacle_id=found.pk, seen=1, result="三户全部签约腾空")
    refused("forbidden", obstacle_confirm, by=world[Role.PROJECT_OFFICE], obstacle_id=found.pk, seen=2, agree=True)
    acts.run(obstacle_confirm, by=inspector, obstacle_id=found.pk, seen=2, agree=True)


# Notes --------------------------------------------------------------------------------------------------------------


def test_notes_are_left_by_who_may_see_and_speak(world: County, project: Project) -> None:
    call: dict[str, Any] = {"subject_id": project.subject_id, "text": "今日下雨停工"}
    refused("note_empty", note_add, by=world.officer, field="text", **call | {"text": " \n"})
    refused("note_long", note_add, by=world.officer, field="text", **call | {"text": "雨" * 2001})
    Party.objects.create(
        subject=project.subject, unit=world[Role.BANK_CLERK].member.unit, role="bank", since=clock.now()
    )
    refused("forbidden", note_add, by=world[Role.BANK_CLERK], **call)
    from luodi.subjects.models import Subject

    for role in (Role.ENTERPRISE_CLERK, Role.SYSTEM_ADMIN):
        with pytest.raises(Subject.DoesNotExist):
            acts.run(note_add, by=world[role], **call)
    assert acts.run(note_add, by=world[Role.CONVENOR], **call).note == "今日下雨停工"


# Whole --------------------------------------------------------------------------------------------------------------

SERVICES = (
    commitments,
    ends,
    evidence,
    gates,
    obstacles,
    people,
    projects,
    facts_services,
    files_services,
    subjects_services,
)


def test_every_refusal_of_every_service_is_tried_here() -> None:
    """Each code in the services' source stands in a test beside this one, and in docs/domain."""
    here = Path(__file__).parents[2]
    told = "".join(
        (here.parents[1] / "docs/domain" / name).read_text(encoding="utf-8") for name in ("projects.md", "facts.md")
    )
    tests = "".join(path.read_text(encoding="utf-8") for app in ("projects", "files", "facts", "subjects")
                    for path in (here / app / "tests").glob("test_services*.py"))  # fmt: skip
    for module in SERVICES:
        source = inspect.getsource(module)
        raised = {
            str(node.args[0].value) for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "DomainError" and isinstance(node.args[0], ast.Constant)
        }  # fmt: skip
        untried = {code for code in raised if not re.search(rf'"{code}"', tests)}
        assert not untried, f"{module.__name__}: {untried}"
        untold = {code for code in raised if f"`{code}`" not in told}
        assert not untold, f"docs/domain: {untold}"


def test_a_left_leader_leads_nothing_new(world: County) -> None:
    second = make_member(world[Role.COUNTY_LEADER].member.unit, "副县长", Role.COUNTY_LEADER)
    RoleGrant.objects.filter(member=second).update(until=clock.now())
    refused("leader_not_leader", project_create, by=world[Role.PROJECT_OFFICE], entry=make_entry(world, leader=second))
    assert other_member(world).state == "active"


@pytest.mark.parametrize("name", ["\u200b\u200b\u200b", "\u202e", "\ufeff \u200d"])
def test_a_name_that_nobody_sees_is_none(world: County, name: str) -> None:
    with pytest.raises(DomainError) as caught:
        make_project(world, name=name)
    assert caught.value.code == "name_missing"


def test_unseen_characters_are_dropped_from_a_name(world: County) -> None:
    assert make_project(world, name="冷\u200b链\u202e仓").name == "冷链仓"


@pytest.mark.parametrize("day", [date(1, 1, 1), date(1948, 12, 31), date(2101, 1, 1), date(9999, 12, 31)])
def test_a_day_out_of_reach_is_refused_beside_its_field(world: County, day: date) -> None:
    with pytest.raises(ValidationError) as caught:
        make_project(world, committed_finish_on=day)
    assert list(caught.value.message_dict) == ["committed_finish_on"]


@pytest.mark.parametrize("word", ["无", "暂无。", "略", "——"])
def test_nothing_is_no_reason_and_no_result(world: County, word: str) -> None:
    project = bring_to(make_project(world), Stage.NEGOTIATING, world)
    block = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, clock.today() + timedelta(days=9))
    found = acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block)
    solver = make_person(world.township, "经办", Role.UNIT_OFFICER)
    refused("result_missing", obstacle_solve, by=solver, obstacle_id=found.pk, seen=1, result=word)
    office = world[Role.PROJECT_OFFICE]
    fact = project.subject.facts.get()
    refused("reason_missing", gates.fact_revoke, by=office, fact_id=fact.pk, reason=word)
    hand: dict[str, Any] = {
        "project_id": project.pk,
        "role": "supervisor",
        "member_id": world[Role.SUPERVISOR].member_id,
        "note": word,
    }
    refused("note_missing", people.hand_over, by=office, **hand)
    refused("reason_missing", ends.void_ask, by=office, project_id=make_project(world).pk, reason=word)
