"""The audit chain: who did what to which row, each link holding the hash of the one before.

`hash = H(previous hash + body)`, where `body` is canonical JSON of the whole link. Whoever owns the database could
reckon a whole chain anew, so heads leave the machine and `verify` compares with them (docs/domain/audit.md).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models, transaction

from luodi.kernel import canonical
from luodi.kernel.models import AuditEntry, AuditHead
from luodi.kernel.personal import PersonalField


@dataclass(frozen=True, slots=True)
class Draft:
    """A link before it has its place in the chain."""

    chain: int
    act: UUID
    at: datetime
    service: str
    actor: str
    reason: str
    model: str
    object_id: int
    operation: str
    after: dict[str, Any]
    changed: frozenset[str] | None = None
    """The fields that an update changed (None: the row is new). Not part of the link."""


_TOLD = tuple(field.name for field in fields(Draft) if field.name != "changed")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head kept elsewhere: the chain had this hash at this length."""

    chain: int
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found. `broken` says where the first damage lies, in plain words ("" = nothing)."""

    entries: int
    intact: bool
    head: str
    broken: str = ""


MOST_VERSIONS = 200
SECRET = frozenset({"password"})
"""Columns that no image holds: even hashed, a password has no place in a log that is kept and carried away."""


@cache
def _columns(model: type[models.Model]) -> list[tuple[str, Callable[[models.Model], Any]]]:
    untold = SECRET | getattr(model, "UNTOLD", frozenset())
    return [(f.attname, _reader(f)) for f in model._meta.concrete_fields if f.attname not in untold]


def _reader(field: models.Field[Any, Any]) -> Callable[[models.Model], Any]:
    """How a column is read, as the database will give it back: 1 in a column of two decimals is 1.00."""
    name = field.attname
    if isinstance(field, PersonalField):
        return lambda row: field.reference(row)
    if isinstance(field, models.DecimalField):
        return lambda row: _decimal(field, getattr(row, name))
    return lambda row: canonical.plain(field.to_python(getattr(row, name)))


def _decimal(field: models.DecimalField[Any, Any], value: Any) -> str | None:
    return None if value is None else f"{field.to_python(value):.{field.decimal_places}f}"


def image(row: models.Model) -> dict[str, Any]:
    """All columns of a row as plain JSON values; personal data only as `person:<id>#<field>`."""
    return {name: read(row) for name, read in _columns(type(row))}


def row_of_version(model: type[models.Model], pk: int, version: int) -> models.Model | None:
    """The row as it was at a version of it, from its after-image; None where no image of it is kept.

    Personal data stand in it as references only, and bytes, of which an image has the digest, not at all. Looks at the row's own entries, newest first.
    """
    entries = AuditEntry.objects.filter(model=model._meta.label_lower, object_id=pk).order_by("-at", "-pk")
    for body in entries.values_list("body", flat=True)[:MOST_VERSIONS]:
        after = json.loads(body)["after"]
        if after.get("version") == version:
            kept = (f for f in model._meta.concrete_fields if not isinstance(f, models.BinaryField))
            known = [f for f in kept if f.attname in after]
            return model(**{f.attname: f.to_python(after[f.attname]) for f in known})
    return None


def seal(drafts: list[Draft]) -> None:
    """Chain the links of an act. The last statements of the act: heads are locked in the order of their chains."""
    by_chain: dict[int, list[Draft]] = defaultdict(list)
    for draft in drafts:
        by_chain[draft.chain].append(draft)
    for chain in sorted(by_chain):
        _seal_chain(chain, by_chain[chain])


def _seal_chain(chain: int, drafts: list[Draft]) -> None:
    head = _locked_head(chain)
    links = []
    for draft in drafts:
        head.seq += 1
        link = _link(draft, head.seq, head.hash)
        head.hash = link.hash
        links.append(link)
    AuditEntry.objects.bulk_create(links, batch_size=500)
    head.save(update_fields=["seq", "hash"])


def _locked_head(chain: int) -> AuditHead:
    if head := AuditHead.objects.select_for_update().filter(pk=chain).first():
        return head
    AuditHead.objects.bulk_create([AuditHead(chain=chain)], ignore_conflicts=True)
    return AuditHead.objects.select_for_update().get(pk=chain)


def _link(draft: Draft, seq: int, previous: str) -> AuditEntry:
    body = canonical.dumps({**{name: getattr(draft, name) for name in _TOLD}, "seq": seq})
    return AuditEntry(
        chain=draft.chain,
        seq=seq,
        act=draft.act,
        at=draft.at,
        service=draft.service,
        actor=draft.actor,
        model=draft.model,
        object_id=draft.object_id,
        body=body,
        algorithm=canonical.ALGORITHM,
        hash=canonical.digest((previous + body).encode()),
    )


def heads() -> list[Anchor]:
    """The newest link of every chain, to be kept elsewhere."""
    return [Anchor(h.chain, h.seq, h.hash) for h in AuditHead.objects.order_by("chain") if h.seq]


def verify(anchors: Iterable[Anchor] = ()) -> Verdict:
    """Reckon every chain anew from one snapshot and compare with the heads, and with `anchors` where given."""
    with one_snapshot(), closing(_links()) as links:
        return check(links, {h.chain: h for h in heads()}, anchors)


def _links() -> Generator[AuditEntry, None, None]:
    yield from AuditEntry.objects.order_by("chain", "seq").iterator(chunk_size=2000)


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Let all reads see one moment, and keep no writer waiting. Within an outer transaction its own view must do."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:  # atomic() would BEGIN IMMEDIATE, and so lock all writers out
            cursor.execute("BEGIN DEFERRED")
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def check(links: Iterator[AuditEntry], ends: dict[int, Anchor] | None, anchors: Iterable[Anchor]) -> Verdict:
    """Walk links that come ordered by (chain, seq). `ends` are the chains' heads where they are known."""
    wanted: dict[tuple[int, int], str] = {}
    for kept in anchors:
        if wanted.setdefault((kept.chain, kept.seq), kept.hash) != kept.hash:
            return Verdict(
                0, intact=False, head="", broken=f"chain {kept.chain}, entry {kept.seq}: two kept heads differ"
            )
    last: dict[int, Anchor] = {}
    count = 0
    for link in links:
        count += 1
        before = last.get(link.chain, Anchor(link.chain, 0, ""))
        fault = _fault(link, before) or _anchor_fault(wanted.pop((link.chain, link.seq), link.hash), link)
        if fault:
            return Verdict(count, intact=False, head="", broken=fault)
        last[link.chain] = Anchor(link.chain, link.seq, link.hash)
    fault = _end_fault(last, ends, wanted)
    return Verdict(count, intact=not fault, head="" if fault else _one_head(last), broken=fault)


