"""The API of orgs: who asks, and units, people and companies. Telephone numbers never leave by it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema
from ninja.errors import Throttled
from ninja.security import HttpBearer

from luodi.kernel.api.fields import LARGEST_ID
from luodi.kernel.api.operations import ApiRequest, NumberPath, Sent, Write, answers, offer, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.kernel.api.problems import Refusal
from luodi.orgs import permissions, selectors
from luodi.orgs.forms import HeadForm, LeaveForm, MemberEditForm, MemberForm
from luodi.orgs.labels import SCOPE_LABELS
from luodi.orgs.models import ApiToken, Company, Member, Unit, User
from luodi.orgs.rules import TOKEN_SCOPES
from luodi.orgs.services import tokens, units

router = Router(tags=["orgs"])

# Who asks -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TokenCaller:
    """A person by his token: his actions are those that his roles and the token's scopes both hold."""

    token: ApiToken
    user: User

    def require(self, *actions: str) -> None:
        self.reach(actions)
        if not any(self.user.may(action) for action in actions):
            permissions.require(self.user, actions[0])

    def reach(self, actions: Sequence[str]) -> None:
        if set(actions) & tokens.actions_of(self.token):
            return
        scope = next(name for name, held in TOKEN_SCOPES.items() if held & set(actions))
        said = _("这个令牌没有“%(scope)s”范围，请用有这一范围的令牌。") % {"scope": SCOPE_LABELS[scope]}
        raise Refusal(403, "scope_missing", said)


class TokenAuth(HttpBearer):
    """`Authorization: Bearer luodi_…`. A session's cookie opens nothing here, so no other site can make a browser write."""

    def authenticate(self, request: HttpRequest, token: str) -> TokenCaller | None:
        """Raises Throttled where the token asks too often. Two reads and one small write."""
        found = tokens.holder_of(token)
        if found is None:
            return None
        held, user = found
        if wait := tokens.token_meter(held):
            raise Throttled(wait=wait)
        request.user = user
        return TokenCaller(held, user)


class Me(Schema):
    """Who the token acts for, and what it can do: what both its scopes and its person's roles hold."""

    name: str
    post: str
    unit: str
    member_id: int
    unit_id: int
    roles: list[str]
    scopes: list[str]
    actions: list[str]
    token: str
    expires_on: date


def me(request: ApiRequest) -> Any:
    """Who the token acts for, and what it can do."""
    caller: Any = request.auth
    user: User = caller.user
    return Me(
        name=user.member.name,
        post=user.member.post,
        unit=user.member.unit.name,
        member_id=user.member_id,
        unit_id=user.member.unit_id,
        roles=sorted(user.roles),
        scopes=caller.token.scopes,
        actions=sorted(user.actions),
        token=caller.token.prefix,
        expires_on=caller.token.expires_on,
    )


router.add_api_operation(
    "/me", ["GET"], me, response=answers(Me), operation_id="me", url_name="me", summary="Who the token acts for."
)

# Reads --------------------------------------------------------------------------------------------------------------


class Ref(Schema):
    """A row that another points to."""

    id: int
    name: str


class UnitOut(Schema):
    """A department, township, office, bank or enterprise."""

    id: int
    version: int
    code: str
    name: str
    short: str
    kind: str
    active: bool
    head: Ref | None


class MemberOut(Schema):
    """A person in a unit, by name and post; nothing personal."""

    id: int
    version: int
    name: str
    post: str
    state: str
    unit_id: int


class CompanyOut(Schema):
    """An investor or enterprise, with its unified social credit code where it has one."""

    id: int
    version: int
    name: str
    uscc: str


Words = Annotated[str, Query("", max_length=100, pattern=r"^[^\x00]*$", description="Name, pinyin or initials.")]
UnitId = Annotated[int | None, Query(None, ge=1, le=LARGEST_ID)]
STATES = Annotated[Literal["listed", "active", "left"] | None, Query(None)]


def tagged(response: HttpResponse, row: Any) -> Any:
    """The row, with its version as ETag."""
    response["ETag"] = f'"{row.version}"'
    return row


