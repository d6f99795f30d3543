"""The grid of tiles that stands in for geography."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.maps import grid

tiles = st.lists(st.none() | st.tuples(st.integers(0, 7), st.integers(0, 6)), max_size=30)


def test_who_has_a_tile_stands_there_and_corners_stay_empty() -> None:
    assert grid([(2, 1), (1, 2), (3, 2)], 3) == [None, 0, None, 1, None, 2]


def test_who_has_none_follows_below_in_order() -> None:
    assert grid([None, (2, 1), None, None], 2) == [None, 1, 0, 2, 3, None]


def test_two_on_one_tile_lose_nobody() -> None:
    assert grid([(1, 1), (1, 1)], 2) == [0, None, 1, None]


def test_nothing_needs_no_cell() -> None:
    assert grid([], 5) == []


@given(tiles, st.integers(1, 6))
def test_everything_stands_once_in_whole_rows(given_tiles: list[tuple[int, int] | None], columns: int) -> None:
    cells = grid(given_tiles, columns)
    assert len(cells) % columns == 0
    assert sorted(cell for cell in cells if cell is not None) == list(range(len(given_tiles)))
    assert not cells or any(cell is not None for cell in cells[-columns:])
