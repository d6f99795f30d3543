"""Handing over."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest
from luodi.projects import permissions
from luodi.projects.forms import acts as forms
from luodi.projects.models.labels import ROLES
from luodi.projects.rules import Role
from luodi.projects.services import people
from luodi.projects.views.acts.pages import Page, bound, find, settle, told


def hand_over(request: AuthedRequest, uuid: UUID, role: str) -> HttpResponse:
    project = find(request, uuid)
    if role not in set(Role) - {Role.UNIT}:
        raise Http404
    duty = Role(role)
    form = bound(request, forms.HandOverForm, project=project, role=duty)
    page = Page(
        project,
        _("%(role)s交接") % {"role": ROLES[duty]},
        _("交接"),
        _("从现在起由接手的人负责，一刻不空；%(name)s到此为止。") % {"name": getattr(project, duty) or _("空缺")},
        permissions.why_not_hand_over(request.user, project, duty),
        hints={"note": _("交了什么，还有什么没完")},
    )
    return settle(request, page, form, people.hand_over, tab="people", project_id=project.pk, **told(form))


def hand_over_unit(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.HandOverUnitForm, project=project)
    page = Page(
        project,
        _("换责任单位"),
        _("换"),
        _("从现在起由新单位负责，它的主要领导为责任领导；原单位不再看得到（除非另有关联）。"),
        permissions.why_not_hand_over(request.user, project, Role.UNIT),
    )
    return settle(request, page, form, people.hand_over_unit, tab="people", project_id=project.pk, **told(form))
