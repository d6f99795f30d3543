"""The project library: the table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.orgs.models import User
from luodi.orgs.permissions import require
from luodi.projects.forms.library import LAMP_WORDS, MOST_SHOWN, ProjectFilter
from luodi.projects.models import Project
from luodi.projects.models.labels import STAGES
from luodi.projects.rules import EXPORT_ASKS_REASON, PATHS, Stage, Track, calendar_share
from luodi.projects.selectors.library import ORDERS, RANKS, lamp_of, library, lines, ordered, totals
from luodi.projects.selectors.rulebook import thresholds_of
from luodi.projects.views import past
from luodi.web import figures, parts, queries
from luodi.web.templatetags import ui

PAGE = 50
ANY = UUID(int=0)  # stands for a project in an address that is written once for a whole table
COLUMNS = {
    "stage": gettext_lazy("阶段"),
    "unit": gettext_lazy("责任单位、专人"),
    "total": gettext_lazy("总投资"),
    "year": gettext_lazy("年度完成 / 计划"),
    "due": gettext_lazy("承诺竣工"),
    "obstacles": gettext_lazy("堵点"),
    "township": gettext_lazy("乡镇"),
    "leader": gettext_lazy("包联领导"),
    "principal": gettext_lazy("责任领导"),
    "entered": gettext_lazy("入库"),
}
USUAL = ("stage", "unit", "total", "year", "due", "obstacles")


@dataclass(frozen=True, slots=True)
class Row(parts.Part):
    """A line of the table, ready to be shown: the marks drawn, the amounts written (`total` in 亿元, `done` and `planned` in 万元).

    `project` comes from selectors.library.with_words: with its own columns alone, and the words of what it points to.
    """

    project: Any
    name: str
    code: str
    href: str
    lamp: SafeString
    key: bool
    unproved: bool
    promising: bool
    path: SafeString
    unit: str
    officer: str
    total: str
    planned: str  # "" where nothing is planned
    done: str
    meter: SafeString
    finish: str
    obstacles: int
    obstacles_href: str


def project_list(request: AuthedRequest) -> HttpResponse:
    """The library as a table; filters, order, columns and page stand in the address, and with `?on=` a past day."""
    require(request.user, "project.see")
    return past.list_on(request, _table, title=_("项目库"), now=reverse("project_list"))


def _table(request: AuthedRequest, user: User, on: date | None) -> HttpResponse:
    """The table for `user`. `on`: the past day that is shown, on which nothing can be done."""
    today = clock.today()
    by_region = thresholds_of(user.region_ids, today)
    found = ProjectFilter(request.GET, library(user, today, by_region), user=user)
    rows = found.rows
    sums = totals(rows)
    columns = columns_of(request.GET)
    cols = {column.key for column in columns if column.shown}
    bar = found.bar(request.GET, columns)
    page = Paginator(ids_of(rows, request.GET), PAGE)
    page.count = sums.count
    shown = page.get_page(request.GET.get("page"))
    return render(
        request,
        "projects/list.html",
        {
            "bar": bar,
            "cols": cols,
            "has": dict.fromkeys(cols, True),
            "rare": not cols <= set(USUAL),
            "page": shown,
            "rows": rows_of(lines(list(shown.object_list), today, by_region), today, on),
            "sums": sums,
            "behind": {
                "total": queries.with_values(request.GET, sort="-total", page=None),
                "year": queries.with_values(request.GET, sort="-year", page=None),
                "obstacles": queries.with_values(request.GET, blocked="true", sort="-obstacles", page=None),
            },
            "unsorted": _order(request.GET) == "lamp",
            "ignored": [*found.ignored, *_ignored(request.GET)],
            "lamps": [
                (
                    lamp.value,
                    LAMP_WORDS[lamp],
                    sums.by_lamp[lamp],
                    queries.with_values(request.GET, lamp=lamp.value, page=None),
                )
                for lamp in RANKS
                if lamp in LAMP_WORDS and sums.by_lamp.get(lamp)
            ],
            "may_create": user.may("project.create"),
            "may_import": user.may("project.import"),
            "table": queries.with_values(request.GET),
            "map": reverse("project_map") + queries.with_values(request.GET, page=None, cols=None),
            "export_href": reverse("project_export") + queries.with_values(request.GET, page=None),
            "export_at_once": sums.count <= EXPORT_ASKS_REASON,
            "may_export": request.user.may("project.export"),  # looking, of a past day too
            "filtered": bool(bar.chips),
            "ended": found.left_out,
            "ended_href": queries.with_values(request.GET, ended="true", page=None),
            "all": reverse("project_list") + (f"?on={on}" if on else ""),
            "now": queries.with_values(request.GET, on=None, page=None),
            "kept": queries.kept(request.GET, without=["on"]),
            **past.on_page(on),
        },
    )


def ids_of(rows: QuerySet[Project], query: QueryDict) -> QuerySet[Any, int]:
    return ordered(rows, _order(query)).values_list("pk", flat=True)


def _order(query: QueryDict) -> str:
    """The order asked for; by lamp where none is, or one that there is not."""
    asked = query.get("sort", "")
    return asked if asked.removeprefix("-") in ORDERS else "lamp"


def _ignored(query: QueryDict) -> list[str]:
    """What the address says of order and columns that there is not."""
    return [*ignored_order(query), *(f"cols={key}"[:MOST_SHOWN] for key in query.getlist("cols") if key not in COLUMNS)]


def ignored_order(query: QueryDict) -> list[str]:
    """What the address says of an order that there is not."""
    asked = query.get("sort", "")
    return [f"sort={asked}"[:MOST_SHOWN]] if asked and asked.removeprefix("-") not in ORDERS else []


def columns_of(query: QueryDict) -> list[parts.Column]:
    chosen = [key for key in query.getlist("cols") if key in COLUMNS] or list(USUAL)
    return [parts.Column(key, label, key in chosen) for key, label in COLUMNS.items()]


def rows_of(projects: Iterable[Any], today: date, on: date | None) -> list[Row]:
    """`on`: the past day on which the links open their projects."""
    share, page = calendar_share(today), reverse("project", args=[ANY])
    return [_row(project, page.replace(str(ANY), str(project.uuid)), share, on) for project in projects]


def _row(project: Any, href: str, share: Decimal, on: date | None) -> Row:
    planned, done = project.year_planned_cny or Decimal(0), project.year_declared_cny or Decimal(0)
    return Row(
        project=project,
        name=project.name,
        code=project.code,
        href=f"{href}?on={on}" if on else href,
        lamp=ui.lamp(lamp_of(project).value) if project.stage != Stage.ENDED else SafeString("—"),
        key=project.key,
        unproved=project.unproved,
        promising=project.promising,
        path=_path(project),
        unit=project.unit_word,
        officer=project.officer_name,
        total=figures.in_yi(project.total_investment_cny),
        planned=figures.in_wan(planned) if planned else "",
        done=figures.in_wan(done),
        meter=ui.meter(done, planned, planned * share),
        finish=figures.day(project.committed_finish_on),
        obstacles=project.open_obstacle_count,
        obstacles_href=f"{href}?tab=obstacles{f'&on={on}' if on else ''}#tabs",
    )


def _path(project: Any) -> SafeString:
    path = PATHS[Track(project.track)]
    done = path.index(Stage(project.stage)) if project.stage in path else len(path)
    return ui.minipath(done, len(path), str(STAGES[project.stage]))
