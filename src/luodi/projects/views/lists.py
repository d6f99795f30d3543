"""The lists beside the project library: obstacles, what waits for recognition, openings to prove; of today, or with `?on=` of
the end of a past day."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.calendar import work_calendar
from luodi.kernel.http import AuthedRequest
from luodi.orgs.models import User
from luodi.orgs.permissions import require
from luodi.projects.forms.library import MOST_SHOWN
from luodi.projects.models import Ask, Obstacle, Project
from luodi.projects.models.labels import GATES
from luodi.projects.selectors import why_not_recognise_each
from luodi.projects.selectors.rulebook import thresholds_of
from luodi.projects.views import past
from luodi.web import queries

PAGE = 50


def obstacle_list(request: AuthedRequest) -> HttpResponse:
    """Obstacles not yet lifted of what the reader may see, oldest promise first.

    `?unit=` keeps those of one solving unit, `?state=` late | open | solved those in that state.
    """
    require(request.user, "project.see")
    return past.list_on(request, _obstacles, title=_("堵点"), now=reverse("obstacle_list"))


def _obstacles(request: AuthedRequest, user: User, on: date | None) -> HttpResponse:
    visible = Project.objects.visible_to(user).live()
    rows = Obstacle.objects.filter(project__in=visible.values("pk")).exclude(state="confirmed")
    if (unit := request.GET.get("unit", "")).isdecimal() and len(unit) < 19:
        rows = rows.filter(solver_unit=int(unit))
    rows = rows.select_related("project__subject", "solver_unit").order_by("promised_on", "pk")
    today = clock.today()
    kept = {
        "": Q(),
        "late": Q(state="open", promised_on__lt=today),
        "open": Q(state="open"),
        "solved": Q(state="solved"),
    }
    numbers = rows.order_by().aggregate(**{f"n_{key}": Count("pk", filter=wanted) for key, wanted in kept.items()})
    chosen = request.GET.get("state", "") if request.GET.get("state", "") in kept else ""
    page = Paginator(rows.filter(kept[chosen]), PAGE)
    page.count = numbers[f"n_{chosen}"]
    shown = page.get_page(request.GET.get("page"))
    by_region = thresholds_of({row.project.region_id for row in shown.object_list}, today)
    words = {"": _("全部"), "late": _("过了承诺日"), "open": _("未解决"), "solved": _("待确认")}
    return render(
        request,
        "projects/obstacles.html",
        {
            "page": shown,
            "rows": [
                (row, row.lamp(today, by_region[row.project.region_id].obstacle_warn_days)) for row in shown.object_list
            ],
            "total": numbers["n_"],
            "late": numbers["n_late"],
            "solved": numbers["n_solved"],
            "states": [
                (key, word, numbers[f"n_{key}"], queries.with_values(request.GET, state=key, page=None))
                for key, word in words.items()
            ],
            "chosen": chosen,
            "ignored": _not_understood(request.GET, {"state": kept.keys()}, numbers=("unit",)),
            **_shown_on(request, on),
        },
    )


def _not_understood(query: QueryDict, known: Mapping[str, Collection[str]], *, numbers: Collection[str]) -> list[str]:
    """What an address asks for that a simple list does not know, as it stands there."""
    odd = [
        (key, value)
        for key in query
        for value in query.getlist(key)
        if value
        and key not in {"page", "on"}
        and not (value.isdecimal() if key in numbers else value in known.get(key, ()))
    ]
    return [f"{key}={value}"[:MOST_SHOWN] for key, value in odd]


def ask_list(request: AuthedRequest) -> HttpResponse:
    """What waits to be recognised, longest first, and for each whether the reader may."""
    require(request.user, "project.see")
    return past.list_on(request, _asks, title=_("待认定"), now=reverse("ask_list"), also=[Ask])


def _asks(request: AuthedRequest, user: User, on: date | None) -> HttpResponse:
    visible = Project.objects.visible_to(user).live()
    rows = Ask.objects.filter(state="asked", project__in=visible.values("pk"))
    page = Paginator(rows.select_related("project__subject", "asked_by", "asked_unit").order_by("asked_at"), PAGE)
    shown = page.get_page(request.GET.get("page"))
    refusals = {} if on else why_not_recognise_each(user, list(shown.object_list))
    waits, estimated = _waits([clock.local_date(ask.asked_at) for ask in shown.object_list])
    found = [
        (ask, GATES.get(ask.gate, _("到位资金")), refusals.get(ask.pk, ""), wait)
        for ask, wait in zip(shown.object_list, waits, strict=True)
    ]
    context = {"page": shown, "rows": found, "total": page.count, "estimated": estimated}
    return render(request, "projects/asks.html", context | _shown_on(request, on))


def _waits(since: Sequence[date]) -> tuple[list[int], bool]:
    """Working days from each day to today, and whether a year without published holidays is among them."""
    today = clock.today()
    first = min([*since, today])
    calendar = work_calendar(first, today)
    return [calendar.between(day, today) for day in since], bool(since) and calendar.estimated(first, today)


def opening_list(request: AuthedRequest) -> HttpResponse:
    """期初待证: projects that entered at a later stage and are not yet proved."""
    require(request.user, "project.see")
    return past.list_on(request, _openings, title=_("期初待证"), now=reverse("opening_list"))


def _openings(request: AuthedRequest, user: User, on: date | None) -> HttpResponse:
    rows = Project.objects.visible_to(user).live().exclude(opening_stage="").filter(opening_proved_on=None)
    rows = rows.select_related("subject", "unit", "officer").order_by("unit__code", "pk")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "total": page.paginator.count}
    return render(request, "projects/openings.html", context | _shown_on(request, on))


def _shown_on(request: AuthedRequest, on: date | None) -> dict[str, Any]:
    """What the templates need to say which day is shown, to ask for another, and to open projects as they were then."""
    return {
        "now": queries.with_values(request.GET, on=None, page=None) or request.path,
        "kept": queries.kept(request.GET, without=["on"]),
        "then": f"?on={on}" if on else "",
        "and_then": f"&on={on}" if on else "",
        **past.on_page(on),
    }
