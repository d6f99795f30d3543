"""Tables of the spine. None of them points to a table of an app, and no foreign key points to an audit head."""

from __future__ import annotations

import uuid
from datetime import date
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from luodi.kernel.personal import PersonKey as PersonKey  # a model of this app, kept beside the field it serves

_OUT_OF_REACH = _("日期要在 1949 年至 2100 年之间，请核对年份。")
WITHIN_REACH: list[Any] = [
    MinValueValidator(date(1949, 1, 1), _OUT_OF_REACH),
    MaxValueValidator(date(2100, 12, 31), _OUT_OF_REACH),
]
"""Validators of a civil date that somebody types: outside of this it is a slip, never a plan (as engines.ledger reads)."""


class Recorded(models.Model):
    """A business row: each write of it stands in the audit chain of the region whose government answers for it."""

    class Meta:
        abstract = True

    def chain(self) -> int:
        """Give the id of the region whose chain records this row (0 = the root's chain)."""
        return int(getattr(self, "region_id", None) or 0)


class Versioned(Recorded):
    """A row that people edit in forms: each write raises `version`, each form carries the version it was opened with."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


class AuditHead(models.Model):
    """The newest link of one region's chain. Locked last in each act."""

    chain = models.BigIntegerField(primary_key=True)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.chain}:{self.seq}"


class AuditEntry(models.Model):
    """One row written by one act: `body` is canonical JSON with the full after-image, `hash` = H(previous hash + body)."""

    chain = models.BigIntegerField()
    seq = models.BigIntegerField()
    act = models.UUIDField()
    at = models.DateTimeField()
    service = models.CharField(max_length=80)
    actor = models.CharField(max_length=40)
    model = models.CharField(max_length=60)
    object_id = models.BigIntegerField()
    body = models.TextField()
    algorithm = models.CharField(max_length=8)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "seq"], name="audit_seq_once_per_chain")]
        indexes = [
            models.Index(fields=["model", "object_id", "at"], name="audit_by_object"),
            models.Index(fields=["act"], name="audit_by_act"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}:{self.seq} {self.service}"


class RequestKey(models.Model):
    """An idempotency key: the act's first row, holding what the act answered, so that a form sent twice acts once.

    `asked` is a keyed digest of the arguments, so that the same key with other content is told apart.
    """

    key = models.UUIDField(primary_key=True, default=uuid.uuid4)
    act = models.UUIDField()
    service = models.CharField(max_length=80)
    actor = models.CharField(max_length=40)
    at = models.DateTimeField()
    asked = models.CharField(max_length=64, default="")
    answer: models.JSONField[Any, Any] = models.JSONField(null=True)

    def __str__(self) -> str:
        return f"{self.key} {self.service}"


class CalendarDay(models.Model):
    """A day that differs from Monday-to-Friday: a statutory holiday, or a make-up working day 调休."""

    day = models.DateField(primary_key=True)
    works = models.BooleanField(_("上班"))
    name = models.CharField(_("名称"), max_length=40)
    source = models.CharField(_("出处"), max_length=80)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"


class CalendarYear(models.Model):
    """A year whose holidays the State Council has published. Other years are reckoned Monday to Friday, and say so."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    source = models.CharField(_("出处"), max_length=80)

    class Meta:
        ordering = ["year"]

    def __str__(self) -> str:
        return str(self.year)


class Job(models.Model):
    """Background work, written in the act that asks for it. Due while `done_at` is empty and its lease has passed."""

    kind = models.CharField(max_length=60)
    arguments: models.JSONField[Any, Any] = models.JSONField(default=dict)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)
    failure = models.TextField(default="", blank=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="job_due")]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
