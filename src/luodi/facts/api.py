"""The API of facts: what was recognised, with shares and evidence, and whether it still stands."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from ninja import Query, Router, Schema

from luodi.facts.models import Fact, FactEvidence, FactShare
from luodi.kernel.api.operations import ApiRequest, NumberPath, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.orgs.models import User
from luodi.subjects.models import Subject

router = Router(tags=["facts"])


class ShareOut(Schema):
    """A unit's share, in basis points of the whole."""

    unit_id: int
    basis_points: int


class RevocationOut(Schema):
    """Why a fact no longer holds, and who said so."""

    at: datetime
    by_id: int
    reason: str


class FactOut(Schema):
    """认定事实, with the unit and leader as they were on the day. `gate` is empty where it passes none."""

    id: int
    subject: UUID
    kind: str
    gate: str
    happened_on: date
    recognised_on: date | None
    year: int | None
    amount_cny: Decimal
    unit_id: int
    leader_id: int | None
    asked_by_id: int
    recognised_by_id: int | None
    recognised_unit_id: int | None
    shares: list[ShareOut]
    evidence: list[int]
    revoked: RevocationOut | None

    @staticmethod
    def resolve_subject(row: Any) -> UUID:
        found: UUID = row.subject.uuid
        return found

    @staticmethod
    def resolve_shares(row: Any) -> list[Any]:
        return list(row.shares.all())

    @staticmethod
    def resolve_evidence(row: Any) -> list[int]:
        return [line.evidence_id for line in row.lines.all()]

    @staticmethod
    def resolve_revoked(row: Any) -> Any:
        return row.revoked_by


def facts_of(user: User) -> QuerySet[Fact]:
    """The recognised facts that the person may see, with all that is shown of them."""
    shares = Prefetch("shares", FactShare.objects.order_by("pk"))
    lines = Prefetch("lines", FactEvidence.objects.order_by("pk"))
    rows: QuerySet[Fact] = Fact.objects.visible_to(user).filter(state="recognised")
    return rows.select_related("subject", "revoked_by").prefetch_related(shares, lines)


Year = Annotated[int | None, Query(None, ge=1949, le=2100, description="Only what counts in this year.")]
Standing = Annotated[bool | None, Query(None, description="true: only what stands; false: only what was revoked.")]


@read(router, "/facts", Page[FactOut], action="project.see")
def fact_list(request: ApiRequest, year: Year, standing: Standing, cursor: Cursor, limit: Limit) -> Any:
    """Recognised facts of all that the person may see, newest first."""
    rows = facts_of(request.auth.user)
    if year is not None:
        rows = rows.filter(year=year)
    if standing is not None:
        rows = rows.filter(revoked_by__isnull=standing)
    items, following = page_of(rows, cursor, limit)
    return {"items": items, "next": following}


@read(router, "/subjects/{uuid:uuid}/facts", Page[FactOut], action="project.see")
def subject_facts(request: ApiRequest, uuid: UUID, cursor: Cursor, limit: Limit) -> Any:
    """Recognised facts of one thing, newest first."""
    subject = Subject.objects.visible_to(request.auth.user).get(uuid=uuid)
    items, following = page_of(facts_of(request.auth.user).filter(subject=subject), cursor, limit)
    return {"items": items, "next": following}


@read(router, "/facts/{int:pk}", FactOut, action="project.see")
def fact(request: ApiRequest, pk: NumberPath) -> Any:
    """One recognised fact."""
    return facts_of(request.auth.user).get(pk=pk)
