"""Entering a project, editing it, its importance and the figures of its years."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform, shown
from luodi.orgs.permissions import require
from luodi.projects import permissions, selectors
from luodi.projects.forms import acts as forms
from luodi.projects.forms.project import EditProjectForm, NewProjectForm, initial_of
from luodi.projects.models import Project, YearFigure
from luodi.projects.services import projects as project_services
from luodi.projects.services import years
from luodi.projects.views.acts.pages import Page, bound, find, settle, told, wording_of


def project_new(request: AuthedRequest) -> HttpResponse:
    """Enter a project; lessons of its kind are shown on its page afterwards, to be answered."""
    require(request.user, "project.create")
    form = bound(
        request, NewProjectForm, {"unit": str(request.user.member.unit_id), "importance": "ordinary"}, user=request.user
    )
    if request.method == "POST":
        outcome = perform(request, project_services.project_create, form, **told(form))
        if outcome.ok:
            messages.success(request, _("已入库。%(lessons)s") % {"lessons": _lessons_told(outcome.value)})
            return redirect(outcome.value.get_absolute_url())
    return shown(request, "projects/new.html", form)


def _lessons_told(project: Project) -> str:
    count = len(selectors.lessons_that_fit(project))
    return _("有 %(count)s 条同类项目的经验，请在“经验”里答复。") % {"count": count} if count else ""


def project_edit(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid, "investor")
    form = bound(request, EditProjectForm, initial_of(project), project=project)
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
        warnings=wording_of(project.summary),
    )
    return settle(request, page, form, project_services.project_edit, project_id=project.pk, **told(form))


def project_grade(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.GradeForm, {"version": project.version, "importance": project.importance})
    page = Page(
        project,
        _("定重要程度"),
        _("定下"),
        _("重点项目必须有包联领导。"),
        permissions.why_not_grade(request.user, project),
    )
    return settle(request, page, form, project_services.project_grade, project_id=project.pk, **told(form))


def project_promising(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.PromisingForm, {"version": project.version})
    title = _("不再列为有眉目") if project.promising else _("列为有眉目")
    page = Page(
        project, title, title, _("有眉目的项目由责任领导亲自跑办。"), permissions.why_not_grade(request.user, project)
    )
    return settle(
        request,
        page,
        form,
        project_services.project_mark_promising,
        project_id=project.pk,
        promising=not project.promising,
        **told(form),
    )


def _figure_of(project: Project, year: str, source: str) -> YearFigure | None:
    if not year.isdecimal() or len(year) > 4:
        return None
    return YearFigure.objects.filter(project=project, year=int(year), source=source).first()


def figure_set(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    initial: dict[str, Any] = {
        "year": request.GET.get("year") or clock.today().year,
        "source": request.GET.get("source", "own"),
        "figure": 0,
        "version": 0,
    }
    if known := _figure_of(project, str(initial["year"]), str(initial["source"])):
        amounts = {"planned_cny": known.planned_cny, "declared_cny": known.declared_cny}
        initial |= amounts | {"figure": known.pk, "version": known.version}
    form = bound(request, forms.FigureForm, initial)
    page = Page(
        project,
        _("填年度投资"),
        _("保存"),
        _("同一年度、同一来源的数会被替换；原来的数留在记录里。"),
        permissions.why_not_work(request.user, project, "project.edit"),
        units={"planned_cny": _("万元"), "declared_cny": _("万元")},
    )
    return settle(request, page, form, years.year_figure_set, tab="money", project_id=project.pk, **told(form))
