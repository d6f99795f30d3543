from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luodi.facts.models import Fact
from luodi.kernel import acts, clock
from luodi.kernel.clock import SHANGHAI
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Unit
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member, make_person, make_unit
from luodi.projects.models import Ask, Project, StageChange
from luodi.projects.rules import PATHS, EndKind, Stage, Track
from luodi.projects.rules import Role as Duty
from luodi.projects.selectors import Around, gate_state, recognisers
from luodi.projects.services import commitments, ends, evidence, gates, people
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import (
    County,
    ask,
    bring_to,
    give,
    make_project,
    make_world,
    money,
    other_member,
    ready,
    recognise,
)
from luodi.projects.tests.refusals import refused
from luodi.rulebook.selectors import table_of
from luodi.rulebook.tests.factories import put_in_force

pytestmark = pytest.mark.django_db

LONG_STORY = "投资方资金链断裂，重组未成，书面函告不再投资。"


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def fresh(project: Project) -> Project:
    return Project.objects.get(pk=project.pk)


def suspend(project: Project, world: County) -> None:
    asked = acts.run(
        commitments.suspension_ask, by=world[Role.UNIT_HEAD], project_id=project.pk, reason="等投资方重组，暂时不动",
        look_again_on=clock.today() + timedelta(days=30),
    )  # fmt: skip
    acts.run(commitments.suspension_decide, by=world[Role.COUNTY_LEADER], suspension_id=asked.pk, seen=1, agree=True)


# All the way --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("track", Track)
def test_each_track_passes_all_its_gates_and_no_other(world: County, track: Track) -> None:
    project = bring_to(make_project(world, track=track), Stage.OPERATING, world)
    moves = StageChange.objects.filter(project=project).values_list("was", "now")
    path = [str(stage) for stage in PATHS[track]]
    assert list(moves) == list(zip(["", *path], path, strict=False))
    facts = {f.kind: f for f in Fact.objects.standing().filter(subject=project.subject)}
    assert set(facts) == set(path[1:])
    assert {kind: f.amount_cny for kind, f in facts.items() if f.amount_cny} == (
        {"signed": Decimal("1000000.00")} if track is Track.INVESTMENT else {}
    )
    assert {(s.unit_id, s.basis_points) for f in facts.values() for s in f.shares.all()} == {(world.unit.pk, 10_000)}
    refused("no_gate", gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=clock.today())


def test_a_fact_keeps_what_held_when_it_was_recognised(world: County, project: Project) -> None:
    fact = recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    acts.run(
        people.hand_over,
        by=world[Role.PROJECT_OFFICE],
        project_id=project.pk,
        role=Duty.LEADER,
        member_id=None,
        note="分工调整",
    )
    fact.refresh_from_db()
    assert fact.leader_id == world[Role.COUNTY_LEADER].member_id
    assert (fact.unit_id, fact.industry_id) == (world.unit.pk, project.industry_id)
    assert (fact.recognised_by_id, fact.recognised_unit_id) == (
        world[Role.PROJECT_OFFICE].member_id, world[Role.PROJECT_OFFICE].member.unit_id,
    )  # fmt: skip


def test_the_day_of_recognition_decides_the_year(world: County) -> None:
    with clock.standing_at(datetime(2025, 12, 20, 9, tzinfo=SHANGHAI)):
        project = make_project(world)
        asked = ask(project, world.officer)
    with clock.standing_at(datetime(2026, 1, 1, 0, 5, tzinfo=SHANGHAI)):
        fact = recognise(asked, world[Role.PROJECT_OFFICE])
    assert (fact.happened_on, fact.recognised_on, fact.year) == (date(2025, 12, 20), date(2026, 1, 1), 2026)


# Asking -------------------------------------------------------------------------------------------------------------


