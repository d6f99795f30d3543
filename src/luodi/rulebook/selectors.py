"""What the rules are on a day, what a proposed version would change, and how both are told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.db.models import QuerySet
from django.db.models.functions import Length
from django.utils.translation import gettext as _

from luodi.engines.ruletables import (
    Change,
    Column,
    Fault,
    Row,
    Value,
    changes,
    completed,
    faults,
    key_of,
    order_of,
    typed,
)
from luodi.kernel import clock, registry
from luodi.kernel.rule_tables import Effect, RuleTable
from luodi.orgs.models import Region, User
from luodi.rulebook.models import TableRow, TableVersion
from luodi.rulebook.rules import State, in_force_on

Rows = tuple[Row, ...]

# What is in force ---------------------------------------------------------------------------------------------------


def table_of(code: str) -> RuleTable:
    """The registered table. Raises KeyError."""
    table = registry.rule_table(code)
    if table is None:
        raise KeyError(code)
    return table


def rows_in_force(region_id: int, code: str, on: date) -> Rows:
    """The rows of a table that are in force in a county on a civil day, with typed values. One query.

    Raises KeyError for an unknown table.
    """
    table = table_of(code)
    home = home_of(table, Region.objects.get(pk=region_id)).pk if table.root_only else region_id
    return rows_of_regions([home], code, on)[home]


def rows_of_regions(region_ids: Iterable[int], code: str, on: date) -> dict[int, Rows]:
    """The same for several counties at once. One query."""
    return {pk: rows for (pk, _code), rows in rows_of_tables(region_ids, [code], on).items()}


def rows_of_tables(region_ids: Iterable[int], codes: Sequence[str], on: date) -> dict[tuple[int, str], Rows]:
    """The same for several tables of several counties, by county and code. One query."""
    known, ids = {code: table_of(code) for code in codes}, list(region_ids)
    versions = TableVersion.objects.in_force_on(ids, codes, on).order_by("pk", "rows__position")
    found: dict[tuple[int, str], list[Row]] = {}
    for region_id, code, cells in versions.values_list("region_id", "code", "rows__cells"):
        kept = found.setdefault((region_id, code), [])
        if cells is not None:  # a version of which all rows were taken away
            kept.append(typed(known[code].columns, cells))
    return {(pk, code): _standing(table, found.get((pk, code))) for code, table in known.items() for pk in ids}


def _standing(table: RuleTable, rows: Iterable[Row] | None) -> Rows:
    return tuple(table.defaults()) if rows is None else _whole(table, rows)


def _whole(table: RuleTable, rows: Iterable[Row]) -> Rows:
    return completed(table.key, rows, table.defaults()) if table.fixed_rows else tuple(rows)


def value(region_id: int, code: str, name: str, on: date, column: str = "value") -> Value:
    """One value of a table whose rows are named (thresholds): the `column` of the row `name`, in force on a civil day.

    One query. Raises KeyError for an unknown table or name.
    """
    key = table_of(code).key[0]
    return {row[key]: row[column] for row in rows_in_force(region_id, code, on)}[name]


def thresholds(region_ids: Iterable[int], on: date) -> dict[int, dict[str, Decimal]]:
    """All numbers of the table `thresholds`, by county and name. One query."""
    found = rows_of_regions(region_ids, "thresholds", on)
    return {pk: numbers(rows) for pk, rows in found.items()}


def numbers(rows: Iterable[Row]) -> dict[str, Decimal]:
    """The rows of the table `thresholds`, by name."""
    return {str(row["name"]): Decimal(str(row["value"])) for row in rows}


def version_in_force(region_id: int, code: str, on: date) -> TableVersion | None:
    """The version in force on a civil day; None where the code's defaults are."""
    found: TableVersion | None = TableVersion.objects.in_force_on([region_id], [code], on).first()
    return found


def rows_of(version: TableVersion | None, table: RuleTable) -> Rows:
    """The rows of a version, those of the code for None. One query at most."""
    if version is None:
        return tuple(table.defaults())
    kept = TableRow.objects.filter(version=version).order_by("position").values_list("cells", flat=True)
    return _whole(table, [typed(table.columns, cells) for cells in kept])


def home_of(table: RuleTable, region: Region) -> Region:
    """The region that answers for a table: the county; for a table of the whole installation the topmost that has units."""
    if not table.root_only:
        return region
    above = Region.objects.filter(code__in=region.path.split("/"), valid_to=None, units__isnull=False).distinct()
    return above.order_by(Length("path")).first() or region


# What is wrong, and what would change -------------------------------------------------------------------------------


