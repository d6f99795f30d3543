"""A table of rules as a form: typed fields row by row. What is right is said by selectors.faults_of, beside each cell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from luodi.engines.ruletables import Column, Row, Value
from luodi.kernel.http import ActForm, EditForm
from luodi.kernel.models import WITHIN_REACH
from luodi.kernel.rule_tables import RuleTable
from luodi.rulebook import selectors
from luodi.rulebook.rules import MOST_ROWS
from luodi.web.fields import DayInput

NOT_OF_THE_SORT = _("填的不是这一列要的内容。")


def _number(column: Column, field: type[forms.IntegerField], step: str) -> forms.Field:
    attrs = {"step": step, "inputmode": "decimal"}
    if column.least is not None:
        attrs["min"] = str(column.least)
    if column.most is not None:
        attrs["max"] = str(column.most)
    return field(required=False, widget=forms.NumberInput(attrs=attrs), error_messages={"invalid": NOT_OF_THE_SORT})


def _choice(column: Column) -> forms.Field:
    words = [("", "—"), *((code, str(label)) for code, label in column.words().items())]
    return forms.ChoiceField(required=False, choices=words, error_messages={"invalid_choice": _("请从列表里选。")})


def _decimals(column: Column) -> forms.Field:
    return _number(column, forms.DecimalField, "any")


FIELDS: dict[str, Callable[[Column], forms.Field]] = {
    "integer": lambda column: _number(column, forms.IntegerField, "1"),
    "decimal": _decimals,
    "percent": _decimals,
    "text": lambda column: forms.CharField(required=False, max_length=column.length),
    "choice": _choice,
    "flag": lambda column: forms.BooleanField(required=False),
    "date": lambda column: forms.DateField(
        required=False, widget=DayInput(), error_messages={"invalid": NOT_OF_THE_SORT}
    ),
}


@dataclass(frozen=True, slots=True)
class CellField:
    """One cell as the form draws it: a field, or, where it cannot be typed, its words."""

    column: Column
    bound: BoundField | None
    words: str


@dataclass(frozen=True, slots=True)
class RowFields:
    place: int
    name: str
    cells: tuple[CellField, ...]


class TableForm(ActForm):
    """All rows of one version, the day it begins, and why. `count` tells how many rows are sent, `base` the version with
    which the preview compared them (empty: the code's defaults)."""

    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=MOST_ROWS)
    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    valid_from = forms.DateField(
        label=_("从哪天起生效"),
        widget=DayInput(),
        validators=WITHIN_REACH,
        help_text=_("今天或以后。批准时这一天已过的，要重新提。"),
    )
    note = forms.CharField(
        label=_("为什么改"),
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=1000,
        help_text=_("写明依据，如“柏政发〔2026〕3号”。"),
    )

    def __init__(self, data: QueryDict | None = None, *, table: RuleTable, initial: dict[str, Any] | None = None):
        super().__init__(data, initial=initial or {})
        self.table = table
        self.keys = list(table.defaults()) if table.fixed_rows else []
        self.places = range(len(self.keys) if table.fixed_rows else self._count(data, initial or {}))
        for place in self.places:
            for column in self.typed_columns:
                field = FIELDS[column.kind](column)
                field.label = f"{column.label} {place + 1}"
                self.fields[f"{place}-{column.name}"] = field

    @staticmethod
    def _count(data: QueryDict | None, initial: dict[str, Any]) -> int:
        text = str((initial if data is None else data).get("count", "0"))
        return min(int(text), MOST_ROWS) if text.isdecimal() and len(text) < 5 else 0

    @property
    def typed_columns(self) -> list[Column]:
        fixed = self.table.key if self.table.fixed_rows else ()
        return [column for column in self.table.columns if column.name not in fixed]

    @property
    def grid(self) -> list[RowFields]:
        """The rows as they are drawn."""
        return [self._row(place) for place in self.places]

    def _row(self, place: int) -> RowFields:
        fixed = self.keys[place] if self.keys else {}
        name = selectors.key_words(self.table, fixed) if fixed else str(place + 1)
        typed = {column.name for column in self.typed_columns}

        def cell(column: Column) -> CellField:
            if column.name in typed:
                return CellField(column, self[f"{place}-{column.name}"], "")
            return CellField(column, None, selectors.shown(column, fixed.get(column.name)))

        return RowFields(place, name, tuple(cell(column) for column in self.table.columns))

    def clean(self) -> dict[str, Any]:
        """Put what is wrong beside its cell. Rows left wholly empty are no rows."""
        places, rows = self._sent_rows()
        if not self.errors:
            for fault in selectors.faults_of(self.table, rows):
                at = f"{places[fault.row]}-{fault.column}" if fault.row >= 0 else ""
                self.add_error(at if at in self.fields else None, selectors.fault_text(fault))
        self.cleaned_data["rows"] = rows
        return self.cleaned_data

    def _sent_rows(self) -> tuple[list[int], list[Row]]:
        places: list[int] = []
        rows: list[Row] = []
        for place in self.places:
            typed = {c.name: self._value(c, self.cleaned_data.get(f"{place}-{c.name}")) for c in self.typed_columns}
            if self.keys or any(value not in (None, False) for value in typed.values()):
                places.append(place)
                rows.append({**(self.keys[place] if self.keys else {}), **typed})
        return places, rows

    @staticmethod
    def _value(column: Column, value: Any) -> Value:
        return None if value == "" and column.kind in ("text", "choice") else value

    def arguments(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name) for name in ("rows", "valid_from", "note", "base")}


def shown_at_first(table: RuleTable, rows: Sequence[Row], valid_from: date, note: str = "") -> dict[str, Any]:
    """What the form shows of rows that stand somewhere."""
    cells = {f"{n}-{c.name}": _as_typed(row.get(c.name)) for n, row in enumerate(rows) for c in table.columns}
    return {"count": len(rows), "valid_from": valid_from, "note": note, **cells}


def _as_typed(value: Value) -> Value:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def with_row(data: QueryDict) -> dict[str, Any]:
    """What was typed, with one more empty row at the end."""
    kept = data.dict()
    return {**kept, "count": _sent_count(data) + 1}


def without_row(data: QueryDict, place: int) -> dict[str, Any]:
    """What was typed, without one row; those behind it move up."""
    kept: dict[str, Any] = {}
    for name, value in data.items():
        row, dash, column = name.partition("-")
        if not dash or not row.isdecimal():
            kept[name] = value
        elif int(row) != place:
            kept[f"{int(row) - (int(row) > place)}-{column}"] = value
    return {**kept, "count": max(_sent_count(data) - 1, 0)}


def as_typed(data: QueryDict) -> dict[str, Any]:
    """What was typed, to be shown again."""
    return {**data.dict(), "count": _sent_count(data)}


def _sent_count(data: QueryDict) -> int:
    text = str(data.get("count", "0"))
    return min(int(text), MOST_ROWS - 1) if text.isdecimal() and len(text) < 5 else 0


class DecideForm(EditForm):
    """The answer to a proposal. `base` as in TableForm."""

    base = forms.IntegerField(widget=forms.HiddenInput, required=False)
    answer = forms.CharField(
        label=_("理由"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("不批准时必填。"),
    )
