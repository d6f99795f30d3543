"""Keeping the index: at the end of each act for what it wrote, and whole, from the rows it is derived from.

Nothing else writes it. Personal data never reach it: sources give none, and numbers and addresses that somebody typed
into a longer text are left out (docs/domain/search.md#personal).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import AppConfig, apps
from django.db import connection, transaction
from django.utils.translation import gettext as _

from luodi.engines import searching
from luodi.kernel.personal import without_personal_numbers
from luodi.kernel.registry import SEARCH, SearchDoc, SearchSource, Written
from luodi.search import rules
from luodi.search.models import SearchRow

BATCH = 1000
FAULTS_TOLD = 20
SHOWN = ("kind", "object_id", "subject_id", "title", "about", "text", "keys", "sounds")
ROW = "id, kind, object_id, subject_id, title, about, text, keys, sounds"
INSERT = {
    "sqlite": f"INSERT INTO search_row ({ROW}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",  # noqa: S608 (fixed names)
    "postgresql": f"INSERT INTO search_row ({ROW}, words)"  # noqa: S608 (fixed names)
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, array_to_tsvector(%s::text[]))",
}
INSERT_WORDS = "INSERT INTO search_fts (rowid, words) VALUES (%s, %s)"


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the index as it ought to be."""

    row: SearchRow
    words: Sequence[str]

    @property
    def shown(self) -> tuple[Any, ...]:
        return shown(self.row)


def shown(row: SearchRow) -> tuple[Any, ...]:
    return (row.pk, *(getattr(row, name) for name in SHOWN))


def keep(written: Sequence[Written]) -> None:
    """Bring the index up to what an act wrote, as its last step but sealing. One or two statements for each kind touched."""
    by_model: dict[str, set[int]] = defaultdict(set)
    for one in written:
        by_model[one.model].add(one.object_id)
    for source in in_order():
        ids = _touched(source, by_model)
        for start in range(0, len(ids), BATCH):
            _bring_up(source, ids[start : start + BATCH], _same_shown)


def in_order() -> list[SearchSource]:
    return sorted(SEARCH.values(), key=lambda source: source.number)


def _touched(source: SearchSource, by_model: dict[str, set[int]]) -> list[int]:
    ids = set(by_model.get(source.model, ()))
    for model, follow in source.follows.items():
        if model in by_model:
            ids.update(follow(sorted(by_model[model])))
    return sorted(ids)


def rebuild(told: Callable[[str, int], None] = lambda kind, changed: None) -> int:
    """Compare the whole index with what it is derived from, mend what differs, and give the number of rows that did.

    In batches of their own transactions: others go on writing meanwhile. `told` hears of each kind when it is done.
    """
    changed = 0
    for source in in_order():
        mended = 0
        for ids in _batches(source):
            with transaction.atomic():
                mended += _bring_up(source, ids, _same_words)
        told(source.kind, mended)
        changed += mended
    with transaction.atomic():
        changed += _drop_unknown_kinds()
    _optimise()
    return changed


def faults() -> Iterator[str]:
    """Where the index says something else than the rows it is derived from: for `doctor --deep`."""
    found = 0
    for source in in_order():
        for ids in _batches(source):
            kept, wanted = _kept(source, ids), _entries(source, ids)
            found += len(_gone(kept, wanted)) + sum(not same for same in _same_words(kept, wanted).values())
    if found:
        yield _("搜索索引有 %d 处与原始记录不一致：执行 luodi search rebuild 重建。") % found


def fill_if_empty(sender: AppConfig, **_kwargs: Any) -> None:
    """After a migration: an installation that is older than the index has all of it to fill."""
    tables = set(connection.introspection.table_names())
    needed = {apps.get_model(source.model)._meta.db_table for source in SEARCH.values()}
    if needed | {SearchRow._meta.db_table} <= tables and not SearchRow.objects.exists():
        rebuild()


# One batch ------------------------------------------------------------------------------------------------------------


def _bring_up(
    source: SearchSource,
    ids: Sequence[int],
    compare: Callable[[dict[int, SearchRow], dict[int, Entry]], dict[int, bool]],
) -> int:
    """Lock the rows there are, and only then read what they ought to be: who waited for another act sees its writes."""
    kept = _kept(source, ids, lock=True)
    wanted = _entries(source, ids)
    same = compare(kept, wanted)
    fresh = [wanted[pk] for pk in wanted if not same.get(pk)]
    stale = [kept[pk].pk for pk in kept if not same.get(pk)]
    _delete(stale)
    _insert(fresh)
    return len({entry.row.object_id for entry in fresh} | set(_gone(kept, wanted)))


