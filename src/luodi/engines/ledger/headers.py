"""Finding the tables of a sheet and guessing their columns. Rules: docs/domain/ledger.md#columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeVar

from luodi.engines.ledger.dates import read_day
from luodi.engines.ledger.fields import BY_NAME
from luodi.engines.ledger.labels import exact_field, match_heading
from luodi.engines.ledger.model import ColumnGuess, Context, Problem, TableGuess, Tables
from luodi.engines.ledger.money import read_amount
from luodi.engines.ledger.stages import heading_track, read_stage
from luodi.engines.ledger.texts import cell_text, half_width, is_dash, is_failed_formula, is_pending, one_line, squeezed
from luodi.engines.ledger.units import UnitBook
from luodi.engines.sheets import Cell, Sheet

T = TypeVar("T")
SEARCHED_ROWS = 40
DEEPEST = 3
SAMPLED_ROWS = 40
LONGEST_LATER = 24
"""Characters of a heading in the middle of a sheet."""
YEARLY = ("year_planned", "year_declared")
LONGEST_LABEL = 100
MOST_TABLES = 100
"""Tables of one sheet; further headings count as rows."""
TICKS = frozenset({"√", "✓", "✔", "☑", "●", "★", "V", "是", "Y", "YES", "1", "对", "■", "▲", "О", "O", "○"})
_NO_TICKS = frozenset({"", "×", "X", "否", "N", "0", "/", "-", "—"})
_YEAR = re.compile(r"(20\d\d)年")
_FILLED_IN_BY = re.compile(r"(填报|报送|编制|制表|统计|填表)(单位|部门)")


@dataclass(frozen=True, slots=True)
class _Header:
    top: int
    depth: int
    columns: tuple[ColumnGuess, ...]
    score: float


def guess_tables(sheets: Sequence[Sheet], context: Context) -> Tables:
    """Find every table of `sheets`. A sheet without one gives a TableGuess that says why."""
    units = UnitBook(context)
    return tuple(table for sheet in sheets for table in _tables_of(sheet, units))


def _tables_of(sheet: Sheet, units: UnitBook) -> list[TableGuess]:
    last = _last_row(sheet.rows)
    if sheet.hidden:
        return [_unread(sheet, last, "skip_hidden")]
    first = _best_header(sheet, range(min(SEARCHED_ROWS, last)))
    if first is None:
        return [_without_header(sheet, last)]
    headers = [first]
    for row in _later_headers(sheet, first.top + first.depth, last):
        free = headers[-1].top + headers[-1].depth
        top = row - 1 if row > free and _is_words_alone(sheet.rows[row - 1]) else row
        found = _best_header(sheet, range(top, row + 1)) if row >= free else None
        if found is not None and _is_another(found, headers[-1]) and len(headers) < MOST_TABLES:
            headers.append(found)
    ends = [header.top for header in headers[1:]] + [last]
    title = _title_lines(sheet, 0, first.top)
    titles = [_Title(title, title)] + [_Title(_lines_above(sheet, h.top), title) for h in headers[1:]]
    return [_table(sheet, *parts, units) for parts in zip(headers, ends, titles, strict=True)]


def _is_another(found: _Header, before: _Header) -> bool:
    """Whether a heading further down reads its rows otherwise; one that leaves out the units only repeats."""
    known = {column.index: column for column in before.columns if column.field}
    told = [column for column in found.columns if column.field]
    leaves = {index: column.label.rsplit("/", 1)[-1] for index, column in known.items()}
    if not any(c.field == "name" for c in told) or all(leaves.get(c.index) == c.label for c in told):
        return False
    return {c.index: c.field for c in told} != {c.index: c.field for c in known.values()} or any(
        (c.money_unit or known[c.index].money_unit) != known[c.index].money_unit
        or (c.area_unit or known[c.index].area_unit) != known[c.index].area_unit
        or (c.year or known[c.index].year) != known[c.index].year
        for c in told
    )


def _last_row(rows: Sequence[Sequence[Cell]]) -> int:
    """Number of rows up to the last with anything in it."""
    for number in range(len(rows), 0, -1):
        if any(cell_text(cell) for cell in rows[number - 1]):
            return number
    return 0


def _unread(sheet: Sheet, last: int, code: str, problem: Problem | None = None) -> TableGuess:
    return TableGuess(sheet.name, (), 1, last, (), problem=problem, skip=code)


def _without_header(sheet: Sheet, last: int) -> TableGuess:
    """A cover sheet has hardly a full row; a sheet with full rows lacks its heading."""
    full = [row for row in sheet.rows if sum(bool(cell_text(cell)) for cell in row) >= 3]
    if len(full) < 2:
        return _unread(sheet, last, "skip_cover")
    width = max(len(row) for row in full)
    columns = tuple(ColumnGuess(index, column_letter(index), None) for index in range(width))
    problem = Problem("error", "", "", "no_header", {"sheet": sheet.name})
    return replace(_unread(sheet, last, "skip_no_header", problem), columns=columns)


def column_letter(index: int) -> str:
    """0 → A 列, 26 → AA 列, as the office program names it."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters} 列"


