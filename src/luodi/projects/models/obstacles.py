"""堵点: what blocks a project, who must solve it and by when."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import WITHIN_REACH, Versioned
from luodi.projects.models import labels
from luodi.projects.models.labels import choices
from luodi.projects.models.project import Project
from luodi.projects.rules import OBSTACLE_WARN_DAYS, Lamp, obstacle_lamp


class Obstacle(Versioned):
    """Open until solved with a result, and closed only when officer or supervisor, outside the solving unit, confirms it.

    `done` of `total` is told in `measure` (亩 or 户) for land and demolition.
    """

    STATES: ClassVar = [("open", _("未解决")), ("solved", _("待确认")), ("confirmed", _("已解除"))]

    project = models.ForeignKey(Project, models.PROTECT, related_name="obstacles")
    kind = models.CharField(_("类别"), max_length=12, choices=choices(labels.OBSTACLES))
    title = models.CharField(_("堵在哪里"), max_length=120)
    since_on = models.DateField(_("起于"), validators=WITHIN_REACH)
    solver_unit = models.ForeignKey("orgs.Unit", models.PROTECT, verbose_name=_("解决单位"), related_name="obstacles")
    promised_on = models.DateField(_("承诺解决日"), validators=WITHIN_REACH)
    tried = models.TextField(_("已做的努力"), blank=True, default="")
    measure = models.CharField(_("计量"), max_length=12, blank=True, default="", choices=choices(labels.MEASURES))
    done = models.DecimalField(_("已完成"), max_digits=10, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(_("总量"), max_digits=10, decimal_places=2, null=True, blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=STATES, default="open")
    added_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    result = models.TextField(_("解决结果"), blank=True, default="")
    solved_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    solved_at = models.DateTimeField(null=True)
    confirmed_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["state", "promised_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open") | (~Q(result="") & Q(solved_by__isnull=False)),
                name="obstacle_solved_with_result",
                violation_error_message=_("解决堵点要写明结果。"),
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed") | Q(confirmed_by__isnull=False), name="obstacle_confirmed_by_someone"
            ),
            models.CheckConstraint(
                condition=Q(total=None, done=None) | Q(done=None, total__gt=0) | Q(done__gte=0, done__lte=F("total")),
                name="obstacle_done_within_total",
                violation_error_message=_("已完成不能大于总量。"),
            ),
        ]
        indexes = [
            models.Index(fields=["project", "state"], name="obstacle_by_project"),
            models.Index(fields=["solver_unit", "state"], name="obstacle_by_solver"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def closed_with_project(self) -> str:
        """How it came to rest unsolved: the project ended or was voided over it ("" = it did not)."""
        if self.state == "confirmed" or self.project.live:
            return ""
        return str(_("随项目作废") if self.project.void else _("随项目终结"))

    def lamp(self, today: date, warn_days: int = OBSTACLE_WARN_DAYS) -> Lamp:
        """By its promise alone (rules.obstacle_lamp), whether or not a result waits to be confirmed."""
        return obstacle_lamp(earliest_due=self.promised_on, today=today, warn_days=warn_days)

    def chain(self) -> int:
        return int(self.project.region_id)
