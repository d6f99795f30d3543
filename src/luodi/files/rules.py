"""Kinds of evidence 佐证 and what each must say of itself. Pure. Sources: docs/domain/projects.md#evidence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

MOST_BYTES = 20 * 1024 * 1024
MOST_CNY = 10**13  # yuan: beyond it an amount is a slip of the unit


class Shape(StrEnum):
    """What a piece of evidence must say of itself."""

    DOCUMENT = "document"  # a title is enough
    PERMIT = "permit"  # number, issuer, date
    CONTRACT = "contract"  # number, the other side, date, amount
    VOUCHER = "voucher"  # number, payer, date, amount
    PHOTO = "photo"  # place and time


REQUIRED: dict[Shape, tuple[str, ...]] = {
    Shape.DOCUMENT: (),
    Shape.PERMIT: ("number", "issuer", "dated_on"),
    Shape.CONTRACT: ("number", "issuer", "dated_on", "amount_cny"),
    Shape.VOUCHER: ("number", "issuer", "dated_on", "amount_cny"),
    Shape.PHOTO: ("place", "dated_on"),
}
"""`issuer` is who issued a permit, who signed a contract with us, who paid by a voucher."""


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """`shared` evidence (a plan that covers a whole park, say) may serve several projects; any other file only one.

    `countable` tells whether its amount may enter a fact: fiscal money, say, is shown and does not count.
    """

    code: str
    shape: Shape
    shared: bool = False
    countable: bool = True


D, P, C, V, H = Shape.DOCUMENT, Shape.PERMIT, Shape.CONTRACT, Shape.VOUCHER, Shape.PHOTO

KINDS: dict[str, EvidenceKind] = {
    kind.code: kind
    for kind in [
        EvidenceKind("proposal", D),
        EvidenceKind("pre_review", D),
        EvidenceKind("site_visit", D),
        EvidenceKind("letter_of_intent", D),
        EvidenceKind("contract", C),
        EvidenceKind("business_licence", P),
        EvidenceKind("fair_competition_review", D),
        EvidenceKind("legal_review", D),
        EvidenceKind("approval", P),
        EvidenceKind("land_approval", P),
        EvidenceKind("planning_permit", P),
        EvidenceKind("environment_approval", P),
        EvidenceKind("construction_permit", P),
        EvidenceKind("regional_plan", P, shared=True),
        EvidenceKind("construction_contract", C),
        EvidenceKind("site_photo", H),
        EvidenceKind("foundation_photo", H),
        EvidenceKind("piling_photo", H),
        EvidenceKind("equipment_photo", H),
        EvidenceKind("statistics_entry", D),
        EvidenceKind("completion_acceptance", P),
        EvidenceKind("fire_acceptance", P),
        EvidenceKind("completion_filing", P),
        EvidenceKind("operation_proof", D),
        EvidenceKind("tax_certificate", V),
        EvidenceKind("capital_verification", V),
        EvidenceKind("bank_slip", V),
        EvidenceKind("invoice", V),
        EvidenceKind("land_payment", V),
        EvidenceKind("fiscal_allocation", V, countable=False),
        EvidenceKind("resettlement_advance", V, countable=False),
        EvidenceKind("minutes", D),
        EvidenceKind("other", D),
    ]
}


def missing(kind: EvidenceKind, given: dict[str, object]) -> list[str]:
    """Name the fields that this kind of evidence must still tell."""
    return [name for name in REQUIRED[kind.shape] if given.get(name) in (None, "")]
