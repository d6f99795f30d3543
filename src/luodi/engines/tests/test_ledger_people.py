"""Leaders as ledgers write them: with their posts before or behind the name, or with the body they sit in."""

from __future__ import annotations

import pytest

from luodi.engines.ledger import Context, MemberRef
from luodi.engines.tests.test_ledger_rows import HEAD, ROW, changed, codes, county, errors, read

LEADERS = ("甲县长", "乙副县长", "丙书记", "王建国", "王建", "李四海", "李四海书记")


def _county() -> Context:
    members = (*(MemberRef(name, "O02", is_leader=True) for name in LEADERS), MemberRef("张一", "D03"))
    known = county()
    return Context(known.today, known.county, known.units, members)


@pytest.mark.parametrize(
    ("written", "leader", "told"),
    [
        ("甲县长", "甲县长", False),
        ("甲 县长", "甲县长", False),
        ("甲县长（分管）", "甲县长", False),
        ("县政府甲县长", "甲县长", False),
        ("甲县长（县政府）", "甲县长", False),
        ("县长甲", "甲县长", True),
        ("甲（副县长）", "甲县长", True),
        ("甲", "甲县长", True),
        ("县委常委、副县长乙", "乙副县长", True),
        ("县委副书记丙", "丙书记", True),
        ("王建国县长", "王建国", False),
        ("县政府党组成员、副县长 王建国", "王建国", False),
        ("县委办 王建", "王建", False),
        ("李四海（县委书记）", "李四海", False),
    ],
)
def test_posts_and_bodies_around_a_leader_fall(written: str, leader: str, told: bool) -> None:
    row = read([HEAD, changed(ROW, 包联领导=written)], _county())[1]
    assert (row.values.get("leader"), errors(row)) == (leader, [])
    assert ("person_title" in codes(row)) is told


@pytest.mark.parametrize("written", ["县长", "王县长", "李县长", "丁副县长"])
def test_post_alone_or_a_surname_with_it_is_no_leader(written: str) -> None:
    row = read([HEAD, changed(ROW, 包联领导=written)], _county())[1]
    assert errors(row) in (["leader_unknown"], ["leader_missing"])


def test_of_two_leaders_alike_none_is_taken() -> None:
    members = tuple(MemberRef(name, "O02", is_leader=True) for name in ("甲县长", "甲书记"))
    known = county()
    row = read([HEAD, changed(ROW, 包联领导="甲")], Context(known.today, known.county, known.units, members))[1]
    assert errors(row) == ["leader_unknown"]
