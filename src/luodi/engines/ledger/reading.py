"""Reading all rows of a ledger against the county. Rules: docs/domain/ledger.md#rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from luodi.engines.ledger.cells import read_cells
from luodi.engines.ledger.companies import company_key
from luodi.engines.ledger.draft import Books, Draft, Section
from luodi.engines.ledger.fields import BY_NAME
from luodi.engines.ledger.headers import TICKS
from luodi.engines.ledger.library import Library
from luodi.engines.ledger.messages import message
from luodi.engines.ledger.model import ColumnGuess, Context, Problem, RowResult, TableGuess, Tables
from luodi.engines.ledger.rowkinds import Frame, RowKind, heading_words, is_numbered, row_kind
from luodi.engines.ledger.stages import ORDER, heading_track, is_public_money, read_stage
from luodi.engines.ledger.texts import cell_text, half_width, is_ditto, one_line, project_key, squeezed
from luodi.engines.sheets import Cell, Merge, Sheet

MOST_FILLED = 200_000
"""Cells that merged areas fill in one table; no honest ledger comes near."""
Place = tuple[str, int]
"""Sheet and row (from 1)."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What the clerk has decided in the wizard.

    `corrections`: new text for cells, by place and field. `skip`: rows not to import. `defaults`:
    leader, officer or unit for every row in which none is written or found.
    """

    corrections: Mapping[Place, Mapping[str, str]] = field(default_factory=dict)
    skip: Collection[Place] = frozenset()
    defaults: Mapping[str, str] = field(default_factory=dict)


def read_rows(
    sheets: Sequence[Sheet], tables: Tables, context: Context, choices: Choices | None = None
) -> list[RowResult]:
    """Read every row of `sheets`, in order; each is new, changed, same, skipped or wrong."""
    reading = _Reading(Books.of(context), choices or Choices())
    by_sheet: dict[str, list[TableGuess]] = {}
    for table in tables:
        by_sheet.setdefault(table.sheet, []).append(table)
    for sheet in sheets:
        reading.sheet(sheet, by_sheet.get(sheet.name, []))
    return _finished(reading.rows, context)


@dataclass(slots=True)
class _Reading:
    books: Books
    choices: Choices
    rows: list[RowResult] = field(default_factory=list)
    seen: dict[str, Place] = field(default_factory=dict)

    def sheet(self, sheet: Sheet, tables: list[TableGuess]) -> None:
        upper = lower = ""
        done = 0
        for table in tables:
            code = table.skip or ("skip_no_header" if table.problem else "")
            if code:
                self._skip_all(sheet, code, done, table.last_row)
                done = table.last_row
                continue
            upper = _heading_above(sheet, table, done) or upper
            done = self._above(sheet, table, done)
            upper, lower = self._table(sheet, table, upper, lower)
            done = table.last_row

    def _skip(self, sheet: str, row: int, code: str, text: str = "", /, **params: str) -> None:
        self.rows.append(
            RowResult(sheet, row, "skipped", one_line(text)[:200], reason_code=code, reason=message(code, params))
        )

    def _skip_all(self, sheet: Sheet, code: str, done: int, last_row: int) -> None:
        for row in range(done + 1, last_row + 1):
            texts = _texts(sheet.rows[row - 1])
            self._skip(sheet.name, row, code if any(texts) else "skip_blank", _first(texts))

    def _above(self, sheet: Sheet, table: TableGuess, done: int) -> int:
        for row in range(done + 1, table.first_row):
            texts = _texts(sheet.rows[row - 1])
            code = "skip_header" if row in table.header_rows else "skip_title" if any(texts) else "skip_blank"
            self._skip(sheet.name, row, code, _first(texts))
        return table.first_row - 1

    def _table(self, sheet: Sheet, table: TableGuess, upper: str, lower: str) -> tuple[str, str]:
        """Read the table's rows; gives the headings in force at its end, for a table below it."""
        body = _Body(sheet, table)
        for row in range(table.first_row, table.last_row + 1):
            kind = row_kind(_texts(sheet.rows[row - 1]), body.frame, row)
            if kind.skip == "skip_section":
                upper, lower = (upper, kind.heading) if kind.is_lower else (kind.heading, "")
            self._row(body, row, kind, _section(table, upper, lower))
        return upper, lower

    def _row(self, body: _Body, row: int, kind: RowKind, section: Section) -> None:
        place = (body.sheet.name, row)
        if place in self.choices.skip:
            self._skip(*place, "skip_chosen", body.name(row))
        elif kind.skip:
            self._skip(*place, kind.skip, _first(_texts(body.sheet.rows[row - 1])))
        elif (first := body.continues.get(row)) is not None:
            self._skip(*place, "skip_continued", body.name(row), row=str(first))
        else:
            self.rows.append(self._project(body, place, section))

    def _project(self, body: _Body, place: Place, section: Section) -> RowResult:
        cells, notes = body.cells(place[1])
        corrected = self.choices.corrections.get(place, {})
        cells.update(corrected)
        ticks = () if "stage" in corrected else body.ticks(place[1])
        draft = Draft(
            self.books,
            cells,
            body.columns,
            self.choices.defaults,
            section,
            body.table.title_unit,
            ticks,
            problems=notes,
        )
        read_cells(draft)
        self._once(draft, place)
        return RowResult(*place, "new", str(draft.values.get("name", "")), draft.values, tuple(draft.problems))

    def _once(self, draft: Draft, place: Place) -> None:
        key = project_key(str(draft.values.get("name", "")))
        if not key:
            return
        first = self.seen.setdefault(key, place)
        if first != place:
            draft.say("error", "name", "name_twice", sheet=first[0], row=str(first[1]))


