"""What a program can rely on: keys, versions, problems, pages, limits, languages, the description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.api.views import described
from luodi.files.services import Upload
from luodi.kernel import clock
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import Member, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member, make_token
from luodi.projects.models import Assignment, Obstacle, Project
from luodi.projects.services.imports import wizard
from luodi.projects.tests.factories import County, ask, give, make_project, make_world, ready
from luodi.projects.tests.ledger_county import ledger, uploaded
from luodi.subjects.models import TimelineEntry
from tests.api_world import API, SOON, TODAY, Call, Caller, not_english
from tests.matrix_world import LEDGER_HEADS, LESSON, REASON
from tools import openapi

pytestmark = pytest.mark.django_db
FIXED = "0b6b1c1e-9d5e-4c1a-8a1e-3a6f2f7f3f11"


@pytest.fixture
def county() -> County:
    return make_world()


@pytest.fixture
def project(county: County) -> Project:
    return make_project(county)


@pytest.fixture
def office(county: County) -> Caller:
    return Caller(make_token(county[Role.PROJECT_OFFICE]).text)


def obstacle(project: Project, **changes: Any) -> Call:
    told = {"kind": "land", "title": "未交地", "solver_unit": project.unit_id, "since_on": TODAY, "promised_on": SOON}
    return Call(f"/projects/{project.subject.uuid}/obstacles", told | changes)


def edit(project: Project, **told: Any) -> Call:
    return Call(f"/projects/{project.subject.uuid}", told, "PATCH", project)


def told(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that was answered."""
    assert answer["Content-Type"] == "application/problem+json", answer.content.decode()
    problem: dict[str, Any] = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    assert problem["status"] == status
    assert problem["type"] == f"urn:luodi:problem:{code}"
    assert problem["detail"]
    if answer["Content-Language"] == "en":
        assert not_english(problem) == []
    return problem


# The description ------------------------------------------------------------------------------------------------------


def test_the_description_is_as_generated() -> None:
    assert openapi.PAGE.read_text(encoding="utf-8") == openapi.page(), "run: python -m tools.openapi"


def test_the_description_is_the_same_in_whatever_language_it_is_asked(office: Caller) -> None:
    answer = office.get("/openapi.json", **{"Accept-Language": "en"})
    assert answer.json() == json.loads(openapi.page())
    assert answer.json()["openapi"].startswith("3.1")


def test_the_description_is_read_by_who_is_known(county: County, client: Client) -> None:
    url = reverse("api_schema")
    assert client.get(url).status_code == 302
    told(Caller("luodi_wrong").get("/openapi.json"), 401, "token_wrong")
    client.force_login(county.officer)
    assert client.get(url).status_code == 200
    page = client.get(reverse("api_docs")).content.decode()
    assert all(f'id="{name}"' in page for name in ("project_list", "gate_ask", "import_upload"))
    assert "<script" not in page.partition("<main")[2]


# Who asks -------------------------------------------------------------------------------------------------------------


def test_a_session_opens_nothing(county: County, client: Client, project: Project) -> None:
    client.force_login(county[Role.PROJECT_OFFICE])
    answer = client.get(f"{API}/projects")
    told(answer, 401, "token_wrong")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    told(client.post(f"{API}/projects", {}, content_type="application/json"), 401, "token_wrong")


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Bearer wrong", "Basic dTpw", "bearer luodi_ÿ"])
def test_what_is_no_token(client: Client, header: str) -> None:
    told(client.get(f"{API}/me", headers={"Authorization": header}), 401, "token_wrong")


def test_who_asks_too_often_waits(county: County, settings: Any) -> None:
    settings.LUODI_API_PER_MINUTE, settings.LUODI_API_BURST = 30, 2
    caller, other = (Caller(make_token(county[Role.PROJECT_OFFICE]).text) for _n in range(2))
    with clock.standing_at(clock.now()):
        assert [caller.get("/me").status_code for _n in range(3)] == [200, 200, 429]
        answer = caller.get("/me")
        told(answer, 429, "too_many_requests")
        assert answer["Retry-After"] == "2"
        assert other.get("/me").status_code == 200, "each token has its own rate"


