"""What a project tells of itself agrees with itself: days in their order, a whole place, texts of a length, a named investor."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from luodi.kernel import acts, clock
from luodi.projects.models import Project
from luodi.projects.rules import LONGEST, Stage
from luodi.projects.services.gates import gate_ask
from luodi.projects.services.imports.keeping import beside, own_columns, unkept_days
from luodi.projects.services.projects import project_create, project_edit
from luodi.projects.tests.factories import County, make_entry, make_project, make_world, ready
from luodi.projects.tests.refusals import refused

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def world() -> County:
    return make_world()


def wrongs() -> list[tuple[str, str, dict[str, Any]]]:
    """Code, field, and what is told wrongly."""
    today = clock.today()
    return [
        ("start_in_future", "started_on", {"started_on": today + DAY}),
        ("finish_before_start", "committed_finish_on", {"started_on": today, "committed_finish_on": today - DAY}),
        ("text_long", "summary", {"summary": "字" * (LONGEST["summary"] + 1)}),
        ("text_long", "remark", {"remark": "字" * (LONGEST["remark"] + 1)}),
        ("place_half", "longitude", {"latitude": 38, "longitude": None}),
        ("place_half", "latitude", {"latitude": None, "longitude": 114}),
    ]


def rights() -> dict[str, Any]:
    today = clock.today()
    return {
        "started_on": today,
        "committed_finish_on": today,
        "summary": "字" * LONGEST["summary"],
        "remark": "字" * LONGEST["remark"],
        "latitude": 38,
        "longitude": 114,
    }


def test_entering_refuses_what_does_not_agree(world: County) -> None:
    for code, field, told in wrongs():
        refused(code, project_create, by=world.officer, field=field, entry=make_entry(world, **told))
    assert acts.run(project_create, by=world.officer, entry=make_entry(world, **rights())).latitude == 38


def test_editing_refuses_what_would_not_agree(world: County) -> None:
    project = make_project(world, committed_finish_on=None)
    call: dict[str, Any] = {"by": world.officer, "project_id": project.pk, "seen": 1}
    for code, field, told in wrongs():
        refused(code, project_edit, field=field, changes=told, **call)
    acts.run(project_edit, changes=rights(), **call)
    call["seen"] = 2
    refused("place_half", project_edit, field="longitude", changes={"longitude": None}, **call)
    late = project.committed_finish_on or clock.today()
    refused("start_in_future", project_edit, field="started_on", changes={"started_on": late + DAY}, **call)


def test_a_start_moved_behind_the_promise_is_said_beside_the_start(world: County) -> None:
    today = clock.today()
    project = make_project(world, committed_finish_on=today - 9 * DAY)
    call: dict[str, Any] = {"by": world.officer, "project_id": project.pk, "seen": 1}
    refused("finish_before_start", project_edit, field="started_on", changes={"started_on": today - DAY}, **call)


def test_what_was_recognised_late_does_not_keep_the_name_from_being_corrected(world: County) -> None:
    today = clock.today()
    project = make_project(world, committed_finish_on=today - DAY)
    Project.objects.filter(pk=project.pk).update(started_on=today)
    told = {"summary": "改正", "started_on": today, "committed_finish_on": today - DAY}
    made = acts.run(project_edit, by=world.officer, project_id=project.pk, seen=1, changes=told)
    assert made.summary == "改正"


def test_a_code_without_a_name_asks_for_the_name(world: County) -> None:
    code = "91130131MA0E7M3F1X"
    call: dict[str, Any] = {"by": world.officer, "field": "investor_name"}
    refused("investor_missing", project_create, entry=make_entry(world), investor_uscc=code, **call)
    project = make_project(world)
    refused("investor_missing", project_edit, project_id=project.pk, seen=1, changes={}, investor=("", code), **call)
    assert (
        acts.run(project_edit, by=world.officer, project_id=project.pk, seen=1, changes={}, investor=("", "")).investor
        is None
    )


def test_works_are_not_finished_before_they_began(world: County) -> None:
    today = clock.today()
    project = make_project(world, opening_stage=Stage.COMPLETED, started_on=today - 9 * DAY)
    ready(project, world.officer)
    call: dict[str, Any] = {"by": world.officer, "project_id": project.pk}
    refused("finish_before_start", gate_ask, field="happened_on", happened_on=today - 10 * DAY, **call)
    assert acts.run(gate_ask, happened_on=today - 9 * DAY, **call).happened_on == today - 9 * DAY


def test_the_days_that_a_ledger_plans_go_beside_the_project(world: County) -> None:
    today = clock.today()
    county: Any = None
    later: dict[str, Any] = {"started_on": today + DAY, "end_on": today + 9 * DAY}
    crossed: dict[str, Any] = {"started_on": today - DAY, "end_on": today - 9 * DAY}
    assert (unkept_days(later), unkept_days(crossed)) == (["started_on"], ["end_on"])
    assert own_columns(later, county, Stage.SIGNED) == {"committed_finish_on": today + 9 * DAY}
    assert own_columns(crossed, county, Stage.SIGNED) == {"started_on": today - DAY}
    assert str(today + DAY) in beside(later, county, Stage.SIGNED)
    assert str(today - 9 * DAY) in beside(crossed, county, Stage.SIGNED)
