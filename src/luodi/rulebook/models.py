"""Versions of the tables that a county edits. A version is proposed, decided by another, and kept for good."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import WITHIN_REACH, Recorded, Versioned
from luodi.rulebook.querysets import TableVersionQuerySet


class TableVersion(Versioned):
    """One version of one table of a region, whole: all its rows, valid from a civil day on.

    `based_on` is the version that it was compared with when it was decided (None: the code's defaults). `applied_at`: when
    what is kept ready for reading was made to follow it. Without `proposed_by`: taken over from a release before.
    """

    STATES: ClassVar = [
        ("proposed", _("等政府办决定")),
        ("in_force", _("已批准")),
        ("refused", _("没有批准")),
        ("withdrawn", _("已撤回")),
    ]

    region = models.ForeignKey("orgs.Region", models.PROTECT, verbose_name=_("行政区"))
    code = models.CharField(_("规则"), max_length=40)
    valid_from = models.DateField(_("生效日"), validators=WITHIN_REACH)
    state = models.CharField(_("状态"), max_length=10, choices=STATES, default="proposed")
    note = models.TextField(_("为什么改"))
    proposed_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    proposed_at = models.DateTimeField(_("提出时间"))
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)
    reason = models.TextField(_("理由"), blank=True, default="")
    based_on = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    applied_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(null=True)

    objects: ClassVar[Any] = TableVersionQuerySet.as_manager()

    class Meta:
        ordering = ["-valid_from", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "code"],
                condition=Q(state="proposed"),
                name="tableversion_one_open",
                violation_error_message=_("这张规则表已有一份修改在等决定。"),
            ),
            models.UniqueConstraint(
                fields=["region", "code", "valid_from"],
                condition=Q(state="in_force"),
                name="tableversion_one_on_a_day",
                violation_error_message=_("这一天已经有一版规则生效，请换一个生效日。"),
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_at=None, decided_by=None, proposed_by__isnull=False)
                | (~Q(state="proposed") & Q(decided_at__isnull=False, decided_by__isnull=False))
                | Q(state="in_force", decided_at__isnull=False, proposed_by=None),
                name="tableversion_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "withdrawn"])
                | Q(proposed_by=None)
                | ~Q(decided_by=F("proposed_by")),
                name="tableversion_decided_by_another",
                violation_error_message=_("规则的修改要由另一个人决定。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(reason=""),
                name="tableversion_refused_says_why",
                violation_error_message=_("不批准要写明理由。"),
            ),
            models.CheckConstraint(
                condition=Q(applied_at=None) | Q(state="in_force"), name="tableversion_applied_in_force"
            ),
        ]
        indexes = [models.Index(fields=["region", "code", "state", "valid_from"], name="tableversion_in_force")]

    def __str__(self) -> str:
        return f"{self.code} {self.valid_from} {self.state}"

    @property
    def proposer(self) -> str:
        """Who proposed it, in words ("" = taken over)."""
        return f"{self.proposed_by} · {self.proposed_by.unit}" if self.proposed_by else ""


class TableRow(Recorded):
    """One row of a version: plain values by the column's name (engines.ruletables.plain). Never changed."""

    version = models.ForeignKey(TableVersion, models.PROTECT, related_name="rows")
    position = models.PositiveIntegerField()
    cells: models.JSONField[Any, Any] = models.JSONField()

    class Meta:
        ordering = ["version_id", "position"]
        constraints = [models.UniqueConstraint(fields=["version", "position"], name="tablerow_once")]

    def __str__(self) -> str:
        return f"{self.version_id}: {self.position}"

    def chain(self) -> int:
        return int(self.version.region_id)
