"""Who took rows of the library away."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import Recorded
from luodi.projects.rules import EXPORT_ASKS_REASON, EXPORT_MOST


class LibraryExport(Recorded):
    """导出: a file of rows of the library that somebody took: of which filters (as the address reads), how many, and
    why where they are many. The file itself is not kept."""

    KINDS: ClassVar = [("xlsx", _("Excel")), ("csv", _("CSV（给程序用）"))]

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    member = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    at = models.DateTimeField(_("时间"))
    kind = models.CharField(_("格式"), max_length=4, choices=KINDS)
    asked = models.CharField(_("条件"), max_length=2000, blank=True, default="")
    count = models.PositiveIntegerField(_("行数"))
    reason = models.CharField(_("用途"), max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(count__lte=EXPORT_ASKS_REASON) | ~Q(reason=""), name="export_many_have_a_reason"
            ),
            models.CheckConstraint(condition=Q(count__lte=EXPORT_MOST), name="export_within_cap"),
        ]

    def __str__(self) -> str:
        return f"{self.member_id} {self.count}"
