"""Tables of the spine. None of them points to a table of an app, and no foreign key points to an audit head."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any, ClassVar

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

    UNTOLD: ClassVar[frozenset[str]] = frozenset()
    """Columns of secrets, which no after-image holds."""

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


class Job(Recorded):
    """Background work, written in the act that asks for it. Due while it is open and its lease has passed.

    Only what a person decides about it (try again, give up) is recorded in the root's chain: the rest is the worker's.
    `began_at` is when it was last taken. `asked_by` is an `audit_name`.
    """

    kind = models.CharField(max_length=60)
    arguments: models.JSONField[Any, Any] = models.JSONField(default=dict)
    asked_by = models.CharField(max_length=40, default="", blank=True)
    asked_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    step = models.PositiveIntegerField(default=0)
    steps = models.PositiveIntegerField(default=0)
    began_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)
    failure = models.TextField(default="", blank=True)
    given_up_at = models.DateTimeField(null=True)
    given_up_reason = models.CharField(_("原因"), max_length=200, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["due_at"], condition=models.Q(done_at=None), name="job_due"),
            models.Index(fields=["asked_by", "-id"], name="job_by_asker"),
            models.Index(fields=["done_at"], name="job_by_done"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    def in_hand(self, now: datetime) -> bool:
        """Whether a worker holds it."""
        return self.done_at is None and self.began_at is not None and self.leased_until > now


class PeriodicRun(models.Model):
    """One slot of a periodic job: its row is written with the job that runs it, so that a slot is run once.

    `job` is empty for the slot at which the periodic job was first known; `missed` counts the slots before this one for
    which nobody ran.
    """

    name = models.CharField(max_length=60)
    slot = models.DateTimeField()
    missed = models.PositiveIntegerField(default=0)
    job = models.ForeignKey(Job, models.CASCADE, null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "slot"], name="periodic_slot_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M}"


class WorkerSeen(models.Model):
    """A worker process that lives, or lived not long ago: it writes `seen_at` every few seconds."""

    name = models.CharField(max_length=120, primary_key=True)
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
