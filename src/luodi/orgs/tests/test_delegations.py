"""Giving and ending delegations: each refusal."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError
from luodi.orgs import deputies
from luodi.orgs.models import Delegation, User
from luodi.orgs.rules import Role
from luodi.orgs.services.delegations import MOST_OPEN, delegation_end, delegation_give
from luodi.orgs.tests.factories import (
    give_factor,
    make_cast,
    make_county,
    make_delegation,
    make_member,
    make_person,
    make_unit,
    make_user,
)

pytestmark = pytest.mark.django_db
R = Role


@pytest.fixture
def cast() -> dict[Role, User]:
    return make_cast()


def told(deputy: User, **changes: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "deputy_id": deputy.member_id, "actions": ["project.note"], "from_on": today,
        "until_on": today + timedelta(days=9), "reason": "外出学习", **changes,
    }  # fmt: skip


def refused(code: str, by: User, field: str = "", **arguments: Any) -> None:
    with pytest.raises(DomainError) as error:
        acts.run(delegation_give, by=by, **arguments)
    assert (error.value.code, error.value.field) == (code, field)
    assert not Delegation.objects.filter(principal=by.member_id, reason=arguments["reason"]).exists()


def test_what_may_be_given_to_whom(cast: dict[Role, User]) -> None:
    leader, office = cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE]
    refused("forbidden", cast[R.BANK_CLERK], **told(office))
    refused("forbidden", cast[R.AUDIT_ADMIN], **told(office))
    refused("deputy_self", leader, "deputy", **told(leader))
    refused("deputy_unfit", leader, "deputy", **told(cast[R.AUDIT_ADMIN]))
    refused("deputy_unfit", leader, "deputy", **told(cast[R.BANK_CLERK]))
    elsewhere = make_person(
        make_unit("D01", "发改局", region=make_county("139922", "青禾县", "QH")), "外县", R.CONVENOR
    )
    refused("deputy_unfit", leader, "deputy", **told(elsewhere))
    without = make_member(office.member.unit, "没有账号", R.UNIT_OFFICER)
    refused("deputy_unfit", leader, "deputy", **told(office, deputy_id=without.pk))
    roleless = make_user(make_member(leader.member.unit, "没有角色"))
    refused("deputy_unfit", leader, "deputy", **told(roleless))
    refused("actions_missing", leader, "actions", **told(office, actions=[]))
    refused("action_in_person", cast[R.PROJECT_OFFICE], "actions", **told(office, actions=["gate.recognise"]))
    refused("action_in_person", leader, "actions", **told(office, actions=["no.such"]))
    refused("action_not_own", leader, "actions", **told(office, actions=["void.approve"]))
    refused("reason_missing", leader, "reason", **told(office, reason=" "))


def test_from_when_to_when(cast: dict[Role, User]) -> None:
    leader, office, today = cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE], clock.today()
    refused("days_wrong", leader, "from_on", **told(office, from_on=today - timedelta(days=1)))
    refused("days_wrong", leader, "until_on", **told(office, until_on=today - timedelta(days=1)))
    refused("days_wrong", leader, "until_on", **told(office, until_on=today + timedelta(days=366)))
    year = acts.run(delegation_give, by=leader, **told(office, until_on=today + timedelta(days=365)))
    assert (year.until_on - year.from_on).days + 1 == 366


def test_days_of_the_same_two_do_not_overlap(cast: dict[Role, User]) -> None:
    leader, office, today = cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE], clock.today()
    first = acts.run(delegation_give, by=leader, **told(office))
    refused("delegation_twice", leader, "deputy", **told(office, from_on=first.until_on, until_on=date(2100, 1, 1), reason="又")
            | {"until_on": first.until_on + timedelta(days=5)})  # fmt: skip
    acts.run(delegation_give, by=leader, **told(office, from_on=first.until_on + timedelta(days=1),
                                                 until_on=first.until_on + timedelta(days=5)))  # fmt: skip
    acts.run(delegation_end, by=leader, delegation_id=first.pk)
    acts.run(delegation_give, by=leader, **told(office, from_on=today))


def test_a_number_that_nobody_could_survey_is_refused(cast: dict[Role, User]) -> None:
    leader, office = cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE]
    day = clock.today()
    for place in range(MOST_OPEN):
        acts.run(
            delegation_give,
            by=leader,
            **told(office, from_on=day + timedelta(days=place), until_on=day + timedelta(days=place)),
        )
    refused("delegations_many", leader, **told(cast[R.CONVENOR], reason="又"))


def test_ended_by_either_of_the_two_alone_and_once(cast: dict[Role, User]) -> None:
    leader, office = cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE]
    for who in (leader, office):
        held = make_delegation(leader, office)
        with pytest.raises(Delegation.DoesNotExist):
            acts.run(delegation_end, by=cast[R.PROJECT_OFFICE], delegation_id=held.pk)
        assert deputies.standing_for(office, held.pk) is not None
        acts.run(delegation_end, by=who, delegation_id=held.pk)
        assert deputies.standing_for(office, held.pk) is None
        with pytest.raises(DomainError, match="delegation_ended"):
            acts.run(delegation_end, by=who, delegation_id=held.pk)


def test_a_deputy_looks_after_no_account(cast: dict[Role, User]) -> None:
    leader, office = cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE]
    account = deputies.standing_for(office, make_delegation(leader, office).pk)
    assert account is not None
    refused("forbidden", account, **told(cast[R.CONVENOR], reason="转委托"))


def test_who_needs_a_second_factor_is_acted_for_by_nobody_without(cast: dict[Role, User], settings: Any) -> None:
    office, convenor = cast[R.PROJECT_OFFICE], cast[R.CONVENOR]
    held = make_delegation(office, convenor, "project.grade")
    settings.LUODI_SECOND_FACTOR = "must"
    assert deputies.standing_for(convenor, held.pk) is None
    give_factor(convenor)
    assert deputies.standing_for(User.objects.get(pk=convenor.pk), held.pk) is not None


def test_offered_as_deputies_are_those_who_can_be(cast: dict[Role, User]) -> None:
    leader = cast[R.COUNTY_LEADER]
    offered = {pk for pk, _name, _unit in deputies.possible_deputies(leader)}
    assert cast[R.GOVERNMENT_OFFICE].member_id in offered
    for role in (R.COUNTY_LEADER, R.AUDIT_ADMIN, R.BANK_CLERK, R.ENTERPRISE_CLERK):
        assert cast[role].member_id not in offered
