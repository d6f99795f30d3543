"""The audit log as a file of JSON lines, ordered by (chain, seq), and heads kept elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from luodi.kernel import audit, canonical
from luodi.kernel.audit import Anchor
from luodi.kernel.models import AuditEntry

FIELDS = (
    "chain", "seq", "act", "at", "service", "actor", "model", "object_id", "body", "algorithm", "hash",
)  # fmt: skip


class WrongFile(ValueError):
    """A file that cannot be read as what it should be; the message names the line."""


def lines() -> Iterator[dict[str, Any]]:
    """Every entry, from one snapshot, so that a server that goes on writing does not tear the chains."""
    with audit.one_snapshot():
        for link in AuditEntry.objects.order_by("chain", "seq").iterator(chunk_size=2000):
            yield {name: canonical.plain(getattr(link, name)) for name in FIELDS}


def read_entries(path: Path) -> Iterator[AuditEntry]:
    """The entries of an export, as they stand. Raises WrongFile, also for a file that cannot be opened or holds none."""
    number = 0
    for number, row in _rows(path):
        try:
            yield AuditEntry(**{name: row[name] for name in FIELDS} | _typed(row))
        except (KeyError, ValueError, TypeError, AttributeError) as error:
            raise WrongFile(f"{path}, line {number}: not an entry of the audit log ({error})") from error
    if not number:
        raise WrongFile(f"{path}: holds no entry; give the file that `luodi audit export` wrote")


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "act": UUID(row["act"]),
        "at": datetime.fromisoformat(row["at"]),
        "chain": int(row["chain"]),
        "seq": int(row["seq"]),
        "object_id": int(row["object_id"]),
    }


def read_anchors(path: Path) -> list[Anchor]:
    """Heads as `luodi audit heads` printed them, once or many times into one file. Raises WrongFile, also where none is there."""
    found = []
    for number, row in _rows(path):
        try:
            found.append(Anchor(int(row["chain"]), int(row["seq"]), str(row["hash"])))
        except (KeyError, ValueError, TypeError) as error:
            raise WrongFile(f"{path}, line {number}: not a head of a chain ({error})") from error
    if not found:
        raise WrongFile(f"{path}: holds no head of a chain; give the file that keeps what `luodi audit heads` printed")
    return found


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _row(path, number, line)
    except (OSError, UnicodeDecodeError) as error:
        raise WrongFile(f"{path}: {error}") from error


def _row(path: Path, number: int, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise WrongFile(f"{path}, line {number}: not JSON ({error})") from error
    if not isinstance(row, dict):
        raise WrongFile(f"{path}, line {number}: not a JSON object")
    return row
