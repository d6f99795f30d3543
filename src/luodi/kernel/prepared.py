"""A read that every request asks, of another row each time: its SQL is written once for a process.

Django writes the SQL of a queryset anew whenever it is asked. For the account of a request, four tables and two subqueries,
that takes ten times as long as the database takes to answer. What is read is read each time: nothing is kept but the SQL.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Model, QuerySet

M = TypeVar("M", bound=Model)
MARK = -(2**40) - 7
"""Stands for the value while the SQL is written: no row has it."""


class PreparedRead(Generic[M]):
    """`make(value)` gives the queryset for a whole number; its SQL must not depend on which. Of the default database."""

    def __init__(self, make: Callable[[int], QuerySet[M]]) -> None:
        self._make = make
        self._written: tuple[QuerySet[M], Any, str, tuple[Any, ...]] | None = None

    def first(self, value: int) -> M | None:
        """The first row for this value, as `make(value).first()` would give it; None where there is none. One query."""
        rows, compiler, sql, params = self._written = self._written or self._write()
        own = copy.copy(compiler)  # what it learned of columns is shared, the connection is each thread's own
        own.connection = connections[DEFAULT_DB_ALIAS]
        own.as_sql = lambda *_args, **_options: (sql, tuple(value if one == MARK else one for one in params))
        asked = rows.all()
        asked.query.get_compiler = lambda *_args, **_options: own  # type: ignore[method-assign]
        return next(iter(asked), None)

    def _write(self) -> tuple[QuerySet[M], Any, str, tuple[Any, ...]]:
        rows = self._make(MARK).order_by()[:1]
        compiler = rows.query.get_compiler(DEFAULT_DB_ALIAS)
        sql, params = compiler.as_sql()
        return rows, compiler, sql, tuple(params)
