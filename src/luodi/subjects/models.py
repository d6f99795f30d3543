"""One row for each thing that others point at, who is associated with it, and what happened to it."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import Recorded
from luodi.subjects.querysets import SubjectQuerySet


class Subject(Recorded):
    """事项: a project, an inquiry, a meeting …, as facts, evidence, parties, notes and search know it."""

    region = models.ForeignKey("orgs.Region", models.PROTECT, verbose_name=_("行政区"))
    kind = models.CharField(_("类别"), max_length=20)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    title = models.CharField(_("标题"), max_length=200)

    objects: ClassVar[Any] = SubjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["region", "kind"], name="subject_by_kind")]

    def __str__(self) -> str:
        return self.title


class Party(Recorded):
    """相关方: a unit or member associated with a subject, who may therefore see it. Ended, never deleted."""

    ROLES: ClassVar = [
        ("responsible", _("责任单位")),
        ("township", _("所在乡镇")),
        ("helper", _("配合单位")),
        ("solver", _("解决单位")),
        ("bank", _("银行")),
        ("enterprise", _("企业")),
    ]

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="parties")
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, related_name="party_to")
    role = models.CharField(_("身份"), max_length=12, choices=ROLES)
    since = models.DateTimeField(_("自"))
    until = models.DateTimeField(_("至"), null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "unit", "role"], condition=Q(until=None), name="party_once"),
        ]
        indexes = [models.Index(fields=["unit", "subject"], condition=Q(until=None), name="party_by_unit")]

    def __str__(self) -> str:
        return f"{self.subject_id}:{self.unit_id}:{self.role}"

    def chain(self) -> int:
        return int(self.subject.region_id)


class TimelineEntry(Recorded):
    """发生过的: one thing that happened to a subject, written in the act that did it. Only grows.

    `verb` is a code of the registry, `values` the plain values its sentence needs; the words are made when read.
    """

    subject = models.ForeignKey(Subject, models.PROTECT, related_name="timeline")
    at = models.DateTimeField(_("时间"))
    by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, verbose_name=_("谁"))
    verb = models.CharField(max_length=40)
    values: models.JSONField[Any, Any] = models.JSONField(default=dict)
    note = models.TextField(_("说明"), blank=True, default="")

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["subject", "-at", "-id"], name="timeline_by_subject"),
            models.Index(fields=["-at", "-id"], name="timeline_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.subject_id} {self.verb}"

    def chain(self) -> int:
        return int(self.subject.region_id)
