"""Writes about any subject: what happened, who is associated, a note."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.canonical import plain
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.registry import VERBS
from luodi.orgs.models import Unit, User
from luodi.subjects.models import Party, Subject, TimelineEntry

NOTE_LENGTH = 2000


def tell(subject: Subject, verb: str, *, note: str = "", **values: Any) -> TimelineEntry:
    """Write what happens now on the subject's timeline, within the act that does it. Raises KeyError for an unknown verb."""
    return acts.insert(told(subject, verb, note=note, **values))


def told(subject: Subject, verb: str, *, note: str = "", **values: Any) -> TimelineEntry:
    """The entry that `tell` writes, for those who write many at once with `acts.insert_many`."""
    act = acts.current()
    VERBS[verb]
    by = getattr(act.by, "member_id", None)
    return TimelineEntry(subject=subject, at=act.at, by_id=by, verb=verb, values=plain(values), note=note)


def party_add(subject: Subject, unit: Unit, role: str) -> None:
    """Associate a unit with a subject; nothing happens where it is already."""
    if not Party.objects.filter(subject=subject, unit=unit, role=role, until=None).exists():
        acts.insert(Party(subject=subject, unit=unit, role=role, since=acts.current().at))


def party_end(subject: Subject, unit: Unit, role: str) -> None:
    """End an association."""
    for party in acts.lock(Party.objects.filter(subject=subject, unit=unit, role=role, until=None)):
        acts.update(party, until=acts.current().at)


def note_add(*, by: User, subject_id: int, text: str) -> TimelineEntry:
    """Leave a remark on the timeline of a subject that the writer may see.

    Errors: Subject.DoesNotExist when he may not see it; DomainError "note_empty" | "note_long" | "forbidden".
    """
    subject = Subject.objects.visible_to(by).get(pk=subject_id)
    words = text.strip()
    if not by.may("project.note"):
        raise Forbidden(_("您的角色只能查看，不能留言。"))
    if not words:
        raise DomainError("note_empty", _("请先写下要记的内容。"), field="text")
    if len(words) > NOTE_LENGTH:
        raise DomainError("note_long", _("一次最多记 2000 字，请分几次记。"), field="text")
    return tell(subject, "note", note=words)
