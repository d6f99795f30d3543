"""A tiny county lived through in the test database."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from luodi.demo import build, place
from luodi.demo.people import PASSWORD, SEATS
from luodi.demo.place import State
from luodi.demo.roster import roster
from luodi.kernel import audit, clock, guards, registry
from luodi.kernel.models import AuditEntry
from luodi.obligations.selectors import desk_of
from luodi.orgs.deputies import held_by
from luodi.orgs.models import DelegatedAct, Member, Region, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_county
from luodi.projects.models import Assignment, Project
from luodi.subjects.models import TimelineEntry
from tests.plugins.database import LiveDatabase

TODAY = datetime(2026, 6, 17, 2, 0, tzinfo=UTC)
TINY = build.Size(members=250, projects=24)
WITHOUT_DESK = {
    Role.DISCIPLINE_OFFICE,
    Role.BANK_CLERK,
    Role.ENTERPRISE_CLERK,
    Role.SYSTEM_ADMIN,
    Role.SECURITY_ADMIN,
    Role.AUDIT_ADMIN,
}
"""Roles to which part 1 brings no work of their own: three of them see projects, the administrators none."""

pytestmark = pytest.mark.slow


def make(size: build.Size) -> None:
    build.build(size, lambda _phase, _done, _count: None)


def stories() -> list[tuple[str, str, str, str]]:
    """What is the same each time: which project stands where, and who answers for it."""
    rows = Project.objects.order_by("code").values_list("code", "name", "stage", "officer__name")
    return [(code, name, stage, officer) for code, name, stage, officer in rows]


def test_county_keeps_every_promise_and_gives_everybody_work(db: None) -> None:
    """One county looked at from all sides: making one takes seconds."""
    with clock.standing_at(TODAY):
        make(TINY)
        everything_promised_holds()
        history_is_three_years_long()
        everybody_finds_work_and_sees_what_he_may()
        a_leader_is_acted_for()
    only_named_accounts_can_sign_in()
    accounts_are_told_with_role_and_unit()


def everything_promised_holds() -> None:
    assert set(AuditEntry.objects.values_list("service", flat=True).distinct()) <= set(registry.ACTS)
    assert [fault for check in registry.CHECKS for fault in check()] == []
    assert audit.verify().intact
    assert guards.differences() == []
    assert Unit.objects.filter(active=True).exclude(head=None).count() == Unit.objects.count() == 57
    assert Project.objects.count() == TINY.projects
    assert Assignment.objects.filter(seq=1).count() == TINY.projects * 5
    assert Member.objects.count() == TINY.members
    assert place.state() is State.DEMO


def history_is_three_years_long() -> None:
    times = list(AuditEntry.objects.order_by("chain", "seq").values_list("at", flat=True))
    assert times == sorted(times)
    assert (TODAY - times[0]).days > 3 * 365 - 2
    assert not TimelineEntry.objects.filter(at__gt=clock.now()).exists()


def has_work(user: User) -> bool:
    found = desk_of(user)
    return bool(found.due or found.waited or found.told)


def everybody_finds_work_and_sees_what_he_may() -> None:
    for seat in SEATS:
        user = User.objects.get(username=seat.username)
        assert has_work(user) == (not user.roles <= WITHOUT_DESK), seat.username
    bank = User.objects.get(username="bank_clerk")
    assert 0 < Project.objects.visible_to(bank).count() < 10
    assert not Project.objects.visible_to(User.objects.get(username="system_admin")).exists()


def a_leader_is_acted_for() -> None:
    leader = Member.objects.get(account__username="county_leader")
    deputy = Member.objects.get(account__username="government_office")
    assert [row.principal for row in held_by(User.objects.get(member=deputy))] == [leader]
    assert DelegatedAct.objects.filter(principal=leader, deputy=deputy, model="subjects.timelineentry").exists()


def only_named_accounts_can_sign_in() -> None:
    named = User.objects.filter(username__in=[seat.username for seat in SEATS])
    assert all(user.check_password(PASSWORD) and not user.must_change_password for user in named)
    others = User.objects.exclude(pk__in=named)
    assert others.exists()
    assert not any(user.has_usable_password() for user in others)


def accounts_are_told_with_role_and_unit() -> None:
    told = {line.split()[0]: line for line in roster()}
    assert len(told) == 1 + len(SEATS)
    assert "项目办" in told["project_office"]
    assert "甲县长" in told["county_leader"]
    assert {role for seat in SEATS for role in seat.roles} == set(Role)


@pytest.mark.only_sqlite  # the plan is the same whatever keeps it, and is tried whole on both above
def test_same_day_gives_the_same_county(live: LiveDatabase) -> None:
    found = []
    for _n in range(2):
        live.reset()
        with clock.standing_at(TODAY):
            make(build.Size(members=250, projects=16))
        found.append(stories())
    assert found[0] == found[1]


@pytest.mark.only_sqlite  # the plan is the same whatever keeps it, and is tried whole on both above
def test_province_is_many_counties_under_one_roof(db: None) -> None:
    with clock.standing_at(TODAY):
        make(build.Size(counties=2, members=230, projects=14))
    counties = Region.objects.filter(level="county")
    assert [county.units.count() for county in counties] == [57, 57]
    assert {county.parent.code for county in counties if county.parent} == {"139900"}
    leader = User.objects.get(username="county_leader")
    assert {project.region_id for project in Project.objects.visible_to(leader)} == {leader.member.region_id}
    assert audit.verify().intact
    assert [fault for check in registry.CHECKS for fault in check()] == []


@pytest.mark.django_db
def test_other_data_are_told_from_the_demo() -> None:
    assert place.state() is State.EMPTY
    make_county("139931", "别县")
    assert place.state() is State.OTHER
    assert Region.objects.count() == 1
