"""The project library as a map: how many projects of which lamp lie in each township, and those of the chosen one beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import groupby

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.engines import maps
from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.orgs.models import Region, User
from luodi.orgs.permissions import require
from luodi.orgs.rules import TILE_COLUMNS
from luodi.projects.forms.library import LAMP_WORDS, NOWHERE, ProjectFilter
from luodi.projects.rules import Lamp
from luodi.projects.selectors.library import ORDERS, library, lines, ordered
from luodi.projects.selectors.places import Lamps, by_township, together
from luodi.projects.selectors.rulebook import thresholds_of
from luodi.projects.views import past
from luodi.projects.views.library import ignored_order, rows_of
from luodi.web import parts, queries

PAGE = 20
SHADES = (
    (Decimal("0.2"), "t-m3", gettext_lazy("滞后占两成以上")),
    (Decimal("0.1"), "t-m2", gettext_lazy("一成以上")),
    (Decimal(0), "t-m1", gettext_lazy("不到一成")),
)
"""From which share of late projects on a tile has which shade, and what the map's key says of it."""
NONE_LATE, EMPTY = "t-p1", "t-0"


@dataclass(frozen=True, slots=True)
class LampCount(parts.Part):
    """How many projects of a lamp, with the list behind the number. `said`: the whole in words, for who cannot see where it stands."""

    state: str
    count: int
    href: str
    said: str


@dataclass(frozen=True, slots=True)
class Place(parts.Part):
    """A township on the map. `href` chooses it, or gives it up where it is `chosen`; "" where the filters know it not."""

    name: str
    count: int
    lamps: list[LampCount]
    shade: str
    href: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Sheet(parts.Part):
    """One county's tiles, row by row; None is an empty cell."""

    name: str
    cells: list[Place | None]


def project_map(request: AuthedRequest) -> HttpResponse:
    """The library by place; its filters stand in the address as in the table's, and with `?on=` a past day."""
    require(request.user, "project.see")
    townships = list(Region.objects.townships_of(request.user.region_ids).select_related("parent"))
    shown = partial(_map, townships=townships)
    return past.list_on(request, shown, title=_("项目地图"), now=reverse("project_map"))


def _map(request: AuthedRequest, user: User, on: date | None, *, townships: Sequence[Region]) -> HttpResponse:
    """The map for `user`. `townships`: those of today, wherever they were drawn on the day `on`."""
    today = clock.today()
    by_region = thresholds_of(user.region_ids, today)
    found = ProjectFilter(request.GET, library(user, today, by_region), user=user)
    counted = by_township(found.rows_everywhere)
    chosen, shaded = found.said.get("township", []), not found.said.get("lamp")
    sums = together(lamps for pk, lamps in counted.items() if not chosen or (pk or NOWHERE) in chosen)
    page = Paginator(ordered(found.rows, request.GET.get("sort", "lamp")).values_list("pk", flat=True), PAGE)
    page.count = sum(sums.values())
    shown = page.get_page(request.GET.get("page"))
    bar = found.bar(request.GET, [])
    return render(
        request,
        "projects/map.html",
        {
            "bar": bar,
            "sheets": list(_sheets(_Drawing(request.GET, counted, chosen, shaded), townships)),
            "key": [*SHADES, (None, NONE_LATE, _("没有滞后")), (None, EMPTY, _("没有项目"))] if shaded else [],
            "page": shown,
            "rows": rows_of(lines(list(shown.object_list), today, by_region), today, on),
            "has": {"stage": True, "unit": True},
            "count": page.count,
            "lamps": [
                (lamp.value, LAMP_WORDS[lamp], number, queries.with_values(request.GET, lamp=lamp.value, page=None))
                for lamp, number in sums.items()
                if lamp in LAMP_WORDS
            ],
            "where": "、".join(_names(townships, chosen)),
            "everywhere": queries.without(request.GET, "township"),
            "ignored": [*found.ignored, *ignored_order(request.GET)],
            "unsorted": request.GET.get("sort", "").removeprefix("-") not in ORDERS,
            "filtered": bool(bar.chips),
            "ended": found.left_out,
            "ended_href": queries.with_values(request.GET, ended="true", page=None),
            "all": reverse("project_map") + (f"?on={on}" if on else ""),
            "map": queries.with_values(request.GET),
            "table": reverse("project_list") + queries.with_values(request.GET, page=None),
            "now": queries.with_values(request.GET, on=None, page=None),
            "kept": queries.kept(request.GET, without=["on"]),
            **past.on_page(on),
        },
    )