def _gone(kept: dict[int, SearchRow], wanted: dict[int, Entry]) -> list[int]:
    return [pk for pk in kept if pk not in wanted]


def _same_shown(kept: dict[int, SearchRow], wanted: dict[int, Entry]) -> dict[int, bool]:
    """By object: whether its row stands as it ought to. The words follow from what is shown."""
    return {pk: pk in kept and shown(kept[pk]) == entry.shown for pk, entry in wanted.items()}


def _same_words(kept: dict[int, SearchRow], wanted: dict[int, Entry]) -> dict[int, bool]:
    """The same, the words in the index themselves compared too."""
    same = _same_shown(kept, wanted)
    held = _held_words([row.pk for row in kept.values()])
    return {pk: same[pk] and held.get(entry.row.pk) == _as_held(entry.words) for pk, entry in wanted.items()}


def _kept(source: SearchSource, ids: Sequence[int], *, lock: bool = False) -> dict[int, SearchRow]:
    rows = SearchRow.objects.filter(kind=source.kind, object_id__in=ids).order_by("pk")
    if lock:
        rows = rows.select_for_update(no_key=True)
    return {row.object_id: row for row in rows}


def _entries(source: SearchSource, ids: Sequence[int]) -> dict[int, Entry]:
    return {doc.object_id: _entry(source, doc) for doc in source.docs(ids)}


def _entry(source: SearchSource, doc: SearchDoc) -> Entry:
    title, names = without_personal_numbers(doc.title)[:200], [without_personal_numbers(name) for name in doc.names]
    about, text = without_personal_numbers(doc.about)[:300], without_personal_numbers(doc.text)[: searching.MOST_TEXT]
    words = searching.words_of([title, *names], doc.codes, f"{about} {text}")
    row = SearchRow(
        id=rules.place(source.number, doc.live, doc.object_id),
        kind=source.kind,
        object_id=doc.object_id,
        subject_id=doc.subject_id,
        title=title,
        about=about,
        text=text,
        keys=f" {words.keys} ",
        sounds=f" {words.sounds} ",
    )
    return Entry(row, rules.tagged(words, source.number))


def _batches(source: SearchSource) -> Iterator[list[int]]:
    """All ids of a kind, from its own table and from the index: what is gone must leave the index."""
    model = apps.get_model(source.model)
    ids = set(model._base_manager.values_list("pk", flat=True))
    ids |= set(SearchRow.objects.filter(kind=source.kind).values_list("object_id", flat=True))
    ordered = sorted(ids)
    for start in range(0, len(ordered), BATCH):
        yield ordered[start : start + BATCH]


# The database's own index ----------------------------------------------------------------------------------------------


def _insert(entries: Sequence[Entry]) -> None:
    if not entries:
        return
    rows: list[tuple[Any, ...]] = [entry.shown for entry in entries]
    if connection.vendor == "postgresql":
        rows = [(*row, rules.lexemes(entry.words)) for row, entry in zip(rows, entries, strict=True)]
    with connection.cursor() as cursor:
        cursor.executemany(INSERT[connection.vendor], rows)
        if connection.vendor == "sqlite":
            cursor.executemany(INSERT_WORDS, [(entry.row.pk, " ".join(entry.words)) for entry in entries])


def _delete(places: Sequence[int]) -> None:
    if not places:
        return
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.executemany("DELETE FROM search_fts WHERE rowid = %s", [(place,) for place in places])
    SearchRow.objects.filter(pk__in=places).delete()


def _held_words(places: Sequence[int]) -> dict[int, set[str]]:
    """The words that the database holds, by place."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ",".join(["%s"] * len(places))
            cursor.execute(f"SELECT rowid, words FROM search_fts WHERE rowid IN ({marks})", list(places))  # noqa: S608 (marks)
            return {place: set(words.split(" ")) for place, words in cursor.fetchall()}
        cursor.execute("SELECT id, tsvector_to_array(words) FROM search_row WHERE id = ANY(%s)", [list(places)])
        return {place: set(words) for place, words in cursor.fetchall()}


def _as_held(words: Sequence[str]) -> set[str]:
    return set(words if connection.vendor == "sqlite" else rules.lexemes(words))


def _drop_unknown_kinds() -> int:
    """Rows of a kind that no app gives any longer."""
    unknown = SearchRow.objects.exclude(kind__in=SEARCH)
    places = list(unknown.values_list("pk", flat=True))
    _delete(places)
    return len(places)


def _optimise() -> None:
    """One segment of FTS5 is read faster than many; PostgreSQL counts what it holds anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO search_fts (search_fts) VALUES ('optimize')")
        else:
            cursor.execute("ANALYZE search_row")
