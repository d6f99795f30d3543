from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from luodi.kernel import acts, clock
from luodi.orgs.models import Industry
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_county, make_person, make_unit
from luodi.projects.models import Ending, Lesson, Project, StageChange, Suspension, VoidRequest
from luodi.projects.rules import EndKind, Stage
from luodi.projects.rules import Role as Duty
from luodi.projects.selectors import gate_state, lessons_that_fit
from luodi.projects.services import commitments, ends, gates, people
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import County, ask, bring_to, give, make_project, make_world, ready, recognise
from luodi.projects.tests.refusals import refused

pytestmark = pytest.mark.django_db

LESSON: dict[str, Any] = {
    "cause": "签约前没有查清投资方的负债",
    "otherwise": "签约前要查征信和涉诉情况",
    "applies_to": "所有招商项目",
}
GIVEN_UP: dict[str, Any] = {
    "kind": EndKind.GIVEN_UP, "story": "投资方资金链断裂，重组未成，书面函告不再投资。", "causes": [("investor", "investor")],
    "left_behind": "无遗留事项", "chance": "none",
}  # fmt: skip
DONE: dict[str, Any] = {"kind": EndKind.DONE, "story": "按期建成并投产，达到协议约定的产值和税收，运行平稳。"}


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def fresh(project: Project) -> Project:
    return Project.objects.get(pk=project.pk)