# --- headings


def _best_header(sheet: Sheet, tops: range) -> _Header | None:
    best: _Header | None = None
    grid = _expanded(sheet, tops.start, min(tops.stop + DEEPEST, len(sheet.rows)))
    for top in tops:
        for depth in range(1, DEEPEST + 1):
            rows = grid[top - tops.start : top - tops.start + depth]
            if len(rows) < depth or not _may_be_header(rows):
                break
            header = _read_header(top, rows)
            if header is not None and (best is None or header.score > best.score):
                best = header
    return _with_rows_above(sheet, best) if best is not None else None


def _with_rows_above(sheet: Sheet, header: _Header) -> _Header:
    """A heading merged downwards into the header's rows begins the header."""
    tops = [m.top for m in sheet.merged if m.top < header.top <= m.bottom < header.top + header.depth]
    top = min(tops, default=header.top)
    depth = header.top + header.depth - top
    if depth == header.depth or depth > DEEPEST + 1:
        return header
    rows = _expanded(sheet, top, top + depth)
    return _read_header(top, rows) or header if len(set(rows[0]) - {""}) >= 2 else header


def _expanded(sheet: Sheet, start: int, stop: int) -> list[list[str]]:
    """Rows as text, each merged area filled with its value."""
    grid = [[cell_text(cell)[:LONGEST_LABEL] for cell in row] for row in sheet.rows[start:stop]]
    for merge in sheet.merged:
        if merge.bottom < start or merge.top >= stop:
            continue
        value = (
            cell_text(sheet.rows[merge.top][merge.left])[:LONGEST_LABEL]
            if _inside(sheet, merge.top, merge.left)
            else ""
        )
        for row in range(max(merge.top, start), min(merge.bottom + 1, stop)):
            line = grid[row - start]
            for column in range(merge.left, min(merge.right + 1, len(line))):
                line[column] = value
    return grid


def _inside(sheet: Sheet, row: int, column: int) -> bool:
    return row < len(sheet.rows) and column < len(sheet.rows[row])


def _may_be_header(rows: list[list[str]]) -> bool:
    """Two different texts at least, and hardly a figure but years."""
    last = [text for text in rows[-1] if text]
    figures = [text for text in last if re.fullmatch(r"[\d.,\-/]+", text) and not re.fullmatch(r"20\d\d", text)]
    return len(set(rows[0]) - {""}) >= 2 and len(figures) * 4 <= len(last)


def _read_header(top: int, rows: list[list[str]]) -> _Header | None:
    labels = _labels(rows)
    columns = []
    for index, parts in enumerate(labels):
        if not parts:
            continue
        found = match_heading(parts)
        label = one_line("/".join(one_line(part) for part in parts))
        columns.append(
            ColumnGuess(index, label, found.field, found.confidence, found.money_unit, found.area_unit, "", found.year)
        )
    fields = {c.field: c.confidence for c in sorted(columns, key=lambda c: c.confidence) if c.field}
    known = len([name for name in fields if name != "seq"])
    if known < 2 or ("name" not in fields and known < 4):
        return None
    score = sum(fields.values()) + sum(c.confidence for c in columns if c.field is None) * 0.5
    ticks = sum(read_stage(parts[-1]).kind == "exact" for parts in labels if parts)
    # One row more must bring something: else it is a row of data, or a title.
    return _Header(top, len(rows), tuple(columns), score + 0.5 * ticks - 0.6 * len(rows))


