"""The columns' meaning as JSON, for the wizard to keep between two requests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from luodi.engines.ledger.fields import BY_NAME
from luodi.engines.ledger.messages import message
from luodi.engines.ledger.model import ColumnGuess, Problem, TableGuess, Tables

_MONEY_UNITS = frozenset({"", "元", "千元", "万元", "百万元", "亿元"})
_SKIPS = frozenset({"", "skip_cover", "skip_unchosen", "skip_hidden", "skip_no_header"})


class MappingError(ValueError):
    """The mapping that came back cannot be what was sent. `code` is stable."""

    def __init__(self) -> None:
        super().__init__(message("mapping_broken", {}))
        self.code = "mapping_broken"


def mapping_to_json(tables: Tables) -> list[dict[str, Any]]:
    """Plain lists and dictionaries; `mapping_from_json` takes them back unchanged."""
    return [
        {
            "sheet": table.sheet,
            "header_rows": list(table.header_rows),
            "first_row": table.first_row,
            "last_row": table.last_row,
            "title": table.title,
            "title_unit": table.title_unit,
            "heading_track": table.heading_track,
            "title_track": table.title_track,
            "skip": table.skip,
            "columns": [_column_to_json(column) for column in table.columns],
            "problem": _problem_to_json(table.problem) if table.problem else None,
            "notes": [_problem_to_json(note) for note in table.notes],
            "hidden_rows": list(table.hidden_rows),
        }
        for table in tables
    ]


def _column_to_json(column: ColumnGuess) -> dict[str, Any]:
    return {
        "index": column.index,
        "label": column.label,
        "field": column.field,
        "confidence": column.confidence,
        "money_unit": column.money_unit,
        "area_unit": column.area_unit,
        "tick": column.tick,
        "year": column.year,
        "hidden": column.hidden,
    }


def _problem_to_json(problem: Problem) -> dict[str, Any]:
    return {
        "level": problem.level,
        "field": problem.field,
        "value": problem.value,
        "code": problem.code,
        "params": dict(problem.params),
    }


def mapping_from_json(data: object) -> Tables:
    """Raises MappingError for anything that `mapping_to_json` cannot have written."""
    try:
        if not isinstance(data, list):
            raise MappingError
        return tuple(_table(item) for item in data)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise MappingError from error


def _table(item: Mapping[str, Any]) -> TableGuess:
    columns = tuple(_column(column) for column in item["columns"])
    first, last = int(item["first_row"]), int(item["last_row"])
    if first < 1 or str(item["skip"]) not in _SKIPS or len({column.index for column in columns}) != len(columns):
        raise MappingError
    return TableGuess(
        sheet=str(item["sheet"]),
        header_rows=tuple(int(row) for row in item["header_rows"]),
        first_row=first,
        last_row=last,
        columns=columns,
        title=str(item["title"]),
        title_unit=str(item["title_unit"]),
        heading_track=str(item["heading_track"]),
        title_track=str(item["title_track"]),
        problem=_problem(item["problem"]) if item["problem"] else None,
        notes=tuple(_problem(note) for note in item["notes"]),
        skip=str(item["skip"]),
        hidden_rows=tuple(int(row) for row in item.get("hidden_rows", ())),
    )


def _column(item: Mapping[str, Any]) -> ColumnGuess:
    field = item["field"]
    if (
        (field is not None and field not in BY_NAME)
        or str(item["money_unit"]) not in _MONEY_UNITS
        or int(item["index"]) < 0
    ):
        raise MappingError
    return ColumnGuess(
        index=int(item["index"]),
        label=str(item["label"]),
        field=field,
        confidence=float(item["confidence"]),
        money_unit=str(item["money_unit"]),
        area_unit=str(item["area_unit"]),
        tick=str(item["tick"]),
        year=None if item["year"] is None else int(item["year"]),
        hidden=bool(item.get("hidden")),
    )


def _problem(item: Mapping[str, Any]) -> Problem:
    level = item["level"]
    if level not in ("error", "note"):
        raise MappingError
    params = {str(name): str(value) for name, value in item["params"].items()}
    return Problem(
        "error" if level == "error" else "note", str(item["field"]), str(item["value"]), str(item["code"]), params
    )


def columns_json(tables: Tables) -> dict[str, str]:
    """Heading → field, as `luodi projects import` prints it. Headings that are left alone are absent;
    of a heading with several rows the leaf is named, with its parents where leaves are alike."""
    read = [
        column for table in tables if not table.skip for column in table.columns if column.field not in (None, "seq")
    ]
    leaves = [column.label.rsplit("/", 1)[-1] for column in read]
    clashes = {
        leaf
        for leaf, column in zip(leaves, read, strict=True)
        if any(c.field != column.field for other, c in zip(leaves, read, strict=True) if other == leaf)
    }
    return {
        (column.label if leaf in clashes else leaf): str(column.field)
        for leaf, column in zip(leaves, read, strict=True)
    }


def with_money_unit(table: TableGuess, index: int, unit: str) -> TableGuess:
    """The table with the unit of bare numbers in one column chosen by hand."""
    if unit not in _MONEY_UNITS:
        raise MappingError
    return replace(table, columns=tuple(replace(c, money_unit=unit) if c.index == index else c for c in table.columns))
