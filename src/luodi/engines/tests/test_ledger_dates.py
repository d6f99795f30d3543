from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.ledger.dates import SERIAL_ZERO, read_day, read_span
from luodi.engines.sheets import Cell

CELLS = st.one_of(
    st.none(),
    st.text(),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.text("0123456789年月日底-/. 至—"),
)


@pytest.mark.parametrize(
    "cell",
    [
        date(2024, 8, 9),
        datetime(2024, 8, 9, 10, 30),
        "20240809",
        20240809,
        "2024/8/9",
        "2024-08-09",
        "2024.08.09",
        "2024.8.9",
        "2024年8月9日",
        "2024年8月9号",
        "2024年08月09日",
        "２０２４年８月９日",
        " 2024 年 8 月 9 日 ",
        "2024-08-09 00:00:00",
        "2024-08-09T10:30:00",
        "二〇二四年八月九日",
        "预计2024年8月9日",
        "2024年8月9日前",
        "2024年8月9日（已开工）",
        "2024年八月九日",
        "2O24年8月9日",
        "2024.8.9.",
        "2024年8月9日。",
        "*2024-08-09*",
    ],
)
def test_whole_dates(cell: Cell) -> None:
    assert read_day(cell, last=False) == read_day(date(2024, 8, 9), last=True)


@pytest.mark.parametrize(
    ("cell", "first", "last", "code"),
    [
        ("2025年12月", "2025-12-01", "2025-12-31", "date_month_only"),
        ("2025-12", "2025-12-01", "2025-12-31", "date_month_only"),
        ("2025.2", "2025-02-01", "2025-02-28", "date_month_only"),
        (2025.3, "2025-03-01", "2025-03-31", "date_month_only"),
        (2025.1, "2025-01-01", "2025-01-31", "date_month_or_ten"),
        ("202512", "2025-12-01", "2025-12-31", "date_month_only"),
        ("25年12月", "2025-12-01", "2025-12-31", "date_month_only"),
        ("25.12", "2025-12-01", "2025-12-31", "date_month_only"),
        ("2024年", "2024-01-01", "2024-12-31", "date_year_only"),
        (2024, "2024-01-01", "2024-12-31", "date_year_only"),
        ("2026年底", "2026-12-31", "2026-12-31", "date_part"),
        ("2026年底前", "2026-12-31", "2026-12-31", "date_part"),
        ("2026年上半年", "2026-01-01", "2026-06-30", "date_part"),
        ("2026年二季度", "2026-04-01", "2026-06-30", "date_part"),
        ("2026年第三季度", "2026-07-01", "2026-09-30", "date_part"),
        ("2025年三月", "2025-03-01", "2025-03-31", "date_month_only"),
        ("二〇二五年三月", "2025-03-01", "2025-03-31", "date_month_only"),
        ("二○二五年十一月", "2025-11-01", "2025-11-30", "date_month_only"),
        ("2025.3.", "2025-03-01", "2025-03-31", "date_month_only"),
        ("二〇二五年三月底", "2025-03-31", "2025-03-31", "date_part"),
        ("2025Q1", "2025-01-01", "2025-03-31", "date_part"),
        ("2025年Q4", "2025-10-01", "2025-12-31", "date_part"),
        ("2025-q2", "2025-04-01", "2025-06-30", "date_part"),
        ("2025年一季度", "2025-01-01", "2025-03-31", "date_part"),
        ("2025年一季度末", "2025-03-31", "2025-03-31", "date_part"),
        ("2026年2月底", "2026-02-28", "2026-02-28", "date_part"),
        ("2026年3月下旬", "2026-03-21", "2026-03-31", "date_part"),
        ("2026年3月上旬", "2026-03-01", "2026-03-10", "date_part"),
        ("24.3.1", "2024-03-01", "2024-03-01", "date_short_year"),
        (45402, "2024-04-20", "2024-04-20", "date_serial"),
        ("45402", "2024-04-20", "2024-04-20", "date_serial"),
        (45402.5, "2024-04-20", "2024-04-20", "date_serial"),
    ],
)
def test_loose_dates_are_taken_and_told(cell: Cell, first: str, last: str, code: str) -> None:
    for is_last, day in ((False, first), (True, last)):
        read = read_day(cell, last=is_last)
        assert (str(read.day), read.code, read.is_error, read.params["day"]) == (day, code, False, day)


@pytest.mark.parametrize("cell", ["3/15/2025", "15/3/2025", "15.3.2025", "03-15-2025"])
def test_year_may_stand_last_where_one_part_can_be_no_month(cell: str) -> None:
    assert read_day(cell, last=True) == read_day(date(2025, 3, 15), last=True)


