"""Rules that the database itself holds, as triggers written once in SQL that SQLite and PostgreSQL both read.

A guard refuses (`when` true → the write fails) or acts (`then`). `NEW` and `OLD` are the row after and before.
Apps declare theirs in `guards.py`; they are dropped before a migration on SQLite (which loses or trips over triggers
when it rebuilds a table) and made anew after it. `doctor`, `serve` and a test compare what is declared with what is
there. Why: docs/adr/0004-guards-in-the-database.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

from django.apps import AppConfig, apps
from django.db import IntegrityError, connection, models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luodi.kernel.errors import DomainError

PREFIX = "guard_"


@dataclass(frozen=True, slots=True)
class Guard:
    """One trigger. `on` is DELETE, INSERT, UPDATE or "UPDATE OF a, b". `then` makes it act after the write instead.

    `when` must be false where a named column is written with the value it has: only SQLite calls the trigger then.
    """

    name: str
    table: str
    on: str
    message: str | Promise = ""
    when: str = "TRUE"
    then: str = ""

    @property
    def trigger(self) -> str:
        return PREFIX + self.name

    @property
    def event(self) -> str:
        return self.on.partition(" ")[0]

    @property
    def columns(self) -> list[str]:
        """Those of "UPDATE OF a, b"; none: any column."""
        return [name.strip() for name in self.on.partition(" OF ")[2].split(",") if name.strip()]


_declared: dict[str, Guard] = {}


def declare(*guards: Guard) -> None:
    """Add guards to the list that migrations install. Names are unique."""
    for guard in guards:
        if _declared.get(guard.name, guard) != guard:
            raise ValueError(f"two guards are called {guard.name}")
        _declared[guard.name] = guard


def declared() -> list[Guard]:
    return sorted(_declared.values(), key=lambda guard: guard.name)


def no_delete(table: str) -> Guard:
    """Rows of this table are never deleted (on PostgreSQL the table is never truncated either)."""
    return Guard(f"{table}_no_delete", table, "DELETE", _("这类记录不能删除。"))


def no_update(table: str) -> Guard:
    return Guard(f"{table}_no_update", table, "UPDATE", _("这类记录只能新增，不能修改。"))


# SQL ----------------------------------------------------------------------------------------------------------------


def triggers(guard: Guard, vendor: str) -> dict[str, str]:
    """The triggers that make one guard on one kind of database, by name."""
    return _sqlite(guard) if vendor == "sqlite" else _postgresql(guard)


def _sqlite(guard: Guard) -> dict[str, str]:
    if guard.then:
        timing, body = "AFTER", f"{guard.then};"
    else:
        timing, body = "BEFORE", f"SELECT RAISE(ABORT, 'luodi:{guard.name}');"
    head = f"CREATE TRIGGER {guard.trigger} {timing} {guard.on} ON {guard.table} FOR EACH ROW"
    return {guard.trigger: f"{head} WHEN ({guard.when}) BEGIN {body} END"}


def _postgresql(guard: Guard) -> dict[str, str]:
    """Columns stand in the function: PostgreSQL changes no type of a column that a trigger itself names."""
    timing = "AFTER" if guard.then else "BEFORE"
    call = f"EXECUTE FUNCTION {guard.trigger}()"
    made = {
        guard.trigger: f"CREATE TRIGGER {guard.trigger} {timing} {guard.event} ON {guard.table} FOR EACH ROW {call}"
    }
    if guard.on == "DELETE" and guard.when == "TRUE":
        whole = f"{guard.trigger}_all"
        made[whole] = f"CREATE TRIGGER {whole} BEFORE TRUNCATE ON {guard.table} FOR EACH STATEMENT {call}"
    return made


def _pg_body(guard: Guard) -> str:
    result = "OLD" if guard.on == "DELETE" else "NEW"
    act = guard.then or f"RAISE EXCEPTION 'luodi:{guard.name}' USING ERRCODE = '23514'"
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in guard.columns)
    when = f"({changed}) AND ({guard.when})" if changed else f"({guard.when})"
    return f" BEGIN IF {when} THEN {act}; END IF; RETURN {result}; END "


def _make(guard: Guard) -> None:
    if connection.vendor == "postgresql":
        function = f"CREATE OR REPLACE FUNCTION {guard.trigger}() RETURNS trigger LANGUAGE plpgsql"
        _execute([f"{function} AS $luodi${_pg_body(guard)}$luodi$"])
    _execute(list(triggers(guard, connection.vendor).values()))


def _drop(name: str, table: str) -> None:
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    _execute([f"DROP TRIGGER IF EXISTS {name}{on_table}"])


def _execute(sql: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in sql:
            cursor.execute(statement)


# Making and comparing -----------------------------------------------------------------------------------------------


def install() -> None:
    """Make all declared guards anew, and drop those no longer declared: at once, so that no write slips between."""
    with transaction.atomic():
        remove()
        tables = set(connection.introspection.table_names())
        for guard in declared():
            if guard.table in tables:
                _make(guard)


def remove() -> None:
    """Drop every guard that is there, switched off ones too."""
    for present in _present():
        _drop(present.name, present.table)


@dataclass(frozen=True, slots=True)
class Present:
    """A trigger of ours as the database holds it. `text` says when it fires, `body` what it does (PostgreSQL)."""

    name: str
    table: str
    text: str
    on: bool
    body: str = ""


def _present() -> list[Present]:
    if connection.vendor == "sqlite":
        sql = "SELECT name, tbl_name, sql, TRUE FROM sqlite_master WHERE type = 'trigger' AND substr(name, 1, 6) = 'guard_'"
    else:
        sql = (
            "SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid, true), t.tgenabled IN ('O', 'A'), p.prosrc"
            " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE NOT t.tgisinternal AND left(t.tgname, 6) = 'guard_'"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return [Present(*row) for row in cursor.fetchall()]


def differences() -> list[str]:
    """Say, one line each, how the guards in the database differ from the declared ones. Empty = as declared."""
    present = {found.name: found for found in _present()}
    wanted = {name: (text, guard) for guard in declared() for name, text in triggers(guard, connection.vendor).items()}
    lines = [f"guard {name} is missing" for name in sorted(set(wanted) - set(present))]
    lines += [f"guard {name} is not declared" for name in sorted(set(present) - set(wanted))]
    for name in sorted(set(present) & set(wanted)):
        if not present[name].on:
            lines.append(f"guard {name} is switched off")
        elif not _same(present[name], *wanted[name]):
            lines.append(f"guard {name} was altered")
    return lines


def _same(present: Present, text: str, guard: Guard) -> bool:
    body = _pg_body(guard) if connection.vendor == "postgresql" else ""
    return present.text == text and present.body == body


@contextmanager
def lifted(table: str) -> Iterator[None]:
    """Let a data migration write to a guarded table, as one transaction: the guards stand again after it, also when it fails.

    On PostgreSQL the table is locked meanwhile, so that nobody else writes unguarded.
    """
    own = [guard for guard in declared() if guard.table == table]
    with transaction.atomic():
        _settle()
        for guard in own:
            for name in triggers(guard, connection.vendor):
                _drop(name, table)
        yield
        _settle()
        for guard in own:
            _make(guard)


def _settle() -> None:
    """PostgreSQL touches no trigger of a table whose foreign keys are still to be checked."""
    if connection.vendor == "postgresql":
        _execute(["SET CONSTRAINTS ALL IMMEDIATE", "SET CONSTRAINTS ALL DEFERRED"])


def before_migrate(sender: AppConfig, plan: list[Any], **_kwargs: Any) -> None:
    if connection.vendor == "sqlite" and plan:
        remove()


def after_migrate(sender: AppConfig, **_kwargs: Any) -> None:
    install()


# Saying no in words -------------------------------------------------------------------------------------------------


def explained(error: IntegrityError) -> DomainError:
    """Turn a refusal of the database into a sentence. A constraint without words of its own keeps its name."""
    name, text = _refusal(error)
    if found := re.match(r"luodi:(\w+)", text):
        guard = _declared.get(found[1])
        return DomainError(f"guard.{found[1]}", guard.message if guard else found[1])
    for model in apps.get_models():
        for constraint in model._meta.constraints:
            if constraint.name == name or text == _unique_on_sqlite(model, constraint):
                message = cast(str | Promise, constraint.get_violation_error_message())
                return DomainError(f"constraint.{constraint.name}", message)
    return DomainError("database_refused", _("数据库拒绝了这次写入，什么都没有改。请刷新后重试。"))


def _refusal(error: IntegrityError) -> tuple[str, str]:
    """Name of the constraint, and the database's own words without what somebody typed (PostgreSQL tells the values too)."""
    if diagnosis := getattr(error.__cause__, "diag", None):
        return str(diagnosis.constraint_name or ""), str(diagnosis.message_primary or "")
    text = str(error)
    found = re.fullmatch(r"CHECK constraint failed: (\w+)|UNIQUE constraint failed: index '(\w+)'", text)
    return (found[1] or found[2] if found else ""), text


def _unique_on_sqlite(model: type[models.Model], constraint: models.BaseConstraint) -> str:
    """SQLite names the columns of a unique constraint, never the constraint."""
    if not isinstance(constraint, models.UniqueConstraint) or not constraint.fields:
        return ""
    columns = {field.name: field.column for field in model._meta.concrete_fields}
    named = ", ".join(f"{model._meta.db_table}.{columns[name]}" for name in constraint.fields)
    return f"UNIQUE constraint failed: {named}"
