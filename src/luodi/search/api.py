"""The API of search: what the page finds, for programs."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema

from luodi.kernel.api.operations import ApiRequest, read
from luodi.kernel.registry import SEARCH
from luodi.search import rules, selectors

router = Router(tags=["search"])


class HitOut(Schema):
    """One thing found. `id` is its own among its kind; `subject` what it belongs to; `live`: still in force."""

    id: int
    title: str
    about: str
    subject: UUID | None
    page: str
    live: bool


class GroupOut(Schema):
    """The hits of one kind, the best first, at most twenty. `more`: there are more than `count`."""

    kind: str
    label: str
    count: int
    more: bool
    hits: list[HitOut]


Typed = Annotated[str, Query("", max_length=100, pattern=r"^[^\x00]*$", description="Words, a name, pinyin or a code.")]


@read(router, "/search", list[GroupOut], action="project.see")
def search(request: ApiRequest, q: Typed) -> Any:
    """What the person may see of what is looked for, the kind with the best hit first."""
    groups = selectors.find(request.auth.user, q).groups
    rows = selectors.rows_at([place for group in groups for place in group.places[: rules.PAGE]])
    return [
        GroupOut(
            kind=group.source.kind,
            label=str(group.source.label),
            count=len(group.places),
            more=group.more,
            hits=[_hit(row) for row in rows if row.kind == group.source.kind],
        )
        for group in groups
    ]


def _hit(row: Any) -> HitOut:
    return HitOut(
        id=row.object_id,
        title=row.title,
        about=row.about,
        subject=row.subject.uuid if row.subject else None,
        page=SEARCH[row.kind].url(row),
        live=row.live,
    )
