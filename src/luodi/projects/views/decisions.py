"""The pages of what waits for somebody's decision: asks, commitments, suspensions, obstacles, lessons, endings, voids."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.files.services import Upload
from luodi.kernel import clock
from luodi.kernel.http import ActForm, AuthedRequest, perform, shown
from luodi.orgs import deputies
from luodi.projects import permissions, selectors
from luodi.projects.forms import acts as forms
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
)
from luodi.projects.models.labels import GATES, STAGES
from luodi.projects.rules import Stage, Track, gates_from_on
from luodi.projects.services import commitments, ends, gates, obstacles, rechecks
from luodi.web import parts


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: its code (sent as `do`), its words, why this person may not press it, what it runs, what will happen then,
    and the state in which that leaves the row ("" = it cannot be told from the row that it was done)."""

    code: str
    label: Any
    why: str
    run: Callable[..., Any]
    outcome: Any
    leaves: str
    primary: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """What is to be decided, as the page shows it."""

    row: Any
    title: Any
    pairs: list[parts.Pair]
    text: str = ""
    state: Any = ""
    open: bool = True
    files: list[Any] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def project(self) -> Project:
        found: Project = self.row.project
        return found

    @property
    def settled(self) -> list[parts.Pair]:
        """Who decided, and on which day; nothing while it waits."""
        name = next((name for name in SETTLERS if getattr(self.row, f"{name}_id", None) is not None), "")
        if not name:
            return []
        day = clock.local_date(getattr(self.row, f"{name.removesuffix('_by')}_at"))
        return [parts.Pair(SETTLERS[name], f"{getattr(self.row, name)} · {day}")]


def decide(request: AuthedRequest, case: Case, form: ActForm, choices: list[Choice], **common: Any) -> HttpResponse:
    """Show the case with its buttons, or run the one that was pressed. Pressed again, it says that it was done."""
    typed = ""
    if request.method == "POST":
        typed = "\n".join(request.POST[name] for name in WORDS if request.POST.get(name, "").strip())
        chosen = next((choice for choice in choices if choice.code == request.POST.get("do")), None)
        if chosen is None:
            form.add_error(None, _("请按一个按钮。"))
        elif _did(request, case.row, chosen, typed):
            messages.info(request, _("已经办过：%(title)s——%(what)s") % {"title": case.title, "what": chosen.label})
            return redirect(case.project.get_absolute_url())
        else:
            outcome = perform(request, chosen.run, form, **{**common, **chosen.arguments})
            if outcome.ok:
                messages.success(request, _("已办：%(title)s——%(what)s") % {"title": case.title, "what": chosen.label})
                return redirect(case.project.get_absolute_url())
    context = {"case": case, "project": case.project, "choices": choices, "typed": typed}
    return shown(request, "projects/decision.html", form, **context)


WORDS = ("answer", "reason", "result", "note")
"""The fields in which a decision is put into words; each row keeps them under the same names."""
DECIDERS = ("decided_by", "confirmed_by", "solved_by", "checked_by")
"""Who settled a row, by the name of its column."""
SETTLERS = {
    "decided_by": gettext_lazy("决定人"),
    "confirmed_by": gettext_lazy("确认人"),
    "solved_by": gettext_lazy("办结人"),
}


def _did(request: AuthedRequest, row: Any, chosen: Choice, typed: str) -> bool:
    """Whether this very person has done just this already, in these words: in another tab, or by pressing twice."""
    if row.state != chosen.leaves:
        return False
    who = next((who for name in DECIDERS if (who := getattr(row, f"{name}_id", None)) is not None), None)
    kept = {getattr(row, name, "") for name in WORDS}
    return who == request.user.member_id and typed.replace("\r\n", "\n").strip() in kept | {""}


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
    found = get_object_or_404(rows.select_related(*people, *related), pk=pk)
    deputies.sign([found])
    return found


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
        row,
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
        Choice("recognise", _("认定"), why, gates.ask_recognise, _recognising(row), "recognised", primary=True),
        Choice(
            "return",
            _("退回"),
            why,
            gates.ask_return,
            _("申报了结，阶段和数字都不变；申报单位看到您写的理由，补齐后重新申报。"),
            "returned",
            arguments={"reason": form.data.get("reason", "") if form.is_bound else ""},
        ),
    ]
    if not own:
        words = _("申报了结，佐证留着；改好以后可以再报。")
        choices.append(Choice("withdraw", _("撤回申报"), own, gates.ask_withdraw, words, "withdrawn"))
    return decide(request, case, form, choices, **common)