def _labels(rows: list[list[str]]) -> list[tuple[str, ...]]:
    """The headings of each column from top to leaf, without repeats of merged areas."""
    width = max(len(row) for row in rows)
    grid = [row + [""] * (width - len(row)) for row in rows]
    for upper, lower in pairwise(grid):
        for column in range(1, width):
            if (
                not upper[column]
                and lower[column]
                and upper[column - 1]
                and lower[column - 1]
                and upper[column - 1] != lower[column - 1]
            ):
                upper[column] = upper[column - 1]
    return [tuple(dict.fromkeys(row[column] for row in grid if row[column])) for column in range(width)]


def _later_headers(sheet: Sheet, start: int, stop: int) -> Iterator[int]:
    """Rows further down that look like headings: short texts alone, two of them the very words of a heading."""
    for number in range(start, stop):
        if not _is_words_alone(sheet.rows[number]):
            continue
        texts = [cell for cell in sheet.rows[number] if isinstance(cell, str) and cell]
        exact = {exact_field(text) for text in texts} - {None, "seq"}
        if len(exact) >= 2 and sum(match_heading((text,)).confidence > 0 for text in texts) * 2 > len(texts):
            yield number


def _is_words_alone(row: Sequence[Cell]) -> bool:
    """Three short texts at least, and nothing else: a heading has no figures."""
    cells = [cell for cell in row if cell is not None and cell != ""]
    return len(cells) >= 3 and all(isinstance(cell, str) and len(cell) <= LONGEST_LATER for cell in cells)


# --- one table


@dataclass(frozen=True, slots=True)
class _Title:
    """The lines above a table, and those above the first of its sheet, which hold where its own are silent."""

    own: Sequence[str]
    sheets: Sequence[str]

    def first(self, read: Callable[[Sequence[str]], T]) -> T:
        return read(self.own) or read(self.sheets)


def _table(sheet: Sheet, header: _Header, end: int, title: _Title, units: UnitBook) -> TableGuess:
    body = sheet.rows[header.top + header.depth : end]
    year = title.first(_year_of) or units.context.today.year
    columns = _with_ticks(header.columns, body)
    columns = _by_content(columns, body)
    columns, other_years = _settle_years(columns, year)
    columns, twins = _settle_twins(columns)
    general = money_unit_of_title(title.own) or _common_unit(columns) or money_unit_of_title(title.sheets)
    columns = tuple(
        replace(c, money_unit=c.money_unit or general)
        if c.field and BY_NAME[c.field].kind == "money"
        else replace(c, money_unit="")
        for c in columns
    )
    columns = _with_unnamed(columns, body)
    found_unit = title.first(lambda lines: units.within(" ".join(x for x in lines if not _FILLED_IN_BY.search(x))))
    return TableGuess(
        sheet=sheet.name,
        header_rows=tuple(range(header.top + 1, header.top + header.depth + 1)),
        first_row=header.top + header.depth + 1,
        last_row=end,
        columns=tuple(replace(c, hidden=c.index in sheet.hidden_columns) for c in columns),
        title=" ".join(title.own),
        title_unit=found_unit.name if found_unit else "",
        heading_track=heading_track(sheet.name),
        title_track=title.first(_track_of),
        problem=_lacking_name(sheet, columns),
        notes=(*other_years, *twins),
        hidden_rows=tuple(
            row + 1
            for row in sorted(sheet.hidden_rows)
            if header.top + header.depth <= row < end and any(sheet.rows[row])
        ),
    )


def _with_unnamed(columns: tuple[ColumnGuess, ...], body: Sequence[Sequence[Cell]]) -> tuple[ColumnGuess, ...]:
    """Columns without a heading that hold something: nobody reads them, so somebody must be able to see and name them."""
    named = {column.index for column in columns}
    filled = {index for row in body for index, cell in enumerate(row) if index not in named and cell_text(cell)}
    return (*columns, *(ColumnGuess(index, column_letter(index), None) for index in sorted(filled)))


def _year_of(lines: Sequence[str]) -> int:
    """The year that a title names; 0 where it names none."""
    found = _YEAR.search(half_width(" ".join(lines)))
    return int(found[1]) if found else 0


