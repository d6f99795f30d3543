"""Stages, units, people and codes as offices write them."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.engines.ledger.companies import read_national_code, read_uscc
from luodi.engines.ledger.fields import FIELDS
from luodi.engines.ledger.labels import match_heading
from luodi.engines.ledger.model import Context, UnitRef
from luodi.engines.ledger.people import PeopleRead, read_people, without_title
from luodi.engines.ledger.stages import heading_track, is_public_money, read_stage
from luodi.engines.ledger.texts import cell_text, looks_like_formula, project_key, squeezed
from luodi.engines.ledger.units import TownshipBook, UnitBook
from luodi.engines.sheets import Cell

COUNTY = Context(
    date(2026, 7, 1),
    "柏川县",
    (
        UnitRef("D03", "自然资源和规划局", "资规局", ("国土", "国土局")),
        UnitRef("D09", "水利局", "水利局", ("水务局",)),
        UnitRef("D11", "文化广电和旅游局", "文旅局", ("旅游局",)),
        UnitRef("T01", "城关镇", "城关镇", ("县城",), "township"),
        UnitRef("T02", "青石镇", "青石镇", (), "township"),
        UnitRef("T16", "经济开发区管委会", "经济开发区管委会", ("开发区", "经开区"), "township"),
        UnitRef("B01", "农业银行柏川支行", "农行", (), "bank"),
    ),
)


@pytest.mark.parametrize(
    ("text", "stage"),
    [
        ("谋划", "planned"), ("谋划阶段", "planned"), ("储备", "planned"), ("拟建", "planned"),
        ("在谈", "negotiating"), ("洽谈中", "negotiating"), ("对接", "negotiating"),
        ("签约", "signed"), ("已签约", "signed"), ("签订合同", "signed"),
        ("前期", "preparing"), ("前期手续", "preparing"), ("拟开工", "preparing"), ("未开工", "preparing"), ("尚未开工建设", "preparing"),
        ("在建", "building"), ("建设中", "building"), ("续建", "building"), ("已开工", "building"), ("正在施工", "building"),
        ("完工", "completed"), ("竣工", "completed"), ("已竣工", "completed"),
        ("投产", "operating"), ("已投产", "operating"), ("投产达效", "operating"), ("竣工投产", "operating"),
        ("主体已封顶，正在内外装修", "building"), ("已签约，正在办理前期手续，预计9月开工", "preparing"), ("预计年底竣工", "building"),
        ("未签约", "negotiating"), ("尚未签约", "negotiating"), ("待签约", "negotiating"), ("拟签约", "negotiating"), ("即将签约", "negotiating"),
        ("计划2026年签约", "negotiating"), ("待签约后开工", "negotiating"), ("签约未开工", "signed"), ("未签约，已开工", "building"),
        ("未达产", "building"), ("争取9月投产", "building"), ("力争2026年9月底前投产", "building"), ("已投产未达产", "operating"),
        ("开工前准备", "preparing"), ("开工前手续已办完，已开工", "building"), ("未来科技城开工", "building"),
    ],
)  # fmt: skip
def test_stage_words(text: str, stage: str) -> None:
    assert read_stage(text).stage == stage


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("停工", "suspended"),
        ("暂停", "suspended"),
        ("终止", "terminated"),
        ("已流产", "terminated"),
        ("不再实施", "terminated"),
        ("已撤资", "terminated"),
        ("？", "unknown"),
    ],
)
def test_words_that_are_no_stage(text: str, kind: str) -> None:
    read = read_stage(text)
    assert (read.stage, read.kind) == (None, kind)


@pytest.mark.parametrize(
    ("text", "track"),
    [
        ("产业项目", "investment"), ("招商引资项目", "investment"), ("基础设施和民生项目", "public"), ("政府投资类", "public"),
        ("产业项目和基础设施项目", ""), ("续建项目", ""), ("2026年重点项目", ""),
    ],
)  # fmt: skip
def test_headings_tell_the_track(text: str, track: str) -> None:
    assert heading_track(text) == track


@pytest.mark.parametrize(
    ("text", "public"),
    [("县财政", True), ("财政资金", True), ("专项债", True), ("财信投资有限公司", False), ("华宇集团", False)],
)
def test_public_money(text: str, public: bool) -> None:
    assert is_public_money(text) is public


@pytest.mark.parametrize(
    ("text", "first", "others", "unknown"),
    [
        ("水利局", "D09", [], []),
        ("县水利局", "D09", [], []),
        ("柏川县水利局", "D09", [], []),
        (" 水 利 局 ", "D09", [], []),
        ("水务局", "D09", [], []),
        ("国土", "D03", [], []),
        ("文化广电和旅游局", "D11", [], []),
        ("水利局、青石镇", "D09", ["T02"], []),
        ("水利局 青石镇人民政府", "D09", ["T02"], []),
        ("牵头单位：水利局；配合单位：国土局、青石", "D09", ["D03", "T02"], []),
        ("水利局（牵头）、国土局（配合）", "D09", ["D03"], []),
        ("水利局牵头，旅游局配合", "D09", ["D11"], []),
        ("水利局和文化广电和旅游局", "D09", ["D11"], []),
        ("水利局\n某某局", "D09", [], ["某某局"]),
        ("某某局", None, [], []),
        ("", None, [], []),
    ],
)
def test_units(text: str, first: str | None, others: list[str], unknown: list[str]) -> None:
    read = UnitBook(COUNTY).read(text)
    assert (read.first.code if read.first else None, [u.code for u in read.others], list(read.unknown)) == (
        first,
        others,
        unknown,
    )


def test_near_name_is_offered_but_not_taken() -> None:
    read = UnitBook(COUNTY).read("自然资源规划局")
    assert (read.first, read.near) == (None, "自然资源和规划局")


@pytest.mark.parametrize(
    ("text", "unit", "rest"),
    [("水利局 张一", "D09", "张一"), ("水利局张一", "D09", "张一"), ("水利局：张一、李二", "D09", "张一 李二")],
)
def test_unit_and_person_in_one_cell(text: str, unit: str, rest: str) -> None:
    read = UnitBook(COUNTY).read_with_person(text)
    assert (read.first.code if read.first else None, read.rest) == (unit, rest)


@pytest.mark.parametrize(
    ("text", "code", "kind"),
    [
        ("青石镇", "T02", "exact"), ("青石", "T02", "exact"), ("青石镇李庄村", "T02", "part"), ("柏川县青石镇", "T02", "exact"),
        ("县城", "T01", "exact"), ("开发区", "T16", "exact"), ("全县", None, "whole"), ("外地", None, "unknown"), ("水利局", None, "unknown"),
    ],
)  # fmt: skip
def test_townships(text: str, code: str | None, kind: str) -> None:
    read = TownshipBook(UnitBook(COUNTY)).read(text)
    assert (read.first.code if read.first else None, read.kind) == (code, kind)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("张一", PeopleRead(("张一",))),
        ("张 一", PeopleRead(("张一",))),
        ("张一 李二", PeopleRead(("张一", "李二"))),
        ("张一/李二", PeopleRead(("张一", "李二"))),
        ("甲县长、乙副县长", PeopleRead(("甲县长", "乙副县长"))),
        ("张一 13800000001", PeopleRead(("张一",), ("13800000001",))),
        ("张一13800000001", PeopleRead(("张一",), ("13800000001",))),
        ("张一\n138-0000-0001", PeopleRead(("张一",), ("13800000001",))),
        ("张一（13800000001）", PeopleRead(("张一",), ("13800000001",))),
        ("张一 13800000001、李二 13800000002", PeopleRead(("张一", "李二"), ("13800000001", "13800000002"))),
        ("联系人：张一 电话：0311-8888888", PeopleRead(("张一",), ("0311-8888888",))),
        ("张一（局长）", PeopleRead(("张一",))),
        ("张一 1380000", PeopleRead(("张一",), (), "1380000")),
        ("", PeopleRead(())),
    ],
)
def test_people_and_telephones(text: str, read: PeopleRead) -> None:
    assert read_people(text) == read


def test_title_behind_a_name_falls_but_not_from_a_known_name() -> None:
    assert without_title("张一副局长", frozenset()) == "张一"
    assert without_title("甲县长", frozenset({"甲县长"})) == "甲县长"


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("91350100M000100Y43", ""),
        (" 91350100m000100y43 ", ""),
        ("９１３５０１００Ｍ０００１００Ｙ４３", ""),
        ("11320000MB151840XJ", ""),
        ("91350100M000100Y44", "uscc_check"),
        ("91350100M000100Y4", "uscc_length"),
        ("91350100MO00100Y43", "uscc_letters"),
        (913501000001000043, "uscc_number"),
        ("统一社会信用代码：91350100M000100Y43", ""),
        ("信用代码 91350100M000100Y44", "uscc_check"),
        ("/", "uscc_dash"),
        ("正在办理", "uscc_dash"),
        ("办理中", "uscc_dash"),
        ("待办", "uscc_dash"),
        ("（正在办理）", "uscc_dash"),
        ("统一社会信用代码：正在办理", "uscc_dash"),
        ("无", "uscc_dash"),
        ("不是代码", "uscc_length"),
        ("", ""),
        (None, ""),
    ],
)
def test_credit_codes(cell: Cell, code: str) -> None:
    assert read_uscc(cell).code == code


def test_label_before_a_code_falls() -> None:
    assert read_uscc("统一社会信用代码：91350100M000100Y43").text == "91350100M000100Y43"


def test_wrong_check_character_says_the_right_one() -> None:
    assert read_uscc("91350100M000100Y44").params == {"right": "3"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2305-130131-04-01-123456", ""),
        ("2019-130131-44-03-000123", ""),
        ("2313-130131-04-01-123456", "national_code_odd"),
        ("项目代码：2305-130131-04-01-123456", ""),
        ("无", ""),
        ("正在办理", "national_code_dash"),
        ("待定", "national_code_dash"),
        ("ABC", "national_code_odd"),
    ],
)
def test_national_codes(text: str, code: str) -> None:
    assert read_national_code(text).code == code


@pytest.mark.parametrize(
    ("parts", "field", "money"),
    [
        (("项 目 名 称",), "name", ""),
        (("总投资\n（万元）",), "total_investment", "万元"),
        (("总投资（亿元）",), "total_investment", "亿元"),
        (("投资情况（亿元）", "年度计划"), "year_planned", "亿元"),
        (("2026年计划投资",), "year_planned", ""),
        (("2026年投资", "计划"), "year_planned", ""),
        (("2026年1-6月完成投资",), "year_declared", ""),
        (("1-6月完成投资（万元）",), "year_declared", "万元"),
        (("截至2026年6月底累计完成投资",), "declared_investment", ""),
        (("自开工累计完成投资",), "declared_investment", ""),
        (("其中：本年计划投资",), "year_planned", ""),
        (("专人", "电话"), "officer_phone", ""),
        (("项目专人", "姓名"), "officer", ""),
        (("包联领导", "姓名"), "leader", ""),
        (("包联领导", "电话"), None, ""),
        (("投资方", "联系人"), None, ""),
        (("投资方", "统一社会信用代码"), "uscc", ""),
        (("企业名称及统一社会信用代码",), "investor", ""),
        (("责任单位及责任人",), "unit_officer", ""),
        (("包联领导及专人",), "leader_officer", ""),
        (("配合单位",), "helping_units", ""),
        (("存在问题",), None, ""),
        (("签约时间",), None, ""),
        (("是否开工",), None, ""),
        (("本月完成投资",), None, ""),
        (("建设起止年限",), "period", ""),
    ],
)  # fmt: skip
def test_headings(parts: tuple[str, ...], field: str | None, money: str) -> None:
    found = match_heading(parts)
    assert (found.field, found.money_unit) == (field, money)


def test_every_heading_word_means_its_own_field() -> None:
    wrong = {(word, field.name, match_heading((word,)).field) for field in FIELDS for word in field.exact}
    assert {entry for entry in wrong if entry[1] != entry[2]} == set()


def test_two_spellings_of_a_name_are_one() -> None:
    assert project_key(" 云台乡 食用菌 产业园（一期） ") == project_key("云台乡食用菌产业园(一期)")
    assert project_key("“甲”项目") == project_key("甲项目")


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("=1+1", True),
        ("@SUM(A1)", True),
        ("+cmd|x", True),
        ("-A1", True),
        ("-", False),
        ("-500", False),
        ("+86 138", False),
        ("甲=乙", False),
    ],
)
def test_text_that_looks_like_a_formula(text: str, formula: bool) -> None:
    assert looks_like_formula(text) is formula


@given(st.text())
def test_words_never_fail(text: str) -> None:
    units = UnitBook(COUNTY)
    for read in (
        units.read,
        units.read_with_person,
        units.read_all,
        TownshipBook(units).read,
        read_people,
        read_stage,
        read_uscc,
    ):
        read(text)
    read_national_code(text)
    match_heading((text, text))
    assert " " not in squeezed(text)
    assert "\x00" not in cell_text(text)
