"""Pages by cursor: each goes on where the last row of the page before stood, whatever came in between."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from ninja import Query, Schema

from luodi.kernel.api.problems import Fault, Refusal

T = TypeVar("T")
MOST = 200
USUAL = 50
WRITTEN = re.compile(r"[A-Za-z0-9_-]+")


class Page(Schema, Generic[T]):
    """A page of a list. `next` is the cursor of the page after it; null where this is the last."""

    items: list[T]
    next: str | None


Cursor = Annotated[str, Query("", max_length=200, description="`next` of the page before; empty for the first page.")]
Limit = Annotated[int, Query(USUAL, ge=1, le=MOST, description="How many rows a page has at most.")]


def page_of(rows: QuerySet[Any], cursor: str, limit: int, *, at: str = "") -> tuple[list[Any], str | None]:
    """The rows of one page, newest first, and the cursor of the next: by the instant `at` where it is named, then by id.

    Raises Refusal 422 "cursor_wrong". One query.
    """
    if cursor:
        rows = rows.filter(_after(cursor, at))
    found = list(rows.order_by(*([f"-{at}"] if at else []), "-pk")[: limit + 1])
    more = len(found) > limit
    return found[:limit], _cursor(found[limit - 1], at) if more else None


def _cursor(row: Any, at: str) -> str:
    place = [getattr(row, at).isoformat(), row.pk] if at else [row.pk]
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _after(cursor: str, at: str) -> Q:
    try:
        if not WRITTEN.fullmatch(cursor):
            raise ValueError("not one of ours")
        place = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        *instants, pk = place
        if type(pk) is not int or not 0 < pk < 2**63 or len(instants) != bool(at):
            raise ValueError("not one of ours")
        if not at:
            return Q(pk__lt=pk)
        instant = datetime.fromisoformat(instants[0])
        if instant.tzinfo is None:
            raise ValueError("not one of ours")
    except (ValueError, TypeError, RecursionError) as error:
        said = _("cursor 要用上一页答复里的 next。")
        raise Refusal(
            422, "cursor_wrong", said, [Fault(pointer="?cursor", code="cursor_wrong", detail=said)]
        ) from error
    return Q(**{f"{at}__lt": instant}) | Q(**{at: instant, "pk__lt": pk})
