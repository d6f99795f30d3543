"""应办事项: every clock of the system is one row here; where it stands, who was told, why it stood, what excused it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from luodi.engines.ladder import Rung
from luodi.kernel.models import WITHIN_REACH, Recorded, Versioned
from luodi.kernel.registry import DUTIES, SHOWN_AS, DutyKind
from luodi.obligations.querysets import ObligationQuerySet
from luodi.obligations.rules import Hears, StopReason

HEARS_LABELS = {
    Hears.PERSON: _("责任人"),
    Hears.UNIT_HEAD: _("单位主要领导"),
    Hears.SUPERVISOR: _("督办人"),
    Hears.LEADER: _("包联领导"),
}
STOP_LABELS = {
    StopReason.SUSPENDED: _("项目暂停"),
    StopReason.HIGHER: _("等上级答复"),
    StopReason.DEBTOR_WAITS: _("等对方补材料"),
    StopReason.WEATHER: _("不可抗力"),
}


class Obligation(Versioned):
    """One duty of one unit and person. Open while `settled_at` is empty; kept equal to what its row says (services.keeping).

    `due_on` is a civil date, the last day in time; None while the clock stands and no day can be named. `allowed`
    working days run from `opened_on`, unless the row promises a day itself (`promised`) or an excuse moved it (`extended_to`).
    `rungs` is the ladder in force on the day it was opened; `steps_taken` of its steps have been reached, the next is
    due on `next_step_on`.
    """

    locked_last: ClassVar[bool] = True

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="obligations")
    kind = models.CharField(_("事项"), max_length=30)
    ref = models.BigIntegerField()
    values: models.JSONField[Any, Any] = models.JSONField(default=dict)
    unit = models.ForeignKey("orgs.Unit", models.PROTECT, verbose_name=_("责任单位"), related_name="obligations")
    member = models.ForeignKey(
        "orgs.Member", models.PROTECT, null=True, verbose_name=_("责任人"), related_name="obligations"
    )
    waiting = models.ForeignKey(
        "orgs.Member", models.PROTECT, null=True, verbose_name=_("谁在等"), related_name="awaited"
    )
    opened_at: models.DateTimeField[datetime, datetime] = models.DateTimeField(_("起于"))
    opened_on: models.DateField[date, date] = models.DateField()
    allowed = models.PositiveSmallIntegerField(_("时限（工作日）"), null=True)
    promised_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    extended_to: models.DateField[date | None, date | None] = models.DateField(null=True)
    due_on: models.DateField[date | None, date | None] = models.DateField(_("应在何日前"), null=True)
    stopped_on: models.DateField[date | None, date | None] = models.DateField(_("停钟自"), null=True)
    rungs: models.JSONField[Any, Any] = models.JSONField(default=list)
    steps_taken = models.PositiveSmallIntegerField(default=0)
    next_step_on: models.DateField[date | None, date | None] = models.DateField(null=True)
    settled_at: models.DateTimeField[datetime | None, datetime | None] = models.DateTimeField(_("办结"), null=True)
    settled_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    settled_in = models.CharField(max_length=80, blank=True, default="")  # the service whose act settled it
    settled_late = models.BooleanField(null=True)

    objects: ClassVar[Any] = ObligationQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "ref"], condition=Q(settled_at=None), name="obligation_open_once"),
            models.CheckConstraint(
                condition=Q(settled_at=None, settled_in="", settled_late=None)
                | Q(settled_at__isnull=False, settled_late__isnull=False, next_step_on=None),
                name="obligation_settled_whole",
            ),
            models.CheckConstraint(
                condition=Q(due_on__isnull=False) | Q(stopped_on__isnull=False) | Q(settled_at__isnull=False),
                name="obligation_due_or_stopped",
                violation_error_message=_("应办事项必须有时限，只有停钟时可以没有。"),
            ),
            models.CheckConstraint(
                condition=Q(allowed__isnull=False) | Q(promised_on__isnull=False), name="obligation_has_a_limit"
            ),
        ]
        indexes = [
            models.Index(fields=["unit", "due_on"], condition=Q(settled_at=None), name="obligation_of_unit"),
            models.Index(fields=["member", "due_on"], condition=Q(settled_at=None), name="obligation_of_member"),
            models.Index(fields=["waiting"], condition=Q(settled_at=None), name="obligation_awaited"),
            models.Index(fields=["region", "due_on"], condition=Q(settled_at=None), name="obligation_open"),
            models.Index(fields=["next_step_on"], condition=Q(settled_at=None), name="obligation_next_step"),
            models.Index(fields=["subject", "kind"], name="obligation_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"

    @property
    def about(self) -> DutyKind:
        return DUTIES[self.kind]

    @property
    def title(self) -> str:
        types = self.about.types
        values = {name: SHOWN_AS[types[name]](value) if name in types else value for name, value in self.values.items()}
        return str(self.about.title) % {"subject": self.subject.title, **values}

    @property
    def href(self) -> str:
        return self.about.href(self)

    @property
    def ladder(self) -> tuple[Rung, ...]:
        return tuple(Rung(after, who) for after, who in self.rungs)


class Stop(Recorded):
    """停钟: the clock of a duty stands from `first` until, and not including, `until`. Ended once, never rewritten."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="stops")
    reason = models.CharField(
        _("停钟原因"), max_length=16, choices=[(r.value, label) for r, label in STOP_LABELS.items()]
    )
    note = models.CharField(_("说明"), max_length=500, blank=True, default="")
    first: models.DateField[date, date] = models.DateField(_("自"))
    until: models.DateField[date | None, date | None] = models.DateField(_("至"), null=True)
    by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["first", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["obligation"], condition=Q(until=None), name="stop_running_once"),
            models.CheckConstraint(condition=Q(until=None) | Q(until__gte=F("first")), name="stop_ends_after_it_began"),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.reason}"

    def chain(self) -> int:
        return int(self.obligation.region_id)


