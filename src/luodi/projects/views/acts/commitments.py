"""The committed finish and suspension."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest
from luodi.projects import permissions
from luodi.projects.forms import acts as forms
from luodi.projects.services import commitments
from luodi.projects.views.acts.pages import Page, bound, find, settle, told


def commitment_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.CommitmentForm)
    page = Page(
        project,
        _("申请改期"),
        _("提出改期"),
        _("现在的承诺是 %(day)s；别人同意以前不变。原承诺、原因和结果都留在记录里。")
        % {"day": project.committed_finish_on or "—"},
        permissions.why_not_work(request.user, project, "commitment.ask"),
    )
    return settle(request, page, form, commitments.commitment_ask, tab="history", project_id=project.pk, **told(form))


def suspension_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.SuspendForm)
    page = Page(
        project,
        _("申请暂停"),
        _("申请"),
        _("包联领导同意后才暂停；到了再看的日子会提醒，恢复要另办。"),
        permissions.why_not_ask_suspension(request.user, project),
    )
    return settle(request, page, form, commitments.suspension_ask, tab="history", project_id=project.pk, **told(form))


def suspension_resume(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.ResumeForm, {"version": project.version})
    page = Page(
        project,
        _("恢复"),
        _("恢复"),
        _("项目回到暂停前的阶段，继续计时。"),
        permissions.why_not_resume(request.user, project),
    )
    return settle(
        request, page, form, commitments.suspension_resume, tab="history", project_id=project.pk, **told(form)
    )
