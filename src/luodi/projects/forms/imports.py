"""Forms of the import: shape and types only; what is understood and written is services.imports'."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import InMemoryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.utils.translation import gettext_lazy as _

from luodi.engines.ledger import (
    BY_NAME,
    IMPORTABLE,
    ColumnGuess,
    TableGuess,
    Tables,
    unread,
    with_columns,
    with_money_unit,
)
from luodi.engines.ledger.texts import cell_text, one_line
from luodi.engines.sheets import Sheet
from luodi.kernel.errors import DomainError
from luodi.kernel.http import ActForm, EditForm
from luodi.kernel.workbooks import MAX_BYTES
from luodi.orgs.models import Member, Unit
from luodi.projects.forms.fields import OneOf, text
from luodi.projects.services.imports.county import County
from luodi.projects.services.imports.reading import check_size

SAMPLES = 3
SAMPLE_LENGTH = 24
REASON_LENGTH = 500
MONEY_UNITS = [(unit, unit) for unit in ("万元", "亿元", "元", "千元", "百万元")]


class LedgerInMemory(FileUploadHandler):
    """Keeps an uploaded ledger in memory, up to its limit: it holds telephone numbers, and a temporary file would be clear
    text on the disk. What comes beyond the limit is counted, so that the refusal can name the size, and thrown away."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.held = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) <= MAX_BYTES:
            self.held.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any]:
        self.held.seek(0)
        return InMemoryUploadedFile(
            self.held, self.field_name, self.file_name or "", self.content_type, file_size, self.charset
        )


class UploadForm(ActForm):
    file = forms.FileField(
        label=_("台账文件"),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"empty": _("文件是空的。"), "required": _("请选择一个文件。")},
    )

    def clean_file(self) -> UploadedFile[Any]:
        file: UploadedFile[Any] = self.cleaned_data["file"]
        try:
            check_size(file.size or 0)
        except DomainError as error:
            raise forms.ValidationError(str(error.message), code=error.code) from error
        return file


class BatchForm(EditForm):
    """A button that acts on the whole preview."""


class UndoForm(EditForm):
    """Why a written import is undone."""

    reason = text(_("为什么撤销"), max_length=REASON_LENGTH)


# Columns ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column on the page. `tick` is the stage that a tick in it means."""

    letter: str
    label: str
    samples: str
    tick: str
    unsure: bool
    field: str
    unit: str


@dataclass(frozen=True, slots=True)
class TableBlock:
    """One table on the page, with the names of its form fields."""

    number: int
    table: TableGuess
    lines: Sequence[ColumnLine]
    skip: str
    first: str


