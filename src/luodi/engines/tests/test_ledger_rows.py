"""Rows against the county: choices of the clerk, projects that exist, merged cells, headings."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.ledger import (
    MESSAGES,
    Choices,
    CompanyRef,
    Context,
    MappingError,
    MemberRef,
    Problem,
    ProjectRef,
    RowResult,
    UnitRef,
    guess_tables,
    mapping_from_json,
    mapping_to_json,
    read_rows,
    unread,
    with_columns,
    with_money_unit,
)
from luodi.engines.ledger.texts import UNRECKONED
from luodi.engines.sheets import Cell, Merge, Sheet

SOURCE = Path(__file__).resolve().parents[1] / "ledger"
UNITS = (
    UnitRef("D03", "水利局", "水利局"),
    UnitRef("D04", "教育局", "教育局", ("教体局",)),
    UnitRef("T02", "青石镇", "青石镇", (), "township"),
)
MEMBERS = (
    MemberRef("甲县长", "O02", is_leader=True),
    MemberRef("丁常委", "O01", is_leader=True),
    MemberRef("张一", "D03"),
    MemberRef("李二", "D04"),
)
HEAD: list[Cell] = ["序号", "项目名称", "责任单位", "总投资（万元）", "阶段", "开工", "竣工", "包联领导", "专人"]
ROW: list[Cell] = [1, "甲水库", "水利局", 5900, "在建", "2024-08-09", "2026-12-31", "甲县长", "张一"]


def county(**known: Any) -> Context:
    return Context(date(2026, 7, 1), "柏川县", UNITS, MEMBERS, **known)


def read(
    rows: Sequence[Sequence[Cell]],
    context: Context | None = None,
    choices: Choices | None = None,
    merged: Sequence[Merge] = (),
    name: str = "表",
) -> list[RowResult]:
    sheets = [Sheet(name, [list(row) for row in rows], tuple(merged))]
    context = context or county()
    return read_rows(sheets, guess_tables(sheets, context), context, choices)


def changed(row: Sequence[Cell], **cells: Cell) -> list[Cell]:
    """`row` with cells replaced by the head's name."""
    out = list(row)
    for name, cell in cells.items():
        out[HEAD.index(name)] = cell
    return out


def codes(row: RowResult) -> list[str]:
    return sorted(problem.code for problem in row.problems)


def errors(row: RowResult) -> list[str]:
    return [problem.code for problem in row.problems if problem.level == "error"]


# --- what the clerk chooses


def test_correction_replaces_the_cell_and_cures_the_row() -> None:
    rows = [HEAD, changed(ROW, 竣工="2026-02-30", 责任单位="某局")]
    assert sorted(errors(read(rows)[1])) == ["date_impossible_month", "unit_unknown"]
    choices = Choices(corrections={("表", 2): {"end_on": "2026-02-28", "unit": "水利局"}})
    row = read(rows, choices=choices)[1]
    assert (row.status, row.values["end_on"], row.values["unit"]) == ("new", date(2026, 2, 28), "水利局")


def test_row_may_be_left_out() -> None:
    row = read([HEAD, ROW], choices=Choices(skip={("表", 2)}))[1]
    assert (row.status, row.reason_code, row.name) == ("skipped", "skip_chosen", "甲水库")


def test_one_leader_is_chosen_for_all_rows_without_one() -> None:
    rows = [
        HEAD,
        changed(ROW, 包联领导="某领导"),
        changed(ROW, 项目名称="乙", 包联领导=""),
        changed(ROW, 项目名称="丙"),
        changed(ROW, 项目名称="丁", 阶段="谋划", 包联领导=""),
    ]
    assert [errors(row) for row in read(rows)[1:]] == [["leader_unknown"], ["leader_missing"], [], []]
    read_again = read(rows, choices=Choices(defaults={"leader": "丁常委"}))[1:]
    assert [row.values.get("leader") for row in read_again] == ["丁常委", "丁常委", "甲县长", None]
    assert all(row.status == "new" for row in read_again)


def test_an_unknown_leader_is_no_choice() -> None:
    rows = [HEAD, changed(ROW, 包联领导="")]
    assert errors(read(rows, choices=Choices(defaults={"leader": "无此人"}))[1]) == ["leader_missing"]


def test_unit_and_officer_may_be_chosen_too() -> None:
    rows = [HEAD, changed(ROW, 责任单位="", 专人="")]
    row = read(rows, choices=Choices(defaults={"unit": "教体局", "officer": "李二"}))[1]
    assert (row.status, row.values["unit"], row.values["officer"]) == ("new", "教育局", "李二")