def learn(project: Project, world: County, **changes: str) -> Lesson:
    """A lesson that another unit accepted."""
    lesson = acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, **LESSON | changes)
    return acts.run(ends.lesson_decide, by=world[Role.PROJECT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)


def explanation(project: Project, world: County) -> ends.Explanation:
    minutes = give(project, "minutes", world[Role.PROJECT_OFFICE])
    return ends.Explanation("县政府第 12 次常务会议", clock.today(), "〔2026〕12号", minutes)


# The committed finish -----------------------------------------------------------------------------------------------


def test_the_committed_finish_moves_only_by_a_request_that_another_decides(world: County, project: Project) -> None:
    was = project.committed_finish_on
    assert was is not None
    wanted = was + timedelta(days=60)
    refused(
        "commitment_by_request",
        project_edit,
        by=world.officer,
        project_id=project.pk,
        seen=1,
        changes={"committed_finish_on": wanted},
    )
    refused(
        "commitment_by_request",
        project_edit,
        by=world.officer,
        project_id=project.pk,
        seen=1,
        changes={"committed_finish_on": None},
    )
    call: dict[str, Any] = {"project_id": project.pk, "wanted": wanted}
    reason = "主要设备海运推迟两个月，已加班赶工"
    refused("forbidden", commitments.commitment_ask, by=world[Role.GOVERNMENT_OFFICE], reason=reason, **call)
    refused("same_date", commitments.commitment_ask, by=world.officer, reason=reason, **call | {"wanted": was})
    refused(
        "wanted_in_past",
        commitments.commitment_ask,
        by=world.officer,
        reason=reason,
        **call | {"wanted": clock.today() - timedelta(days=1)},
    )
    refused("reason_short", commitments.commitment_ask, by=world.officer, reason="来不及", field="reason", **call)
    change = acts.run(commitments.commitment_ask, by=world.officer, reason=reason, **call)
    refused("constraint.commitment_one_open", commitments.commitment_ask, by=world.officer, reason=reason, **call)
    assert fresh(project).committed_finish_on == was
    decide: dict[str, Any] = {"change_id": change.pk, "seen": 1, "agree": True}
    for role in (Role.UNIT_HEAD, Role.UNIT_OFFICER, Role.STATISTICS_BUREAU, Role.SUPERVISOR):
        refused("forbidden", commitments.commitment_decide, by=world[role], **decide)
    refused(
        "answer_missing",
        commitments.commitment_decide,
        by=world[Role.PROJECT_OFFICE],
        field="answer",
        **decide | {"agree": False},
    )
    refused("stale_version", commitments.commitment_decide, by=world[Role.PROJECT_OFFICE], **decide | {"seen": 5})
    acts.run(commitments.commitment_decide, by=world[Role.PROJECT_OFFICE], **decide)
    assert fresh(project).committed_finish_on == wanted
    refused("decided_already", commitments.commitment_decide, by=world[Role.GOVERNMENT_OFFICE], **decide | {"seen": 2})


def test_who_asks_does_not_decide_nor_does_anyone_of_his_unit(world: County, project: Project) -> None:
    office = world[Role.PROJECT_OFFICE]
    change = acts.run(commitments.commitment_ask, by=office, project_id=project.pk, wanted=clock.today() + timedelta(days=500),
                      reason="主要设备海运推迟两个月，已加班赶工")  # fmt: skip
    colleague = make_person(office.member.unit, "同事", Role.PROJECT_OFFICE)
    for user in (office, colleague):
        refused("forbidden", commitments.commitment_decide, by=user, change_id=change.pk, seen=1, agree=True)
    acts.run(
        commitments.commitment_decide,
        by=world[Role.COUNTY_LEADER],
        change_id=change.pk,
        seen=1,
        agree=False,
        answer="按原计划",
    )
    assert fresh(project).committed_finish_on == change.was


def test_without_a_commitment_there_is_nothing_to_move(world: County) -> None:
    project = make_project(world, committed_finish_on=None)
    refused("no_commitment", commitments.commitment_ask, by=world.officer, project_id=project.pk,
            wanted=clock.today(), reason="主要设备海运推迟两个月")  # fmt: skip
    acts.run(
        project_edit, by=world.officer, project_id=project.pk, seen=1, changes={"committed_finish_on": clock.today()}
    )


# Suspension ---------------------------------------------------------------------------------------------------------


def test_suspension_is_asked_by_the_principal_and_agreed_by_the_leader(world: County, project: Project) -> None:
    head, leader = world[Role.UNIT_HEAD], world[Role.COUNTY_LEADER]
    call: dict[str, Any] = {"project_id": project.pk, "look_again_on": clock.today() + timedelta(days=30)}
    reason = "投资方资金链断裂，等其重组"
    for user in (world.officer, world[Role.PROJECT_OFFICE], leader):
        refused("forbidden", commitments.suspension_ask, by=user, reason=reason, **call)
    refused(
        "look_again_past", commitments.suspension_ask, by=head, reason=reason, **call | {"look_again_on": clock.today()}
    )
    far = {"look_again_on": clock.today() + timedelta(days=367)}
    refused("look_again_far", commitments.suspension_ask, by=head, reason=reason, **call | far)
    refused("reason_short", commitments.suspension_ask, by=head, reason="缺钱", **call)
    asked = acts.run(commitments.suspension_ask, by=head, reason=reason, **call)
    refused("constraint.suspension_one_at_a_time", commitments.suspension_ask, by=head, reason=reason, **call)
    decide: dict[str, Any] = {"suspension_id": asked.pk, "seen": 1, "agree": True}
    second = make_person(leader.member.unit, "别的县领导", Role.COUNTY_LEADER)
    for user in (second, world[Role.PROJECT_OFFICE], head):
        refused("forbidden", commitments.suspension_decide, by=user, **decide)
    refused("answer_missing", commitments.suspension_decide, by=leader, field="answer", **decide | {"agree": False})
    acts.run(commitments.suspension_decide, by=leader, **decide)
    assert fresh(project).suspended
    refused("decided_already", commitments.suspension_decide, by=leader, **decide | {"seen": 2})
    refused("suspended_already", commitments.suspension_ask, by=head, reason=reason, **call)
    resume: dict[str, Any] = {
        "project_id": project.pk,
        "seen": fresh(project).version,
        "note": "重组完成，恢复推进建设",
    }
    refused("forbidden", commitments.suspension_resume, by=world[Role.STATISTICS_BUREAU], **resume)
    refused("reason_short", commitments.suspension_resume, by=world.officer, field="note", **resume | {"note": "好了"})
    acts.run(commitments.suspension_resume, by=world.officer, **resume)
    assert not fresh(project).suspended
    refused("not_suspended", commitments.suspension_resume, by=world.officer, **resume)
    assert Suspension.objects.get().state == "resumed"


def test_a_leader_who_is_also_principal_does_not_agree_with_himself(world: County, project: Project) -> None:
    leader = world[Role.COUNTY_LEADER]
    acts.run(
        people.hand_over,
        by=world[Role.PROJECT_OFFICE],
        project_id=project.pk,
        role=Duty.PRINCIPAL,
        member_id=leader.member_id,
        note="县领导领办",
    )
    asked = acts.run(commitments.suspension_ask, by=leader, project_id=project.pk, reason="投资方资金链断裂，等其重组",
                     look_again_on=clock.today() + timedelta(days=30))  # fmt: skip
    refused("forbidden", commitments.suspension_decide, by=leader, suspension_id=asked.pk, seen=1, agree=True)


# Lessons ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", ["无", "无。", "没 有", "暂无", "略", "同上", "无经验教训", "ＮＯＮＥ", "——", "。。。。。。。。。。。。"]
)
def test_nothing_is_not_accepted_as_a_lesson(world: County, project: Project, word: str) -> None:
    for field in ("cause", "otherwise", "applies_to"):
        refused(
            "lesson_empty",
            ends.lesson_propose,
            by=world.officer,
            project_id=project.pk,
            field=field,
            **LESSON | {field: word},
        )


