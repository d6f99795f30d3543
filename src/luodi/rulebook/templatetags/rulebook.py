"""Small things that the rulebook's templates ask of rows and cells."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString

from luodi.engines.ruletables import Column
from luodi.rulebook.forms import CellField
from luodi.web import fields

register = template.Library()


@register.filter
def numeric(column: Column) -> bool:
    """Whether its cells stand at the right."""
    return column.kind in ("integer", "decimal", "percent")


@register.filter
def beside(cells: Sequence[str], columns: Sequence[Column]) -> list[tuple[Column, str]]:
    """Each cell with its column."""
    return list(zip(columns, cells, strict=True))


@register.filter
def control(cell: CellField) -> SafeString:
    """The control of a cell that can be typed."""
    return fields.control(cell.bound, hint="") if cell.bound else SafeString("")
