"""One page for each act on a project: what it will do, what it asks, and one button.

Every view finds its thing among what the person may see, says why he may not where he may not, and runs one service.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.files.services import Proof, Upload
from luodi.kernel import clock
from luodi.kernel.http import ActForm, AuthedRequest, EditForm, perform, shown
from luodi.orgs.permissions import require
from luodi.projects import permissions, selectors
from luodi.projects.forms import acts as forms
from luodi.projects.forms.project import EditProjectForm, NewProjectForm, initial_of, same_company
from luodi.projects.models import Lesson, Project, YearFigure
from luodi.projects.models.labels import FACT_KINDS, GATES, ROLES
from luodi.projects.rules import EndKind, Role, Stage, forbidden_wording
from luodi.projects.services import commitments, ends, gates, obstacles, people
from luodi.projects.services import evidence as evidence_services
from luodi.projects.services import projects as project_services
from luodi.web import parts

Texts = Any


@dataclass(frozen=True, slots=True)
class Page:
    """How an act presents itself. `outcome` says beforehand what it will do; `why` is set when this person may not."""

    project: Project
    title: Texts
    button: Texts
    outcome: Texts = ""
    why: str = ""
    done: Texts = ""
    units: dict[str, Texts] = field(default_factory=dict)
    hints: dict[str, Texts] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def find(request: AuthedRequest, uuid: UUID, *more: str) -> Project:
    """The project of this address among what the person may see, with `more` of what it points to; else 404."""
    rows = Project.objects.visible_to(request.user).select_related(
        "subject", "unit__head", "officer", "leader", "principal", "supervisor", "suspension", *more
    )
    return get_object_or_404(rows, subject__uuid=uuid)


def settle(
    request: AuthedRequest,
    page: Page,
    form: ActForm,
    service: Callable[..., Any],
    *,
    tab: str = "",
    reason: str = "",
    **arguments: Any,
) -> HttpResponse:
    """Show the form, or run the service with what was sent and go back to the project."""
    if request.method == "POST":
        outcome = perform(request, service, form, reason=reason, **arguments)
        if outcome.ok:
            messages.success(request, page.done or _("已办：%(title)s") % {"title": page.title})
            return redirect(f"{page.project.get_absolute_url()}{f'?tab={tab}' if tab else ''}")
    return shown(request, "projects/act.html", form, page=page, project=page.project, conflict=_conflict(form))


def _conflict(form: ActForm) -> list[parts.DiffRow]:
    """Mine and theirs, field by field, when somebody else changed the row while the form was open."""
    if form.conflict is None:
        return []
    if not isinstance(form, EditForm):
        return []
    return [parts.DiffRow(str(label), mine, theirs) for label, mine, theirs in form.differences()]


def _bound(request: AuthedRequest, form: type[Any], initial: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    if request.method == "POST":
        return form(request.POST, request.FILES, initial=initial, **kwargs)
    return form(initial=initial, **kwargs)


# Entering and editing -----------------------------------------------------------------------------------------------


def project_new(request: AuthedRequest) -> HttpResponse:
    """Enter a project; lessons of its kind are shown on its page afterwards, to be answered."""
    require(request.user, "project.create")
    form = _bound(
        request, NewProjectForm, {"unit": str(request.user.member.unit_id), "importance": "ordinary"}, user=request.user
    )
    if request.method == "POST" and form.is_valid():
        outcome = perform(
            request,
            project_services.project_create,
            form,
            entry=_entry(form),
            investor_name=form.cleaned_data["investor_name"],
            investor_uscc=form.cleaned_data["investor_uscc"],
        )
        if outcome.ok:
            messages.success(request, _("已入库。%(lessons)s") % {"lessons": _lessons_told(outcome.value)})
            return redirect(outcome.value.get_absolute_url())
    return shown(request, "projects/new.html", form)


def _lessons_told(project: Project) -> str:
    count = len(selectors.lessons_that_fit(project))
    return _("有 %(count)s 条同类项目的经验，请在“经验”里答复。") % {"count": count} if count else ""


def _entry(form: NewProjectForm) -> project_services.Entry:
    told = form.cleaned_data
    stage = told["opening_stage"]
    return project_services.Entry(
        track=told["track"],
        unit=told["unit"],
        officer=told["officer"],
        leader=told["leader"],
        supervisor=told["supervisor"],
        importance=told["importance"],
        opening_stage=None if stage == Stage.PLANNED else stage,
        **form.facts(),
    )


def project_edit(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid, "investor")
    form = _bound(request, EditProjectForm, initial_of(project), project=project)
    form.is_valid()
    told = form.cleaned_data if form.is_bound else {}
    typed = (told.get("investor_name", ""), told.get("investor_uscc", ""))
    investor = None if same_company(project.investor, *typed) else typed
    page = Page(
        project,
        _("编辑"),
        _("保存"),
        why=permissions.why_not_work(request.user, project, "project.edit"),
        done=_("已保存。"),
        units={
            "total_investment_cny": _("万元"),
            "declared_before_cny": _("万元"),
            "annual_tax_cny": _("万元"),
            "land_mu": _("亩"),
            "jobs": _("人"),
        },
        hints={
            "committed_finish_on": _("定了以后只能提改期申请")
            if project.committed_finish_on
            else _("定了以后只能提改期申请，请想好再填")
        },
        warnings=_wording(project.summary),
    )
    changes = form.facts() if form.is_bound and form.is_valid() else {}
    return settle(
        request,
        page,
        form,
        project_services.project_edit,
        project_id=project.pk,
        changes=changes,
        seen=told.get("version"),
        investor=investor,
    )


def _wording(text: str) -> list[str]:
    found = forbidden_wording(text)
    if not found:
        return []
    return [_("写有公平竞争审查不允许的优惠：%(words)s。请在签约前改掉。") % {"words": "、".join(found)}]


def project_grade(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.GradeForm, {"version": project.version, "importance": project.importance})
    page = Page(
        project,
        _("定重要程度"),
        _("定下"),
        _("重点项目必须有包联领导。"),
        permissions.why_not_grade(request.user, project),
    )
    told = form.arguments() if form.is_bound else {}
    return settle(
        request,
        page,
        form,
        project_services.project_grade,
        project_id=project.pk,
        reason=told.pop("reason", ""),
        **told,
    )


def project_promising(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.PromisingForm, {"version": project.version})
    title = _("不再列为有眉目") if project.promising else _("列为有眉目")
    page = Page(
        project, title, title, _("有眉目的项目由责任领导亲自跑办。"), permissions.why_not_grade(request.user, project)
    )
    told = form.arguments() if form.is_bound else {}
    return settle(
        request,
        page,
        form,
        project_services.project_mark_promising,
        project_id=project.pk,
        promising=not project.promising,
        reason=told.pop("reason", ""),
        **told,
    )


def figure_set(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    initial: dict[str, Any] = {
        "year": request.GET.get("year") or clock.today().year,
        "source": request.GET.get("source", "own"),
    }
    if str(initial["year"]).isdigit() and (known := YearFigure.objects.filter(project=project, **initial).first()):
        initial |= {"planned_cny": known.planned_cny, "declared_cny": known.declared_cny}
    form = _bound(request, forms.FigureForm, initial)
    page = Page(
        project,
        _("填年度投资"),
        _("保存"),
        _("同一年度、同一来源的数会被替换；原来的数留在记录里。"),
        permissions.why_not_work(request.user, project, "project.edit"),
        units={"planned_cny": _("万元"), "declared_cny": _("万元")},
    )
    return settle(
        request,
        page,
        form,
        project_services.year_figure_set,
        tab="money",
        project_id=project.pk,
        **(form.arguments() if form.is_bound else {}),
    )


# Evidence, gates, money ---------------------------------------------------------------------------------------------


def evidence_add(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.EvidenceForm, {"kind": request.GET.get("kind", "")})
    form.is_valid()
    told = form.cleaned_data if form.is_bound else {}
    file = told.get("file")
    upload = Upload(file.name, file.read()) if file else None
    proof = (
        Proof(**{name: told[name] for name in told if name not in {"file", "request_key"}})
        if told.get("kind")
        else None
    )
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
        request,
        page,
        form,
        evidence_services.evidence_add,
        tab="evidence",
        project_id=project.pk,
        proof=proof,
        upload=upload,
    )


def evidence_withdraw(request: AuthedRequest, pk: int) -> HttpResponse:
    piece = get_object_or_404(Evidence.objects.visible_to(request.user), pk=pk)
    project = find(request, piece.subject.uuid)
    form = _bound(request, forms.ReasonForm)
    page = Page(
        project,
        _("撤回佐证《%(title)s》") % {"title": piece.title},
        _("撤回"),
        _("撤回后不能恢复；记录和原因留下。"),
        permissions.why_not_withdraw_evidence(request.user, piece, project),
    )
    return settle(
        request, page, form, evidence_services.evidence_withdraw, tab="evidence", evidence_id=pk, reason=_reason(form)
    )


def _reason(form: Any) -> str:
    return str(form.data.get("reason", "")) if form.is_bound else ""


def gate_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    state = selectors.gate_state(project)
    if state is None:
        raise Http404
    form = _bound(request, forms.AskForm, {"happened_on": clock.today()}, project=project)
    form.is_valid()
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
    shares = form.shares() if form.is_bound and form.is_valid() else None
    return settle(
        request,
        page,
        form,
        gates.gate_ask,
        tab="evidence",
        project_id=project.pk,
        shares=shares,
        happened_on=form.cleaned_data.get("happened_on") if form.is_bound else None,
    )


def _gate_warnings(project: Project, state: selectors.GateState) -> list[str]:
    """Forbidden promises in the summary and in the Word files of this gate; a file that was not looked through says so."""
    found = _wording(project.summary)
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
    form = _bound(request, forms.MoneyAskForm, project=project)
    form.is_valid()
    page = Page(
        project,
        _("申报到位资金"),
        _("申报"),
        _("财政拨款和征迁垫付留在记录里，不计入。"),
        permissions.why_not_work(request.user, project, "gate.ask"),
        units={"other_percent": "%"},
        hints={"evidence": _("先在“佐证”里交进账单、验资报告、发票或土地款票据")},
    )
    shares = form.shares() if form.is_bound and form.is_valid() else None
    return settle(
        request,
        page,
        form,
        gates.money_ask,
        tab="money",
        project_id=project.pk,
        shares=shares,
        evidence_ids=form.cleaned_data.get("evidence", []) if form.is_bound else [],
    )


def fact_revoke(request: AuthedRequest, pk: int) -> HttpResponse:
    fact = get_object_or_404(Fact.objects.visible_to(request.user).standing().select_related("subject"), pk=pk)
    project = find(request, fact.subject.uuid)
    form = _bound(request, forms.RevokeForm)
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
    told = form.arguments() if form.is_bound else {}
    return settle(
        request,
        page,
        form,
        gates.fact_revoke,
        tab="evidence",
        fact_id=pk,
        reason=told.get("reason", ""),
        with_later=told.get("with_later", False),
    )


# People -------------------------------------------------------------------------------------------------------------


def hand_over(request: AuthedRequest, uuid: UUID, role: str) -> HttpResponse:
    project = find(request, uuid)
    if role not in set(Role) - {Role.UNIT}:
        raise Http404
    duty = Role(role)
    form = _bound(request, forms.HandOverForm, project=project, role=duty)
    told = form.arguments() if form.is_bound else {}
    page = Page(
        project,
        _("%(role)s交接") % {"role": ROLES[duty]},
        _("交接"),
        _("从现在起由接手的人负责，一刻不空；%(name)s到此为止。") % {"name": getattr(project, duty) or _("空缺")},
        permissions.why_not_hand_over(request.user, project, duty),
        hints={"note": _("交了什么，还有什么没完")},
    )
    member = told.get("member")
    return settle(
        request,
        page,
        form,
        people.hand_over,
        tab="people",
        project_id=project.pk,
        role=duty,
        member_id=member.pk if member else None,
        note=told.get("note", ""),
    )


def hand_over_unit(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.HandOverUnitForm, project=project)
    told = form.arguments() if form.is_bound else {}
    page = Page(
        project,
        _("换责任单位"),
        _("换"),
        _("从现在起由新单位负责，它的主要领导为责任领导；原单位不再看得到（除非另有关联）。"),
        permissions.why_not_hand_over(request.user, project, Role.UNIT),
    )
    return settle(
        request,
        page,
        form,
        people.hand_over_unit,
        tab="people",
        project_id=project.pk,
        unit_id=told["unit"].pk if told.get("unit") else 0,
        officer_id=told["officer"].pk if told.get("officer") else 0,
        note=told.get("note", ""),
    )


# Commitment and suspension ------------------------------------------------------------------------------------------


def commitment_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.CommitmentForm)
    page = Page(
        project,
        _("申请改期"),
        _("提出改期"),
        _("现在的承诺是 %(day)s；别人同意以前不变。原承诺、原因和结果都留在记录里。")
        % {"day": project.committed_finish_on or "—"},
        permissions.why_not_work(request.user, project, "commitment.ask"),
    )
    told = form.arguments() if form.is_bound else {}
    return settle(request, page, form, commitments.commitment_ask, tab="history", project_id=project.pk, **told)


def suspension_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.SuspendForm)
    page = Page(
        project,
        _("申请暂停"),
        _("申请"),
        _("包联领导同意后才暂停；到了再看的日子会提醒，恢复要另办。"),
        permissions.why_not_ask_suspension(request.user, project),
    )
    told = form.arguments() if form.is_bound else {}
    return settle(request, page, form, commitments.suspension_ask, tab="history", project_id=project.pk, **told)


def suspension_resume(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.ResumeForm, {"version": project.version})
    page = Page(
        project,
        _("恢复"),
        _("恢复"),
        _("项目回到暂停前的阶段，继续计时。"),
        permissions.why_not_resume(request.user, project),
    )
    return settle(
        request,
        page,
        form,
        commitments.suspension_resume,
        tab="history",
        project_id=project.pk,
        **(form.arguments() if form.is_bound else {}),
    )


# Obstacles, lessons, ends -------------------------------------------------------------------------------------------


def obstacle_add(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.ObstacleForm, {"since_on": clock.today()}, project=project)
    told = form.arguments() if form.is_bound else {}
    solver = told.pop("solver_unit", None)
    block = obstacles.Block(solver_unit_id=solver.pk, **told) if form.is_bound and form.is_valid() else None
    page = Page(
        project,
        _("登记堵点"),
        _("登记"),
        _("解决单位会看到这个项目，并在它的工作台上出现这件事。"),
        permissions.why_not_add_obstacle(request.user, project),
        hints={"measure": _("用地拆迁按亩或户计量")},
    )
    return settle(request, page, form, obstacles.obstacle_add, tab="obstacles", project_id=project.pk, block=block)


def lesson_propose(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.LessonForm)
    page = Page(
        project,
        _("写经验"),
        _("提交"),
        _("别的单位接受以后，同类新项目都要答复它。“无”不算经验。"),
        permissions.why_not_work(request.user, project, "ending.propose"),
    )
    return settle(
        request,
        page,
        form,
        ends.lesson_propose,
        tab="lessons",
        project_id=project.pk,
        **(form.arguments() if form.is_bound else {}),
    )


def lesson_answer(request: AuthedRequest, uuid: UUID, pk: int) -> HttpResponse:
    project = find(request, uuid)
    lesson = get_object_or_404(Lesson, pk=pk, region_id=project.region_id, state="accepted")
    form = _bound(request, forms.LessonAnswerForm)
    page = Page(
        project,
        _("答复经验"),
        _("答复"),
        lesson.otherwise,
        permissions.why_not_work(request.user, project, "lesson.answer"),
    )
    return settle(
        request,
        page,
        form,
        ends.lesson_answer,
        tab="lessons",
        project_id=project.pk,
        lesson_id=pk,
        **(form.arguments() if form.is_bound else {}),
    )


def ending_done(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.DoneForm)
    page = Page(
        project,
        _("成功终结"),
        _("提出"),
        _("项目办接受后终结；先要有一条被别的单位接受的经验。"),
        permissions.why_not_work(request.user, project, "ending.propose"),
        hints={"story": _("至少 20 个字")},
    )
    return settle(
        request,
        page,
        form,
        ends.ending_propose,
        tab="lessons",
        project_id=project.pk,
        kind=EndKind.DONE,
        **(form.arguments() if form.is_bound else {}),
    )


def ending_give_up(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.GiveUpForm)
    told = form.cleaned_data if form.is_bound and form.is_valid() else {}
    page = Page(
        project,
        _("终止"),
        _("提出终止"),
        _("要向政府说明，说明被接受以后才终结；先要写下经验。项目和它的一切记录都留下。"),
        permissions.why_not_work(request.user, project, "ending.propose"),
        hints={
            "story": _("来龙去脉，至少 20 个字"),
            "left_behind": _("确实没有的，写“无遗留事项”"),
            "try_again_on": _("有再谈可能的要填"),
        },
    )
    return settle(
        request,
        page,
        form,
        ends.ending_propose,
        tab="lessons",
        project_id=project.pk,
        kind=EndKind.GIVEN_UP,
        causes=form.attributed() if told else [],
        story=told.get("story"),
        left_behind=told.get("left_behind"),
        chance=told.get("chance"),
        try_again_on=told.get("try_again_on"),
    )


def void_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = _bound(request, forms.VoidForm)
    told = form.arguments() if form.is_bound else {}
    same_as = None
    if code := told.get("same_as", "").strip():
        other = Project.objects.visible_to(request.user).listed().filter(code=code).first()
        same_as = other.pk if other else 0
    page = Page(
        project,
        _("录入作废"),
        _("申请作废"),
        _("只用于本来就不是项目的录入（重复、误导入）。政府办公室批准后，它不再出现在任何清单和计数里，记录留下。"),
        permissions.why_not_ask_void(request.user),
        hints={"same_as": _("同一项目录了两次的，填保留的那个的编号，如 BC-2026-0137")},
    )
    return settle(request, page, form, ends.void_ask, project_id=project.pk, reason=_reason(form), same_as_id=same_as)
