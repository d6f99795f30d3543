"""What a person finds: only what he may see, the best first, counted by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet, FullResultSet
from django.db import connection

from luodi.engines.searching import Question, question_of
from luodi.kernel.registry import SEARCH, SearchSource
from luodi.orgs.models import User
from luodi.search import rules
from luodi.search.models import SearchRow

FROM = {
    "sqlite": "search_fts CROSS JOIN search_row ON search_row.id = search_fts.rowid WHERE search_fts MATCH %s",
    "postgresql": "search_row WHERE search_row.words @@ %s::tsquery",
}
"""FTS5 gives its hits in the order of their places, so the outer loop ends with the hundredth that may be seen."""
PLACE = {"sqlite": "search_fts.rowid", "postgresql": "search_row.id"}
STANDS_IN = {"sqlite": "instr", "postgresql": "strpos"}
Hits = dict[int, int]
"""Place of a hit → its stage (0 best)."""


@dataclass(frozen=True, slots=True)
class Group:
    """The hits of one kind: places in their order, at most rules.COUNTED of them, `best` the stage of the first.

    `more`: there are more than counted.
    """

    source: SearchSource
    places: Sequence[int]
    best: int
    more: bool


@dataclass(frozen=True, slots=True)
class Found:
    """What was found: the kind with the best hit first; kinds without a hit are left out."""

    question: Question
    groups: Sequence[Group]

    @property
    def count(self) -> int:
        return sum(len(group.places) for group in self.groups)

    @property
    def more(self) -> bool:
        return any(group.more for group in self.groups)


def sources_for(user: User) -> list[SearchSource]:
    """The kinds that a user may search at all, in their order."""
    open_to = (source for source in SEARCH.values() if user.may(source.action))
    return sorted(open_to, key=lambda source: source.number)


def find(user: User, typed: str) -> Found:
    """Search all kinds. At most four statements, however many rows there are."""
    question = question_of(typed)
    if not question.chunks:
        return Found(question, [])
    seen = _guarded(user)
    told = {source.number for source, _sql, _params in seen}
    hits: dict[int, Hits] = {number: {} for number in told}
    _search(hits, [_branch(question, rules.LAST - 1, *one) for one in seen])
    full = {number for number in told if len(hits[number]) > rules.COUNTED}
    wide = [one for one in seen if one[0].number in full]
    _search(hits, [_branch(question, stage, *one) for one in wide for stage in range(rules.LAST - 1)])
    exact = _exactly(user, typed, [one[0] for one in seen])
    groups = [_group(source, hits[source.number], exact.get(source.number, []), full) for source, _sql, _params in seen]
    return Found(question, sorted((group for group in groups if group.places), key=_order))


def _order(group: Group) -> tuple[int, int]:
    return group.best, group.source.number


def rows_at(places: Sequence[int]) -> list[SearchRow]:
    """The rows to be shown, in the order given. One statement."""
    found = {row.pk: row for row in SearchRow.objects.filter(pk__in=places).select_related("subject")}
    return [found[place] for place in places if place in found]


def _group(source: SearchSource, hits: Hits, exact: Sequence[int], full: set[int]) -> Group:
    stages = hits | dict.fromkeys(exact, 0)
    ordered = sorted(stages, key=lambda place: (stages[place], -place))
    best = stages[ordered[0]] if ordered else rules.LAST
    return Group(source, ordered[: rules.COUNTED], best, source.number in full)


def _exactly(user: User, typed: str, sources: Iterable[SearchSource]) -> dict[int, list[int]]:
    """Places of what is found by something that the index must not hold."""
    found: dict[int, list[int]] = {}
    for source in sources:
        if ids := source.exact(user, typed):
            rows = SearchRow.objects.filter(kind=source.kind, object_id__in=ids)
            found[source.number] = list(rows.order_by("-pk").values_list("pk", flat=True))
    return found


# SQL ------------------------------------------------------------------------------------------------------------------


def _guarded(user: User) -> list[tuple[SearchSource, str, list[Any]]]:
    """The kinds that the user may see something of, each with the condition of it. Kinds that share a rule share its SQL:
    writing it costs more than looking up the words."""
    sources = sources_for(user)
    wheres = {rule: _where(rule, user) for rule in {source.visible for source in sources}}
    return [(source, *where) for source in sources if (where := wheres[source.visible]) is not None]


def _where(rule: Callable[[Any], Any], user: User) -> tuple[str, list[Any]] | None:
    """The condition that a row of the index may be seen, as SQL; None where the user sees none of the kind."""
    query = SearchRow.objects.filter(rule(user)).query
    try:
        sql, params = query.get_compiler(connection=connection).compile(query.where)
    except EmptyResultSet:
        return None
    except FullResultSet:
        return "TRUE", []
    return sql, list(params)


def _branch(
    question: Question, stage: int, source: SearchSource, visible: str, params: Sequence[Any]
) -> tuple[str, list[Any]]:
    """The hits of one kind by one condition that may be seen, from the last place down, one more than are counted."""
    vendor = connection.vendor
    ranked, rank_params = _stage(question)
    place = PLACE[vendor]
    sql = (
        f"SELECT * FROM (SELECT {source.number}, search_row.id, {ranked} FROM {FROM[vendor]}"  # noqa: S608 (fixed names)
        f" AND {place} BETWEEN %s AND %s AND ({visible}) ORDER BY {place} DESC LIMIT {rules.COUNTED + 1}) AS hit"
    )
    condition = rules.written(rules.STAGES[stage](question), source.number, vendor)
    return sql, [*rank_params, condition, *rules.span(source.number), *params]


def _stage(question: Question) -> tuple[str, list[str]]:
    """How good a hit is (rules.STAGES), reckoned from its names, codes and sounds as they stand in the row."""
    inside = STANDS_IN[connection.vendor]
    in_keys, in_sounds = f"{inside}(search_row.keys, %s) > 0", f"{inside}(search_row.sounds, %s) > 0"
    chunks, chunk_params = [], []
    for chunk in question.chunks:
        named = " AND ".join([in_keys] * len(chunk.runs))
        chunks.append(f"(({named}) OR {in_keys} OR {in_sounds})")
        chunk_params += [*chunk.runs, f" {chunk.key}", f" {chunk.key}"]
    named = " AND ".join([in_keys] * len(question.runs))
    sql = f"CASE WHEN {in_keys} THEN 0 WHEN {in_keys} THEN 1 WHEN {named} THEN 2 WHEN {' AND '.join(chunks)} THEN 3 ELSE 4 END"
    return sql, [f" {question.key} ", f" {question.key}", *question.runs, *chunk_params]


def _search(hits: dict[int, Hits], branches: Sequence[tuple[str, list[Any]]]) -> None:
    """Run all branches as one statement and put what they give into `hits`."""
    if not branches:
        return
    sql = " UNION ALL ".join(branch for branch, _params in branches)
    with connection.cursor() as cursor:
        cursor.execute(sql, [param for _branch, params in branches for param in params])
        for number, place, stage in cursor.fetchall():
            hits[number][place] = stage
