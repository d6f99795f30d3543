from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts, clock
from luodi.kernel.clock import SHANGHAI
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import member_leave, unit_head_change
from luodi.orgs.tests.factories import grant, make_county, make_member, make_person, make_unit, make_user
from luodi.projects.models import Assignment, Project
from luodi.projects.rules import EndKind, Importance, Stage
from luodi.projects.rules import Role as Duty
from luodi.projects.selectors import answered_at_end_of
from luodi.projects.services import ends
from luodi.projects.services.people import hand_over, hand_over_unit
from luodi.projects.services.projects import project_grade, project_mark_promising
from luodi.projects.tests.factories import County, bring_to, make_project, make_world, other_member
from luodi.projects.tests.refusals import refused
from luodi.subjects.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def fresh(project: Project) -> Project:
    return Project.objects.get(pk=project.pk)


def chain(project: Project, role: Duty) -> list[tuple[int, int | None]]:
    column = "unit_id" if role is Duty.UNIT else "member_id"
    return list(Assignment.objects.filter(project=project, role=role).order_by("seq").values_list("seq", column))


# From the first day -------------------------------------------------------------------------------------------------


def test_somebody_answers_from_the_first_instant(world: County, project: Project) -> None:
    rows = Assignment.objects.filter(project=project)
    assert {row.role: row.from_at for row in rows} == dict.fromkeys(Duty, project.entered_at)
    assert project.principal_id == world.unit.head_id
    assert chain(project, Duty.SUPERVISOR) == [(1, None)]


# Handing over -------------------------------------------------------------------------------------------------------


def test_handover_refusals_and_then_it_works(world: County, project: Project) -> None:
    office, lee = world[Role.PROJECT_OFFICE], other_member(world)
    call: dict[str, Any] = {
        "project_id": project.pk,
        "role": Duty.OFFICER,
        "member_id": lee.pk,
        "note": "合同、图纸已交",
    }
    for role in (Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.SUPERVISOR, Role.UNIT_OFFICER):
        refused("forbidden", hand_over, by=world[role], **call)
    refused("note_missing", hand_over, by=office, field="note", **call | {"note": " "})
    refused("member_unknown", hand_over, by=office, field="member", **call | {"member_id": 10**9})
    refused("same_member", hand_over, by=office, field="member", **call | {"member_id": world.officer.member_id})
    refused("may_not_be_vacant", hand_over, by=office, **call | {"member_id": None})
    refused("leader_not_leader", hand_over, by=office, **call | {"role": Duty.LEADER})
    refused("unit_by_unit", hand_over, by=office, **call | {"role": Duty.UNIT})
    gone = make_member(world.unit, "离任者", state="left")
    refused("member_unknown", hand_over, by=office, **call | {"member_id": gone.pk})
    acts.run(hand_over, by=office, **call)
    assert chain(project, Duty.OFFICER) == [(1, world.officer.member_id), (2, lee.pk)]
    assert fresh(project).officer_id == lee.pk


def test_a_head_changes_the_officer_of_his_own_projects_and_nobody_else(world: County, project: Project) -> None:
    lee = other_member(world)
    head = world[Role.UNIT_HEAD]
    call: dict[str, Any] = {"project_id": project.pk, "member_id": lee.pk, "note": "轮岗"}
    refused("forbidden", hand_over, by=head, **call, role=Duty.PRINCIPAL)
    refused("forbidden", hand_over, by=head, **call, role=Duty.SUPERVISOR)
    acts.run(hand_over, by=head, **call, role=Duty.OFFICER)
    foreign = make_project(
        world, unit=world[Role.INVESTMENT_BUREAU].member.unit, officer=world[Role.INVESTMENT_BUREAU].member
    )
    with pytest.raises(Project.DoesNotExist):
        acts.run(hand_over, by=head, **call | {"project_id": foreign.pk}, role=Duty.OFFICER)


def test_supervisors_come_from_the_offices(world: County, project: Project) -> None:
    inspector = world[Role.SUPERVISOR].member
    call: dict[str, Any] = {"project_id": project.pk, "role": Duty.SUPERVISOR, "note": "督办安排"}
    refused("forbidden", hand_over, by=world[Role.INVESTMENT_BUREAU], **call, member_id=inspector.pk)
    acts.run(hand_over, by=world[Role.GOVERNMENT_OFFICE], **call, member_id=inspector.pk)
    acts.run(hand_over, by=world[Role.PROJECT_OFFICE], **call, member_id=None)
    assert chain(project, Duty.SUPERVISOR) == [(1, None), (2, inspector.pk), (3, None)]


