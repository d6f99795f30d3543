"""The library as a map: each township's numbers are those of the list that they lead to."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_township
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import County, make_project, make_world

pytestmark = pytest.mark.django_db
MAP = "/projects/map"
TILE = re.compile(r'<li class="(?P<shade>t-\w+)( on)?">.*?</li>', re.S)
NUMBER = re.compile(r'<a href="(?P<href>[^"]*)" aria-label="(?P<place>[^，]*)，(?P<lamp>\S+) (?P<count>\d+) 个"')


@pytest.fixture
def world() -> County:
    return make_world()


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    client.get("/projects/")
    return client


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def count_of(page: str) -> int:
    found = re.search(r"(\d+) 个", page[page.index("<main") :])
    assert found
    return int(found[1])


def busy(world: County) -> None:
    """One late and two others in the township, one in another, one that says no township."""
    other = make_township("T04", "红崖镇")
    block_due_yesterday = clock.now() - timedelta(days=3)
    with clock.standing_at(block_due_yesterday):
        project = make_project(world, name="甲冷库")
        told = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, clock.today() + timedelta(days=1))
        acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)
    make_project(world, name="乙冷库")
    make_project(world, name="丙冷库")
    make_project(world, name="丁冷库", township=other.governs)
    make_project(world, name="戊冷库", township=None)


def test_each_number_leads_to_as_many_projects(world: County) -> None:
    busy(world)
    client = sign_in(world[Role.PROJECT_OFFICE])
    page = body(client, MAP)
    found = [match.groupdict() for match in NUMBER.finditer(page)]
    assert {(one["place"], one["count"]) for one in found} >= {("河湾镇", "1"), ("红崖镇", "1"), ("未填乡镇", "1")}
    assert sum(int(one["count"]) for one in found) == 5
    for one in found:
        asked = unescape(one["href"])
        for address in (f"{MAP}{asked}", f"/projects/{asked}"):
            assert count_of(body(client, address)) == int(one["count"]), (one, address)


def test_a_shade_is_the_share_of_what_is_late(world: County) -> None:
    busy(world)
    tiles = {tile["shade"]: tile[0] for tile in TILE.finditer(body(sign_in(world[Role.PROJECT_OFFICE]), MAP))}
    assert "河湾镇" in tiles["t-m3"]  # one of three
    assert "红崖镇" in tiles["t-p1"] or "未填乡镇" in tiles["t-p1"]


def test_the_chosen_township_fills_the_table_and_the_map_stays_whole(world: County) -> None:
    busy(world)
    client = sign_in(world[Role.PROJECT_OFFICE])
    page = body(client, f"{MAP}?township={world.township.governs_id}")
    table = page[page.index('id="h-rows"') :]
    assert "甲冷库" in table
    assert "丁冷库" not in table
    assert "红崖镇" in page[: page.index('id="h-rows"')]
    assert 'aria-current="true"' in page
    nowhere = body(client, f"{MAP}?township=0")
    assert "戊冷库" in nowhere
    assert "甲冷库" not in nowhere[nowhere.index('id="h-rows"') :]


def test_what_is_odd_in_the_address_is_said(world: County) -> None:
    make_project(world)
    assert "stage=flying" in body(sign_in(world[Role.PROJECT_OFFICE]), f"{MAP}?stage=flying&lamp=red")


def test_a_reader_counts_only_what_he_sees(world: County) -> None:
    busy(world)
    assert count_of(body(sign_in(world[Role.BANK_CLERK]), MAP)) == 0
    assert count_of(body(sign_in(world.officer), MAP)) == 5


def test_a_past_day_has_its_own_map(world: County) -> None:
    with clock.standing_at(clock.now() - timedelta(days=9)):
        project = make_project(world, name="甲冷库")
    office = world[Role.PROJECT_OFFICE]
    with clock.standing_at(clock.now() - timedelta(days=5)):
        project.refresh_from_db()
        acts.run(project_edit, by=office, project_id=project.pk, seen=project.version, changes={"township": None})
    client = sign_in(office)
    then = body(client, f"{MAP}?on={clock.today() - timedelta(days=7)}")
    assert "河湾镇，" in then
    assert "未填乡镇，" not in then
    assert "未填乡镇，" in body(client, MAP)


@pytest.mark.parametrize("role", [Role.PROJECT_OFFICE, Role.COUNTY_LEADER, Role.BANK_CLERK])
def test_the_map_asks_no_more_for_more_rows(world: County, role: Role) -> None:
    client = sign_in(world[role])

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            body(client, f"{MAP}?lamp=red&lamp=green&township={world.township.governs_id}")
        return len(caught)

    make_project(world)
    few = asked()
    busy(world)
    assert asked() == few <= 12
