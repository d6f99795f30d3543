"""The timeline of a subject, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django.db.models import Case, F, OuterRef, QuerySet, Subquery, When
from django.utils.translation import gettext as _

from luodi.kernel.registry import SHOWN_AS, SUBJECTS, VERBS
from luodi.orgs.labels import acting_name
from luodi.orgs.models import DelegatedAct
from luodi.subjects.models import TimelineEntry
from luodi.web import parts

MOVE = "%(was)s → %(now)s"


def timeline_of(subject_id: int, most: int = 30) -> list[parts.TimelineEntry]:
    """The newest entries. One query."""
    return told(with_who(TimelineEntry.objects.filter(subject_id=subject_id))[:most])


def with_who(rows: QuerySet[TimelineEntry]) -> QuerySet[TimelineEntry]:
    """Add the words for who did it, and through whom; whole members and units would take twice the time."""
    unit = Case(When(by__unit__short="", then=F("by__unit__name")), default=F("by__unit__short"))
    through = DelegatedAct.objects.filter(model=TimelineEntry._meta.label_lower, object_id=OuterRef("pk"))
    return rows.annotate(who_name=F("by__name"), who_unit=unit, through=Subquery(through.values("deputy__name")[:1]))


def told(rows: Iterable[TimelineEntry]) -> list[parts.TimelineEntry]:
    """The words of rows that come from with_who."""
    return [_entry(row) for row in rows]


def told_of_many(rows: Iterable[TimelineEntry]) -> list[parts.TimelineEntry]:
    """Entries of several subjects: each is headed by its subject, with a link; who did it stands in the text."""
    found = []
    for row in rows:
        entry = _entry(row)
        text = f"{entry.who}：{entry.text}"
        found.append(replace(entry, who=row.subject.title, href=SUBJECTS[row.subject.kind].url(row.subject), text=text))
    return found


def _entry(row: Any) -> parts.TimelineEntry:
    verb = VERBS[row.verb]
    values = {name: _shown(verb.types.get(name, ""), value) for name, value in row.values.items()}
    text = str(verb.text)
    moved = MOVE in text
    was = values["was"] if moved and values["was"] != values["now"] else ""
    return parts.TimelineEntry(
        at=row.at,
        who=f"{acting_name(row.who_name, row.through)} {row.who_unit}" if row.who_name else _("系统"),
        text=(text.replace(MOVE, "") if moved else text) % values,
        was=was,
        now=(values["now"] or "—") if moved else "",
        quote=row.note if row.verb == "note" else "",
        note="" if row.verb == "note" else row.note,
        key=verb.weight == "strong",
    )


def _shown(kind: str, value: object) -> str:
    if value is None:
        return ""
    return SHOWN_AS[kind](str(value)) if kind else str(value)