def test_principal_and_leader_stay_named_where_mission_m2_asks(world: County, project: Project) -> None:
    office = world[Role.PROJECT_OFFICE]

    def vacate(role: Duty, code: str = "") -> None:
        call: dict[str, Any] = {"by": office, "project_id": project.pk, "role": role, "member_id": None, "note": "空缺"}
        if code:
            refused(code, hand_over, **call)
        else:
            acts.run(hand_over, **call)

    vacate(Duty.PRINCIPAL)
    refused("principal_missing", project_mark_promising, by=office, reason="多次来访", project_id=project.pk,
            seen=fresh(project).version, promising=True)  # fmt: skip
    acts.run(
        hand_over, by=office, project_id=project.pk, role=Duty.PRINCIPAL, member_id=world.unit.head_id, note="补上"
    )
    acts.run(
        project_mark_promising,
        by=office,
        reason="多次来访",
        project_id=project.pk,
        seen=fresh(project).version,
        promising=True,
    )
    vacate(Duty.PRINCIPAL, "may_not_be_vacant")
    vacate(Duty.LEADER)
    refused(
        "leader_missing",
        project_grade,
        by=office,
        project_id=project.pk,
        seen=fresh(project).version,
        importance=Importance.COUNTY,
    )
    acts.run(
        hand_over,
        by=office,
        project_id=project.pk,
        role=Duty.LEADER,
        member_id=world[Role.COUNTY_LEADER].member_id,
        note="补上",
    )
    acts.run(project_grade, by=office, project_id=project.pk, seen=fresh(project).version, importance=Importance.COUNTY)
    vacate(Duty.LEADER, "may_not_be_vacant")
    acts.run(
        project_grade, by=office, project_id=project.pk, seen=fresh(project).version, importance=Importance.ORDINARY
    )
    bring_to(fresh(project), Stage.SIGNED, world)
    assert not fresh(project).promising
    vacate(Duty.LEADER, "may_not_be_vacant")
    vacate(Duty.PRINCIPAL, "may_not_be_vacant")


def test_another_unit_takes_over_with_officer_and_head_and_the_old_one_sees_it_no_more(
    world: County, project: Project
) -> None:
    office = world[Role.PROJECT_OFFICE]
    bureau = world[Role.INVESTMENT_BUREAU].member
    call: dict[str, Any] = {
        "project_id": project.pk,
        "unit_id": bureau.unit_id,
        "officer_id": bureau.pk,
        "note": "职能调整",
    }
    refused("forbidden", hand_over_unit, by=world[Role.UNIT_HEAD], **call)
    refused("note_missing", hand_over_unit, by=office, **call | {"note": ""})
    refused("unit_unknown", hand_over_unit, by=office, field="unit", **call | {"unit_id": 10**9})
    bank = world[Role.BANK_CLERK].member
    refused(
        "unit_unknown",
        hand_over_unit,
        by=office,
        field="unit",
        **call | {"unit_id": bank.unit_id, "officer_id": bank.pk},
    )
    refused("same_unit", hand_over_unit, by=office, **call | {"unit_id": world.unit.pk})
    refused(
        "officer_elsewhere",
        hand_over_unit,
        by=office,
        field="officer",
        **call | {"officer_id": world.officer.member_id},
    )
    acts.run(hand_over_unit, by=office, **call)
    now = fresh(project)
    assert (now.unit_id, now.officer_id, now.principal_id) == (bureau.unit_id, bureau.pk, bureau.unit.head_id)
    assert chain(project, Duty.UNIT) == [(1, world.unit.pk), (2, bureau.unit_id)]
    assert set(
        Party.objects.filter(subject=project.subject, role="responsible", until=None).values_list("unit_id", flat=True)
    ) == {bureau.unit_id}
    assert not Project.objects.visible_to(User.objects.get(pk=world[Role.UNIT_HEAD].pk)).filter(pk=project.pk).exists()