def test_lesson_refusals_and_then_another_unit_accepts_it(world: County, project: Project) -> None:
    refused(
        "lesson_short",
        ends.lesson_propose,
        by=world.officer,
        project_id=project.pk,
        field="otherwise",
        **LESSON | {"otherwise": "要早办"},
    )
    refused("forbidden", ends.lesson_propose, by=world[Role.GOVERNMENT_OFFICE], project_id=project.pk, **LESSON)
    lesson = acts.run(ends.lesson_propose, by=world[Role.INVESTMENT_BUREAU], project_id=project.pk, **LESSON)
    decide: dict[str, Any] = {"lesson_id": lesson.pk, "seen": 1, "accept": True}
    bureau_head = make_person(world[Role.INVESTMENT_BUREAU].member.unit, "招商局长", Role.UNIT_HEAD)
    with pytest.raises(Lesson.DoesNotExist):  # he sees only his own unit's projects
        acts.run(ends.lesson_decide, by=bureau_head, **decide)
    for role in (Role.UNIT_HEAD, Role.UNIT_OFFICER, Role.COUNTY_LEADER, Role.INVESTMENT_BUREAU):
        refused("forbidden", ends.lesson_decide, by=world[role], **decide)
    refused(
        "answer_missing",
        ends.lesson_decide,
        by=world[Role.GOVERNMENT_OFFICE],
        field="answer",
        **decide | {"accept": False},
    )
    refused("stale_version", ends.lesson_decide, by=world[Role.GOVERNMENT_OFFICE], **decide | {"seen": 3})
    acts.run(ends.lesson_decide, by=world[Role.GOVERNMENT_OFFICE], **decide)
    refused("decided_already", ends.lesson_decide, by=world[Role.PROJECT_OFFICE], **decide | {"seen": 2})


