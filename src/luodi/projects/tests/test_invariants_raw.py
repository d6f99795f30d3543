"""What raw SQL may not do, whoever writes it: each statement of violations.VIOLATIONS is refused by the database itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection, transaction
from pytest_django import DjangoDbBlocker

from luodi.kernel import audit, guards
from luodi.projects.models import Assignment, Project
from luodi.projects.tests import violations
from luodi.projects.tests.violations import Raw, Scene, change, make_scene, person, replaced, revoke, sql
from luodi.projects.tests.violations_imports import OF_IMPORTS

VIOLATIONS = violations.VIOLATIONS | OF_IMPORTS


def as_in_a_test() -> transaction.Atomic:
    """A transaction in which acts may nest, as in the one that Django's own test cases open."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    return block


@pytest.fixture(scope="module")
def built(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """One scene for the whole module, in a transaction that is rolled back; acts may nest in it as in a test's own."""
    with django_db_blocker.unblock(), as_in_a_test():
        yield make_scene()
        transaction.set_rollback(True)


@pytest.fixture
def scene(built: Scene) -> Iterator[Scene]:
    """What the test does is undone after it."""
    point = transaction.savepoint()
    yield built
    transaction.savepoint_rollback(point)


def refusing(scene: Scene, write: Raw) -> str:
    """The name of the guard or constraint that refuses the write."""
    with pytest.raises(IntegrityError) as refused, as_in_a_test():
        write(scene)
    return guards.explained(refused.value).code


@pytest.mark.parametrize("name", VIOLATIONS)
def test_a_raw_write_is_refused(scene: Scene, name: str) -> None:
    refused = refusing(scene, VIOLATIONS[name])
    assert refused.partition(".")[2] in name.partition("/")[0].split("|")


def test_everything_that_shall_never_go_has_a_guard_against_deletion() -> None:
    kept = {guard.table for guard in guards.declared() if guard.on == "DELETE" and guard.when == "TRUE"}
    assert {
        "projects_project", "projects_assignment", "projects_stagechange", "projects_ask", "projects_ending", "projects_endingcause",
        "projects_lesson", "projects_lessonanswer", "projects_suspension", "projects_commitmentchange", "projects_voidrequest",
        "projects_obstacle", "projects_yearfigure", "projects_importbatch", "facts_fact", "facts_factshare", "facts_factevidence",
        "facts_revocation", "files_evidence", "files_storedfile", "subjects_subject", "subjects_party", "subjects_timelineentry",
        "orgs_unit", "orgs_member", "orgs_rolegrant", "orgs_region", "kernel_auditentry", "kernel_audithead",
    } <= kept  # fmt: skip


def test_every_guard_of_these_apps_is_tried() -> None:
    tried = {guard for name in VIOLATIONS for guard in name.partition("/")[0].split("|")}
    acting = {guard.name for guard in guards.declared() if guard.then}
    own = {guard.name for guard in guards.declared() if guard.table.startswith(("projects_", "facts_"))}
    growing = {name for name in own if name.endswith(("_no_delete", "_no_update"))}
    own -= {name for name in own if name.endswith("_not_by_first_deputy")}  # tests/test_guards.py tries each of these
    untried = own - tried - acting - growing - {"member_leaves_nothing"}
    assert not untried


# Guards that act ----------------------------------------------------------------------------------------------------


def test_a_project_entered_raw_is_answered_for_at_once(scene: Scene) -> None:
    violations.project_copy(scene)
    made = Project.objects.get(code="BC-2026-9999")
    rows = Assignment.objects.filter(project=made)
    assert {(row.role, row.seq, row.unit_id or row.member_id) for row in rows} == {
        ("unit", 1, made.unit_id), ("officer", 1, made.officer_id), ("leader", 1, made.leader_id),
        ("principal", 1, made.principal_id), ("supervisor", 1, None),
    }  # fmt: skip


def test_a_link_written_raw_moves_the_column_with_it(scene: Scene) -> None:
    person(scene, scene.signed, member_id=scene.stranger.member_id)
    assert Project.objects.get(pk=scene.signed.pk).officer_id == scene.stranger.member_id


def test_a_gate_revoked_raw_sets_the_project_back_and_frees_its_vouchers(scene: Scene) -> None:
    revoke(scene, scene.standing)
    assert Project.objects.get(pk=scene.signed.pk).stage == "negotiating"
    assert not scene.standing.lines.filter(held=True).exists()
    revoke(scene, scene.money)
    assert not scene.money.lines.filter(held=True).exists()
    assert Project.objects.get(pk=scene.signed.pk).stage == "negotiating"


# Ways round a guard -------------------------------------------------------------------------------------------------


@pytest.mark.only_sqlite
@pytest.mark.parametrize("which", ["planned", "money", "standing", "spare", "open_ask", "obstacle"])
def test_replace_is_a_deletion(scene: Scene, which: str) -> None:
    assert refusing(scene, lambda s: replaced(getattr(s, which))).startswith("guard.")


@pytest.mark.only_sqlite
def test_update_or_replace_does_not_push_another_row_out(scene: Scene) -> None:
    def write(s: Scene) -> None:
        first, second = Assignment.objects.filter(role="officer").order_by("pk")[:2]
        sql("UPDATE OR REPLACE projects_assignment SET project_id = %s WHERE id = %s", first.project_id, second.pk)

    assert refusing(scene, write) == "guard.projects_assignment_no_update"
    taken = Project.objects.get(pk=scene.signed.pk).code
    assert refusing(
        scene, lambda s: sql("UPDATE OR REPLACE projects_project SET code = %s WHERE id = %s", taken, s.planned.pk)
    ).startswith("guard.")


@pytest.mark.only_sqlite
def test_or_ignore_does_not_silence_a_guard(scene: Scene) -> None:
    assert refusing(
        scene, lambda s: sql("UPDATE OR IGNORE projects_project SET stage = 'building' WHERE id = %s", s.signed.pk)
    ) == ("guard.project_stage_by_gate")


@pytest.mark.only_postgres
@pytest.mark.parametrize(
    "table", ["projects_project", "projects_assignment", "facts_fact", "files_evidence", "kernel_auditentry"]
)
def test_truncate_is_a_deletion(scene: Scene, table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert refusing(scene, lambda s: sql(f"TRUNCATE {table} CASCADE")).endswith("_no_delete")


@pytest.mark.only_postgres
def test_on_conflict_update_is_an_update(scene: Scene) -> None:
    def write(s: Scene) -> None:
        sql(
            "INSERT INTO projects_project SELECT * FROM projects_project WHERE id = %s ON CONFLICT (id) DO UPDATE SET stage = 'operating'",
            s.opening.pk,
        )

    assert refusing(scene, write).startswith("guard.")


def test_after_all_that_the_chain_is_whole_and_the_guards_stand(scene: Scene) -> None:
    for write in list(VIOLATIONS.values())[:5]:
        refusing(scene, write)
    assert audit.verify().intact
    assert guards.differences() == []


def test_what_is_no_violation_is_let_through(scene: Scene) -> None:
    """The same helpers, with nothing wrong: so that a refusal above is for the reason named."""
    violations.seal(scene, scene.signed)
    violations.seal(scene, scene.signed, gate="prepare")
    violations.line(scene)
    person(scene, scene.signed)
    violations.project_copy(scene)
    change(scene.obstacle, state="confirmed", confirmed_by_id=scene.world.officer.member_id)
    change(
        scene.spare, withdrawn_at=scene.spare.added_at, withdrawn_reason="换"
    ) if not scene.spare.fact_lines.exists() else None


# Break checks: tests/test_guards.py drops every guard once; here, that these statements are refused for the reason named ---


@pytest.mark.parametrize(
    "name",
    [
        "assignment_follows/gap",
        "assignment_follows/backdated",
        "project_void_only_unsettled/asked_nobody",
        "project_commitment_by_request/replayed",
        "project_identity_stays/code",
        "fact_sealed_stays/amount",
        "fact_line_as_evidence/unheld",
        "fact_gate_is_next/leap",
        "evidence_only_withdrawn/title",
        "lesson_accepted_by_another_unit/lent",
        "void_undo_of_its_import/asked",
        "importbatch_undo_in_order/again",
        "importbatch_undo_window_stays/longer",
        "obstacle_confirmed_outside/anybody",
        "suspension_moves/reason",
    ],
)
def test_without_its_guard_the_same_write_goes_through(scene: Scene, name: str) -> None:
    guard = guards._declared[name.partition("/")[0]]
    assert refusing(scene, VIOLATIONS[name]) == f"guard.{guard.name}"
    guards._settle()
    for trigger in guards.triggers(guard, connection.vendor):
        guards._drop(trigger, guard.table)
    VIOLATIONS[name](scene)