def test_a_unit_whose_head_changes_at_that_moment_is_asked_for_again(
    world: County, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What test_invariants_races has from a second connection: the head locked first is not the head any more."""
    unit = make_unit("D77", "统战部")
    head, officer = make_member(unit, "接任", Role.UNIT_OFFICER), make_member(unit, "专人", Role.UNIT_OFFICER)
    really = acts.lock_one

    def meanwhile(rows: Any, pk: int) -> Any:
        Unit.objects.filter(pk=unit.pk).update(head=head)
        return really(rows, pk)

    monkeypatch.setattr(acts, "lock_one", meanwhile)
    call: dict[str, Any] = {"project_id": project.pk, "unit_id": unit.pk, "officer_id": officer.pk, "note": "职能调整"}
    refused("head_changed", hand_over_unit, by=world[Role.PROJECT_OFFICE], field="unit", **call)
    assert fresh(project).unit_id == world.unit.pk, "nothing half written"
    monkeypatch.undo()
    acts.run(hand_over_unit, by=world[Role.PROJECT_OFFICE], **call)


def test_an_officer_of_another_unit_sees_what_he_answers_for(world: County, project: Project) -> None:
    helper = make_person(world.township, "镇里人", Role.UNIT_OFFICER)
    stranger = make_person(make_unit("D30", "交通局"), "局外人", Role.UNIT_OFFICER)
    assert not Project.objects.visible_to(stranger).exists()
    acts.run(
        hand_over,
        by=world[Role.PROJECT_OFFICE],
        project_id=project.pk,
        role=Duty.OFFICER,
        member_id=stranger.member_id,
        note="抽调",
    )
    assert Project.objects.visible_to(stranger).get() == project
    acts.run(
        hand_over,
        by=world[Role.PROJECT_OFFICE],
        project_id=project.pk,
        role=Duty.OFFICER,
        member_id=helper.member_id,
        note="换人",
    )
    assert not Project.objects.visible_to(stranger).exists()


# Heads and leavers --------------------------------------------------------------------------------------------------


def test_a_change_of_head_hands_over_what_he_answers_for_in_the_same_act(world: County) -> None:
    office, head = world[Role.GOVERNMENT_OFFICE], world[Role.UNIT_HEAD].member
    mine, ended = make_project(world), make_project(world)
    named = make_project(world, principal=world.officer.member)
    end(ended, world)
    lee = other_member(world)
    unit = Unit.objects.get(pk=world.unit.pk)
    acts.run(unit_head_change, by=office, unit_id=unit.pk, member_id=lee.pk, seen=unit.version)
    assert fresh(mine).principal_id == lee.pk
    assert fresh(ended).principal_id == head.pk
    assert fresh(named).principal_id == world.officer.member_id
    row = Assignment.objects.filter(project=mine, role="principal").latest("seq")
    assert (row.seq, row.note, row.by_id) == (2, "单位主要领导换任", office.member_id)


def test_nobody_leaves_while_he_answers_for_a_live_project(world: County, project: Project) -> None:
    office = world[Role.PROJECT_OFFICE]
    lee, leader = other_member(world), make_member(world[Role.COUNTY_LEADER].member.unit, "副县长", Role.COUNTY_LEADER)
    for duty, member in ((Duty.OFFICER, lee), (Duty.PRINCIPAL, lee), (Duty.SUPERVISOR, lee), (Duty.LEADER, leader)):
        before = getattr(fresh(project), f"{duty}_id")
        acts.run(hand_over, by=office, project_id=project.pk, role=duty, member_id=member.pk, note="接手")
        refused("successor_missing", member_leave, by=office, member_id=member.pk, seen=member.version)
        acts.run(hand_over, by=office, project_id=project.pk, role=duty, member_id=before, note="交回")
    acts.run(member_leave, by=office, member_id=lee.pk, seen=lee.version)
    refused(
        "member_unknown", hand_over, by=office, project_id=project.pk, role=Duty.OFFICER, member_id=lee.pk, note="接手"
    )


def test_who_answers_for_ended_and_void_projects_may_leave(world: County) -> None:
    lee = other_member(world)
    ended, void = (make_project(world, officer=lee) for _ in range(2))
    end(ended, world)
    request = acts.run(ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=void.pk, reason="录入两次")
    acts.run(ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=request.pk, seen=1, approve=True)
    acts.run(member_leave, by=world[Role.PROJECT_OFFICE], member_id=lee.pk, seen=lee.version)
    assert Member.objects.get(pk=lee.pk).state == "left"
    assert not RoleGrant.objects.filter(member=lee, until=None).exists()
    refused("forbidden", hand_over, by=world[Role.PROJECT_OFFICE], project_id=ended.pk, role=Duty.OFFICER,
            member_id=world.officer.member_id, note="接手")  # fmt: skip


def end(project: Project, world: County) -> None:
    from luodi.projects.tests.test_services_gates import give_up

    acts.run(ends.lesson_propose, by=world[Role.PROJECT_OFFICE], project_id=project.pk, cause="土地指标没有提前落实到位",
             otherwise="先落实土地指标再谈签约时间", applies_to="用地项目")  # fmt: skip
    give_up(project, world)
    assert fresh(project).end_kind == EndKind.GIVEN_UP


# Who answered when --------------------------------------------------------------------------------------------------


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def test_who_answered_at_the_end_of_any_past_day_is_one_query(world: County) -> None:
    first = date(2026, 1, 5)
    two, three = other_member(world, "李二"), other_member(world, "王三")
    with clock.standing_at(at(first, 10)):
        project = make_project(world)

    def to(member: Member, day: date, hour: int) -> None:
        with clock.standing_at(at(day, hour)):
            acts.run(
                hand_over,
                by=world[Role.PROJECT_OFFICE],
                project_id=project.pk,
                role=Duty.OFFICER,
                member_id=member.pk,
                note="轮岗",
            )

    to(two, first + timedelta(days=10), 9)
    to(three, first + timedelta(days=10), 17)
    to(two, first + timedelta(days=20), 23)

    def officer(day: date) -> str:
        with CaptureQueriesContext(connection) as caught:
            found = {row.role: row.name for row in answered_at_end_of(project.pk, day)}
        assert len(caught) == 1
        return found.get(Duty.OFFICER, "")

    assert officer(first - timedelta(days=1)) == ""
    assert officer(first) == "张一"
    assert officer(first + timedelta(days=9)) == "张一"
    assert officer(first + timedelta(days=10)) == "王三"
    assert officer(first + timedelta(days=19)) == "王三"
    assert officer(first + timedelta(days=20)) == "李二"
    assert officer(date(2030, 1, 1)) == "李二"


def test_a_vacancy_is_answered_as_nobody(world: County, project: Project) -> None:
    found = {row.role: row for row in answered_at_end_of(project.pk, clock.today())}
    assert set(found) == set(Duty)
    assert (found[Duty.SUPERVISOR].name, found[Duty.SUPERVISOR].member_id) == ("", None)
    assert found[Duty.UNIT].unit_id == world.unit.pk


# Who sees -----------------------------------------------------------------------------------------------------------


def test_who_sees_which_project(world: County, project: Project) -> None:
    abroad = make_unit("X01", "邻县发改局", region=make_county("139922", "邻县", "LX"))
    cast = {role: User.objects.get(pk=user.pk) for role, user in world.cast.items()}
    everywhere = {
        Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU, Role.STATISTICS_BUREAU,
        Role.SUPERVISOR, Role.DISCIPLINE_OFFICE, Role.CONVENOR,
    }  # fmt: skip
    seers = {role for role, user in cast.items() if Project.objects.visible_to(user).exists()}
    assert seers == everywhere | {Role.UNIT_HEAD, Role.UNIT_OFFICER}
    for user in (
        make_person(abroad, "邻县项目办", Role.PROJECT_OFFICE),
        make_person(make_unit("D30", "交通局"), "外局", Role.UNIT_HEAD),
    ):
        assert not Project.objects.visible_to(user).exists()
    clerk = make_person(world.township, "镇里人", Role.UNIT_OFFICER)
    assert Project.objects.visible_to(clerk).get() == project  # it lies in the township
    assert not Project.objects.visible_to(make_user(make_member(world.unit, "无角色"))).exists()


def test_administrators_see_nothing_even_of_a_unit_that_is_party(world: County, project: Project) -> None:
    for role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        admin = make_person(world.unit, f"管理员{role}", role)
        assert not Project.objects.visible_to(admin).exists()
        grant_by_hand(admin, Role.PROJECT_OFFICE)
        assert not Project.objects.visible_to(User.objects.get(pk=admin.pk)).exists()


def grant_by_hand(user: User, role: Role) -> None:
    """Refused by service and guard; seen what would be if neither stood."""
    with pytest.raises(DomainError):
        grant(user.member, role)
    user.__dict__["roles"] = frozenset({*user.roles, role})
    assert not Project.objects.visible_to(user).exists()


def test_a_party_sees_from_the_day_it_joined_till_it_leaves(world: County, project: Project) -> None:
    bank = world[Role.BANK_CLERK]
    assert not Project.objects.visible_to(bank).exists()
    party = Party.objects.create(subject=project.subject, unit=bank.member.unit, role="bank", since=clock.now())
    assert Project.objects.visible_to(bank).get() == project
    Party.objects.filter(pk=party.pk).update(until=clock.now())
    assert not Project.objects.visible_to(bank).exists()


def test_a_locked_account_sees_nothing(world: County, project: Project) -> None:
    user = User.objects.get(pk=world[Role.PROJECT_OFFICE].pk)
    user.is_active = False
    assert not Project.objects.visible_to(user).exists()


def test_what_is_visible_takes_the_same_queries_however_many_there_are(world: County) -> None:
    def count(user: User) -> int:
        with CaptureQueriesContext(connection) as caught:
            list(Project.objects.visible_to(User.objects.get(pk=user.pk)))
        return len(caught)

    before = {role: count(user) for role, user in world.cast.items()}
    for _ in range(8):
        make_project(world)
    assert {role: count(user) for role, user in world.cast.items()} == before
    assert max(before.values()) <= 3
