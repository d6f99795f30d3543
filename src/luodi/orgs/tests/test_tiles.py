"""Where the townships' tiles stand on the schematic map."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Region, User
from luodi.orgs.rules import Role
from luodi.orgs.services.tiles import townships_place
from luodi.orgs.tests.factories import make_cast, make_township

pytestmark = pytest.mark.django_db


@pytest.fixture
def codes() -> list[str]:
    make_cast(Role.SYSTEM_ADMIN, Role.PROJECT_OFFICE)
    units = [make_township(code, name) for code, name in (("T03", "河湾镇"), ("T04", "红崖镇"))]
    return [unit.governs.code for unit in units if unit.governs]


def place(tiles: dict[str, tuple[int, int]], by: str = "system_admin") -> int:
    return acts.run(townships_place, by=User.objects.get(username=by), tiles=tiles)


def now() -> dict[str, tuple[int | None, int | None]]:
    found = Region.objects.filter(level="township").values_list("code", "tile_x", "tile_y")
    return {code: (x, y) for code, x, y in found}


def test_two_may_change_places_and_who_is_left_out_has_none(codes: list[str]) -> None:
    one, other = codes
    assert place({one: (1, 1), other: (2, 1)}) == 2
    assert place({one: (2, 1), other: (1, 1)}) == 2
    assert now() == {one: (2, 1), other: (1, 1)}
    assert place({one: (2, 1)}) == 1
    assert now() == {one: (2, 1), other: (None, None)}
    assert place({one: (2, 1)}) == 0


def test_what_is_wrong_is_told_and_nothing_moves(codes: list[str]) -> None:
    one, other = codes
    wrong: list[tuple[str, dict[str, tuple[int, int]]]] = [
        ("tiles_missing", {}), ("township_unknown", {"999999999": (1, 1)}), ("tile_wrong", {one: (6, 1)}),
        ("tile_wrong", {one: (1, 21)}), ("tile_taken", {one: (1, 1), other: (1, 1)}),
    ]  # fmt: skip
    for code, tiles in wrong:
        with pytest.raises(DomainError) as refused:
            place(tiles)
        assert refused.value.code == code
    with pytest.raises(DomainError) as refused:
        place({one: (1, 1)}, by="project_office")
    assert refused.value.code == "forbidden"
    assert set(now().values()) == {(None, None)}


def test_the_command_reads_a_table(codes: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "示意图.csv"
    path.write_text(f"区划代码,列,行\n{codes[0]},3,2\n{codes[1]},4,2\n说明,不读,\n", encoding="utf-8")
    call_command("townships_place", str(path), "--as", "system_admin")
    assert "摆了 2 个乡镇" in capsys.readouterr().err
    assert now() == {codes[0]: (3, 2), codes[1]: (4, 2)}
    path.write_text(f"{codes[0]},9,9\n", encoding="utf-8")
    with pytest.raises(SystemExit):
        call_command("townships_place", str(path), "--as", "system_admin")
    assert "列是 1 到 5" in capsys.readouterr().err