def test_the_office_that_wrote_a_lesson_does_not_accept_it(world: County, project: Project) -> None:
    lesson = acts.run(ends.lesson_propose, by=world[Role.PROJECT_OFFICE], project_id=project.pk, **LESSON)
    refused("forbidden", ends.lesson_decide, by=world[Role.PROJECT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)


def test_a_similar_new_project_is_shown_what_was_learned_and_answers_it(world: County) -> None:
    old = make_project(world)
    lesson = learn(old, world)
    unaccepted = acts.run(ends.lesson_propose, by=world.officer, project_id=old.pk, **LESSON)
    same_kind = make_project(world, industry=Industry.objects.get(code="01"))
    unlike = make_project(world, industry=Industry.objects.get(code="01"), kind=None)
    assert lessons_that_fit(same_kind) == [lesson]
    assert lessons_that_fit(unlike) == lessons_that_fit(old) == []
    new = make_project(world, kind=None)
    assert lessons_that_fit(new) == [lesson]
    ready(new, world.officer)
    assert [item.sort for item in gate_state(fresh(new)).missing] == ["lessons"]  # type: ignore[union-attr]
    refused("gate_incomplete", gates.gate_ask, by=world.officer, project_id=new.pk, happened_on=clock.today())
    answer: dict[str, Any] = {"project_id": new.pk, "lesson_id": lesson.pk}
    refused("forbidden", ends.lesson_answer, by=world[Role.GOVERNMENT_OFFICE], **answer, adopted=True)
    refused("why_missing", ends.lesson_answer, by=world.officer, field="why", **answer, adopted=False)
    for other in (unaccepted.pk, 10**9):
        with pytest.raises(Lesson.DoesNotExist):
            acts.run(ends.lesson_answer, by=world.officer, project_id=new.pk, lesson_id=other, adopted=True)
    with pytest.raises(Lesson.DoesNotExist):
        acts.run(ends.lesson_answer, by=world.officer, project_id=old.pk, lesson_id=lesson.pk, adopted=True)
    acts.run(ends.lesson_answer, by=world.officer, **answer, adopted=False, why="政府投资，没有投资方")
    refused("answered_already", ends.lesson_answer, by=world.officer, **answer, adopted=True)
    recognise(ask(new, world.officer), world[Role.PROJECT_OFFICE])


def test_lessons_learned_later_do_not_stop_a_project_that_was_there_before(world: County) -> None:
    there = make_project(world)
    learn(make_project(world), world)
    assert lessons_that_fit(there) == []
    recognise(ask(there, world.officer), world[Role.PROJECT_OFFICE])


# Ending -------------------------------------------------------------------------------------------------------------


def test_done_only_from_operating_and_only_with_lessons(world: County) -> None:
    project = bring_to(make_project(world), Stage.COMPLETED, world)
    refused("not_operating", ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    bring_to(project, Stage.OPERATING, world)
    refused(
        "story_short",
        ends.ending_propose,
        by=world.officer,
        project_id=project.pk,
        field="story",
        **DONE | {"story": "建成了"},
    )
    refused("no_lesson", ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    refused("forbidden", ends.ending_propose, by=world[Role.GOVERNMENT_OFFICE], project_id=project.pk, **DONE)
    lesson = acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, **LESSON)
    slip = give(project, "bank_slip", world.officer)
    money = acts.run(gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[slip.pk])
    refused("asks_open", ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    acts.run(gates.ask_withdraw, by=world.officer, ask_id=money.pk, seen=1)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    refused("constraint.ending_one_open", ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    accept: dict[str, Any] = {"ending_id": ending.pk, "seen": 1}
    refused("lesson_not_accepted", ends.ending_accept, by=world[Role.PROJECT_OFFICE], **accept)
    acts.run(ends.lesson_decide, by=world[Role.GOVERNMENT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)
    for role in (Role.UNIT_HEAD, Role.UNIT_OFFICER, Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE):
        refused("forbidden", ends.ending_accept, by=world[role], **accept)
    refused("stale_version", ends.ending_accept, by=world[Role.PROJECT_OFFICE], **accept | {"seen": 9})
    money = acts.run(gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[slip.pk])
    refused("asks_open", ends.ending_accept, by=world[Role.PROJECT_OFFICE], **accept)
    recognise(money, world[Role.PROJECT_OFFICE])
    acts.run(ends.ending_accept, by=world[Role.PROJECT_OFFICE], **accept)
    assert (fresh(project).stage, fresh(project).end_kind) == ("ended", "done")
    refused("decided_already", ends.ending_accept, by=world[Role.PROJECT_OFFICE], **accept | {"seen": 2})
    refused("forbidden", ends.lesson_propose, by=world.officer, project_id=project.pk, **LESSON)


def test_a_declared_operation_is_no_success_before_it_is_proved(world: County) -> None:
    project = make_project(world, opening_stage=Stage.OPERATING)
    learn(project, world)
    refused("opening_unproved", ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)


def test_a_success_whose_last_gate_was_revoked_meanwhile_is_none(world: County) -> None:
    project = bring_to(make_project(world), Stage.OPERATING, world)
    learn(project, world)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **DONE)
    fact = project.subject.facts.get(gate="operate")
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="投产证明不实")
    refused("not_operating", ends.ending_accept, by=world[Role.PROJECT_OFFICE], ending_id=ending.pk, seen=1)


def test_what_a_failure_must_tell(world: County, project: Project) -> None:
    learn(project, world)
    cases: list[tuple[str, str, dict[str, Any]]] = [
        ("no_causes", "causes", {"causes": []}),
        ("cause_unknown", "causes", {"causes": [("weather", "objective")]}),
        ("cause_unknown", "causes", {"causes": [("market", "nobody")]}),
        ("own_fault", "whose_service", {"causes": [("service", "objective")]}),
        ("cause_twice", "causes", {"causes": [("market", "objective"), ("market", "ours")]}),
        ("left_behind_missing", "left_behind", {"left_behind": " "}),
        ("chance_missing", "chance", {"chance": ""}),
        ("try_again_missing", "try_again_on", {"chance": "possible"}),
        ("try_again_missing", "try_again_on", {"chance": "likely", "try_again_on": clock.today()}),
        ("story_short", "story", {"story": "谈崩了"}),
    ]
    for code, field, changes in cases:
        refused(code, ends.ending_propose, by=world.officer, project_id=project.pk, field=field, **GIVEN_UP | changes)
    again: dict[str, Any] = {"chance": "possible", "try_again_on": clock.today() + timedelta(days=90)}
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP | again)
    assert list(ending.causes.values_list("cause", "attribution")) == [("investor", "investor")]


def test_a_failure_is_explained_to_the_government_before_it_ends(world: County, project: Project) -> None:
    learn(project, world)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)
    told = explanation(project, world)
    accept: dict[str, Any] = {"ending_id": ending.pk, "seen": 1}
    for role in (Role.PROJECT_OFFICE, Role.UNIT_HEAD, Role.COUNTY_LEADER):
        refused("forbidden", ends.ending_accept, by=world[role], explanation=told, **accept)
    office = world[Role.GOVERNMENT_OFFICE]
    refused("explanation_missing", ends.ending_accept, by=office, **accept)
    for field, value in [
        ("meeting", " "),
        ("meeting_on", None),
        ("meeting_on", clock.today() + timedelta(days=1)),
        ("minute_number", ""),
        ("minutes", None),
    ]:
        values = {name: getattr(told, name) for name in ("meeting", "meeting_on", "minute_number", "minutes")}
        wrong = ends.Explanation(**values | {field: value})
        refused("explanation_missing", ends.ending_accept, by=office, explanation=wrong, field=field, **accept)
    early = ends.Explanation(told.meeting, clock.today() - timedelta(days=1), told.minute_number, told.minutes)
    refused("meeting_before_proposal", ends.ending_accept, by=office, explanation=early, field="meeting_on", **accept)
    foreign = give(make_project(world), "minutes", world[Role.PROJECT_OFFICE])
    withdrawn = give(project, "minutes", world[Role.PROJECT_OFFICE])
    from luodi.projects.services.evidence import evidence_withdraw

    acts.run(evidence_withdraw, by=world[Role.PROJECT_OFFICE], evidence_id=withdrawn.pk, reason="传错")
    withdrawn.refresh_from_db()
    for piece in (foreign, withdrawn, give(project, "other", world[Role.PROJECT_OFFICE])):
        wrong = ends.Explanation(told.meeting, told.meeting_on, told.minute_number, piece)
        refused("explanation_missing", ends.ending_accept, by=office, explanation=wrong, field="minutes", **accept)
    acts.run(ends.ending_accept, by=office, explanation=told, **accept)
    assert fresh(project).end_kind == "given_up"
    last = StageChange.objects.filter(project=project).last()
    assert last is not None
    assert (last.was, last.now) == ("planned", "ended")


def test_an_ending_sent_back_says_why_and_may_be_proposed_again(world: County, project: Project) -> None:
    learn(project, world)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)
    office = world[Role.GOVERNMENT_OFFICE]
    refused("answer_missing", ends.ending_return, by=office, ending_id=ending.pk, seen=1, answer="", field="answer")
    refused("forbidden", ends.ending_return, by=world.officer, ending_id=ending.pk, seen=1, answer="不清楚")
    acts.run(ends.ending_return, by=office, ending_id=ending.pk, seen=1, answer="遗留的土地怎么处理没有写")
    refused("decided_already", ends.ending_return, by=office, ending_id=ending.pk, seen=2, answer="再退")
    acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)
    assert sorted(Ending.objects.values_list("state", flat=True)) == ["proposed", "returned"]