def test_addresses_and_methods_that_are_not_there(office: Caller) -> None:
    told(office.get("/nothing"), 404, "not_found")
    answer = office.client.delete(f"{API}/projects", headers=office.headers)
    told(answer, 405, "method_not_allowed")
    assert set(answer["Allow"].split(", ")) == {"GET", "POST"}


# The same request again -----------------------------------------------------------------------------------------------


def test_the_same_request_again_is_done_once(office: Caller, project: Project) -> None:
    first, second = (office.send(obstacle(project), key=FIXED) for _n in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert Obstacle.objects.count() == 1
    told(office.send(obstacle(project, title="别的"), key=FIXED), 422, "request_key_reused")
    assert Obstacle.objects.count() == 1


def test_it_is_answered_again_though_the_first_changed_what_it_would_find(
    county: County, office: Caller, project: Project
) -> None:
    """Handed over, the member is no choice any more; the whole request is looked up before it is looked at."""
    to = make_member(county.unit, "接手人")
    call = Call(f"/projects/{project.subject.uuid}/hand-over/officer", {"member": to.pk, "note": "资料已交清"})
    first, second = (office.send(call, key=FIXED) for _n in range(2))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert Assignment.objects.filter(project=project, role="officer").count() == 2
    assert office.send(call).status_code == 422


def test_an_edit_sent_again_is_no_conflict(office: Caller, project: Project) -> None:
    first, second = (office.send(edit(project, jobs=7), key=FIXED, match='"1"') for _n in range(2))
    assert (first.status_code, second.status_code) == (200, 200)
    assert second.json()["version"] == 2


def test_a_refused_request_may_be_mended_under_a_new_key_and_leaves_no_trace(office: Caller, project: Project) -> None:
    before = AuditEntry.objects.count()
    told(office.send(obstacle(project, promised_on="2020-01-01"), key=FIXED), 422, "promised_before_since")
    assert AuditEntry.objects.count() == before
    assert office.send(obstacle(project), key=FIXED).status_code == 201, "nothing was done under the key"


def test_keys_of_two_people_do_not_meet(county: County, project: Project, office: Caller) -> None:
    other = Caller(make_token(county[Role.COUNTY_LEADER]).text)
    assert office.send(obstacle(project), key=FIXED).status_code == 201
    assert other.send(obstacle(project), key=FIXED).status_code == 201
    assert Obstacle.objects.count() == 2


@pytest.mark.parametrize(("key", "code"), [("-", "idempotency_key_missing"), ("once", "header_wrong")])
def test_a_write_needs_a_key(office: Caller, project: Project, key: str, code: str) -> None:
    problem = told(office.send(obstacle(project), key=key), 400, code)
    assert problem["errors"][0]["pointer"] == "Idempotency-Key"


def test_what_was_done_stands_under_the_services_own_name(office: Caller, project: Project) -> None:
    office.send(obstacle(project))
    row = AuditEntry.objects.filter(model="projects.obstacle").get()
    assert row.service == "projects.services.obstacles.obstacle_add"


# Versions -------------------------------------------------------------------------------------------------------------


def test_an_edit_names_the_version_that_was_seen(office: Caller, project: Project) -> None:
    etag = office.get(f"/projects/{project.subject.uuid}")["ETag"]
    told(office.send(edit(project, jobs=7), match="-"), 428, "version_missing")
    told(office.send(edit(project, jobs=7), match="3"), 400, "header_wrong")
    done = office.send(edit(project, jobs=7), match=etag)
    assert (done.status_code, done["ETag"]) == (200, '"2"')
    problem = told(office.send(edit(project, jobs=8), match=etag), 412, "stale_version")
    assert problem["version"] == 2
    assert Project.objects.get().jobs == 7


def test_a_patch_leaves_what_it_does_not_name(office: Caller, project: Project) -> None:
    before = office.get(f"/projects/{project.subject.uuid}").json()
    after = office.send(edit(project, remark="改过", total_investment_cny="61000000.50", industry=None)).json()
    changed = {name for name in after if before.get(name) != after[name]}
    assert changed == {"version", "remark", "total_investment_cny", "industry_id"}
    assert (after["total_investment_cny"], after["industry_id"]) == ("61000000.50", None)


def test_a_member_keeps_his_telephone_number_and_nobody_reads_it(county: County, office: Caller) -> None:
    member = make_member(county.unit, "有电话", phone="13900000001")
    answer = office.send(Call(f"/members/{member.pk}", {"post": "股长"}, "PATCH", member))
    assert (answer.status_code, answer.json()["post"]) == (200, "股长")
    member = Member.objects.get(pk=member.pk)
    assert member.phone.reveal() == "13900000001"
    assert "13900000001" not in answer.content.decode() + office.get(f"/members/{member.pk}").content.decode()
    office.send(Call(f"/members/{member.pk}", {"phone": "13900000002"}, "PATCH", member))
    assert Member.objects.get(pk=member.pk).phone.reveal() == "13900000002"


# Refusals -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"kind": "weather"}, "/kind"),
        ({"title": ""}, "/title"),
        ({"title": "x" * 121}, "/title"),
        ({"since_on": "2026-02-30"}, "/since_on"),
        ({"since_on": "tomorrow"}, "/since_on"),
        ({"solver_unit": 999_999}, "/solver_unit"),
        ({"solver_unit": "1"}, "/solver_unit"),
        ({"total": "-1"}, "/total"),
        ({"total": 1.5}, "/total"),
        ({"colour": "red"}, "/colour"),
        ({"promised_on": None}, "/promised_on"),
    ],
)
def test_what_is_wrong_is_pointed_at(office: Caller, project: Project, changes: dict[str, Any], pointer: str) -> None:
    problem = office.send(obstacle(project, **changes))
    assert problem.status_code == 422
    assert [fault["pointer"] for fault in problem.json()["errors"]] == [pointer]
    assert not_english(problem.json()) == []
    assert not Obstacle.objects.exists()


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"total": NaN}', b"\xff"])
def test_what_is_no_body(office: Caller, project: Project, body: bytes) -> None:
    call = obstacle(project)
    headers = office.headers | {"Idempotency-Key": str(uuid4())}
    answer = office.client.post(API + call.path, body, content_type="application/json", headers=headers)
    assert answer.status_code in (400, 422), answer.content
    assert answer["Content-Type"] == "application/problem+json"