@pytest.mark.parametrize("cell", ["待定", "/", "—", "－", "暂定", "未定", "无"])
def test_sign_for_nothing_is_a_note(cell: str) -> None:
    read = read_day(cell, last=True)
    assert (read.day, read.code, read.is_error) == (None, "date_pending", False)


@pytest.mark.parametrize("cell", ["视土地情况", "尽快", "6月底", "18个月", "明年春天"])
def test_words_are_a_note(cell: str) -> None:
    read = read_day(cell, last=True)
    assert (read.day, read.code, read.is_error) == (None, "date_vague", False)


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("2026-02-30", "date_impossible_month"),
        ("20260230", "date_impossible_month"),
        ("2026年4月31日", "date_impossible_month"),
        ("2025-02-29", "date_impossible_month"),
        ("2025.13.1", "date_impossible_13"),
        ("2025年13月", "date_impossible_13"),
        ("2025-00-10", "date_impossible_13"),
        ("0026-01-01", "date_out_of_range"),
        ("9026年", "date_out_of_range"),
        (date(1900, 1, 5), "date_out_of_range"),
        ("2026-", "date_unreadable"),
        ("3/4/2025", "date_ambiguous"),
        ("13/14/2025", "date_impossible_13"),
        ("2/30/2025", "date_impossible_month"),
        ("2026年13月底", "date_impossible_13"),
        ("1900年一季度", "date_out_of_range"),
        (7, "date_unreadable"),
        (True, "date_unreadable"),
    ],
)
def test_impossible_dates_are_errors(cell: Cell, code: str) -> None:
    read = read_day(cell, last=True)
    assert (read.day, read.code, read.is_error) == (None, code, True)


def test_impossible_day_says_how_many_days_the_month_has() -> None:
    assert read_day("2026-02-30", last=True).params == {"year": "2026", "month": "2", "days": "28"}


@pytest.mark.parametrize(
    ("cell", "start", "end"),
    [
        ("2024-2026", "2024-01-01", "2026-12-31"),
        ("2024—2026年", "2024-01-01", "2026-12-31"),
        ("2025.4—2027.10", "2025-04-01", "2027-10-31"),
        ("2025.4-2027.10", "2025-04-01", "2027-10-31"),
        ("2025.3/2026.10", "2025-03-01", "2026-10-31"),
        ("2026年3月至2027年2月", "2026-03-01", "2027-02-28"),
        ("2026年3月-10月", "2026-03-01", "2026-10-31"),
        ("2025-03-01至2026-10-31", "2025-03-01", "2026-10-31"),
        ("2025-03-01\n2026-10-31", "2025-03-01", "2026-10-31"),
        ("2025Q1-2026Q4", "2025-01-01", "2026-12-31"),
        ("二〇二五年三月至2026年五月", "2025-03-01", "2026-05-31"),
        ("2026", "2026-01-01", "2026-12-31"),
        (2026, "2026-01-01", "2026-12-31"),
        ("2025年3月", "2025-03-01", "None"),
        (date(2025, 3, 2), "2025-03-02", "None"),
        ("待定", "None", "None"),
    ],
)
def test_spans(cell: Cell, start: str, end: str) -> None:
    assert tuple(str(read.day) for read in read_span(cell)) == (start, end)


@given(CELLS, st.booleans())
def test_reading_never_fails(cell: Cell, last: bool) -> None:
    read = read_day(cell, last=last)
    assert read.day is None or 1949 <= read.day.year <= 2100
    assert not (read.is_error and read.day)
    read_span(cell)


@given(st.dates(date(1982, 3, 1), date(2064, 1, 1)))
def test_every_spelling_of_a_day_is_that_day(day: date) -> None:
    spellings: tuple[Cell, ...] = (
        day,
        day.isoformat(),
        day.strftime("%Y%m%d"),
        f"{day.year}/{day.month}/{day.day}",
        f"{day.year}.{day.month:02}.{day.day:02}",
        f"{day.year}年{day.month}月{day.day}日",
        (day - SERIAL_ZERO).days,
    )
    assert {read_day(spelling, last=True).day for spelling in spellings} == {day}


@given(st.dates(date(2000, 1, 1), date(2060, 1, 1)))
def test_month_alone_means_its_first_or_last_day(day: date) -> None:
    text = f"{day.year}年{day.month}月"
    first, last = read_day(text, last=False).day, read_day(text, last=True).day
    assert first == day.replace(day=1)
    assert last is not None
    assert (last + timedelta(days=1)).day == 1
