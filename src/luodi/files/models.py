"""Files as they were given, and what each proves."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from luodi.files.querysets import EvidenceQuerySet
from luodi.files.rules import KINDS
from luodi.kernel.models import WITHIN_REACH, Recorded

KIND_LABELS = {
    "proposal": _("项目建议书"),
    "pre_review": _("初评意见"),
    "site_visit": _("考察报告"),
    "letter_of_intent": _("投资意向书"),
    "contract": _("正式合同"),
    "business_licence": _("营业执照"),
    "fair_competition_review": _("公平竞争审查意见"),
    "legal_review": _("法制审查意见"),
    "approval": _("立项批复或备案"),
    "land_approval": _("用地批准"),
    "planning_permit": _("规划许可"),
    "environment_approval": _("环评批复"),
    "construction_permit": _("施工许可证"),
    "regional_plan": _("片区规划"),
    "construction_contract": _("施工合同"),
    "site_photo": _("现场照片"),
    "foundation_photo": _("地基开挖照片"),
    "piling_photo": _("打桩照片"),
    "equipment_photo": _("设备进场安装照片"),
    "statistics_entry": _("入统证明"),
    "completion_acceptance": _("竣工验收意见"),
    "fire_acceptance": _("消防验收意见"),
    "completion_filing": _("竣工验收备案表"),
    "operation_proof": _("投产证明"),
    "tax_certificate": _("完税证明"),
    "capital_verification": _("验资报告"),
    "bank_slip": _("银行进账单"),
    "invoice": _("设备或工程发票"),
    "land_payment": _("土地款票据"),
    "fiscal_allocation": _("财政拨款凭证（不计入）"),
    "resettlement_advance": _("征迁垫付凭证（不计入）"),
    "minutes": _("会议纪要"),
    "other": _("其他材料"),
}
KIND_CHOICES = [(code, KIND_LABELS[code]) for code in KINDS]


class StoredFile(Recorded):
    """Bytes in storage, known by their hash. One file belongs to one subject, unless its kind of evidence is shared."""

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="files")
    name = models.CharField(_("文件名"), max_length=200)
    path = models.CharField(max_length=120)
    size = models.PositiveBigIntegerField(_("字节"))
    media_type = models.CharField(_("类型"), max_length=100)
    sha256 = models.CharField(max_length=64)
    shared = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["region", "sha256"],
                condition=Q(shared=False),
                name="file_serves_one_subject",
                violation_error_message=_("这份文件已经用在别的项目上，不能再用。"),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Evidence(Recorded):
    """佐证: a typed piece of proof on a subject. Withdrawn with a reason while no fact rests on it; never deleted."""

    region = models.ForeignKey("orgs.Region", models.PROTECT)
    subject = models.ForeignKey("subjects.Subject", models.PROTECT, related_name="evidence")
    kind = models.CharField(_("类别"), max_length=30, choices=KIND_CHOICES)
    title = models.CharField(_("名称"), max_length=200)
    number = models.CharField(_("编号"), max_length=80, blank=True, default="")
    issuer = models.CharField(_("出具或付款方"), max_length=120, blank=True, default="")
    dated_on = models.DateField(_("日期"), validators=WITHIN_REACH, null=True, blank=True)
    amount_cny = models.DecimalField(_("金额（元）"), max_digits=18, decimal_places=2, null=True, blank=True)
    place = models.CharField(_("地点"), max_length=120, blank=True, default="")
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="evidence")
    wording: models.JSONField[Any, Any] = models.JSONField(_("违规优惠词检查"), null=True, blank=True)
    added_by = models.ForeignKey("orgs.Member", models.PROTECT)
    added_at = models.DateTimeField(_("提交时间"))
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_reason = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[Any] = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["-added_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_cny=None) | Q(amount_cny__gte=0),
                name="evidence_amount_not_negative",
                violation_error_message=_("金额不能为负数。"),
            ),
        ]

    def __str__(self) -> str:
        return self.title