def _fault(link: AuditEntry, before: Anchor) -> str:
    if link.seq != before.seq + 1:
        return f"chain {link.chain}: entry {before.seq + 1} is missing"
    where = f"chain {link.chain}, entry {link.seq}"
    if link.algorithm not in canonical.ALGORITHMS:
        return f"{where}: algorithm {link.algorithm} is none of ours"
    if canonical.digest((before.hash + link.body).encode(), link.algorithm) != link.hash:
        return f"{where}: hash does not fit its content"
    try:
        body = json.loads(link.body)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return f"{where}: content is not what we write"
    for name in ("chain", "seq", "act", "at", "service", "actor", "model", "object_id"):
        if canonical.plain(getattr(link, name)) != body.get(name):
            return f"{where}: column {name} differs from the sealed content"
    return ""


def _anchor_fault(wanted: str, link: AuditEntry) -> str:
    return "" if wanted == link.hash else f"chain {link.chain}, entry {link.seq}: differs from the kept head"


def _end_fault(last: dict[int, Anchor], ends: dict[int, Anchor] | None, wanted: dict[tuple[int, int], str]) -> str:
    for chain, end in sorted((ends or {}).items()):
        if last.get(chain) != end:
            return f"chain {chain}: the newest entries are missing (head says {end.seq})"
    if ends is not None and (headless := sorted(set(last) - set(ends))):
        return f"chain {headless[0]}: its head is missing"
    if wanted:
        chain, seq = min(wanted)
        return f"chain {chain}: entry {seq}, known from a kept head, is missing"
    return ""


def _one_head(last: dict[int, Anchor]) -> str:
    """One hash that stands for all chains: the chain's own where there is one, else the hash of all in order."""
    hashes = [last[chain].hash for chain in sorted(last)]
    return hashes[0] if len(hashes) == 1 else canonical.digest("".join(hashes).encode()) if hashes else ""