def test_key_project_needs_a_leader_in_any_stage() -> None:
    rows = [
        [*HEAD, "级别"],
        [*changed(ROW, 阶段="谋划", 包联领导=""), "省重点"],
        [*changed(ROW, 项目名称="乙", 阶段="谋划", 包联领导=""), "一般"],
    ]
    first, second = read(rows)[1:]
    assert (errors(first), first.values["importance"]) == (["leader_missing_key"], "province")
    assert (errors(second), second.values["importance"]) == ([], "ordinary")


def test_columns_chosen_by_hand_cure_a_ledger_without_heading() -> None:
    sheet = Sheet("表", [list(ROW), changed(ROW, 项目名称="乙水库")])
    (table,) = guess_tables([sheet], county())
    assert table.problem is not None
    assert table.problem.code == "no_header"
    fields = {
        1: "name",
        2: "unit",
        3: "total_investment",
        4: "stage",
        5: "started_on",
        6: "end_on",
        7: "leader",
        8: "officer",
    }
    table = with_money_unit(with_columns(table, fields), 3, "亿元")
    rows = read_rows([sheet], (table,), county())
    assert [(row.status, row.name) for row in rows] == [("wrong", "甲水库"), ("wrong", "乙水库")]
    assert errors(rows[0]) == ["amount_absurd"]
    rows = read_rows([sheet], (with_money_unit(table, 3, "万元"),), county())
    assert [row.values["total_investment"] for row in rows] == [Decimal("59000000.00")] * 2


def test_sheet_may_be_left_out() -> None:
    sheets = [Sheet("5月", [HEAD, ROW]), Sheet("6月", [HEAD, ROW])]
    tables = guess_tables(sheets, county())
    assert [row.status for row in read_rows(sheets, tables, county())] == ["skipped", "new", "skipped", "wrong"]
    rows = read_rows(sheets, (unread(tables[0]), tables[1]), county())
    assert [(row.status, row.reason_code) for row in rows] == [
        ("skipped", "skip_unchosen"),
        ("skipped", "skip_unchosen"),
        ("skipped", "skip_header"),
        ("new", ""),
    ]


# --- projects that exist

OLD: Mapping[str, Any] = {
    "name": "甲水库",
    "unit": "水利局",
    "total_investment": Decimal("59000000.00"),
    "stage": "building",
    "track": "investment",
    "started_on": date(2024, 8, 9),
    "end_on": date(2026, 12, 31),
    "leader": "甲县长",
    "officer": "张一",
}


def library(**values: Any) -> Context:
    return county(projects=(ProjectRef("BC-2026-1", {**OLD, **values}, "甲水库"),))


def test_same() -> None:
    row = read([HEAD, ROW], library())[1]
    assert (row.status, row.changes, row.project, codes(row)) == ("same", (), "BC-2026-1", [])


def test_changed_says_from_what_to_what() -> None:
    row = read([HEAD, changed(ROW, 项目名称=" 甲 水库 ", **{"总投资（万元）": "6000"})], library())[1]
    assert row.status == "changed"
    assert [(c.field, c.old, c.new, c.act) for c in row.changes] == [
        ("total_investment", Decimal("59000000.00"), Decimal("60000000.00"), "")
    ]


@pytest.mark.parametrize(
    ("cell", "value", "act"),
    [
        ("阶段", "竣工", "act_stage"),
        ("包联领导", "丁常委", "act_leader"),
        ("专人", "李二", "act_officer"),
        ("责任单位", "教育局", "act_unit"),
        ("竣工", "2027-01-31", "act_end_on"),
    ],
)
def test_import_never_moves_stage_people_or_committed_date(cell: str, value: str, act: str) -> None:
    row = read([HEAD, changed(ROW, **{cell: value})], library())[1]
    assert row.status == "same"
    assert [change.act for change in row.changes] == [act]
    assert act in codes(row)


def test_first_committed_date_may_be_filled() -> None:
    old = {name: value for name, value in OLD.items() if name != "end_on"}
    row = read([HEAD, ROW], county(projects=(ProjectRef("1", old, "甲水库"),)))[1]
    assert (row.status, [c.act for c in row.changes]) == ("changed", [""])


def test_gaps_of_a_row_are_nothing_against_a_project_that_exists() -> None:
    row = read([HEAD, [1, "甲水库", "", 5900, "", "", "", "", ""]], library())[1]
    assert (row.status, row.changes, codes(row)) == ("same", (), [])