def test_ask_refusals_and_then_it_works(world: County, project: Project) -> None:
    today = clock.today()
    call: dict[str, Any] = {"project_id": project.pk, "happened_on": today}
    refused("gate_incomplete", gates.gate_ask, by=world.officer, **call)
    ready(project, world.officer)
    for role in (
        Role.COUNTY_LEADER,
        Role.GOVERNMENT_OFFICE,
        Role.STATISTICS_BUREAU,
        Role.SUPERVISOR,
        Role.DISCIPLINE_OFFICE,
        Role.CONVENOR,
    ):
        refused("forbidden", gates.gate_ask, by=world[role], **call)
    for role in (Role.BANK_CLERK, Role.ENTERPRISE_CLERK, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        with pytest.raises(Project.DoesNotExist):
            acts.run(gates.gate_ask, by=world[role], **call)
    refused(
        "happened_in_future",
        gates.gate_ask,
        by=world.officer,
        field="happened_on",
        **call | {"happened_on": today + timedelta(days=1)},
    )
    refused(
        "happened_before_stage",
        gates.gate_ask,
        by=world.officer,
        field="happened_on",
        **call | {"happened_on": today - timedelta(days=1)},
    )
    unit = world.unit.pk
    for shares in (
        {unit: 9_999},
        {unit: 10_001},
        {unit: 0, world.township.pk: 10_000},
        {unit: -1, world.township.pk: 10_001},
    ):
        refused("shares_not_whole", gates.gate_ask, by=world.officer, field="shares", **call, shares=shares)
    refused(
        "share_unit_unknown",
        gates.gate_ask,
        by=world.officer,
        field="shares",
        **call,
        shares={unit: 5_000, 10**9: 5_000},
    )
    made = acts.run(gates.gate_ask, by=world.officer, **call, shares={unit: 6_000, world.township.pk: 4_000})
    assert dict(made.shares.values_list("unit_id", "basis_points")) == {unit: 6_000, world.township.pk: 4_000}
    assert {line.evidence.kind for line in made.lines.all()} == {"proposal"}
    refused("asked_already", gates.gate_ask, by=world.officer, **call)


def test_what_is_missing_is_named_and_each_item_taken_away_refuses_again(world: County) -> None:
    project = bring_to(make_project(world), Stage.NEGOTIATING, world)
    ready(project, world.officer)
    state = gate_state(fresh(project))
    assert state is not None
    assert not state.missing
    assert {item.code for item in state.items} == {
        "investor", "total_investment_cny", "committed_finish_on", "principal", "leader", "contract",
        "fair_competition_review", "legal_review",
    }  # fmt: skip
    for item in [item for item in state.items if item.evidence is not None]:
        assert item.evidence is not None
        acts.run(evidence.evidence_withdraw, by=world.officer, evidence_id=item.evidence.pk, reason="附错了")
        said = refused(
            "gate_incomplete", gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=clock.today()
        )
        assert item.label in str(said.message)
        give(project, item.code, world.officer)
    changes: dict[str, Any] = {"investor": None, "total_investment_cny": None}
    acts.run(project_edit, by=world.officer, project_id=project.pk, seen=fresh(project).version, changes=changes)
    said = refused(
        "gate_incomplete", gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=clock.today()
    )
    assert "投资方" in str(said.message)
    assert "总投资" in str(said.message)


def test_a_county_may_narrow_what_proves_a_start(world: County) -> None:
    project = bring_to(make_project(world), Stage.PREPARING, world)
    ready(project, world.officer)  # foundation_photo, the first of the option
    day = clock.today()
    rows = [{**row, "accepted": row["kind"] == "piling_photo"} for row in table_of("gate_options").defaults()]
    version = put_in_force(world, "gate_options", rows, valid_from=day + timedelta(days=1))
    assert not gate_state(fresh(project)).missing  # type: ignore[union-attr]
    with clock.standing_at(clock.now() + timedelta(days=1)):
        said = refused("gate_incomplete", gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=day)
        assert "打桩照片" in str(said.message)
        give(project, "piling_photo", world.officer)
        acts.run(gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=day)
    assert version.valid_from == day + timedelta(days=1)


def test_a_suspended_project_neither_asks_nor_is_recognised(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    asked = ask(project, world.officer)
    voucher = give(project, "bank_slip", world.officer)
    suspend(project, world)
    refused("suspended", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)
    refused("suspended", gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[voucher.pk])
    acts.run(gates.ask_withdraw, by=world.officer, ask_id=asked.pk, seen=1)
    refused("suspended", gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=clock.today())
    acts.run(
        commitments.suspension_resume,
        by=world.officer,
        project_id=project.pk,
        seen=fresh(project).version,
        note="重组完成，恢复推进建设",
    )
    recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])


