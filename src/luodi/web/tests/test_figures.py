from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from luodi.web import figures


@pytest.mark.parametrize(
    ("cny", "text"),
    [
        (Decimal("18160000"), "1,816 万元"),
        (Decimal("112000000"), "1.12 亿元"),
        (Decimal("100000000"), "1.00 亿元"),
        (Decimal("35000"), "3.5 万元"),
        (Decimal(0), "0 万元"),
        (None, "—"),
    ],
)
def test_money_chooses_the_unit_that_reads_best(cny: Decimal | None, text: str) -> None:
    assert figures.money(cny) == text


def test_yi_keeps_two_decimals_for_columns() -> None:
    assert [figures.in_yi(Decimal(n)) for n in (320_000_000, 5_000_000, 0)] == ["3.20", "0.05", "0.00"]


def test_wan_rounds_half_up() -> None:
    assert figures.in_wan(Decimal("12345.50")) == "1.23"
    assert figures.in_wan(Decimal("50")) == "0.01"


def test_percent_takes_a_share() -> None:
    assert [figures.percent(r) for r in (Decimal("0.7"), 0.9375, 1, None)] == ["70.0%", "93.8%", "100.0%", "—"]


def test_an_instant_is_shown_in_shanghai_time() -> None:
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    assert "2026-11-23 00:30" in figures.moment(late)
    assert ">2026-11-23<" in figures.day(late)


def test_a_date_never_breaks_over_two_lines() -> None:
    assert figures.day(date(2026, 11, 23)) == '<time class="ld-nw" datetime="2026-11-23">2026-11-23</time>'
    assert figures.day(None) == "—"
