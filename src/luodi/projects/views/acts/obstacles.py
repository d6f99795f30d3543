"""Telling what blocks a project."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.projects import permissions
from luodi.projects.forms import acts as forms
from luodi.projects.services import obstacles
from luodi.projects.views.acts.pages import Page, bound, find, settle, told


def obstacle_add(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.ObstacleForm, {"since_on": clock.today()}, project=project)
    page = Page(
        project,
        _("登记堵点"),
        _("登记"),
        _("解决单位会看到这个项目，并在它的工作台上出现这件事。"),
        permissions.why_not_add_obstacle(request.user, project),
        hints={"measure": _("用地拆迁按亩或户计量")},
    )
    return settle(request, page, form, obstacles.obstacle_add, tab="obstacles", project_id=project.pk, **told(form))
