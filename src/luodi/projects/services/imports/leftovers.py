"""The rows that were left out, as a workbook to mend and hand in again: the cells as they were, and why."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

import xlsxwriter
from django.utils.translation import gettext as _

from luodi.engines.ledger import MESSAGES, Problem, RowResult, TableGuess
from luodi.engines.ledger.reading import Place
from luodi.engines.sheets import Cell, Sheet
from luodi.projects.models import ImportBatch
from luodi.projects.services.imports.reading import kept_decisions, kept_rows, kept_sheets

NO_GUESSING = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def words(problem: Problem) -> str:
    """A problem in the reader's language."""
    return _(MESSAGES[problem.code]) % {"value": problem.value, **problem.params}


def why_left_out(batch: ImportBatch, rows: Iterable[RowResult]) -> dict[Place, str]:
    """Wrong rows, rows left out by choice and rows refused while writing, each with its reason."""
    failed = {(r.sheet, r.row): r.message for r in batch.rows.filter(outcome="failed")}
    found: dict[Place, str] = {}
    for row in rows:
        place = (row.sheet, row.row)
        if row.status == "wrong":
            found[place] = "；".join(words(problem) for problem in row.problems if problem.level == "error")
        elif row.reason_code == "skip_chosen":
            found[place] = row.reason
        elif place in failed:
            found[place] = failed[place]
    return found


def leftovers(batch: ImportBatch) -> bytes:
    """An xlsx of one sheet for each table with such rows. Errors: DomainError "import_forgotten"."""
    reasons = why_left_out(batch, kept_rows(batch))
    sheets = {sheet.name: sheet for sheet in kept_sheets(batch)}
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, NO_GUESSING)
    written = 0
    for table in kept_decisions(batch).tables:
        own = [n for n in range(table.first_row, table.last_row + 1) if (table.sheet, n) in reasons]
        if own:
            written += 1
            _write(book, f"{written} {_tab(table.sheet)}"[:31], table, sheets[table.sheet], own, reasons)
    if not written:
        book.add_worksheet()
    book.close()
    return out.getvalue()


def _tab(name: str) -> str:
    """A sheet's name without the signs that a name may not hold."""
    return "".join(" " if sign in "[]:*?/\\'" else sign for sign in name)


def _write(
    book: xlsxwriter.Workbook,
    name: str,
    table: TableGuess,
    sheet: Sheet,
    numbers: Sequence[int],
    reasons: Mapping[Place, str],
) -> None:
    page = book.add_worksheet(name)
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    width = max((column.index for column in table.columns), default=0) + 1
    for column in table.columns:
        page.write_string(0, column.index, column.label)
    page.write_string(0, width, _("没有入库的原因"))
    page.write_string(0, width + 1, _("原来的行"))
    for line, number in enumerate(numbers, start=1):
        for index, cell in enumerate(sheet.rows[number - 1][:width]):
            _put(page, line, index, cell, day)
        page.write_string(line, width, reasons[table.sheet, number])
        page.write_number(line, width + 1, number)


def _put(page: xlsxwriter.worksheet.Worksheet, line: int, column: int, cell: Cell, day: object) -> None:
    """Write a cell as what it is; text stays text, whatever it begins with."""
    if isinstance(cell, datetime | date):
        page.write_datetime(line, column, cell, day)
    elif isinstance(cell, bool):
        page.write_boolean(line, column, cell)
    elif isinstance(cell, int | float):
        page.write_number(line, column, cell)
    elif cell is not None:
        page.write_string(line, column, cell)
