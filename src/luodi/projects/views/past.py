"""A page as the system knew it at the end of a past day (`?on=2026-06-30`): which day is meant, who reads, what is left out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from luodi.kernel import asof, clock
from luodi.kernel.http import AuthedRequest
from luodi.kernel.models import WITHIN_REACH
from luodi.orgs.models import User
from luodi.projects.models import Project, ProjectFigures, ProjectYear
from luodi.projects.selectors.past import MOST, library_past, project_past
from luodi.projects.services.figures import reckoned_figures, reckoned_years

ProjectPage = Callable[[AuthedRequest, User, UUID, date | None], HttpResponse]
ListPage = Callable[[AuthedRequest, User, date | None], HttpResponse]
READS = frozenset({"project.see", "unit.see"})
"""What a page of the past lets a reader do, of what he may do today: look."""


def project_on(request: AuthedRequest, uuid: UUID, page: ProjectPage) -> HttpResponse:
    """The project's page, at the end of the day `?on=` where the address names one.

    Only who may see the project today sees its past (else 404), and of that only the days on which it stood within what
    his roles of today see.
    """
    if not request.GET.get("on"):
        return page(request, request.user, uuid, None)
    rows = Project.objects.visible_to(request.user).select_related("subject")
    project = get_object_or_404(rows, subject__uuid=uuid)
    day, why = asked_day(request.GET["on"])
    if day is not None:
        past = project_past(project, day)
        with _standing_in(past, request.user) as reader:
            if Project.objects.visible_to(reader).filter(pk=project.pk).exists():
                return page(request, reader, uuid, day)
        known = project.pk in past.ids(Project)
        why = (
            _("%(day)s 日终时，这个项目还不在您看得到的范围里。")
            if known
            else _("%(day)s 日终时，这个项目还没有入库。")
        )
        why %= {"day": day}
    return _no_past(request, project.name, project.get_absolute_url(), why)


def list_on(
    request: AuthedRequest, page: ListPage, *, title: str, now: str, also: Sequence[Any] = (), refused: int = 200
) -> HttpResponse:
    """A list over many projects, at the end of the day `?on=` where the address names one: of the projects that the reader
    sees today, those that stood within what his roles of today see, as they were.

    `title`, `now`: what the page is called, and its address of today. `also`: models of a project's rows that it reads
    beside what a library reads. `refused`: the status where no past can be shown.
    """
    if not request.GET.get("on"):
        return page(request, request.user, None)
    day, why = asked_day(request.GET["on"])
    if day is not None:
        rows = Project.objects.visible_to(request.user)
        if (count := rows.count()) <= MOST:
            with _standing_in(library_past(request.user, rows, day, also), request.user) as reader:
                return page(request, reader, day)
        why = _("您看得到 %(count)s 个项目，超过 %(most)s 个，看不了某一天的清单。可以打开一个项目，看它那一天的样子。")
        why %= {"count": count, "most": MOST}
    return _no_past(request, title, now, why, refused)


def on_page(day: date | None) -> dict[str, Any]:
    """What the templates need to say which day is shown, and to ask for another."""
    return {"on": day, "yesterday": None if day else clock.today() - timedelta(days=1)}


def asked_day(text: str) -> tuple[date | None, str]:
    """The past day that an address names, or None and the sentence why it is none."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, _("没有看懂日期，请写成 2026-06-30 这样。")
    if day >= clock.today():
        return None, _("只能看过去的日子：今天还没有过完，以后的还没有发生。")
    try:
        for reach in WITHIN_REACH:
            reach(day)
    except ValidationError as error:
        return None, error.messages[0]
    return day, ""


def _no_past(request: AuthedRequest, title: str, now: str, why: str, status: int = 200) -> HttpResponse:
    told = {"title": title, "now": now, "why": why, **on_page(None)}
    return render(request, "projects/no_past.html", told, status=status)


@contextmanager
def _standing_in(past: asof.Past, user: User) -> Iterator[User]:
    """Let all code read the past, with the day's read models reckoned by the functions that reckon today's. Gives the
    account that reads: whatever of it would be read later, in the past, is read before."""
    ids, reader = past.ids(Project), _reading_only(user)
    derived: asof.Derived = {ProjectFigures: lambda: reckoned_figures(ids), ProjectYear: lambda: reckoned_years(ids)}
    with past.standing(derived):
        yield reader


def _reading_only(user: User) -> User:
    """The same account, with its roles and regions of today, of which only the right to read is left."""
    reader = copy.copy(user)
    reader.__dict__ |= {"actions": user.actions & READS, "scope": user.scope, "region_ids": user.region_ids}
    return reader
