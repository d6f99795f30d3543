"""The pages of what waits for somebody's decision: asks, commitments, suspensions, obstacles, lessons, endings, voids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from luodi.files.services import Proof, Upload
from luodi.kernel import acts, clock
from luodi.kernel.http import ActForm, AuthedRequest, perform, shown
from luodi.projects import permissions, selectors
from luodi.projects.forms import acts as forms
from luodi.projects.models import Ask, CommitmentChange, Ending, Lesson, Obstacle, Project, Suspension, VoidRequest
from luodi.projects.models.labels import GATES
from luodi.projects.services import commitments, ends, gates, obstacles
from luodi.projects.services.evidence import evidence_add
from luodi.web import parts


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: its code (sent as `do`), its words, why this person may not press it, and what it runs."""

    code: str
    label: Any
    why: str
    run: Callable[..., Any]
    primary: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided, as the page shows it."""

    project: Project
    title: Any
    pairs: list[parts.Pair]
    text: str = ""
    state: Any = ""
    open: bool = True
    files: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def decide(request: AuthedRequest, case: Case, form: ActForm, choices: list[Choice], **common: Any) -> HttpResponse:
    """Show the case with its buttons, or run the one that was pressed."""
    if request.method == "POST":
        chosen = next((choice for choice in choices if choice.code == request.POST.get("do")), None)
        if chosen is None:
            form.add_error(None, _("请按一个按钮。"))
        else:
            outcome = perform(request, chosen.run, form, **{**common, **chosen.arguments})
            if outcome.ok:
                messages.success(request, _("已办：%(title)s——%(what)s") % {"title": case.title, "what": chosen.label})
                return redirect(case.project.get_absolute_url())
    return shown(request, "projects/decision.html", form, case=case, project=case.project, choices=choices)


def _visible(request: AuthedRequest, model: type[Any], pk: int, *related: str) -> Any:
    rows = model.objects.filter(project__in=Project.objects.visible_to(request.user).values("pk"))
    people = (
        "project__subject",
        "project__unit",
        "project__officer",
        "project__leader",
        "project__supervisor",
        "project__principal",
    )
    return get_object_or_404(rows.select_related(*people, *related), pk=pk)


def _form(request: AuthedRequest, form: type[Any], row: Any, **initial: Any) -> Any:
    if request.method == "POST":
        return form(request.POST, request.FILES, initial={"version": row.version})
    return form(initial={"version": row.version, **initial})


def ask(request: AuthedRequest, pk: int) -> HttpResponse:
    """Recognise, send back, or take back what was asked."""
    row = _visible(request, Ask, pk, "asked_by", "asked_unit", "decided_by")
    form = _form(request, forms.AskDecisionForm, row)
    label = GATES.get(row.gate) or _("到位资金")
    lines = [line.evidence for line in row.lines.select_related("evidence__file", "evidence__added_by")]
    shares = "、".join(f"{share.unit} {share.basis_points / 100:g}%" for share in row.shares.select_related("unit"))
    case = Case(
        row.project,
        _("认定%(what)s") % {"what": label},
        [
            parts.Pair(_("申报"), f"{row.asked_by} · {row.asked_unit}"),
            parts.Pair(_("申报时间"), clock.local_date(row.asked_at).isoformat()),
            parts.Pair(_("发生日"), str(row.happened_on)),
            parts.Pair(_("份额"), shares),
        ],
        state=row.get_state_display(),
        open=row.state == "asked",
        files=lines,
        text=row.reason,
        warnings=[
            _("《%(title)s》写有不允许的优惠：%(words)s。") % {"title": p.title, "words": "、".join(p.wording["found"])}
            for p in lines
            if p.wording and p.wording["found"]
        ],
    )
    why = selectors.why_not_recognise(request.user, row.project, row)
    own = permissions.why_not_withdraw_ask(request.user, row)
    common: dict[str, Any] = {"ask_id": pk, "seen": _version(form)}
    choices = [
        Choice("recognise", _("认定"), why, gates.ask_recognise, primary=True),
        Choice(
            "return",
            _("退回"),
            why,
            gates.ask_return,
            arguments={"reason": form.data.get("answer", "") if form.is_bound else ""},
        ),
    ]
    if not own:
        choices.append(Choice("withdraw", _("撤回申报"), own, gates.ask_withdraw))
    return decide(request, case, form, choices, **common)


def _version(form: Any) -> int | None:
    if not form.is_bound:
        return None
    form.is_valid()
    return form.cleaned_data.get("version") if hasattr(form, "cleaned_data") else None


def _answered(form: Any, **flags: Any) -> dict[str, Any]:
    return {**flags, "answer": form.data.get("answer", "") if form.is_bound else ""}


def commitment_decide(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, CommitmentChange, pk, "asked_by__unit", "decided_by")
    form = _form(request, forms.DecideForm, row)
    case = Case(
        row.project,
        _("改期：%(was)s → %(now)s") % {"was": row.was, "now": row.wanted},
        [
            parts.Pair(_("申请"), f"{row.asked_by} · {row.asked_by.unit}"),
            parts.Pair(_("申请时间"), clock.local_date(row.asked_at).isoformat()),
            parts.Pair(_("答复"), row.answer),
        ],
        row.reason,
        row.get_state_display(),
        row.state == "asked",
    )
    why = permissions.why_not_decide_commitment(request.user, row)
    choices = [
        Choice("agree", _("同意改期"), why, commitments.commitment_decide, True, _answered(form, agree=True)),
        Choice("refuse", _("不同意"), why, commitments.commitment_decide, False, _answered(form, agree=False)),
    ]
    return decide(request, case, form, choices, change_id=pk, seen=_version(form))


def suspension_decide(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, Suspension, pk, "asked_by__unit", "decided_by")
    form = _form(request, forms.DecideForm, row)
    case = Case(
        row.project,
        _("暂停"),
        [
            parts.Pair(_("申请"), f"{row.asked_by} · {row.asked_by.unit}"),
            parts.Pair(_("再看日期"), str(row.look_again_on)),
            parts.Pair(_("答复"), row.answer),
        ],
        row.reason,
        row.get_state_display(),
        row.state == "asked",
    )
    why = permissions.why_not_decide_suspension(request.user, row.project)
    choices = [
        Choice("agree", _("同意暂停"), why, commitments.suspension_decide, True, _answered(form, agree=True)),
        Choice("refuse", _("不同意"), why, commitments.suspension_decide, False, _answered(form, agree=False)),
    ]
    return decide(request, case, form, choices, suspension_id=pk, seen=_version(form))


def lesson(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, Lesson, pk, "proposed_by__unit", "decided_by__unit")
    form = _form(request, forms.DecideForm, row)
    case = Case(
        row.project,
        _("经验"),
        [
            parts.Pair(_("原因"), row.cause),
            parts.Pair(_("适用于"), row.applies_to),
            parts.Pair(_("提出"), f"{row.proposed_by} · {row.proposed_by.unit}"),
            parts.Pair(_("答复"), row.answer),
        ],
        row.otherwise,
        row.get_state_display(),
        row.state == "proposed",
    )
    why = permissions.why_not_accept_lesson(request.user, row)
    choices = [
        Choice("accept", _("接受"), why, ends.lesson_decide, True, _answered(form, accept=True)),
        Choice("return", _("退回"), why, ends.lesson_decide, False, _answered(form, accept=False)),
    ]
    return decide(request, case, form, choices, lesson_id=pk, seen=_version(form))


def ending(request: AuthedRequest, pk: int) -> HttpResponse:
    """Accept an ending, with the meeting that heard the explanation of a failure; or send it back."""
    row = _visible(request, Ending, pk, "proposed_by__unit", "decided_by", "minutes")
    form = _form(request, forms.AcceptEndingForm, row)
    if row.kind != "given_up":
        for name in ("meeting", "meeting_on", "minute_number", "minutes"):
            del form.fields[name]
    causes = "、".join(f"{c.get_cause_display()}（{c.get_attribution_display()}）" for c in row.causes.all())
    case = Case(
        row.project,
        _("%(kind)s终结") % {"kind": row.get_kind_display()},
        [
            parts.Pair(_("原因"), causes),
            parts.Pair(_("遗留"), row.left_behind),
            parts.Pair(_("再谈可能"), row.get_chance_display()),
            parts.Pair(_("回访日期"), str(row.try_again_on or "")),
            parts.Pair(_("提出"), f"{row.proposed_by} · {row.proposed_by.unit}"),
            parts.Pair(_("接受说明的会议"), f"{row.meeting} {row.minute_number}"),
            parts.Pair(_("答复"), row.answer),
        ],
        row.story,
        row.get_state_display(),
        row.state == "proposed",
    )
    why = permissions.why_not_accept_ending(request.user, row)
    choices = [
        Choice(
            "accept",
            _("接受，项目终结"),
            why,
            accept_with_minutes,
            True,
            {"told": _told(form), "project_id": row.project_id},
        ),
        Choice("return", _("退回"), why, ends.ending_return, False, _answered(form)),
    ]
    return decide(request, case, form, choices, ending_id=pk, seen=_version(form))


def _told(form: Any) -> dict[str, Any]:
    if not form.is_bound or not form.is_valid():
        return {}
    return {name: form.cleaned_data.get(name) for name in ("meeting", "meeting_on", "minute_number", "minutes")}


def accept_with_minutes(*, by: Any, ending_id: int, seen: int, project_id: int, told: dict[str, Any]) -> Ending:
    """Keep the minutes as evidence and accept the ending, in one act."""
    file = told.get("minutes")
    minutes = None
    if file:
        proof = Proof(
            "minutes",
            title=told.get("meeting") or "",
            number=told.get("minute_number") or "",
            dated_on=told.get("meeting_on"),
        )
        minutes = acts.run(
            evidence_add, by=by, project_id=project_id, proof=proof, upload=Upload(file.name, file.read())
        )
    explanation = ends.Explanation(
        told.get("meeting") or "", told.get("meeting_on"), told.get("minute_number") or "", minutes
    )
    return ends.ending_accept(by=by, ending_id=ending_id, seen=seen, explanation=explanation)


def void_decide(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, VoidRequest, pk, "asked_by__unit", "same_as__subject")
    form = _form(request, forms.DecideForm, row)
    other = row.same_as
    case = Case(
        row.project,
        _("录入作废"),
        [
            parts.Pair(
                _("并入"), f"{other.code} {other.name}" if other else "", other.get_absolute_url() if other else ""
            ),
            parts.Pair(_("申请"), f"{row.asked_by} · {row.asked_by.unit}"),
            parts.Pair(_("答复"), row.answer),
        ],
        row.reason,
        row.get_state_display(),
        row.state == "asked",
    )
    why = permissions.why_not_decide_void(request.user, row)
    choices = [
        Choice("approve", _("批准作废"), why, ends.void_decide, True, _answered(form, approve=True)),
        Choice("refuse", _("不批准"), why, ends.void_decide, False, _answered(form, approve=False)),
    ]
    return decide(request, case, form, choices, request_id=pk, seen=_version(form))


def obstacle(request: AuthedRequest, pk: int) -> HttpResponse:
    """Report on an obstacle, say it is solved, or confirm that it is."""
    row = _visible(request, Obstacle, pk, "solver_unit", "solved_by", "confirmed_by", "added_by")
    measured = f"{row.done or 0} / {row.total} {row.get_measure_display()}" if row.total else ""
    case = Case(
        row.project,
        row.title,
        [
            parts.Pair(_("类别"), row.get_kind_display()),
            parts.Pair(_("解决单位"), str(row.solver_unit)),
            parts.Pair(_("起于"), str(row.since_on)),
            parts.Pair(
                _("已堵"),
                _("%(days)s 天")
                % {
                    "days": (
                        (clock.local_date(row.confirmed_at) if row.confirmed_at else clock.today()) - row.since_on
                    ).days
                },
            ),
            parts.Pair(_("承诺解决"), str(row.promised_on)),
            parts.Pair(_("完成"), measured),
            parts.Pair(_("已做的努力"), row.tried),
            parts.Pair(_("结果"), row.result),
        ],
        "",
        row.get_state_display(),
        row.state != "confirmed",
    )
    if row.state == "open":
        form = _form(request, forms.ObstacleWorkForm, row, tried=row.tried, promised_on=row.promised_on, done=row.done)
        if not row.measure:
            del form.fields["done"]
        return decide(request, case, form, _obstacle_work(request, row, form), obstacle_id=pk, seen=_version(form))
    form = _form(request, forms.DecideForm, row)
    why = permissions.why_not_confirm_obstacle(request.user, row)
    choices = [
        Choice("confirm", _("确认已解决"), why, obstacles.obstacle_confirm, True, _answered(form, agree=True)),
        Choice("reopen", _("没有解决"), why, obstacles.obstacle_confirm, False, _answered(form, agree=False)),
    ]
    return decide(request, case, form, choices if row.state == "solved" else [], obstacle_id=pk, seen=_version(form))


def _obstacle_work(request: AuthedRequest, row: Obstacle, form: Any) -> list[Choice]:
    told = form.cleaned_data if form.is_bound and form.is_valid() else {}
    report = {
        "tried": told.get("tried", ""),
        "promised_on": told.get("promised_on") or row.promised_on,
        "done": told.get("done"),
    }
    return [
        Choice(
            "solve",
            _("报已解决"),
            permissions.why_not_solve_obstacle(request.user, row),
            obstacles.obstacle_solve,
            True,
            {"result": told.get("result", "")},
        ),
        Choice(
            "report",
            _("报进展"),
            permissions.why_not_work_obstacle(request.user, row),
            obstacles.obstacle_report,
            False,
            report,
        ),
    ]
