"""Whoever can write to the database tampers with the log: `verify` finds each of a hundred tries.

The guards are lifted first: they keep out a slip, not the owner of the database.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection, transaction

from luodi.kernel import acts, audit, canonical, guards
from luodi.kernel.acts import Actor, System
from luodi.kernel.audit import Anchor
from luodi.kernel.models import AuditEntry, AuditHead
from luodi.orgs.models import Region, Theme
from luodi.orgs.tests.factories import make_county

ENTRIES = 40
TRIES = 100


@pytest.fixture
def log(db: None) -> list[Anchor]:
    """Two chains, and the heads as they were kept halfway and at the end."""
    counties = [make_county(), make_county("139922", "青原县")]

    def service(*, by: Actor, region: Region, name: str) -> None:
        acts.insert(Theme(region=region, name=name))

    kept: list[Anchor] = []
    for n in range(ENTRIES):
        acts.run(service, by=System(f"person{n % 3}"), reason=f"因{n}", region=counties[n % 2], name=f"题{n}")
        if n == ENTRIES // 2:
            kept = audit.heads()
    return [*kept, *audit.heads()]


@pytest.fixture
def unguarded(log: list[Anchor]) -> Iterator[list[Anchor]]:
    with guards.lifted("kernel_auditentry"), guards.lifted("kernel_audithead"):
        yield log


def rows(chain: int) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(chain=chain).order_by("seq"))


def change(entry: AuditEntry, **fields: object) -> None:
    AuditEntry.objects.filter(pk=entry.pk).update(**fields)


# Ways to tamper; each gets a seeded choice and the chain it works on --------------------------------------------------


def body(draw: random.Random, chain: int) -> None:
    entry = draw.choice(rows(chain))
    place = draw.randrange(len(entry.body))
    change(entry, body=entry.body[:place] + ("甲" if entry.body[place] != "甲" else "乙") + entry.body[place + 1 :])


def reason_and_hash(draw: random.Random, chain: int) -> None:
    """The forger reckons the hash of his own entry anew, and forgets the next."""
    found = rows(chain)
    place = draw.randrange(len(found))
    forged = found[place].body.replace('"reason":"因', '"reason":"非因')
    forged = forged if forged != found[place].body else found[place].body.replace('"seq"', '"Seq"')
    before = found[place - 1].hash if place else ""
    change(found[place], body=forged, hash=canonical.digest((before + forged).encode()))


def column(draw: random.Random, chain: int) -> None:
    entry = draw.choice(rows(chain))
    name = draw.choice(["act", "at", "service", "actor", "model", "object_id", "algorithm", "seq", "chain"])
    forged = {
        "act": UUID(int=draw.getrandbits(128)),
        "at": entry.at + timedelta(microseconds=draw.choice([-1, 1, 86_400_000_000])),
        "object_id": entry.object_id + 1,
        "seq": 10_000 + entry.seq,
        "chain": 777,
        "algorithm": draw.choice(["sha256", "md5", "none", ""]),
    }
    change(entry, **{name: forged.get(name, "forged")})


def hash_itself(draw: random.Random, chain: int) -> None:
    entry = draw.choice(rows(chain))
    change(entry, hash=f"{draw.getrandbits(256):064x}")


def swapped(draw: random.Random, chain: int) -> None:
    one, other = draw.sample(rows(chain), 2)
    change(one, seq=-1)
    change(other, seq=one.seq)
    change(one, seq=other.seq)


def removed(draw: random.Random, chain: int) -> None:
    draw.choice(rows(chain)[:-1]).delete()


def removed_and_closed_up(draw: random.Random, chain: int) -> None:
    found = rows(chain)
    place = draw.randrange(len(found) - 1)
    found[place].delete()
    for entry in found[place + 1 :]:
        change(entry, seq=entry.seq - 1)


def newest_removed(draw: random.Random, chain: int) -> None:
    for entry in rows(chain)[-draw.randint(1, 5) :]:
        entry.delete()


def inserted(draw: random.Random, chain: int) -> None:
    entry = draw.choice(rows(chain))
    entry.pk, entry.seq = None, len(rows(chain)) + draw.choice([1, 2])
    entry.save(force_insert=True)


def head_removed(draw: random.Random, chain: int) -> None:
    AuditHead.objects.filter(pk=chain).delete()


def head_changed(draw: random.Random, chain: int) -> None:
    head = AuditHead.objects.get(pk=chain)
    seq, digest = draw.choice([(3, head.hash), (head.seq, "0" * 64), (0, head.hash)])
    AuditHead.objects.filter(pk=chain).update(seq=seq, hash=digest)


SEEN_BY_ITSELF: list[Callable[[random.Random, int], None]] = [
    body, reason_and_hash, column, hash_itself, swapped, removed, removed_and_closed_up, newest_removed, inserted,
    head_removed, head_changed,
]  # fmt: skip


# What only heads kept elsewhere can show ---------------------------------------------------------------------------


def newest_removed_with_head(draw: random.Random, chain: int) -> None:
    found = rows(chain)
    cut = draw.randint(1, len(found) - 1)
    for entry in found[-cut:]:
        entry.delete()
    last = found[-cut - 1]
    AuditHead.objects.filter(pk=chain).update(seq=last.seq, hash=last.hash)


def whole_chain_removed(draw: random.Random, chain: int) -> None:
    AuditEntry.objects.filter(chain=chain).delete()
    AuditHead.objects.filter(pk=chain).delete()


def whole_chain_reckoned_anew(draw: random.Random, chain: int) -> None:
    found = rows(chain)
    place = draw.randrange(len(found))
    previous = found[place - 1].hash if place else ""
    for entry in found[place:]:
        forged = entry.body.replace('"reason":"因', '"reason":"非因').replace('"reason":""', '"reason":"补"')
        previous = canonical.digest((previous + forged).encode())
        change(entry, body=forged, hash=previous)
    AuditHead.objects.filter(pk=chain).update(hash=previous)


SEEN_BY_ANCHORS = [newest_removed_with_head, whole_chain_removed, whole_chain_reckoned_anew]


def test_each_of_a_hundred_tamperings_is_found(unguarded: list[Anchor]) -> None:
    log = unguarded
    draw = random.Random(20260301)
    assert audit.verify(log).intact
    chains = sorted({anchor.chain for anchor in log})
    ways = [*SEEN_BY_ITSELF, *SEEN_BY_ANCHORS]
    for number in range(TRIES):
        tamper = ways[number % len(ways)]
        with transaction.atomic():
            tamper(draw, draw.choice(chains))
            alone, anchored = audit.verify(), audit.verify(log)
            transaction.set_rollback(True)
        assert not anchored.intact, f"try {number}: {tamper.__name__} went unseen"
        assert anchored.broken.startswith("chain "), anchored
        assert alone.intact is (tamper in SEEN_BY_ANCHORS), f"try {number}: {tamper.__name__}: {alone}"
    assert audit.verify(log).intact


def test_the_guards_refuse_what_is_no_owner(log: list[Anchor]) -> None:
    """The test above has them lifted."""
    assert guards.differences() == []
    for sql in (
        "UPDATE kernel_auditentry SET actor = 'x'",
        "DELETE FROM kernel_auditentry",
        "DELETE FROM kernel_audithead",
        "UPDATE kernel_audithead SET seq = seq - 1",
        "UPDATE kernel_audithead SET hash = 'x'",
    ):
        with pytest.raises(Exception, match=r"luodi:kernel_audit|luodi:audithead"), transaction.atomic():
            connection.cursor().execute(sql)