def test_project_is_found_by_its_national_code_first() -> None:
    known = county(projects=(ProjectRef("9", {**OLD, "name": "旧名"}, "旧名", "2305-139921-04-01-123456"),))
    row = read([[*HEAD, "项目代码"], [*ROW, "2305-139921-04-01-123456"]], known)[1]
    assert (row.status, row.project) == ("changed", "9")
    assert row.changes[0].old == "旧名"


def test_name_that_stands_twice_in_the_library_is_told_apart_by_unit() -> None:
    twins = (ProjectRef("1", OLD, "甲水库"), ProjectRef("2", {**OLD, "unit": "教育局"}, "甲水库"))
    assert read([HEAD, ROW], county(projects=twins))[1].project == "1"
    unclear = read([HEAD, changed(ROW, 责任单位="青石镇")], county(projects=twins))[1]
    assert errors(unclear) == ["name_ambiguous"]


# --- merged cells, headings, remarks


def test_merged_unit_holds_for_its_rows_and_merged_amount_for_the_first() -> None:
    rows = [HEAD, ROW, changed(ROW, 项目名称="乙", 责任单位=None, **{"总投资（万元）": None})]
    second = read(rows, merged=[Merge(1, 2, 2, 2), Merge(1, 3, 2, 3)])[2]
    assert second.values["unit"] == "水利局"
    assert "total_investment" not in second.values
    assert "amount_merged" in codes(second)


def test_merged_name_makes_one_project_of_two_rows() -> None:
    rows: list[list[Cell]] = [HEAD, ROW, [None, None, "教育局", 100, None, None, None, None, None]]
    second = read(rows, merged=[Merge(1, 1, 2, 1)])[2]
    assert (second.status, second.reason_code, second.name) == ("skipped", "skip_continued", "甲水库")


def test_headings_tell_track_and_stage_until_the_next() -> None:
    head = [cell for cell in HEAD if cell != "阶段"]
    bare = [cell for cell, name in zip(ROW, HEAD, strict=True) if name != "阶段"]

    def named(name: str) -> list[Cell]:
        return [bare[0], name, *bare[2:]]

    rows: list[list[Cell]] = [
        head,
        ["一、产业项目"],
        ["（一）续建项目（1个）"],
        named("甲"),
        ["（二）谋划项目"],
        named("乙"),
        ["二、基础设施项目"],
        named("丙"),
    ]
    found = {row.name: row for row in read(rows) if row.status != "skipped"}
    assert [(row.values["track"], row.values["stage"]) for row in found.values()] == [
        ("investment", "building"),
        ("investment", "planned"),
        ("public", "planned"),
    ]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ([None, "小计", None, 5900], "skip_sum"),
        ([None, "产业项目合计（3个）", None, 5900], "skip_sum"),
        (["总 计", None, None, 5900], "skip_sum"),
        (["一、续建项目（3个）", None, None, 5900], "skip_section"),
        (["一", "续建项目", None, 5900], "skip_section"),
        ([None, "工业类"], "skip_section"),
        ([None, "合 计", "水利局", 5900, None, None, None, "甲县长"], "skip_sum"),
        ([None, "小计：", "水利局", 5900, "在建", None, None, "甲县长"], "skip_sum"),
        ([7], "skip_serial"),
        (["8."], "skip_serial"),
        (["注：以上为上半年数据。"], "skip_remark"),
        (["填报人：张三", None, "审核：李四", None, None, None, None, "2026年3月"], "skip_remark"),
        ([None, "填表人：张三", "审核人：李四", None, None, None, None, "联系电话：0311-8888888"], "skip_remark"),
        (["制表", "张三", "审核", "李四"], "skip_remark"),
        (["填报单位：水利局", None, None, None, None, "2026-03-01"], "skip_remark"),
        (["联系电话：0311-8888888", None, "盖章"], "skip_remark"),
        (["填报人：某某", None, None, "审核人：某某"], "skip_remark"),
        (HEAD, "skip_repeated_header"),
        ([None, None, " "], "skip_blank"),
    ],
)
def test_what_is_no_project_is_skipped_with_its_reason(cells: list[Cell], reason: str) -> None:
    row = read([HEAD, ROW, cells, changed(ROW, 项目名称="乙")])[2]
    assert (row.status, row.reason_code) == ("skipped", reason)
    assert row.reason


def test_project_whose_name_sounds_like_a_sum_stays() -> None:
    assert read([HEAD, changed(ROW, 项目名称="全县用水总计量改造合计")])[1].status == "new"


def test_a_short_name_of_a_unit_in_front_is_no_signature() -> None:
    assert read([HEAD, changed(ROW, 序号="审批")])[1].status == "new"


