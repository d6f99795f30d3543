"""Where the townships' tiles stand on the schematic map of their county, set by the installation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Region, User
from luodi.orgs.rules import TILE_COLUMNS, TILE_ROWS

Tile = tuple[int, int]


def townships_place(*, by: User, tiles: Mapping[str, Tile]) -> int:
    """Give townships, by code, their column and row; give how many moved. Of the counties that are named, the townships that
    are not lose their place.

    Errors: DomainError "forbidden" | "tiles_missing" | "township_unknown" | "tile_wrong" | "tile_taken".
    """
    if not by.may("system.operate"):
        raise Forbidden(_("乡镇示意图由系统管理员摆。"))
    if not tiles:
        raise DomainError("tiles_missing", _("没有读到一个乡镇：每行要有九位区划代码、第几列、第几行。"))
    townships = acts.lock(Region.objects.townships_of(by.region_ids))
    _check(tiles, townships)
    counties = {row.parent_id for row in townships if row.code in tiles}
    moving = [row for row in townships if row.parent_id in counties and _tile(row) != tiles.get(row.code)]
    for row in moving:  # off the map first: two that change places never stand on one
        if _tile(row):
            acts.update(row, tile_x=None, tile_y=None)
    for row in moving:
        if row.code in tiles:
            acts.update(row, tile_x=tiles[row.code][0], tile_y=tiles[row.code][1])
    return len(moving)


def _tile(row: Region) -> Tile | None:
    return (row.tile_x, row.tile_y) if row.tile_x is not None and row.tile_y is not None else None


def _check(tiles: Mapping[str, Tile], townships: Sequence[Region]) -> None:
    if unknown := sorted(tiles.keys() - {row.code for row in townships}):
        raise DomainError(
            "township_unknown", _("没有这几个区划代码的乡镇：%(codes)s。") % {"codes": "、".join(unknown)}
        )
    held: dict[tuple[int | None, Tile], str] = {}
    for row in townships:
        if (tile := tiles.get(row.code)) is None:
            continue
        if not (TILE_COLUMNS[0] <= tile[0] <= TILE_COLUMNS[1] and TILE_ROWS[0] <= tile[1] <= TILE_ROWS[1]):
            said = {"name": row.name, "columns": TILE_COLUMNS[1], "rows": TILE_ROWS[1]}
            raise DomainError("tile_wrong", _("%(name)s的位置不对：列是 1 到 %(columns)s，行是 1 到 %(rows)s。") % said)
        if other := held.get((row.parent_id, tile)):
            raise DomainError(
                "tile_taken",
                _("%(other)s和%(name)s摆在了同一格：第 %(column)s 列第 %(row)s 行。")
                % {"other": other, "name": row.name, "column": tile[0], "row": tile[1]},
            )
        held[row.parent_id, tile] = row.name
