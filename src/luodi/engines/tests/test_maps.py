"""Tiles stand where a county puts them; the others, in whole rows, below."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.maps import grid


def test_without_places_things_fill_rows_in_their_order():
    assert grid([None] * 4, 3) == [0, 1, 2, 3, None, None]
    assert grid([], 3) == []


def test_a_place_is_kept_and_holes_stay_holes():
    assert grid([(2, 1), (1, 2), (3, 2)], 3) == [None, 0, None, 1, None, 2]


def test_who_has_no_place_stands_below_those_who_have():
    assert grid([None, (1, 1), None], 2) == [1, None, 0, 2]


def test_the_second_on_a_place_and_one_beyond_the_columns_are_laid_out_below():
    assert grid([(1, 1), (1, 1), (9, 1)], 2) == [0, None, 1, 2]


@given(st.lists(st.none() | st.tuples(st.integers(1, 5), st.integers(1, 20)), max_size=60))
def test_each_thing_stands_once_and_rows_are_whole(tiles: list[tuple[int, int] | None]):
    cells = grid(tiles, 5)
    assert sorted(cell for cell in cells if cell is not None) == list(range(len(tiles)))
    assert len(cells) % 5 == 0
    assert not cells or any(cell is not None for cell in cells[-5:])
