"""The pages of acts and decisions: what they say beforehand, and what they say to who presses twice."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from luodi.files.models import Evidence
from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person
from luodi.projects.models import Ending, LessonAnswer, Obstacle, Project, ProjectFigures
from luodi.projects.rules import Stage
from luodi.projects.selectors import lessons_that_fit
from luodi.projects.services import commitments, ends
from luodi.projects.services.obstacles import Block, obstacle_add, obstacle_confirm, obstacle_solve
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world, pdf
from luodi.projects.tests.test_services_ends import GIVEN_UP, explanation, learn
from luodi.subjects.models import Party
from luodi.subjects.services import party_add

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    return client


def post(client: Client, url: str, **data: Any) -> Any:
    return client.post(url, {"request_key": str(uuid4()), **data})


def said(answer: Any) -> list[str]:
    return [str(message) for message in get_messages(answer.wsgi_request)]


def block(world: County, project: Project) -> Obstacle:
    today = clock.today()
    told = Block(
        kind="land", title="3.2 亩未报批", since_on=today, solver_unit_id=world.township.pk, promised_on=today + timedelta(days=9)
    )  # fmt: skip
    return acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)


def solve(world: County, obstacle: Obstacle) -> User:
    """A clerk of the solving unit says that it is solved."""
    clerk = clerk_of(world)
    acts.run(obstacle_solve, by=clerk, obstacle_id=obstacle.pk, seen=obstacle.version, result="已经报批，批文到手")
    return clerk


def clerk_of(world: County) -> User:
    return make_person(world.township, "河湾人", Role.UNIT_OFFICER)


def end(world: County, project: Project) -> None:
    learn(project, world)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)
    told = explanation(project, world)
    acts.run(ends.ending_accept, by=world[Role.GOVERNMENT_OFFICE], ending_id=ending.pk, seen=1, explanation=told)


# Said where it belongs ----------------------------------------------------------------------------------------------


def test_an_ask_sent_back_without_a_reason_says_so_beside_the_field(world: County, project: Project) -> None:
    waiting = ask(project, world.officer)
    office = sign_in(world[Role.PROJECT_OFFICE])
    refused = post(office, reverse("ask", args=[waiting.pk]), version=1, do="return")
    assert (refused.status_code, list(refused.context["form"].errors)) == (422, ["reason"])
    done = post(office, reverse("ask", args=[waiting.pk]), version=1, do="return", reason="缺发改局的备案号")
    waiting.refresh_from_db()
    assert (done.status_code, waiting.state, waiting.reason) == (302, "returned", "缺发改局的备案号")


def test_each_decision_says_what_will_happen_on_each_choice(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    waiting = ask(project, world.officer)
    later = clock.today() + timedelta(days=500)
    change = acts.run(commitments.commitment_ask, by=world.officer, project_id=project.pk, wanted=later, reason="冬季停工和供电增容晚了四十天")  # fmt: skip
    lesson = learn(project, world)
    pages = {
        reverse("ask", args=[waiting.pk]): ["项目进入“前期”", "申报单位看到您写的理由"],
        reverse("commitment_decide", args=[change.pk]): [f"承诺竣工改为 {later}", f"承诺竣工仍是 {change.was}"],
        reverse("obstacle", args=[block(world, project).pk]): ["转给专人或督办人确认", "新的承诺日进入记录"],
    }
    client = sign_in(world[Role.PROJECT_OFFICE])
    for url, words in pages.items():
        shown = client.get(url)
        assert all(str(choice.outcome) for choice in shown.context["choices"]), url
        assert all(word in shown.content.decode() for word in words), (
            url,
            [str(c.outcome) for c in shown.context["choices"]],
        )
    assert lesson.state == "accepted"


# Pressed twice ------------------------------------------------------------------------------------------------------


def test_the_same_decision_from_another_tab_was_done_already(world: County, project: Project) -> None:
    waiting = ask(project, world.officer)
    office, url = sign_in(world[Role.PROJECT_OFFICE]), reverse("ask", args=[waiting.pk])
    assert post(office, url, version=1, do="recognise").status_code == 302
    again = post(office, url, version=1, do="recognise")
    assert (again.status_code, again.url) == (302, project.get_absolute_url())
    assert any("已经办过" in words for words in said(again))
    assert post(office, url, version=1, do="return", reason="缺发改局的备案号").status_code == 422


def test_other_words_from_another_tab_are_not_taken_for_done(world: County, project: Project) -> None:
    waiting = ask(project, world.officer)
    office, url = sign_in(world[Role.PROJECT_OFFICE]), reverse("ask", args=[waiting.pk])
    assert post(office, url, version=1, do="return", reason="缺发改局的备案号").status_code == 302
    assert post(office, url, version=1, do="return", reason="缺发改局的备案号").status_code == 302
    other = post(office, url, version=1, do="return", reason="缺法制审查意见")
    assert other.status_code == 422
    assert "您写的没有存进去：缺法制审查意见" in other.content.decode()


def test_an_obstacle_solved_and_confirmed_twice_is_so_once(world: County, project: Project) -> None:
    obstacle, clerk = block(world, project), clerk_of(world)
    url = reverse("obstacle", args=[obstacle.pk])
    for _time in range(2):
        answer = post(sign_in(clerk), url, version=1, do="solve", result="已经报批，批文到手")
        assert answer.status_code == 302, answer.content.decode()
    key = str(uuid4())
    officer = sign_in(world.officer)
    answers = [
        officer.post(url, {"request_key": sent, "version": 2, "do": "confirm"}) for sent in (key, key, str(uuid4()))
    ]
    assert [answer.status_code for answer in answers] == [302, 302, 302]
    assert any("已经办过" in words for words in said(answers[-1]))
    obstacle.refresh_from_db()
    assert (obstacle.state, obstacle.version) == ("confirmed", 3)


def test_what_another_did_meanwhile_is_not_taken_for_mine(world: County, project: Project) -> None:
    obstacle = block(world, project)
    solve(world, obstacle)
    acts.run(obstacle_confirm, by=world.officer, obstacle_id=obstacle.pk, seen=2, agree=True)
    late = post(sign_in(world[Role.PROJECT_OFFICE]), reverse("obstacle", args=[obstacle.pk]), version=2, do="confirm")
    assert late.status_code in {403, 422}


def test_a_lesson_answered_again_in_the_same_words_is_answered_once(world: County, project: Project) -> None:
    learn(project, world)
    new = make_project(world)
    (lesson,) = lessons_that_fit(new)
    client, url = sign_in(world.officer), reverse("lesson_answer", args=[new.subject.uuid, lesson.pk])
    assert post(client, url, adopted="1").status_code == 302
    again = post(client, url, adopted="1")
    assert again.status_code == 302
    assert any("已经办过" in words for words in said(again))
    assert LessonAnswer.objects.count() == 1
    other = post(client, url, adopted="0", why="本项目没有投资方")
    assert other.status_code == 422
    assert "采用" in other.content.decode()


# Obstacles of what has ended ----------------------------------------------------------------------------------------


def test_an_ended_project_is_blocked_by_nothing_and_its_obstacles_say_so(world: County, project: Project) -> None:
    obstacle = block(world, project)
    assert ProjectFigures.objects.get(pk=project.pk).open_obstacle_count == 1
    end(world, project)
    kept = ProjectFigures.objects.get(pk=project.pk)
    assert (kept.open_obstacle_count, kept.obstacle_due_on) == (0, None)
    client = sign_in(world[Role.PROJECT_OFFICE])
    assert obstacle.title not in client.get(reverse("obstacle_list")).content.decode()
    tab = client.get(project.get_absolute_url(), {"tab": "obstacles"})
    assert (tab.context["open_obstacles"], tab.context["left_obstacles"]) == ([], [obstacle])
    assert "随项目终结" in tab.content.decode()
    page = client.get(reverse("obstacle", args=[obstacle.pk]))
    assert str(page.context["case"].state) == "随项目终结"
    assert not page.context["case"].open


def test_a_void_row_is_blocked_by_nothing(world: County, project: Project) -> None:
    block(world, project)
    asked = acts.run(ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="同一项目录了两次")
    acts.run(ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=asked.pk, seen=1, approve=True)
    assert ProjectFigures.objects.get(pk=project.pk).open_obstacle_count == 0


# Who is tied to a project -------------------------------------------------------------------------------------------


def test_a_solving_unit_is_no_party_once_nothing_is_left_to_solve(world: County) -> None:
    project = make_project(world, township=None)
    one, two = block(world, project), block(world, project)
    clerk = clerk_of(world)

    def finish(obstacle: Obstacle) -> None:
        acts.run(obstacle_solve, by=clerk, obstacle_id=obstacle.pk, seen=1, result="已经报批，批文到手")
        acts.run(obstacle_confirm, by=world.officer, obstacle_id=obstacle.pk, seen=2, agree=True)

    finish(one)
    assert Project.objects.visible_to(clerk).exists()
    finish(two)
    assert not Project.objects.visible_to(clerk).exists()
    assert Party.objects.get(subject=project.subject, role="solver").until is not None


def test_another_tie_keeps_the_solving_unit(world: County, project: Project) -> None:
    obstacle = block(world, project)
    clerk = solve(world, obstacle)
    acts.run(obstacle_confirm, by=world.officer, obstacle_id=obstacle.pk, seen=2, agree=True)
    assert Project.objects.visible_to(clerk).get() == project


def party_made(*, by: User, project: Project, user: User) -> None:
    party_add(project.subject, user.member.unit, "helper")


def test_who_may_not_see_people_has_no_links_to_them(world: County, project: Project) -> None:
    clerk = world[Role.ENTERPRISE_CLERK]
    acts.run(party_made, by=world[Role.PROJECT_OFFICE], project=project, user=clerk)
    page = reverse("member_page", args=[project.officer_id])
    assert sign_in(clerk).get(page).status_code == 404
    shown = sign_in(clerk).get(project.get_absolute_url())
    assert shown.status_code == 200
    assert page not in shown.content.decode()
    assert page in sign_in(world[Role.PROJECT_OFFICE]).get(project.get_absolute_url()).content.decode()


# The minutes that accept a failure ----------------------------------------------------------------------------------


def test_a_failure_is_accepted_with_its_minutes_in_one_act(world: County, project: Project) -> None:
    learn(project, world)
    ending = acts.run(ends.ending_propose, by=world.officer, project_id=project.pk, **GIVEN_UP)
    office, url = sign_in(world[Role.GOVERNMENT_OFFICE]), reverse("ending", args=[ending.pk])
    told = {"version": 1, "do": "accept", "meeting": "县政府第 12 次常务会议", "meeting_on": str(clock.today())}
    wrong = post(office, url, **told, minute_number="〔2026〕12号", minutes=SimpleUploadedFile("纪要.exe", b"MZ"))
    assert list(wrong.context["form"].errors) == ["minutes"]
    early = told | {"meeting_on": str(clock.today() - timedelta(days=1)), "minute_number": "〔2026〕12号"}
    refused = post(office, url, **early, minutes=SimpleUploadedFile("纪要.pdf", pdf().data))
    assert list(refused.context["form"].errors) == ["meeting_on"]
    assert not Evidence.objects.filter(subject=project.subject).exists()
    done = post(office, url, **told, minute_number="〔2026〕12号", minutes=SimpleUploadedFile("纪要.pdf", pdf().data))
    assert done.status_code == 302, done.content.decode()
    kept = Ending.objects.get(pk=ending.pk)
    assert (kept.state, kept.minutes) == ("accepted", Evidence.objects.get(subject=project.subject))


# Giving up ----------------------------------------------------------------------------------------------------------


def test_giving_up_tells_only_the_causes_that_are_ticked(world: County, project: Project) -> None:
    learn(project, world)
    client, url = sign_in(world.officer), reverse("ending_give_up", args=[project.subject.uuid])
    told = {"story": GIVEN_UP["story"], "left_behind": "无遗留事项", "chance": "none"}
    none = post(client, url, **told, whose_market="objective")
    assert list(none.context["form"].errors) == ["causes"]
    assert "请至少勾选一条原因" in none.content.decode()
    half = post(client, url, **told, causes=["investor", "service"])
    assert list(half.context["form"].errors) == ["whose_investor"]
    assert half.content.decode().count(" checked") == 2
    done = post(
        client, url, **told, causes=["investor", "service"], whose_investor="investor", whose_market="objective"
    )
    assert done.status_code == 302, done.content.decode()
    causes = Ending.objects.get().causes.order_by("pk")
    assert list(causes.values_list("cause", "attribution")) == [("investor", "investor"), ("service", "ours")]


# Figures of a year --------------------------------------------------------------------------------------------------


def figure_form(client: Client, url: str, **changes: str) -> dict[str, Any]:
    """What a browser would send of the form as it opens, with some fields changed."""
    form = client.get(url).context["form"]
    opened = {bound.html_name: bound.field.prepare_value(bound.value()) for bound in form}
    return {name: "" if value is None else value for name, value in opened.items()} | changes


def test_two_people_setting_the_figures_of_a_year_see_both(world: County, project: Project) -> None:
    one, two = sign_in(world[Role.PROJECT_OFFICE]), sign_in(world.officer)
    url = reverse("figure_set", args=[project.subject.uuid])
    first, second = (figure_form(who, url, planned_cny="100", declared_cny="0") for who in (one, two))
    assert one.post(url, first).status_code == 302
    refused = two.post(url, second | {"planned_cny": "200"})
    assert refused.status_code == 422
    assert [(row.mine, row.theirs) for row in refused.context["conflict"]] == [("200", "100")]
    again = {bound.html_name: bound.value() for bound in refused.context["form"]}
    assert two.post(url, again).status_code == 302
    assert project.year_figures.get().planned_cny == 2_000_000


def test_another_year_chosen_in_the_form_is_not_replaced_unseen(world: County, project: Project) -> None:
    client, url = sign_in(world.officer), reverse("figure_set", args=[project.subject.uuid])
    year = clock.today().year
    for told in ({"year": str(year)}, {"year": str(year - 1)}):
        sent = figure_form(client, f"{url}?year={told['year']}", planned_cny="100", declared_cny="0")
        assert client.post(url, sent).status_code == 302
    unseen = figure_form(client, f"{url}?year={year}", year=str(year - 1), planned_cny="300")
    refused = client.post(url, unseen)
    assert refused.status_code == 422
    again = {bound.html_name: bound.value() for bound in refused.context["form"]}
    assert client.post(url, again).status_code == 302
    assert sorted(project.year_figures.values_list("year", "planned_cny")) == [
        (year - 1, Decimal(3_000_000)),
        (year, Decimal(1_000_000)),
    ]


def test_the_same_figures_again_are_no_conflict(world: County, project: Project) -> None:
    client, url = sign_in(world.officer), reverse("figure_set", args=[project.subject.uuid])
    sent = figure_form(client, url, planned_cny="100", declared_cny="0")
    for _time in range(2):
        assert client.post(url, sent | {"request_key": str(uuid4())}).status_code == 302
    assert project.year_figures.get().version == 1


def test_a_place_off_the_map_is_refused_in_our_own_words(world: County, project: Project) -> None:
    client, url = sign_in(world.officer), reverse("project_edit", args=[project.subject.uuid])
    told = {name: value for name, value in client.get(url).context["form"].initial.items() if value is not None}
    page = client.post(url, told | {"request_key": str(uuid4()), "latitude": "99", "longitude": "110"})
    assert page.status_code == 422
    assert page.context["form"].errors["latitude"] == ["不能大于 54，请核对。"]
