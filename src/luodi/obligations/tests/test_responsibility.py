"""责任: every number is the length of the list behind it; who answers for nothing, and for too much, is listed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import clock
from luodi.obligations.selectors import matrix_of
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member, make_unit, make_user
from luodi.projects.rules import Stage
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world
from luodi.rulebook.selectors import thresholds

pytestmark = pytest.mark.django_db
URL = "/responsibility/"


@pytest.fixture
def world() -> County:
    """Three projects of one unit; the first has a request before the project office."""
    world = make_world()
    first = bring_to(make_project(world), Stage.PREPARING, world)
    ask(first, world.officer)
    for _more in range(2):
        make_project(world)
    return world


def page(user: User, query: str = "") -> Any:
    client = Client()
    client.force_login(user)
    return client.get(URL + query)


def names(answer: Any) -> list[str]:
    return [line.member.name for line in answer.context["lines"]]


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.UNIT_HEAD, Role.UNIT_OFFICER])
def test_each_number_is_the_length_of_its_list(world: County, role: Role) -> None:
    client = Client()
    client.force_login(world[role])
    matrix = matrix_of(world[role])
    cells = [holding for row in matrix.some for holding in row.held.values()]
    codes = {cell.code for cell in cells}
    assert {"project.officer", "project.principal", "unit.head"} <= codes
    assert role is not Role.SUPERVISOR or {"project.leader", "obligation"} <= codes
    for cell in cells:
        answer = client.get(cell.href)
        assert answer.context["page"].paginator.count == cell.count, cell.href


def test_a_member_is_counted_by_what_he_answers_for(world: County) -> None:
    row = next(r for r in matrix_of(world[Role.SUPERVISOR]).some if r.member_id == world.officer.member_id)
    assert row.held["project.officer"].count == 3
    assert row.total == sum(holding.count for holding in row.held.values())


def test_what_a_leader_answers_for_is_not_done_by_himself(world: County) -> None:
    rows = {row.member_id: row for row in matrix_of(world[Role.SUPERVISOR]).some}
    leader, officer = rows[world[Role.COUNTY_LEADER].member_id], rows[world.officer.member_id]
    assert leader.held["project.leader"].count == 3
    assert leader.own == leader.total - 3 - ("unit.head" in leader.held)
    assert officer.own == officer.held["project.officer"].count + (
        officer.held["obligation"].count if "obligation" in officer.held else 0
    )


def test_a_unit_sees_its_own_people_alone(world: County) -> None:
    everybody = {row.unit_id for row in matrix_of(world[Role.GOVERNMENT_OFFICE]).some}
    assert len(everybody) > 1
    own = matrix_of(world[Role.UNIT_HEAD])
    assert {row.unit_id for row in own.some + own.none} == {world.unit.pk}
    other = world[Role.PROJECT_OFFICE].member.unit_id
    assert page(world[Role.UNIT_HEAD], f"?unit={other}").context["bar"].chips == []


def test_who_sees_a_part_only_is_not_told_who_has_nothing(world: County) -> None:
    """What a colleague leads elsewhere he does not see: he would be shown as one without work."""
    make_member(world.unit, "闲一", Role.UNIT_OFFICER)
    shown = page(world[Role.UNIT_HEAD], "?list=none")
    assert shown.context["shown"] == ""
    assert "没有负责的事" not in shown.content.decode()


def test_who_answers_for_nothing_is_listed(world: County) -> None:
    idle = make_member(world.unit, "闲一", Role.UNIT_OFFICER)
    without_role = make_member(world.unit, "闲二")
    listed = make_member(world.unit, "闲三", Role.UNIT_OFFICER, state="listed")
    office = world[Role.GOVERNMENT_OFFICE]
    none = {row.member_id for row in matrix_of(office).none}
    assert idle.pk in none
    assert none.isdisjoint({without_role.pk, listed.pk, world.officer.member_id})
    apart = {Role.BANK_CLERK, Role.ENTERPRISE_CLERK, Role.SECURITY_ADMIN, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}
    assert none.isdisjoint({world[role].member_id for role in apart})
    assert "闲一" in names(page(office, f"?list=none&unit={world.unit.pk}"))
    make_project(world, officer=idle)
    assert idle.pk not in {row.member_id for row in matrix_of(office).none}


def test_who_answers_for_too_much_is_listed(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    office, officer = world[Role.GOVERNMENT_OFFICE], world.officer.member
    region = officer.region_id
    held = next(row.own for row in matrix_of(office).some if row.member_id == officer.pk)
    assert thresholds([region], clock.today())[region]["most_held"] == 30
    for most, much in ((held, False), (held - 1, True)):
        numbers = {region: {"most_held": Decimal(most)}}
        monkeypatch.setattr("luodi.obligations.selectors.thresholds", lambda _ids, _on, numbers=numbers: numbers)
        answer = page(office, "?list=much")
        assert (officer.name in names(answer)) is much
        mine = next(line for line in page(office, "?sort=-project.officer").context["lines"] if line.member == officer)
        assert mine.much is much


def test_order_and_odd_addresses(world: County) -> None:
    office = world[Role.GOVERNMENT_OFFICE]
    totals = [line.total for line in page(office).context["lines"]]
    assert totals == sorted(totals, reverse=True)
    assert [line.total for line in page(office, "?sort=total").context["lines"]] == totals[::-1]
    first = page(office, "?sort=-project.officer").context["lines"][0]
    assert first.member.pk == world.officer.member_id
    units = [line.member.unit.code for line in page(office, "?sort=unit").context["lines"]]
    assert units == sorted(units)
    assert page(office, "?sort=x&list=x&unit=x&page=x").status_code == 200


def test_queries_do_not_grow(world: County) -> None:
    office = world[Role.GOVERNMENT_OFFICE]
    client = Client()
    client.force_login(office)
    counts = []
    for more in (0, 12):
        for number in range(more):
            unit = make_unit(f"N{number}", f"局{number}")
            make_project(world, officer=make_member(world.unit, f"员{number}", Role.UNIT_OFFICER))
            make_user(make_member(unit, "甲"), Role.UNIT_OFFICER)
        client.get(URL)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(URL).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 18, counts


@pytest.mark.parametrize("role", [Role.BANK_CLERK, Role.ENTERPRISE_CLERK, Role.SECURITY_ADMIN])
def test_closed_to_who_sees_no_unit(world: County, role: Role) -> None:
    assert page(world[role]).status_code == 403


def test_the_lists_behind_name_whom_they_are_of(world: County) -> None:
    client = Client()
    client.force_login(world[Role.SUPERVISOR])
    head = world[Role.UNIT_HEAD].member
    chips = client.get(reverse("unit_list") + f"?head={head.pk}").context["bar"].chips
    assert [chip.value for chip in chips] == [head.name]
    chips = client.get(reverse("obligation_list") + f"?member={head.pk}").context["bar"].chips
    assert [chip.value for chip in chips] == [head.name]
    unknown = client.get(reverse("unit_list") + "?head=999999").context["bar"].chips
    assert [str(chip.value) for chip in unknown] == ["查无此人"]
