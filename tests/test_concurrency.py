"""Many writers at once on one county: no deadlock, no lost update, no lost link of the chain."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection

from luodi.facts.models import Fact
from luodi.facts.services import fact_seal
from luodi.files.models import Evidence
from luodi.kernel import acts, audit
from luodi.kernel.acts import Actor, System
from luodi.kernel.errors import DomainError
from luodi.kernel.models import AuditEntry, AuditHead
from luodi.orgs.models import Member, Region, Theme, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import member_leave
from luodi.orgs.tests.factories import make_county, make_member
from luodi.projects.models import Project
from luodi.projects.rules import Role as ProjectRole
from luodi.projects.services import gates
from luodi.projects.services.evidence import evidence_withdraw
from luodi.projects.services.people import hand_over
from luodi.projects.tests.factories import ask, make_project, make_world, recognise
from tests.plugins.database import LiveDatabase

THREADS = 8
WRITES = 2000
pytestmark = pytest.mark.slow


def in_threads(work: Callable[[int], object]) -> list[BaseException]:
    """Run `work(number)` in all threads together; give what they raised."""
    errors: list[BaseException] = []
    gate = threading.Barrier(THREADS)

    def one(number: int) -> None:
        try:
            gate.wait()
            work(number)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(300)
    assert not any(thread.is_alive() for thread in threads), "a writer hangs"
    return errors


def hot_rows(county: Region, count: int) -> list[int]:
    def service(*, by: Actor) -> None:
        acts.insert_many([Theme(region=county, name=f"热{n}") for n in range(count)])

    acts.run(service, by=System("setup"))
    return list(Theme.objects.order_by("pk").values_list("pk", flat=True))


def touch(*, by: Actor, region_id: int, ids: list[int], name: str, attempts: list[int]) -> None:
    """Change the hot rows, if any, and add one that nobody else touches."""
    attempts.append(1)
    for row in acts.lock(Theme.objects.filter(pk__in=ids)):
        acts.update(row, name=f"{name}-{row.pk}")
    acts.insert(Theme(region_id=region_id, name=name))


def test_two_thousand_writes_from_eight_threads(live: LiveDatabase) -> None:
    """Every other act takes two hot rows; the rest meet only at the head of the county's chain."""
    county = make_county()
    ids = hot_rows(county, 2)
    before = audit.heads()
    attempts: list[int] = []
    halfway: list[audit.Anchor] = []

    def work(number: int) -> None:
        for n in range(WRITES // THREADS):
            hot = ids if n % 2 else []
            me = System(f"t{number}")
            acts.run(touch, by=me, region_id=county.pk, ids=hot, name=f"{number}.{n}", attempts=attempts)
            if (number, n) == (0, WRITES // THREADS // 2):
                halfway.extend(audit.heads())

    assert in_threads(work) == []
    assert len(attempts) == WRITES, "an act was tried more than once: a deadlock"
    assert list(Theme.objects.filter(pk__in=ids).values_list("version", flat=True)) == [WRITES // 2 + 1] * 2
    assert Theme.objects.count() == WRITES + 2
    entries = AuditEntry.objects.filter(chain=county.pk)
    assert entries.count() == AuditHead.objects.get(pk=county.pk).seq == before[0].seq + 2 * WRITES
    verdict = audit.verify([*before, *halfway])
    assert verdict.intact, verdict.broken


def test_random_sets_of_rows_and_chains_never_deadlock(live: LiveDatabase) -> None:
    """Acts that take other rows each time, in several counties, so that heads too are taken in other orders."""
    counties = [make_county(f"13992{n}", f"县{n}", f"C{n}") for n in range(3)]
    themes: list[int] = []
    for county in counties:
        themes = hot_rows(county, 4)
    attempts: list[int] = []

    def work(number: int) -> None:
        draw = random.Random(number)
        for n in range(50):
            picked = draw.sample(themes, draw.randint(2, 5))
            home = draw.choice(counties).pk
            me = System(f"t{number}")
            acts.run(touch, by=me, region_id=home, ids=picked, name=f"{number}.{n}", attempts=attempts)

    assert in_threads(work) == []
    assert len(attempts) == 50 * THREADS
    assert audit.verify().intact


def test_the_first_acts_of_a_new_chain_make_one_head(live: LiveDatabase) -> None:
    county = make_county()
    chain = 4711

    def service(*, by: Actor, name: str) -> None:
        acts.insert(Theme(region=county, name=name))
        entries = acts.current().entries
        entries[-1] = replace(entries[-1], chain=chain)

    errors = in_threads(lambda number: acts.run(service, by=System("x"), name=f"题{number}"))
    assert errors == []
    assert AuditHead.objects.get(pk=chain).seq == THREADS
    assert audit.verify().intact


def leave_and_take_over(office: User, member: Member, project: Project) -> str:
    """Let the member leave and hand him the project, at once; give the code of the refusal."""

    def one_of_them(number: int) -> None:
        if number == 0:
            acts.run(member_leave, by=office, member_id=member.pk, seen=member.version)
        if number == 1:
            role = ProjectRole.OFFICER
            acts.run(hand_over, by=office, project_id=project.pk, role=role, member_id=member.pk, note="交清")

    refused = in_threads(one_of_them)
    assert len(refused) == 1, refused
    assert isinstance(refused[0], DomainError), refused
    return refused[0].code


def test_nobody_leaves_while_he_is_handed_a_project(live: LiveDatabase) -> None:
    """One act lets a member leave, another makes him the officer: whichever comes second is refused."""
    world = make_world()
    outcomes: set[str] = set()
    for number in range(12):
        outcomes.add(
            leave_and_take_over(
                world[Role.PROJECT_OFFICE], make_member(world.unit, f"接手{number}"), make_project(world)
            )
        )
        left = Member.objects.filter(state="left").values("pk")
        assert not Project.objects.live().filter(officer_id__in=left).exists()
    kept = {"successor_missing", "guard.member_leaves_nothing"}
    assert outcomes <= kept | {"member_unknown", "guard.assignment_to_serving"}, outcomes
    assert audit.verify().intact


def test_evidence_is_not_withdrawn_while_a_fact_is_sealed_on_it(
    live: LiveDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The withdrawal comes when the fact is written and not yet committed: neither sees the other unless they share a lock."""
    world = make_world()
    project = make_project(world)
    asked = ask(project, world.officer)
    piece = Evidence.objects.filter(asks__ask=asked).latest("pk")
    sealed, tried = threading.Event(), threading.Event()

    def seal_and_wait(*args: Any, **kwargs: Any) -> Fact:
        fact = fact_seal(*args, **kwargs)
        sealed.set()
        tried.wait(1)
        return fact

    def one_of_them(number: int) -> None:
        if number == 0:
            recognise(asked, world[Role.PROJECT_OFFICE])
        if number == 1:
            sealed.wait(10)
            try:
                acts.run(evidence_withdraw, by=world.officer, evidence_id=piece.pk, reason="错了")
            finally:
                tried.set()

    monkeypatch.setattr(gates, "fact_seal", seal_and_wait)
    refused = in_threads(one_of_them)
    assert not Fact.objects.standing().filter(lines__evidence__withdrawn_at__isnull=False).exists()
    assert [type(error) for error in refused] == [DomainError], refused