@pytest.mark.parametrize("written", ["不详", "暂缺", "空缺", "待定人选", "暂无人选", "未定"])
def test_a_word_for_nobody_is_no_member(written: str) -> None:
    row = read([HEAD, changed(ROW, 专人=written)])[1]
    assert (row.status, row.values.get("officer"), codes(row)) == (
        "new",
        None,
        ["officer_missing", "person_none", "track_assumed"],
    )
    assert errors(read([HEAD, changed(ROW, 包联领导=written)])[1]) == ["leader_missing"]


@pytest.mark.parametrize("written", ["水利局", "青石", "办公室", "项目科", "某某镇", "工业股"])
def test_a_unit_in_a_cell_for_people_is_no_person(written: str) -> None:
    row = read([HEAD, changed(ROW, 专人=written)])[1]
    assert (row.status, row.values.get("officer"), codes(row)) == (
        "new",
        None,
        ["officer_missing", "person_unit", "track_assumed"],
    )


@pytest.mark.parametrize("written", ["张一等", "张一等3人", "张一等三人", "张一 等", "张一、不详"])
def test_only_who_is_named_is_taken(written: str) -> None:
    row = read([HEAD, changed(ROW, 专人=written)])[1]
    assert row.values["officer"] == "张一"
    assert set(codes(row)) & {"people_unnamed", "person_none"}


def test_a_member_whose_name_ends_like_a_unit_stays() -> None:
    known = Context(date(2026, 7, 1), "柏川县", UNITS, (*MEMBERS, MemberRef("李国镇", "D03")))
    assert read([HEAD, changed(ROW, 专人="李国镇")], known)[1].values["officer"] == "李国镇"


def test_name_alone_is_not_dropped() -> None:
    assert errors(read([HEAD, ROW, [None, "一座小桥"]])[2]) == ["unit_missing"]


# --- companies


def test_one_name_with_two_codes_is_two_companies() -> None:
    head = [*HEAD, "企业名称", "统一社会信用代码"]
    rows = [
        head,
        [*ROW, "华宇集团", "91350100M000100Y43"],
        [*changed(ROW, 项目名称="乙"), "华宇集团 ", "11320000MB151840XJ"],
        [*changed(ROW, 项目名称="丙"), "华宇集团", ""],
    ]
    assert [set(codes(row)) & {"company_several_codes", "company_several_unclear"} for row in read(rows)[1:]] == [
        {"company_several_codes"},
        {"company_several_codes"},
        {"company_several_unclear"},
    ]


def test_code_that_differs_from_the_known_one_is_another_company() -> None:
    known = county(companies=(CompanyRef("华宇集团", "11320000MB151840XJ"),))
    row = read([[*HEAD, "企业名称", "信用代码"], [*ROW, "华宇集团", "91350100M000100Y43"]], known)[1]
    assert "company_known_code" in codes(row)


def test_state_money_is_no_company() -> None:
    head = [*HEAD, "投资主体", "信用代码"]
    rows = [
        head,
        [*ROW, "县财政", "91350100M000100Y43"],
        [*changed(ROW, 项目名称="乙"), "县财政", "11320000MB151840XJ"],
    ]
    assert {code for row in read(rows) for code in codes(row) if code.startswith("company")} == set()


# --- the rest


@pytest.mark.parametrize(
    ("cell", "code"),
    [("#REF!", "cell_error"), ("#DIV/0!", "cell_error"), ("#N/A", "cell_error"), (UNRECKONED, "formula_unreckoned")],
)
def test_formulas_without_result_are_told(cell: str, code: str) -> None:
    for column, name in (("总投资（万元）", "total_investment"), ("项目名称", "name")):
        row = read([HEAD, changed(ROW, **{column: cell})])[1]
        assert (row.status, errors(row), name in row.values) == ("wrong", [code], False)
    row = read([HEAD, changed(ROW, 开工=cell)])[1]
    assert (row.status, codes(row), "started_on" in row.values) == ("new", [code, "track_assumed"], False)


def test_an_empty_total_is_told() -> None:
    assert codes(read([HEAD, changed(ROW, **{"总投资（万元）": None})])[1]) == ["amount_missing", "track_assumed"]
    assert codes(read([HEAD, changed(ROW, **{"总投资（万元）": None})], library())[1]) == []


def test_yearly_figures_of_another_year_are_left_alone() -> None:
    head = [*HEAD, "2025年完成投资", "2026年完成投资"]
    row = read([["2026年重点项目台账"], head, [*ROW, 100, 200]])[2]
    assert (row.values["year_declared"], row.values["plan_year"]) == (Decimal("2000000.00"), 2026)


