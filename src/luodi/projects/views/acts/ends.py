"""Lessons, the two ends, and voiding."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest
from luodi.projects import permissions
from luodi.projects.forms import acts as forms
from luodi.projects.models import Lesson, LessonAnswer
from luodi.projects.services import ends
from luodi.projects.views.acts.pages import Page, bound, find, settle, told


def lesson_propose(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.LessonForm)
    page = Page(
        project,
        _("写经验"),
        _("提交"),
        _("别的单位接受以后，同类新项目都要答复它。“无”不算经验。"),
        permissions.why_not_work(request.user, project, "ending.propose"),
    )
    return settle(request, page, form, ends.lesson_propose, tab="lessons", project_id=project.pk, **told(form))


def lesson_answer(request: AuthedRequest, uuid: UUID, pk: int) -> HttpResponse:
    project = find(request, uuid)
    lesson = get_object_or_404(Lesson, pk=pk, region_id=project.region_id, state="accepted")
    form = bound(request, forms.LessonAnswerForm)
    page = Page(
        project,
        _("答复经验"),
        _("答复"),
        lesson.otherwise,
        permissions.why_not_work(request.user, project, "lesson.answer"),
    )
    sent = told(form)
    answered = LessonAnswer.objects.filter(project=project, lesson=lesson, by=request.user.member_id).first()
    return settle(
        request,
        page,
        form,
        ends.lesson_answer,
        already=answered is not None and answered.says(sent.get("adopted"), sent.get("why", "")),
        tab="lessons",
        project_id=project.pk,
        lesson_id=pk,
        **sent,
    )


def ending_done(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.DoneForm)
    page = Page(
        project,
        _("成功终结"),
        _("提出"),
        _("项目办接受后终结；先要有一条被别的单位接受的经验。"),
        permissions.why_not_work(request.user, project, "ending.propose"),
        hints={"story": _("至少 20 个字")},
    )
    return settle(request, page, form, ends.ending_propose, tab="lessons", project_id=project.pk, **told(form))


def ending_give_up(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.GiveUpForm)
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
        template="projects/give_up.html",
    )
    return settle(request, page, form, ends.ending_propose, tab="lessons", project_id=project.pk, **told(form))


def void_ask(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    project = find(request, uuid)
    form = bound(request, forms.VoidForm, user=request.user)
    page = Page(
        project,
        _("录入作废"),
        _("申请作废"),
        _("只用于本来就不是项目的录入（重复、误导入）。政府办公室批准后，它不再出现在任何清单和计数里，记录留下。"),
        permissions.why_not_ask_void(request.user),
        hints={"same_as": _("同一项目录了两次的，填保留的那个的编号，如 BC-2026-0137")},
    )
    return settle(request, page, form, ends.void_ask, project_id=project.pk, **told(form))