# Recognising --------------------------------------------------------------------------------------------------------


def share_with_office(project: Project, world: County) -> Ask:
    ready(project, world.officer)
    shares = {world.unit.pk: 5_000, world[Role.PROJECT_OFFICE].member.unit_id: 5_000}
    return acts.run(gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=clock.today(), shares=shares)


def say(world: County, asked: Ask, by: Role) -> str:
    return str(refused("forbidden", gates.ask_recognise, by=world[by], ask_id=asked.pk, seen=asked.version).message)


def test_each_fault_of_a_recogniser_is_named(world: County, project: Project) -> None:
    office = world[Role.PROJECT_OFFICE].member.unit
    former, inspector = (
        make_person(office, "前专人", Role.PROJECT_OFFICE),
        make_person(office, "前督办", Role.PROJECT_OFFICE),
    )
    own = make_person(world.unit, "自己人", Role.PROJECT_OFFICE)  # whoever gave him the role
    asked = ask(project, world.officer)
    hand_over: dict[str, Any] = {"by": world[Role.PROJECT_OFFICE], "project_id": project.pk, "note": "轮岗"}
    acts.run(people.hand_over, **hand_over, role=Duty.OFFICER, member_id=former.member_id)
    acts.run(people.hand_over, **hand_over, role=Duty.OFFICER, member_id=other_member(world).pk)
    acts.run(people.hand_over, **hand_over, role=Duty.SUPERVISOR, member_id=inspector.member_id)
    acts.run(people.hand_over, **hand_over, role=Duty.SUPERVISOR, member_id=None)
    for user, words in ((former, "专人"), (inspector, "督办人"), (own, "责任单位")):
        found = refused("forbidden", gates.ask_recognise, by=user, ask_id=asked.pk, seen=1)
        assert words in str(found.message)
    assert "项目办" in say(world, asked, Role.UNIT_HEAD)


def test_what_the_office_asked_or_shares_in_is_for_the_statistics_bureau(world: County, project: Project) -> None:
    asked = share_with_office(project, world)
    text = say(world, asked, Role.PROJECT_OFFICE)
    assert "份额" in text
    assert "统计局" in text
    fact = acts.run(gates.ask_recognise, by=world[Role.STATISTICS_BUREAU], ask_id=asked.pk, seen=1)
    assert fact.recognised_unit_id == world[Role.STATISTICS_BUREAU].member.unit_id
    second = make_project(world)
    ready(second, world.officer)
    by_office = acts.run(gates.gate_ask, by=world[Role.PROJECT_OFFICE], project_id=second.pk, happened_on=clock.today())
    assert "申报单位" in say(world, by_office, Role.PROJECT_OFFICE)
    assert [row.number for row in recognisers(Around(second), asker_unit_id=by_office.asked_unit_id)] == [
        world[Role.STATISTICS_BUREAU].member_id
    ]
    acts.run(gates.ask_recognise, by=world[Role.STATISTICS_BUREAU], ask_id=by_office.pk, seen=1)


def test_the_project_offices_own_unit_is_recognised_by_the_statistics_bureau_alone(world: County) -> None:
    office = world[Role.PROJECT_OFFICE]
    own = make_person(office.member.unit, "本局专人", Role.UNIT_OFFICER)
    project = make_project(world, unit=office.member.unit, officer=own.member)
    asked = ask(project, own)
    text = say(world, asked, Role.PROJECT_OFFICE)
    assert "责任单位" in text
    assert "统计局" in text
    acts.run(gates.ask_recognise, by=world[Role.STATISTICS_BUREAU], ask_id=asked.pk, seen=1)
    ordinary = ask(make_project(world), world.officer)
    assert "统计局只认定" in say(world, ordinary, Role.STATISTICS_BUREAU)
    assert [row.number for row in recognisers(Around(ordinary.project), asker_unit_id=ordinary.asked_unit_id)] == [
        office.member_id
    ]


