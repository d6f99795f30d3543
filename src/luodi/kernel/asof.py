"""What the system knew at the end of a past day: rows rebuilt from their after-images, in a database of memory.

    past = Past(clock.end_of(day))
    past.take({Project: Project.objects.filter(pk=pk), Unit: Unit.objects.all()})
    past.follow({Member, Company})
    with past.standing({ProjectFigures: lambda: reckoned_figures([pk])}):
        …  # every read, by the very code that reads today, finds the rows as they were, and the clock at that instant

Within `standing()` the connection that this thread reads through is that database: without guards, without foreign keys,
closed to writes, and without a table of what was not taken, so that code which reads more than its page took fails
instead of finding nothing. Why: docs/adr/0012-as-of.md.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from typing import Any

from django.apps import apps
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.sqlite3.base import DatabaseWrapper

from luodi.kernel import audit, clock
from luodi.kernel.models import CalendarDay, CalendarYear, Recorded
from luodi.kernel.personal import PersonalField

Model = type[models.Model]
Image = dict[str, Any]
Derived = Mapping[Model, Callable[[], Iterable[models.Model]]]
"""Read models, each with the function that reckons its rows from the others."""

NEWEST = (
    "SELECT model, object_id, body FROM kernel_auditentry WHERE id IN (SELECT MAX(id) FROM kernel_auditentry"
    " WHERE model = %s AND object_id IN ({ids}) AND at <= %s GROUP BY object_id)"
)
"""By id, which grows in the order of the commits: `at` is when an act began, and one may have waited for another."""


class Past:
    """The rows of some models as the system knew them at an instant. Rows are never deleted, so today's ids suffice."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant
        self.rows: dict[Model, dict[int, Image]] = {}
        self.asked: dict[Model, set[int]] = defaultdict(set)

    def take(self, wanted: Mapping[Model, models.QuerySet[Any]]) -> None:
        """Read the newest image, at or before the instant, of the rows that these querysets hold today. One query."""
        self._read([(model, *_ids(rows)) for model, rows in wanted.items()])

    def follow(self, references: Collection[Model]) -> None:
        """Read what the rows point to of these models, and what that points to in its turn. One query for each step."""
        for model in references:
            self.rows.setdefault(model, {})
        while missing := self._missing(references):
            for model, ids in missing.items():
                self.asked[model] |= ids
            self._read([(model, ",".join(map(str, sorted(ids))), ()) for model, ids in missing.items()])

    def copy(self, *todays: models.QuerySet[Any]) -> None:
        """Take rows as they are today: what every installation starts with, of which there are no images."""
        for rows in todays:
            self.rows.setdefault(rows.model, {}).update({row.pk: audit.image(row) for row in rows})

    def ids(self, model: Model) -> list[int]:
        """The ids of the rows that there were."""
        return sorted(self.rows.get(model, ()))

    def _missing(self, references: Collection[Model]) -> dict[Model, set[int]]:
        found: dict[Model, set[int]] = defaultdict(set)
        for model, rows in self.rows.items():
            for name, target in _pointers(model):
                if target in references:
                    found[target].update(row[name] for row in rows.values() if row.get(name) is not None)
        left = {model: ids - self.asked[model] - self.rows[model].keys() for model, ids in found.items()}
        return {model: ids for model, ids in left.items() if ids}

    def _read(self, wanted: list[tuple[Model, str, tuple[Any, ...]]]) -> None:
        parts, params = [], []
        at = connection.ops.adapt_datetimefield_value(self.instant)
        for model, ids, values in wanted:
            self.rows.setdefault(model, {})
            if ids:
                parts.append(NEWEST.format(ids=ids))
                params += [model._meta.label_lower, *values, at]
        if not parts:
            return
        with connection.cursor() as cursor:
            cursor.execute(" UNION ALL ".join(parts), params)
            for label, pk, body in cursor:
                self.rows[apps.get_model(label)][pk] = json.loads(body)["after"]

    @contextmanager
    def standing(self, derived: Derived | None = None) -> Iterator[None]:
        """Let all code of this thread read these rows, and `derived` from them, at this instant. The calendar of working
        days is today's. Whatever happens inside, the real database stands again afterwards."""
        self.copy(CalendarDay.objects.all(), CalendarYear.objects.all())
        real, memory = connections[DEFAULT_DB_ALIAS], _memory()
        try:
            memory.connection.execute("BEGIN")  # one for all tables: each statement would have its own
            for model, rows in self.rows.items():
                _fill(memory, model, rows.values())
            connections[DEFAULT_DB_ALIAS] = memory
            with clock.standing_at(self.instant):
                for model, reckoned in (derived or {}).items():
                    _fill(memory, model, map(audit.image, reckoned()))
                memory.connection.execute("COMMIT")
                memory.connection.execute("PRAGMA query_only = ON")
                yield
        finally:
            connections[DEFAULT_DB_ALIAS] = real
            BaseDatabaseWrapper.close(memory)  # SQLite's own close keeps databases of memory


