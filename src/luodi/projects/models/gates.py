"""Passing a gate or recognising money: what was asked, on what evidence, and what was decided."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import WITHIN_REACH, Recorded, Versioned
from luodi.projects.models import labels
from luodi.projects.models.labels import choices
from luodi.projects.models.project import Project

DECISIONS = [("asked", _("待认定")), ("recognised", _("已认定")), ("returned", _("已退回")), ("withdrawn", _("已撤回"))]


class Ask(Versioned):
    """申报: somebody asks that a gate be passed (`gate`), or that money arrived (`gate` = "") be recognised.

    `proves_opening` marks an ask that proves the stage at which the project entered (期初) instead of moving it.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="asks")
    gate = models.CharField(_("关口"), max_length=30, blank=True, default="")
    proves_opening = models.BooleanField(default=False)
    happened_on = models.DateField(_("发生日"), validators=WITHIN_REACH)
    state = models.CharField(_("状态"), max_length=12, choices=DECISIONS, default="asked")
    asked_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="asks")
    asked_unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="asks")
    asked_at = models.DateTimeField(_("申报时间"))
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="asks_decided")
    decided_at = models.DateTimeField(null=True)
    reason = models.TextField(_("理由"), blank=True, default="")
    fact = models.OneToOneField("facts.Fact", models.PROTECT, null=True, related_name="ask")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "gate"],
                condition=Q(state="asked") & ~Q(gate=""),
                name="ask_gate_once_open",
                violation_error_message=_("这一关口已有申报在等认定。"),
            ),
            models.CheckConstraint(
                condition=Q(state="recognised", fact__isnull=False) | (~Q(state="recognised") & Q(fact=None)),
                name="ask_recognised_has_fact",
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | Q(decided_by__isnull=False), name="ask_decided_by_someone"
            ),
            models.CheckConstraint(
                condition=~Q(state="recognised") | ~Q(decided_by=models.F("asked_by")),
                name="ask_recognised_by_another",
                violation_error_message=_("申报要由另一个人认定。"),
            ),
        ]
        indexes = [models.Index(fields=["state", "asked_at"], name="ask_open")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.gate or 'money'} {self.state}"

    def chain(self) -> int:
        return int(self.project.region_id)


class AskEvidence(Recorded):
    """Evidence put forward with an ask."""

    ask = models.ForeignKey(Ask, models.PROTECT, related_name="lines")
    evidence = models.ForeignKey("files.Evidence", models.PROTECT, related_name="asks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ask", "evidence"], name="evidence_once_per_ask")]

    def __str__(self) -> str:
        return f"{self.ask_id}: {self.evidence_id}"

    def chain(self) -> int:
        return int(self.ask.chain())


class AskShare(Recorded):
    """The credit that a unit asks for, in basis points."""

    ask = models.ForeignKey(Ask, models.PROTECT, related_name="shares")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="+")
    basis_points = models.PositiveIntegerField(_("份额（万分之）"))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ask", "unit"], name="askshare_once_per_unit")]

    def __str__(self) -> str:
        return f"{self.unit_id}: {self.basis_points}"

    def chain(self) -> int:
        return int(self.ask.chain())


class FactRecheck(Versioned):
    """抽查复核: a recognised fact drawn for a second look by an office that did not recognise it."""

    STATES: ClassVar = [("due", _("待复核")), ("held", _("成立")), ("broken", _("不成立"))]

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    fact = models.OneToOneField("facts.Fact", models.PROTECT, related_name="recheck")
    drawn_at = models.DateTimeField(_("抽中"))
    state = models.CharField(_("结果"), max_length=8, choices=STATES, default="due")
    checked_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(null=True)
    note = models.TextField(_("复核说明"), max_length=1000, blank=True, default="")

    class Meta:
        ordering = ["-drawn_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="due", checked_by=None)
                | Q(state__in=["held", "broken"], checked_by__isnull=False, checked_at__isnull=False),
                name="recheck_done_by_someone",
            ),
            models.CheckConstraint(
                condition=~Q(state="broken") | ~Q(note=""),
                name="recheck_broken_says_why",
                violation_error_message=_("复核不成立要写明依据。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fact_id} {self.state}"

    @property
    def project(self) -> Project:
        found: Project = self.fact.subject.project
        return found


class StageChange(Recorded):
    """The project moved from one stage to another. Only grows."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="stage_changes")
    was = models.CharField(_("原阶段"), max_length=12, choices=choices(labels.STAGES), blank=True)
    now = models.CharField(_("新阶段"), max_length=12, choices=choices(labels.STAGES))
    on = models.DateField(_("日期"))
    at = models.DateTimeField()
    fact = models.ForeignKey("facts.Fact", models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True, default="")

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.was} → {self.now}"

    def chain(self) -> int:
        return int(self.project.region_id)


class CommitmentChange(Versioned):
    """改期申请: a request to move the committed finish. Somebody else decides; only then the date moves."""

    STATES: ClassVar = [("asked", _("待决定")), ("agreed", _("同意")), ("refused", _("不同意"))]

    project = models.ForeignKey(Project, models.PROTECT, related_name="commitment_changes")
    was = models.DateField(_("原承诺"))
    wanted = models.DateField(_("申请改为"), validators=WITHIN_REACH)
    reason = models.TextField(_("原因和措施"))
    state = models.CharField(max_length=10, choices=STATES, default="asked")
    asked_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("答复"), blank=True, default="")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="asked"),
                name="commitment_one_open",
                violation_error_message=_("已有一份改期申请在等决定。"),
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("asked_by"))),
                name="commitment_decided_by_another",
                violation_error_message=_("改期申请要由另一个人决定。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.was} → {self.wanted}"

    def chain(self) -> int:
        return int(self.project.region_id)
