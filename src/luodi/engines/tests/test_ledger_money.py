from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.ledger.money import ABSURD, read_amount, say_yuan
from luodi.engines.sheets import Cell

CELLS = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.text("0123456789.,，-－万亿元约余()（） "),
)


@pytest.mark.parametrize(
    ("cell", "unit", "yuan"),
    [
        (5900, "万元", "59000000.00"),
        (5900.0, "万元", "59000000.00"),
        ("5900", "万元", "59000000.00"),
        ("5,900", "万元", "59000000.00"),
        ("５，９００", "万元", "59000000.00"),
        ("5,600万元", "亿元", "56000000.00"),
        ("2965万", "元", "29650000.00"),
        ("10.51亿元", "万元", "1051000000.00"),
        ("1亿2000万元", "万元", "120000000.00"),
        (1.2, "亿元", "120000000.00"),
        (1234.5600000000001, "万元", "12345600.00"),
        ("59000000", "元", "59000000.00"),
        ("人民币1.5亿元整", "万元", "150000000.00"),
        ("¥1200万", "元", "12000000.00"),
        ("3千万", "元", "30000000.00"),
        ("三千万元", "元", "30000000.00"),
        ("一亿二千万元", "元", "120000000.00"),
        ("1.2个亿", "万元", "120000000.00"),
        ("壹仟万元", "元", "10000000.00"),
        ("壹亿贰仟万元", "万元", "120000000.00"),
        ("人民币陆拾捌万伍仟圆整", "万元", "685000.00"),
        ("柒佰万元正", "元", "7000000.00"),
        ("1200。", "万元", "12000000.00"),
        ("1200.", "万元", "12000000.00"),
        ("*1200*", "万元", "12000000.00"),
        ("1200万元。", "元", "12000000.00"),
        ("5000（一期）", "万元", "50000000.00"),
        ("1.14E+4", "万元", "114000000.00"),
        (0, "万元", "0.00"),
        (".5", "亿元", "50000000.00"),
    ],
)
def test_amount_is_read_in_yuan(cell: Cell, unit: str, yuan: str) -> None:
    read = read_amount(cell, unit)
    assert (str(read.yuan), read.is_error, read.code) == (yuan, False, "")


@pytest.mark.parametrize(
    ("cell", "yuan"),
    [
        ("约1.14亿", "114000000.00"),
        ("5000万左右", "50000000.00"),
        ("近2亿元", "200000000.00"),
        ("3000余万元", "30000000.00"),
        ("1.2亿元以上", "120000000.00"),
    ],
)
def test_round_figure_is_taken_and_told(cell: str, yuan: str) -> None:
    read = read_amount(cell, "万元")
    assert (str(read.yuan), read.code, read.is_error) == (yuan, "amount_approximate", False)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("面议", "amount_word"),
        ("价格面议", "amount_word"),
        ("3-5亿", "amount_range"),
        ("3～5亿元", "amount_range"),
        ("3亿至5亿", "amount_range"),
        ("12000—15000", "amount_range"),
        (-500, "amount_negative"),
        ("-500", "amount_negative"),
        ("－500万", "amount_negative"),
        ("（500）", "amount_negative"),
        (59_000_000, "amount_absurd"),
        ("1000.01亿", "amount_absurd"),
        ("2000万美元", "amount_currency"),
        ("12,34", "amount_unreadable"),
        ("1.2.3", "amount_unreadable"),
        ("50%", "amount_unreadable"),
        ("#REF!", "amount_unreadable"),
        ("很多", "amount_unreadable"),
        ("1万2亿", "amount_unreadable"),
        (float("nan"), "amount_unreadable"),
        (float("inf"), "amount_unreadable"),
        (True, "amount_unreadable"),
        (date(2026, 1, 1), "amount_unreadable"),
        ("=1+1", "amount_unreadable"),
    ],
)
def test_what_is_no_amount_is_an_error(cell: Cell, code: str) -> None:
    read = read_amount(cell, "万元")
    assert (read.code, read.is_error) == (code, True)


@pytest.mark.parametrize("cell", [None, "", "  ", "　"])
def test_blank_is_no_amount_and_no_error(cell: Cell) -> None:
    read = read_amount(cell, "万元")
    assert (read.yuan, read.code) == (None, "")


@pytest.mark.parametrize(
    ("cell", "code"), [("/", "amount_dash"), ("—", "amount_dash"), ("－", "amount_dash"), ("待定", "amount_pending")]
)
def test_sign_for_nothing_is_told(cell: str, code: str) -> None:
    read = read_amount(cell, "万元")
    assert (read.yuan, read.code, read.is_error) == (None, code, False)


def test_only_a_bare_number_takes_the_headings_unit() -> None:
    assert read_amount("5", "亿元").bare
    assert not read_amount("5万", "亿元").bare
    assert not read_amount("5元", "亿元").bare


@given(CELLS, st.sampled_from(["", "元", "千元", "万元", "百万元", "亿元"]))
def test_reading_never_fails_and_never_passes_the_absurd(cell: Cell, unit: str) -> None:
    read = read_amount(cell, unit)
    assert read.yuan is None or read.is_error or 0 <= read.yuan <= ABSURD


@given(st.integers(0, 10**12))
def test_what_is_written_in_any_unit_reads_the_same(fen: int) -> None:
    yuan = Decimal(fen) / 100
    for text in (f"{yuan}元", f"{yuan:,.2f}元", f"{yuan / 10_000}万元", f"{yuan / 100_000_000:f}亿元"):
        assert read_amount(text, "万元").yuan == yuan, text
    assert read_amount(str(yuan), "元").yuan == yuan


@pytest.mark.parametrize(
    ("yuan", "said"), [("114000000", "1.14亿元"), ("29650000", "2965万元"), ("320", "320元"), ("0", "0元")]
)
def test_amounts_are_said_in_the_unit_that_fits(yuan: str, said: str) -> None:
    assert say_yuan(Decimal(yuan)) == said