def test_a_rule_about_how_things_stand_is_a_conflict(county: County, office: Caller, project: Project) -> None:
    call = Call(f"/projects/{project.subject.uuid}/asks", {"happened_on": TODAY})
    told(office.send(call), 409, "gate_incomplete")
    ready(project, county.officer)
    assert office.send(call).status_code == 201
    told(office.send(call), 409, "asked_already")


def test_who_may_not_is_told_who_may(county: County, project: Project) -> None:
    caller = Caller(make_token(county[Role.COUNTY_LEADER]).text)
    problem = told(caller.send(edit(project, jobs=1)), 403, "forbidden")
    assert "project office" in problem["detail"]


def test_a_refusal_speaks_the_callers_language(office: Caller) -> None:
    for asked, spoken in (("en-GB,en;q=0.9", "en"), ("", "zh-hans"), ("fr, zh-CN;q=0.5", "zh-hans"), ("*", "zh-hans")):
        answer = office.get("/projects", **{"Accept-Language": asked})
        assert answer["Content-Language"] == spoken, asked
        assert "Accept-Language" in answer["Vary"]
    office.client.cookies["django_language"] = "en"
    answer = office.get("/me", **{"Accept-Language": ""})
    assert answer["Content-Language"] == "zh-hans", "the browser's choice is the browser's"


def test_a_filter_that_is_not_there_does_not_answer_with_everything(office: Caller, project: Project) -> None:
    assert told(office.get("/projects?stagee=planned"), 422, "parameter_unknown")["errors"][0]["pointer"] == "?stagee"
    for wrong in ("stage=begun", "unit=999999", "due_from=2026-13-01", "officer=0", "limit=0", "limit=201", "q=%00"):
        assert office.get(f"/projects?{wrong}").status_code == 422, wrong


