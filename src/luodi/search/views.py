"""One address: the page of results, and the quick list under the box while somebody types."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from luodi.engines import searching
from luodi.engines.searching import Question
from luodi.kernel.http import AuthedRequest
from luodi.kernel.registry import SEARCH
from luodi.orgs.permissions import require
from luodi.search import rules, selectors
from luodi.search.models import SearchRow
from luodi.search.selectors import Found, Group
from luodi.web import parts, queries

FIRST = 5
"""Hits of each kind on the page of all kinds."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A hit as it is shown, its found words marked. `of`: the thing it belongs to; `ended`: no longer in force."""

    title: SafeString
    href: str
    about: SafeString
    snippet: SafeString
    of: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Section:
    """The hits of one kind. `count` says how many in words, `href` leads to all of them."""

    kind: str
    label: parts.Text
    count: str
    hits: Sequence[Hit]
    href: str
    more: bool


def search(request: AuthedRequest) -> HttpResponse:
    """What this person may see of what he looks for. Administrators, who see no business row, are refused."""
    require(request.user, "project.see")
    typed = request.GET.get("q", "")
    found = selectors.find(request.user, typed)
    context = {"typed": typed.strip(), "found": found, "how": _how_else(request)}
    if "HX-Request" in request.headers:
        return render(request, "search/_quick.html", {**context, "sections": _sections(request, found, rules.QUICK)})
    chosen = next((group for group in found.groups if group.source.kind == request.GET.get("kind")), None)
    page = _page(request, chosen) if chosen else None
    if chosen and page:
        shown = _hits({chosen.source.kind: list(page.object_list)}, found.question)
        sections = [_section(request, chosen, shown[chosen.source.kind])]
    else:
        sections = _sections(request, found, FIRST)
    return render(
        request,
        "search/results.html",
        {**context, "sections": sections, "page": page, "chosen": chosen, "tabs": _tabs(request, found, chosen)},
    )


def _page(request: AuthedRequest, group: Group) -> Page[int]:
    return Paginator(group.places, rules.PAGE).get_page(request.GET.get("page"))


def _sections(request: AuthedRequest, found: Found, each: int) -> list[Section]:
    hits = _hits({group.source.kind: group.places[:each] for group in found.groups}, found.question)
    return [_section(request, group, hits[group.source.kind]) for group in found.groups]


def _section(request: AuthedRequest, group: Group, hits: Sequence[Hit]) -> Section:
    source = group.source
    more = group.more or len(group.places) > len(hits)
    return Section(source.kind, source.label, _count(group), hits, _address(request, source.kind), more)


def _count(group: Group) -> str:
    return f"{len(group.places)}+" if group.more else str(len(group.places))


def _address(request: AuthedRequest, kind: str | None) -> str:
    return request.path + queries.with_values(request.GET, kind=kind, page=None)


def _tabs(request: AuthedRequest, found: Found, chosen: Group | None) -> list[parts.Tab]:
    every = parts.Tab(_("全部"), _address(request, None), current=chosen is None)
    return [
        every,
        *(
            parts.Tab(
                f"{group.source.label} {_count(group)}", _address(request, group.source.kind), current=group is chosen
            )
            for group in found.groups
        ),
    ]


def _how_else(request: AuthedRequest) -> list[tuple[parts.Text, parts.Text]]:
    """What is searched for this person, kind by kind."""
    return [(source.label, source.told) for source in selectors.sources_for(request.user)]


# Hits -----------------------------------------------------------------------------------------------------------------


def _hits(places: dict[str, Sequence[int]], question: Question) -> dict[str, list[Hit]]:
    """The hits to be shown of each kind. One statement for all."""
    rows = selectors.rows_at([place for told in places.values() for place in told])
    hits: dict[str, list[Hit]] = {kind: [] for kind in places}
    for row in rows:
        hits[row.kind].append(_hit(row, question))
    return hits


def _hit(row: SearchRow, question: Question) -> Hit:
    belongs = row.subject is not None and row.subject.kind != row.kind
    return Hit(
        title=_marked(row.title, question),
        href=SEARCH[row.kind].url(row),
        about=_marked(row.about, question),
        snippet=_marked(searching.around(row.text, question), question),
        of=row.subject.title if belongs and row.subject else "",
        ended=not row.live,
    )


def _marked(text: str, question: Question) -> SafeString:
    """The text, escaped, with what was looked for in <mark>."""
    pieces = (
        format_html("<mark>{}</mark>", piece) if hit else format_html("{}", piece)
        for piece, hit in searching.marked(text, question)
    )
    return format_html_join("", "{}", ((piece,) for piece in pieces))
