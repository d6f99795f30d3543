"""Every guard, one by one: with it the database refuses a raw write, without it the same write goes through.

SCENARIOS has a row for each declared guard; a new guard without one fails. One file, since the rows of the table and the world
that they act in are read together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, migrations, models, transaction
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from luodi.facts.models import Fact, FactEvidence, FactShare
from luodi.kernel import clock, guards
from luodi.kernel.guards import Guard
from luodi.obligations.models import Stop
from luodi.orgs.models import ApiToken, DelegatedAct, Delegation, Member, RoleGrant, Unit
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import grant, make_member
from luodi.projects.models import AskEvidence, AskShare, Assignment, CommitmentChange, Project, StageChange, Suspension
from luodi.rulebook.models import TableRow
from tests.guard_world import DAY, LATER, World, build, copy_row, set_columns
from tests.plugins.database import LiveDatabase

Sql = tuple[str, list[Any]]


class Refused(NamedTuple):
    """The write that the guard refuses."""

    write: Callable[[World], Sql]


class Does(NamedTuple):
    """The write after which the guard acts, and a query that gives rows when it has."""

    write: Callable[[World], Sql]
    done: str


def change(row: models.Model, **columns: Any) -> Sql:
    sets = ", ".join(f"{name} = %s" for name in columns)
    return f"UPDATE {row._meta.db_table} SET {sets} WHERE id = {row.pk}", list(columns.values())  # noqa: S608 (names of our columns)


def head_of(unit: Unit) -> Member:
    assert unit.head is not None
    return unit.head


def leaver(w: World) -> Member:
    """Somebody who has left."""
    member = make_member(w.third, "离任者")
    Member.objects.filter(pk=member.pk).update(state="left")
    return member


def person(w: World, **columns: Any) -> Sql:
    """The next assignment of the project's officer."""
    last = Assignment.objects.filter(project=w.project, role="officer").latest("seq")
    return copy_row(last, **{"seq": last.seq + 1, "member_id": w.clerk.pk, **columns})


def seal(w: World, fact: models.Model, **columns: Any) -> Sql:
    return change(fact, state="recognised", **columns)


def sealed_share(w: World) -> Sql:
    fact = w.make_fact()
    return copy_row(FactShare.objects.filter(fact=fact).get(), unit_id=w.third.pk)


def sealed_line(w: World) -> Sql:
    line = FactEvidence.objects.filter(fact__state="recognised").first()
    assert line is not None
    return copy_row(line, evidence_id=w.make_evidence(number="N9").pk, number="N9")


def decided(row: models.Model, **columns: Any) -> models.Model:
    """The row, moved on from open."""
    set_columns(row, **columns)
    return row


def withdrawn(w: World) -> Sql:
    return copy_row(w.evidence, withdrawn_at=w.evidence.added_at)


def second_file(w: World) -> Sql:
    return copy_row(w.make_file(w.project), subject_id=w.make_project().subject_id, shared=True)


def foreign_line(w: World) -> Sql:
    """A line whose amount is not that of the voucher."""
    line = w.make_line(w.make_draft(amount=3), amount=3)
    return copy_row(line, evidence_id=w.make_evidence(number="N8", amount_cny=8).pk, number="N8", amount_cny=9)


def statistician(w: World, member: Member) -> dict[str, Any]:
    """Let this member be the one who recognises, entitled by his role."""
    grant(member, Role.STATISTICS_BUREAU)
    return {"recognised_by_id": member.pk, "recognised_unit_id": member.unit_id}


def recognised_by_anybody(w: World) -> Sql:
    outsider = make_member(w.third, "外人")
    return seal(w, w.make_draft(), recognised_unit_id=w.third.pk, recognised_by_id=outsider.pk)


def of_ended(w: World) -> Sql:
    return seal(w, w.make_draft(project=w.make_ended()))


def passed(w: World) -> tuple[Project, Fact]:
    """A project that passed its first gate."""
    project = w.make_project()
    fact = w.make_fact(project=project, gate="negotiate")
    set_columns(project, stage="negotiating")
    return project, fact


def revoked_out_of_order(w: World) -> Sql:
    project, fact = passed(w)
    w.make_fact(project=project, gate="sign")
    return change(fact, revoked_by_id=-1)


def fact_of_another(w: World) -> Sql:
    return change(w.make_ask(), fact_id=w.make_fact(project=w.make_project()).pk, state="recognised")


