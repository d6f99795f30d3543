"""What is said of projects that exist, and what once for a whole file."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from luodi.engines.ledger import (
    Choices,
    ProjectRef,
    RowResult,
    guess_tables,
    mapping_from_json,
    mapping_to_json,
    read_rows,
    summed_up,
)
from luodi.engines.sheets import Cell, Sheet
from luodi.engines.tests.test_ledger_rows import HEAD, OLD, ROW, changed, codes, county, read


def against(row: list[Cell], head: list[Cell] = HEAD, choices: Choices | None = None, **known: Any) -> RowResult:
    values = {name: value for name, value in {**OLD, **known}.items() if value is not None}
    return read([head, row], county(projects=(ProjectRef("1", values, "甲水库"),)), choices)[1]


# --- finished


def test_finish_of_a_finished_project_is_declared_and_no_promise() -> None:
    row = against(changed(ROW, 阶段="竣工", 竣工="2026-05-30"), stage="completed")
    assert (row.status, row.changes, codes(row)) == ("same", (), ["finish_declared_known"])


def test_finish_that_a_row_declares_fills_no_promise() -> None:
    row = against(changed(ROW, 阶段="竣工", 竣工="2026-05-30"), end_on=None)
    assert [change.field for change in row.changes] == ["stage"]
    assert codes(row) == ["act_stage", "finish_declared_known"]


def test_finish_that_has_not_come_stays_a_promise() -> None:
    row = against(changed(ROW, 阶段="竣工", 竣工="2028-01-01"))
    assert {change.act for change in row.changes} == {"act_stage", "act_end_on"}


def test_same_finish_is_not_told() -> None:
    assert codes(against(changed(ROW, 阶段="竣工"), stage="completed")) == []


def test_new_finished_project_says_where_its_finish_goes() -> None:
    assert "finish_declared" in codes(read([HEAD, changed(ROW, 阶段="竣工", 竣工="2026-05-30")])[1])


# --- untrue of a project that exists


def test_no_member_is_announced_for_a_project_that_exists() -> None:
    assert codes(against(changed(ROW, 专人="周八"))) == ["act_officer"]


def test_chosen_leader_is_nothing_against_a_project_that_exists() -> None:
    row = against(changed(ROW, 包联领导=""), choices=Choices(defaults={"leader": "丁常委"}))
    assert (row.status, row.changes, codes(row)) == ("same", (), [])


@pytest.mark.parametrize(("stage", "told"), [("building", []), ("preparing", ["act_stage", "stage_by_words"])])
def test_how_a_stage_was_read_is_told_only_where_it_differs(stage: str, told: list[str]) -> None:
    assert codes(against(changed(ROW, 阶段="目前主体施工到三层"), stage=stage)) == told


def test_row_that_only_needs_an_act_says_so() -> None:
    assert against(changed(ROW, 包联领导="丁常委")).needs_act
    assert not against(ROW).needs_act
    assert not against(changed(ROW, 包联领导="丁常委", **{"总投资（万元）": 1})).needs_act


# --- once for the file


def said(rows: list[list[Cell]], **sheet: Any) -> tuple[list[str], list[list[str]]]:
    sheets = [Sheet("表", rows, **sheet)]
    tables = guess_tables(sheets, county())
    tables = mapping_from_json(json.loads(json.dumps(mapping_to_json(tables))))
    read = read_rows(sheets, tables, county())
    summary = summed_up(tables, read)
    left = [[p.code for p in summary.left(row)] for row in read if row.status != "skipped"]
    return [note.message for note in summary.notes], left


def many(count: int, **cells: Cell) -> list[list[Cell]]:
    return [changed(ROW, 项目名称=f"水库{number}", **cells) for number in range(count)]


def test_note_on_three_rows_is_said_once_and_on_two_at_each() -> None:
    assert said([HEAD, *many(3)]) == (["没有分产业项目和政府投资项目：3 行按投资主体作“产业项目”导入。"], [[], [], []])
    assert said([HEAD, *many(2)]) == ([], [["track_assumed"]] * 2)


def test_notes_that_say_different_things_are_not_one() -> None:
    rows = [
        [*row, investor]
        for row, investor in zip(many(5), ["甲公司", "县财政", "乙公司", "丙公司", "教育局"], strict=True)
    ]
    notes, left = said([[*HEAD, "投资主体"], *rows])
    assert notes == ["没有分产业项目和政府投资项目：3 行按投资主体作“产业项目”导入。"]
    assert left == [[], ["track_assumed"], [], [], ["track_assumed"]]


def test_months_and_units_and_gaps_are_said_once() -> None:
    head = ["总投资" if cell == "总投资（万元）" else cell for cell in HEAD]
    notes, left = said([head, *many(3, 竣工="2026年12月", 专人="")])
    assert "3 行的日期只写到月：开工取月初，竣工取月末。" in notes
    assert "表里没有写金额单位：3 行的金额按万元计。" in notes
    assert "3 行没有专人，导入后由责任单位主要领导暂代，请尽快指定。" in notes
    assert left == [[], [], []]


def test_columns_that_nobody_reads_are_named_also_without_heading() -> None:
    notes, _ = said([[*HEAD, "存在问题", None], [*ROW, "缺地", "x"]])
    assert notes == ["“表”有 2 列没有读：存在问题、K 列。"]


def test_hidden_rows_are_read_and_counted() -> None:
    rows: list[list[Cell]] = [HEAD, *many(2), ["合计", None, None, 3], [], changed(ROW, 项目名称="末")]
    notes, left = said(rows, hidden_rows=frozenset({0, 1, 2, 3, 4}), hidden_columns=frozenset({2, 30}))
    assert notes[:2] == [
        "“表”有 1 列是隐藏的，照样读了：责任单位。",
        "“表”里隐藏的行（第 2–4 行）：读了 2 行，跳过 1 行。",
    ]
    assert len(left) == 3


def test_hidden_sheet_is_counted() -> None:
    assert said([HEAD, ROW], hidden=True) == (["“表”是隐藏的工作表，2 行都没有读。"], [])


def test_empty_date_cell_is_not_said_to_be_no_day() -> None:
    row = read([HEAD, changed(ROW, 开工=date(1900, 1, 1))])[1]
    (problem,) = [p for p in row.problems if p.level == "error"]
    assert problem.message.startswith("“1900-01-01”的年份不在 1949 到 2100 之间")


def test_unread_columns_of_stacked_tables_are_told_once() -> None:
    second: list[Cell] = ["项目名称", "责任单位", "总投资（亿元）", "存在问题", "资金来源"]
    notes, _ = said([[*HEAD, "存在问题"], [*ROW, "缺地"], second, ["乙", "水利局", 1, "缺钱", "自筹"]])
    assert notes[0] == "“表”有 2 列没有读：存在问题、资金来源。"