@pytest.mark.parametrize("waits", ["commitment", "suspension"])
def test_nothing_is_left_waiting_behind_an_end(world: County, project: Project, waits: str) -> None:
    learn(project, world)
    if waits == "commitment":
        acts.run(commitments.commitment_ask, by=world.officer, project_id=project.pk, wanted=clock.today() + timedelta(days=500),
                 reason="主要设备海运推迟两个月，已加班赶工")  # fmt: skip
    else:
        acts.run(commitments.suspension_ask, by=world[Role.UNIT_HEAD], project_id=project.pk, reason="投资方资金链断裂，等其重组",
                 look_again_on=clock.today() + timedelta(days=30))  # fmt: skip
    refused("asks_open", ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)


# Void ---------------------------------------------------------------------------------------------------------------


def test_void_refusals_and_then_it_leaves_every_list(world: County, project: Project) -> None:
    office, approver = world[Role.PROJECT_OFFICE], world[Role.GOVERNMENT_OFFICE]
    twin = make_project(world, name="河湾镇冷链仓（重复）")
    call: dict[str, Any] = {"project_id": twin.pk}
    for role in (Role.UNIT_HEAD, Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE):
        refused("forbidden", ends.void_ask, by=world[role], reason="录了两次", **call)
    refused("reason_missing", ends.void_ask, by=office, reason=" ", field="reason", **call)
    refused("same_as_itself", ends.void_ask, by=office, reason="录了两次", field="same_as", **call, same_as_id=twin.pk)
    refused("same_as_unknown", ends.void_ask, by=office, reason="录了两次", field="same_as", **call, same_as_id=10**9)
    asked = acts.run(ends.void_ask, by=office, reason="录了两次", **call, same_as_id=project.pk)
    refused("constraint.void_one_open", ends.void_ask, by=office, reason="录了两次", **call)
    decide: dict[str, Any] = {"request_id": asked.pk, "seen": 1, "approve": True}
    for role in (Role.PROJECT_OFFICE, Role.COUNTY_LEADER, Role.UNIT_HEAD):
        refused("forbidden", ends.void_decide, by=world[role], **decide)
    refused("answer_missing", ends.void_decide, by=approver, field="answer", **decide | {"approve": False})
    acts.run(ends.void_decide, by=approver, **decide)
    refused("decided_already", ends.void_decide, by=approver, **decide | {"seen": 2})
    assert not Project.objects.listed().filter(pk=twin.pk).exists()
    row = VoidRequest.objects.get(project=twin)
    assert (row.reason, row.decided_by_id, row.same_as_id) == ("录了两次", approver.member_id, project.pk)
    refused("void_already", ends.void_ask, by=office, reason="再来", **call)
    refused(
        "forbidden", project_edit, by=office, project_id=twin.pk, seen=fresh(twin).version, changes={"summary": "改"}
    )
    make_project(world, name="河湾镇冷链仓（重复）")  # its name is free again