def _recognising(row: Ask) -> str:
    """What follows from recognising this ask."""
    if not row.gate:
        return _("凭证上计入的金额按份额记入到位资金，算在今年；同一张凭证不能再报。认定后只能撤销，不能改。")
    gate = next(gate for gate in gates_from_on(Track(row.project.track), row.gate) if gate.code == row.gate)
    if row.proves_opening:
        return _("期初的“%(stage)s”得到证实，从此计数；阶段不动。认定后只能撤销，不能改。") % {
            "stage": STAGES[gate.target]
        }
    return _("项目进入“%(stage)s”，自 %(day)s 起，成果按份额计入今年。认定后只能撤销，不能改。") % {
        "stage": STAGES[gate.target],
        "day": row.happened_on,
    }


def _version(form: Any) -> int | None:
    if not form.is_bound:
        return None
    form.is_valid()
    return form.cleaned_data.get("version") if hasattr(form, "cleaned_data") else None


def _answered(form: Any, **flags: Any) -> dict[str, Any]:
    return {**flags, "answer": form.data.get("answer", "") if form.is_bound else ""}


def recheck(request: AuthedRequest, pk: int) -> HttpResponse:
    """Look again at a fact that was drawn, and say whether it holds; one that does not is then revoked."""
    told = (
        "fact__subject__project__unit",
        "fact__subject__project__officer",
        "fact__recognised_by",
        "fact__recognised_unit",
        "fact__asked_by",
    )
    row = get_object_or_404(selectors.rechecks_of(request.user).select_related(*told), pk=pk)
    fact, form = row.fact, _form(request, forms.RecheckForm, row)
    label = GATES.get(fact.gate) or _("到位资金")
    why = permissions.why_not_recheck(request.user, fact)
    pairs = [
        parts.Pair(_("认定"), f"{fact.recognised_by} · {fact.recognised_unit} · {fact.recognised_on}"),
        parts.Pair(_("发生日"), str(fact.happened_on)),
        parts.Pair(_("抽中"), clock.local_date(row.drawn_at).isoformat()),
    ]
    if row.checked_at is not None:
        pairs.append(parts.Pair(_("上次复核"), f"{row.checked_by} · {clock.local_date(row.checked_at)}"))
    case = Case(
        row,
        _("复核%(what)s的认定") % {"what": label},
        pairs,
        state=row.get_state_display(),
        open=row.state != "held" and fact.revoked_by_id is None,
        files=[line.evidence for line in fact.lines.select_related("evidence__file", "evidence__added_by")],
        text=row.note,
        warnings=[_("复核不成立，请到项目的佐证里撤销这条认定，或再看一次。")] if row.state == "broken" else [],
    )
    choices = [
        Choice(
            "held",
            _("成立"),
            why,
            rechecks.recheck_record,
            _("认定照旧，这次复核了结，以后不能再改。"),
            "held",
            primary=True,
            arguments={"holds": True},
        ),
        Choice(
            "broken",
            _("不成立"),
            why,
            rechecks.recheck_record,
            _("认定要撤销，在撤销以前还照旧计数；写明依据，项目的时间线上谁都看得见。"),
            "broken",
            arguments={"holds": False},
        ),
    ]
    note = form.data.get("note", "") if form.is_bound else ""
    return decide(request, case, form, choices, recheck_id=pk, seen=_version(form), note=note)


