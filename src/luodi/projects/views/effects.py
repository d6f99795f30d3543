"""The lists behind the numbers of a rule change's preview: all that they need stands in the address, nothing is saved."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.orgs.permissions import require
from luodi.projects.models import Ask, Project
from luodi.projects.models.labels import GATES, STAGES
from luodi.projects.panels.rulebook import LAMP_WORDS, unpacked
from luodi.projects.rules import Lamp
from luodi.projects.selectors.rulebook import OPTIONS, as_thresholds, asks_by_options, lamps_turned

PAGE = 50


def lamp_effect(request: AuthedRequest) -> HttpResponse:
    """Projects whose lamp would be `?to=` today if the numbers of the lamps were `?now=` instead of `?was=`."""
    require(request.user, "project.see")
    was, now = unpacked(request.GET.get("was", "")), unpacked(request.GET.get("now", ""))
    to = request.GET.get("to", "")
    lamp = Lamp(to) if to in [one.value for one in LAMP_WORDS] else Lamp.RED
    ids: list[int] = []
    if was and now:
        region = request.user.member.region_id
        turned = lamps_turned(request.user, region, as_thresholds(was), as_thresholds(now), clock.today())
        ids = turned.get(lamp, [])
    rows = Project.objects.filter(pk__in=ids).select_related("subject", "unit", "officer").order_by("unit__code", "pk")
    page = _page(request, rows)
    told = [(row, STAGES[row.stage], row.get_absolute_url()) for row in page]
    return _list(request, LAMP_WORDS[lamp], page, told)


def ask_effect(request: AuthedRequest) -> HttpResponse:
    """Open asks whose evidence would be `?state=` lacking | enough if only the kinds named for each option counted."""
    require(request.user, "project.see")
    accepted = {code: request.GET.getlist(code) for code in OPTIONS}
    lacking, enough = asks_by_options(request.user, request.user.member.region_id, accepted)
    wants = request.GET.get("state") == "enough"
    rows = Ask.objects.filter(pk__in=enough if wants else lacking).order_by("asked_at", "pk")
    page = _page(request, rows.select_related("project__subject", "project__unit", "project__officer"))
    told = [(ask.project, GATES[ask.gate], reverse("ask", args=[ask.pk])) for ask in page]
    title = _("在等认定的申报，佐证仍然够") if wants else _("在等认定的申报，佐证会不够")
    return _list(request, title, page, told)


def _page(request: AuthedRequest, rows: Any) -> Any:
    return Paginator(rows, PAGE).get_page(request.GET.get("page"))


def _list(request: AuthedRequest, title: Any, page: Any, rows: list[tuple[Project, Any, str]]) -> HttpResponse:
    return render(
        request, "projects/effect.html", {"title": title, "page": page, "rows": rows, "total": page.paginator.count}
    )
