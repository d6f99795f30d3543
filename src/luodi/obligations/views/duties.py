"""Obligations as a list, one of them with its ladder, and the acts on its clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform, sent, shown
from luodi.obligations import permissions
from luodi.obligations.forms import DecideForm, DutyFilter, ExcuseForm, ResumeForm, StopForm
from luodi.obligations.models import HEARS_LABELS, Obligation
from luodi.obligations.rules import Hears, StopReason
from luodi.obligations.selectors import calendar_around, excuses_of, names_of, one, rises_of
from luodi.obligations.services import clocks
from luodi.obligations.views.desk import when
from luodi.orgs import deputies
from luodi.orgs.permissions import require
from luodi.web import parts

PAGE = 50


def obligation_list(request: AuthedRequest) -> HttpResponse:
    """All that is owed, as far as the reader may see it; filters, order and page stand in the address."""
    require(request.user, "desk.see")
    today = clock.today()
    rows = Obligation.objects.visible_to(request.user)
    found = DutyFilter(request.GET, rows, user=request.user, today=today)
    told = found.rows.select_related("subject", "unit", "member", "waiting__unit")
    page = Paginator(told, PAGE).get_page(request.GET.get("page"))
    calendar = calendar_around([row.due_on for row in page.object_list if row.due_on])
    late = found.rows.late(today).count() if found.state != "settled" else 0
    return render(
        request,
        "obligations/list.html",
        {
            "page": page,
            "rows": [(row, *when(row, today, calendar)) for row in page.object_list],
            "bar": found.bar(request.GET),
            "total": page.paginator.count,
            "late": late,
            "state": found.state,
            "filtered": bool(request.GET),
        },
    )


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step of the ladder as the page shows it: when, whom it reaches, whether it has."""

    on: date
    who: Any
    name: str
    come: bool


def obligation_page(request: AuthedRequest, pk: int) -> HttpResponse:
    """One duty: its clock, every step that is to come and whom it will reach, what stood still, what was excused."""
    row = _found(request, pk)
    today = clock.today()
    days = [day for day in (row.opened_on, row.due_on) if day]
    calendar = calendar_around(days)
    words, lamp = when(row, today, calendar)
    waiting = next((excuse for excuse in row.excuses.all() if excuse.state == "asked"), None)
    running = next((stop for stop in row.stops.all() if stop.until is None), None)
    return render(
        request,
        "obligations/page.html",
        {
            "duty": row,
            "words": "" if row.settled_at else words,
            "lamp": lamp,
            "pairs": _pairs(row),
            "steps": _steps(row),
            "excuse": waiting,
            "why_not_decide": permissions.why_not_decide_excuse(request.user, waiting) if waiting else "",
            "why_not_stop": permissions.why_not_stop(request.user, row),
            "why_not_excuse": permissions.why_not_excuse(request.user, row),
            "running": running,
            "by_itself": running is not None and running.reason == StopReason.SUSPENDED,
        },
    )


def _found(request: AuthedRequest, pk: int) -> Obligation:
    try:
        found = one(request.user, pk)
    except Obligation.DoesNotExist as error:
        raise Http404 from error
    deputies.sign([found], found.stops.all(), found.excuses.all())
    return found


def _pairs(row: Obligation) -> list[parts.Pair]:
    limit = str(row.promised_on) if row.promised_on else _("%(days)s 个工作日") % {"days": row.allowed}
    pairs = [
        parts.Pair(_("责任单位"), str(row.unit)),
        parts.Pair(_("责任人"), str(row.member or row.unit.head or "—")),
        parts.Pair(_("起于"), str(row.opened_on)),
        parts.Pair(_("时限"), limit),
        parts.Pair(_("应在何日前"), str(row.due_on or _("停钟，恢复后再定"))),
    ]
    if row.waiting is not None:
        pairs.append(parts.Pair(_("谁在等"), f"{row.waiting} · {row.waiting.unit}"))
    if row.settled_at is not None:
        who = str(row.settled_by or _("系统"))
        pairs.append(parts.Pair(_("办结"), f"{clock.local_date(row.settled_at)} · {who}"))
        pairs.append(parts.Pair(_("是否按时"), _("逾期办结") if row.settled_late else _("按时办结")))
    return pairs


def _steps(row: Obligation) -> list[StepRow]:
    steps = rises_of(row)
    names = names_of(step.member_id for step in steps)
    return [
        StepRow(step.on, HEARS_LABELS[Hears(step.hears)], str(names.get(step.member_id or 0, "—")), step.reached)
        for step in steps
    ]


@dataclass(frozen=True, slots=True)
class Page:
    """How an act on a clock presents itself. `outcome` says beforehand what it will do; `why` is set when I may not."""

    title: str
    button: str
    outcome: str = ""
    why: str = ""


def _acted(request: AuthedRequest, row: Obligation, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("obligation", row.pk)


def obligation_stop(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    form = StopForm(sent(request), initial={"version": row.version})
    if request.method == "POST":
        outcome = perform(request, clocks.clock_stop, form, obligation_id=pk, **form.arguments())
        if outcome.ok:
            return _acted(request, row, _("时钟停了；恢复以前不算逾期。"))
    why = permissions.why_not_stop(request.user, row)
    page = Page(_("停钟"), _("停钟"), _("停着的日子不算在时限里，也不升级；事情有了回音，要有人恢复计时。"), why)
    return shown(request, "obligations/act.html", form, duty=row, page=page)


def obligation_resume(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    form = ResumeForm(sent(request), initial={"version": row.version})
    if request.method == "POST":
        outcome = perform(request, clocks.clock_resume, form, obligation_id=pk, **form.arguments())
        if outcome.ok:
            return _acted(request, row, _("时钟接着走了。"))
    why = permissions.why_not_stop(request.user, row)
    page = Page(_("恢复计时"), _("恢复计时"), _("剩下的工作日从今天接着算。"), why)
    return shown(request, "obligations/act.html", form, duty=row, page=page)


def obligation_excuse(request: AuthedRequest, pk: int) -> HttpResponse:
    row = _found(request, pk)
    form = ExcuseForm(sent(request))
    if request.method == "POST":
        outcome = perform(request, clocks.excuse_ask, form, obligation_id=pk, **form.arguments())
        if outcome.ok:
            return _acted(request, row, _("延期申请交上去了，由政府办公室或督查员批准。"))
    why = permissions.why_not_excuse(request.user, row)
    page = Page(_("申请延期"), _("申请延期"), _("由政府办公室或督查员批准；批准以前，时限和升级都照旧。"), why)
    return shown(request, "obligations/act.html", form, duty=row, page=page)


def excuse(request: AuthedRequest, pk: int) -> HttpResponse:
    """Grant more time or refuse it."""
    told = ("obligation__subject", "obligation__unit", "obligation__member", "asked_by__unit", "decided_by")
    row = get_object_or_404(excuses_of(request.user).select_related(*told), pk=pk)
    deputies.sign([row])
    form = DecideForm(sent(request), initial={"version": row.version})
    if request.method == "POST":
        agree = request.POST.get("do") == "agree"
        if not agree and request.POST.get("do") != "refuse":
            form.add_error(None, _("请按一个按钮。"))
        outcome = perform(request, clocks.excuse_decide, form, excuse_id=pk, agree=agree, **form.arguments())
        if outcome.ok:
            return _acted(request, row.obligation, _("已批准延期。") if agree else _("没有批准延期。"))
    why = permissions.why_not_decide_excuse(request.user, row)
    page = Page(_("延期申请"), _("批准"), why=why)
    return shown(request, "obligations/excuse.html", form, excuse=row, duty=row.obligation, page=page)