@read(router, "/units", Page[UnitOut], action="unit.see")
def unit_list(request: ApiRequest, q: Words, cursor: Cursor, limit: Limit) -> Any:
    """The units of the county."""
    rows = selectors.unit_rows(request.auth.user, words=q.strip())
    items, following = page_of(rows, cursor, limit)
    return {"items": items, "next": following}


@read(router, "/units/{int:pk}", UnitOut, action="unit.see")
def unit(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One unit."""
    return tagged(response, Unit.objects.visible_to(request.auth.user).select_related("head").get(pk=pk))


@read(router, "/members", Page[MemberOut], action="unit.see")
def member_list(request: ApiRequest, q: Words, unit: UnitId, state: STATES, cursor: Cursor, limit: Limit) -> Any:
    """The people of the county's units."""
    rows = Member.objects.visible_to(request.auth.user)
    if words := q.strip():
        rows = rows.filter(selectors.named(words))
    if unit is not None:
        rows = rows.filter(unit=unit)
    if state is not None:
        rows = rows.filter(state=state)
    items, following = page_of(rows, cursor, limit)
    return {"items": items, "next": following}


@read(router, "/members/{int:pk}", MemberOut, action="unit.see")
def member(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One person."""
    return tagged(response, Member.objects.visible_to(request.auth.user).get(pk=pk))


@read(router, "/companies", Page[CompanyOut], action="unit.see")
def company_list(request: ApiRequest, q: Words, cursor: Cursor, limit: Limit) -> Any:
    """The companies that the county knows."""
    rows = Company.objects.visible_to(request.auth.user)
    if words := q.strip():
        rows = rows.filter(selectors.named(words))
    items, following = page_of(rows, cursor, limit)
    return {"items": items, "next": following}


@read(router, "/companies/{int:pk}", CompanyOut, action="unit.see")
def company(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One company."""
    return tagged(response, Company.objects.visible_to(request.auth.user).get(pk=pk))


# Writes -------------------------------------------------------------------------------------------------------------


def _unit(user: User, path: dict[str, Any]) -> Unit:
    found: Unit = Unit.objects.visible_to(user).get(pk=path["pk"])
    return found


def _member(user: User, path: dict[str, Any]) -> Member:
    found: Member = Member.objects.visible_to(user).select_related("unit", "person").get(pk=path["pk"])
    return found


def _candidates(form: Any, _user: Any, row: Any) -> Callable[..., Any]:
    return partial(form, members=selectors.head_candidates(row))


def _corrected(sent: Sent) -> dict[str, Any]:
    """A telephone number that was not sent stays as it is, and is not even looked at."""
    return sent.told if "phone" in sent.names else sent.told | {"phone": None}


def _as_is(row: Any) -> dict[str, Any]:
    return {"name": row.name, "post": row.post}


WRITES = (
    Write(
        "member_create", "/units/{int:pk}/members", units.member_create, ("member.manage",), MemberOut,
        "Add a member to a unit.", form=MemberForm, find=_unit, target="unit_id", creates=True,
    ),
    Write(
        "member_change", "/members/{int:pk}", units.member_change, ("member.manage",), MemberOut,
        "Correct a member's name, post or telephone.", form=MemberEditForm, find=_member, target="member_id",
        method="PATCH", edits=True, kept=_as_is, arguments=_corrected,
    ),
    Write(
        "member_leave", "/members/{int:pk}/leave", units.member_leave, ("member.manage",), MemberOut,
        "Let a member leave who holds nothing: his roles end and his account is shut.", form=LeaveForm, find=_member, target="member_id",
        edits=True,
    ),
    Write(
        "unit_head_change", "/units/{int:pk}/head", units.unit_head_change, ("unit.head",), UnitOut,
        "Put another of its members at the head of a unit.", form=HeadForm, make=_candidates, find=_unit,
        target="unit_id", edits=True,
    ),
)  # fmt: skip
offer(router, *WRITES)
