"""Sealing and revoking facts. The apps decide who may; these two functions are the only way to do it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from luodi.facts.models import Fact, FactEvidence, FactShare, Revocation
from luodi.files.models import Evidence
from luodi.kernel import acts, clock
from luodi.kernel.chinese import name_key
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Industry, Member, Unit
from luodi.subjects.models import Subject

WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Result:
    """What is to be recognised. `shares`: basis points of each unit id. `counted`: evidence with the yuan it brings in."""

    subject: Subject
    kind: str
    gate: str
    happened_on: date
    asked_by: Member
    unit: Unit
    leader: Member | None
    industry: Industry | None
    shares: Mapping[int, int]
    counted: Sequence[tuple[Evidence, Decimal]]


def fact_seal(result: Result, *, by: Member) -> Fact:
    """Write a fact with its shares and evidence, and seal it; all of it frozen from then on.

    Errors: "shares_not_whole" | "voucher_used"; the database refuses a recogniser with a share.
    """
    if sum(result.shares.values()) != WHOLE:
        raise DomainError("shares_not_whole", _("各单位份额合计必须是 100%。"), field="shares")
    today = clock.today()
    fact = acts.insert(
        Fact(
            region_id=result.subject.region_id,
            subject=result.subject,
            kind=result.kind,
            gate=result.gate,
            happened_on=result.happened_on,
            asked_by=result.asked_by,
            unit=result.unit,
            leader=result.leader,
            industry=result.industry,
        )
    )
    acts.insert_many([FactShare(fact=fact, unit_id=unit, basis_points=part) for unit, part in result.shares.items()])
    acts.insert_many([_line(fact, evidence, amount) for evidence, amount in result.counted])
    acts.update(
        fact,
        state="recognised",
        recognised_on=today,
        year=today.year,
        recognised_by=by,
        recognised_unit=by.unit,
        amount_cny=sum((amount for _evidence, amount in result.counted), Decimal(0)),
    )
    return fact


def _line(fact: Fact, evidence: Evidence, amount: Decimal) -> FactEvidence:
    _kind, payer, number = voucher_key(evidence)
    if amount and voucher_used(evidence):
        raise DomainError(
            "voucher_used",
            _("%(title)s（%(number)s）已经计过一次，不能再计。") % {"title": evidence.title, "number": evidence.number},
        )
    return FactEvidence(
        fact=fact,
        evidence=evidence,
        region_id=fact.region_id,
        kind=evidence.kind,
        payer=payer,
        number=number,
        amount_cny=amount,
    )


def voucher_key(evidence: Evidence) -> tuple[str, str, str]:
    """By what a voucher is known in its region, whatever its spelling: kind, payer, number."""
    return evidence.kind, name_key(evidence.issuer), name_key(evidence.number)


def voucher_used(evidence: Evidence) -> bool:
    """Whether a standing fact already counts this voucher."""
    _kind, payer, number = voucher_key(evidence)
    return FactEvidence.objects.filter(
        region_id=evidence.region_id, kind=evidence.kind, payer=payer, number=number, held=True, amount_cny__gt=0
    ).exists()


def fact_revoke(fact: Fact, *, by: Member, reason: str) -> Revocation:
    """Revoke a sealed fact, with its reason; its vouchers are free again. The fact itself stays as it was."""
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明撤销的原因。"), field="reason")
    if fact.revoked_by_id is not None:
        raise DomainError("revoked_already", _("这条认定已经撤销。"))
    revocation = acts.insert(Revocation(region_id=fact.region_id, by=by, at=acts.current().at, reason=reason.strip()))
    acts.update(fact, revoked_by=revocation)
    acts.note_written(FactEvidence.objects.filter(fact=fact), "update")
    return revocation