def test_a_person_does_not_approve_his_own_voiding(world: County, project: Project) -> None:
    both = make_person(world[Role.GOVERNMENT_OFFICE].member.unit, "两栖人", Role.GOVERNMENT_OFFICE, Role.PROJECT_OFFICE)
    asked = acts.run(ends.void_ask, by=both, project_id=project.pk, reason="录了两次")
    refused("forbidden", ends.void_decide, by=both, request_id=asked.pk, seen=1, approve=True)


def test_what_was_ever_recognised_is_never_void(world: County, project: Project) -> None:
    asked = acts.run(ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="录了两次")
    fact = recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    refused("settled", ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=asked.pk, seen=1, approve=True)
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="建议书不实")
    refused("settled", ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=asked.pk, seen=1, approve=True)
    acts.run(
        ends.void_decide,
        by=world[Role.GOVERNMENT_OFFICE],
        request_id=asked.pk,
        seen=1,
        approve=False,
        answer="有过认定",
    )
    refused("settled", ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="录了两次")


def test_two_rows_are_not_merged_into_each_other(world: County) -> None:
    one, two = make_project(world), make_project(world)
    first = acts.run(
        ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=one.pk, reason="同一项目", same_as_id=two.pk
    )
    second = acts.run(
        ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=two.pk, reason="同一项目", same_as_id=one.pk
    )
    acts.run(ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=first.pk, seen=1, approve=True)
    refused(
        "same_as_void", ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=second.pk, seen=1, approve=True
    )
    assert Project.objects.listed().get() == two


def test_an_ended_project_is_not_voided(world: County, project: Project) -> None:
    learn(project, world)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)
    acts.run(
        ends.ending_accept,
        by=world[Role.GOVERNMENT_OFFICE],
        ending_id=ending.pk,
        seen=1,
        explanation=explanation(project, world),
    )
    refused("ended", ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="录了两次")


def test_requests_of_another_county_do_not_exist(world: County, project: Project) -> None:
    abroad = make_unit("X01", "邻县政府办", region=make_county("139922", "邻县", "LX"))
    stranger = make_person(abroad, "邻县人", Role.GOVERNMENT_OFFICE)
    asked = acts.run(ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="录了两次")
    lesson = acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, **LESSON)
    with pytest.raises(VoidRequest.DoesNotExist):
        acts.run(ends.void_decide, by=stranger, request_id=asked.pk, seen=1, approve=True)
    with pytest.raises(Lesson.DoesNotExist):
        acts.run(ends.lesson_decide, by=stranger, lesson_id=lesson.pk, seen=1, accept=True)