def test_json_is_as_the_contract_prints_it() -> None:
    told = read([HEAD, changed(ROW, 竣工="2026-02-30")])[1].as_json()
    assert told["values"] == {
        "name": "甲水库", "unit": "水利局", "total_investment": "59000000.00", "started_on": "2024-08-09", "track": "investment",
        "stage": "building", "leader": "甲县长", "officer": "张一",
    }  # fmt: skip
    assert told["problems"][0] == {  # type: ignore[index]  # object by contract
        "level": "error", "field": "end_on", "value": "2026-02-30", "code": "date_impossible_month",
        "message": "没有“2026-02-30”这一天：2026年2月只有 28 天。",
    }  # fmt: skip


@pytest.mark.parametrize("data", [None, {}, [1], [{}], [{"sheet": "a"}], "x"])
def test_mapping_that_was_meddled_with_is_refused(data: object) -> None:
    with pytest.raises(MappingError) as caught:
        mapping_from_json(data)
    assert caught.value.code == "mapping_broken"


def test_mapping_with_an_unknown_field_is_refused() -> None:
    data = mapping_to_json(guess_tables([Sheet("表", [HEAD, ROW])], county()))
    data[0]["columns"][0]["field"] = "is_superuser"
    with pytest.raises(MappingError):
        mapping_from_json(data)


CELL = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.dates(),
    st.sampled_from([*HEAD, *ROW, "合计", "一、产业项目", "同上", "√"]),
)


@given(
    st.lists(st.lists(CELL, max_size=12), max_size=12),
    st.lists(st.builds(Merge, *[st.integers(0, 14)] * 4), max_size=4),
)
def test_any_sheet_is_read_without_failing(rows: list[list[Cell]], merges: list[Merge]) -> None:
    merged = [merge for merge in merges if merge.bottom >= merge.top and merge.right >= merge.left]
    for body in (rows, [HEAD, *rows]):
        found = read(body, merged=merged)
        assert [row.row for row in found] == list(range(1, len(found) + 1)), "each row once, in order"
        for row in found:
            row.as_json()
            assert (row.status == "wrong") == bool(errors(row))


@pytest.mark.parametrize("nasty", ["(", "（1个", "张一 ", "9", "2026-", "水利局和", "预计", "约", "\n", "万亿"])
def test_cells_as_long_as_novels_cost_no_time(nasty: str) -> None:
    """Patterns that go back and forth over 30,000 signs took 160 seconds here once."""
    head: list[Cell] = [
        *HEAD,
        "建设年限",
        "形象进度",
        "占地",
        "投资主体",
        "信用代码",
        "乡镇",
        "责任单位及责任人",
        "包联领导及专人",
    ]
    begun = time.process_time()
    rows = read([head, *([[str(n) + nasty * (30_000 // len(nasty))] * len(head) for n in range(3)])])
    assert len(rows) == 4
    assert time.process_time() - begun < 10


# --- the sentences


def test_every_code_that_is_said_has_a_sentence_and_each_sentence_is_said() -> None:
    said = {
        node.value
        for path in SOURCE.glob("*.py")
        if path.name != "messages.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and re.fullmatch(r"[a-z]+(_[a-z0-9]+)*", node.value)
    }
    assert set(MESSAGES) - said == set()


def test_sentences_have_named_places_only() -> None:
    for code, sentence in MESSAGES.items():
        assert not re.search(r"%(?!\(\w+\)s|%)", sentence), code


def test_sentence_takes_the_value_as_it_was_written() -> None:
    assert Problem("note", "unit", "100%(x)s", "person_odd").message == "“100%(x)s”不像姓名，照原文导入，请核对。"


def test_engine_needs_no_django() -> None:
    code = "import sys; sys.modules['django'] = None; import luodi.engines.ledger"
    source = str(SOURCE.parents[2])
    done = subprocess.run(  # noqa: S603  # our own words
        [sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("title", "investor", "track", "told"),
    [
        ("招商引资项目台账", "县财政", "public", True),
        ("招商引资项目台账", "甲公司", "investment", False),
        ("政府投资项目台账", "甲公司", "public", False),
        ("重点项目建设和招商引资项目台账", "甲公司", "investment", True),
        ("重点项目台账", "教育局", "public", True),
        ("重点项目台账", "", "investment", True),
    ],
)
def test_title_tells_the_track_only_where_the_investor_does_not(
    title: str, investor: str, track: str, told: bool
) -> None:
    row = read([[title], [*HEAD, "投资主体"], [*ROW, investor]])[2]
    assert (row.values["track"], "track_assumed" in codes(row)) == (track, told)