def _track_of(lines: Sequence[str]) -> str:
    title = " ".join(lines)
    return "" if re.search(r"[和及与、]", title) else heading_track(title)


def _common_unit(columns: Sequence[ColumnGuess]) -> str:
    """What all headings of amounts that name a unit agree on."""
    units = {c.money_unit for c in columns if c.field and BY_NAME[c.field].kind == "money" and c.money_unit}
    return units.pop() if len(units) == 1 else ""


def _lacking_name(sheet: Sheet, columns: Sequence[ColumnGuess]) -> Problem | None:
    if any(column.field == "name" for column in columns):
        return None
    return Problem("error", "name", "", "no_name_column", {"sheet": sheet.name})


def _title_lines(sheet: Sheet, start: int, stop: int) -> list[str]:
    return [one_line(text[:200]) for row in sheet.rows[start:stop] for cell in row if (text := cell_text(cell))]


def _lines_above(sheet: Sheet, top: int) -> list[str]:
    """The lines right above a heading further down, as far as each stands alone in its row: no project does."""
    start = top
    while start > max(0, top - 3) and len({text for cell in sheet.rows[start - 1] if (text := cell_text(cell))}) <= 1:
        start -= 1
    return _title_lines(sheet, start, top)


def money_unit_of_title(lines: Sequence[str]) -> str:
    """单位：万元, （金额单位：亿元）, or a lone （万元） above the heading."""
    for line in lines:
        plain = half_width(line)
        if (
            "单位" in plain
            or re.fullmatch(r"\(?(亿元|万元|千元|元)\)?", plain)
            or re.search(r"\([^()]{0,8}(亿元|百万元|万元|千元)[^()]{0,4}\)", plain)
        ):
            found = re.search(r"亿元|百万元|万元|千元|(?<=[:( ])元", plain)
            if found:
                return found[0]
    return ""


def _column_texts(body: Sequence[Sequence[Cell]], index: int) -> list[str]:
    texts = (squeezed(cell_text(row[index])[:LONGEST_LABEL]) for row in body[: 5 * SAMPLED_ROWS] if index < len(row))
    return [text for text in texts if text and not _says_nothing(text)][:SAMPLED_ROWS]


def _says_nothing(text: str) -> bool:
    return is_dash(text) or is_pending(text) or is_failed_formula(text)


def _with_ticks(columns: tuple[ColumnGuess, ...], body: Sequence[Sequence[Cell]]) -> tuple[ColumnGuess, ...]:
    """Columns headed by a stage word and holding ticks: together they are the stage."""
    ticked = {}
    for column in columns:
        leaf = column.label.rsplit("/", 1)[-1]
        word = read_stage(leaf)
        texts = _column_texts(body, column.index)
        if word.stage and word.kind == "exact" and all(text in TICKS or text in _NO_TICKS for text in texts):
            ticked[column.index] = (leaf, any(text in TICKS for text in texts))
    if len(ticked) < 2 or not any(has for _, has in ticked.values()):
        return columns
    return tuple(
        replace(c, field="stage", tick=ticked[c.index][0], confidence=1.0) if c.index in ticked else c for c in columns
    )


def _by_content(columns: tuple[ColumnGuess, ...], body: Sequence[Sequence[Cell]]) -> tuple[ColumnGuess, ...]:
    """Where what stands below contradicts the heading, the cells are believed."""
    mapped = {column.field for column in columns}
    out = []
    for column in columns:
        if (
            column.confidence
            and column.field in ("stage", "declared_investment", "started_on", "end_on")
            and not column.tick
        ):
            column = _believe_cells(column, _column_texts(body, column.index), mapped)
        out.append(column)
    return tuple(out)


def _believe_cells(column: ColumnGuess, texts: list[str], mapped: set[str | None]) -> ColumnGuess:
    if not texts:
        return column
    if column.field == "stage":
        fits = sum(read_stage(text).kind != "unknown" and len(text) <= 12 for text in texts)
        instead = "progress" if "progress" not in mapped else None
    elif column.field == "declared_investment":
        fits = sum(
            read_amount(text, "万元").code
            in (
                "",
                "amount_approximate",
                "amount_dash",
                "amount_negative",
                "amount_absurd",
                "amount_range",
                "amount_word",
                "amount_pending",
            )
            for text in texts
        )
        instead = "progress" if "progress" not in mapped else None
    else:
        fits = sum(read_day(text, last=True).code != "date_vague" or len(text) <= 6 for text in texts)
        instead = "stage" if "stage" not in mapped and all(read_stage(text).kind == "exact" for text in texts) else None
    return column if fits * 3 >= len(texts) else replace(column, field=instead, confidence=0.4)


