"""Maps without a map service: a grid of tiles that stands in for geography, and outlines drawn from GeoJSON. Pure."""

from __future__ import annotations

from collections.abc import Sequence

Tile = tuple[int, int]
"""Column and row, both from 1: from west to east, from north to south."""


def grid(tiles: Sequence[Tile | None], columns: int) -> list[int | None]:
    """Lay things out in rows of `columns` cells: who has a tile stands there, the others fill what is free before and after
    in their order. Gives the cells row by row: the thing's place in `tiles`, None for an empty one; rows are whole.

    Where two name one tile, the first has it and the other is laid out like one without.
    """
    placed: dict[int, int] = {}
    for thing, tile in enumerate(tiles):
        if tile is not None and 1 <= tile[0] <= columns and tile[1] >= 1:
            placed.setdefault((tile[1] - 1) * columns + tile[0] - 1, thing)
    seated = set(placed.values())
    waiting = [thing for thing in range(len(tiles)) if thing not in seated]
    # Among placed ones a hole is geography (a corner of the county): the others follow below.
    cell = -(-(max(placed, default=-1) + 1) // columns) * columns
    for thing in waiting:
        placed[cell] = thing
        cell += 1
    count = -(-(max(placed, default=-1) + 1) // columns) * columns
    return [placed.get(place) for place in range(count)]
