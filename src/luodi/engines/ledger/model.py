"""What goes into and comes out of the ledger engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from typing import Literal

from luodi.engines.ledger.messages import message

Value = str | int | Decimal | date
Level = Literal["error", "note"]
Status = Literal["new", "changed", "same", "skipped", "wrong"]
Track = Literal["investment", "public"]
MoneyUnit = Literal["元", "万元", "亿元"]


@dataclass(frozen=True, slots=True)
class UnitRef:
    """A unit as the county knows it. `kind` is that of orgs: department, township, office, bank …"""

    code: str
    name: str
    short: str = ""
    aliases: tuple[str, ...] = ()
    kind: str = "department"

    @property
    def is_government(self) -> bool:
        return self.kind in ("department", "township", "office")


@dataclass(frozen=True, slots=True)
class MemberRef:
    name: str
    unit: str
    """Code of the member's unit."""
    is_leader: bool = False


@dataclass(frozen=True, slots=True)
class CompanyRef:
    name: str
    uscc: str


@dataclass(frozen=True, slots=True)
class ProjectRef:
    """A project of the library: `values` in the words of RowResult.values, empty fields left out."""

    key: str
    values: Mapping[str, Value]
    name: str
    national_code: str = ""


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the county on the day of the import."""

    today: date
    county: str
    units: tuple[UnitRef, ...]
    members: tuple[MemberRef, ...] = ()
    companies: tuple[CompanyRef, ...] = ()
    projects: tuple[ProjectRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to say about a cell. An `error` makes the row wrong, a `note` is told and stays."""

    level: Level
    field: str
    value: str
    code: str
    params: Mapping[str, str] = dataclass_field(default_factory=dict)

    @property
    def message(self) -> str:
        return message(self.code, {"value": self.value, **self.params})

    def as_json(self) -> dict[str, str]:
        return {
            "level": self.level,
            "field": self.field,
            "value": self.value,
            "code": self.code,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A difference from the library. With `act`, the import leaves it: that act has to be done."""

    field: str
    old: Value | None
    new: Value
    act: str = ""


@dataclass(frozen=True, slots=True)
class RowResult:
    """One row of the file as understood. `row` counts from 1 as the office program shows it."""

    sheet: str
    row: int
    status: Status
    name: str = ""
    values: Mapping[str, Value] = dataclass_field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    reason_code: str = ""
    reason: str = ""
    changes: tuple[Change, ...] = ()
    project: str = ""
    """Key of the project in the library, for changed and same."""

    @property
    def needs_act(self) -> bool:
        """Nothing to write, and yet a difference: an act has to be done (需另办)."""
        return self.status == "same" and any(change.act for change in self.changes)

    def as_json(self) -> dict[str, object]:
        """The row as contracts.md prints it; amounts and dates as text."""
        out: dict[str, object] = {
            "sheet": self.sheet,
            "row": self.row,
            "name": self.name,
            "status": self.status,
            "values": {name: json_value(value) for name, value in self.values.items()},
            "problems": [problem.as_json() for problem in self.problems],
        }
        if self.reason:
            out["reason"] = self.reason
        if self.changes:
            out["changes"] = [
                {
                    "field": change.field,
                    "old": None if change.old is None else json_value(change.old),
                    "new": json_value(change.new),
                    "act": change.act,
                }
                for change in self.changes
            ]
        return out


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """One column of a table: `index` from 0. `field` None means: not imported.

    `money_unit` and `area_unit` are what the heading says of bare numbers, "" where it is silent;
    `tick` is the stage word of a column in which the stage is ticked; `year` the year that the
    heading names; `confidence` runs from 0 (unknown) to 1 (the very word); `hidden` in the office program.
    """

    index: int
    label: str
    field: str | None
    confidence: float = 0.0
    money_unit: str = ""
    area_unit: str = ""
    tick: str = ""
    year: int | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class TableGuess:
    """One table of a sheet. Rows count from 1; `last_row` is included.

    `header_rows` is empty where no heading was found; then `problem` says so and nothing is read.
    `title` joins the lines above the heading. `heading_track` is what the sheet's name tells of all
    rows, as a section heading would; `title_track` and `title_unit` are what the title tells, which
    holds only where the row itself is silent. `hidden_rows` are those below the heading that the office
    program hides, blank ones left out; they are read like the others.
    """

    sheet: str
    header_rows: tuple[int, ...]
    first_row: int
    last_row: int
    columns: tuple[ColumnGuess, ...]
    title: str = ""
    title_unit: str = ""
    heading_track: str = ""
    title_track: str = ""
    problem: Problem | None = None
    notes: tuple[Problem, ...] = ()
    skip: str = ""
    """Reason code when the sheet is not to be read (cover, hidden, no header)."""
    hidden_rows: tuple[int, ...] = ()


Tables = tuple[TableGuess, ...]
"""How the sheets of a file are read: the guess, as the clerk has corrected it."""


def json_value(value: Value) -> str | int:
    """Amounts as `59000000.00`, dates as `2024-08-09`, the rest as it is."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    return value
