"""An import undone: what it would do, asked for with a reason; its progress; what became of each project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform, sent, shown
from luodi.orgs.models import User
from luodi.orgs.permissions import require
from luodi.orgs.selectors import actor_names
from luodi.projects import permissions
from luodi.projects.forms.imports import UndoForm
from luodi.projects.models import ImportBatch, Project, UndoneProject, YearFigure
from luodi.projects.services.imports import undoing
from luodi.projects.services.imports.undo_plan import YEARLY, plan
from luodi.projects.views.import_progress import polled, progress_of
from luodi.web import figures, parts

PAGE = 50
SHOWN: Mapping[str, tuple[Any, Any, tuple[str, ...]]] = {
    "left": (gettext_lazy("留着没动的"), gettext_lazy("会留着不动的"), ("left", "partly")),
    "void": (gettext_lazy("作废的"), gettext_lazy("会作废的"), ("void",)),
    "restored": (gettext_lazy("恢复的"), gettext_lazy("会恢复的"), ("restored", "partly")),
    "same": (gettext_lazy("没有要恢复的"), gettext_lazy("没有要恢复的"), ("same",)),
}
"""Tabs: their name once it is done, their name before, and the outcomes under them. Who is partly restored stands under two."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of one project, or would: as Step and UndoneProject have it alike."""

    project_id: int
    outcome: str
    fields: Sequence[str]
    left: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Line:
    """One project on the page. `name` is empty where the reader does not see it; `left` says what stays, and why."""

    name: str
    code: str
    href: str
    outcome: str
    fields: str
    left: Sequence[str]


def _find(request: AuthedRequest, pk: int) -> ImportBatch:
    """A written import whose undo is this person's business; else 404."""
    require(request.user, "project.import")
    return get_object_or_404(undoing.undoable_by(request.user), pk=pk)


@never_cache
def import_undo(request: AuthedRequest, pk: int) -> HttpResponse:
    """Undoing an import, as it stands: its plan with the form that asks for it, its progress, or what came of it."""
    batch = _find(request, pk)
    if batch.state == "undoing":
        return render(request, "projects/imports/undoing.html", {"batch": batch, **_progress(batch)})
    if batch.state == "undone":
        return render(request, "projects/imports/undone.html", _result(request, batch))
    form = UndoForm(sent(request), initial={"version": batch.version})
    if request.method == "POST" and perform(request, undoing.import_undo, form, batch_id=pk, **form.arguments()).ok:
        messages.success(request, _("正在撤销，可以离开这一页。"))
        return redirect("import_undo", pk)
    why = permissions.why_not_undo_import(batch, clock.now())
    context = {"batch": batch, "why": why} if why else _plan(request, batch)
    return shown(request, "projects/imports/undo.html", form, **context)


def _plan(request: AuthedRequest, batch: ImportBatch) -> dict[str, Any]:
    foreseen = [
        Undone(step.project_id, step.outcome, step.fields, [left.as_json() for left in step.left])
        for step in plan(request.user, batch)
    ]
    counts = {name: sum(one.outcome in outcomes for one in foreseen) for name, (*_l, outcomes) in SHOWN.items()}
    what = _chosen(request, counts)
    page = Paginator([one for one in foreseen if one.outcome in SHOWN[what][2]], PAGE).get_page(request.GET.get("page"))
    return {"batch": batch, "why": "", **_shown(request, page, counts, what, done=False)}


def _result(request: AuthedRequest, batch: ImportBatch) -> dict[str, Any]:
    found = batch.undo_counts
    counts = {name: sum(found.get(code, 0) for code in outcomes) for name, (*_l, outcomes) in SHOWN.items()}
    what = _chosen(request, counts)
    rows = batch.undone_projects.filter(outcome__in=SHOWN[what][2]).order_by("pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return {"batch": batch, **_shown(request, page, counts, what, done=True)}


def _chosen(request: AuthedRequest, counts: Mapping[str, int]) -> str:
    """The tab asked for; else the first that has something."""
    asked = request.GET.get("what", "")
    return asked if counts.get(asked) else next((name for name, count in counts.items() if count), "left")


def _shown(
    request: AuthedRequest, page: Page[Any], counts: Mapping[str, int], what: str, *, done: bool
) -> dict[str, Any]:
    tabs = [
        parts.Tab(after if done else before, f"?what={name}", counts[name], name == what)
        for name, (after, before, _outcomes) in SHOWN.items()
        if counts[name] or name != "same"
    ]
    facts = [parts.Fact(tab.label, str(tab.count), _("个"), href=tab.href if tab.count else "") for tab in tabs]
    return {"facts": facts, "tabs": tabs, "page": page, "lines": _lines(request.user, list(page))}


# What is said of each project ---------------------------------------------------------------------------------------


def _lines(user: User, rows: Sequence[Undone | UndoneProject]) -> list[Line]:
    """Three queries at most, whatever the number of rows."""
    projects = Project.objects.visible_to(user).select_related("subject").in_bulk([row.project_id for row in rows])
    who = actor_names({left["actor"] for row in rows for left in row.left if left["actor"]})
    labels = dict(UndoneProject.OUTCOMES)
    return [_line(row, projects.get(row.project_id), who, str(labels[row.outcome])) for row in rows]


def _line(row: Undone | UndoneProject, project: Project | None, who: Mapping[str, str], outcome: str) -> Line:
    fields = "、".join(dict.fromkeys(_field(name) for name in row.fields))
    left = [_said(left, who) for left in row.left]
    if project is None:
        return Line("", "", "", outcome, fields, left)
    return Line(project.name, project.code, project.get_absolute_url(), outcome, fields, left)


def _field(name: str, year: int = 0) -> str:
    model = YearFigure if name in YEARLY else Project
    label = str(model._meta.get_field(name).verbose_name)  # type: ignore[union-attr]  # own columns
    return _("%(year)d 年%(field)s") % {"year": year, "field": label} if year else label


def _said(left: Mapping[str, Any], who: Mapping[str, str]) -> str:
    """Why something stays, in words, with who touched it and when."""
    told = {
        "who": who.get(left["actor"], _("系统")),
        "at": f"{figures.local(datetime.fromisoformat(left['at'])):%Y-%m-%d %H:%M}" if left["at"] else "",
        "field": _field(left["field"], left["year"]) if left["field"] else "",
    }
    sentences = {
        "touched": _("%(who)s %(at)s 动过这个项目"),
        "changed": _("“%(field)s”：%(who)s %(at)s 改过"),
        "closed": _("项目已经终结或作废：%(who)s %(at)s"),
        "by_request": _("“%(field)s”：定了以后只能办改期"),
        "by_office": _("“%(field)s”：由项目办改"),
    }
    return sentences[left["why"]] % told if left["why"] in sentences else str(left["words"])


# Progress -----------------------------------------------------------------------------------------------------------


@never_cache
def import_undo_progress(request: AuthedRequest, pk: int) -> HttpResponse:
    """How far it has come, for the page that asks every two seconds; when it is over, the page is sent on."""
    part = "projects/imports/_undoing.html"
    return polled(request, _find(request, pk), running="undoing", page="import_undo", part=part, progress=_progress)


def _progress(batch: ImportBatch) -> dict[str, Any]:
    job = batch.undo_job
    return progress_of(job, done=batch.undone_projects.count(), total=job.steps if job else 0)
