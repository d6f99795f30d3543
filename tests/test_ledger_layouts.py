"""Whole ledgers, each with what a right reading of it is, written by hand beside it."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

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
from luodi.kernel.workbooks import read_workbook

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
