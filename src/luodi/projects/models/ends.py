"""No silent end: suspension, ending with its causes, lessons, and the voiding of what never was a project."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import WITHIN_REACH, Recorded, Versioned
from luodi.projects.models import labels
from luodi.projects.models.labels import choices
from luodi.projects.models.project import Kind, Project


class Suspension(Versioned):
    """暂停: the principal asks, the leader agrees; it stays until an act resumes it."""

    STATES: ClassVar = [
        ("asked", _("待同意")),
        ("agreed", _("暂停中")),
        ("refused", _("不同意")),
        ("resumed", _("已恢复")),
    ]

    project = models.ForeignKey(Project, models.PROTECT, related_name="suspensions")
    reason = models.TextField(_("暂停原因"))
    look_again_on = models.DateField(_("再看日期"), validators=WITHIN_REACH)
    state = models.CharField(max_length=10, choices=STATES, default="asked")
    asked_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("答复"), blank=True, default="")
    resumed_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    resumed_at = models.DateTimeField(null=True)
    resumed_note = models.TextField(_("恢复说明"), blank=True, default="")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state__in=["asked", "agreed"]),
                name="suspension_one_at_a_time",
                violation_error_message=_("已有一份暂停申请或暂停在进行中。"),
            ),
            models.CheckConstraint(
                condition=Q(state="asked") | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("asked_by"))),
                name="suspension_agreed_by_another",
                violation_error_message=_("暂停要由另一个人同意。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.state}"

    def chain(self) -> int:
        return int(self.project.region_id)


class Ending(Versioned):
    """终结: done, with what was learned; or given up, with its causes and an explanation that the government accepted."""

    STATES: ClassVar = [("proposed", _("待接受")), ("accepted", _("已接受")), ("returned", _("已退回"))]

    project = models.ForeignKey(Project, models.PROTECT, related_name="endings")
    kind = models.CharField(_("终结方式"), max_length=10, choices=choices(labels.END_KINDS))
    story = models.TextField(_("经过"))
    left_behind = models.TextField(_("遗留事项"), blank=True, default="")
    chance = models.CharField(_("再谈可能"), max_length=10, blank=True, default="", choices=choices(labels.CHANCES))
    try_again_on = models.DateField(_("回访日期"), validators=WITHIN_REACH, null=True, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="proposed")
    proposed_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("答复"), blank=True, default="")
    meeting = models.CharField(_("接受说明的会议"), max_length=120, blank=True, default="")
    meeting_on = models.DateField(_("会议日期"), validators=WITHIN_REACH, null=True, blank=True)
    minute_number = models.CharField(_("纪要编号"), max_length=60, blank=True, default="")
    minutes = models.ForeignKey("files.Evidence", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=~Q(state="returned"),
                name="ending_one_open",
                violation_error_message=_("已有一份终结申请。"),
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("proposed_by"))),
                name="ending_decided_by_another",
                violation_error_message=_("终结要由另一个人接受。"),
            ),
            models.CheckConstraint(
                condition=~Q(kind="given_up", state="accepted")
                | (~Q(meeting="") & Q(meeting_on__isnull=False) & ~Q(minute_number="") & Q(minutes__isnull=False)),
                name="ending_explained_to_government",
                violation_error_message=_("终止要写明哪次会议接受了说明：会议、日期、纪要编号和纪要文件。"),
            ),
            models.CheckConstraint(
                condition=~Q(kind="given_up") | (~Q(chance="") & (Q(chance="none") | Q(try_again_on__isnull=False))),
                name="ending_says_whether_again",
                violation_error_message=_("终止要写明有没有再谈的可能；有可能的，写明回访日期。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.kind} {self.state}"

    def chain(self) -> int:
        return int(self.project.region_id)


class EndingCause(Recorded):
    """One cause of a failure, with whom it is attributed to."""

    ending = models.ForeignKey(Ending, models.PROTECT, related_name="causes")
    cause = models.CharField(_("原因"), max_length=20, choices=choices(labels.CAUSES))
    attribution = models.CharField(_("责任归属"), max_length=12, choices=choices(labels.ATTRIBUTIONS))

    class Meta:
        constraints = [models.UniqueConstraint(fields=["ending", "cause"], name="cause_once_per_ending")]

    def __str__(self) -> str:
        return self.cause

    def chain(self) -> int:
        return int(self.ending.chain())


class Lesson(Versioned):
    """经验教训: what caused it, what to do otherwise, where it applies. Accepted by a unit other than the responsible one."""

    STATES: ClassVar = [("proposed", _("待接受")), ("accepted", _("已接受")), ("returned", _("已退回"))]

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    project = models.ForeignKey(Project, models.PROTECT, related_name="lessons")
    cause = models.TextField(_("原因"))
    otherwise = models.TextField(_("以后怎么做"))
    applies_to = models.TextField(_("适用于"))
    kind = models.ForeignKey(Kind, models.PROTECT, null=True, blank=True)
    industry = models.ForeignKey("orgs.Industry", models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="proposed")
    proposed_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_unit = models.ForeignKey("orgs.Unit", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("答复"), blank=True, default="")

    class Meta:
        ordering = ["-proposed_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="proposed")
                | (Q(decided_by__isnull=False, decided_unit__isnull=False) & ~Q(decided_by=models.F("proposed_by"))),
                name="lesson_decided_by_another",
                violation_error_message=_("经验要由另一个单位接受。"),
            ),
            models.CheckConstraint(
                condition=~Q(cause="") & ~Q(otherwise="") & ~Q(applies_to=""), name="lesson_says_something"
            ),
        ]
        indexes = [
            models.Index(fields=["region", "state", "industry"], name="lesson_by_industry"),
            models.Index(fields=["region", "state", "kind"], name="lesson_by_kind"),
        ]

    def __str__(self) -> str:
        return self.otherwise[:40]


class LessonAnswer(Recorded):
    """A new project says of a lesson that fits it: 采用, or 不适用 and why."""

    ANSWERS: ClassVar = [("adopted", _("采用")), ("not_applicable", _("不适用"))]

    project = models.ForeignKey(Project, models.PROTECT, related_name="lesson_answers")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="answers")
    answer = models.CharField(_("答复"), max_length=16, choices=ANSWERS)
    why = models.TextField(_("说明"), blank=True, default="")
    by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "lesson"], name="lesson_answered_once"),
            models.CheckConstraint(
                condition=Q(answer="adopted") | ~Q(why=""),
                name="lesson_refused_with_reason",
                violation_error_message=_("答“不适用”要写明为什么。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.lesson_id} {self.answer}"

    def says(self, adopted: bool | None, why: str) -> bool:
        """Whether it is this very answer."""
        return (self.answer == "adopted", self.why) == (adopted, why.strip())

    def chain(self) -> int:
        return int(self.project.region_id)


class VoidRequest(Versioned):
    """录入作废: what never was a project (entered twice, an import undone). Another office approves; the row stays.

    `undo_of` is the import whose undo voids a row that nobody touched: the one case in which who asks also decides.
    """

    STATES: ClassVar = [("asked", _("待批准")), ("approved", _("已作废")), ("refused", _("不批准"))]

    project = models.ForeignKey(Project, models.PROTECT, related_name="void_requests")
    reason = models.TextField(_("作废原因"))
    same_as = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("并入项目")
    )
    state = models.CharField(max_length=10, choices=STATES, default="asked")
    asked_by = models.ForeignKey("orgs.Member", models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    answer = models.TextField(_("答复"), blank=True, default="")
    undo_of = models.ForeignKey("projects.ImportBatch", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["project"],
                condition=Q(state="asked"),
                name="void_one_open",
                violation_error_message=_("已有一份作废申请。"),
            ),
            models.CheckConstraint(
                condition=Q(state="asked")
                | (Q(decided_by__isnull=False) & (Q(undo_of__isnull=False) | ~Q(decided_by=models.F("asked_by")))),
                name="void_approved_by_another",
                violation_error_message=_("作废要由另一个人批准。"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.state}"

    def chain(self) -> int:
        return int(self.project.region_id)