def _ids(rows: models.QuerySet[Any]) -> tuple[str, tuple[Any, ...]]:
    """The SQL that finds the ids of these rows in the real database, in its own dialect."""
    try:
        return rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return "", ()


@cache
def _pointers(model: Model) -> list[tuple[str, Model]]:
    """The columns of a model that point to recorded rows, with what they point to."""
    found = [(f.attname, f.related_model) for f in model._meta.concrete_fields if f.is_relation]
    return [(name, target) for name, target in found if isinstance(target, type) and issubclass(target, Recorded)]


# The database of memory ---------------------------------------------------------------------------------------------


def _memory() -> DatabaseWrapper:
    """A new, empty SQLite in memory, under the name of the real database, so that what is read from it points back to it."""
    plain = {**connections[DEFAULT_DB_ALIAS].settings_dict, "ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}
    memory = DatabaseWrapper({**plain, "OPTIONS": {}, "CONN_MAX_AGE": None, "ATOMIC_REQUESTS": False}, DEFAULT_DB_ALIAS)
    memory.ensure_connection()
    return memory


def _fill(memory: DatabaseWrapper, model: Model, images: Iterable[Image]) -> None:
    """Make the table of a model with these rows."""
    create, insert = _statements(model)
    memory.connection.execute(create)
    memory.connection.executemany(insert, _rows(memory, model, images))


def _rows(memory: DatabaseWrapper, model: Model, images: Iterable[Image]) -> Iterator[list[Any]]:
    """The values of images in the order of the columns. An image older than a column has the column's default."""
    defaults, changed = _defaults(model), _changed(model)
    names = list(defaults)
    for image in images:
        row = [image[name] if name in image else defaults[name]() for name in names]
        for place, stored in changed:
            row[place] = stored(row[place], memory)
        yield row


@cache
def _statements(model: Model) -> tuple[str, str]:
    """CREATE and INSERT of a model's table: columns and types alone. What was once true need not fit today's constraints."""
    memory = _memory()
    try:
        fields = model._meta.concrete_fields
        table, *names = [
            memory.ops.quote_name(name) for name in (model._meta.db_table, *(str(f.column) for f in fields))
        ]
        typed = [
            f"{name} {field.db_type(memory)}{' PRIMARY KEY' if field.primary_key else ''}"
            for name, field in zip(names, fields, strict=True)
        ]
    finally:
        BaseDatabaseWrapper.close(memory)
    marks = ", ".join(["?"] * len(names))
    insert = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})"  # noqa: S608 (names of our own models)
    return f"CREATE TABLE {table} ({', '.join(typed)})", insert


@cache
def _defaults(model: Model) -> dict[str, Callable[[], Any]]:
    """What stands in an image that lacks a column, by the column's name in images, in the order of the columns."""
    untold = audit.SECRET | getattr(model, "UNTOLD", frozenset())
    fields = model._meta.concrete_fields
    return {f.attname: (lambda: None) if f.attname in untold else f.get_default for f in fields}


Stored = Callable[[Any, DatabaseWrapper], Any]


@cache
def _changed(model: Model) -> list[tuple[int, Stored]]:
    """The columns that SQLite does not keep as an image tells them: their places, and how it keeps them."""
    found = [(place, _stored(field)) for place, field in enumerate(model._meta.concrete_fields)]
    return [(place, stored) for place, stored in found if stored is not None]


AS_TOLD = (
    models.CharField, models.TextField, models.IntegerField, models.BooleanField, models.DecimalField, models.AutoField,
)  # fmt: skip


def _stored(field: models.Field[Any, Any]) -> Stored | None:
    """From an image's value to the database's. Of personal data and of bytes nothing is kept: an image has only a
    reference to the one, a hash of the other."""
    if isinstance(field, PersonalField):
        return lambda _value, _memory: ""
    if isinstance(field, models.BinaryField):
        return lambda _value, _memory: b""
    if isinstance(field, models.ForeignKey):
        return _stored(field.target_field)
    if isinstance(field, AS_TOLD) or type(field) is models.DateField:
        return None
    if isinstance(field, models.DateTimeField):
        return _instant
    return lambda value, memory: field.get_db_prep_save(field.to_python(value), memory)


def _instant(told: Any, memory: DatabaseWrapper) -> Any:
    """As Django keeps it, from what kernel.canonical writes: 2026-03-02T01:00:00.000000+00:00. A quarter of the time."""
    if told is None:
        return None
    if not told.endswith("+00:00"):
        raise ValueError(told)
    return f"{told[:10]} {told[11:-6]}".removesuffix(".000000")
