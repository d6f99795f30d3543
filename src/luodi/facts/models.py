"""认定事实: results that somebody entitled to has recognised. Inserted as draft, sealed once, revoked but never changed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luodi.facts.querysets import FactQuerySet
from luodi.kernel.models import Recorded


class Fact(Recorded):
    """A result, with the unit, leader and industry as they were on the day. `gate` is "" where it passes none.

    `happened_on` is the civil day it happened; `year` is that of the recognition, which decides the year it counts in.
    `amount_cny` (yuan) is the sum of its vouchers, 0 where its kind carries none.
    """

    STATES: ClassVar = [("draft", _("拟定")), ("recognised", _("已认定"))]

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="facts")
    kind = models.CharField(_("种类"), max_length=30)
    gate = models.CharField(_("关口"), max_length=30, blank=True, default="")
    state = models.CharField(_("状态"), max_length=12, choices=STATES, default="draft")
    happened_on = models.DateField(_("发生日"))
    recognised_on = models.DateField(_("认定日"), null=True)
    year = models.PositiveSmallIntegerField(_("计入年度"), null=True)
    amount_cny = models.DecimalField(_("金额（元）"), max_digits=18, decimal_places=2, default=0)
    asked_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="facts_asked")
    recognised_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="facts_recognised")
    recognised_unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="facts_recognised")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, verbose_name=_("责任单位"), related_name="facts")
    leader = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="facts_led")
    industry = models.ForeignKey("orgs.Industry", models.PROTECT, null=True)
    revoked_by = models.OneToOneField("facts.Revocation", models.PROTECT, null=True, related_name="fact")

    objects: ClassVar[Any] = FactQuerySet.as_manager()

    class Meta:
        ordering = ["-recognised_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "gate"],
                condition=~Q(gate="") & Q(revoked_by=None),
                name="fact_gate_once",
                violation_error_message=_("这一关口已经认定过。"),
            ),
            models.CheckConstraint(
                condition=Q(state="draft")
                | Q(
                    recognised_on__isnull=False,
                    year__isnull=False,
                    recognised_by__isnull=False,
                    recognised_unit__isnull=False,
                ),
                name="fact_recognised_by_someone",
            ),
            models.CheckConstraint(condition=Q(amount_cny__gte=0), name="fact_amount_not_negative"),
        ]
        indexes = [models.Index(fields=["region", "kind", "year"], name="fact_by_kind_year")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id} {self.recognised_on}"


class FactShare(Recorded):
    """A unit's share of a fact, in basis points; the shares of one fact add up to 10,000."""

    fact = models.ForeignKey(Fact, models.PROTECT, related_name="shares")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="fact_shares")
    basis_points = models.PositiveIntegerField(_("份额（万分之）"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fact", "unit"], name="share_once_per_unit"),
            models.CheckConstraint(condition=Q(basis_points__range=(1, 10_000)), name="share_in_range"),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.basis_points}"

    def chain(self) -> int:
        return int(self.fact.region_id)


class FactEvidence(Recorded):
    """Evidence on which a fact rests. `amount_cny` is what it contributes; a voucher counts once in a region.

    `held` is true while the voucher's number is taken; revoking the fact frees it. Payer and number are kept as
    `name_key` gives them, so that another spelling is no second voucher.
    """

    fact = models.ForeignKey(Fact, models.PROTECT, related_name="lines")
    evidence = models.ForeignKey("files.Evidence", models.PROTECT, related_name="fact_lines")
    region = models.ForeignKey("orgs.Region", models.PROTECT)
    kind = models.CharField(max_length=30)
    payer = models.CharField(max_length=120, blank=True, default="")
    number = models.CharField(max_length=80, blank=True, default="")
    amount_cny = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    held = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fact", "evidence"], name="evidence_once_per_fact"),
            models.UniqueConstraint(
                fields=["region", "kind", "payer", "number"],
                condition=Q(held=True) & Q(amount_cny__gt=0),
                name="voucher_counts_once",
                violation_error_message=_("这张凭证已经计过一次，不能再计。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact_id}: {self.evidence_id}"


class Revocation(Recorded):
    """Why a recognised fact no longer holds, and who said so."""

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    by = models.ForeignKey("orgs.Member", models.PROTECT)
    at = models.DateTimeField(_("时间"))
    reason = models.TextField(_("原因"))

    def __str__(self) -> str:
        return self.reason[:40]
