"""How often the library and the page of a project ask the database: never more than twelve times, however much there is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.models import Project
from luodi.projects.rules import EndKind, Stage
from luodi.projects.rules import Role as Duty
from luodi.projects.selectors import lessons_that_fit
from luodi.projects.services import commitments, ends, people
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.tests.factories import (
    County,
    ask,
    bring_to,
    give,
    make_project,
    make_world,
    other_member,
    ready,
)
from luodi.projects.views.page import TABS
from luodi.subjects.services import note_add

pytestmark = pytest.mark.django_db
MOST = 12
LESSON: dict[str, Any] = {
    "cause": "签约前没有查清投资方的负债",
    "otherwise": "签约前要查征信和涉诉情况",
    "applies_to": "所有招商项目",
}
ENDING: dict[str, Any] = {"kind": EndKind.GIVEN_UP, "story": "投资方资金链断裂，重组未成，书面函告不再投资。", "causes": [("investor", "investor")],
          "left_behind": "无遗留事项", "chance": "none"}  # fmt: skip


@pytest.fixture
def world() -> County:
    return make_world()


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    client.get(reverse("project_list"))  # the first request of a session notes when it began
    return client


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def tabs(project: Project) -> Iterator[str]:
    for tab in TABS:
        yield f"{project.get_absolute_url()}?tab={tab}"


def lists(project: Project) -> list[str]:
    home = reverse("project_list")
    asked = f"{home}?stage=planned&stage=building&lamp=red&lamp=green"
    return [
        home,
        f"{home}?sort=name",
        f"{home}?sort=-total&cols=township&cols=leader&cols=principal&cols=entered",
        f"{asked}&unit={project.unit_id}",
        f"{asked}&township={project.township_id}",
        f"{home}?q=hw&due_from=2026-01-01&ended=true&unproved=true",
    ]


def crowd(world: County, count: int) -> None:
    """More projects, each with what a line of the library tells: obstacle, leader, township."""
    for number in range(count):
        project = make_project(world)
        if number % 3 == 0:
            block(world, project)


def block(world: County, project: Project) -> None:
    due = clock.today() + timedelta(days=9)
    told = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, due)
    acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)


@pytest.mark.parametrize("role", [Role.PROJECT_OFFICE, Role.COUNTY_LEADER, Role.UNIT_OFFICER, Role.BANK_CLERK])
def test_the_library_asks_no_more_for_more_rows(world: County, role: Role) -> None:
    project = make_project(world)
    client = sign_in(world.officer if role == Role.UNIT_OFFICER else world[role])
    few = {address: queries(client, address) for address in lists(project)}
    crowd(world, 12)
    assert {address: queries(client, address) for address in lists(project)} == few
    assert max(few.values()) <= MOST, few


def live_long(world: County, project: Project) -> None:
    """Obstacles, remarks, evidence, people who come and go."""
    other = other_member(world).pk
    for number in range(4):
        block(world, project)
        give(project, "other", world.officer)
        acts.run(note_add, by=world[Role.PROJECT_OFFICE], subject_id=project.subject_id, text="现场看过")
        acts.run(
            people.hand_over,
            by=world[Role.PROJECT_OFFICE],
            project_id=project.pk,
            role=Duty.OFFICER,
            member_id=world.officer.member_id if number % 2 else other,
            note="账册和图纸已当面交清",
        )


def test_the_page_of_a_project_asks_no_more_for_a_longer_life(world: County) -> None:
    project = bring_to(make_project(world), Stage.PREPARING, world)
    ready(project, world.officer)
    ask(project, world.officer)
    block(world, project)
    client = sign_in(world[Role.PROJECT_OFFICE])
    few = {address: queries(client, address) for address in tabs(project)}
    live_long(world, project)
    assert {address: queries(client, address) for address in tabs(project)} == few
    assert max(few.values()) <= MOST, few


def learn(world: County) -> None:
    """Another project of the kind leaves a lesson, so that a new one must answer it."""
    old = make_project(world)
    lesson = acts.run(ends.lesson_propose, by=world.officer, project_id=old.pk, **LESSON)
    office = world[Role.GOVERNMENT_OFFICE]
    acts.run(ends.lesson_decide, by=office, lesson_id=lesson.pk, seen=lesson.version, accept=True)


def ready_to_ask(world: County, stage: Stage) -> Project:
    """A project before a gate, that has answered the lessons of its kind on the way."""
    project = make_project(world)
    for lesson in lessons_that_fit(project):
        acts.run(ends.lesson_answer, by=world.officer, project_id=project.pk, lesson_id=lesson.pk, adopted=True)
    return bring_to(project, stage, world)


def all_waits(world: County, project: Project) -> None:
    """An end that was sent back; then all that can wait at the same time."""
    here: dict[str, Any] = {"project_id": project.pk}
    head, officer, office = world[Role.UNIT_HEAD], world.officer, world[Role.GOVERNMENT_OFFICE]
    acts.run(ends.lesson_propose, by=officer, **here, **LESSON)
    ending = acts.run(ends.ending_propose, by=officer, **here, **ENDING)
    acts.run(ends.ending_return, by=office, ending_id=ending.pk, seen=ending.version, answer="请补投资方的来函")
    later = clock.today() + timedelta(days=500)
    acts.run(commitments.commitment_ask, by=officer, **here, wanted=later, reason="冬季停工和供电增容晚了四十天")
    pause: dict[str, Any] = {"reason": "等投资方董事会的决定再说", "look_again_on": clock.today() + timedelta(days=30)}
    acts.run(commitments.suspension_ask, by=head, **here, **pause)
    block(world, project)
    ask(project, officer)


@pytest.mark.parametrize("stage", [Stage.PLANNED, Stage.PREPARING, Stage.BUILDING])
def test_the_page_stays_within_twelve_when_all_waits_at_once(world: County, stage: Stage) -> None:
    learn(world)
    project = ready_to_ask(world, stage)
    all_waits(world, project)
    for user in (world[Role.PROJECT_OFFICE], world[Role.STATISTICS_BUREAU], world.officer, world[Role.COUNTY_LEADER]):
        client = sign_in(user)
        found = {address: queries(client, address) for address in tabs(project)}
        assert max(found.values()) <= MOST, (user, found)