class ColumnsForm(EditForm):
    """What each column of each table is. Fields are named by table and column: `t0-c3`, its money unit `t0-m3`."""

    def __init__(self, tables: Tables, sheets: Sequence[Sheet], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tables = tables
        rows = {sheet.name: sheet.rows for sheet in sheets}
        self.blocks = [self._block(n, t, rows.get(t.sheet, [])) for n, t in enumerate(tables) if t.columns]

    def _block(self, number: int, table: TableGuess, rows: Sequence[Sequence[Any]]) -> TableBlock:
        skip, first = f"t{number}-skip", ""
        chosen = table.skip == "skip_unchosen"
        self.fields[skip] = forms.BooleanField(label=_("不读这张表"), required=False, initial=chosen)
        if not table.header_rows:
            first = f"t{number}-first"
            self.fields[first] = forms.IntegerField(
                label=_("数据从第几行开始"),
                min_value=1,
                max_value=table.last_row,
                initial=table.first_row,
                required=False,
            )
        return TableBlock(
            number, table, [self._line(number, table, column, rows) for column in table.columns], skip, first
        )

    def _line(self, number: int, table: TableGuess, column: ColumnGuess, rows: Sequence[Sequence[Any]]) -> ColumnLine:
        name, unit = f"t{number}-c{column.index}", ""
        letter = _letter(column.index)
        if not column.tick:
            label = _("%(letter)s 列“%(label)s”是哪一项") % {"letter": letter, "label": column.label}
            initial = column.field if column.field in IMPORTABLE else ""
            self.fields[name] = forms.ChoiceField(label=label, choices=_meanings, required=False, initial=initial)
        if column.field and BY_NAME[column.field].kind == "money":
            unit = f"t{number}-m{column.index}"
            self.fields[unit] = forms.ChoiceField(
                label=_("%(letter)s 列没写单位的数") % {"letter": letter},
                choices=MONEY_UNITS,
                initial=column.money_unit or "万元",
            )
        unsure = bool(column.field) and column.confidence < 0.7
        return ColumnLine(letter, column.label, _samples(table, column, rows), column.tick, unsure, name, unit)

    def clean(self) -> dict[str, Any]:
        told: dict[str, Any] = super().clean() or self.cleaned_data
        for block in self.blocks:
            seen: dict[str, str] = {}
            for line in block.lines:
                meaning = told.get(line.field, "")
                if meaning and meaning in seen:
                    words = {"letter": seen[meaning], "field": BY_NAME[meaning].label}
                    self.add_error(line.field, _("%(letter)s 列已经是“%(field)s”，一项只能有一列。") % words)
                seen.setdefault(meaning, line.letter)
        if not self.errors and not any(_is_read(table) for table in self.chosen()):
            raise forms.ValidationError(_("没有一张表能读：请指定哪一列是项目名称。"), code="no_name_column")
        return told

    def chosen(self) -> Tables:
        """The tables as they were corrected by hand."""
        blocks = {block.number: block for block in self.blocks}
        return tuple(self._chosen(table, blocks.get(n)) for n, table in enumerate(self.tables))

    def _chosen(self, table: TableGuess, block: TableBlock | None) -> TableGuess:
        if block is None:
            return table
        told = self.cleaned_data
        if told.get(block.skip):
            return unread(table)
        if table.skip == "skip_unchosen":
            table = replace(table, skip="" if table.header_rows else "skip_no_header")
        pairs = list(zip(table.columns, block.lines, strict=True))
        now = {c.index: told.get(line.field) or None for c, line in pairs if not c.tick}
        changed = {c.index: now[c.index] for c, _line in pairs if not c.tick and _meant(c) != now[c.index]}
        first = told.get(block.first) if block.first else None
        if changed or first or not table.header_rows:
            table = with_columns(table, changed, first_row=first)
        for column, line in pairs:
            if line.unit and told.get(line.unit):
                table = with_money_unit(table, column.index, told[line.unit])
        return table


def _meant(column: ColumnGuess) -> str | None:
    return column.field if column.field in IMPORTABLE else None


def _is_read(table: TableGuess) -> bool:
    return not table.skip and any(column.field == "name" for column in table.columns)


def _meanings() -> list[tuple[str, Any]]:
    return [("", _("不导入")), *((name, _(BY_NAME[name].label)) for name in IMPORTABLE)]


def _letter(index: int) -> str:
    """0 → A, 26 → AA, as the office program names a column."""
    letters, number = "", index + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _samples(table: TableGuess, column: ColumnGuess, rows: Sequence[Sequence[Any]]) -> str:
    body = rows[table.first_row - 1 : table.last_row]
    texts = (one_line(cell_text(row[column.index])) for row in body if column.index < len(row))
    found = list(dict.fromkeys(text[:SAMPLE_LENGTH] for text in texts if text))[:SAMPLES]
    return "、".join(found)


# Rows ---------------------------------------------------------------------------------------------------------------

CELL = "cell-"


class RowForm(EditForm):
    """One row: put other words into its cells, leave it out, or take it in again; or leave out all wrong rows."""

    action = forms.ChoiceField(choices=[(a, a) for a in ("correct", "skip", "take", "skip_wrong")])
    sheet = forms.CharField(max_length=60, required=False, strip=False)
    row = forms.IntegerField(min_value=1, required=False)

    @property
    def place(self) -> tuple[str, int]:
        return self.cleaned_data["sheet"], self.cleaned_data["row"] or 0

    @property
    def texts(self) -> dict[str, str]:
        """The cells that were sent, by field."""
        sent = {name.removeprefix(CELL): str(value) for name, value in self.data.items() if name.startswith(CELL)}
        return {name: value.strip() for name, value in sent.items() if name in BY_NAME}


class DefaultsForm(EditForm):
    """Who stands in for all rows that name nobody we know."""

    leader = OneOf(label=_("包联领导"), required=False, empty=_("不选"))
    unit = OneOf(label=_("责任单位"), required=False, empty=_("不选"))
    officer = OneOf(label=_("专人"), required=False, empty=_("由责任单位主要领导暂代"))

    def offer(self, county: County) -> None:
        rows: dict[str, Iterable[Member | Unit]] = {
            "leader": county.leaders.values(),
            "unit": (unit for unit in county.units if unit.kind in ("department", "township", "office")),
            "officer": county.members,
        }
        for name, found in rows.items():
            field = self.fields[name]
            assert isinstance(field, OneOf)
            field.offer(found, _in_unit if name == "officer" else _name)


def _name(row: Member | Unit) -> str:
    return row.name


def _in_unit(member: Member) -> str:
    return f"{member.unit} · {member.name}"
