"""Chinese words for the codes of rules.py, in one place for pages, timeline and exports."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luodi.projects.rules import EndKind, Importance, Role, Stage, Track

StrOrPromise = str | Promise
Labels = Mapping[str, StrOrPromise]

TRACKS: Labels = {Track.INVESTMENT: _("招商项目"), Track.PUBLIC: _("政府投资项目")}
STAGES: Labels = {
    Stage.PLANNED: _("谋划储备"),
    Stage.NEGOTIATING: _("在谈"),
    Stage.SIGNED: _("签约"),
    Stage.PREPARING: _("前期"),
    Stage.BUILDING: _("在建"),
    Stage.COMPLETED: _("竣工"),
    Stage.OPERATING: _("投产达效"),
    Stage.ENDED: _("终结"),
}
IMPORTANCE: Labels = {
    Importance.ORDINARY: _("一般"),
    Importance.COUNTY: _("县重点"),
    Importance.CITY: _("市重点"),
    Importance.PROVINCE: _("省重点"),
}
END_KINDS: Labels = {EndKind.DONE: _("成功"), EndKind.GIVEN_UP: _("终止")}
ROLES: Labels = {
    Role.LEADER: _("包联领导"),
    Role.PRINCIPAL: _("责任领导"),
    Role.UNIT: _("责任单位"),
    Role.OFFICER: _("专人"),
    Role.SUPERVISOR: _("督办人"),
}
GATES: Labels = {
    "negotiate": _("进入在谈"),
    "sign": _("签约"),
    "prepare": _("进入前期"),
    "start": _("开工"),
    "complete": _("竣工"),
    "operate": _("投产"),
}
FACT_KINDS: Labels = {**{str(stage): label for stage, label in STAGES.items()}, "money_arrived": _("到位资金")}
OPTIONS: Labels = {"start_proof": _("开工标志照片")}
SOURCES: Labels = {
    "fiscal": _("财政资金"),
    "bond": _("专项债券"),
    "loan": _("银行贷款"),
    "own": _("企业自筹"),
    "foreign": _("外资"),
    "other": _("其他"),
}
OBSTACLES: Labels = {
    "approval": _("审批"),
    "appraisal": _("论证"),
    "land": _("用地拆迁"),
    "finance": _("资金"),
    "utilities": _("要素保障"),
    "other": _("其他"),
}
MEASURES: Labels = {"": _("不计量"), "mu": _("亩"), "households": _("户")}
CAUSES: Labels = {
    "policy": _("政策或产业不符"),
    "environment": _("环评能评"),
    "land_planning": _("用地规划"),
    "demolition": _("征地拆迁"),
    "utilities": _("要素保障"),
    "finance": _("资金"),
    "market": _("市场变化"),
    "investor": _("投资方变卦或资信"),
    "agreement": _("协议条款"),
    "service": _("部门服务不到位"),
    "supporting": _("配套缺失"),
    "misjudged": _("信息误判"),
    "competition": _("外地竞争"),
    "other": _("其他"),
}
ATTRIBUTIONS: Labels = {"objective": _("客观原因"), "investor": _("投资方"), "ours": _("我方")}
CHANCES: Labels = {"none": _("无可能"), "possible": _("有可能"), "likely": _("很可能")}
FIELDS: Labels = {
    "summary": _("建设内容"),
    "total_investment_cny": _("总投资"),
    "industry": _("行业"),
    "investor": _("投资方"),
    "committed_finish_on": _("承诺竣工"),
    "principal": _("责任领导"),
    "leader": _("包联领导"),
    "township": _("所在乡镇"),
    "national_code": _("全国投资项目代码"),
    "jobs": _("带动就业"),
}
TEXTS: Labels = {"summary": _("建设内容"), "remark": _("备注")}


def choices(labels: Labels) -> list[tuple[str, StrOrPromise]]:
    """A table of labels as Django's choices."""
    return [(str(code), label) for code, label in labels.items()]
