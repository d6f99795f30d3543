"""What the services of orgs do, and each of their refusals beside the success that shares its set-up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from luodi.kernel import acts, audit
from luodi.kernel.errors import DomainError, Forbidden, StaleVersion
from luodi.kernel.models import AuditEntry
from luodi.kernel.registry import HEAD_CHANGES, HeadChange
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.passwords import suggested
from luodi.orgs.rules import Role
from luodi.orgs.selectors import faults
from luodi.orgs.services import accounts, units
from luodi.orgs.tests.factories import PASSWORD, SETUP, make_cast, make_county, make_member, make_person, make_unit

R = Role
pytestmark = pytest.mark.django_db


def refused(service: Callable[..., Any], **arguments: Any) -> str:
    with pytest.raises(DomainError) as error:
        acts.run(service, **arguments)
    return error.value.code


@pytest.fixture
def cast() -> dict[Role, User]:
    return make_cast(R.PROJECT_OFFICE, R.GOVERNMENT_OFFICE, R.UNIT_HEAD, R.UNIT_OFFICER, R.SECURITY_ADMIN)


def test_unit_has_a_head_from_its_first_moment_and_can_be_found() -> None:
    unit = make_unit("D03", "自然资源和规划局", head="严四", aliases=["国土"])
    assert unit.active
    assert unit.head is not None
    assert unit.head.unit_id == unit.pk
    assert "zrzyhghj" in unit.pinyin
    assert [alias.alias for alias in unit.aliases.all()] == ["国土"]


def test_setting_up_is_for_the_system_alone(cast: dict[Role, User]) -> None:
    asked: dict[str, Any] = {
        "region": make_county(),
        "code": "X1",
        "name": "新局",
        "short": "新局",
        "kind": "department",
    }
    head: dict[str, Any] = {"head_name": "甲", "head_post": ""}
    assert refused(units.unit_create, by=cast[R.PROJECT_OFFICE], **asked, **head) == "forbidden"


def test_member_create_needs_right_then_name_then_no_twin(cast: dict[Role, User]) -> None:
    unit = cast[R.UNIT_HEAD].member.unit
    other = cast[R.PROJECT_OFFICE].member.unit
    asked: dict[str, Any] = {"unit_id": unit.pk, "name": "张一", "post": "股长"}
    assert refused(units.member_create, by=cast[R.UNIT_OFFICER], **asked) == "forbidden"
    assert refused(units.member_create, by=cast[R.UNIT_HEAD], **asked | {"unit_id": other.pk}) == "forbidden"
    assert refused(units.member_create, by=cast[R.UNIT_HEAD], **asked | {"name": "  "}) == "name_missing"
    member = acts.run(units.member_create, by=cast[R.UNIT_HEAD], **asked, phone="13900000001")
    assert member.phone.reveal() == "13900000001"
    assert refused(units.member_create, by=cast[R.PROJECT_OFFICE], **asked) == "member_twice"
    assert acts.run(units.member_create, by=cast[R.PROJECT_OFFICE], **asked | {"post": "副股长"}).pk != member.pk


def test_member_of_another_county_does_not_exist(cast: dict[Role, User]) -> None:
    there = make_unit("D01", "发展和改革局", region=make_county("139922", "青禾县", "QH"))
    with pytest.raises(Unit.DoesNotExist):
        acts.run(units.member_create, by=cast[R.PROJECT_OFFICE], unit_id=there.pk, name="张一")
    with pytest.raises(Member.DoesNotExist):
        acts.run(units.member_leave, by=cast[R.PROJECT_OFFICE], member_id=there.head_id, seen=1)


def test_member_change_keeps_what_was_not_told_and_sees_the_version(cast: dict[Role, User]) -> None:
    office = cast[R.PROJECT_OFFICE]
    member = make_member(cast[R.UNIT_HEAD].member.unit, "张一", post="股长", phone="13900000001")
    asked: dict[str, Any] = {"by": office, "member_id": member.pk, "seen": 1, "name": "张一", "post": "副局长"}
    acts.run(units.member_change, **asked)
    member = Member.objects.get(pk=member.pk)
    assert (member.post, member.phone.reveal(), member.version) == ("副局长", "13900000001", 2)
    with pytest.raises(StaleVersion) as stale:
        acts.run(units.member_change, **asked | {"post": "局长"})
    assert stale.value.current.post == "副局长"
    assert refused(units.member_change, **asked | {"seen": 2, "name": ""}) == "name_missing"
    twin = make_member(member.unit, "李二", post="股长")
    told = asked | {"member_id": twin.pk, "name": "张一"}
    assert refused(units.member_change, **told) == "member_twice"


def test_telephone_given_later_gets_a_key_and_none_needs_none(cast: dict[Role, User]) -> None:
    member = make_member(cast[R.UNIT_HEAD].member.unit, "张一")
    asked: dict[str, Any] = {"by": cast[R.PROJECT_OFFICE], "member_id": member.pk, "name": "张一", "post": ""}
    acts.run(units.member_change, **asked, seen=1, phone="")
    assert Member.objects.get(pk=member.pk).person_id is None
    acts.run(units.member_change, **asked, seen=1, phone="13900000002")
    assert Member.objects.get(pk=member.pk).phone.reveal() == "13900000002"
    assert "13900000002" not in "".join(AuditEntry.objects.values_list("body", flat=True))


def test_leaving_ends_roles_and_account_but_a_head_is_handed_over_first(cast: dict[Role, User]) -> None:
    office, head = cast[R.PROJECT_OFFICE], cast[R.UNIT_HEAD].member
    assert refused(units.member_leave, by=office, member_id=head.pk, seen=1) == "forbidden"
    assert Member.objects.get(pk=head.pk).state == "active"
    officer = cast[R.UNIT_OFFICER]
    acts.run(units.member_leave, by=office, member_id=officer.member_id, seen=1)
    officer = User.objects.get(pk=officer.pk)
    assert (officer.member.state, officer.is_active, officer.roles) == ("left", False, frozenset())
    assert refused(units.member_leave, by=office, member_id=officer.member_id, seen=2) == "already_left"
    assert refused(units.member_leave, by=office, member_id=office.member_id, seen=1) == "own_leave"
    security = cast[R.SECURITY_ADMIN]
    assert refused(accounts.account_switch, by=security, user_id=officer.pk, active=True) == "member_left"
    assert refused(accounts.role_grant, by=security, member=officer.member, role=R.UNIT_OFFICER) == "member_left"
    assert faults() == []


def test_head_changes_by_the_government_office_and_takes_over(cast: dict[Role, User], monkeypatch: Any) -> None:
    told: list[HeadChange] = []
    monkeypatch.setattr("luodi.orgs.services.units.HEAD_CHANGES", [*HEAD_CHANGES, told.append])
    unit, office = cast[R.UNIT_HEAD].member.unit, cast[R.GOVERNMENT_OFFICE]
    new, stranger = cast[R.UNIT_OFFICER].member, cast[R.PROJECT_OFFICE].member
    asked: dict[str, Any] = {"by": office, "unit_id": unit.pk, "member_id": new.pk, "seen": unit.version}
    assert refused(units.unit_head_change, **asked | {"by": cast[R.PROJECT_OFFICE]}) == "forbidden"
    assert refused(units.unit_head_change, **asked | {"member_id": stranger.pk}) == "head_elsewhere"
    assert refused(units.unit_head_change, **asked | {"member_id": unit.head_id}) == "head_same"
    assert refused(units.unit_head_change, **asked | {"seen": 99}) == "stale_version"
    told.clear()
    acts.run(units.unit_head_change, **asked)
    assert Unit.objects.get(pk=unit.pk).head_id == new.pk
    assert told == [HeadChange(unit_id=unit.pk, old_id=unit.head_id, new_id=new.pk, by=office)]
    heads = RoleGrant.objects.filter(member__unit=unit, role=R.UNIT_HEAD, until=None)
    assert [grant.member_id for grant in heads] == [new.pk], "the role goes with the post"


def test_account_create_refuses_in_turn_and_then_works(cast: dict[Role, User]) -> None:
    security = cast[R.SECURITY_ADMIN]
    member = make_member(cast[R.UNIT_HEAD].member.unit, "张一", state="listed")
    asked: dict[str, Any] = {"by": security, "member": member, "username": "zhangyi", "password": PASSWORD}
    assert refused(accounts.account_create, **asked | {"by": cast[R.PROJECT_OFFICE]}) == "forbidden"
    assert refused(accounts.account_create, **asked | {"username": " "}) == "username_missing"
    assert refused(accounts.account_create, **asked | {"username": security.username}) == "username_taken"
    for weak in ("short", "1234567890123", "zhangyizhangyi", "password1234"):
        assert refused(accounts.account_create, **asked | {"password": weak}) == "password_weak", weak
    user = acts.run(accounts.account_create, **asked)
    assert user.must_change_password
    assert user.check_password(PASSWORD)
    assert Member.objects.get(pk=member.pk).state == "active"
    assert refused(accounts.account_create, **asked | {"username": "other"}) == "account_twice"


def test_a_security_administrator_reaches_only_his_own_county(cast: dict[Role, User]) -> None:
    there = make_person(make_unit("D01", "发展和改革局", region=make_county("139922", "青禾县", "QH")), "张一")
    security = cast[R.SECURITY_ADMIN]
    with pytest.raises(Member.DoesNotExist):
        acts.run(accounts.role_grant, by=security, member=there.member, role=R.UNIT_OFFICER)
    with pytest.raises(User.DoesNotExist):
        acts.run(accounts.password_reset, by=security, user_id=there.pk, password=PASSWORD)


def test_password_reset_and_change(cast: dict[Role, User]) -> None:
    security, officer = cast[R.SECURITY_ADMIN], cast[R.UNIT_OFFICER]
    asked: dict[str, Any] = {"by": security, "user_id": officer.pk, "password": "Chongshe-2026"}
    assert refused(accounts.password_reset, **asked | {"by": cast[R.PROJECT_OFFICE]}) == "forbidden"
    assert refused(accounts.password_reset, **asked | {"user_id": security.pk}) == "own_account"
    assert refused(accounts.password_reset, **asked | {"password": "weak"}) == "password_weak"
    acts.run(accounts.password_reset, **asked)
    officer = User.objects.get(pk=officer.pk)
    assert officer.must_change_password
    assert officer.check_password("Chongshe-2026")
    assert refused(accounts.password_change, by=officer, password="Chongshe-2026") == "password_same"
    acts.run(accounts.password_change, by=officer, password="Ziji-Dingde-1")
    officer = User.objects.get(pk=officer.pk)
    assert not officer.must_change_password
    assert officer.check_password("Ziji-Dingde-1")
    services = AuditEntry.objects.filter(model="orgs.user", object_id=officer.pk).order_by("pk")
    names = [name.rpartition(".")[2] for name in services.values_list("service", flat=True)]
    assert names == ["account_create", "password_reset", "password_change"]


def test_account_switch(cast: dict[Role, User]) -> None:
    security, officer = cast[R.SECURITY_ADMIN], cast[R.UNIT_OFFICER]
    assert refused(accounts.account_switch, by=security, user_id=security.pk, active=False) == "own_account"
    assert refused(accounts.account_switch, by=officer, user_id=security.pk, active=False) == "forbidden"
    assert not acts.run(accounts.account_switch, by=security, user_id=officer.pk, active=False).is_active


def test_roles_are_granted_once_to_others_and_ended_once(cast: dict[Role, User]) -> None:
    security, officer = cast[R.SECURITY_ADMIN], cast[R.UNIT_OFFICER]
    asked: dict[str, Any] = {"by": security, "member": officer.member, "role": R.SUPERVISOR}
    assert refused(accounts.role_grant, **asked | {"by": cast[R.PROJECT_OFFICE]}) == "forbidden"
    assert refused(accounts.role_grant, **asked | {"member": security.member}) == "own_role"
    assert refused(accounts.role_grant, **asked | {"role": R.UNIT_OFFICER}) == "role_held"
    grant = acts.run(accounts.role_grant, **asked)
    assert User.objects.get(pk=officer.pk).roles == {R.UNIT_OFFICER, R.SUPERVISOR}
    assert refused(accounts.role_end, by=officer, grant_id=grant.pk) == "forbidden"
    acts.run(accounts.role_end, by=security, grant_id=grant.pk)
    assert refused(accounts.role_end, by=security, grant_id=grant.pk) == "role_ended"
    own = RoleGrant.objects.get(member=security.member)
    assert refused(accounts.role_end, by=security, grant_id=own.pk) == "own_role"


@pytest.mark.parametrize("admin", [R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN])
def test_administrators_hold_no_second_role_by_service_and_by_database(admin: Role) -> None:
    unit = make_unit()
    clerk, administrator = make_member(unit, "张一", R.UNIT_OFFICER), make_member(unit, "李二", admin)
    assert refused(accounts.role_grant, by=SETUP, member=clerk, role=admin) == "admin_apart"
    assert refused(accounts.role_grant, by=SETUP, member=administrator, role=R.UNIT_OFFICER) == "admin_apart"
    for member, role in [(clerk, admin), (administrator, R.UNIT_OFFICER)]:
        assert refused(_raw_grant, by=SETUP, member=member, role=role) == "guard.rolegrant_admin_apart"


def _raw_grant(*, by: acts.Actor, member: Member, role: Role) -> None:
    at = acts.current().at
    RoleGrant(region_id=member.region_id, member=member, role=role.value, since=at).save(force_insert=True)


@pytest.mark.parametrize(
    ("sql", "guard"),
    [
        ("DELETE FROM orgs_unit", "orgs_unit_no_delete"),
        ("DELETE FROM orgs_member", "orgs_member_no_delete"),
        ("DELETE FROM orgs_region", "orgs_region_no_delete"),
        ("DELETE FROM orgs_rolegrant", "orgs_rolegrant_no_delete"),
        ("UPDATE orgs_rolegrant SET role = 'supervisor'", "rolegrant_ends_once"),
        ("UPDATE orgs_member SET state = 'left'", "member_head_stays"),
        (
            "UPDATE orgs_unit SET head_id = (SELECT min(m.id) FROM orgs_member m WHERE m.unit_id <> orgs_unit.id)",
            "unit_head_is_of_the_unit",
        ),
    ],
)
def test_the_database_refuses_raw_writes(cast: dict[Role, User], sql: str, guard: str) -> None:
    assert refused(_execute, by=SETUP, sql=sql) == f"guard.{guard}"


def _execute(*, by: acts.Actor, sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def test_every_write_stands_in_the_countys_chain() -> None:
    make_cast()
    verdict = audit.verify()
    assert verdict.intact
    assert verdict.entries == AuditEntry.objects.filter(chain=make_county().pk).count() > 50


def test_suggested_passwords_pass_the_policy() -> None:
    unit = make_unit()
    for number in range(20):
        member = make_member(unit, f"人{number}")
        told: dict[str, Any] = {"member": member, "username": f"n{number}", "password": suggested()}
        acts.run(accounts.account_create, by=SETUP, **told)


def test_forbidden_says_who_may(cast: dict[Role, User]) -> None:
    with pytest.raises(Forbidden, match="forbidden") as error:
        acts.run(accounts.account_switch, by=cast[R.UNIT_OFFICER], user_id=1, active=False)
    assert "安全管理员" in str(error.value.message)
