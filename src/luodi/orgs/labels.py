"""Words for roles, scopes of tokens and what can be delegated."""

from __future__ import annotations

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from luodi.orgs.rules import Role

ROLE_LABELS = {
    Role.COUNTY_LEADER: _("县领导"),
    Role.GOVERNMENT_OFFICE: _("政府办公室"),
    Role.PROJECT_OFFICE: _("项目办"),
    Role.INVESTMENT_BUREAU: _("招商局"),
    Role.STATISTICS_BUREAU: _("统计局"),
    Role.UNIT_HEAD: _("单位主要领导"),
    Role.UNIT_OFFICER: _("单位经办人"),
    Role.SUPERVISOR: _("督查员"),
    Role.DISCIPLINE_OFFICE: _("纪检监察"),
    Role.CONVENOR: _("联席会议召集人"),
    Role.BANK_CLERK: _("银行经办人"),
    Role.ENTERPRISE_CLERK: _("企业经办人"),
    Role.SYSTEM_ADMIN: _("系统管理员"),
    Role.SECURITY_ADMIN: _("安全管理员"),
    Role.AUDIT_ADMIN: _("审计管理员"),
}
SCOPE_LABELS = {
    "read": _("查看"),
    "project": _("录入、编辑、导入项目，留言"),
    "evidence": _("佐证"),
    "gate": _("关口和资金的申报、认定"),
    "fact": _("撤销认定"),
    "commitment": _("改期"),
    "assignment": _("交接"),
    "suspension": _("暂停和恢复"),
    "obstacle": _("堵点"),
    "ending": _("终结"),
    "lesson": _("经验"),
    "void": _("录入作废"),
    "unit": _("换任主要领导"),
    "member": _("人员"),
    "rule": _("改规则"),
    "obligation": _("停钟和恢复计时"),
    "excuse": _("延期的申请和批准"),
}
"""Words for the scopes of API tokens (orgs.rules.TOKEN_SCOPES)."""
DELEGABLE_LABELS = {
    "project.create": _("录入项目"),
    "project.edit": _("编辑项目和年度数字"),
    "project.grade": _("定重要程度和“有眉目”"),
    "project.note": _("在项目上记一笔"),
    "evidence.add": _("交佐证、撤回佐证"),
    "commitment.ask": _("申请改期"),
    "commitment.decide": _("决定改期"),
    "assignment.hand_over": _("交接项目"),
    "assignment.supervisor": _("指定督办人"),
    "suspension.ask": _("申请暂停"),
    "suspension.decide": _("同意暂停"),
    "suspension.resume": _("恢复项目"),
    "obstacle.add": _("登记堵点"),
    "obstacle.work": _("填写堵点的进展和结果"),
    "obstacle.confirm": _("确认堵点已解决"),
    "ending.propose": _("提出终结"),
    "ending.accept": _("接受终止说明"),
    "lesson.accept": _("接受经验"),
    "lesson.answer": _("答复经验采用与否"),
    "void.ask": _("申请录入作废"),
    "void.approve": _("批准录入作废"),
    "obligation.stop": _("停钟和恢复计时"),
    "excuse.ask": _("申请延期"),
    "excuse.decide": _("批准延期"),
    "member.manage": _("管理人员"),
    "rule.propose": _("提出改规则"),
    "rule.decide": _("批准改规则"),
}
"""Words for what a delegation may name (orgs.rules.DELEGABLE)."""
ROLE_CHOICES = [(role.value, label) for role, label in ROLE_LABELS.items()]


def acting_name(name: str, deputy: str | None) -> str:
    """甲, or 乙代甲 where a deputy did it."""
    return gettext("%(deputy)s代%(name)s") % {"deputy": deputy, "name": name} if deputy else name
