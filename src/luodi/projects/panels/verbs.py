"""How each thing that happens to a project reads on its timeline."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.registry import Verb

STAGED = {"was": "stage", "now": "stage"}
VERBS = (
    Verb("project.entered", _("入库，由%(unit)s负责，专人%(officer)s"), weight="strong"),
    Verb(
        "project.opened",
        _("以“%(stage)s”期初入库（未认定），由%(unit)s负责，专人%(officer)s"),
        {"stage": "stage"},
        "strong",
    ),
    Verb("project.edited", _("改%(field)s：%(was)s → %(now)s"), {"field": "field"}),
    Verb("project.graded", _("重要程度：%(was)s → %(now)s"), {"was": "importance", "now": "importance"}, "strong"),
    Verb("project.promising", _("列为有眉目")),
    Verb("project.not_promising", _("不再列为有眉目")),
    Verb("project.ended", _("终结：%(kind)s"), {"kind": "end_kind", "was": "stage"}, "strong"),
    Verb(
        "figure.planned",
        _("%(year)s 年%(source)s计划：%(was)s → %(now)s"),
        {"source": "source", "was": "money", "now": "money"},
    ),
    Verb(
        "figure.declared",
        _("%(year)s 年%(source)s完成（填报）：%(was)s → %(now)s"),
        {"source": "source", "was": "money", "now": "money"},
    ),
    Verb("gate.asked", _("申报%(gate)s，附 %(count)s 件佐证"), {"gate": "gate"}),
    Verb("gate.passed", _("%(gate)s认定：%(was)s → %(now)s"), {"gate": "gate", **STAGED}, "strong"),
    Verb("gate.opening_proved", _("期初阶段已补认定：%(gate)s"), {"gate": "gate"}, "strong"),
    Verb("gate.returned", _("退回%(gate)s申报"), {"gate": "gate"}),
    Verb("gate.withdrawn", _("撤回%(gate)s申报"), {"gate": "gate"}),
    Verb("gate.revoked", _("撤销%(gate)s认定：%(was)s → %(now)s"), {"gate": "gate", **STAGED}, "strong"),
    Verb("money.asked", _("申报到位资金 %(amount)s，附 %(count)s 张凭证"), {"amount": "money"}),
    Verb("money.recognised", _("认定到位资金 %(amount)s，计入 %(year)s 年"), {"amount": "money"}, "strong"),
    Verb("money.revoked", _("撤销到位资金 %(amount)s"), {"amount": "money"}, "strong"),
    Verb("commitment.asked", _("申请改期：%(was)s → %(now)s")),
    Verb("commitment.agreed", _("同意改期：%(was)s → %(now)s"), weight="strong"),
    Verb("commitment.refused", _("不同意改期：%(was)s → %(now)s")),
    Verb("suspension.asked", _("申请暂停，%(until)s 再看")),
    Verb("suspension.agreed", _("同意暂停，%(until)s 再看"), weight="strong"),
    Verb("suspension.refused", _("不同意暂停")),
    Verb("suspension.resumed", _("恢复"), weight="strong"),
    Verb("people.handed_over", _("%(role)s交接：%(was)s → %(now)s"), {"role": "role"}, "strong"),
    Verb("obstacle.added", _("登记堵点“%(title)s”，由%(unit)s %(by)s 前解决")),
    Verb("obstacle.reported", _("堵点“%(title)s”进展，承诺 %(was)s → %(now)s")),
    Verb("obstacle.solved", _("堵点“%(title)s”报已解决")),
    Verb("obstacle.confirmed", _("堵点“%(title)s”确认解除"), weight="strong"),
    Verb("obstacle.reopened", _("堵点“%(title)s”没有解决，重新打开")),
    Verb("lesson.proposed", _("写下经验")),
    Verb("lesson.accepted", _("经验被接受")),
    Verb("lesson.returned", _("经验退回")),
    Verb("lesson.adopted", _("采用一条经验")),
    Verb("lesson.not_applicable", _("答复一条经验不适用")),
    Verb("ending.proposed", _("提出%(kind)s终结"), {"kind": "end_kind"}),
    Verb("ending.returned", _("终结申请退回")),
    Verb("void.asked", _("申请录入作废%(other)s")),
    Verb("void.approved", _("录入作废%(other)s"), weight="strong"),
    Verb("void.refused", _("不同意作废%(other)s")),
)
