"""Tables of rules without a database: what is wrong with rows, what differs, which version is in force."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.ruletables import arranged, changes, completed, faults, plain, typed
from luodi.rulebook.rules import in_force_on, may_begin_on
from luodi.rulebook.tests.toy import LADDERS, rung

DAY = date(2026, 3, 2)
COLUMNS, KEY = LADDERS.columns, LADDERS.key


def wrong(*rows: Any) -> list[tuple[int, str]]:
    return [(fault.row, fault.column) for fault in faults(COLUMNS, KEY, rows)]


@pytest.mark.parametrize(
    ("cell", "bad", "good"),
    [
        ("kind", "weather", "report"),
        ("kind", None, "report"),
        ("rung", 0, 1),
        ("rung", 10, 9),
        ("rung", True, 1),
        ("rung", "1", 1),
        ("after_days", None, 0),
        ("weight", Decimal("1.55"), Decimal("1.5")),
        ("weight", Decimal("NaN"), None),
        ("weight", Decimal(-1), Decimal(0)),
        ("share", Decimal("100.01"), Decimal(100)),
        ("share", 10, Decimal(10)),
        ("sends", "yes", False),
        ("until", "2026-12-31", DAY),
        ("remark", "长" * 21, "长" * 20),
    ],
)
def test_a_cell_is_of_its_kind_and_within_its_bounds(cell: str, bad: Any, good: Any) -> None:
    assert wrong(rung("report", 1, 1), {**rung("inquiry", 1, 1), cell: bad}) == [(1, cell)]
    assert wrong({**rung("inquiry", 2, 1), cell: good}) == []


def test_two_rows_of_one_key_are_refused_and_several_rungs_of_a_kind_are_not() -> None:
    assert wrong(rung("report", 1, 1), rung("report", 2, 1), rung("report", 1, 9)) == [(2, "rung")]
    assert wrong(rung("report", 1, 1), rung("report", 2, 1), rung("inquiry", 1, 1)) == []


def test_a_row_is_the_same_after_it_was_kept() -> None:
    row = rung("report", 1, 4, weight=Decimal("0.10"), until=None)
    kept = plain(COLUMNS, row)
    assert kept["weight"] == "0.10"
    assert kept["until"] is None
    assert typed(COLUMNS, kept) == row
    del kept["remark"]  # a column that came later
    assert typed(COLUMNS, {**kept, "gone": 1}) == {**row, "remark": None}


def test_rows_stand_in_the_order_of_their_keys() -> None:
    rows = [rung("inquiry", 2, 9), rung("report", 2, 3), rung("inquiry", 1, 0), rung("report", 1, 1)]
    assert [(row["kind"], row["rung"]) for row in arranged(COLUMNS, KEY, rows)] == [
        ("report", 1), ("report", 2), ("inquiry", 1), ("inquiry", 2),
    ]  # fmt: skip


def test_rows_given_by_code_are_completed_and_others_fall_away() -> None:
    own = [rung("report", 1, 7), rung("report", 9, 7)]
    given_by_code = [rung("report", 1, 1), rung("report", 2, 2)]
    assert completed(KEY, own, given_by_code) == (own[0], given_by_code[1])


def test_what_differs_is_told_row_by_row() -> None:
    was = [rung("report", 1, 1), rung("report", 2, 3), rung("inquiry", 1, 0, remark="")]
    now = [rung("report", 1, 2), rung("report", 3, 5), rung("inquiry", 1, 0, remark=None)]
    found = changes(COLUMNS, KEY, was, now)
    assert [(change.kind, change.row["rung"]) for change in found] == [("changed", 1), ("added", 3), ("removed", 2)]
    assert [(column.name, before, after) for column, before, after in found[0].cells] == [("after_days", 1, 2)]
    assert changes(COLUMNS, KEY, was, was) == []


@dataclass(frozen=True)
class Version:
    valid_from: date


days = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@given(st.sets(days, max_size=12), days)
def test_in_force_is_the_last_that_has_begun(begun: set[date], day: date) -> None:
    """For any versions and any day: one that has begun, none between it and the day; none only where none has begun."""
    versions = [Version(one) for one in begun]
    found = in_force_on(versions, day)
    earlier = {one for one in begun if one <= day}
    assert (found is None) == (not earlier)
    if found is not None:
        assert found.valid_from in earlier
        assert not [one for one in earlier if one > found.valid_from]
        assert in_force_on(versions, found.valid_from) == found
        assert in_force_on([*versions, replace(found, valid_from=day + timedelta(days=1))], day) == found


def test_no_version_begins_on_a_day_that_has_passed() -> None:
    assert may_begin_on(DAY, DAY)
    assert may_begin_on(DAY + timedelta(days=1), DAY)
    assert not may_begin_on(DAY - timedelta(days=1), DAY)


def test_every_refusal_is_tried_and_documented() -> None:
    """Each code in the services' source stands in a test of this app, and in docs/domain/rulebook.md."""
    here = Path(__file__).parent
    codes = set(re.findall(r"DomainError\(\s*\"(\w+)\"", (here.parent / "services.py").read_text(encoding="utf-8")))
    assert len(codes) > 8
    tests = "".join(path.read_text(encoding="utf-8") for path in here.glob("test_*.py"))
    papers = (here.parents[3] / "docs/domain/rulebook.md").read_text(encoding="utf-8")
    assert [code for code in sorted(codes) if f'"{code}"' not in tests] == []
    assert [code for code in sorted(codes) if f"`{code}`" not in papers] == []
