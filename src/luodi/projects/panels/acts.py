"""What each act on projects is called in the audit log."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from luodi.kernel import registry

ACTS = {
    "projects": {
        "project_create": _("录入项目"),
        "project_edit": _("改项目资料"),
        "project_grade": _("定重要程度"),
        "project_mark_promising": _("列为或不再列为有眉目"),
    },
    "years": {"year_figure_set": _("填年度投资"), "year_figures_set": _("成批填年度投资")},
    "figures": {"turns_rebuild": _("按新规则重算变灯日")},
    "gates": {
        "gate_ask": _("申报关口"),
        "money_ask": _("申报到位资金"),
        "ask_recognise": _("认定申报"),
        "ask_return": _("退回申报"),
        "ask_withdraw": _("撤回申报"),
        "fact_revoke": _("撤销认定"),
    },
    "exports": {"library_export": _("导出项目")},
    "rechecks": {"recheck_record": _("复核认定")},
    "evidence": {"evidence_add": _("交佐证"), "evidence_withdraw": _("撤回佐证")},
    "commitments": {
        "commitment_ask": _("申请改期"),
        "commitment_decide": _("答复改期"),
        "suspension_ask": _("申请暂停"),
        "suspension_decide": _("答复暂停"),
        "suspension_resume": _("恢复项目"),
    },
    "obstacles": {
        "obstacle_add": _("登记堵点"),
        "obstacle_report": _("报堵点进展"),
        "obstacle_solve": _("报堵点已解决"),
        "obstacle_confirm": _("确认堵点"),
    },
    "people": {"hand_over": _("交接"), "hand_over_unit": _("换责任单位")},
    "ends": {
        "lesson_propose": _("写经验"),
        "lesson_decide": _("答复经验"),
        "lesson_answer": _("采用经验或说明不适用"),
        "ending_propose": _("提出终结"),
        "ending_accept": _("接受终结"),
        "ending_explain": _("附纪要接受终结"),
        "ending_return": _("退回终结"),
        "void_ask": _("申请录入作废"),
        "void_decide": _("答复录入作废"),
    },
    "imports.wizard": {
        "import_upload": _("上传台账"),
        "import_revise": _("重算台账预览"),
        "import_accept": _("接受台账预览"),
        "import_drop": _("放弃台账预览"),
    },
    "imports.applying": {
        "rows_write": _("台账入库"),
        "rows_refuse": _("台账的行没有入库"),
        "import_finish": _("台账入库完成"),
        "import_forget": _("销毁台账内容"),
    },
    "imports.undoing": {
        "import_undo": _("撤销导入"),
        "projects_undo": _("撤销导入的项目"),
        "projects_leave": _("撤销导入时留下的项目"),
        "import_undo_finish": _("撤销导入完成"),
    },
}
MOVED = {"projects.year_figure_set": "years.year_figure_set", "projects.year_figures_set": "years.year_figures_set"}
"""Services by module: where they stood when entries of parts 1 and 2 were written, and where they stand."""


def register() -> None:
    for module, words in ACTS.items():
        registry.add_acts(f"projects.services.{module}", words)
    for was, now in MOVED.items():
        registry.FORMER_ACTS[f"projects.services.{was}"] = f"projects.services.{now}"