def evidence_of_another(w: World) -> Sql:
    line = AskEvidence.objects.get()
    return copy_row(line, evidence_id=w.make_evidence(w.make_project()).pk)


def share_of_decided(w: World) -> Sql:
    ask = decided(w.make_ask(), state="returned")
    return copy_row(AskShare.objects.get(), ask_id=ask.pk)


def person_of_ended(w: World) -> Sql:
    last = Assignment.objects.get(project=w.make_ended(), role="officer")
    return copy_row(last, seq=2, member_id=w.clerk.pk)


def another_project(w: World, **columns: Any) -> Sql:
    """A copy of a project that nothing happened to. Its subject does not exist, which is looked at only at COMMIT."""
    return copy_row(w.make_project(), **{"subject_id": -1, "code": "BC-2026-COPY", "name_key": "抄本", **columns})


def revoking(w: World) -> Sql:
    fact = w.make_draft(amount=70)
    w.make_line(fact, amount=70, number="FREED")
    set_columns(fact, state="recognised")
    return change(fact, revoked_by_id=-1)


def resealed(w: World) -> Sql:
    return change(w.make_fact(), amount_cny=1)


def with_evidence_of_fact(w: World) -> Sql:
    line = FactEvidence.objects.filter(fact__state="recognised", fact__revoked_by=None).first()
    assert line is not None
    return change(line.evidence, withdrawn_at=line.evidence.added_at, withdrawn_reason="错")


def grant_again(w: World) -> Sql:
    grant = RoleGrant.objects.filter(member=w.clerk).get()
    RoleGrant.objects.filter(pk=grant.pk).update(until=grant.since)
    return f"UPDATE orgs_rolegrant SET until = NULL WHERE id = {grant.pk}", []  # noqa: S608 (a number)


def applied_again(w: World) -> Sql:
    version = w.make_decided()
    set_columns(version, applied_at=version.decided_at)
    return change(version, applied_at=None)


Made = Callable[[World], models.Model]


def first_deputys(make: Made, first: str, second: str, **also: Any) -> Refused:
    """Somebody took the first step for another, and takes the second himself."""

    def write(w: World) -> Sql:
        row = make(w)
        delegation = w.make_delegation(Member.objects.get(pk=getattr(row, f"{first}_id")))
        w.make_delegated(row, delegation)
        return change(row, **{f"{second}_id": delegation.deputy_id}, **also)

    return Refused(write)


def partys_deputy(make: Made, first: str, second: str, **also: Any) -> Refused:
    """Somebody took the first step himself, and takes the second for another."""

    def write(w: World) -> Sql:
        row = make(w)
        doer = Member.objects.get(pk=getattr(row, f"{first}_id"))
        set_columns(row, **{f"{second}_id": w.leader.pk}, **also)
        return delegated(w, w.make_delegation(w.leader, doer), model=row._meta.label_lower, object_id=row.pk)

    return Refused(write)


def delegated(w: World, delegation: Delegation, **columns: Any) -> Sql:
    """One more row that this delegation's deputy wrote."""
    told = {
        "delegation_id": delegation.pk, "principal_id": delegation.principal_id, "deputy_id": delegation.deputy_id,
        "object_id": w.make_obstacle().pk, "model": "projects.obstacle",
    }  # fmt: skip
    return copy_row(DelegatedAct.objects.earliest("pk"), **{**told, **columns})


def after_the_end(w: World) -> Sql:
    delegation = w.make_delegation()
    set_columns(delegation, ended_at=clock.now())
    return delegated(w, delegation)


def leaver_with_delegation(w: World) -> Sql:
    return change(w.make_delegation().deputy, state="left")


DECIDED_AT = clock.now()
TWO_PEOPLE: dict[str, tuple[Made, str, str, dict[str, Any]]] = {
    "projects_commitmentchange": (lambda w: CommitmentChange.objects.get(), "asked_by", "decided_by", {}),
    "projects_suspension": (lambda w: Suspension.objects.get(), "asked_by", "decided_by", {"state": "agreed"}),
    "projects_ending": (lambda w: w.project.endings.get(), "proposed_by", "decided_by", {}),
    "projects_lesson": (lambda w: w.make_lesson(), "proposed_by", "decided_by", {}),
    "projects_voidrequest": (lambda w: w.project.void_requests.get(), "asked_by", "decided_by", {}),
    "projects_obstacle": (lambda w: w.make_solved(), "solved_by", "confirmed_by", {}),
    "obligations_excuse": (
        lambda w: w.make_excuse(), "asked_by", "decided_by", {"state": "agreed", "decided_at": DECIDED_AT},
    ),
    "rulebook_tableversion": (
        lambda w: w.make_version(), "proposed_by", "decided_by", {"state": "in_force", "decided_at": DECIDED_AT},
    ),
}  # fmt: skip
"""The tables whose rows take two people: how to make a row, the columns of the two, and what else the second step sets."""