def test_the_statistics_bureau_does_not_recognise_its_own(world: County) -> None:
    bureau = world[Role.STATISTICS_BUREAU].member.unit
    own = make_person(bureau, "统计专人", Role.UNIT_OFFICER)
    asked = ask(make_project(world, unit=bureau, officer=own.member), own)
    say(world, asked, Role.STATISTICS_BUREAU)
    recognise(asked, world[Role.PROJECT_OFFICE])


def test_an_ask_is_decided_once_and_by_what_its_reader_saw(world: County, project: Project) -> None:
    asked = ask(project, world.officer)
    refused("stale_version", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=7)
    recognise(asked, world[Role.PROJECT_OFFICE])
    for service in (gates.ask_recognise, gates.ask_withdraw):
        refused("decided_already", service, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=2)
    refused("decided_already", gates.ask_return, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=2, reason="晚了")


def test_returned_with_the_reason_then_withdrawn_then_asked_anew(world: County, project: Project) -> None:
    asked = ask(project, world.officer)
    back: dict[str, Any] = {"ask_id": asked.pk, "seen": 1}
    refused("forbidden", gates.ask_return, by=world.officer, reason="不行", **back)
    refused("reason_missing", gates.ask_return, by=world[Role.PROJECT_OFFICE], reason="  ", field="reason", **back)
    acts.run(gates.ask_return, by=world[Role.PROJECT_OFFICE], reason="建议书没有盖章", **back)
    again = ask(project, world.officer)
    refused("forbidden", gates.ask_withdraw, by=world[Role.PROJECT_OFFICE], ask_id=again.pk, seen=1)
    acts.run(gates.ask_withdraw, by=world[Role.UNIT_HEAD], ask_id=again.pk, seen=1)
    recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    assert sorted(Ask.objects.values_list("state", flat=True)) == ["recognised", "returned", "withdrawn"]


def test_nothing_is_recognised_on_withdrawn_evidence(world: County) -> None:
    """Another piece of the same kind does not stand in for what was asked with: the sum would be the withdrawn one's."""
    project = bring_to(make_project(world), Stage.NEGOTIATING, world)
    give(project, "contract", world.officer, amount_cny=Decimal("90000000"))
    asked = ask(project, world.officer)
    contract = asked.lines.get(evidence__kind="contract").evidence
    acts.run(evidence.evidence_withdraw, by=world.officer, evidence_id=contract.pk, reason="金额写错")
    give(project, "contract", world.officer, amount_cny=Decimal("9000000"))
    refused("gate_incomplete", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)
    acts.run(gates.ask_return, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1, reason="请用新合同重报")
    assert recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE]).amount_cny == Decimal("9000000")


def test_a_field_cleared_after_the_ask_refuses(world: County, project: Project) -> None:
    asked = ask(project, world.officer)
    acts.run(project_edit, by=world.officer, project_id=project.pk, seen=1, changes={"summary": ""})
    refused("gate_incomplete", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)


def test_an_ask_does_not_outlive_the_stage_it_was_made_in(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    asked = ask(project, world.officer)
    sign = Fact.objects.get(subject=project.subject, gate="sign")
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=sign.pk, reason="合同未备案")
    refused("gate_moved", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)


# A later opening stage 期初 -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("stage", [Stage.NEGOTIATING, Stage.SIGNED, Stage.BUILDING, Stage.OPERATING])
def test_an_opening_stage_is_proved_without_moving(world: County, stage: Stage) -> None:
    project = make_project(world, opening_stage=stage)
    assert project.unproved
    assert not Fact.objects.exists()
    on = clock.today() - timedelta(days=300)
    asked = ask(project, world.officer, on)
    assert asked.proves_opening
    recognise(asked, world[Role.PROJECT_OFFICE])
    project = fresh(project)
    assert (project.stage, project.stage_on, project.opening_proved_on) == (stage, on, clock.today())
    assert not project.unproved
    assert Fact.objects.standing().get().kind == stage
    assert StageChange.objects.filter(project=project).count() == 1


