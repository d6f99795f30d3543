"""A county sets its own limits and ladders; what is open keeps those of the day it was opened."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from luodi.kernel import clock
from luodi.kernel.registry import CALENDAR_EFFECTS, DUTIES, PERIODIC
from luodi.obligations.models import Obligation
from luodi.obligations.panels.rulebook import LADDERS, LIMITS, calendar_effects
from luodi.orgs.rules import Role
from luodi.projects.tests.factories import County, ask, make_project, make_world
from luodi.rulebook.selectors import rows_in_force
from luodi.rulebook.tests.factories import put_in_force

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


def rows_of(world: County, table: str) -> list[dict[str, Any]]:
    region = world[Role.PROJECT_OFFICE].member.region_id
    return [dict(row) for row in rows_in_force(region, table, clock.today())]


def test_the_defaults_are_those_of_the_kinds(world: County) -> None:
    assert {row["kind"]: row["allowed"] for row in rows_of(world, "limits")} == {
        k.code: k.allowed for k in DUTIES.values()
    }
    assert len(rows_of(world, "ladders")) == sum(len(kind.rungs) for kind in DUTIES.values())


def test_a_new_limit_holds_for_what_is_opened_from_then_on(world: County) -> None:
    ask(make_project(world), world.officer)
    rows = [row | ({"allowed": 8} if row["kind"] == "ask" else {}) for row in rows_of(world, "limits")]
    put_in_force(world, "limits", rows)
    ask(make_project(world), world.officer)
    assert list(Obligation.objects.filter(kind="ask").order_by("pk").values_list("allowed", flat=True)) == [5, 8]


def test_a_new_ladder_holds_for_what_is_opened_from_then_on(world: County) -> None:
    ask(make_project(world), world.officer)
    kept = [row for row in rows_of(world, "ladders") if row["kind"] != "ask"]
    put_in_force(world, "ladders", [*kept, {"kind": "ask", "rung": 1, "after": 2, "hears": "leader"}])
    ask(make_project(world), world.officer)
    first, second = Obligation.objects.filter(kind="ask").order_by("pk").values_list("rungs", flat=True)
    assert (len(first), second) == (4, [[2, "leader"]])


def test_rungs_rise_and_every_kind_keeps_one(world: County) -> None:
    rows = sorted(rows_of(world, "ladders"), key=lambda row: (str(row["kind"]), int(row["rung"])))
    assert list(LADDERS.check(rows)) == []
    flat = [row | {"after": 1} if row["kind"] == "ask" else row for row in rows]
    assert {fault.column for fault in LADDERS.check(flat)} == {"after"}
    assert [fault.row for fault in LADDERS.check([row for row in rows if row["kind"] != "ask"])] == [-1]


def test_a_change_says_how_much_that_is_open_keeps_the_old_rule(world: County) -> None:
    ask(make_project(world), world.officer)
    office = world[Role.PROJECT_OFFICE]
    now = rows_of(world, "limits")
    then = [row | ({"allowed": 8} if row["kind"] == "ask" else {}) for row in now]
    (effect,) = LIMITS.effects(office.member.region_id, now, then, clock.today(), office)
    assert (effect.count, effect.href) == (1, "/obligations/?kind=ask")
    assert list(LIMITS.effects(office.member.region_id, now, now, clock.today(), office)) == []


def test_a_changed_calendar_says_which_limits_move(world: County) -> None:
    ask(make_project(world), world.officer)
    duty = Obligation.objects.get(kind="ask")
    assert calendar_effects in CALENDAR_EFFECTS
    assert duty.due_on is not None
    office = world[Role.PROJECT_OFFICE]
    (inside,) = calendar_effects(frozenset({duty.due_on}), frozenset(), office)
    assert inside.count == 1
    outside = frozenset({duty.due_on + timedelta(days=1)}), frozenset({date(2020, 1, 1)})
    assert list(calendar_effects(*outside, office)) == list(calendar_effects(frozenset(), frozenset(), office)) == []


def test_the_ladder_is_climbed_every_night() -> None:
    assert {"obligations.keep", "obligations.climb", "rulebook.in_force"} <= PERIODIC.keys()
