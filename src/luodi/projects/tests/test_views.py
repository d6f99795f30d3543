"""The pages of projects: shown to who may, each form does its act, each refusal says why beside its field."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from luodi.facts.models import Fact
from luodi.kernel import acts, clock
from luodi.kernel.calendar import work_calendar
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.models import Project
from luodi.projects.rules import Stage
from luodi.projects.services import commitments, ends
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world, other_member, pdf, ready

pytestmark = pytest.mark.django_db


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    return client


@pytest.fixture
def world() -> County:
    return make_world()


def post(client: Client, url: str, **data):
    return client.post(url, {"request_key": str(uuid4()), **data})


ACTS = (
    "project_edit",
    "project_grade",
    "project_promising",
    "figure_set",
    "evidence_add",
    "gate_ask",
    "money_ask",
    "hand_over_unit",
    "commitment_ask",
    "suspension_ask",
    "suspension_resume",
    "obstacle_add",
    "lesson_propose",
    "ending_done",
    "ending_give_up",
    "void_ask",
)


def test_every_page_of_a_project_opens(world):
    project = bring_to(make_project(world), Stage.SIGNED, world)
    client = sign_in(world[Role.PROJECT_OFFICE])
    uuid = project.subject.uuid
    for tab in ("overview", "evidence", "money", "obstacles", "people", "lessons", "history"):
        assert client.get(f"{project.get_absolute_url()}?tab={tab}").status_code == 200, tab
    for name in ACTS:
        assert client.get(reverse(name, args=[uuid])).status_code == 200, name
    for role in ("leader", "principal", "officer", "supervisor"):
        assert client.get(reverse("hand_over", args=[uuid, role])).status_code == 200, role
    for name in ("project_list", "obstacle_list", "ask_list", "opening_list", "project_new", "desk", "project_export"):
        assert client.get(reverse(name)).status_code == 200, name


def test_every_decision_page_opens_for_who_decides(world):
    project = bring_to(make_project(world), Stage.SIGNED, world)
    waiting = ask(project, world.officer)
    change = acts.run(
        commitments.commitment_ask,
        by=world.officer,
        project_id=project.pk,
        wanted=clock.today() + timedelta(days=500),
        reason="冬季停工和供电增容晚了四十天",
    )
    pause = acts.run(
        commitments.suspension_ask,
        by=world[Role.UNIT_HEAD],
        project_id=project.pk,
        reason="等投资方董事会的决定",
        look_again_on=clock.today() + timedelta(days=30),
    )
    block = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, clock.today() + timedelta(days=9))
    blocked = acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block)
    lesson = acts.run(
        ends.lesson_propose,
        by=world.officer,
        project_id=project.pk,
        cause="签约前没有查清投资方负债",
        otherwise="签约前先查征信和涉诉",
        applies_to="招商项目",
    )
    pages = {
        reverse("ask", args=[waiting.pk]): Role.PROJECT_OFFICE,
        reverse("commitment_decide", args=[change.pk]): Role.GOVERNMENT_OFFICE,
        reverse("suspension_decide", args=[pause.pk]): Role.COUNTY_LEADER,
        reverse("obstacle", args=[blocked.pk]): Role.SUPERVISOR,
        reverse("lesson", args=[lesson.pk]): Role.GOVERNMENT_OFFICE,
    }
    for url, role in pages.items():
        assert sign_in(world[role]).get(url).status_code == 200, url
    for role in (Role.PROJECT_OFFICE, Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.UNIT_OFFICER, Role.SUPERVISOR):
        assert sign_in(world[role]).get(reverse("desk")).status_code == 200, role


def test_gate_by_two_people_through_the_pages(world):
    project = make_project(world)
    ready(project, world.officer)
    officer = sign_in(world.officer)
    answer = post(officer, reverse("gate_ask", args=[project.subject.uuid]), happened_on=clock.today().isoformat())
    assert answer.status_code == 302, answer.content.decode()
    waiting = project.asks.get()
    own = officer.get(reverse("ask", args=[waiting.pk])).content.decode()
    assert "disabled" in own
    office = sign_in(world[Role.PROJECT_OFFICE])
    answer = post(office, reverse("ask", args=[waiting.pk]), version=waiting.version, do="recognise")
    assert answer.status_code == 302, answer.content.decode()
    assert Project.objects.get(pk=project.pk).stage == Stage.NEGOTIATING


def test_new_project_and_its_refusals(world):
    client = sign_in(world[Role.PROJECT_OFFICE])
    told = {
        "name": "红崖光伏支架生产线",
        "track": "investment",
        "opening_stage": "planned",
        "unit": world.unit.pk,
        "officer": world.officer.member_id,
        "importance": "county",
        "total_investment_cny": "26000",
    }
    refused = post(client, reverse("project_new"), **told)
    assert refused.status_code == 422
    assert "包联领导" in refused.content.decode()
    told["leader"] = world[Role.COUNTY_LEADER].member_id
    told["request_key"] = str(uuid4())
    assert client.post(reverse("project_new"), told).status_code == 302
    assert client.post(reverse("project_new"), told).status_code == 302
    assert Project.objects.get().total_investment_cny == 260_000_000


def test_evidence_by_form_tells_what_is_missing(world):
    project = make_project(world)
    client = sign_in(world.officer)
    url = reverse("evidence_add", args=[project.subject.uuid])
    upload = SimpleUploadedFile("批复.pdf", pdf().data)
    refused = post(client, url, kind="approval", file=upload)
    assert refused.status_code == 422
    assert "请填写编号" in refused.content.decode()
    upload.seek(0)
    done = post(
        client, url, kind="approval", number="柏发改〔2026〕1号", issuer="发改局", dated_on="2026-01-05", file=upload
    )
    assert done.status_code == 302, done.content.decode()
    piece = project.subject.evidence.get()
    answer = client.get(reverse("evidence_file", args=[piece.pk]))
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer.getvalue().startswith(b"%PDF")
    assert sign_in(world[Role.BANK_CLERK]).get(reverse("evidence_file", args=[piece.pk])).status_code == 404


def test_two_people_editing_one_project_see_both(world):
    project = make_project(world)
    first, second = sign_in(world[Role.PROJECT_OFFICE]), sign_in(world.officer)
    url = reverse("project_edit", args=[project.subject.uuid])
    told = {"name": project.name, "version": project.version, "investor_name": "远山集团", "summary": "甲写的"}
    assert post(first, url, **told).status_code == 302
    refused = post(second, url, **{**told, "summary": "乙写的"})
    assert refused.status_code == 422
    body = refused.content.decode()
    assert "甲写的" in body
    assert "乙写的" in body


def test_list_filters_stand_in_the_address(world, django_assert_max_num_queries):
    one, two = make_project(world, name="红崖光伏"), make_project(world, name="河湾冷链")
    client = sign_in(world[Role.PROJECT_OFFICE])
    assert one.name in (body := client.get(reverse("project_list"), {"q": "hygf"}).content.decode())
    assert two.name not in body
    with django_assert_max_num_queries(12):
        client.get(reverse("project_list"), {"stage": "planned", "lamp": "green", "unit": world.unit.pk})


def test_a_post_is_left_vacant_only_by_saying_so(world):
    project = make_project(world, supervisor=world[Role.SUPERVISOR].member)
    client = sign_in(world[Role.PROJECT_OFFICE])
    url = reverse("hand_over", args=[project.subject.uuid, "supervisor"])
    refused = post(client, url, note="督办人调走")
    assert refused.status_code == 422
    assert refused.context["form"].errors["member"]
    assert post(client, url, note="督办人调走", vacant="on").status_code == 302
    assert Project.objects.get(pk=project.pk).supervisor_id is None


def test_who_holds_a_post_is_not_offered_as_his_own_successor(world):
    project = make_project(world)
    form = sign_in(world[Role.PROJECT_OFFICE]).get(reverse("hand_over", args=[project.subject.uuid, "officer"]))
    offered = {value for value, _label in form.context["form"].fields["member"].choices}
    assert str(project.officer_id) not in offered
    assert "vacant" not in form.context["form"].fields


def test_obstacles_of_one_state_are_those_that_the_title_counts(world):
    project = make_project(world)
    today = clock.today()
    for title, days in (("已经晚了", -1), ("还有时间", 30)):
        block = Block("approval", title, today - timedelta(days=40), world.unit.pk, today + timedelta(days=days))
        acts.run(obstacle_add, by=world[Role.PROJECT_OFFICE], project_id=project.pk, block=block)
    client = sign_in(world[Role.PROJECT_OFFICE])
    for state, titles in (("", ["已经晚了", "还有时间"]), ("late", ["已经晚了"]), ("solved", [])):
        shown = client.get(reverse("obstacle_list"), {"state": state}).context
        assert [row.title for row, _lamp in shown["rows"]] == titles
        assert {key: number for key, _word, number, _href in shown["states"]}[state] == len(titles)


def test_evidence_on_which_a_fact_rests_has_no_button_to_withdraw_it(world):
    project = bring_to(make_project(world), Stage.NEGOTIATING, world)
    shown = sign_in(world[Role.PROJECT_OFFICE]).get(project.get_absolute_url(), {"tab": "evidence"})
    held = shown.context["held"]
    assert held
    for pk in held:
        assert reverse("evidence_withdraw", args=[pk]) not in shown.content.decode()


def test_what_has_ended_is_left_out_and_said_so(world):
    project = make_project(world)
    shown = sign_in(world[Role.PROJECT_OFFICE]).get(reverse("project_list"))
    assert "连同已终结的一起看" in shown.content.decode()
    with_ended = sign_in(world[Role.PROJECT_OFFICE]).get(reverse("project_list"), {"ended": "true"})
    assert "连同已终结的一起看" not in with_ended.content.decode()
    assert project.name in with_ended.content.decode()


def test_a_fact_is_revoked_through_its_page_and_twice_the_same_form_is_once(world):
    project = bring_to(make_project(world), Stage.NEGOTIATING, world)
    fact = Fact.objects.get(subject=project.subject)
    client, key = sign_in(world[Role.PROJECT_OFFICE]), str(uuid4())
    for _time in range(2):
        told = client.post(reverse("fact_revoke", args=[fact.pk]), {"request_key": key, "reason": "佐证是假的，已查实"})
        assert told.status_code in {302, 404}
    assert Project.objects.get(pk=project.pk).stage == Stage.PLANNED


def test_sending_again_after_a_conflict_keeps_what_the_other_saved(world):
    project = make_project(world, total_investment_cny=Decimal("59000000"), jobs=80)
    url = reverse("project_edit", args=[project.subject.uuid])
    one, two = sign_in(world[Role.PROJECT_OFFICE]), sign_in(world.officer)
    opened = {name: value or "" for name, value in fields_of(one.get(url)).items()}
    fields_two = {name: value or "" for name, value in fields_of(two.get(url)).items()}
    assert two.post(url, {**fields_two, "total_investment_cny": "7000"}).status_code == 302
    refused = one.post(url, {**opened, "jobs": "95"})
    assert refused.status_code == 422
    assert [mine for _label, mine, _theirs in refused.context["form"].differences()] == ["95"]
    again = {name: value or "" for name, value in fields_of(refused).items()}
    assert one.post(url, again).status_code == 302
    kept = Project.objects.get(pk=project.pk)
    assert (kept.total_investment_cny, kept.jobs) == (Decimal("70000000"), 95)


def fields_of(answer):
    """What a browser would send of the form on a page."""
    form = answer.context["form"]
    return {
        bound.html_name: bound.field.widget.format_value(bound.value())
        if not hasattr(bound.field, "choices")
        else bound.value()
        for bound in form
    }


def test_what_was_decided_meanwhile_is_said_and_the_words_are_not_lost(world):
    project = make_project(world)
    ready(project, world.officer)
    waiting = ask(project, world.officer)
    office = sign_in(world[Role.PROJECT_OFFICE])
    url = reverse("ask", args=[waiting.pk])
    version = waiting.version
    assert post(office, url, version=version, do="recognise").status_code == 302
    late = post(office, url, version=version, do="return", reason="缺一份纪要")
    assert late.status_code == 422
    assert "已经有了结果" in late.content.decode()
    assert "缺一份纪要" in late.content.decode()


def test_a_number_beyond_all_ids_finds_nothing(world):
    client = sign_in(world[Role.PROJECT_OFFICE])
    assert client.get(reverse("obstacle_list"), {"unit": "9" * 30}).status_code == 200
    assert client.get(reverse("project_list"), {"officer": "9" * 30}).status_code == 200


def test_a_chip_names_a_person_only_to_who_may_know_him(world):
    project = make_project(world)
    query = {"officer": project.officer_id}
    assert f"{project.officer.name}" in chips_of(
        sign_in(world[Role.PROJECT_OFFICE]).get(reverse("project_list"), query)
    )
    assert chips_of(sign_in(world[Role.BANK_CLERK]).get(reverse("project_list"), query)) == ["查无此人"]


def library(world, query=""):
    return sign_in(world[Role.PROJECT_OFFICE]).get(reverse("project_list") + query)


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("?stage=flying", "stage=flying"),
        ("?due_from=morgen", "due_from=morgen"),
        ("?colour=blue&q=%E6%B2%B3", "colour=blue"),
        ("?officer=abc", "officer=abc"),
        ("?ended=vielleicht", "ended=vielleicht"),
        ("?sort=shape", "sort=shape"),
        ("?cols=shape&cols=due", "cols=shape"),
    ],
)
def test_what_of_an_address_is_not_understood_is_said_and_has_no_chip(world, query, told):
    project = make_project(world)
    shown = library(world, query)
    assert shown.context["ignored"] == [told]
    assert told in shown.content.decode()
    assert project.name in shown.content.decode()
    assert [chip for chip in chips_of(shown) if chip in told] == []


def test_an_address_that_is_understood_is_not_complained_of(world):
    project = make_project(world)
    query = f"?stage=planned&lamp=green&unit={project.unit_id}&q=hw&due_from=2026-01-01&sort=-total&cols=due&page=1"
    shown = library(world, f"{query}&officer={project.officer_id}&ended=true")
    assert shown.context["ignored"] == []
    assert "没有用上" not in shown.content.decode()
    assert project.name in shown.content.decode()


def test_the_list_of_obstacles_says_what_it_does_not_understand(world):
    client = sign_in(world[Role.PROJECT_OFFICE])
    shown = client.get(reverse("obstacle_list"), {"state": "flying", "unit": "abc", "colour": "blue"})
    assert shown.context["ignored"] == ["state=flying", "unit=abc", "colour=blue"]
    assert "state=flying" in shown.content.decode()
    assert "看不懂" not in client.get(reverse("obstacle_list"), {"state": "late", "unit": "7"}).content.decode()


def test_what_waits_to_be_recognised_counts_working_days(world):
    now = clock.now()
    with clock.standing_at(now - timedelta(days=14)):
        ask(make_project(world), world.officer)
    since = clock.local_date(now - timedelta(days=14))
    wait = work_calendar(since, clock.today()).between(since, clock.today())
    assert 0 < wait <= 10
    assert f"{wait} 个工作日" in sign_in(world[Role.PROJECT_OFFICE]).get(reverse("ask_list")).content.decode()


@pytest.mark.parametrize(
    ("query", "lamp"), [("", 'aria-sort="ascending"'), ("?sort=shape", 'aria-sort="ascending"'), ("?sort=name", "")]
)
def test_the_usual_order_is_shown_in_its_column(world, query, lamp):
    make_project(world)
    heads = re.findall(r"<th scope=\"col\"[^>]*>", library(world, query).content.decode())
    assert (lamp in heads[0]) if lamp else ("aria-sort" not in heads[0])
    assert sum("aria-sort" in head for head in heads) == 1


def test_each_total_leads_to_the_rows_behind_it(world):
    blocked, free = make_project(world), make_project(world)
    block = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, clock.today() + timedelta(days=9))
    acts.run(obstacle_add, by=world.officer, project_id=blocked.pk, block=block)
    shown = library(world, "?stage=planned")
    behind = shown.context["behind"]
    assert f'href="{escape(behind["obstacles"])}">1</a>' in shown.content.decode()
    rows = library(world, behind["obstacles"]).context["rows"]
    assert [row.name for row in rows] == [blocked.name]
    assert {row.name for row in library(world, behind["total"]).context["rows"]} == {blocked.name, free.name}


def test_several_people_are_asked_for_at_once(world):
    mine, other = make_project(world), make_project(world)
    lee = other_member(world)
    theirs = make_project(world, officer=lee)
    shown = library(world, f"?officer={lee.pk}&officer={mine.officer_id}")
    assert {row.name for row in shown.context["rows"]} == {mine.name, other.name, theirs.name}
    assert chips_of(shown) == ["、".join(member.name for member in sorted([mine.officer, lee], key=lambda m: m.pk))]


def chips_of(answer):
    return [str(chip.value) for chip in answer.context["bar"].chips]