class Escalation(Recorded):
    """升级: on this day a step of the ladder was reached and this member heard of it. Only grows."""

    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="escalations")
    step = models.PositiveSmallIntegerField()
    on: models.DateField[date, date] = models.DateField(_("日期"))
    hears = models.CharField(
        _("告知"), max_length=16, choices=[(who.value, label) for who, label in HEARS_LABELS.items()]
    )
    told = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="heard")

    class Meta:
        ordering = ["step", "pk"]
        indexes = [models.Index(fields=["told", "obligation"], name="escalation_told")]

    def __str__(self) -> str:
        return f"{self.obligation_id}.{self.step}"

    def chain(self) -> int:
        return int(self.obligation.region_id)


class Excuse(Versioned):
    """申请延期: why a duty cannot be done in time, and until when; approved by another unit, it moves the due day."""

    STATES: ClassVar = [("asked", _("待批准")), ("agreed", _("已批准")), ("refused", _("未批准"))]

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    obligation = models.ForeignKey(Obligation, models.PROTECT, related_name="excuses")
    reason = models.TextField(_("原因"), max_length=1000)
    until: models.DateField[date, date] = models.DateField(_("延到"), validators=WITHIN_REACH)
    state = models.CharField(_("状态"), max_length=10, choices=STATES, default="asked")
    asked_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.CharField(_("答复"), max_length=500, blank=True, default="")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["obligation"],
                condition=Q(state="asked"),
                name="excuse_asked_once",
                violation_error_message=_("已有一份延期申请在等批准。"),
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_by=None)
                | (~Q(state="asked") & Q(decided_by__isnull=False) & ~Q(decided_by=F("asked_by"))),
                name="excuse_decided_by_another",
                violation_error_message=_("延期要由另一个人批准。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.obligation_id} {self.until}"


class DeskVisit(models.Model):
    """When a member last looked at his desk: changes since the visit before are shown (no business row, no audit)."""

    member = models.OneToOneField("orgs.Member", models.PROTECT, primary_key=True, related_name="+")
    before_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()
    last_at: models.DateTimeField[datetime, datetime] = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.member_id)