def _names(townships: Sequence[Region], chosen: Sequence[int]) -> Iterator[str]:
    yield from (township.name for township in townships if township.pk in chosen)
    if NOWHERE in chosen:
        yield _("未填乡镇")


@dataclass(frozen=True, slots=True)
class _Drawing:
    """What the tiles are drawn from. Not `shaded` where a lamp is filtered: a share of what is left would say nothing."""

    query: QueryDict
    counted: Mapping[int | None, Lamps]
    chosen: Sequence[int]
    shaded: bool

    def township(self, pk: int, name: str) -> Place:
        lamps, here = self.counted.get(pk or None, {}), pk in self.chosen
        href = (
            queries.without(self.query, "township") if here else queries.with_values(self.query, township=pk, page=None)
        )
        return Place(name, sum(lamps.values()), list(self._lamps(pk, name, lamps)), self.shade(lamps), href, here)

    def _lamps(self, pk: int, name: str, lamps: Lamps) -> Iterator[LampCount]:
        for lamp, count in together([lamps]).items():
            if lamp in LAMP_WORDS:
                href = queries.with_values(self.query, township=pk, lamp=lamp.value, page=None)
                said = {"place": name, "lamp": LAMP_WORDS[lamp], "count": count}
                yield LampCount(lamp.value, count, href, _("%(place)s，%(lamp)s %(count)s 个") % said)

    def shade(self, lamps: Lamps) -> str:
        """The tile's class: by the share of what is late, and reddish only where something is."""
        count, late = sum(lamps.values()), lamps.get(Lamp.RED, 0)
        if not count or not self.shaded:
            return EMPTY
        return next(shade for share, shade, _said in SHADES if late >= share * count) if late else NONE_LATE


def _sheets(drawing: _Drawing, townships: Sequence[Region]) -> Iterator[Sheet]:
    """The tiles of each county, one after the other; what lies in none of these townships stands behind the last."""
    columns = TILE_COLUMNS[1]
    counties = [(county, list(rows)) for county, rows in groupby(townships, key=lambda row: row.parent)]
    elsewhere = list(_elsewhere(drawing, {row.pk for row in townships}))
    for place, (county, rows) in enumerate(counties, start=1):
        cells = [
            None if cell is None else drawing.township(rows[cell].pk, rows[cell].name)
            for cell in maps.grid([_tile(row) for row in rows], columns)
        ]
        last = elsewhere if place == len(counties) else []
        yield Sheet(str(county) if len(counties) > 1 else "", _behind(cells, last))
    if elsewhere and not counties:
        yield Sheet("", list(elsewhere))


def _elsewhere(drawing: _Drawing, known: set[int]) -> Iterator[Place]:
    """Projects that say no township, and those in townships that are not (or no longer) of the reader's county."""
    if None in drawing.counted or NOWHERE in drawing.chosen:
        yield drawing.township(NOWHERE, _("未填乡镇"))
    other = together(lamps for pk, lamps in drawing.counted.items() if pk is not None and pk not in known)
    if other:
        yield Place(_("其他地方"), sum(other.values()), [], drawing.shade(other))


def _behind(cells: list[Place | None], last: Sequence[Place]) -> list[Place | None]:
    """Put these at the end: in the last row where its last cells are free, else in a row of their own."""
    kept = len(cells) - len(last)
    return [*cells[:kept], *last] if cells[kept:] == [None] * len(last) else [*cells, *last]


def _tile(township: Region) -> maps.Tile | None:
    return (township.tile_x, township.tile_y) if township.tile_x and township.tile_y else None
