"""Heads of the audit chains, written daily to a file that only grows: LUODI_DATA/audit-heads/heads.jsonl.

The file belongs on another machine too: who owns this one could change both (docs/handbook/operate.md).
`luodi audit verify --anchors FILE` compares with it.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path

from django.conf import settings

from luodi.kernel import audit, clock, jobs
from luodi.kernel.models import Job


def path() -> Path:
    return Path(settings.DATA) / "audit-heads" / "heads.jsonl"


def keep_heads(job: Job) -> None:
    """The daily job. Run again for the same slot, it writes nothing twice."""
    write(str(job.arguments["slot"]))
    jobs.conclude(job)


def write(slot: str) -> int:
    """Append the present heads, told apart by `slot`, and give how many lines were added (0: they are there)."""
    file = path()
    file.parent.mkdir(mode=0o700, exist_ok=True)
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "r+b") as stream:
        whole = _whole_lines(stream.read())
        stream.truncate(len(whole))  # a line that a kill cut short was never written
        known = {(row["chain"], row["slot"]) for row in map(json.loads, whole.splitlines())}
        at = clock.now().isoformat(timespec="seconds")
        heads = [head for head in audit.heads() if (head.chain, slot) not in known]
        lines = [json.dumps({**asdict(head), "at": at, "slot": slot}) + "\n" for head in heads]
        stream.write("".join(lines).encode())
        stream.flush()
        os.fsync(stream.fileno())
    return len(lines)


def _whole_lines(data: bytes) -> bytes:
    return data[: data.rfind(b"\n") + 1]
