"""Money that arrived: asked for by its vouchers, recognised by another unit, counted once and by its year."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from luodi.facts.models import FactEvidence
from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.models import AskEvidence, Project
from luodi.projects.rules import Stage
from luodi.projects.services import evidence, gates
from luodi.projects.tests.factories import (
    County,
    bring_to,
    give,
    make_project,
    make_world,
    money,
    recognise,
)
from luodi.projects.tests.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def project(world: County) -> Project:
    return make_project(world)


def test_money_refusals_and_then_it_counts_by_year(world: County) -> None:
    project = make_project(world)
    slip = give(project, "bank_slip", world.officer)
    call: dict[str, Any] = {"project_id": project.pk, "evidence_ids": [slip.pk]}
    refused("money_before_signing", gates.money_ask, by=world.officer, **call)
    bring_to(project, Stage.SIGNED, world)
    proposal = project.subject.evidence.get(kind="proposal")
    gone = give(project, "invoice", world.officer)
    acts.run(evidence.evidence_withdraw, by=world.officer, evidence_id=gone.pk, reason="发票作废")
    foreign = give(make_project(world), "bank_slip", world.officer)
    refused("forbidden", gates.money_ask, by=world[Role.SUPERVISOR], **call)
    refused("no_vouchers", gates.money_ask, by=world.officer, **call | {"evidence_ids": []})
    refused("not_a_voucher", gates.money_ask, by=world.officer, **call | {"evidence_ids": [slip.pk, proposal.pk]})
    for wrong in (gone, foreign):
        refused("voucher_unknown", gates.money_ask, by=world.officer, **call | {"evidence_ids": [slip.pk, wrong.pk]})
    refused("shares_not_whole", gates.money_ask, by=world.officer, **call, shares={world.unit.pk: 1})
    fact = money(project, world, slip.pk)
    assert (fact.kind, fact.gate, fact.amount_cny, fact.year) == (
        "money_arrived",
        "",
        Decimal("1000000"),
        clock.today().year,
    )
    assert project.figures.__class__.objects.get(pk=project.pk).money_arrived_cny == Decimal("1000000")


def test_money_that_does_not_count_is_shown_and_adds_nothing(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    slip, fiscal, advance = (
        give(project, kind, world.officer) for kind in ("bank_slip", "fiscal_allocation", "resettlement_advance")
    )
    fact = money(project, world, slip.pk, fiscal.pk, advance.pk)
    assert fact.amount_cny == Decimal("1000000")
    assert {line.kind: line.amount_cny for line in fact.lines.all()} == {
        "bank_slip": Decimal("1000000"), "fiscal_allocation": Decimal(0), "resettlement_advance": Decimal(0),
    }  # fmt: skip


def test_money_in_the_hundredths_adds_up_on_every_database(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    vouchers = [
        give(project, "invoice", world.officer, amount_cny=Decimal(amount))
        for amount in ("0.10", "0.20", "1999999.70", "33333333.33")
    ]
    assert money(project, world, *(piece.pk for piece in vouchers)).amount_cny == Decimal("35333333.33")


@pytest.mark.parametrize(
    ("number", "issuer"),
    [("NO-7", "远山集团"), (" NO-7 ", "远山集团"), ("no-7", "远山 集团"), ("ＮＯ－７", "远山集团"), ("N O-7", "远山集团")],
)  # fmt: skip
def test_a_voucher_counts_once_however_it_is_written_and_is_free_again_when_revoked(
    world: County, number: str, issuer: str
) -> None:
    first, second = (bring_to(make_project(world), Stage.SIGNED, world) for _ in range(2))
    used = give(first, "bank_slip", world.officer, number="NO-7", issuer="远山集团")
    again = give(second, "bank_slip", world.officer, number=number, issuer=issuer)
    call: dict[str, Any] = {"by": world.officer, "project_id": second.pk, "evidence_ids": [again.pk]}
    waiting = acts.run(gates.money_ask, by=world.officer, project_id=first.pk, evidence_ids=[used.pk])
    said = refused("voucher_used", gates.money_ask, field="evidence", **call)
    assert number.strip() in str(said.message)
    fact = recognise(waiting, world[Role.PROJECT_OFFICE])
    refused("voucher_used", gates.money_ask, field="evidence", **call)
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=fact.pk, reason="资金退回")
    assert FactEvidence.objects.filter(fact=fact, held=True).count() == 0
    assert recognise(acts.run(gates.money_ask, **call), world[Role.PROJECT_OFFICE]).amount_cny == Decimal("1000000")


def test_a_voucher_counted_since_it_was_asked_is_refused_when_recognised(world: County) -> None:
    """Two asks that began before either was written: the second is still told, and the database would refuse it."""
    first, second = (bring_to(make_project(world), Stage.SIGNED, world) for _ in range(2))
    slips = [give(project, "bank_slip", world.officer, number="NO-7", issuer="远山集团") for project in (first, second)]
    other = give(second, "bank_slip", world.officer, number="NO-8", issuer="远山集团")
    asked = acts.run(gates.money_ask, by=world.officer, project_id=second.pk, evidence_ids=[other.pk])
    money(first, world, slips[0].pk)
    acts.run(line_added, by=world.officer, ask_id=asked.pk, evidence_id=slips[1].pk)
    refused("voucher_used", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)


def line_added(*, by: User, ask_id: int, evidence_id: int) -> None:
    """What a twin would have left: a voucher in an ask, past the check of money_ask."""
    acts.insert(AskEvidence(ask_id=ask_id, evidence_id=evidence_id))


def test_money_that_counts_nothing_is_not_asked_for(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    empty = give(project, "bank_slip", world.officer, amount_cny=Decimal(0))
    call: dict[str, Any] = {"by": world.officer, "project_id": project.pk, "evidence_ids": [empty.pk]}
    refused("counts_nothing", gates.money_ask, field="evidence", **call)


def test_one_voucher_twice_in_one_ask_counts_once(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    pieces = [give(project, "invoice", world.officer, number="FP-1", issuer="设备厂") for _ in range(2)]
    call: dict[str, Any] = {"by": world.officer, "project_id": project.pk}
    refused("voucher_used", gates.money_ask, field="evidence", evidence_ids=[p.pk for p in pieces], **call)
    single = acts.run(gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[pieces[0].pk] * 3)
    assert recognise(single, world[Role.PROJECT_OFFICE]).amount_cny == Decimal("1000000")


def test_another_payer_or_kind_with_the_same_number_is_another_voucher(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    pieces = [
        give(project, kind, world.officer, number="NO-7", issuer=payer)
        for kind, payer in (("bank_slip", "远山集团"), ("bank_slip", "远海集团"), ("invoice", "远山集团"))
    ]
    assert money(project, world, *(p.pk for p in pieces)).amount_cny == Decimal("3000000")


def test_money_is_not_recognised_on_a_withdrawn_voucher(world: County) -> None:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    slip = give(project, "bank_slip", world.officer)
    asked = acts.run(gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[slip.pk])
    acts.run(evidence.evidence_withdraw, by=world.officer, evidence_id=slip.pk, reason="银行冲正")
    refused("gate_incomplete", gates.ask_recognise, by=world[Role.PROJECT_OFFICE], ask_id=asked.pk, seen=1)
