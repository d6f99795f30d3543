"""The page of a project: what can be done stands in groups, nothing dead is offered, spans are working days."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.kernel.calendar import work_calendar
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.models import Project
from luodi.projects.services.commitments import commitment_ask, suspension_ask, suspension_decide
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.tests.factories import County, ask, make_project, make_world
from luodi.projects.views.page import TABS

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


def page(user: User, project: Project, tab: str = "") -> str:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    answer = client.get(project.get_absolute_url(), {"tab": tab} if tab else {})
    assert answer.status_code == 200
    return answer.content.decode()


def menu(html: str) -> dict[str, list[str]]:
    """The headings of the menu, each with the acts under it."""
    return {
        title: re.findall(r"<a [^>]*>([^<]+)</a>", items)
        for title, items in re.findall(r'<h2 id="acts-\d">([^<]+)</h2>(.*?)</section>', html)
    }


def test_acts_stand_in_groups(world: County) -> None:
    found = menu(page(world[Role.PROJECT_OFFICE], make_project(world)))
    assert found["困难"] == ["登记堵点", "申请改期"]
    assert found["资料"] == ["编辑", "交佐证"]
    assert found["定级"] == ["定重要程度", "列为有眉目"]
    assert list(found) == ["推进", "困难", "人和单位", "资料", "定级", "收尾"]


def test_a_group_in_which_nothing_may_be_done_is_not_shown(world: County) -> None:
    project = make_project(world)
    assert menu(page(world[Role.STATISTICS_BUREAU], project)) == {}
    assert "定级" not in menu(page(world.officer, project))


def test_a_tab_is_reached_without_scrolling(world: County) -> None:
    html = page(world.officer, make_project(world))
    for tab in TABS:
        assert f"?tab={tab}#tabs" in html
    assert html.index('id="tabs"') < html.index("?tab=overview#tabs")


@pytest.mark.parametrize("role", [Role.COUNTY_LEADER, Role.STATISTICS_BUREAU])
def test_who_may_only_read_finds_no_dead_button(world: County, role: Role) -> None:
    project = make_project(world)
    html = page(world[role], project)
    assert "disabled" not in html
    assert reverse("evidence_add", args=[project.subject.uuid]) not in html
    assert reverse("project_edit", args=[project.subject.uuid]) not in html
    assert f"由责任单位{project.unit}、专人{project.officer}或项目办办理。" in html


def test_who_may_give_what_the_gate_asks_finds_where(world: County) -> None:
    project = make_project(world)
    html = page(world.officer, project)
    assert reverse("evidence_add", args=[project.subject.uuid]) in html
    assert "备齐后才能申报" in html
    assert "disabled" in html


def test_what_was_asked_shows_its_button_to_recognisers_alone(world: County) -> None:
    project = make_project(world)
    ask(project, world.officer)
    assert "认定进入在谈</a>" in page(world[Role.PROJECT_OFFICE], project)
    told = page(world.officer, project)
    assert "认定进入在谈</" not in told
    assert "已申报" in told


def test_the_evidence_tab_says_who_may_add(world: County) -> None:
    project = make_project(world)
    assert "或项目办办理。" in page(world[Role.COUNTY_LEADER], project, "evidence").split('id="evidence"')[1]
    assert "或项目办办理。" not in page(world.officer, project, "evidence").split('id="evidence"')[1]


def test_an_obstacle_counts_working_days(world: County) -> None:
    project, today = make_project(world), clock.today()
    since, by = today - timedelta(days=30), today + timedelta(days=30)
    block = Block("land", "3.2 亩未报批", since, world.township.pk, by)
    acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block)
    calendar = work_calendar(since, by)
    html = page(world.officer, project, "obstacles")
    assert f"已堵 {calendar.between(since, today)} 个工作日" in html
    assert f"还有 {calendar.between(today, by)} 个工作日" in html
    assert calendar.between(since, today) < 30


def test_the_rail_knows_how_much_waits_on_the_desk_and_asks_elsewhere(world: County) -> None:
    ask(make_project(world), world.officer)
    client = Client()
    client.force_login(world[Role.PROJECT_OFFICE], backend="luodi.orgs.sessions.Accounts")
    desk = client.get(reverse("desk"))
    assert desk.context["total"] == 1
    assert '<span class="ld-count ld-count-due">1<' in desk.content.decode()
    answer = client.get(reverse("desk_count"))
    assert answer.content == b"1"
    assert "private" in answer["Cache-Control"]
    assert "Cookie" in answer["Vary"]
    assert f'data-count="{reverse("desk_count")}"' in client.get(reverse("project_list")).content.decode()


def test_an_account_without_a_desk_has_nothing_counted(world: County) -> None:
    client = Client()
    client.force_login(world[Role.AUDIT_ADMIN], backend="luodi.orgs.sessions.Accounts")
    assert client.get(reverse("desk_count")).content == b"0"
    assert "data-count" not in client.get(reverse("audit_log")).content.decode()


def test_the_one_act_that_is_mine_stands_in_the_title(world: County) -> None:
    project = make_project(world)
    ask(project, world.officer)
    acts.run(
        commitment_ask,
        by=world.officer,
        project_id=project.pk,
        wanted=clock.today() + timedelta(days=500),
        reason="冬季停工和供电增容晚了四十天",
    )
    mine = page(world[Role.GOVERNMENT_OFFICE], project)
    assert re.findall(r'btn-primary" href="[^"]+">([^<]+)<', mine) == ["核改期"]
    assert mine.index(">核改期<") < mine.index("申请改期：")
    assert "btn-primary" not in page(world[Role.STATISTICS_BUREAU], project)


def test_the_gate_is_the_first_thing_to_do_where_nothing_else_waits(world: County) -> None:
    project = make_project(world)
    ask(project, world.officer)
    office = page(world[Role.PROJECT_OFFICE], project)
    assert re.findall(r'btn-primary" href="[^"]+">([^<]+)<', office) == ["认定进入在谈"]


def test_a_suspended_project_says_until_when_and_asks_nothing_of_the_reader(world: County) -> None:
    project = make_project(world)
    again = clock.today() + timedelta(days=30)
    head, leader = world[Role.UNIT_HEAD], world[Role.COUNTY_LEADER]
    pause = acts.run(suspension_ask, by=head, project_id=project.pk, reason="等投资方董事会的决定", look_again_on=again)
    acts.run(suspension_decide, by=leader, suspension_id=pause.pk, seen=pause.version, agree=True)
    html = page(world[Role.PROJECT_OFFICE], project)
    assert f"暂停中：等投资方董事会的决定。{again} 再看。" in html
    assert "btn-primary" not in html
