"""Runs alone, in a process of its own: workbook bytes on standard input, cells as JSON on standard output.

The reader's native code may abort the whole process on a hostile file (found by fuzzing: an xls that asks
for a terabyte), so it never runs inside the server. This file imports nothing of ours: see workbooks.py.
"""

from __future__ import annotations

import io
import json
import resource
import sys
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


def main() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine  # after the limits, so that they hold for it too

    data = io.BytesIO(sys.stdin.buffer.read())
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(data)
        sheets = [
            sheet(book.get_sheet_by_name(meta.name), meta.visible == python_calamine.SheetVisibleEnum.Visible)
            for meta in book.sheets_metadata
            if meta.typ == python_calamine.SheetTypeEnum.WorkSheet
        ]
    except python_calamine.PasswordError:
        sys.exit(EXIT_ENCRYPTED)
    if sum(len(cell) for s in sheets for row in s["rows"] for cell in row if isinstance(cell, str)) > MAX_TEXTS:
        sys.exit(EXIT_TOO_MUCH)
    sys.stdout.write(json.dumps(sheets))


def sheet(source: Any, is_visible: bool) -> dict[str, Any]:
    return {
        "name": source.name,
        "hidden": not is_visible,
        "rows": [[cell(value) for value in row] for row in source.to_python(skip_empty_area=False)],
        "merged": [[*start, *end] for start, end in (source.merged_cell_ranges or ())[:MAX_MERGES]],
    }


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
