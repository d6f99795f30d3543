"""Facts for themselves; gates and money: projects/tests/test_services_gates.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from luodi.facts.models import Fact, FactEvidence, Revocation
from luodi.facts.services import Result, fact_revoke, fact_seal
from luodi.files.models import Evidence
from luodi.kernel import acts, clock
from luodi.kernel.clock import SHANGHAI
from luodi.kernel.errors import DomainError
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.rules import Stage
from luodi.projects.tests.factories import County, give, make_project, make_world
from luodi.projects.tests.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def result(world: County) -> Result:
    project = make_project(world, opening_stage=Stage.SIGNED)
    slip = give(project, "bank_slip", world.officer, amount_cny=Decimal("0.10"))
    return Result(
        subject=project.subject, kind="money_arrived", gate="", happened_on=clock.today(), asked_by=world.officer.member,
        unit=world.unit, leader=project.leader, industry=project.industry, shares={world.unit.pk: 10_000},
        counted=[(slip, Decimal("0.10"))],
    )  # fmt: skip


def seal(*, by: User, result: Result) -> Fact:
    return fact_seal(result, by=by.member)


def revoke(*, by: User, fact: Fact, reason: str) -> Revocation:
    return fact_revoke(fact, by=by.member, reason=reason)


@pytest.mark.parametrize("parts", [(9_999,), (10_001,), (5_000, 4_999), ()])
def test_shares_are_the_whole_or_the_fact_is_refused(world: County, result: Result, parts: tuple[int, ...]) -> None:
    units = [world.unit.pk, world.township.pk]
    refused(
        "shares_not_whole",
        seal,
        by=world[Role.PROJECT_OFFICE],
        result=replace(result, shares=dict(zip(units, parts, strict=False))),
    )


def test_the_database_refuses_who_has_a_part_in_it(world: County, result: Result) -> None:
    """Two guards say no to each; which speaks first is the database's choice."""
    office = world[Role.PROJECT_OFFICE]
    shared = replace(result, shares={world.unit.pk: 1, office.member.unit_id: 9_999})
    for by, what in ((world[Role.UNIT_HEAD], result), (office, shared)):
        with pytest.raises(DomainError) as caught:
            acts.run(seal, by=by, result=what)
        assert caught.value.code in {"guard.fact_recogniser_has_no_share", "guard.fact_recogniser_entitled"}
    refused("guard.fact_recogniser_entitled", seal, by=world[Role.SUPERVISOR], result=result)


def test_a_fact_takes_the_sum_of_its_lines_and_of_nothing_else(world: County, result: Result) -> None:
    more: list[tuple[Evidence, Decimal]] = [*result.counted]
    for amount in ("0.20", "1234567.89"):
        more.append(
            (give(result.subject.project, "invoice", world.officer, amount_cny=Decimal(amount)), Decimal(amount))
        )
    fact = acts.run(seal, by=world[Role.PROJECT_OFFICE], result=replace(result, counted=more))
    assert Fact.objects.get(pk=fact.pk).amount_cny == Decimal("1234568.19")


def test_a_line_says_what_its_voucher_says(world: County, result: Result) -> None:
    inflated = replace(result, counted=[(result.counted[0][0], Decimal("10"))])
    refused("guard.fact_line_as_evidence", seal, by=world[Role.PROJECT_OFFICE], result=inflated)
    foreign = give(make_project(world), "bank_slip", world.officer)
    refused(
        "guard.fact_line_as_evidence",
        seal,
        by=world[Role.PROJECT_OFFICE],
        result=replace(result, counted=[(foreign, Decimal("1000000"))]),
    )
    fiscal = give(result.subject.project, "fiscal_allocation", world.officer)
    refused(
        "guard.fact_line_as_evidence",
        seal,
        by=world[Role.PROJECT_OFFICE],
        result=replace(result, counted=[(fiscal, Decimal("1000000"))]),
    )


def test_revoked_with_a_reason_once_and_the_fact_stays_as_it_was(world: County, result: Result) -> None:
    office = world[Role.PROJECT_OFFICE]
    fact = acts.run(seal, by=office, result=result)
    before: dict[str, Any] = dict(Fact.objects.filter(pk=fact.pk).values().get())
    refused("voucher_used", seal, by=office, result=result)
    refused("reason_missing", revoke, by=office, fact=fact, reason=" ", field="reason")
    acts.run(revoke, by=office, fact=fact, reason="资金过账")
    refused("revoked_already", revoke, by=office, fact=Fact.objects.get(pk=fact.pk), reason="再撤")
    after: dict[str, Any] = dict(Fact.objects.filter(pk=fact.pk).values().get())
    assert {name for name in after if after[name] != before[name]} == {"revoked_by_id"}
    assert not FactEvidence.objects.filter(fact=fact, held=True).exists()
    assert not Fact.objects.standing().exists()
    assert acts.run(seal, by=office, result=result).amount_cny == Decimal("0.10")


def test_the_recognising_day_is_reckoned_in_shanghai(world: County, result: Result) -> None:
    with clock.standing_at(datetime(2027, 1, 1, 0, 1, tzinfo=SHANGHAI)):
        fact = acts.run(seal, by=world[Role.PROJECT_OFFICE], result=result)
    assert (str(fact.recognised_on), fact.year) == ("2027-01-01", 2027)


def test_facts_are_seen_by_who_sees_their_project(world: County, result: Result) -> None:
    acts.run(seal, by=world[Role.PROJECT_OFFICE], result=result)
    seers = {role for role, user in world.cast.items() if Fact.objects.visible_to(user).exists()}
    assert not seers & {
        Role.BANK_CLERK,
        Role.ENTERPRISE_CLERK,
        Role.SYSTEM_ADMIN,
        Role.SECURITY_ADMIN,
        Role.AUDIT_ADMIN,
    }
    assert {Role.COUNTY_LEADER, Role.UNIT_HEAD, Role.SUPERVISOR} <= seers
