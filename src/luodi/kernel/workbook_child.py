"""Runs alone, in a process of its own: workbook bytes on standard input, cells as JSON on standard output.

The reader's native code may abort the whole process on a hostile file (found by fuzzing: an xls that asks
for a terabyte), so it never runs inside the server. This file imports nothing of ours: see workbooks.py.
"""

from __future__ import annotations

import io
import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

MEMORY = 2 * 1024**3
SECONDS = 60
MAX_TEXT = 32_767
"""Excel's own limit for one cell."""
MAX_TEXTS = 50_000_000
"""Characters in all cells together; a book that repeats one long text a million times has more."""
MAX_MERGES = 20_000
"""Merged areas of one sheet; further ones are left unmerged."""
EXIT_ENCRYPTED, EXIT_TOO_MUCH = 3, 4
UNRECKONED = "#公式!"
"""Stands for a formula whose result was never stored: the reader gives such cells, and Excel's error values, as
empty. The same word as engines/ledger/texts.py."""
_SHEET = re.compile(rb"<(?:\w+:)?sheet\s[^<>]*?\w+:id\s*=\s*[\"']([^\"'<>]*)[\"']")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship\s([^<>]*)>")
_CELL_ENDS = re.compile(rb"</(?:\w+:)?c>")
_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*)(?<!/)>")
_ROW = re.compile(rb"<(?:\w+:)?row\s([^<>]*)>")
_COLUMNS = re.compile(rb"<(?:\w+:)?col\s([^<>]*)>")
_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s>/]")
_STORED = re.compile(rb"<(?:\w+:)?v(?:\s[^<>]*)?>([^<]+)<")


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine  # after the limits, so that they hold for it too

    data = io.BytesIO(sys.stdin.buffer.read())
    parts = sheet_parts(data)
    data.seek(0)
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(data)
        sheets = [
            sheet(
                book.get_sheet_by_name(meta.name),
                meta.visible == python_calamine.SheetVisibleEnum.Visible,
                part_of(data, parts[place]) if len(parts) == len(book.sheets_metadata) else b"",
            )
            for place, meta in enumerate(book.sheets_metadata)
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError:
        sys.exit(EXIT_ENCRYPTED)
    if sum(len(cell) for s in sheets for row in s["rows"] for cell in row if isinstance(cell, str)) > MAX_TEXTS:
        sys.exit(EXIT_TOO_MUCH)
    sys.stdout.write(json.dumps(sheets))


def sheet(source: Any, is_visible: bool, xml: bytes) -> dict[str, Any]:
    """`xml`: the sheet's own part of an xlsx, for what the reader does not tell; empty for an xls."""
    rows = [[cell(value) for value in row] for row in source.to_python(skip_empty_area=False)]
    for row, column, text in failed_formulas(xml):
        put(rows, row, column, text)
    return {
        "name": source.name,
        "hidden": not is_visible,
        "rows": rows,
        "hidden_rows": hidden_rows(xml, len(rows)),
        "hidden_columns": hidden_columns(xml, max(map(len, rows), default=0)),
        "merged": [[*start, *end] for start, end in (source.merged_cell_ranges or ())[:MAX_MERGES]],
    }


def put(rows: list[list[object]], row: int, column: int, text: str) -> None:
    """Into an empty cell only; what lies outside of the reader's rectangle widens it."""
    rows.extend([] for _ in range(row + 1 - len(rows)))
    line = rows[row]
    line.extend(None for _ in range(column + 1 - len(line)))
    if line[column] is None:
        line[column] = text


def sheet_parts(data: io.BytesIO) -> list[str]:
    """The parts of an xlsx that hold its sheets, in the book's order; none for an xls."""
    if bytes(data.getbuffer()[:2]) != b"PK":
        return []
    with zipfile.ZipFile(data) as archive:
        try:
            book, relations = archive.read("xl/workbook.xml"), archive.read("xl/_rels/workbook.xml.rels")
        except KeyError:
            return []
    targets = {attribute(told, b"Id"): attribute(told, b"Target") for told in _RELATION.findall(relations)}
    paths = (targets.get(found.decode("utf-8", "replace"), "") for found in _SHEET.findall(book))
    return [path.removeprefix("/") if path.startswith("/") else f"xl/{path}" for path in paths]


def attribute(told: bytes, name: bytes) -> str:
    found = re.search(rb"(?:^|\s)" + name + rb"\s*=\s*[\"']([^\"']*)[\"']", told)
    return found[1].decode("utf-8", "replace") if found else ""


def part_of(data: io.BytesIO, part: str) -> bytes:
    with zipfile.ZipFile(data) as archive:
        return archive.read(part) if part in archive.namelist() else b""


def hidden_rows(xml: bytes, count: int) -> list[int]:
    """Rows (from 0) that are hidden, by hand or by a filter."""
    told = (attributes for attributes in _ROW.findall(xml) if _HIDDEN.search(attributes))
    numbers = (int(number) for attributes in told if (number := attribute(attributes, b"r")).isdecimal())
    return [number - 1 for number in numbers if 0 < number <= count]


def hidden_columns(xml: bytes, count: int) -> list[int]:
    """Columns (from 0) that are hidden."""
    spans = [
        (attribute(told, b"min"), attribute(told, b"max")) for told in _COLUMNS.findall(xml) if _HIDDEN.search(told)
    ]
    return [
        column
        for first, last in spans
        if first.isdecimal() and last.isdecimal()
        for column in range(max(0, int(first) - 1), min(int(last), count))
    ]


def failed_formulas(xml: bytes) -> list[tuple[int, int, str]]:
    """Row and column (from 0) of each cell with an error value, or with a formula whose result was never stored."""
    if not _FORMULA.search(xml) and not re.search(rb"\st=[\"']e[\"']", xml):
        return []
    return [
        (*place, text)
        for told, body in cells_of(xml)
        if (text := failure(told, body)) and (place := cell_place(attribute(told, b"r")))
    ]


def cells_of(xml: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Attributes and content of each cell that has any content; in one pass, however the tags are broken."""
    ends = _CELL_ENDS.finditer(xml)
    end = next(ends, None)
    for found in _CELL.finditer(xml):
        while end is not None and end.start() < found.end():
            end = next(ends, None)
        if end is None:
            return
        yield found[1], xml[found.end() : min(end.start(), found.end() + MAX_TEXT)]


def failure(told: bytes, body: bytes) -> str:
    """What to put for a cell; "" where the reader gives its value. A formula of text may well have given none."""
    if b"f" not in body and b"e" not in told:  # nearly all cells
        return ""
    stored, kind = _STORED.search(body), attribute(told, b"t")
    if kind == "e":
        return stored[1].decode("utf-8", "replace").strip() if stored else UNRECKONED
    return UNRECKONED if kind != "str" and not stored and _FORMULA.search(body) else ""


def cell_place(reference: str) -> tuple[int, int] | None:
    """C7 as (6, 2), within the limits of Excel."""
    found = re.fullmatch(r"([A-Z]{1,3})([1-9]\d{0,6})", reference.upper())
    if found is None:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def cell(value: str | int | float | bool | time | date | datetime | timedelta) -> object:
    """Dates travel as a list of one text; everything else as JSON has it."""
    if isinstance(value, str):
        return value[:MAX_TEXT] or None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return int(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, date):
        return [value.isoformat()]
    if isinstance(value, timedelta):
        return str(value)
    return value


if __name__ == "__main__":
    main()
