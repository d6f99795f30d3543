"""Evidence, asking for gates and money, revoking what was recognised."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.projects import permissions, selectors
from luodi.projects.forms import acts as forms
from luodi.projects.models import Project
from luodi.projects.models.labels import FACT_KINDS, GATES
from luodi.projects.services import evidence as evidence_services
from luodi.projects.services import gates
from luodi.projects.views.acts.pages import Page, bound, find, settle, told, wording_of


def evidence_add(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.EvidenceForm, {"kind": request.GET.get("kind", "")})
    page = Page(
        project,
        _("交佐证"),
        _("提交"),
        _("提交后不能改；写错了可以说明原因撤回，再交一次。"),
        permissions.why_not_add_evidence(request.user, project),
        units={"amount_cny": _("万元")},
        hints={
            "number": _("批文、合同、凭证要写"),
            "place": _("照片要写"),
            "file": _("PDF、OFD、Word、Excel、JPG、PNG，不超过 20 MB；一份文件只能证明一个项目"),
        },
    )
    return settle(
        request, page, form, evidence_services.evidence_add, tab="evidence", project_id=project.pk, **told(form)
    )


def evidence_withdraw(request: AuthedRequest, pk: int) -> HttpResponse:
    piece = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    project = find(request, piece.subject.uuid)
    form = bound(request, forms.ReasonForm)
    page = Page(
        project,
        _("撤回佐证《%(title)s》") % {"title": piece.title},
        _("撤回"),
        _("撤回后不能恢复；记录和原因留下。"),
        permissions.why_not_withdraw_evidence(request.user, piece, project),
    )
    return settle(
        request, page, form, evidence_services.evidence_withdraw, tab="evidence", evidence_id=pk, **told(form)
    )


def gate_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    state = selectors.gate_state(project)
    if state is None:
        raise Http404
    form = bound(request, forms.AskForm, {"happened_on": clock.today()}, project=project)
    why = permissions.why_not_work(request.user, project, "gate.ask")
    if not why and state.missing:
        why = _("还缺：%(names)s。") % {"names": "、".join(item.label for item in state.missing)}
    page = Page(
        project,
        _("申报%(gate)s") % {"gate": state.label},
        _("申报"),
        _("由别的单位的人认定；认定日决定计入哪个年度。"),
        why,
        units={"other_percent": "%"},
        hints={"happened_on": _("真正发生的那一天，不是申报的那一天")},
        warnings=_gate_warnings(project, state),
    )
    return settle(request, page, form, gates.gate_ask, tab="evidence", project_id=project.pk, **told(form))


def _gate_warnings(project: Project, state: selectors.GateState) -> list[str]:
    """Forbidden promises in the summary and in the Word files of this gate; a file that was not looked through says so."""
    found = wording_of(project.summary)
    for item in state.items:
        if item.evidence is None or item.evidence.wording is None:
            continue
        title = item.evidence.title
        if not item.evidence.wording["checked"]:
            found.append(_("《%(title)s》不是 Word 文件，违规优惠词未检查。") % {"title": title})
        elif words := item.evidence.wording["found"]:
            found.append(_("《%(title)s》写有不允许的优惠：%(words)s。") % {"title": title, "words": "、".join(words)})
    return found


def money_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.MoneyAskForm, project=project)
    page = Page(
        project,
        _("申报到位资金"),
        _("申报"),
        _("财政拨款和征迁垫付留在记录里，不计入。"),
        permissions.why_not_work(request.user, project, "gate.ask"),
        units={"other_percent": "%"},
        hints={"evidence": _("先在“佐证”里交进账单、验资报告、发票或土地款票据")},
    )
    return settle(request, page, form, gates.money_ask, tab="money", project_id=project.pk, **told(form))


def fact_revoke(request: AuthedRequest, pk: int) -> HttpResponse:
    fact = get_object_or_404(Fact.objects.visible_to(request.user).standing().select_related("subject"), pk=pk)
    project = find(request, fact.subject.uuid)
    form = bound(request, forms.RevokeForm)
    label = GATES.get(fact.gate) or FACT_KINDS.get(fact.kind, fact.kind)
    outcome = (
        _("项目退回这一关口之前的阶段；认定本身留在记录里，写明由谁、为什么撤销。")
        if fact.gate
        else _("这笔资金不再计入；凭证可以重新申报。")
    )
    page = Page(
        project,
        _("撤销%(what)s认定") % {"what": label},
        _("撤销"),
        outcome,
        permissions.why_not_revoke(request.user, fact),
    )
    return settle(request, page, form, gates.fact_revoke, tab="evidence", fact_id=pk, **told(form))
