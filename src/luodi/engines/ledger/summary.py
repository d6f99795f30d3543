"""What is said once for a whole file instead of on each of its rows. Rules: docs/domain/ledger.md#summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from luodi.engines.ledger.model import ColumnGuess, Problem, RowResult, TableGuess, Tables

MANY = 3
"""Rows that say the same; from here on it is said once for all of them."""
REPEATED: dict[str, tuple[str, tuple[str, ...]]] = {
    "track_assumed": ("many_track_assumed", ("track",)),
    "amount_unit_assumed": ("many_amount_unit_assumed", ()),
    "amount_missing": ("many_amount_missing", ()),
    "date_month_only": ("many_date_month_only", ()),
    "date_year_only": ("many_date_year_only", ()),
    "date_serial": ("many_date_serial", ()),
    "stage_missing": ("many_stage_missing", ()),
    "stage_from_section": ("many_stage_from_section", ("value", "stage")),
    "officer_missing": ("many_officer_missing", ()),
    "unit_from_title": ("many_unit_from_title", ("unit",)),
    "finish_declared": ("many_finish_declared", ()),
}
"""Notes on how the file was read rather than on one project: the sentence for many, and what must be alike in them."""
Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """`notes`: what is said once, the file's sheets and columns first. `told`: the rows' notes that are among it."""

    notes: tuple[Problem, ...]
    told: frozenset[Key]

    def left(self, row: RowResult) -> tuple[Problem, ...]:
        """What is still to be said at the row itself."""
        return tuple(problem for problem in row.problems if _key(problem) not in self.told)


def summed_up(tables: Tables, rows: Sequence[RowResult]) -> Summary:
    """Sum up columns that are not read, what is hidden, and the notes that many rows share."""
    counts = Counter(
        key for row in rows for key in {_key(problem) for problem in row.problems if problem.code in REPEATED}
    )
    many = {key: count for key, count in counts.items() if count >= MANY}
    skipped = {(row.sheet, row.row) for row in rows if row.status == "skipped"}
    sheets = {table.sheet: [t for t in tables if t.sheet == table.sheet] for table in tables}
    notes = [note for of_sheet in sheets.values() for note in _of_sheet(of_sheet, skipped)]
    return Summary((*notes, *(_repeated(key, count) for key, count in many.items())), frozenset(many))


def _key(problem: Problem) -> Key:
    """What two notes must share to be said as one."""
    alike = REPEATED.get(problem.code, ("", ()))[1]
    return (problem.code, *({"value": problem.value, **problem.params}[name] for name in alike))


def _repeated(key: Key, count: int) -> Problem:
    code, alike = REPEATED[key[0]]
    params = dict(zip(alike, key[1:], strict=True))
    return Problem("note", "", params.pop("value", ""), code, {"count": str(count), **params})


def _of_sheet(tables: list[TableGuess], skipped: Collection[tuple[str, int]]) -> list[Problem]:
    sheet = tables[0].sheet
    if tables[0].skip == "skip_hidden":
        return (
            [Problem("note", "", sheet, "hidden_sheet", {"count": str(tables[0].last_row)})]
            if tables[0].last_row
            else []
        )
    read = [table for table in tables if not table.skip and not table.problem]
    columns = [column for table in read for column in table.columns]
    return [
        *(note for table in read for note in table.notes),
        *_of_columns(sheet, "unread_columns", [column for column in columns if column.field is None]),
        *_of_columns(sheet, "hidden_columns", [column for column in columns if column.field and column.hidden]),
        *_of_rows(sheet, [row for table in read for row in table.hidden_rows], skipped),
    ]


def _of_columns(sheet: str, code: str, columns: Iterable[ColumnGuess]) -> list[Problem]:
    labels = dict.fromkeys(column.label.rsplit("/", 1)[-1] for column in columns)
    params = {"count": str(len(labels)), "columns": "、".join(labels)}
    return [Problem("note", "", sheet, code, params)] if labels else []


def _of_rows(sheet: str, hidden: list[int], skipped: Collection[tuple[str, int]]) -> list[Problem]:
    left = sum((sheet, row) in skipped for row in hidden)
    params = {"read": str(len(hidden) - left), "skipped": str(left), "rows": _ranges(hidden)}
    return [Problem("note", "", sheet, "hidden_rows", params)] if hidden else []


def _ranges(numbers: Sequence[int]) -> str:
    """3, 4, 5, 9 as 3–5、9; of many the first ten."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    said = [str(first) if first == last else f"{first}–{last}" for first, last in spans[:10]]
    return "、".join(said) + ("……" if len(spans) > 10 else "")
