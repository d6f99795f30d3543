"""The pages of projects: shown to who may, each form does its act, each refusal says why beside its field."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.models import Project
from luodi.projects.rules import Stage
from luodi.projects.services import commitments, ends
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world, pdf, ready

pytestmark = pytest.mark.django_db


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
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


def test_who_answered_on_a_past_day_is_told(world):
    project = make_project(world)
    client = sign_in(world[Role.PROJECT_OFFICE])
    page = f"{project.get_absolute_url()}?tab=people"
    assert "张一" in client.get(f"{page}&on={clock.today()}").content.decode()
    assert "那天项目还没有入库" in client.get(f"{page}&on=2020-01-01").content.decode()
    assert client.get(f"{page}&on=2026-02-30").status_code == 200


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
