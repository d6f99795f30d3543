from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from django.db import connection, transaction

from luodi.kernel import acts, audit
from luodi.kernel.acts import Actor, System
from luodi.kernel.audit import Anchor
from luodi.kernel.models import AuditEntry, AuditHead
from luodi.orgs.models import Region, Theme, User
from luodi.orgs.services.accounts import password_change
from luodi.orgs.tests.factories import make_county, make_member, make_unit, make_user
from tests.plugins.database import LiveDatabase

ME = System("me")


def themes(count: int) -> Region:
    county = make_county()

    def service(*, by: Actor, name: str) -> None:
        acts.insert(Theme(region=county, name=name))

    for _n in range(count):
        acts.run(service, by=ME, name=f"题{Theme.objects.count()}")
    return county


@pytest.mark.usefixtures("db")
def test_an_empty_log_is_intact() -> None:
    assert audit.verify() == audit.Verdict(0, intact=True, head="")


@pytest.mark.usefixtures("db")
def test_links_follow_each_other_in_the_chain_of_their_region() -> None:
    county = themes(3)
    links = list(AuditEntry.objects.filter(chain=county.pk).order_by("seq"))
    assert [link.seq for link in links] == [1, 2, 3, 4]
    verdict = audit.verify()
    assert (verdict.intact, verdict.entries, verdict.head) == (True, 4, links[-1].hash)
    assert audit.heads() == [Anchor(county.pk, 4, links[-1].hash)]


@pytest.mark.usefixtures("db")
def test_one_act_may_reach_several_chains() -> None:
    county = themes(1)

    def service(*, by: Actor) -> None:
        acts.update(acts.lock_one(Region.objects.all(), county.pk), initials="X")
        audit.seal([])
        acts.note_written(Region.objects.all())
        acts.current().entries.append(replace(acts.current().entries[0], chain=0))

    acts.run(service, by=ME)
    assert sorted(head.chain for head in audit.heads()) == [0, county.pk]
    assert audit.verify().intact


@pytest.mark.usefixtures("db")
def test_anchors_that_fit_and_that_do_not() -> None:
    themes(2)
    kept = audit.heads()
    themes(2)
    assert audit.verify(kept).intact
    forged = replace(kept[0], hash="0" * 64)
    assert "differs from the kept head" in audit.verify([forged]).broken
    assert "two kept heads differ" in audit.verify([*kept, forged]).broken
    assert "is missing" in audit.verify([replace(kept[0], seq=99)]).broken
    assert "is missing" in audit.verify([Anchor(777, 1, "0" * 64)]).broken


def two_more_themes() -> None:
    themes(2)
    connection.close()


def test_verify_sees_one_moment_and_keeps_no_writer_waiting(
    live: LiveDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Heads are read first here, then another thread writes, then the links are read: one snapshot must not see them."""
    themes(3)
    read_heads = audit.heads

    def heads_then_a_write() -> list[Anchor]:
        found = read_heads()
        writer = threading.Thread(target=two_more_themes)
        writer.start()
        writer.join(10)
        assert not writer.is_alive()
        return found

    monkeypatch.setattr(audit, "heads", heads_then_a_write)
    verdict = audit.verify()
    assert (verdict.intact, verdict.entries) == (True, 4), verdict
    monkeypatch.undo()
    assert audit.verify().entries == 6
    assert not connection.in_atomic_block


@pytest.mark.only_postgres
def test_verify_reads_repeatably_on_postgresql(live: LiveDatabase) -> None:
    with audit.one_snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("repeatable read",)
    with transaction.atomic(), audit.one_snapshot(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        assert cursor.fetchone() == ("read committed",)


def test_verify_leaves_the_connection_usable_after_a_fault(live: LiveDatabase) -> None:
    themes(3)
    assert "differs" in audit.verify([Anchor(audit.heads()[0].chain, 1, "0" * 64)]).broken
    themes(1)
    assert audit.verify().intact


@pytest.mark.usefixtures("db")
def test_the_hash_of_a_password_is_not_in_the_log() -> None:
    """Audit administrators read the log; whoever reads a hash can try passwords against it at home."""
    user = make_user(make_member(make_unit(), "周明"))
    acts.run(password_change, by=user, password="Luodi-2027-xin")
    changed = User.objects.get(pk=user.pk)
    bodies = "\n".join(AuditEntry.objects.filter(model="orgs.user").values_list("body", flat=True))
    assert '"username"' in bodies
    assert user.password not in bodies
    assert changed.password not in bodies
    assert '"password"' not in bodies


@pytest.mark.usefixtures("db")
def test_a_head_without_its_row_is_made_once() -> None:
    themes(2)
    assert AuditHead.objects.count() == 1
