"""Several tables in one sheet: each row is read by the heading above it."""

from __future__ import annotations

from collections.abc import Sequence

from luodi.engines.ledger import guess_tables
from luodi.engines.sheets import Cell, Sheet
from luodi.engines.tests.test_ledger_rows import HEAD, ROW, county, read

SECOND: list[Cell] = ["序号", "项目名称", "总投资（亿元）", "责任单位", "包联领导", "进展", "专人"]


def totals(rows: Sequence[Sequence[Cell]]) -> list[str]:
    return [f"{row.name} {row.values.get('unit')} {row.values.get('total_investment')}" for row in read(rows)
            if row.status != "skipped"]  # fmt: skip


def test_rows_below_a_heading_in_another_order_are_read_by_it() -> None:
    rows: list[list[Cell]] = [
        ["一、续建项目"],
        HEAD,
        ROW,
        ["二、新建项目"],
        SECOND,
        [1, "乙水库", 1.2, "水利局", "甲县长", "签约", "张一"],
    ]
    assert totals(rows) == ["甲水库 水利局 59000000.00", "乙水库 水利局 120000000.00"]


def test_heading_below_may_use_other_words_for_the_columns() -> None:
    third: list[Cell] = ["序号", "谋划项目名称", "牵头部门", "估算总投资（亿元）", "建设内容"]
    rows: list[list[Cell]] = [HEAD, ROW, [], third, [1, "丙水库", "水利局", 3, "新建水库一座"]]
    assert totals(rows) == ["甲水库 水利局 59000000.00", "丙水库 水利局 300000000.00"]


def test_heading_below_of_two_lines() -> None:
    heads: list[list[Cell]] = [
        ["序号", "项目", "责任单位", "投资", None, "领导"],
        [None, None, None, "总额（亿元）", "已完成（万元）", None],
    ]
    rows: list[list[Cell]] = [HEAD, ROW, *heads, [1, "丙水库", "水利局", 1, 100, "甲县长"]]
    assert totals(rows) == ["甲水库 水利局 59000000.00", "丙水库 水利局 100000000.00"]


def test_same_columns_in_another_unit_are_another_table() -> None:
    in_yi = ["总投资（亿元）" if cell == "总投资（万元）" else cell for cell in HEAD]
    rows: list[list[Cell]] = [HEAD, ROW, in_yi, [1, "乙水库", "水利局", 1.2, *ROW[4:]]]
    assert totals(rows) == ["甲水库 水利局 59000000.00", "乙水库 水利局 120000000.00"]


def test_repeated_heading_without_the_unit_keeps_it() -> None:
    bare = ["总投资" if cell == "总投资（万元）" else cell for cell in HEAD]
    found = read([HEAD, ROW, bare, [2, "乙水库", "水利局", 100, *ROW[4:]]])
    assert [row.reason_code for row in found if row.status == "skipped"] == ["skip_header", "skip_repeated_header"]
    assert found[-1].as_json()["values"]["total_investment"] == "1000000.00"  # type: ignore[index]


def test_lower_line_of_a_repeated_heading_of_two_is_no_project() -> None:
    heads: list[list[Cell]] = [
        ["项目名称", "责任单位", "投资（万元）", None, "阶段"],
        [None, None, "总额", "已完成", None],
    ]
    rows: list[list[Cell]] = [
        *heads,
        ["甲水库", "水利局", 5900, 100, "在谈"],
        *heads,
        ["乙水库", "水利局", 100, 5, "在谈"],
    ]
    assert [row.name for row in read(rows) if row.status != "skipped"] == ["甲水库", "乙水库"]


def test_project_above_a_second_heading_is_not_its_title() -> None:
    """Else the unit, the year and the track of that project would be taken for those of the table below."""
    rows: list[list[Cell]] = [
        ["2026年产业项目"], HEAD, [*ROW[:5], "2025年3月", *ROW[6:]],
        ["项目名称", "所在乡镇", "总投资（亿元）", "年度计划投资（万元）", "阶段"], ["乙厂", "青石镇", 2, 10, "在谈"],
    ]  # fmt: skip
    first, second = guess_tables([Sheet("表", rows)], county())
    assert (first.title, second.title, second.title_unit) == ("2026年产业项目", "", "")
    assert {column.year for column in second.columns if column.field == "year_planned"} == {2026}
    assert second.title_track == "investment"


def test_numbered_line_between_title_and_heading_is_a_section() -> None:
    unstaged = ["备注" if cell == "阶段" else cell for cell in HEAD]
    rows: list[list[Cell]] = [["柏川县台账"], ["一、续建项目"], unstaged, [*ROW[:4], "", *ROW[5:]]]
    assert read(rows)[-1].values["stage"] == "building"


def test_repeated_heading_of_two_lines_keeps_the_unit_of_its_upper_line() -> None:
    heads: list[list[Cell]] = [
        ["序号", "基本情况", None, "投资情况（亿元）", "进度情况"],
        [None, "项目名称", "责任单位", "总投资", "阶段"],
    ]
    rows: list[list[Cell]] = [*heads, [1, "甲水库", "水利局", 2, "在谈"], *heads, [2, "乙水库", "水利局", 3, "在谈"]]
    assert totals(rows) == ["甲水库 水利局 200000000.00", "乙水库 水利局 300000000.00"]


def test_second_heading_of_two_lines_takes_the_unit_of_its_upper_line() -> None:
    heads: list[list[Cell]] = [
        ["序号", "基本情况", None, "投资情况（亿元）", "进度情况"],
        [None, "责任单位", "项目名称", "总投资", "阶段"],
    ]
    rows: list[list[Cell]] = [HEAD, ROW, *heads, [1, "水利局", "乙水库", 2, "在谈"]]
    assert totals(rows)[1] == "乙水库 水利局 200000000.00"


def test_unit_in_brackets_of_the_title_holds() -> None:
    bare = ["总投资" if cell == "总投资（万元）" else cell for cell in HEAD]
    rows: list[list[Cell]] = [["柏川县项目库（金额：亿元）"], bare, [1, "甲水库", "水利局", 2, *ROW[4:]]]
    assert totals(rows) == ["甲水库 水利局 200000000.00"]


def test_number_and_footnote_around_a_name_fall() -> None:
    names: list[Cell] = ["1.甲水库", "2、乙水库*", "315工程", "7.丁水库"]
    rows: list[list[Cell]] = [[number, name, *ROW[2:]] for number, name in enumerate(names, start=1)]
    assert [row.name for row in read([HEAD, *rows])[1:]] == ["甲水库", "乙水库", "315工程", "7.丁水库"]