def test_nothing_passes_before_the_opening_is_proved_and_days_run_on_after_it(world: County) -> None:
    project = make_project(world, opening_stage=Stage.BUILDING)
    state = gate_state(project)
    assert state is not None
    assert (state.gate.code, state.proves_opening) == ("start", True)
    on = clock.today() - timedelta(days=300)
    recognise(ask(project, world.officer, on), world[Role.PROJECT_OFFICE])
    ready(project, world.officer)
    refused(
        "happened_before_stage",
        gates.gate_ask,
        by=world.officer,
        project_id=project.pk,
        happened_on=on - timedelta(days=1),
    )
    recognise(ask(project, world.officer, on + timedelta(days=200)), world[Role.PROJECT_OFFICE])
    assert fresh(project).stage == Stage.COMPLETED


def test_a_proof_of_the_opening_revoked_leaves_it_unproved_before_the_gate(world: County) -> None:
    project = make_project(world, opening_stage=Stage.BUILDING)
    fact = recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="照片是别处的")
    project = fresh(project)
    assert (project.stage, project.opening_proved_on, project.unproved) == (Stage.PREPARING, None, True)
    recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    project = fresh(project)
    assert (project.stage, project.unproved) == (Stage.BUILDING, False)


# Revoking -----------------------------------------------------------------------------------------------------------


def test_revocation_refusals_and_then_the_project_stands_before_the_gate(world: County) -> None:
    project = bring_to(make_project(world), Stage.BUILDING, world)
    facts = {f.gate: f for f in Fact.objects.standing().filter(subject=project.subject)}
    call: dict[str, Any] = {"fact_id": facts["sign"].pk}
    office = world[Role.PROJECT_OFFICE]
    for role in (Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.UNIT_HEAD):
        refused("forbidden", gates.fact_revoke, by=world[role], reason="虚报", **call)
    own = make_person(world.unit, "自己人", Role.PROJECT_OFFICE)
    refused("forbidden", gates.fact_revoke, by=own, reason="虚报", **call)
    said = refused("later_gates", gates.fact_revoke, by=office, reason="合同未备案", field="with_later", **call)
    assert "进入前期" in str(said.message)
    assert "开工" in str(said.message)
    refused("reason_missing", gates.fact_revoke, by=office, reason=" ", field="reason", **call, with_later=True)
    gone = acts.run(gates.fact_revoke, by=office, reason="合同未备案", **call, with_later=True)
    assert {fact.gate for fact in gone} == {"sign", "prepare", "start"}
    project = fresh(project)
    assert project.stage == Stage.NEGOTIATING
    assert {f.gate for f in Fact.objects.standing().filter(subject=project.subject)} == {"negotiate"}
    last = StageChange.objects.filter(project=project).last()
    assert last is not None
    assert (last.was, last.now, last.reason) == ("building", "negotiating", "合同未备案")
    with pytest.raises(Fact.DoesNotExist):
        acts.run(gates.fact_revoke, by=office, reason="再来一次", **call)


def test_the_last_gate_is_revoked_without_asking_for_more(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    fact = Fact.objects.standing().get(subject=project.subject, gate="sign")
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="意向书当合同")
    assert fresh(project).stage == Stage.NEGOTIATING


def test_a_gate_revoked_may_be_asked_again_with_the_day_it_truly_happened(world: County) -> None:
    with clock.standing_at(datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)):
        project = bring_to(make_project(world), Stage.SIGNED, world)
    with clock.standing_at(datetime(2026, 5, 2, 9, tzinfo=SHANGHAI)):
        fact = Fact.objects.standing().get(subject=project.subject, gate="sign")
        acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="合同未备案，补办后重报")
        recognise(ask(project, world.officer, date(2026, 3, 2)), world[Role.PROJECT_OFFICE])
        assert fresh(project).stage_on == date(2026, 3, 2)


