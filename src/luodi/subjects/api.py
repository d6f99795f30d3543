"""The API of subjects: what happened to a thing, and remarks on it. A project's UUID is its subject's."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema

from luodi.kernel.api.operations import ApiRequest, Write, offer, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.subjects.forms import NoteForm
from luodi.subjects.models import Subject, TimelineEntry
from luodi.subjects.selectors import told, with_who
from luodi.subjects.services import note_add

router = Router(tags=["subjects"])


class TimelineOut(Schema):
    """One thing that happened. `text` says it in words; `verb` and `values` are what the words are made of."""

    id: int
    at: datetime
    who: str
    member_id: int | None
    verb: str
    values: dict[str, Any]
    note: str
    text: str
    was: str
    now: str


class NoteOut(Schema):
    """A remark, as it stands on the timeline."""

    id: int
    at: datetime
    verb: str
    note: str


def subject_of(user: Any, path: dict[str, Any]) -> Subject:
    """The subject of this UUID among what the person may see. Raises Subject.DoesNotExist."""
    found: Subject = Subject.objects.visible_to(user).get(uuid=path["uuid"])
    return found


@read(router, "/subjects/{uuid:uuid}/timeline", Page[TimelineOut], action="project.see")
def timeline(request: ApiRequest, uuid: UUID, cursor: Cursor, limit: Limit) -> Any:
    """What happened to a thing, newest first."""
    subject = subject_of(request.auth.user, {"uuid": uuid})
    rows, following = page_of(with_who(TimelineEntry.objects.filter(subject=subject)), cursor, limit, at="at")
    items = [
        TimelineOut(
            id=row.pk,
            at=row.at,
            who=str(entry.who),
            member_id=row.by_id,
            verb=row.verb,
            values=row.values,
            note=row.note,
            text=str(entry.text),
            was=str(entry.was),
            now=str(entry.now),
        )
        for row, entry in zip(rows, told(rows), strict=True)
    ]
    return {"items": items, "next": following}


WRITES = (
    Write(
        "note_add", "/subjects/{uuid:uuid}/notes", note_add, ("project.note",), NoteOut, "Leave a remark.",
        form=NoteForm, find=subject_of, target="subject_id", creates=True,
    ),
)  # fmt: skip
offer(router, *WRITES)