def _heading_above(sheet: Sheet, table: TableGuess, done: int) -> str:
    """一、续建项目 between title and heading: it speaks of the rows below."""
    texts = {
        text for row in sheet.rows[done : min(table.header_rows, default=1) - 1][-1:] for text in _texts(row) if text
    }
    return next((half_width(text) for text in texts if len(texts) == 1 and is_numbered(text)), "")


def _section(table: TableGuess, upper: str, lower: str) -> Section:
    words = heading_words(lower or upper)
    track = heading_track(heading_words(lower)) or heading_track(heading_words(upper)) or table.heading_track
    stage = ""
    for heading in (lower, upper):
        read = read_stage(heading_words(heading)) if heading else None
        if read and read.stage and read.kind == "exact":
            stage = read.stage
            break
    return Section(words, track, stage, table.title_track)


def _texts(row: Sequence[Cell]) -> list[str]:
    return [cell_text(cell) for cell in row]


def _first(texts: Iterable[str]) -> str:
    return next((text for text in texts if text), "")


class _Body:
    """A table's cells with merged areas and 同上 resolved."""

    def __init__(self, sheet: Sheet, table: TableGuess) -> None:
        self.sheet, self.table = sheet, table
        self.frame = Frame.of(table)
        self.columns: dict[str, ColumnGuess] = {c.field: c for c in table.columns if c.field and not c.tick}
        self.ticked = [c for c in table.columns if c.tick]
        self.filled: dict[tuple[int, int], Cell] = {}
        self.continues: dict[int, int] = {}
        self.last: dict[str, Cell] = {}
        fields = {column.index: column.field for column in table.columns}
        for merge in sheet.merged:
            if merge.bottom > merge.top and merge.bottom >= table.first_row - 1 and merge.top < table.last_row:
                self._fill(merge, fields)

    def _fill(self, merge: Merge, fields: Mapping[int, str | None]) -> None:
        value = self._cell(merge.top, merge.left)
        name = fields.get(merge.left)
        for row in range(merge.top, min(merge.bottom, len(self.sheet.rows) - 1) + 1):
            if len(self.filled) >= MOST_FILLED:
                return
            self.filled[row, merge.left] = value
            if name == "name" and row > merge.top:
                self.continues[row + 1] = merge.top + 1

    def _cell(self, row: int, column: int) -> Cell:
        line = self.sheet.rows[row] if row < len(self.sheet.rows) else []
        return line[column] if column < len(line) else None

    def name(self, row: int) -> str:
        column = self.columns.get("name")
        return (
            cell_text(self.filled.get((row - 1, column.index)) or self._cell(row - 1, column.index)) if column else ""
        )

    def ticks(self, row: int) -> tuple[str, ...]:
        """The ticked stages, in the order of stages."""
        ticked = [c.tick for c in self.ticked if squeezed(cell_text(self._cell(row - 1, c.index))) in TICKS]
        return tuple(sorted(ticked, key=lambda word: ORDER.index(str(read_stage(word).stage))))

    def cells(self, row: int) -> tuple[dict[str, Cell], list[Problem]]:
        """The row by field, and what is to say of merged cells and of 同上."""
        out: dict[str, Cell] = {}
        notes: list[Problem] = []
        for name, column in self.columns.items():
            own = self._cell(row - 1, column.index)
            cell, note = self._resolved(name, column.index, row, own)
            out[name] = cell
            if note is not None:
                notes.append(note)
            if cell_text(cell):
                self.last[name] = cell
        return out, notes

    def _resolved(self, name: str, column: int, row: int, own: Cell) -> tuple[Cell, Problem | None]:
        merged = self.filled.get((row - 1, column))
        kind = BY_NAME[name].kind
        if merged is not None and own is None:
            if kind in ("money", "area", "count"):
                return None, Problem("note", name, cell_text(merged), "amount_merged", {})
            note = Problem("note", name, cell_text(merged), "date_merged", {}) if kind in ("date", "span") else None
            return merged, note
        text = cell_text(own)
        if (
            is_ditto(text)
            and kind not in ("money", "area", "count", "ignored")
            and name != "name"
            and name in self.last
        ):
            above = self.last[name]
            return above, Problem("note", name, text, "ditto", {"above": one_line(cell_text(above))[:40]})
        return own, None


