"""Two people at the same moment, each allowed for himself, whose acts together would break an invariant."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections

from luodi.facts.models import Fact, FactEvidence
from luodi.files.models import Evidence
from luodi.files.services import Proof
from luodi.kernel import acts, clock, jobs
from luodi.kernel.errors import DomainError
from luodi.kernel.models import Job
from luodi.orgs.models import Delegation, Member, User
from luodi.orgs.rules import Role
from luodi.orgs.services.delegations import delegation_give
from luodi.orgs.services.units import member_leave
from luodi.orgs.tests.factories import make_member, make_person, make_unit
from luodi.projects.models import Project
from luodi.projects.rules import Role as Duty
from luodi.projects.rules import Stage
from luodi.projects.services import gates, people
from luodi.projects.services.evidence import evidence_add, evidence_withdraw
from luodi.projects.services.imports import undoing
from luodi.projects.services.projects import Entry, project_create, projects_insert
from luodi.projects.tests.factories import ask, bring_to, make_entry, make_project, make_world, other_member, pdf
from luodi.projects.tests.ledger_county import imported, ledger, make_ledger_county, plain_row
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
        threading.Thread(
            target=run, args=(0, lambda: acts.run(slow, by=User.objects.order_by("pk")[0], reason="两个人同时办"))
        ),
        threading.Thread(target=late),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return codes[0], codes[1]


KEPT = {"successor_missing", "guard.member_leaves_nothing"}
"""He holds something after all: seen when the act looked, or only by the database."""


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
    assert codes[0] == ""
    assert codes[1] in KEPT
    assert Member.objects.get(pk=lee.pk).state == "active"


@pytest.mark.slow
def test_nobody_leaves_while_a_project_is_entered_for_him(live: LiveDatabase) -> None:
    world = make_world()
    lee, office = other_member(world), world[Role.PROJECT_OFFICE]
    codes = together(
        do(project_create, office, entry=make_entry(world, officer=lee)),
        do(member_leave, office, member_id=lee.pk, seen=lee.version),
    )
    assert codes[0] == ""
    assert codes[1] in KEPT


@pytest.mark.slow
def test_two_let_the_same_man_leave_and_one_does_it(live: LiveDatabase) -> None:
    world = make_world()
    officer, lee, project = world.officer.member, other_member(world), make_project(world)
    told: dict[str, Any] = {"member_id": officer.pk, "seen": officer.version, "note": "资料已交清"}
    told["successors"] = {"project.officer": lee.pk}
    codes = together(
        do(member_leave, world[Role.PROJECT_OFFICE], **told), do(member_leave, world[Role.UNIT_HEAD], **told)
    )
    assert codes == ("", "already_left")
    assert list(project.assignments.filter(role="officer").values_list("member", flat=True)) == [officer.pk, lee.pk]


@pytest.mark.slow
def test_a_successor_does_not_leave_with_what_he_is_just_given(live: LiveDatabase) -> None:
    world = make_world()
    officer, lee, office = world.officer.member, other_member(world), world[Role.PROJECT_OFFICE]
    make_project(world)
    told: dict[str, Any] = {"member_id": officer.pk, "seen": officer.version, "note": "资料已交清"}
    codes = together(
        do(member_leave, office, **told, successors={"project.officer": lee.pk}),
        do(member_leave, office, member_id=lee.pk, seen=lee.version),
    )
    assert codes[0] == ""
    assert codes[1] in KEPT
    assert Member.objects.get(pk=lee.pk).state == "active"


def as_imported(*, by: User, entries: list[Entry]) -> list[Project]:
    """Enter as the import does, which holds nobody before."""
    return projects_insert(entries)


@pytest.mark.slow
def test_nobody_leaves_while_a_ledger_names_him(live: LiveDatabase) -> None:
    world = make_world()
    lee, office = other_member(world), world[Role.PROJECT_OFFICE]
    codes = together(
        do(as_imported, office, entries=[make_entry(world, officer=lee)]),
        do(member_leave, office, member_id=lee.pk, seen=lee.version),
    )
    assert codes[0] == ""
    assert codes[1] in KEPT


@pytest.mark.slow
def test_a_ledger_gives_no_project_to_who_is_leaving(live: LiveDatabase) -> None:
    world = make_world()
    lee, office = other_member(world), world[Role.PROJECT_OFFICE]
    entry = make_entry(world, officer=lee)
    codes = together(
        do(member_leave, office, member_id=lee.pk, seen=lee.version), do(as_imported, office, entries=[entry])
    )
    assert codes == ("", "officer_left")


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


@pytest.mark.slow
def test_a_unit_is_not_given_a_project_as_its_head_goes(live: LiveDatabase) -> None:
    world = make_world()
    project, unit = make_project(world), make_unit("D77", "统战部")
    assert unit.head is not None
    next_head, officer = make_member(unit, "接任", Role.UNIT_OFFICER), make_member(unit, "专人", Role.UNIT_OFFICER)
    told = {"project_id": project.pk, "unit_id": unit.pk, "officer_id": officer.pk, "note": "资料已交清"}
    gone = {"member_id": unit.head_id, "seen": unit.head.version, "note": "资料已交清"}
    codes = together(
        do(people.hand_over_unit, world[Role.PROJECT_OFFICE], **told),
        do(member_leave, world[Role.GOVERNMENT_OFFICE], successors={"unit.head": next_head.pk}, **gone),
    )
    assert codes == ("", "")
    assert Project.objects.get().principal_id == next_head.pk, "what the old head was given goes over with the rest"


@pytest.mark.slow
def test_a_delegation_given_as_its_holder_leaves_does_not_outlive_him(live: LiveDatabase) -> None:
    world, today = make_world(), clock.today()
    gone = make_person(make_unit("D78", "联络处"), "秘书", Role.CONVENOR)
    told = {
        "deputy_id": gone.member_id,
        "actions": ["project.note"],
        "from_on": today,
        "until_on": today,
        "reason": "外出",
    }
    codes = together(
        do(delegation_give, world[Role.COUNTY_LEADER], **told),
        do(member_leave, world[Role.PROJECT_OFFICE], member_id=gone.member_id, seen=gone.member.version),
    )
    assert (codes[0] in {"", "deputy_unfit"}, codes[1]) == (True, "")
    assert not Delegation.objects.filter(deputy=gone.member_id, ended_at=None).exists()


@pytest.mark.slow
def test_nobody_adds_to_a_project_while_its_import_is_undone(live: LiveDatabase) -> None:
    office = make_ledger_county()
    batch = imported(office, ledger([plain_row(1)]))
    acts.run(undoing.import_undo, by=office, reason="整份台账传错了年度", batch_id=batch.pk, seen=batch.version)
    job, project = Job.objects.get(kind="projects.import_undo"), Project.objects.get()
    assert jobs.take(job)
    batch.refresh_from_db()
    proof = Proof("minutes", title="会议", number="1", dated_on=None)
    codes = together(
        do(undoing.projects_undo, office, batch=batch, ids=[project.pk], job=job),
        do(evidence_add, office, project_id=project.pk, proof=proof, upload=pdf()),
    )
    assert codes == ("", "forbidden")
    assert Project.objects.get().void
    assert not Evidence.objects.exists()