def commitment_decide(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, CommitmentChange, pk, "asked_by__unit", "decided_by")
    form = _form(request, forms.DecideForm, row)
    case = Case(
        row,
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
        Choice(
            "agree",
            _("同意改期"),
            why,
            commitments.commitment_decide,
            _("承诺竣工改为 %(day)s；原承诺 %(was)s 和改期的原因留在记录里。") % {"day": row.wanted, "was": row.was},
            "agreed",
            True,
            _answered(form, agree=True),
        ),
        Choice(
            "refuse",
            _("不同意"),
            why,
            commitments.commitment_decide,
            _("承诺竣工仍是 %(day)s；您写的理由进入记录，申请人可以再提。") % {"day": row.was},
            "refused",
            False,
            _answered(form, agree=False),
        ),
    ]
    return decide(request, case, form, choices, change_id=pk, seen=_version(form))


def suspension_decide(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, Suspension, pk, "asked_by__unit", "decided_by")
    form = _form(request, forms.DecideForm, row)
    case = Case(
        row,
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
    why = permissions.why_not_decide_suspension(request.user, row, row.project)
    choices = [
        Choice(
            "agree",
            _("同意暂停"),
            why,
            commitments.suspension_decide,
            _("项目暂停，不再亮灯，也不能申报和认定；%(day)s 提醒再看，恢复要另办。") % {"day": row.look_again_on},
            "agreed",
            True,
            _answered(form, agree=True),
        ),
        Choice(
            "refuse",
            _("不同意"),
            why,
            commitments.suspension_decide,
            _("项目照常推进；您写的理由进入记录。"),
            "refused",
            False,
            _answered(form, agree=False),
        ),
    ]
    return decide(request, case, form, choices, suspension_id=pk, seen=_version(form))


def lesson(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, Lesson, pk, "proposed_by__unit", "decided_by__unit")
    form = _form(request, forms.DecideForm, row)
    case = Case(
        row,
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
        Choice(
            "accept",
            _("接受"),
            why,
            ends.lesson_decide,
            _("这条经验从此不能改；以后同行业、同类别的新项目都要答复它，本项目也具备了终结的条件之一。"),
            "accepted",
            True,
            _answered(form, accept=True),
        ),
        Choice(
            "return",
            _("退回"),
            why,
            ends.lesson_decide,
            _("不作为经验使用；提出单位看到您写的理由，可以另写一条。"),
            "returned",
            False,
            _answered(form, accept=False),
        ),
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
        row,
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
            ends.ending_explain,
            _("项目终结，只能查看，不能恢复；认定不能再撤销，没有解除的堵点随项目了结。"),
            "accepted",
            True,
            _told(form),
        ),
        Choice(
            "return",
            _("退回"),
            why,
            ends.ending_return,
            _("项目仍在册，照常推进；提出单位看到您写的理由，补齐后可以再提。"),
            "returned",
            False,
            _answered(form),
        ),
    ]
    return decide(request, case, form, choices, ending_id=pk, seen=_version(form))


def _told(form: Any) -> dict[str, Any]:
    """The meeting that accepted the explanation of a failure, with its minutes as they came."""
    if not form.is_bound or not form.is_valid() or "minutes" not in form.fields:
        return {}
    told = {name: form.cleaned_data[name] for name in ("meeting", "meeting_on", "minute_number")}
    file = form.cleaned_data["minutes"]
    return told | {"minutes": Upload.of(file)}


