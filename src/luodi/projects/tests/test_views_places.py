"""The map of the library: what each tile counts and leads to, and the table beside it."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts, clock
from luodi.orgs.models import Region, User
from luodi.orgs.rules import Role
from luodi.orgs.services.tiles import townships_place
from luodi.orgs.tests.factories import make_county, make_township_region
from luodi.projects.models import Project
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.tests.factories import County, make_project, make_world

pytestmark = pytest.mark.django_db
MOST = 12
TILE = re.compile(r'<li class="([^"]*)">(.*?)</li>', re.S)
LINK = re.compile(r'<a ([^>]*)href="([^"]*)"([^>]*)>')
ROW = re.compile(r'<a class="ld-name" href="(/projects/[0-9a-f-]{36}/[^"]*)">([^<]*)</a>')


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def north(world: County) -> Region:
    return make_township_region("139921104", "北岭乡")


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    client.get("/projects/")  # the first request of a session notes when it began
    return client


def body(user: User, address: str = "/projects/map") -> str:
    answer = sign_in(user).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def plain(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def tiles(html: str) -> dict[str, tuple[str, str, list[str]]]:
    """By the township's name: the tile's class, what it says, its links."""
    found = {}
    for shade, inner in TILE.findall(html[html.index("ld-map") : html.index("h-rows")]):
        said = plain(inner)
        found[said.split()[0]] = (shade, said, [unescape(href) for _b, href, _a in LINK.findall(inner)])
    return found


def rows(html: str) -> list[str]:
    return [unescape(name) for _href, name in ROW.findall(html[html.index("h-rows") :])]


def late(world: County, **changes: Any) -> Project:
    """A project whose obstacle was to be solved yesterday."""
    project = make_project(world, **changes)
    with clock.standing_at(clock.now() - timedelta(days=9)):
        due = clock.today() + timedelta(days=8)
        told = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, due)
        acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)
    return project


def test_a_tile_counts_its_projects_by_lamp_and_each_number_leads_to_its_rows(world: County, north: Region):
    bad, good, other = late(world), make_project(world), make_project(world, township=north)
    office = world[Role.PROJECT_OFFICE]
    html = body(office)
    home = world.township.governs
    assert home is not None
    shade, said, links = tiles(html)["河湾镇"]
    assert (shade, said) == ("t-m3", "河湾镇 2 个 1 （滞后） 1 （正常）")
    assert tiles(html)["北岭乡"][:2] == ("t-p1", "北岭乡 1 个 1 （正常）")
    assert set(rows(html)) == {bad.name, good.name, other.name}
    assert set(rows(body(office, f"/projects/map{links[0]}"))) == {bad.name, good.name}
    assert rows(body(office, f"/projects/map{links[1]}")) == [bad.name]
    assert f"township={home.pk}" in links[1]
    assert "lamp=red" in links[1]


def test_choosing_a_township_leaves_the_other_tiles_as_they_are(world: County, north: Region):
    make_project(world), make_project(world, township=north)
    before = tiles(body(world[Role.PROJECT_OFFICE]))
    html = body(world[Role.PROJECT_OFFICE], f"/projects/map?township={north.pk}")
    after = tiles(html)
    assert after["河湾镇"][:2] == before["河湾镇"][:2]
    assert after["北岭乡"][0] == "t-p1 on"
    assert 'aria-current="true">北岭乡' in html
    assert after["北岭乡"][2][0] == "?"  # its name gives the choice up again


def test_projects_without_a_township_have_a_tile_whose_list_is_theirs(world: County, north: Region):
    make_project(world)
    bare = make_project(world, township=None)
    html = body(world[Role.PROJECT_OFFICE])
    shade, said, links = tiles(html)["未填乡镇"]
    assert (shade, said) == ("t-p1", "未填乡镇 1 个 1 （正常）")
    assert rows(body(world[Role.PROJECT_OFFICE], f"/projects/map{links[0]}")) == [bare.name]
    table = body(world[Role.PROJECT_OFFICE], f"/projects/{links[0]}")
    assert bare.name in table
    assert "1 个合计" in table


def test_the_map_and_the_table_count_the_same_under_the_same_filters(world: County, north: Region):
    late(world), make_project(world, township=north, name="北岭光伏", total_investment_cny=Decimal(1))
    for query in ("?q=光伏", "?lamp=red", f"?township={north.pk}&stage=planned", "?unproved=true", "?ended=true"):
        html = body(world[Role.PROJECT_OFFICE], f"/projects/map{query}")
        table = body(world[Role.PROJECT_OFFICE], f"/projects/{query}")
        listed = re.findall(r'<a class="ld-name" href="/projects/[0-9a-f-]{36}/">([^<]*)</a>', table)
        assert sorted(rows(html)) == sorted(listed), query
        lead = re.search(r"(\d+) 个", html)
        assert lead
        assert int(lead[1]) == len(listed), query


def test_shades_say_nothing_where_a_lamp_is_filtered(world: County):
    late(world)
    html = body(world[Role.PROJECT_OFFICE], "/projects/map?lamp=red")
    assert tiles(html)["河湾镇"][0] == "t-0"
    assert "滞后占两成以上" not in html


def test_tiles_stand_where_the_county_put_them(world: County, north: Region):
    home = world.township.governs
    assert home is not None
    admin = world[Role.SYSTEM_ADMIN]
    acts.run(townships_place, by=admin, tiles={north.code: (2, 1), home.code: (5, 2)})
    html = body(world[Role.PROJECT_OFFICE])
    cells = re.findall(r"<li(?: class=\"[^\"]*\")?>(?:<a[^>]*>([^<]*)</a>)?", html[html.index("ld-map") :])
    assert cells == ["", "北岭乡", "", "", "", "", "", "", "", "河湾镇"]


def test_each_county_has_its_own_sheet_and_projects_elsewhere_are_counted(world: County):
    """A unit may help in another county: what it sees there lies on no tile of its own, and is counted all the same."""
    away = make_township_region("139922100", "青禾镇", county=make_county("139922", "青禾县", "QH"))
    project = make_project(world)
    Project.objects.filter(pk=project.pk).update(township=away)
    said = tiles(body(world[Role.PROJECT_OFFICE]))
    assert said["其他地方"][1:] == ("其他地方 1 个", [])


def test_what_the_address_says_wrongly_is_told_and_changes_nothing(world: County):
    project = make_project(world)
    html = body(world[Role.PROJECT_OFFICE], "/projects/map?township=99999&stage=flying&sort=up")
    assert rows(html) == [project.name]
    assert "没有用上：township=99999、stage=flying、sort=up" in plain(html)


def test_a_bank_sees_on_the_map_only_what_it_is_party_to(world: County):
    project = make_project(world)
    html = body(world[Role.BANK_CLERK])
    assert project.name not in html
    assert "地图上还没有项目" in html
    assert tiles(html)["河湾镇"][1] == "河湾镇 0 个"


def test_a_past_day_shows_where_projects_lay_then(world: County, north: Region):
    with clock.standing_at(clock.now() - timedelta(days=3)):
        make_project(world)
        then = clock.today()
    make_project(world, township=north)
    said = tiles(body(world[Role.PROJECT_OFFICE], f"/projects/map?on={then}"))
    assert said["北岭乡"][1] == "北岭乡 0 个"
    assert said["河湾镇"][1].startswith("河湾镇 1 个")
    assert f"on={then}" in said["河湾镇"][2][0]


def test_the_number_of_queries_does_not_grow(world: County, north: Region):
    make_project(world)
    client = sign_in(world[Role.PROJECT_OFFICE])

    def asked(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    addresses = ["/projects/map", f"/projects/map?township={north.pk}&lamp=red&sort=name"]
    few = [asked(address) for address in addresses]
    for number in range(9):
        make_project(world, township=[north, None, world.township.governs][number % 3])
    for number in range(5):
        make_township_region(f"13992120{number}", f"新乡{number}")
    assert [asked(address) for address in addresses] == few
    assert max(few) <= MOST, few