def faults_of(table: RuleTable, rows: Sequence[Row]) -> list[Fault]:
    """All that is wrong with rows: first what the columns say, then what the table's own check says of them in order."""
    found = faults(table.columns, table.key, rows)
    if table.fixed_rows and {key_of(table.key, r) for r in rows} != {key_of(table.key, r) for r in table.defaults()}:
        found.append(Fault(-1, "", _("这张表的行是固定的，只能改里面的值。")))
    if found:
        return found
    places = range(len(rows)) if table.fixed_rows else order_of(table.columns, table.key, rows)
    own = list(table.check([rows[place] for place in places]))
    return [replace(fault, row=places[fault.row]) if fault.row >= 0 else fault for fault in own]


def fault_text(fault: Fault) -> str:
    text = _(str(fault.text))
    return text % fault.values if fault.values else text


@dataclass(frozen=True, slots=True)
class Preview:
    """What a version would change against what is in force on its first day, and what that does to what is open."""

    base: TableVersion | None
    changes: list[Change]
    effects: list[Effect]

    @property
    def base_id(self) -> int | None:
        return self.base.pk if self.base else None


def preview(table: RuleTable, region_id: int, rows: Sequence[Row], valid_from: date, user: User) -> Preview:
    """Reckoned now: for the proposer before he saves, and again for who decides."""
    base = version_in_force(region_id, table.code, valid_from)
    now = rows_of(base, table)
    found = changes(table.columns, table.key, now, rows)
    effects = list(table.effects(region_id, now, rows, valid_from, user)) if found else []
    return Preview(base, found, effects)


def changed_by(version: TableVersion, table: RuleTable) -> list[Change]:
    """What a version changed against the one before it."""
    return changes(table.columns, table.key, rows_of(version.based_on, table), rows_of(version, table))


# In words -----------------------------------------------------------------------------------------------------------


def shown(column: Column, cell: Value) -> str:
    """A cell in words: 10%, 是, the label of a choice; a dash where it is empty."""
    if cell is None or cell == "":
        return "—"
    if column.kind == "flag":
        return _("是") if cell else _("否")
    if column.kind == "choice":
        return str(column.words().get(str(cell), cell))
    text = f"{cell.normalize():f}" if isinstance(cell, Decimal) else str(cell)
    return f"{text}%" if column.kind == "percent" else text


def key_words(table: RuleTable, row: Row) -> str:
    """What a row is called: its key columns in words."""
    return " · ".join(shown(column, row.get(column.name)) for column in table.columns if column.name in table.key)


# Lists --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TableState:
    """One table in the list: since when what is in force (None: the code's defaults), what comes later, what waits."""

    table: RuleTable
    series: str
    current: TableVersion | None
    coming: tuple[TableVersion, ...]
    waiting: TableVersion | None


def tables(user: User, today: date) -> list[TableState]:
    """All tables of the viewer's county, with their state. Two queries, whatever the number of tables."""
    listed = [("", table) for table in registry.TABLES.values()]
    for series in registry.TABLE_SERIES:
        listed += [(str(series.label), table_of(code)) for code in series.codes(today)]
    rows = versions_of(user).filter(code__in=[t.code for _series, t in listed], state__in=["proposed", "in_force"])
    by_code: dict[str, list[TableVersion]] = {}
    for row in rows:
        by_code.setdefault(row.code, []).append(row)
    return [_state(series, table, by_code.get(table.code, []), today) for series, table in listed]


def _state(series: str, table: RuleTable, rows: list[TableVersion], today: date) -> TableState:
    decided = [row for row in rows if row.state == State.IN_FORCE]
    coming = tuple(sorted((row for row in decided if row.valid_from > today), key=lambda row: row.valid_from))
    waiting = next((row for row in rows if row.state == State.PROPOSED), None)
    return TableState(table, series, in_force_on(decided, today), coming, waiting)


def versions_of(user: User) -> QuerySet[TableVersion]:
    """The versions that hold for the viewer's own county: its own and those of the regions above it."""
    own = user.member.region.path.split("/")
    rows: QuerySet[TableVersion] = TableVersion.objects.visible_to(user).filter(region__code__in=own)
    return rows.select_related("region", "proposed_by__unit", "decided_by__unit", "based_on")


def waiting_for(user: User) -> list[TableVersion]:
    """The proposals of the viewer's region that wait to be decided, oldest first."""
    rows = versions_of(user).filter(state=State.PROPOSED, region_id=user.member.region_id)
    return list(rows.order_by("proposed_at", "pk"))


def unapplied() -> Iterable[str]:
    """For doctor: what came into force before today and was not made to be followed."""
    rows = TableVersion.objects.filter(state=State.IN_FORCE, applied_at=None, valid_from__lt=clock.today())
    for row in rows.select_related("region"):
        table = registry.rule_table(row.code)
        yield _("%(region)s的“%(table)s”自 %(day)s 生效，还没有用上") % {
            "region": row.region, "table": table.label if table else row.code, "day": row.valid_from,
        }  # fmt: skip