def void_decide(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _visible(request, VoidRequest, pk, "asked_by__unit", "decided_by", "same_as__subject")
    form = _form(request, forms.DecideForm, row)
    other = row.same_as
    case = Case(
        row,
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
        Choice(
            "approve",
            _("批准作废"),
            why,
            ends.void_decide,
            _("它从此不在任何清单和计数里，不能恢复；记录、原因和批准人留下。"),
            "approved",
            True,
            _answered(form, approve=True),
        ),
        Choice(
            "refuse",
            _("不批准"),
            why,
            ends.void_decide,
            _("项目照常在册；您写的理由进入记录。"),
            "refused",
            False,
            _answered(form, approve=False),
        ),
    ]
    return decide(request, case, form, choices, request_id=pk, seen=_version(form))


def obstacle(request: AuthedRequest, pk: int) -> HttpResponse:
    """Report on an obstacle, say it is solved, or confirm that it is."""
    row = _visible(request, Obstacle, pk, "solver_unit", "solved_by", "confirmed_by", "added_by")
    measured = f"{row.done or 0} / {row.total} {row.get_measure_display()}" if row.total else ""
    case = Case(
        row,
        row.title,
        [
            parts.Pair(_("类别"), row.get_kind_display()),
            parts.Pair(_("解决单位"), str(row.solver_unit)),
            parts.Pair(_("起于"), str(row.since_on)),
            parts.Pair(
                _("已堵"),
                _("%(days)s 天") % {"days": (_blocked_until(row) - row.since_on).days},
            ),
            parts.Pair(_("承诺解决"), str(row.promised_on)),
            parts.Pair(_("完成"), measured),
            parts.Pair(_("已做的努力"), row.tried),
            parts.Pair(_("结果"), row.result),
        ],
        "",
        row.closed_with_project or row.get_state_display(),
        row.state != "confirmed" and not row.closed_with_project,
    )
    if row.state == "open" or request.POST.get("do") in {"solve", "report"}:
        form = _form(request, forms.ObstacleWorkForm, row, tried=row.tried, promised_on=row.promised_on, done=row.done)
        if not row.measure:
            del form.fields["done"]
        return decide(request, case, form, _obstacle_work(request, row, form), obstacle_id=pk, seen=_version(form))
    form = _form(request, forms.DecideForm, row)
    return decide(request, case, form, _obstacle_confirming(request, row, form), obstacle_id=pk, seen=_version(form))


def _blocked_until(row: Obstacle) -> date:
    """The day on which it was lifted or its project ended; today while it still blocks."""
    if row.closed_with_project:
        return row.project.stage_on if row.project.stage == Stage.ENDED else clock.today()
    return clock.local_date(row.confirmed_at) if row.confirmed_at else clock.today()


def _obstacle_work(request: AuthedRequest, row: Obstacle, form: Any) -> list[Choice]:
    right = form.is_bound and form.is_valid()
    return [
        Choice(
            "solve",
            _("报已解决"),
            permissions.why_not_solve_obstacle(request.user, row),
            obstacles.obstacle_solve,
            _("转给专人或督办人确认；确认以前仍算没有解除。"),
            "solved",
            True,
            {"result": form.cleaned_data["result"] if right else ""},
        ),
        Choice(
            "report",
            _("报进展"),
            permissions.why_not_work_obstacle(request.user, row),
            obstacles.obstacle_report,
            _("做了什么和新的承诺日进入记录；改承诺日，原来的日子也留着。"),
            "",
            False,
            form.report(row) if right else {},
        ),
    ]


def _obstacle_confirming(request: AuthedRequest, row: Obstacle, form: Any) -> list[Choice]:
    why = permissions.why_not_confirm_obstacle(request.user, row)
    return [
        Choice(
            "confirm",
            _("确认已解决"),
            why,
            obstacles.obstacle_confirm,
            _("堵点解除，不再计入项目的灯；解决单位在本项目没有别的堵点和关联的，不再看得到这个项目。"),
            "confirmed",
            True,
            _answered(form, agree=True),
        ),
        Choice(
            "reopen",
            _("没有解决"),
            why,
            obstacles.obstacle_confirm,
            _("退给解决单位接着办，您写的还差什么一并告诉它。"),
            "",
            False,
            _answered(form, agree=False),
        ),
    ]
