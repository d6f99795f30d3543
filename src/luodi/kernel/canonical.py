"""One way to write a value as JSON, so that a hash taken today can be taken again in ten years."""

from __future__ import annotations

import hashlib
import json
import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

ALGORITHM = "sm3" if "sm3" in hashlib.algorithms_available else "sha256"
ALGORITHMS = frozenset({"sm3", "sha256"})


def plain(value: Any) -> Any:
    """Give a value of a model field as JSON can hold it, losing nothing. Raises TypeError for a kind it does not know."""
    if value is None or isinstance(value, str | int | bool):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date | UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return f"{ALGORITHM}:{digest(bytes(value))}"
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise TypeError(f"no canonical form for {type(value).__name__}")


def dumps(value: Any) -> str:
    """Canonical JSON: keys sorted, no spaces, no escapes."""
    return json.dumps(plain(value), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest(data: bytes, algorithm: str = ALGORITHM) -> str:
    """The hexadecimal digest. Raises ValueError where this machine lacks the algorithm."""
    return hashlib.new(algorithm, data).hexdigest()
