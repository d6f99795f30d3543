"""Tables of rules that a county edits: typed columns, what is wrong with rows, what differs between two. Pure.

A row is a mapping of the column's names to values. Kept, its values are plain JSON: numbers with decimals as text, days
as ISO 8601. Source of the notion: docs/domain/rulebook.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Literal

Kind = Literal["integer", "decimal", "percent", "text", "choice", "flag", "date"]
"""`percent` is held as it is typed: 10 is 10 %."""
Value = int | Decimal | str | bool | date | None
Row = Mapping[str, Value]
Options = Iterable[tuple[str, object]]
TYPES: dict[Kind, type] = {
    "integer": int, "decimal": Decimal, "percent": Decimal, "text": str, "choice": str, "flag": bool, "date": date,
}  # fmt: skip


def gettext_noop(message: str) -> str:
    """Mark a sentence for the message catalogue; engines may not import Django's own."""
    return message


_ = gettext_noop


@dataclass(frozen=True, slots=True)
class Column:
    """One typed column. `label`, `help` and `unit` are texts, lazy or not. `least` and `most` bound numbers and days, both
    included; `choices` are codes with their words (a function where they are known only later); `places` the decimals."""

    name: str
    label: object
    kind: Kind
    help: object = ""
    unit: object = ""
    least: int | Decimal | date | None = None
    most: int | Decimal | date | None = None
    choices: Options | Callable[[], Options] = ()
    required: bool = True
    places: int = 2
    length: int = 200

    def words(self) -> dict[str, object]:
        """The choices, by code."""
        return dict(self.choices() if callable(self.choices) else self.choices)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong beside one cell; `row` -1 means the whole table, `column` "" the whole row.

    `text` is a sentence or its msgid, `values` what its placeholders need.
    """

    row: int
    column: str
    text: object
    values: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Change:
    """How one row differs: `added`, `removed`, or `changed` with the cells that do (column, was, now)."""

    kind: Literal["added", "removed", "changed"]
    row: Row
    cells: tuple[tuple[Column, Value, Value], ...] = ()


# Kept as JSON -------------------------------------------------------------------------------------------------------


def plain(columns: Iterable[Column], row: Row) -> dict[str, object]:
    """The row as plain JSON values, in the order of the columns."""
    return {column.name: _plain(row.get(column.name)) for column in columns}


def _plain(value: Value) -> object:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else value


def typed(columns: Iterable[Column], kept: Mapping[str, object]) -> dict[str, Value]:
    """The row as it was before `plain`. A column added since is empty; one taken away is left out."""
    return {column.name: _typed(column, kept.get(column.name)) for column in columns}


def _typed(column: Column, value: object) -> Value:
    if value is None:
        return None
    if column.kind in ("decimal", "percent"):
        return Decimal(str(value))
    if column.kind == "date":
        return date.fromisoformat(str(value))
    return value  # type: ignore[return-value]  # JSON keeps int, bool and str as they are


# What is wrong ------------------------------------------------------------------------------------------------------


def faults(columns: Sequence[Column], key: Sequence[str], rows: Sequence[Row]) -> list[Fault]:
    """Each cell that is empty, of another type, out of bounds or no choice; then rows that have the same key."""
    found = [
        Fault(place, column.name, *wrong)
        for place, row in enumerate(rows)
        for column in columns
        if (wrong := _wrong(column, row.get(column.name))) is not None
    ]
    return found or list(_twice(key, rows))


def _wrong(column: Column, value: Value) -> tuple[str, dict[str, object]] | None:
    if value is None or value == "":
        return (_("请填写。"), {}) if column.required else None
    if type(value) is not TYPES[column.kind]:
        return _("填的不是这一列要的内容。"), {}
    if column.kind == "choice":
        return None if value in column.words() else (_("请从列表里选。"), {})
    if isinstance(value, str):
        return (_("最多 %(most)s 个字。"), {"most": column.length}) if len(value) > column.length else None
    return _out_of_bounds(column, value)


def _out_of_bounds(column: Column, value: Value) -> tuple[str, dict[str, object]] | None:
    if isinstance(value, Decimal) and not _has_places(value, column.places):
        return _("最多 %(places)s 位小数。"), {"places": column.places}
    if column.least is not None and value < column.least:  # type: ignore[operator]  # of the column's own type
        return _("不能小于 %(least)s。"), {"least": column.least}
    if column.most is not None and value > column.most:  # type: ignore[operator]
        return _("不能大于 %(most)s。"), {"most": column.most}
    return None


def _has_places(value: Decimal, places: int) -> bool:
    """Finite, and no finer than so many decimals."""
    try:
        return value.is_finite() and value == value.quantize(Decimal(1).scaleb(-places))
    except InvalidOperation:
        return False


def _twice(key: Sequence[str], rows: Sequence[Row]) -> Iterable[Fault]:
    seen: set[tuple[Value, ...]] = set()
    for place, row in enumerate(rows):
        own = key_of(key, row)
        if own in seen:
            yield Fault(place, key[-1], _("与上面的一行重复。"))
        seen.add(own)


def key_of(key: Sequence[str], row: Row) -> tuple[Value, ...]:
    return tuple(row.get(name) for name in key)


# Order, completeness, difference ------------------------------------------------------------------------------------


def arranged(columns: Sequence[Column], key: Sequence[str], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows in the order of their keys: choices as they are listed, numbers and days rising."""
    return tuple(rows[place] for place in order_of(columns, key, rows))


def order_of(columns: Sequence[Column], key: Sequence[str], rows: Sequence[Row]) -> list[int]:
    """The places of the rows, in the order of their keys. Needs rows without fault."""
    ranks = {c.name: {code: n for n, code in enumerate(c.words())} for c in columns if c.kind == "choice"}

    def order(place: int) -> tuple[object, ...]:
        row = rows[place]
        return tuple(ranks[name].get(str(row[name]), -1) if name in ranks else row[name] for name in key)

    return sorted(range(len(rows)), key=order)


def completed(key: Sequence[str], rows: Iterable[Row], defaults: Iterable[Row]) -> tuple[Row, ...]:
    """The default rows, each replaced by the row of the same key where there is one; rows of other keys fall away.

    For tables whose rows are given by the code: a row that a later release adds has its default until a county sets it.
    """
    own = {key_of(key, row): row for row in rows}
    return tuple(own.get(key_of(key, row), row) for row in defaults)


def changes(columns: Sequence[Column], key: Sequence[str], was: Iterable[Row], now: Iterable[Row]) -> list[Change]:
    """What differs, row by row: those of `now` in their order, then those taken away."""
    before, after = {key_of(key, row): row for row in was}, {key_of(key, row): row for row in now}
    found: list[Change] = []
    for own, row in after.items():
        if own not in before:
            found.append(Change("added", row))
        elif cells := tuple(
            (c, before[own].get(c.name), row.get(c.name)) for c in columns if _differ(c, before[own], row)
        ):
            found.append(Change("changed", row, cells))
    return found + [Change("removed", row) for own, row in before.items() if own not in after]


def _differ(column: Column, was: Row, now: Row) -> bool:
    """An empty text and no text are the same."""
    before, after = was.get(column.name), now.get(column.name)
    return before != after and not (before in (None, "") and after in (None, ""))