# --- what only the whole file tells


def _finished(rows: list[RowResult], context: Context) -> list[RowResult]:
    library = Library(context)
    companies = _company_notes(rows, context)
    out = []
    for row, notes in zip(rows, companies, strict=True):
        if row.status != "skipped":
            row = library.compared(replace(row, problems=(*row.problems, *notes)))
            if any(problem.level == "error" for problem in row.problems):
                row = replace(row, status="wrong")
        out.append(row)
    return out


def _company_notes(rows: list[RowResult], context: Context) -> list[list[Problem]]:
    """One name with several codes is several companies; one code with several names is told."""
    codes: dict[str, dict[str, None]] = {}
    names: dict[str, dict[str, str]] = {}
    for row in rows:
        investor, code = str(row.values.get("investor", "")), str(row.values.get("uscc", ""))
        if investor and code and not is_public_money(investor):
            codes.setdefault(company_key(investor), {})[code] = None
            names.setdefault(code, {}).setdefault(company_key(investor), investor)
    known: dict[str, dict[str, None]] = {}
    for company in context.companies:
        known.setdefault(company_key(company.name), {})[company.uscc] = None
    return [_notes_of(row, codes, names, known) for row in rows]


def _notes_of(
    row: RowResult,
    codes: Mapping[str, Mapping[str, None]],
    names: Mapping[str, Mapping[str, str]],
    known: Mapping[str, Mapping[str, None]],
) -> list[Problem]:
    investor, code = str(row.values.get("investor", "")), str(row.values.get("uscc", ""))
    if not investor or row.status == "skipped" or is_public_money(investor):
        return []
    key, out = company_key(investor), []
    if len(codes.get(key, ())) > 1:
        said = "company_several_codes" if code else "company_several_unclear"
        out.append(Problem("note", "investor", investor, said, {"count": str(len(codes[key])), "code": code}))
    elif code and known.get(key) and code not in known[key]:
        out.append(Problem("note", "investor", investor, "company_known_code", {"codes": "、".join(known[key])}))
    if code and len(names[code]) > 1:
        out.append(Problem("note", "uscc", code, "company_several_names", {"names": "、".join(names[code].values())}))
    return out