# Pages ----------------------------------------------------------------------------------------------------------------


def walked(caller: Caller, path: str, between: Any = None) -> Iterator[Any]:
    cursor = ""
    while cursor is not None:
        page = caller.get(f"{path}?limit=2&cursor={cursor}").json()
        yield from page["items"]
        cursor = page["next"]
        if between:
            between()


def test_a_walk_is_not_disturbed_by_what_comes_meanwhile(county: County, office: Caller) -> None:
    there = [str(make_project(county).subject.uuid) for _n in range(5)]
    found = [one["uuid"] for one in walked(office, "/projects", between=lambda: make_project(county))]
    assert found == there[::-1]


def test_the_timeline_goes_on_where_it_stood(office: Caller, project: Project) -> None:
    with clock.standing_at(clock.now()):
        for number in range(5):
            office.send(Call(f"/subjects/{project.subject.uuid}/notes", {"text": f"第 {number} 条"}))
    ids = [one["id"] for one in walked(office, f"/subjects/{project.subject.uuid}/timeline")]
    assert ids == list(TimelineEntry.objects.filter(subject=project.subject).values_list("pk", flat=True))
    assert len(ids) > 5


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WyJhIl0", "WzFd.", "é", "WzEuNV0", "W3RydWVd", "Wy0xXQ", "W1tbW1tb", "bnVsbA"]
)
def test_a_cursor_that_is_none_of_ours(office: Caller, project: Project, cursor: str) -> None:
    told(office.get(f"/projects?cursor={cursor}"), 422, "cursor_wrong")
    told(office.get(f"/subjects/{project.subject.uuid}/timeline?cursor={cursor}"), 422, "cursor_wrong")


def test_the_library_has_the_filters_of_its_page(county: County, office: Caller) -> None:
    kept = make_project(county, name="青石水库除险")
    make_project(county)
    for query in ("q=qssk", f"q={kept.code}", "q=青石"):
        assert [one["code"] for one in office.get(f"/projects?{query}").json()["items"]] == [kept.code]
    asked = f"stage=planned&stage=building&lamp=green&unit={kept.unit_id}&officer={kept.officer_id}&ended=true"
    assert len(office.get(f"/projects?{asked}").json()["items"]) == 2


# How often the database is asked --------------------------------------------------------------------------------------

MOST = 14
"""With the token's own three."""
LISTS = (
    "/projects", "/facts", "/asks", "/obstacles", "/commitments", "/suspensions", "/lessons", "/endings", "/voids",
    "/units", "/members", "/companies", "/imports", "/choices", "/obligations", "/excuses", "/rechecks", "/rules",
    "/rules/gate_options",
    "/projects/{uuid}", "/projects/{uuid}/gate", "/projects/{uuid}/assignments", "/projects/{uuid}/answerers",
    "/projects/{uuid}/lessons/fitting", "/projects/{uuid}/asks", "/projects/{uuid}/figures",
    "/subjects/{uuid}/timeline", "/subjects/{uuid}/evidence", "/subjects/{uuid}/facts",
)  # fmt: skip


