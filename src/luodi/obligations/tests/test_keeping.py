"""Duties follow the rows of projects by themselves: opened, changed and settled with the act that wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts, clock
from luodi.kernel.clock import SHANGHAI
from luodi.kernel.errors import DomainError
from luodi.kernel.registry import DUTIES
from luodi.obligations import selectors
from luodi.obligations.models import Escalation, Excuse, Obligation, Stop
from luodi.obligations.selectors import changes_for, desk_of
from luodi.obligations.services import keeping
from luodi.obligations.services.climbing import climb_due
from luodi.obligations.services.clocks import clock_resume, clock_stop, excuse_ask, excuse_decide
from luodi.obligations.services.visits import look
from luodi.orgs.models import Member, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import unit_head_change
from luodi.projects.models import FactRecheck, Obstacle, Project
from luodi.projects.rules import Role as Duty
from luodi.projects.rules import Stage
from luodi.projects.services import commitments, obstacles, people, rechecks
from luodi.projects.services.gates import fact_revoke
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import (
    County,
    ask,
    bring_to,
    make_project,
    make_world,
    other_member,
    recognise,
)

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def world() -> County:
    return make_world()


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(DomainError) as found:
        yield
    assert found.value.code == code


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, 0, tzinfo=SHANGHAI)


def owed(kind: str) -> list[Obligation]:
    return list(Obligation.objects.open().filter(kind=kind).select_related("subject").order_by("pk"))


def nothing_differs() -> None:
    assert list(keeping.check()) == []


def block(project: Project, world: County, promised: date) -> Obstacle:
    told = obstacles.Block(
        kind="land", title="核心区 3 户未签", since_on=clock.today(), solver_unit_id=world[Role.UNIT_HEAD].member.unit_id,
        promised_on=promised,
    )  # fmt: skip
    return acts.run(obstacles.obstacle_add, by=world[Role.PROJECT_OFFICE], project_id=project.pk, block=told)


def test_an_ask_is_owed_by_the_project_office_within_five_working_days(world: County) -> None:
    with clock.standing_at(MONDAY):
        project = make_project(world)
        asked = ask(project, world.officer)
        (duty,) = owed("ask")
        assert duty.ref == asked.pk
        assert duty.unit_id == world[Role.PROJECT_OFFICE].member.unit_id
        assert duty.member_id == duty.unit.head_id
        assert duty.waiting_id == world.officer.member_id
        assert (duty.opened_on, duty.due_on) == (date(2026, 11, 23), date(2026, 11, 30))
        assert duty.title == f"认定“{project.name}”进入在谈"
        recognise(asked, world[Role.PROJECT_OFFICE])
    duty.refresh_from_db()
    assert duty.settled_by_id == world[Role.PROJECT_OFFICE].member_id
    assert duty.settled_late is False
    assert "ask_recognise" in duty.settled_in
    nothing_differs()


def test_what_is_settled_after_its_day_is_settled_late(world: County) -> None:
    with clock.standing_at(MONDAY):
        asked = ask(make_project(world), world.officer)
    with clock.standing_at(at(date(2026, 12, 1))):
        recognise(asked, world[Role.PROJECT_OFFICE])
    assert Obligation.objects.get(kind="ask").settled_late is True


def test_what_is_the_offices_own_is_owed_by_the_office_beside_it(world: County) -> None:
    office = world[Role.PROJECT_OFFICE]
    project = make_project(world, unit=office.member.unit, officer=office.member)
    ask(project, office)
    (duty,) = owed("ask")
    assert duty.unit_id == world[Role.STATISTICS_BUREAU].member.unit_id


def test_a_promise_is_the_due_day_and_moves_with_it(world: County) -> None:
    project = make_project(world)
    with clock.standing_at(MONDAY):
        row = block(project, world, date(2026, 12, 4))
        (duty,) = owed("obstacle")
        assert (duty.due_on, duty.unit_id) == (date(2026, 12, 4), row.solver_unit_id)
        acts.run(
            obstacles.obstacle_report, by=world[Role.UNIT_HEAD], obstacle_id=row.pk, seen=row.version, tried="又谈一次",
            promised_on=date(2026, 12, 11),
        )  # fmt: skip
        (duty,) = owed("obstacle")
        assert duty.due_on == date(2026, 12, 11)
        nothing_differs()


def test_a_suspension_stops_the_clocks_of_a_project_and_its_end_lets_them_go_on(world: County) -> None:
    with clock.standing_at(MONDAY):
        project = make_project(world)
        ask(project, world.officer)
        row = acts.run(
            commitments.suspension_ask, by=world[Role.UNIT_HEAD], project_id=project.pk, reason="等投资方重组，暂时不动",
            look_again_on=date(2027, 1, 15),
        )  # fmt: skip
        (waiting,) = owed("suspension")
        assert waiting.member_id == world[Role.COUNTY_LEADER].member_id
    with clock.standing_at(at(date(2026, 11, 25))):
        acts.run(
            commitments.suspension_decide,
            by=world[Role.COUNTY_LEADER],
            suspension_id=row.pk,
            seen=row.version,
            agree=True,
        )
        (duty,) = owed("ask")
        assert (duty.stopped_on, duty.due_on, duty.next_step_on) == (date(2026, 11, 25), None, None)
        (look_again,) = owed("look_again")
        assert (look_again.due_on, look_again.stopped_on) == (date(2027, 1, 15), None)
    with clock.standing_at(at(date(2026, 12, 2))):
        project.refresh_from_db()
        acts.run(
            commitments.suspension_resume,
            by=world[Role.UNIT_HEAD],
            project_id=project.pk,
            seen=project.version,
            note="投资方重组已经完成，可以接着做",
        )
        (duty,) = owed("ask")
        assert (duty.stopped_on, duty.due_on) == (None, date(2026, 12, 7))  # Tue, then 2, 3, 4 and 7 December
        assert owed("look_again") == []
    nothing_differs()


def test_an_opening_stage_is_owed_by_the_officer_whoever_he_becomes(world: County) -> None:
    with clock.standing_at(MONDAY):
        project = make_project(world, opening_stage=Stage.BUILDING)
        (duty,) = owed("opening")
        assert (duty.member_id, duty.allowed) == (world.officer.member_id, 30)
        successor = other_member(world)
        acts.run(
            people.hand_over, by=world[Role.PROJECT_OFFICE], project_id=project.pk, role=Duty.OFFICER,
            member_id=successor.pk, note="资料都交了",
        )  # fmt: skip
        (duty,) = owed("opening")
        assert duty.member_id == successor.pk
    nothing_differs()


def test_a_new_head_takes_over_what_the_old_one_owed(world: County) -> None:
    project = make_project(world)
    block(project, world, clock.today() + timedelta(days=9))
    unit = world[Role.UNIT_HEAD].member.unit
    other = other_member(world, "钱新")
    acts.run(unit_head_change, by=world[Role.GOVERNMENT_OFFICE], unit_id=unit.pk, member_id=other.pk, seen=unit.version)
    (duty,) = owed("obstacle")
    assert duty.member_id == other.pk
    nothing_differs()


def test_what_projects_write_beside_duties_asks_nothing_of_them(world: County) -> None:
    project = make_project(world)
    with CaptureQueriesContext(connection) as asked:
        acts.run(
            project_edit, by=world.officer, project_id=project.pk, seen=project.version, changes={"remark": "补一句"}
        )
    assert not any("obligations_" in query["sql"] for query in asked.captured_queries)


# The ladder ----------------------------------------------------------------------------------------------------------


def test_the_ladder_is_climbed_once_whatever_the_day_of_the_climb(world: County) -> None:
    with clock.standing_at(MONDAY):
        project = make_project(world)
        ask(project, world.officer)
        assert climb_due() == 0
    with clock.standing_at(at(date(2026, 12, 3))):  # due on 30 November: steps on 27 November, 1 and 3 December
        assert climb_due() == 3
        assert climb_due() == 0
    (duty,) = owed("ask")
    steps = list(Escalation.objects.filter(obligation=duty).order_by("step"))
    assert [(s.on, s.hears) for s in steps] == [
        (date(2026, 11, 27), "person"), (date(2026, 12, 1), "unit_head"), (date(2026, 12, 3), "supervisor"),
    ]  # fmt: skip
    government_office = world[Role.GOVERNMENT_OFFICE].member.unit
    assert steps[-1].told_id == government_office.head_id  # nobody supervises this project
    assert duty.next_step_on == date(2026, 12, 7)


def test_a_step_reaches_who_supervises_and_stands_on_his_desk(world: County) -> None:
    with clock.standing_at(MONDAY):
        project = make_project(world, supervisor=world[Role.SUPERVISOR].member)
        ask(project, world.officer)
    with clock.standing_at(at(date(2026, 12, 3))):
        climb_due()
        told = desk_of(world[Role.SUPERVISOR]).told
        assert [row.obligation.kind for row in told] == ["ask"]


def test_no_step_is_taken_while_the_clock_stands(world: County) -> None:
    with clock.standing_at(MONDAY):
        ask(make_project(world), world.officer)
        (duty,) = owed("ask")
        stop(duty, world[Role.SUPERVISOR])
    with clock.standing_at(at(date(2026, 12, 20))):
        assert climb_due() == 0


# Clocks and excuses ---------------------------------------------------------------------------------------------------


def stop(duty: Obligation, by: User, reason: str = "higher", note: str = "等省里批复") -> Stop:
    return acts.run(clock_stop, by=by, obligation_id=duty.pk, seen=duty.version, ground=reason, note=note)


def test_a_stopped_clock_goes_on_with_the_days_that_were_left(world: County) -> None:
    with clock.standing_at(MONDAY):
        ask(make_project(world), world.officer)
        (duty,) = owed("ask")
        stop(duty, world[Role.SUPERVISOR])
    with clock.standing_at(at(date(2026, 11, 30))):
        (duty,) = owed("ask")
        acts.run(clock_resume, by=world[Role.SUPERVISOR], obligation_id=duty.pk, seen=duty.version)
        (duty,) = owed("ask")
        assert duty.due_on == date(2026, 12, 4)  # the clock stood from 23 November; 30 November is the first day
    nothing_differs()


def test_who_owes_stops_no_clock(world: County) -> None:
    ask(make_project(world), world.officer)
    (duty,) = owed("ask")
    with refused("forbidden"):
        stop(duty, world[Role.PROJECT_OFFICE])
    with refused("forbidden"):
        stop(duty, world.officer)


@pytest.mark.parametrize(
    ("reason", "note", "code"),
    [("suspended", "等", "stop_reason"), ("x", "等", "stop_reason"), ("higher", " ", "note_missing")],
)
def test_a_stop_has_a_listed_reason_and_a_note(world: County, reason: str, note: str, code: str) -> None:
    ask(make_project(world), world.officer)
    with refused(code):
        stop(owed("ask")[0], world[Role.SUPERVISOR], reason, note)


def test_a_clock_stops_once_and_resumes_once(world: County) -> None:
    ask(make_project(world), world.officer)
    with refused("not_stopped"):
        acts.run(clock_resume, by=world[Role.SUPERVISOR], obligation_id=owed("ask")[0].pk, seen=owed("ask")[0].version)
    stop(owed("ask")[0], world[Role.SUPERVISOR])
    with refused("stopped_already"):
        stop(owed("ask")[0], world[Role.SUPERVISOR])


def test_the_clock_of_a_suspended_project_goes_on_with_the_project_alone(world: County) -> None:
    project = make_project(world)
    ask(project, world.officer)
    row = acts.run(
        commitments.suspension_ask, by=world[Role.UNIT_HEAD], project_id=project.pk, reason="等投资方重组，暂时不动",
        look_again_on=clock.today() + timedelta(days=40),
    )  # fmt: skip
    acts.run(commitments.suspension_decide, by=world[Role.COUNTY_LEADER], suspension_id=row.pk, seen=1, agree=True)
    (duty,) = owed("ask")
    with refused("suspended"):
        acts.run(clock_resume, by=world[Role.SUPERVISOR], obligation_id=duty.pk, seen=duty.version)


def plead(world: County, *, days: int = 20, reason: str = "资料在省里") -> Excuse:
    (duty,) = owed("obstacle")
    return acts.run(
        excuse_ask,
        by=world[Role.UNIT_HEAD],
        obligation_id=duty.pk,
        reason=reason,
        until=clock.today() + timedelta(days=days),
    )


def test_an_excuse_is_granted_by_another_unit_and_moves_the_day(world: County) -> None:
    block(make_project(world), world, clock.today() + timedelta(days=3))
    excuse = plead(world)
    (waiting,) = owed("excuse")
    assert waiting.unit_id == world[Role.GOVERNMENT_OFFICE].member.unit_id
    acts.run(excuse_decide, by=world[Role.GOVERNMENT_OFFICE], excuse_id=excuse.pk, seen=excuse.version, agree=True)
    (duty,) = owed("obstacle")
    assert duty.due_on == excuse.until
    assert owed("excuse") == []
    nothing_differs()


def test_a_refused_excuse_says_why_and_moves_nothing(world: County) -> None:
    block(make_project(world), world, clock.today() + timedelta(days=3))
    was = owed("obstacle")[0].due_on
    excuse = plead(world)
    with refused("answer_missing"):
        acts.run(excuse_decide, by=world[Role.GOVERNMENT_OFFICE], excuse_id=excuse.pk, seen=1, agree=False)
    acts.run(
        excuse_decide, by=world[Role.GOVERNMENT_OFFICE], excuse_id=excuse.pk, seen=1, agree=False, answer="早该办完"
    )
    assert owed("obstacle")[0].due_on == was
    with refused("decided_already"):
        acts.run(excuse_decide, by=world[Role.GOVERNMENT_OFFICE], excuse_id=excuse.pk, seen=2, agree=True)


@pytest.mark.parametrize(
    ("days", "reason", "code"),
    [(20, " ", "reason_missing"), (2, "忙", "until_too_early"), (400, "忙", "until_too_far")],
)
def test_an_excuse_has_a_reason_and_a_day_that_helps(world: County, days: int, reason: str, code: str) -> None:
    block(make_project(world), world, clock.today() + timedelta(days=3))
    with refused(code):
        plead(world, days=days, reason=reason)


def test_who_does_not_owe_does_not_ask_and_who_owes_does_not_grant(world: County) -> None:
    block(make_project(world), world, clock.today() + timedelta(days=3))
    (duty,) = owed("obstacle")
    with refused("forbidden"):
        acts.run(
            excuse_ask,
            by=world[Role.STATISTICS_BUREAU],
            obligation_id=duty.pk,
            reason="忙",
            until=clock.today() + timedelta(9),
        )
    excuse = plead(world)
    with refused("forbidden"):
        acts.run(excuse_decide, by=world[Role.UNIT_HEAD], excuse_id=excuse.pk, seen=1, agree=True)


def test_a_second_excuse_waits_for_the_first(world: County) -> None:
    block(make_project(world), world, clock.today() + timedelta(days=3))
    plead(world)
    with pytest.raises(DomainError, match="延期申请在等批准"):
        plead(world)


# Second looks --------------------------------------------------------------------------------------------------------


def drawn(world: County, monkeypatch: pytest.MonkeyPatch) -> FactRecheck:
    monkeypatch.setattr(rechecks, "is_drawn", lambda _digest, _percent: True)
    bring_to(make_project(world), Stage.NEGOTIATING, world)
    return FactRecheck.objects.select_related("fact").get()


def test_a_drawn_fact_is_looked_at_again_by_the_other_office(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    row = drawn(world, monkeypatch)
    (duty,) = owed("recheck")
    assert duty.unit_id == world[Role.STATISTICS_BUREAU].member.unit_id
    with refused("forbidden"):
        look_again(row, world[Role.PROJECT_OFFICE], holds=True)
    look_again(row, world[Role.STATISTICS_BUREAU], holds=True)
    assert owed("recheck") == []
    with refused("recheck_done"):
        look_again(row, world[Role.STATISTICS_BUREAU], holds=False)
    nothing_differs()


def look_again(row: FactRecheck, by: User, *, holds: bool, note: str = "现场看过，照片与合同一致") -> FactRecheck:
    seen = FactRecheck.objects.get(pk=row.pk).version
    return acts.run(rechecks.recheck_record, by=by, recheck_id=row.pk, seen=seen, holds=holds, note=note)


def test_a_fact_that_does_not_hold_is_owed_until_it_is_revoked(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    row = drawn(world, monkeypatch)
    with refused("note_missing"):
        look_again(row, world[Role.STATISTICS_BUREAU], holds=False, note="无")
    look_again(row, world[Role.STATISTICS_BUREAU], holds=False)
    assert len(owed("broken")) == 1
    acts.run(fact_revoke, by=world[Role.STATISTICS_BUREAU], fact_id=row.fact_id, reason="复核时现场没有开工")
    assert owed("broken") == []
    with refused("revoked_already"):
        look_again(row, world[Role.STATISTICS_BUREAU], holds=True)
    nothing_differs()


def test_the_government_office_looks_again_where_both_recognisers_have_a_part(
    world: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rechecks, "is_drawn", lambda _digest, _percent: True)
    office = world[Role.PROJECT_OFFICE]
    project = make_project(world, unit=office.member.unit, officer=office.member)
    recognise(ask(project, office), world[Role.STATISTICS_BUREAU])
    row = FactRecheck.objects.select_related("fact").get()
    (duty,) = owed("recheck")
    assert duty.unit_id == world[Role.GOVERNMENT_OFFICE].member.unit_id
    for barred in (office, world[Role.STATISTICS_BUREAU]):
        with refused("forbidden"):
            look_again(row, barred, holds=True)
    look_again(row, world[Role.GOVERNMENT_OFFICE], holds=True)
    assert owed("recheck") == []
    nothing_differs()


# The desk -------------------------------------------------------------------------------------------------------------


def test_a_desk_shows_what_i_may_settle_and_not_what_the_row_bars_me_from(world: County) -> None:
    project = make_project(world)
    ask(project, world.officer)
    assert [row.kind for row in desk_of(world[Role.PROJECT_OFFICE]).waited] == ["ask"]
    assert desk_of(world.officer).waiting_for == 1
    office = world[Role.PROJECT_OFFICE]
    acts.run(
        people.hand_over,
        by=office,
        project_id=project.pk,
        role=Duty.SUPERVISOR,
        member_id=office.member_id,
        note="我来盯",
    )
    assert desk_of(office).waited == []  # who supervises it does not recognise it


def test_the_desk_asks_as_often_for_many_lines_as_for_few(world: County) -> None:
    office = User.objects.get(pk=world[Role.PROJECT_OFFICE].pk)
    asked = []
    for count in (2, 8):
        for _n in range(count):
            ask(make_project(world), world.officer)
        with CaptureQueriesContext(connection) as queries:
            desk_of(office)
        asked.append(len(queries))
    assert asked[0] == asked[1] <= 8


def test_an_office_hears_of_at_most_so_many_changes(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selectors, "CHANGES", 2)
    monkeypatch.setattr(selectors, "COUNTED", 3)
    project = make_project(world)
    since = clock.now() - timedelta(hours=1)
    office = world[Role.GOVERNMENT_OFFICE]
    for number in range(3):
        acts.run(project_edit, by=world.officer, project_id=project.pk, seen=number + 1, changes={"jobs": number + 7})
    found = changes_for(office, since=since)
    assert (found.total, len(found.newest)) == (3, 2)


def test_the_desk_tells_what_changed_since_the_last_visit(world: County) -> None:
    head = world[Role.UNIT_HEAD]
    with clock.standing_at(MONDAY):
        look(head)
    with clock.standing_at(MONDAY + timedelta(minutes=1)):
        project = make_project(world)
    with clock.standing_at(MONDAY + timedelta(hours=1)):
        found = changes_for(head, since=look(head))
        assert [entry.subject_id for entry in found.newest] == [project.subject_id]
    with clock.standing_at(MONDAY + timedelta(hours=2)):
        assert changes_for(head, since=look(head)).total == 0


def test_one_visit_lasts_half_an_hour(world: County) -> None:
    head = world[Role.UNIT_HEAD]
    with clock.standing_at(MONDAY):
        first = look(head)
    with clock.standing_at(MONDAY + timedelta(minutes=20)):
        assert look(head) == first
    with clock.standing_at(MONDAY + timedelta(minutes=51)):
        assert look(head) == MONDAY + timedelta(minutes=20)


# All of them -----------------------------------------------------------------------------------------------------------


def test_every_kind_opens_and_settles_in_these_tests_or_says_where() -> None:
    """A new kind without a test would be found here."""
    assert set(DUTIES) == {
        "ask", "commitment", "suspension", "lesson", "success", "failure", "void", "obstacle", "confirm", "look_again",
        "opening", "recheck", "broken", "excuse",
    }  # fmt: skip


def test_duties_lost_or_wrong_are_found_and_mended(world: County) -> None:
    ask(make_project(world), world.officer)
    row = owed("ask")[0]
    someone = Member.objects.exclude(pk=row.member_id or 0).first()
    Obligation.objects.filter(pk=row.pk).update(member=someone)
    assert len(list(keeping.check())) == 1
    keeping.keep_all()
    nothing_differs()


def test_the_command_mends_and_climbs(world: County, capsys: pytest.CaptureFixture[str]) -> None:
    with clock.standing_at(MONDAY):
        ask(make_project(world), world.officer)
    Obligation.objects.update(waiting=None)
    with clock.standing_at(at(date(2026, 12, 1))):
        call_command("obligations_keep")
    assert "改正 1 处，升级 2 级" in capsys.readouterr().out
    nothing_differs()
