"""One project from its first day to its end, by the people who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError
from luodi.orgs.rules import Role
from luodi.projects.models import Assignment, Ending, Lesson, Project, Suspension
from luodi.projects.rules import EndKind, Stage
from luodi.projects.rules import Role as Duty
from luodi.projects.selectors import answered_at_end_of
from luodi.projects.services import commitments, ends, gates, people
from luodi.projects.tests.factories import ask, bring_to, give, make_project, make_world, other_member, recognise
from luodi.subjects.models import TimelineEntry

pytestmark = pytest.mark.django_db


def test_project_goes_through_every_gate_to_an_honest_end():
    world = make_world()
    project = bring_to(make_project(world), Stage.OPERATING, world)
    lesson = acts.run(
        ends.lesson_propose,
        by=world.officer,
        project_id=project.pk,
        cause="冬季不能浇筑混凝土地坪",
        otherwise="地坪要排在十一月十五日之前",
        applies_to="有室外湿作业的厂房",
    )
    with pytest.raises(DomainError) as refused:
        acts.run(ends.lesson_decide, by=world[Role.UNIT_HEAD], lesson_id=lesson.pk, seen=lesson.version, accept=True)
    assert refused.value.code == "forbidden"
    acts.run(ends.lesson_decide, by=world[Role.GOVERNMENT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)
    ending = acts.run(
        ends.ending_propose,
        by=world.officer,
        project_id=project.pk,
        kind=EndKind.DONE,
        story="按期建成并投产，达到协议约定的产值和税收，运行平稳。",
    )
    acts.run(ends.ending_accept, by=world[Role.PROJECT_OFFICE], ending_id=ending.pk, seen=ending.version)
    project.refresh_from_db()
    assert (project.stage, project.end_kind) == ("ended", "done")


def test_unproved_opening_is_no_success():
    world = make_world()
    project = make_project(world, opening_stage=Stage.OPERATING)
    told: dict[str, Any] = {
        "cause": "冬季不能浇筑混凝土地坪",
        "otherwise": "地坪要排在十一月十五日之前",
        "applies_to": "有室外湿作业的厂房",
    }
    acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, **told)
    done: dict[str, Any] = {
        "project_id": project.pk,
        "kind": EndKind.DONE,
        "story": "按期建成并投产，达到协议约定的产值和税收，运行平稳。",
    }
    with pytest.raises(DomainError) as refused:
        acts.run(ends.ending_propose, by=world.officer, **done)
    assert refused.value.code == "opening_unproved"
    recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    acts.run(ends.ending_propose, by=world.officer, **done)


def test_recogniser_must_be_another():
    world = make_world()
    project = make_project(world)
    found = ask(project, world.officer)
    for role in (Role.UNIT_HEAD, Role.STATISTICS_BUREAU, Role.COUNTY_LEADER):
        with pytest.raises(DomainError) as refused:
            recognise(found, world[role])
        assert refused.value.code == "forbidden"
    recognise(found, world[Role.PROJECT_OFFICE])
    assert Project.objects.get(pk=project.pk).stage == Stage.NEGOTIATING


def test_revoking_sets_back_and_takes_later_gates_with_it():
    world = make_world()
    project = bring_to(make_project(world), Stage.PREPARING, world)
    fact = project.subject.facts.get(gate="sign")
    with pytest.raises(DomainError) as refused:
        acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="合同未备案")
    assert refused.value.code == "later_gates"
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="合同未备案", with_later=True)
    assert Project.objects.get(pk=project.pk).stage == Stage.NEGOTIATING
    assert project.subject.facts.filter(revoked_by=None).count() == 1


def test_handover_leaves_no_gap_and_is_found_again():
    world = make_world()
    project = make_project(world)
    lee = other_member(world)
    acts.run(
        people.hand_over,
        by=world[Role.UNIT_HEAD],
        project_id=project.pk,
        role=Duty.OFFICER,
        member_id=lee.pk,
        note="合同、图纸已交",
    )
    project.refresh_from_db()
    assert project.officer_id == lee.pk
    assert list(Assignment.objects.filter(project=project, role="officer").values_list("seq", flat=True)) == [1, 2]
    assert {a.role: a.name for a in answered_at_end_of(project.pk, clock.today())}[Duty.OFFICER] == "李二"
    assert TimelineEntry.objects.filter(subject=project.subject, verb="people.handed_over").count() == 1


def test_suspension_then_giving_up_with_its_explanation():
    world = make_world()
    project = bring_to(make_project(world), Stage.SIGNED, world)
    asked = acts.run(
        commitments.suspension_ask,
        by=world[Role.UNIT_HEAD],
        project_id=project.pk,
        reason="投资方资金链断裂，等其重组",
        look_again_on=clock.today() + timedelta(days=60),
    )
    acts.run(
        commitments.suspension_decide,
        by=world[Role.COUNTY_LEADER],
        suspension_id=asked.pk,
        seen=asked.version,
        agree=True,
    )
    assert Suspension.objects.get().state == "agreed"
    lesson = acts.run(
        ends.lesson_propose,
        by=world.officer,
        project_id=project.pk,
        cause="签约前没有查清投资方的负债",
        otherwise="签约前要查征信和涉诉情况",
        applies_to="所有招商项目",
    )
    acts.run(ends.lesson_decide, by=world[Role.PROJECT_OFFICE], lesson_id=lesson.pk, seen=lesson.version, accept=True)
    ending = acts.run(
        ends.ending_propose,
        by=world.officer,
        project_id=project.pk,
        kind=EndKind.GIVEN_UP,
        story="投资方资金链断裂，重组未成，书面函告不再投资。",
        causes=[("investor", "investor")],
        left_behind="无遗留事项",
        chance="none",
    )
    with pytest.raises(DomainError) as refused:
        acts.run(ends.ending_accept, by=world[Role.GOVERNMENT_OFFICE], ending_id=ending.pk, seen=ending.version)
    assert refused.value.code == "explanation_missing"
    minutes = give(project, "minutes", world[Role.PROJECT_OFFICE])
    told = ends.Explanation("县政府第 12 次常务会议", clock.today(), "〔2026〕12号", minutes)
    acts.run(
        ends.ending_accept, by=world[Role.GOVERNMENT_OFFICE], ending_id=ending.pk, seen=ending.version, explanation=told
    )
    project.refresh_from_db()
    assert (project.stage, project.end_kind, project.suspension_id) == ("ended", "given_up", None)
    assert Lesson.objects.get().state == Ending.objects.get().state == "accepted"
