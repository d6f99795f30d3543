"""Rows and choices as JSON, to be sealed: what was understood is kept as it was shown, and read back exactly."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Any

from luodi.engines.ledger import (
    Change,
    Choices,
    Problem,
    RowResult,
    Tables,
    Value,
    mapping_from_json,
    mapping_to_json,
)
from luodi.engines.ledger.reading import Place


@dataclass(frozen=True, slots=True)
class Decided:
    """All that the importer has decided: how columns are read, what cells shall say, what is left out.

    `officer` is the member who stands in where a row names none: his name alone would be looked for in each row's unit.
    """

    tables: Tables
    corrections: dict[Place, dict[str, str]] = field(default_factory=dict)
    skip: frozenset[Place] = frozenset()
    defaults: dict[str, str] = field(default_factory=dict)
    officer: int | None = None

    def as_choices(self) -> Choices:
        return Choices(self.corrections, self.skip, self.defaults)

    def corrected(self, place: Place, texts: dict[str, str]) -> Decided:
        return replace(self, corrections={**self.corrections, place: {**self.corrections.get(place, {}), **texts}})

    def skipping(self, places: frozenset[Place], *, on: bool) -> Decided:
        return replace(self, skip=self.skip | places if on else self.skip - places)


def pack_decided(decided: Decided) -> bytes:
    return _packed(
        {
            "tables": mapping_to_json(decided.tables),
            "corrections": [[sheet, row, texts] for (sheet, row), texts in decided.corrections.items()],
            "skip": sorted(decided.skip),
            "defaults": decided.defaults,
            "officer": decided.officer,
        }
    )


def unpack_decided(data: bytes) -> Decided:
    told = _unpacked(data)
    return Decided(
        mapping_from_json(told["tables"]),
        {(sheet, row): texts for sheet, row, texts in told["corrections"]},
        frozenset((sheet, row) for sheet, row in told["skip"]),
        told["defaults"],
        told["officer"],
    )


def pack_rows(rows: list[RowResult]) -> bytes:
    return _packed([_row_to_json(row) for row in rows])


def unpack_rows(data: bytes) -> list[RowResult]:
    return [_row(told) for told in _unpacked(data)]


def _packed(told: Any) -> bytes:
    return zlib.compress(json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode())


def _unpacked(data: bytes) -> Any:
    return json.loads(zlib.decompress(data))


def _row_to_json(row: RowResult) -> dict[str, Any]:
    return {
        "at": [row.sheet, row.row, row.status, row.name, row.reason_code, row.reason, row.project],
        "values": {name: _value_to_json(value) for name, value in row.values.items()},
        "problems": [[p.level, p.field, p.value, p.code, dict(p.params)] for p in row.problems],
        "changes": [
            [c.field, None if c.old is None else _value_to_json(c.old), _value_to_json(c.new), c.act]
            for c in row.changes
        ],
    }


def _row(told: dict[str, Any]) -> RowResult:
    sheet, row, status, name, reason_code, reason, project = told["at"]
    return RowResult(
        sheet, row, status, name,
        {name: _value(value) for name, value in told["values"].items()},
        tuple(Problem(*parts) for parts in told["problems"]), reason_code, reason,
        tuple(Change(f, None if old is None else _value(old), _value(new), act) for f, old, new, act in told["changes"]),
        project,
    )  # fmt: skip


def _value_to_json(value: Value) -> Any:
    if isinstance(value, Decimal):
        return ["n", str(value)]
    if isinstance(value, date):
        return ["d", value.isoformat()]
    return value


def _value(told: Any) -> Value:
    if not isinstance(told, list):
        found: str | int = told
        return found
    kind, text = told
    return Decimal(text) if kind == "n" else date.fromisoformat(text)
