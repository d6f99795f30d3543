"""Duties, figures, rules and search over the API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from luodi.kernel import clock
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_token
from luodi.projects.models import Project, YearFigure
from luodi.projects.tests.factories import County, ask, give, make_project, make_world
from luodi.rulebook.tests.factories import numbers, propose, put_in_force
from tests.api_world import SOON, TODAY, Call, Caller
from tests.test_api_contract import told

pytestmark = pytest.mark.django_db


@pytest.fixture
def county() -> County:
    return make_world()


@pytest.fixture
def project(county: County) -> Project:
    return make_project(county)


@pytest.fixture
def office(county: County) -> Caller:
    return Caller(make_token(county[Role.PROJECT_OFFICE]).text)


def decided(caller: Caller, path: str, match: str, **body: Any) -> Any:
    return caller.send(Call(path, body), match=match)


# Duties ---------------------------------------------------------------------------------------------------------------


def test_a_duty_is_found_stopped_and_resumed(county: County, project: Project, office: Caller) -> None:
    """By what it is about, with whom each step of its ladder will reach; none while its clock stands."""
    row = ask(project, county.officer)
    duty = next(one for one in office.get("/obligations?kind=ask").json()["items"] if one["ref"] == row.pk)
    assert duty["subject"] == str(project.subject.uuid)
    path = f"/obligations/{duty['id']}"
    seen = office.get(path)
    ahead = seen.json()["steps"]
    assert ahead, "it climbs"
    assert not any(step["reached"] for step in ahead)
    government = Caller(make_token(county[Role.GOVERNMENT_OFFICE]).text)
    stop = {"ground": "higher", "note": "waits for the province"}
    assert decided(government, f"{path}/stop", seen["ETag"], **stop).status_code == 200
    told(decided(government, f"{path}/stop", seen["ETag"], **stop), 409, "stopped_already")
    still = office.get(path)
    assert (still.json()["steps"], still.json()["stops"][0]["until"]) == ([], None)
    assert [one["id"] for one in office.get("/obligations?state=stopped").json()["items"]] == [duty["id"]]
    gone_on = decided(government, f"{path}/resume", still["ETag"])
    assert (gone_on.status_code, gone_on.json()["stopped_on"]) == (200, None)
    told(decided(office, f"{path}/resume", gone_on["ETag"]), 403, "forbidden")


def test_more_time_is_asked_granted_and_kept(county: County, project: Project, office: Caller) -> None:
    call = Call(
        f"/projects/{project.subject.uuid}/obstacles",
        {"kind": "land", "title": "未交地", "solver_unit": county.unit.pk, "since_on": TODAY, "promised_on": SOON},
    )
    obstacle = office.send(call).json()["id"]
    duty = next(one for one in office.get("/obligations?kind=obstacle").json()["items"] if one["ref"] == obstacle)
    debtor = Caller(make_token(county.officer).text)
    until = (clock.today() + timedelta(days=40)).isoformat()
    asked = debtor.send(Call(f"/obligations/{duty['id']}/excuses", {"until": until, "reason": "等省里批复"}))
    assert asked.status_code == 201, asked.content.decode()
    government = Caller(make_token(county[Role.GOVERNMENT_OFFICE]).text)
    (waiting,) = government.get("/excuses?state=asked").json()["items"]
    path = f"/excuses/{waiting['id']}"
    etag = government.get(path)["ETag"]
    told(decided(government, f"{path}/decision", etag, agree=False), 422, "answer_missing")
    granted = decided(government, f"{path}/decision", etag, agree=True)
    assert (granted.status_code, granted.json()["state"]) == (200, "agreed")
    assert government.get(f"/obligations/{duty['id']}").json()["due_on"] == until


def test_a_kind_or_state_that_is_not_there_is_refused(office: Caller) -> None:
    for wrong in ("kind=weather", "state=old", "whose=his", "unit=1"):
        assert office.get(f"/obligations?{wrong}").status_code == 422, wrong


# Figures --------------------------------------------------------------------------------------------------------------


def test_figures_are_told_once_and_then_edited(project: Project, office: Caller) -> None:
    first = {"year": 2026, "source": "own", "planned_cny": "5000000.00", "declared_cny": "10000.00"}
    path = f"/projects/{project.subject.uuid}/figures"
    made = office.send(Call(path, first))
    assert made.status_code == 200, made.content.decode()
    told(office.send(Call(path, first | {"planned_cny": "1.00"})), 412, "stale_version")
    figure = made.json()["id"]
    changed = office.send(Call(f"/figures/{figure}", {"declared_cny": "20000.00"}, "PATCH"), match=made["ETag"])
    assert (changed.json()["planned_cny"], changed.json()["declared_cny"]) == ("5000000.00", "20000.00")
    late = Call(f"/figures/{figure}", {"declared_cny": "30000.00"}, "PATCH")
    told(office.send(late, match=made["ETag"]), 412, "stale_version")
    assert YearFigure.objects.count() == 1


# Rules ----------------------------------------------------------------------------------------------------------------


def test_a_rule_is_decided_by_what_its_preview_named(county: County, project: Project) -> None:
    """Another version that came into force meanwhile is another comparison."""
    day = clock.today() + timedelta(days=9)
    row = propose(county.cast, "thresholds", numbers(behind_yellow=15), day)
    caller = Caller(make_token(county[Role.GOVERNMENT_OFFICE]).text)
    path = f"/rule-versions/{row.pk}"
    seen = caller.get(path)
    preview = seen.json()["preview"]
    assert (preview["base_id"], preview["changes"]) == (None, 1)
    told(decided(caller, f"{path}/decision", seen["ETag"], agree=True, base=row.pk), 409, "base_moved")
    told(decided(caller, f"{path}/decision", seen["ETag"], agree=False), 422, "reason_missing")
    done = decided(caller, f"{path}/decision", seen["ETag"], agree=True, base=preview["base_id"])
    assert (done.status_code, done.json()["state"]) == (200, "in_force")
    assert caller.get(path).json()["preview"] is None
    state = next(one for one in caller.get("/rules").json() if one["code"] == "thresholds")
    assert ([one["id"] for one in state["coming"]], state["current"]) == ([row.pk], None)


def test_a_table_tells_what_is_in_force(county: County, office: Caller) -> None:
    def yellow() -> Decimal:
        rows = office.get("/rules/thresholds").json()["rows"]
        return next(Decimal(row["value"]) for row in rows if row["name"] == "behind_yellow")

    before = yellow()
    put_in_force(county.cast, "thresholds", numbers(behind_yellow=int(before) + 3))
    assert yellow() == before + 3
    told(office.get("/rules/weather"), 404, "not_found")


# Search ---------------------------------------------------------------------------------------------------------------


def test_search_finds_what_its_page_finds(county: County, office: Caller) -> None:
    found = make_project(county, name="青石水库除险")
    give(found, "letter_of_intent", county.officer, title="青石意向")
    groups = office.get("/search?q=qssk").json()
    hit = next(group for group in groups if group["kind"] == "project")["hits"][0]
    assert (hit["title"], hit["subject"], hit["page"]) == (
        found.name, str(found.subject.uuid), found.get_absolute_url(),
    )  # fmt: skip
    assert {group["kind"] for group in office.get("/search?q=青石").json()} >= {"project", "evidence"}
    bank = Caller(make_token(county[Role.BANK_CLERK]).text)
    assert bank.get("/search?q=qssk").json() == []
