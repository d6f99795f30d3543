"""What an app says of a table of rules that a county edits, and of the numbers in the common table of thresholds.

Registered in `registry.TABLES`, `registry.TABLE_SERIES` and `registry.THRESHOLDS`; kept, decided and shown by the
app rulebook. Source: docs/domain/rulebook.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise

from luodi.engines.ruletables import Column, Fault, Row

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change would do to what is open today: how many, and the address of the list behind the number."""

    label: Text
    count: int
    href: str


def _no_faults(_rows: Sequence[Row]) -> Iterable[Fault]:
    return ()


def _no_effects(
    _region_id: int, _now: Sequence[Row], _then: Sequence[Row], _valid_from: date, _user: Any
) -> Iterable[Effect]:
    return ()


@dataclass(frozen=True, slots=True)
class RuleTable:
    """One table of rules. `code` stands in addresses: letters, digits, `_`.

    `key` names the columns that tell rows apart. `defaults()` are the rows given by code, in force until a county has a
    version of its own. `fixed_rows`: a county changes values, and neither adds nor takes away rows; key columns are
    then not typed. `check(rows)` finds faults beyond the columns' own, in rows that stand in the order of their keys.
    `effects(region_id, now, then, valid_from, user)` counts, among what the user may see, what would change today.
    `applied(region_id, rows, by)` runs in the act in which the rows come into force, for read models; what takes long it
    asks as a job. `root_only`: one table for the whole installation, edited in the topmost region. `beside` names what
    stands beside the table and is not edited, each with the reason.
    """

    code: str
    label: Text
    intro: Text
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    defaults: Callable[[], Sequence[Row]]
    fixed_rows: bool = False
    root_only: bool = False
    check: Callable[[Sequence[Row]], Iterable[Fault]] = _no_faults
    effects: Callable[[int, Sequence[Row], Sequence[Row], date, Any], Iterable[Effect]] = _no_effects
    applied: Callable[[int, Sequence[Row], Any], None] | None = None
    beside: Callable[[], Sequence[tuple[Text, Text]]] | None = None


@dataclass(frozen=True, slots=True)
class TableSeries:
    """Tables of one kind of which there is one for each year: `codes(today)` are those to be listed, `table(code)` gives
    the one of a code, None where there is none such."""

    label: Text
    codes: Callable[[date], Sequence[str]]
    table: Callable[[str], RuleTable | None]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number of the common table `thresholds`. `unit` stands behind it; both bounds are included; `whole`: no decimals."""

    name: str
    label: Text
    unit: Text
    default: Decimal
    least: Decimal
    most: Decimal
    whole: bool = True


Numbers = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class ThresholdGroup:
    """The numbers of one app, and what it says of them: `check` gives (name, what is wrong), `effects` and `applied` as in
    RuleTable, with the group's numbers by name. `effects` is asked only where one of them changes, `applied` each time.
    `order` is its place in the table among the groups of all apps."""

    numbers: tuple[Threshold, ...]
    check: Callable[[Numbers], Iterable[tuple[str, Text]]] | None = None
    effects: Callable[[int, Numbers, Numbers, date, Any], Iterable[Effect]] | None = None
    applied: Callable[[int, Numbers, Any], None] | None = None
    order: int = 0