def test_money_revoked_leaves_the_stage_and_the_sum_goes(world: County) -> None:
    project = bring_to(make_project(world), Stage.PREPARING, world)
    fact = money(project, world, give(project, "bank_slip", world.officer).pk)
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="过账资金")
    project = Project.objects.select_related("figures").get(pk=project.pk)
    assert (project.stage, project.figures.money_arrived_cny) == (Stage.PREPARING, Decimal(0))


def test_nothing_is_recognised_or_revoked_once_a_project_ended(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    fact = Fact.objects.standing().get(subject=project.subject, gate="sign")
    give_up(project, world)
    refused("ended", gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="虚报")
    refused("forbidden", gates.gate_ask, by=world.officer, project_id=project.pk, happened_on=clock.today())


def test_a_void_project_is_given_no_fact(world: County) -> None:
    """An ask that waits keeps the row from being voided; forced past that, it is refused all the same."""
    project = make_project(world, opening_stage=Stage.BUILDING)
    slip = give(project, "bank_slip", world.officer)
    asked = acts.run(gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[slip.pk])
    request = acts.run(ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="重复录入")
    call: dict[str, Any] = {"by": world[Role.GOVERNMENT_OFFICE], "request_id": request.pk, "seen": 1, "approve": True}
    refused("asks_open", ends.void_decide, **call)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE projects_voidrequest SET state = 'approved', decided_by_id = %s WHERE id = %s",
                       [world[Role.GOVERNMENT_OFFICE].member_id, request.pk])  # fmt: skip
        cursor.execute("UPDATE projects_project SET void = TRUE WHERE id = %s", [project.pk])
    refused("closed", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)
    acts.run(gates.ask_withdraw, by=world.officer, ask_id=asked.pk, seen=1)


def give_up(project: Project, world: County) -> None:
    lesson = acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, cause="签约前没有查清投资方的负债",
                      otherwise="签约前要查征信和涉诉情况", applies_to="所有招商项目")  # fmt: skip
    acts.run(ends.lesson_decide, by=world[Role.PROJECT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, kind=EndKind.GIVEN_UP, story=LONG_STORY,
                      causes=[("investor", "investor")], left_behind="无遗留事项", chance="none")  # fmt: skip
    minutes = give(project, "minutes", world[Role.PROJECT_OFFICE])
    told = ends.Explanation("县政府第 12 次常务会议", clock.today(), "〔2026〕12号", minutes)
    acts.run(ends.ending_accept, by=world[Role.GOVERNMENT_OFFICE], ending_id=ending.pk, seen=1, explanation=told)


# Counting queries ---------------------------------------------------------------------------------------------------


def queries(what: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as caught:
        what()
    return len(caught)


def test_gate_state_asks_the_same_number_of_queries_however_much_there_is(world: County) -> None:
    project = bring_to(make_project(world), Stage.PREPARING, world)
    ask(project, world.officer)
    few = queries(lambda: gate_state(fresh(project)))
    for _ in range(12):
        give(project, "foundation_photo", world.officer)
        give(project, "other", world.officer)
    assert queries(lambda: gate_state(fresh(project))) == few
    assert few <= 5


def test_asks_of_another_county_do_not_exist(world: County) -> None:
    from luodi.orgs.tests.factories import make_county

    abroad = make_county("139922", "邻县", "LX")
    unit = make_unit("X01", "邻县发改局", region=abroad)
    stranger = make_person(unit, "邻县项目办", Role.PROJECT_OFFICE)
    asked = ask(make_project(world), world.officer)
    with pytest.raises(Ask.DoesNotExist):
        acts.run(gates.ask_recognise, by=stranger, ask_id=asked.pk, seen=1)
    assert Unit.objects.filter(region=abroad).exists()
    make_member(unit)
    with pytest.raises(DomainError):
        make_project(world, by=stranger)
