"""Whole ledgers, each with what a right reading of it is, written by hand beside it."""

from __future__ import annotations

import io
import json
import re
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.core.management import call_command

from luodi.engines.ledger import (
    Context,
    RowResult,
    Tables,
    columns_json,
    context_from_county,
    guess_tables,
    json_value,
    mapping_from_json,
    mapping_to_json,
    read_rows,
)
from luodi.engines.ledger.texts import UNRECKONED
from luodi.engines.ledger.units import UnitBook
from luodi.kernel.workbooks import read_workbook
from luodi.projects.tests.ledger_county import ledger, make_ledger_county, plain_row

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "tests/fixtures/ledgers"
LAYOUTS = ("township.xlsx", "bureau.xlsx", "pairs.xlsx", "categories.xlsx", "no_header.xlsx", "ticks.xlsx", "old.xls")
TEXTS = ("plain.csv", "plain_gb18030.csv")


@pytest.fixture(scope="module")
def county() -> Context:
    data = json.loads((ROOT / "src/luodi/orgs/data/county.json").read_text(encoding="utf-8"))
    return context_from_county(data, date(2026, 7, 1))


def read(name: str, county: Context) -> tuple[Tables, list[RowResult]]:
    sheets = read_workbook(name, (FOLDER / name).read_bytes())
    tables = guess_tables(sheets, county)
    return tables, read_rows(sheets, tables, county)


def expected(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / name).with_suffix(".expected.json").read_text(encoding="utf-8"))
    return found


def shown(row: RowResult) -> list[Any]:
    """A row as the expectations are written."""
    if row.status == "skipped":
        return [row.sheet, row.row, row.reason_code]
    return [row.sheet, row.row, row.status, row.as_json()["values"], sorted(p.code for p in row.problems)]


@pytest.mark.parametrize("name", LAYOUTS + TEXTS)
def test_layout_is_read_as_written_beside_it(name: str, county: Context) -> None:
    tables, rows = read(name, county)
    want = expected(name)
    assert columns_json(tables) == want["columns"]
    assert [t.problem.code for t in tables if t.problem] == want.get("table_problems", [])
    wanted = [[*row[:4], sorted(row[4])] if len(row) > 3 else row for row in want["rows"]]
    assert [shown(row) for row in rows] == wanted


@pytest.mark.parametrize("name", [*LAYOUTS, "sample.xlsx"])
def test_mapping_survives_the_wizard(name: str, county: Context) -> None:
    tables, _ = read(name, county)
    assert mapping_from_json(json.loads(json.dumps(mapping_to_json(tables)))) == tables


def test_sample_is_read_as_by_eye(county: Context) -> None:
    tables, rows = read("sample.xlsx", county)
    want = expected("sample.xlsx")
    main = {str(row.row): row for row in rows if row.sheet == "2026年重点项目台账"}
    assert columns_json(tables) == want["columns"]
    counts = {status: sum(row.status == status for row in rows) for status in ("new", "wrong", "skipped")}
    assert counts == want["counts"]
    wrong = {
        n: [p.code for p in row.problems if p.level == "error"] for n, row in main.items() if row.status == "wrong"
    }
    assert wrong == want["wrong"]
    assert {n: row.reason_code for n, row in main.items() if row.status == "skipped"} == want["skipped"]
    for number, values in want["values"].items():
        found = {name: json_value(value) for name, value in main[number].values.items() if name in values}
        assert found == values, number


@pytest.mark.parametrize(
    ("written", "unit"), [("建设", "住房和城乡建设局"), ("城建", "住房和城乡建设局"), ("国土", "自然资源和规划局")]
)
def test_names_that_offices_use_are_known(written: str, unit: str, county: Context) -> None:
    found = UnitBook(county).find(written)
    assert found is not None
    assert found.name == unit


def formula_book(cells: bytes) -> bytes:
    """A workbook of two sheets, of which the second, 台账, holds `cells` in rows of XML."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        workbook.add_worksheet("封面").write_string(0, 0, "封面")
        workbook.add_worksheet("台账").write_string(0, 0, "x")
    copy = io.BytesIO()
    with zipfile.ZipFile(out) as old, zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            if part == "xl/worksheets/sheet2.xml":
                data = re.sub(rb"<sheetData>.*</sheetData>", lambda _: b"<sheetData>" + cells + b"</sheetData>", data)
            new.writestr(part, data)
    return copy.getvalue()


def test_formulas_without_result_arrive_as_such() -> None:
    cells = (
        b'<row r="1"><c r="A1"><f>1+1</f><v/></c><c r="B1"><f>1+1</f></c><c r="C1" s="1"/><c r="D1"><f>1+1</f><v>2</v></c></row>'
        b'<row r="3"><c r="B3" t="e"><v>#REF!</v></c><c r="C3" t="e"><f>1/0</f><v>#DIV/0!</v></c>'
        b'<c r="D3" t="str"><f>""</f><v></v></c><c r="E3" t="inlineStr"><is><t>#N/A</t></is></c></row>'
        b'<row r="4"><c r="F4"><f>2</f><v></v></c></row>'
    )
    cover, sheet = read_workbook("a.xlsx", formula_book(cells))
    assert cover.rows == [["封面"]]
    assert [[cell for cell in row if cell is not None] for row in sheet.rows] == [
        [UNRECKONED, UNRECKONED, 2],
        [],
        ["#REF!", "#DIV/0!", "#N/A"],
        [UNRECKONED],
    ]
    assert [sheet.rows[0][1], sheet.rows[2][2], sheet.rows[3][5]] == [UNRECKONED, "#DIV/0!", UNRECKONED]


@pytest.mark.django_db
def test_command_says_what_was_written_and_what_was_left(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    office = make_ledger_county()
    path = tmp_path / "台账.xlsx"
    path.write_bytes(ledger([plain_row(1), plain_row(2), plain_row(3, unit="某某局")]))
    with pytest.raises(SystemExit) as ended:
        call_command("projects_import", str(path), apply=True, username=office.username)
    said = capsys.readouterr().err.splitlines()[-1]
    assert (ended.value.code, said) == (1, "对的行已写入（2 行）；有错的 1 行没有导入。")
    with pytest.raises(SystemExit):
        call_command("projects_import", str(path))
    assert capsys.readouterr().err.splitlines()[-1] == "有 1 行有错，没有导入。"


def test_same_file_twice_gives_same_rows(county: Context) -> None:
    assert read("sample.xlsx", county) == read("sample.xlsx", county)


def test_every_rule_that_the_code_cites_is_written_down() -> None:
    text = (ROOT / "docs/domain/ledger.md").read_text(encoding="utf-8")
    anchors = set(re.findall(r"\{#(\w+)\}", text))
    sources = [*(ROOT / "src/luodi/engines/ledger").glob("*.py"), *(ROOT / "src/luodi/kernel").glob("workbook*.py")]
    cited = {
        name
        for path in sources
        for line in path.read_text(encoding="utf-8").splitlines()
        if "docs/domain/ledger.md#" in line
        for name in re.findall(r"#(\w+)", line)
    }
    assert cited <= anchors
    assert len(cited) > 8