def asked_of_the_database(caller: Caller, path: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert caller.get(path).status_code == 200
    return len(caught)


def fill(county: County, project: Project, by: User) -> None:
    """One more of everything that the lists show."""
    other = make_project(county)
    from luodi.projects.tests.factories import recognise

    recognise(ask(other, county.officer), county[Role.PROJECT_OFFICE])
    ask(other, county.officer)
    caller = Caller(make_token(by).text)
    for call in (
        obstacle(other),
        Call(f"/projects/{make_project(county).subject.uuid}/voids", {"reason": REASON}),
        Call(f"/projects/{other.subject.uuid}/commitments", {"wanted": SOON, "reason": REASON}),
        Call(f"/projects/{other.subject.uuid}/lessons", LESSON),
        Call(f"/subjects/{project.subject.uuid}/notes", {"text": "到现场看过"}),
    ):  # fmt: skip
        assert caller.send(call).status_code == 201
    give(project, "letter_of_intent", county.officer)


def test_lists_ask_the_database_as_often_however_much_there_is(
    county: County, project: Project, office: Caller
) -> None:
    by = county[Role.PROJECT_OFFICE]
    paths = [path.replace("{uuid}", str(project.subject.uuid)) for path in LISTS]
    fill(county, project, by)
    before = {path: asked_of_the_database(office, path) for path in paths}
    for _n in range(3):
        fill(county, project, by)
    after = {path: asked_of_the_database(office, path) for path in paths}
    assert after == before
    assert {path: count for path, count in after.items() if count > MOST} == {}


# Imports --------------------------------------------------------------------------------------------------------------


def test_a_preview_is_renewed_before_it_is_accepted(county: County, office: Caller) -> None:
    """What was new when it was read is in the library by now: nobody accepts what he has not seen."""
    by = county[Role.PROJECT_OFFICE]
    batch = uploaded(by, ledger([["红崖水库除险加固", county.unit.name, 1200, "谋划"]], LEDGER_HEADS))
    accept = Call(f"/imports/{batch.pk}/accept", {}, row=batch)
    make_project(county, name="红崖水库除险加固")
    told(office.send(accept), 412, "preview_renewed")
    seen = office.get(f"/imports/{batch.pk}")
    assert seen.json()["counts"]["new"] == 0
    assert seen["ETag"] == '"2"'
    rows = office.get(f"/imports/{batch.pk}/rows?limit=1").json()
    assert rows["items"][0]["name"] or rows["next"]


def test_an_import_walks_from_file_to_job(county: County, office: Caller) -> None:
    data = ledger([["白石水库", county.unit.name, 900, "谋划"], ["坏行", "没有的局", 1, "谋划"]], LEDGER_HEADS)
    sent = [
        office.send(Call("/imports", {"file": SimpleUploadedFile("台账.xlsx", data)}, multipart=True), key=FIXED)
        for _n in range(2)
    ]
    assert sent[0].json() == sent[1].json()
    batch = wizard.batches_of(county[Role.PROJECT_OFFICE]).get()
    assert batch.counts["wrong"] == 1
    wrong = office.get(f"/imports/{batch.pk}/rows?status=wrong").json()["items"][0]
    assert wrong["problems"][0]["level"] == "error"
    cells = {"action": "correct", "sheet": wrong["sheet"], "row": wrong["row"], "cells": {"unit": county.unit.name}}
    fixed = office.send(Call(f"/imports/{batch.pk}/rows", cells, row=batch))
    assert (fixed.status_code, fixed.json()["counts"]["wrong"]) == (200, 0), fixed.content.decode()
    stale = office.send(Call(f"/imports/{batch.pk}/drop", {}), match='"1"')
    told(stale, 412, "stale_version")
    done = office.send(Call(f"/imports/{batch.pk}/accept", {}, row=batch))
    assert (done.status_code, done.json()["state"]) == (200, "applying")


def test_a_token_survives_the_night_of_its_last_day_no_longer(county: County) -> None:
    caller = Caller(make_token(county.officer, days=0).text)
    assert caller.get("/me").status_code == 200
    with clock.standing_at(clock.now() + timedelta(days=1)):
        told(caller.get("/me"), 401, "token_wrong")


def test_the_description_is_reckoned_once() -> None:
    assert described() is described()


def test_what_is_kept_is_in_the_houses_language_whoever_asks(county: County, office: Caller, project: Project) -> None:
    """Evidence without a title is called by its kind; the request is in English, the row is read by all."""
    body = {"kind": "letter_of_intent", "file": SimpleUploadedFile("材料.pdf", b"%PDF-1.7 kept")}
    sent = office.send(Call(f"/projects/{project.subject.uuid}/evidence", body, multipart=True))
    assert (sent.status_code, sent.json()["title"]) == (201, "投资意向书")
    assert sent["Content-Language"] == "en"


def test_a_file_is_taken_whole_however_often_the_act_is_tried() -> None:
    file = SimpleUploadedFile("材料.pdf", b"%PDF-1.7 whole")
    assert [Upload.of(file) for _n in range(2)] == [Upload("材料.pdf", b"%PDF-1.7 whole")] * 2
    assert Upload.of(None) is None
