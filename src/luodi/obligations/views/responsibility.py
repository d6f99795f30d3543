"""责任: who answers for what, who for nothing, who for too much (speech: 人人都是项目建设责任人; mission.md M2)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest
from luodi.kernel.registry import Holding
from luodi.obligations.selectors import Answerer, Matrix, matrix_of, names_of
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.permissions import require
from luodi.orgs.rules import Scope
from luodi.web import parts, queries

PAGE = 50
LISTS: dict[str, Callable[[Matrix], list[Answerer]]] = {
    "": lambda matrix: matrix.some,
    "none": lambda matrix: matrix.none,
    "much": lambda matrix: matrix.much,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A member with a cell for each column, None where he holds nothing of it."""

    member: Member
    cells: list[Holding | None]
    total: int
    much: bool


def responsibility(request: AuthedRequest) -> HttpResponse:
    """The matrix of the county, of his own unit for who sees only that; unit, list, order and page stand in the address.

    Who has nothing or too much is told to whom sees the whole county: another sees only a part of what people hold.
    """
    require(request.user, "unit.see")
    units = _units(request.user)
    chosen = [pk for pk in units if str(pk) in request.GET.getlist("unit")]
    matrix = matrix_of(request.user, unit_ids=chosen)
    lists = LISTS if request.user.scope is Scope.COUNTY else {"": LISTS[""]}
    shown = request.GET.get("list", "") if request.GET.get("list", "") in lists else ""
    sort = request.GET.get("sort", "")
    page = Paginator(_ordered(LISTS[shown](matrix), matrix, sort), PAGE).get_page(request.GET.get("page"))
    members = names_of(row.member_id for row in page.object_list)
    context = {
        "page": page,
        "lines": [_line(members[row.member_id], row, matrix) for row in page.object_list],
        "columns": matrix.columns.items() if shown != "none" else (),
        "tabs": _tabs(request.GET, matrix, shown) if len(lists) > 1 else (),
        "bar": _bar(request.GET, units, chosen),
        "matrix": matrix,
        "shown": shown,
    }
    return render(request, "obligations/responsibility.html", context)


def _units(user: User) -> dict[int, str]:
    rows = Unit.objects.visible_to(user).order_by("code")
    if user.scope is not Scope.COUNTY:
        rows = rows.filter(pk=user.member.unit_id)
    return {unit.pk: str(unit) for unit in rows}


def _ordered(rows: list[Answerer], matrix: Matrix, sort: str) -> list[Answerer]:
    """By the units' order, by one column, else by all together, the most first; ties in the units' order."""
    key, down = sort.removeprefix("-"), sort.startswith("-")
    if key == "unit":
        return rows[::-1] if down else rows
    if key in matrix.columns:
        return sorted(rows, key=lambda row: row.held[key].count if key in row.held else 0, reverse=down)
    return sorted(rows, key=lambda row: row.total, reverse=sort != "total")


def _line(member: Member, row: Answerer, matrix: Matrix) -> Line:
    return Line(member, [row.held.get(code) for code in matrix.columns], row.total, row.own > matrix.most)


def _tabs(query: QueryDict, matrix: Matrix, shown: str) -> list[parts.Tab]:
    words = {"": _("负责的人"), "none": _("没有负责的事"), "much": _("负责过多")}
    return [
        parts.Tab(
            word, queries.with_values(query, list=code or None, page=None), len(LISTS[code](matrix)), code == shown
        )
        for code, word in words.items()
    ]


def _bar(query: QueryDict, units: dict[int, str], chosen: list[int]) -> parts.FilterBar:
    options = [parts.FilterOption(str(pk), name, checked=pk in chosen) for pk, name in units.items()]
    chips: list[Any] = [parts.Chip(_("单位"), units[pk], queries.without(query, "unit", str(pk))) for pk in chosen]
    menus = [parts.FilterMenu("unit", _("单位"), "many", options)] if len(units) > 1 else []
    return parts.FilterBar(chips=chips, menus=menus)
