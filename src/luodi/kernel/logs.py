"""How a line of the log looks: text or one JSON object, with the request or job and the account it belongs to.

An account is told by its number (`user:12`), never by name. Whatever is said, telephone and identity numbers and mail addresses in
it are hidden, tracebacks included.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime

from luodi.kernel.hiding import without_numbers


@dataclass(slots=True)
class Within:
    """What is being done: `at` names it (request:…, job:12), `who` is an audit name ("" = nobody yet)."""

    at: str
    who: str = ""


_within: ContextVar[Within | None] = ContextVar("luodi_log_within", default=None)
_EMPTY = Within("")


@contextmanager
def within(at: str, who: str = "") -> Iterator[Within]:
    """All lines written inside carry `at` and `who`; the latter may be filled in once it is known."""
    found = Within(at, who)
    token = _within.set(found)
    try:
        yield found
    finally:
        _within.reset(token)


class _Clean(logging.Formatter):
    def said(self, record: logging.LogRecord) -> str:
        return without_numbers(record.getMessage())

    def trace(self, record: logging.LogRecord) -> str:
        told = [self.formatException(record.exc_info)] if record.exc_info else []
        told += [self.formatStack(record.stack_info)] if record.stack_info else []
        return without_numbers("\n".join(told))


class Line(_Clean):
    """For eyes."""

    def format(self, record: logging.LogRecord) -> str:
        here = _within.get() or _EMPTY
        marks = "".join(f" [{mark}]" for mark in (here.at, here.who) if mark)
        head = f"{self.formatTime(record)} {record.levelname} {record.name}{marks} {self.said(record)}"
        trace = self.trace(record)
        return f"{head}\n{trace}" if trace else head


class Json(_Clean):
    """For machines: at (UTC), level, logger, message, and where there is any within, who, trace and `fields`."""

    def format(self, record: logging.LogRecord) -> str:
        here = _within.get() or _EMPTY
        told: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": self.said(record),
            "within": here.at,
            "who": here.who,
            "trace": self.trace(record),
            **getattr(record, "fields", {}),
        }
        return json.dumps({name: value for name, value in told.items() if value != ""}, ensure_ascii=False)
