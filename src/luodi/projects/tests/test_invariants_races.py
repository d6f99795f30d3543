"""Two people at the same moment, each allowed for himself, whose acts together would break an invariant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from luodi.facts.models import Fact, FactEvidence
from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Member, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import member_leave
from luodi.projects.models import Project
from luodi.projects.rules import Role as Duty
from luodi.projects.rules import Stage
from luodi.projects.services import gates, people
from luodi.projects.services.evidence import evidence_withdraw
from luodi.projects.services.projects import project_create
from luodi.projects.tests.factories import ask, bring_to, make_entry, make_project, make_world, other_member
from tests.plugins.database import LiveDatabase

HELD = 0.4  # seconds for which the first act stays open


def together(first: Callable[[], object], second: Callable[[], object]) -> tuple[str, str]:
    """Begin the second while the first has written and not committed; give the code of each one's refusal, "" where it went."""
    wrote, codes = threading.Event(), ["", ""]

    def slow(*, by: User) -> None:
        first()
        wrote.set()
        threading.Event().wait(HELD)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            act()
        except DomainError as error:
            codes[place] = error.code
        finally:
            wrote.set()
            connections.close_all()

    def late() -> None:
        wrote.wait(10)
        run(1, second)

    threads = [
        threading.Thread(target=run, args=(0, lambda: acts.run(slow, by=User.objects.order_by("pk")[0]))),
        threading.Thread(target=late),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return codes[0], codes[1]


def do(service: Callable[..., Any], by: User, **arguments: Any) -> Callable[[], object]:
    return lambda: acts.run(service, by=by, **arguments)


@pytest.mark.slow
def test_nobody_leaves_while_a_project_is_handed_to_him(live: LiveDatabase) -> None:
    world = make_world()
    project, lee = make_project(world), other_member(world)
    office = world[Role.PROJECT_OFFICE]
    codes = together(
        do(people.hand_over, office, project_id=project.pk, role=Duty.OFFICER, member_id=lee.pk, note="轮岗"),
        do(member_leave, office, member_id=lee.pk, seen=lee.version),
    )
    assert codes == ("", "guard.member_leaves_nothing")
    assert Member.objects.get(pk=lee.pk).state == "active"


@pytest.mark.slow
def test_nobody_leaves_while_a_project_is_entered_for_him(live: LiveDatabase) -> None:
    world = make_world()
    lee, office = other_member(world), world[Role.PROJECT_OFFICE]
    codes = together(
        do(project_create, office, entry=make_entry(world, officer=lee)),
        do(member_leave, office, member_id=lee.pk, seen=lee.version),
    )
    assert codes == ("", "guard.member_leaves_nothing")


@pytest.mark.slow
def test_a_gate_is_not_revoked_from_under_the_next_one(live: LiveDatabase) -> None:
    world = make_world()
    project = bring_to(make_project(world), Stage.SIGNED, world)
    asked = ask(project, world.officer)
    sign = Fact.objects.standing().get(subject=project.subject, gate="sign")
    codes = together(
        do(gates.ask_recognise, world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1),
        do(gates.fact_revoke, world[Role.PROJECT_OFFICE], fact_id=sign.pk, reason="合同未备案"),
    )
    # SQLite's writers queue before they read, so there the later gate is already seen.
    assert codes == ("", "later_gates" if connection.vendor == "sqlite" else "gate_moved")
    assert Project.objects.get(pk=project.pk).stage == Stage.PREPARING
    assert Fact.objects.standing().filter(pk=sign.pk).exists()


@pytest.mark.slow
def test_evidence_is_not_withdrawn_from_under_a_fact(live: LiveDatabase) -> None:
    world = make_world()
    project = make_project(world)
    asked = ask(project, world.officer)
    piece = asked.lines.get().evidence
    codes = together(
        do(gates.ask_recognise, world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1),
        do(evidence_withdraw, world.officer, evidence_id=piece.pk, reason="换一份"),
    )
    assert codes == ("", "guard.evidence_of_fact_stays")
    assert not FactEvidence.objects.filter(evidence__withdrawn_at__isnull=False).exists()


@pytest.mark.slow
def test_a_fact_does_not_rest_on_evidence_withdrawn_meanwhile(live: LiveDatabase) -> None:
    world = make_world()
    asked = ask(make_project(world), world.officer)
    piece = asked.lines.get().evidence
    codes = together(
        do(evidence_withdraw, world.officer, evidence_id=piece.pk, reason="换一份"),
        do(gates.ask_recognise, world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1),
    )
    assert codes == ("", "gate_incomplete")
