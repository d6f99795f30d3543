"""What the pages of acts have in common: finding the project, and showing the form or running the service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from luodi.kernel.http import ActForm, AuthedRequest, EditForm, perform, shown
from luodi.projects.models import Project
from luodi.projects.rules import forbidden_wording
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
    template: str = "projects/act.html"


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
    already: bool = False,
    **arguments: Any,
) -> HttpResponse:
    """Show the form, or run the service with what was sent and go back to the project.

    `already` tells that what was sent is done, by this very person: he is told so.
    """
    back = f"{page.project.get_absolute_url()}{f'?tab={tab}' if tab else ''}"
    if request.method == "POST" and already:
        messages.info(request, _("已经办过：%(title)s") % {"title": page.title})
        return redirect(back)
    if request.method == "POST":
        outcome = perform(request, service, form, reason=reason, **arguments)
        if outcome.ok:
            messages.success(request, page.done or _("已办：%(title)s") % {"title": page.title})
            return redirect(back)
    return shown(request, page.template, form, page=page, project=page.project, conflict=_conflict(form))


def _conflict(form: ActForm) -> list[parts.DiffRow]:
    """Mine and theirs, field by field, when somebody else changed the row while the form was open."""
    if form.conflict is None:
        return []
    if not isinstance(form, EditForm):
        return []
    return [parts.DiffRow(str(label), mine, theirs) for label, mine, theirs in form.differences()]


def bound(request: AuthedRequest, form: type[Any], initial: dict[str, Any] | None = None, **kwargs: Any) -> Any:
    if request.method == "POST":
        return form(request.POST, request.FILES, initial=initial, **kwargs)
    return form(initial=initial, **kwargs)


def told(form: ActForm) -> dict[str, Any]:
    """What was sent, as arguments of the service; nothing where the form is only shown."""
    return form.arguments() if form.is_bound else {}


def wording_of(text: str) -> list[str]:
    found = forbidden_wording(text)
    if not found:
        return []
    return [_("写有公平竞争审查不允许的优惠：%(words)s。请在签约前改掉。") % {"words": "、".join(found)}]
