"""An Excel ledger on its way in. The file and its rows are sealed under a key that is destroyed when undo is over."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import Job, PersonKey, Versioned


class ImportBatch(Versioned):
    """导入: a file, how its columns are read, what was corrected, and how far it has come.

    `sealed_*` are bytes sealed under `key`; hash and counts stay when the key is destroyed. `undo_until` is the last
    instant at which it may be undone, fixed when it is finished (docs/domain/projects.md#import-undo).
    """

    STATES: ClassVar = [
        ("preview", _("看预览")),
        ("applying", _("入库中")),
        ("done", _("已入库")),
        ("dropped", _("已放弃")),
        ("undoing", _("撤销中")),
        ("undone", _("已撤销")),
    ]

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    importer = models.ForeignKey("orgs.Member", models.PROTECT, related_name="imports")
    name = models.CharField(_("文件名"), max_length=200)
    size = models.PositiveBigIntegerField(_("字节"))
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("状态"), max_length=10, choices=STATES, default="preview")
    key = models.ForeignKey(PersonKey, models.PROTECT, editable=False)
    sealed_file = models.BinaryField(editable=False)
    sealed_choices = models.BinaryField(editable=False, default=b"")
    sealed_rows = models.BinaryField(editable=False, default=b"")
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(_("上传时间"))
    accepted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    forgotten_at = models.DateTimeField(_("内容销毁时间"), null=True)
    undo_until = models.DateTimeField(_("可撤销到"), null=True)
    undo_asked_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey("orgs.Member", models.PROTECT, null=True, related_name="+")
    undo_reason = models.CharField(_("撤销理由"), max_length=500, blank=True, default="")
    undo_job = models.ForeignKey(Job, models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("撤销时间"), null=True)

    class Meta:
        ordering = ["-uploaded_at"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    ~Q(state__in=["undoing", "undone"])
                    & Q(undo_asked_at=None, undone_by=None, undo_reason="", undone_at=None)
                )
                | (
                    Q(state__in=["undoing", "undone"], undo_asked_at__isnull=False, undone_by__isnull=False)
                    & ~Q(undo_reason="")
                ),
                name="importbatch_undone_by_whom",
                violation_error_message=_("撤销导入要写明谁撤销、为什么。"),
            ),
            models.CheckConstraint(
                condition=Q(undo_asked_at=None) | Q(undo_until__gte=F("undo_asked_at")),
                name="importbatch_undone_in_time",
                violation_error_message=_("导入满一天以后不能再撤销。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def wrote(self) -> bool:
        """Whether it entered or changed any project."""
        return bool(self.counts.get("made") or self.counts.get("edited"))

    @property
    def undo_counts(self) -> dict[str, int]:
        """How many projects came to each outcome of the undo (UndoneProject.OUTCOMES), as far as any did."""
        found = {code: self.counts.get(f"undo_{code}", 0) for code, _label in UndoneProject.OUTCOMES}
        return {code: count for code, count in found.items() if count}


class ImportedRow(models.Model):
    """What became of one accepted row: which project it made or changed, or why it was left out."""

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows")
    sheet = models.CharField(max_length=60)
    row = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10)  # new | changed | failed
    project = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="+")
    message = models.CharField(max_length=300, blank=True, default="")
    act = models.UUIDField(null=True)
    """The act that wrote it, by which the audit tells the import's own writes from everybody else's."""

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "sheet", "row"], name="importedrow_once")]

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row} {self.outcome}"


class UndoneProject(models.Model):
    """What the undo of an import did with one project. `left` lists what it left: [{field, actor, at, why}]."""

    OUTCOMES: ClassVar = [
        ("void", _("录入作废")),
        ("restored", _("已恢复")),
        ("partly", _("部分恢复")),
        ("left", _("留着没动")),
        ("same", _("没有要恢复的")),
    ]

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="undone_projects")
    project = models.ForeignKey("projects.Project", models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=OUTCOMES)
    fields: models.JSONField[Any, Any] = models.JSONField(default=list)
    left: models.JSONField[Any, Any] = models.JSONField(default=list)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "project"], name="undoneproject_once")]

    def __str__(self) -> str:
        return f"{self.project_id} {self.outcome}"