SCENARIOS: dict[str, Refused | Does] = {
    **{f"{table}_not_by_first_deputy": first_deputys(*two[:3], **two[3]) for table, two in TWO_PEOPLE.items()},
    **{f"{table}_deputy_has_no_part": partys_deputy(*two[:3], **two[3]) for table, two in TWO_PEOPLE.items()},
    "delegation_only_ended": Refused(lambda w: change(w.make_delegation(), until_on="2027-06-01")),
    "delegation_between_serving": Refused(lambda w: copy_row(w.make_delegation(), deputy_id=leaver(w).pk)),
    "delegation_once_a_day": Refused(
        lambda w: copy_row(w.make_delegation(), from_on="2026-12-31", until_on="2027-03-01")
    ),
    "member_left_delegates_nothing": Refused(leaver_with_delegation),
    "delegated_act_by_delegation": Refused(after_the_end),
    "delegated_act_recognises_nothing": Refused(lambda w: delegated(w, w.make_delegation(), model="facts.fact")),
    "audithead_only_grows": Refused(lambda w: ("UPDATE kernel_audithead SET seq = seq - 1", [])),
    # orgs
    "unit_head_is_of_the_unit": Refused(lambda w: change(w.own, head_id=w.clerk.pk)),
    "unit_begins_without_head": Refused(lambda w: copy_row(w.own, code="D99", name="另一个单位")),
    "member_head_stays": Refused(lambda w: change(head_of(w.third), state="left")),
    "rolegrant_ends_once": Refused(grant_again),
    "apitoken_only_revoked": Refused(lambda w: change(ApiToken.objects.get(), digest="other")),
    "rolegrant_admin_apart": Refused(lambda w: copy_row(RoleGrant.objects.get(member=w.clerk), role="audit_admin")),
    # subjects
    "subject_identity_stays": Refused(lambda w: change(w.project.subject, kind="other")),
    "party_only_ended": Refused(lambda w: change(w.project.subject.parties.get(), role="helper")),
    # rulebook
    "tableversion_begins_proposed": Refused(lambda w: copy_row(w.make_decided(), valid_from=DAY)),
    "tableversion_proposal_stays": Refused(lambda w: change(w.make_version(), valid_from=DAY)),
    "tableversion_decided_once": Refused(lambda w: change(w.make_decided(), reason="改主意")),
    "tableversion_applied_once": Refused(applied_again),
    "tablerow_of_proposal": Refused(lambda w: copy_row(TableRow.objects.get(), version_id=w.make_decided().pk)),
    # files
    "evidence_begins_standing": Refused(withdrawn),
    "file_of_one_subject": Refused(second_file),
    "evidence_only_withdrawn": Refused(lambda w: change(w.evidence, amount_cny=1)),
    "evidence_file_of_the_subject": Refused(lambda w: copy_row(w.evidence, file_id=w.make_file(w.make_project()).pk)),
    # facts
    "fact_begins_as_draft": Refused(lambda w: copy_row(w.make_draft(), state="recognised")),
    "fact_sealed_stays": Refused(resealed),
    "fact_draft_not_revoked": Refused(lambda w: change(w.make_draft(), revoked_by_id=-1)),
    "fact_shares_add_up": Refused(lambda w: seal(w, w.make_draft(shares=9_999))),
    "fact_amount_adds_up": Refused(lambda w: seal(w, w.make_draft(amount=5))),
    "fact_recogniser_has_no_share": Refused(lambda w: seal(w, w.make_draft(), **statistician(w, head_of(w.own)))),
    "fact_share_while_draft": Refused(sealed_share),
    "fact_line_while_draft": Refused(sealed_line),
    "fact_line_as_evidence": Refused(foreign_line),
    "fact_line_only_freed": Refused(lambda w: change(w.make_line(w.make_draft(amount=3), amount=3), amount_cny=4)),
    "fact_revoked_frees_vouchers": Does(
        revoking, "SELECT 1 FROM facts_factevidence WHERE number = 'FREED' AND NOT held"
    ),
    "evidence_of_fact_stays": Refused(with_evidence_of_fact),
    # projects
    "project_enters_open": Refused(lambda w: another_project(w, stage="building")),
    "project_stage_by_gate": Refused(lambda w: change(w.project, stage="negotiating")),
    "project_identity_stays": Refused(lambda w: change(w.project, code="BC-2026-99")),
    "project_opening_proved_by_fact": Refused(
        lambda w: change(w.make_project(stage="building"), opening_proved_on=LATER)
    ),
    "project_ended_stays": Refused(lambda w: change(w.make_ended(), end_kind="done")),
    "project_void_only_unsettled": Refused(lambda w: change(w.make_project(), void=True)),
    "project_commitment_by_request": Refused(lambda w: change(w.project, committed_finish_on="2027-06-01")),
    "project_suspended_by_leader": Refused(
        lambda w: change(w.project, suspension_id=w.project.suspensions.latest("pk").pk)
    ),
    "project_people_by_handover": Refused(lambda w: change(w.project, officer_id=w.clerk.pk)),
    "project_first_people": Does(
        another_project,
        "SELECT 1 WHERE 5 = (SELECT COUNT(*) FROM projects_assignment a JOIN projects_project p ON p.id = a.project_id"
        " WHERE p.name_key = '抄本')",
    ),
    "assignment_follows": Refused(lambda w: person(w, seq=9)),
    "assignment_to_serving": Refused(lambda w: person(w, member_id=leaver(w).pk)),
    "assignment_sets_column": Does(
        person,
        "SELECT 1 FROM projects_project p JOIN orgs_member m ON m.id = p.officer_id WHERE m.name = '认定人'",
    ),
    "member_leaves_nothing": Refused(lambda w: change(w.officer, state="left")),
    "fact_recogniser_not_of_project": Refused(lambda w: seal(w, w.make_draft(), **statistician(w, w.supervisor))),
    "stagechange_as_project": Refused(lambda w: copy_row(StageChange.objects.get(), now="signed")),
    "ask_decided_once": Refused(lambda w: change(decided(w.make_ask(), state="returned"), reason="改")),
    "commitment_decided_once": Refused(
        lambda w: change(decided(w.project.commitment_changes.get(), state="refused"), answer="改")
    ),
    "ending_decided_once": Refused(lambda w: change(w.make_ended().endings.get(), answer="改")),
    "ending_minutes_of_project": Refused(
        lambda w: change(w.project.endings.get(), minutes_id=w.make_evidence(w.make_project(), kind="minutes").pk)
    ),
    "void_decided_once": Refused(
        lambda w: change(decided(w.project.void_requests.get(), state="refused"), answer="改")
    ),
    "void_undo_stays": Refused(lambda w: change(w.project.void_requests.get(), undo_of_id=w.make_batch().pk)),
    "void_undo_of_its_import": Refused(
        lambda w: copy_row(
            w.project.void_requests.get(),
            project_id=w.make_project().pk,
            undo_of_id=w.make_batch("undoing").pk,
            asked_by_id=w.clerk.pk,
        )
    ),
    "importbatch_undo_in_order": Refused(
        lambda w: change(
            w.make_batch(),
            state="undoing",
            undo_asked_at=clock.now(),
            undo_until=clock.now() + timedelta(hours=1),
            undone_by_id=w.clerk.pk,
            undo_reason="传错年度",
        )
    ),
    "importbatch_undo_window_stays": Refused(
        lambda w: change(w.make_batch("done"), undo_until=clock.now() + timedelta(days=9))
    ),
    "lesson_accepted_stays": Refused(lambda w: change(w.make_ended().lessons.get(), cause="改")),
    "lesson_accepted_by_another_unit": Refused(
        lambda w: change(w.make_lesson(), state="accepted", decided_unit_id=w.own.pk)
    ),
    "suspension_moves": Refused(lambda w: change(w.project.suspensions.get(), state="resumed")),
    "obstacle_confirmed_outside": Refused(
        lambda w: change(w.make_solved(), state="confirmed", confirmed_by_id=w.third.head_id)
    ),
    "ask_begins_open": Refused(lambda w: copy_row(w.make_ask(), state="returned")),
    "commitmentchange_begins_open": Refused(lambda w: copy_row(w.project.commitment_changes.get(), state="agreed")),
    "suspension_begins_open": Refused(
        lambda w: copy_row(w.project.suspensions.get(), state="agreed", project_id=w.make_project().pk)
    ),
    "ending_begins_open": Refused(
        lambda w: copy_row(w.project.endings.get(), state="accepted", project_id=w.make_project().pk)
    ),
    "lesson_begins_open": Refused(lambda w: copy_row(w.make_lesson(), state="accepted")),
    "voidrequest_begins_open": Refused(lambda w: copy_row(w.project.void_requests.get(), state="approved")),
    "obstacle_begins_open": Refused(lambda w: copy_row(w.make_solved(), state="solved")),
    "ask_fact_is_its_own": Refused(fact_of_another),
    "ask_evidence_of_project": Refused(evidence_of_another),
    "ask_share_while_open": Refused(share_of_decided),
    "assignment_of_live": Refused(person_of_ended),
    "fact_recogniser_entitled": Refused(recognised_by_anybody),
    "fact_of_live_project": Refused(of_ended),
    "fact_gate_is_next": Refused(lambda w: seal(w, w.make_draft(gate="operate"))),
    "fact_revoked_in_order": Refused(revoked_out_of_order),
    "obligation_identity_stays": Refused(lambda w: change(w.make_duty(), ref=-1)),
    "obligation_settled_stays": Refused(
        lambda w: change(w.make_duty(settled_at=clock.now(), settled_late=False, settled_in="x"), due_on="2026-01-01")
    ),
    "stop_only_ended": Refused(lambda w: change(Stop.objects.latest("pk"), reason="weather")),
    "excuse_decided_stays": Refused(lambda w: change(w.make_excuse(), reason="改")),
    "excuse_decided_outside": Refused(lambda w: change(w.make_excuse(), state="agreed", decided_by_id=w.own.head_id)),
    "recheck_by_another_office": Refused(
        lambda w: change(w.make_recheck(), state="held", checked_by_id=w.clerk.pk, checked_at=clock.now())
    ),
    "recheck_held_stays": Refused(lambda w: change(w.make_recheck(), drawn_at=clock.now() - timedelta(days=1))),
    "fact_revoked_sets_back": Does(
        lambda w: change(passed(w)[1], revoked_by_id=-1),
        "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM projects_project WHERE stage = 'negotiating')",
    ),
}