def _settle_years(columns: tuple[ColumnGuess, ...], year: int) -> tuple[tuple[ColumnGuess, ...], tuple[Problem, ...]]:
    """Yearly figures of another year than the ledger's are left alone."""
    others = [c for c in columns if c.field in YEARLY and c.year not in (None, year)]
    notes = tuple(Problem("note", str(c.field), c.label, "column_other_year", {"year": str(year)}) for c in others)
    settled = (replace(c, field=None) if c in others else c for c in columns)
    return tuple(replace(c, year=c.year or year) if c.field in YEARLY else c for c in settled), notes


_PRINCIPAL_TOO = frozenset({"责任人", "负责人", "项目负责人", "项目责任人", "直接责任人"})
_INVESTOR_TOO = frozenset({"项目单位", "实施单位", "承办单位", "单位", "申报单位", "建设单位", "实施主体"})


def _settle_twins(columns: tuple[ColumnGuess, ...]) -> tuple[tuple[ColumnGuess, ...], tuple[Problem, ...]]:
    """Of two columns with the same field the surer one, then the first, keeps it."""
    columns = _second_meaning(columns, "officer", "principal", _PRINCIPAL_TOO)
    columns = _second_meaning(columns, "unit", "investor", _INVESTOR_TOO)
    kept: dict[str, ColumnGuess] = {}
    for column in sorted(columns, key=lambda c: (-c.confidence, c.index)):
        if column.field and not column.tick:
            kept.setdefault(column.field, column)
    out, notes = [], []
    for column in columns:
        if column.field and not column.tick and kept[column.field].index != column.index:
            params = {"field": BY_NAME[column.field].label, "first": kept[column.field].label, "second": column.label}
            if column.field != "seq":
                notes.append(Problem("note", column.field, column.label, "two_columns", params))
            column = replace(column, field=None)
        out.append(column)
    if any(column.tick for column in out):
        out = [replace(c, field=None) if c.field == "stage" and not c.tick else c for c in out]
    return tuple(out), tuple(notes)


def _second_meaning(
    columns: tuple[ColumnGuess, ...], field: str, other: str, words: frozenset[str]
) -> tuple[ColumnGuess, ...]:
    """责任人 beside 联系人 is the principal; 实施单位 beside 责任单位 is the investor."""
    same = [column for column in columns if column.field == field]
    if len(same) < 2 or any(column.field == other for column in columns):
        return columns
    moved = [column for column in same if squeezed(column.label.rsplit("/", 1)[-1]) in words]
    if not moved or len(moved) == len(same):
        return columns
    return tuple(replace(c, field=other) if c.index == moved[0].index else c for c in columns)


def table_problems(tables: Tables) -> tuple[Problem, ...]:
    """Why tables cannot be read; where no sheet has any, that is said once."""
    found = tuple(table.problem for table in tables if table.problem is not None)
    if found or any(not table.skip for table in tables):
        return found
    return (Problem("error", "", "", "no_table"),)


# --- what the clerk corrects


def unread(table: TableGuess) -> TableGuess:
    """The table as the clerk leaves it out (a sheet of last month)."""
    return replace(table, skip="skip_unchosen")


def with_columns(table: TableGuess, fields: Mapping[int, str | None], *, first_row: int | None = None) -> TableGuess:
    """The table with `fields` (column index → field) chosen by hand; a missing heading is then no hindrance."""
    columns = tuple(
        replace(c, field=fields[c.index], confidence=1.0, tick="") if c.index in fields else c for c in table.columns
    )
    named = any(column.field == "name" for column in columns)
    problem = None if named else Problem("error", "name", "", "no_name_column", {"sheet": table.sheet})
    return replace(
        table,
        columns=columns,
        first_row=first_row or table.first_row,
        problem=problem,
        skip="" if named and table.skip == "skip_no_header" else table.skip,
    )
