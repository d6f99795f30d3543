"""Where townships stand on the schematic map: set by the system administrator, each place once."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Region, User
from luodi.orgs.rules import Role
from luodi.orgs.services.tiles import Tile, townships_place
from luodi.orgs.tests.factories import make_cast, make_county, make_township_region

pytestmark = pytest.mark.django_db
NORTH, SOUTH, EAST = "139921100", "139921101", "139921102"


@pytest.fixture
def admin() -> User:
    for code, name in ((NORTH, "北岭乡"), (SOUTH, "南峪乡"), (EAST, "东川镇")):
        make_township_region(code, name)
    return make_cast(Role.SYSTEM_ADMIN, Role.PROJECT_OFFICE)[Role.SYSTEM_ADMIN]


def places() -> dict[str, tuple[int | None, int | None]]:
    found = Region.objects.filter(level="township", code__in=[NORTH, SOUTH, EAST])
    return {code: (x, y) for code, x, y in found.values_list("code", "tile_x", "tile_y")}


def test_townships_change_places_and_who_is_not_named_loses_his(admin: User):
    assert acts.run(townships_place, by=admin, tiles={NORTH: (2, 1), SOUTH: (2, 2), EAST: (3, 1)}) == 3
    assert acts.run(townships_place, by=admin, tiles={NORTH: (2, 2), SOUTH: (2, 1)}) == 3
    assert places() == {NORTH: (2, 2), SOUTH: (2, 1), EAST: (None, None)}
    assert acts.run(townships_place, by=admin, tiles={NORTH: (2, 2), SOUTH: (2, 1)}) == 0


@pytest.mark.parametrize(
    ("code", "tiles"),
    [
        ("tiles_missing", {}),
        ("township_unknown", {"139921999": (1, 1)}),
        ("tile_wrong", {NORTH: (6, 1)}),
        ("tile_wrong", {NORTH: (1, 0)}),
        ("tile_taken", {NORTH: (1, 1), SOUTH: (1, 1)}),
    ],
)
def test_refused_places_change_nothing(admin: User, code: str, tiles: dict[str, Tile]):
    with pytest.raises(DomainError) as refused:
        acts.run(townships_place, by=admin, tiles=tiles)
    assert refused.value.code == code
    assert set(places().values()) == {(None, None)}


def test_another_county_keeps_its_own(admin: User):
    make_township_region("139922100", "青禾镇", county=make_county("139922", "青禾县", "QH"))
    with pytest.raises(DomainError) as refused:
        acts.run(townships_place, by=admin, tiles={"139922100": (1, 1)})
    assert refused.value.code == "township_unknown"


def test_the_project_office_places_nothing(admin: User):
    with pytest.raises(DomainError) as refused:
        acts.run(townships_place, by=User.objects.get(username="project_office"), tiles={NORTH: (1, 1)})
    assert refused.value.code == "forbidden"


@pytest.mark.parametrize("place", [{"tile_x": 1}, {"tile_x": 6, "tile_y": 1}, {"tile_x": 1, "tile_y": 21}])
def test_the_database_refuses_half_a_place_and_one_off_the_map(admin: User, place: dict[str, int]):
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.filter(code=NORTH).update(**place)


def test_the_database_refuses_two_on_one_place(admin: User):
    Region.objects.filter(code=NORTH).update(tile_x=1, tile_y=1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Region.objects.filter(code=SOUTH).update(tile_x=1, tile_y=1)


def test_command_reads_a_table(admin: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "示意图.csv"
    path.write_text(f"区划代码,列,行\n{NORTH},2,1\n{SOUTH},2,4\n说明,不读,\n", encoding="utf-8")
    call_command("townships_place", str(path), "--as", "system_admin")
    assert "摆了 2 个乡镇" in capsys.readouterr().err
    assert places()[SOUTH] == (2, 4)
    path.write_text("别的表\n", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        call_command("townships_place", str(path), "--as", "system_admin")
    assert ended.value.code == 2
    assert "没有读到一个乡镇" in capsys.readouterr().err