def scenario(guard: Guard) -> Refused | Does:
    """That of the table; for a table whose rows only grow, one that follows from the guard's name."""
    if guard.name in SCENARIOS:
        return SCENARIOS[guard.name]
    key = next(f.column for f in model_of(guard.table)._meta.concrete_fields if f.primary_key)
    newest = f"WHERE {key} = (SELECT MAX({key}) FROM {guard.table})"  # noqa: S608 (names of ours)
    if guard.name == f"{guard.table}_no_delete":
        return Refused(lambda w: (f"DELETE FROM {guard.table} {newest}", []))  # noqa: S608 (names of ours)
    column = next(f.column for f in model_of(guard.table)._meta.concrete_fields if not f.primary_key)
    return Refused(lambda w: (f"UPDATE {guard.table} SET {column} = {column} {newest}", []))  # noqa: S608 (names of ours)


def model_of(table: str) -> type[models.Model]:
    return next(model for model in apps.get_models() if model._meta.db_table == table)


@contextmanager
def undone() -> Iterator[None]:
    """A savepoint of which nothing is kept."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def written(sql: Sql, done: str = "") -> tuple[int, bool]:
    """Try the write; give how many rows it changed, and whether `done` finds rows. Nothing is kept."""
    with undone(), connection.cursor() as cursor:
        cursor.execute(*sql)
        rows = cursor.rowcount
        if done:
            cursor.execute(done)
        return rows, bool(done and cursor.fetchall())


@contextmanager
def without(guard: Guard) -> Iterator[None]:
    """The guard alone is gone, till the savepoint is left."""
    with undone():
        guards._settle()
        for name in guards.triggers(guard, connection.vendor):
            guards._drop(name, guard.table)
        yield


@pytest.fixture
def world(db: None) -> World:
    return build()


def test_every_guard_has_a_scenario() -> None:
    own = {f"{guard.table}_no_{what}" for guard in guards.declared() for what in ("delete", "update")}
    assert {guard.name for guard in guards.declared()} - own == set(SCENARIOS)


@pytest.mark.parametrize("guard", guards.declared(), ids=lambda guard: guard.name)
def test_the_guard_holds_and_nothing_else_does(world: World, guard: Guard) -> None:
    case = scenario(guard)
    sql = case.write(world)
    guards._settle()
    if isinstance(case, Does):
        assert written(sql, case.done) == (1, True)
        with without(guard):
            assert written(sql, case.done) == (1, False)
        return
    with pytest.raises(IntegrityError) as refused:
        written(sql)
    said = guards.explained(refused.value)
    assert (said.code, str(said.message)) == (f"guard.{guard.name}", str(guard.message))
    with without(guard):
        assert written(sql)[0] >= 1


# Declared and present ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("db")
def test_what_is_declared_is_present_and_nothing_else() -> None:
    assert guards.differences() == []
    assert len(guards.declared()) >= 80


def test_names_fit_postgresql() -> None:
    """It cuts names off at 63 bytes without a word."""
    assert [guard.name for guard in guards.declared() if len(f"{guard.trigger}_all".encode()) > 63] == []


def test_guards_name_tables_that_exist() -> None:
    tables = {model._meta.db_table for model in apps.get_models()}
    assert {guard.table for guard in guards.declared()} <= tables


def test_two_guards_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="orgs_unit_no_delete"):
        guards.declare(Guard("orgs_unit_no_delete", "orgs_unit", "INSERT"))


def run_sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.usefixtures("db")
def test_a_missing_a_foreign_and_an_altered_guard_are_named() -> None:
    unit, member = guards._declared["orgs_unit_no_delete"], guards._declared["orgs_member_no_delete"]
    guards._drop(unit.trigger, unit.table)
    guards._drop(member.trigger, member.table)
    guards._make(Guard(member.name, member.table, "DELETE", when="FALSE"))
    guards._make(Guard("stranger", "orgs_unit", "DELETE"))
    assert {line.replace("_all", "") for line in guards.differences()} == {
        "guard guard_orgs_unit_no_delete is missing",
        "guard guard_orgs_member_no_delete was altered",
        "guard guard_stranger is not declared",
    }
    guards.install()
    assert guards.differences() == []


@pytest.mark.usefixtures("db")
def test_a_guard_moved_to_another_event_is_altered() -> None:
    guard = guards._declared["unit_head_is_of_the_unit"]
    guards._drop(guard.trigger, guard.table)
    guards._make(Guard(guard.name, guard.table, "UPDATE OF short", when=guard.when))
    assert guards.differences() == [f"guard {guard.trigger} was altered"]


@pytest.mark.only_postgres
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("way", ["DISABLE TRIGGER {}", "ENABLE REPLICA TRIGGER {}", "DISABLE TRIGGER ALL"])
def test_a_guard_switched_off_is_seen_and_made_anew(way: str) -> None:
    run_sql(f"ALTER TABLE orgs_unit {way.format('guard_orgs_unit_no_delete')}")
    assert "guard guard_orgs_unit_no_delete is switched off" in guards.differences()
    guards.install()
    assert guards.differences() == []


@pytest.mark.only_postgres
@pytest.mark.usefixtures("db")
def test_a_missing_truncate_guard_is_seen() -> None:
    run_sql("DROP TRIGGER guard_orgs_unit_no_delete_all ON orgs_unit")
    assert guards.differences() == ["guard guard_orgs_unit_no_delete_all is missing"]


# Ways round ----------------------------------------------------------------------------------------------------------


@pytest.mark.only_sqlite
def test_replace_does_not_slip_past(world: World) -> None:
    """REPLACE deletes the row in its way; without recursive_triggers, SQLite would do so past the DELETE guard."""
    row = world.project.subject
    columns = ", ".join(str(f.column) if f.column != "title" else "'x'" for f in row._meta.concrete_fields)
    sql = f"INSERT OR REPLACE INTO subjects_subject SELECT {columns} FROM subjects_subject WHERE id = {row.pk}"  # noqa: S608
    with pytest.raises(IntegrityError, match="subjects_subject_no_delete"):
        written((sql, []))
    run_sql("PRAGMA recursive_triggers = OFF")
    try:
        assert written((sql, []))[0] == 1
    finally:
        run_sql("PRAGMA recursive_triggers = ON")


@pytest.mark.only_postgres
@pytest.mark.parametrize("table", sorted(g.table for g in guards.declared() if g.on == "DELETE"))
def test_truncate_is_refused(world: World, table: str) -> None:
    with pytest.raises(IntegrityError, match="_no_delete"):
        written((f"TRUNCATE {table} CASCADE", []))


def test_an_update_of_the_key_is_no_way_out(world: World) -> None:
    """Moving rows of the log to other ids is an UPDATE like any other."""
    with pytest.raises(IntegrityError, match="kernel_auditentry_no_update"):
        written(("UPDATE kernel_auditentry SET id = id + 1000000", []))


# Migrations ----------------------------------------------------------------------------------------------------------


def migrate(*operations: Operation) -> None:
    """Run operations as `migrate` does: guards dropped where SQLite needs it, and made anew after."""
    before = ProjectState.from_apps(apps)
    sender = apps.get_app_config("kernel")
    guards.before_migrate(sender=sender, plan=[("a migration", False)])
    with connection.schema_editor(atomic=True) as editor:
        for operation in operations:
            after = before.clone()
            operation.state_forwards("orgs", after)
            operation.database_forwards("orgs", editor, before, after)
            before = after
    guards.after_migrate(sender=sender)


def test_guards_survive_a_migration_that_rebuilds_tables(live: LiveDatabase) -> None:
    """On SQLite each of these makes the table anew and drops its triggers without a word."""
    build()
    migrate(
        migrations.AddField("Unit", "motto", models.CharField(max_length=10, default="")),
        migrations.AlterField("Unit", "short", models.CharField(max_length=41)),
        migrations.AlterField("Member", "post", models.CharField(max_length=61, default="")),
        migrations.AlterField("Region", "name", models.CharField(max_length=61)),
        migrations.AlterField("Member", "state", models.CharField(max_length=9, default="active")),  # named by guards
    )
    assert guards.differences() == []
    for table in ("orgs_unit", "orgs_member", "orgs_region"):
        with pytest.raises(IntegrityError, match=f"{table}_no_delete"), transaction.atomic():
            run_sql(f"DELETE FROM {table}")  # noqa: S608 (a name of ours)


@pytest.mark.only_sqlite
def test_without_the_signals_sqlite_loses_them(live: LiveDatabase) -> None:
    """What the test above would not see if SQLite kept triggers: then the signals could go."""
    state = ProjectState.from_apps(apps)
    theme = state.apps.get_model("subjects", "TimelineEntry")
    with connection.schema_editor(atomic=True) as editor:
        wider = models.CharField(max_length=41)
        wider.set_attributes_from_name("verb")
        editor.alter_field(theme, theme._meta.get_field("verb"), wider)
    assert "guard guard_subjects_timelineentry_no_delete is missing" in guards.differences()


def test_lifted_lets_a_migration_write_and_stands_again(world: World) -> None:
    sql = ("UPDATE kernel_auditentry SET actor = 'x'", [])  # type: ignore[var-annotated]
    with guards.lifted("kernel_auditentry"):
        assert written(sql)[0] > 0
        with pytest.raises(IntegrityError):
            written(("DELETE FROM kernel_audithead", []))
    assert guards.differences() == []
    with pytest.raises(IntegrityError, match="kernel_auditentry_no_update"):
        written(sql)


def fail_lifted(error: Exception) -> None:
    with guards.lifted("kernel_auditentry"):
        run_sql("UPDATE kernel_auditentry SET actor = 'x'")
        raise error


@pytest.mark.parametrize("error", [RuntimeError("mine"), IntegrityError("theirs")])
def test_lifted_stands_again_when_the_migration_fails(world: World, error: Exception) -> None:
    """The error comes out as it was, what was written is undone, and the guards stand."""
    with pytest.raises(type(error), match=str(error)):
        fail_lifted(error)
    assert guards.differences() == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM kernel_auditentry WHERE actor = 'x'")
        assert cursor.fetchone() == (0,)


def test_lifted_shows_the_databases_own_error(world: World) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)audit_seq_once|unique"), guards.lifted("kernel_auditentry"):
        run_sql("UPDATE kernel_auditentry SET chain = 1, seq = 1")
    assert guards.differences() == []
