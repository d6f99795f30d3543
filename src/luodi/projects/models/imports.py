"""An Excel ledger on its way in. The file and its rows are sealed under a key that is destroyed when undo is over."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from luodi.kernel.models import Job, PersonKey, Versioned


class ImportBatch(Versioned):
    """导入: a file, how its columns are read, what was corrected, and how far it has come.

    `sealed_*` are bytes sealed under `key`; hash and counts stay when the key is destroyed.
    """

    STATES: ClassVar = [
        ("preview", _("看预览")),
        ("applying", _("入库中")),
        ("done", _("已入库")),
        ("dropped", _("已放弃")),
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

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.name


class ImportedRow(models.Model):
    """What became of one accepted row: which project it made or changed, or why it was left out."""

    batch = models.ForeignKey(ImportBatch, models.PROTECT, related_name="rows")
    sheet = models.CharField(max_length=60)
    row = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10)  # new | changed | failed
    project = models.ForeignKey("projects.Project", models.PROTECT, null=True, related_name="+")
    message = models.CharField(max_length=300, blank=True, default="")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "sheet", "row"], name="importedrow_once")]

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row} {self.outcome}"
