"""The API of obligations: what is owed by whom and when, with the steps of its ladder, and the acts on its clock."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import StrictBool

from luodi.kernel import clock
from luodi.kernel.api.operations import ApiRequest, NumberPath, Sent, Write, offer, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.kernel.registry import DUTIES
from luodi.obligations.forms import DecideForm, DutyFilter, ExcuseForm, ResumeForm, StopForm
from luodi.obligations.models import Excuse, Obligation
from luodi.obligations.selectors import excuses_of, one, rises_of
from luodi.obligations.services import clocks

router = Router(tags=["obligations"])


class ObligationOut(Schema):
    """应办事项: one duty of a unit and, where it is named, a person. `ref` is the id of the row that is owed about, `due_on` the
    last day in time, `waiting_id` the member who waits for it."""

    id: int
    version: int
    subject: UUID
    kind: str
    ref: int
    title: str
    unit_id: int
    member_id: int | None
    waiting_id: int | None
    opened_on: date
    allowed: int | None
    promised_on: date | None
    extended_to: date | None
    due_on: date | None
    stopped_on: date | None
    settled_at: datetime | None
    settled_by_id: int | None
    settled_late: bool | None

    @staticmethod
    def resolve_subject(row: Any) -> UUID:
        found: UUID = row.subject.uuid
        return found


class StepOut(Schema):
    """A step of the ladder: on which day whom it reaches, and whether it has. `member_id`: who that is, as things stand."""

    on: date
    hears: str
    member_id: int | None
    reached: bool


class StopOut(Schema):
    """停钟: the clock stands from `first` until, and not including, `until`."""

    id: int
    reason: str
    note: str
    first: date
    until: date | None


class ExcuseOut(Schema):
    """申请延期: more time asked for, and what was answered."""

    id: int
    version: int
    obligation_id: int
    reason: str
    until: date
    state: str
    asked_by_id: int
    asked_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    answer: str


class ObligationDetail(ObligationOut):
    """A duty with the steps of its ladder, its stops and the excuses asked for it."""

    steps: list[StepOut]
    stops: list[StopOut]
    excuses: list[ExcuseOut]

    @staticmethod
    def resolve_steps(row: Any) -> list[StepOut]:
        return [StepOut(**asdict(step)) for step in rises_of(row)]

    @staticmethod
    def resolve_stops(row: Any) -> list[Any]:
        return list(row.stops.all())

    @staticmethod
    def resolve_excuses(row: Any) -> list[Any]:
        return list(row.excuses.all())


State = Annotated[
    Literal["open", "late", "stopped", "settled"],
    Query("open", description="open: all that is not settled; late and stopped are among them."),
]
Whose = Annotated[
    Literal["mine", "unit", "waiting"] | None,
    Query(None, description="Mine, my unit's, or those whose end I wait for."),
]
Code: Any = Literal[tuple(sorted(DUTIES))]
Kinds = Annotated[list[Code], Query(default_factory=list, max_length=50, description="Only duties of these kinds.")]


@read(router, "/obligations", Page[ObligationOut], action="desk.see")
def obligation_list(request: ApiRequest, state: State, whose: Whose, kind: Kinds, cursor: Cursor, limit: Limit) -> Any:
    """What is owed, of all that the person may see, the newest first."""
    user = request.auth.user
    found = DutyFilter(request.GET, Obligation.objects.visible_to(user), user=user, today=clock.today())
    items, following = page_of(found.rows.select_related("subject"), cursor, limit)
    return {"items": items, "next": following}


@read(router, "/obligations/{int:pk}", ObligationDetail, action="desk.see")
def obligation(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One duty, with the steps of its ladder. The ETag is its version."""
    row = one(request.auth.user, pk)
    response["ETag"] = f'"{row.version}"'
    return row


Answered = Annotated[Literal["asked", "agreed", "refused"] | None, Query(None, description="Only those in this state.")]


@read(router, "/excuses", Page[ExcuseOut], action="desk.see")
def excuse_list(request: ApiRequest, state: Answered, cursor: Cursor, limit: Limit) -> Any:
    """Asked for more time, of all duties that the person may see, the newest first."""
    rows = excuses_of(request.auth.user)
    items, following = page_of(rows.filter(state=state) if state else rows, cursor, limit)
    return {"items": items, "next": following}


@read(router, "/excuses/{int:pk}", ExcuseOut, action="desk.see")
def excuse(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One request for more time. The ETag is its version."""
    row = excuses_of(request.auth.user).get(pk=pk)
    response["ETag"] = f'"{row.version}"'
    return row


def _duty(user: Any, path: dict[str, Any]) -> Obligation:
    found: Obligation = Obligation.objects.visible_to(user).select_related("subject").get(pk=path["pk"])
    return found


def _excuse(user: Any, path: dict[str, Any]) -> Excuse:
    return excuses_of(user).get(pk=path["pk"])


def _answer(sent: Sent) -> dict[str, Any]:
    return {**sent.told, "agree": sent.more["agree"]}


P = "/obligations/{int:pk}"
WRITES = (
    Write(
        "clock_stop", f"{P}/stop", clocks.clock_stop, ("obligation.stop",), StopOut,
        "Let a clock stand, for a listed reason.", form=StopForm, find=_duty, target="obligation_id", edits=True,
    ),
    Write(
        "clock_resume", f"{P}/resume", clocks.clock_resume, ("obligation.stop",), ObligationOut,
        "Let a stopped clock go on from today.", form=ResumeForm, find=_duty, target="obligation_id", edits=True,
    ),
    Write(
        "excuse_ask", f"{P}/excuses", clocks.excuse_ask, ("excuse.ask",), ExcuseOut,
        "Ask for more time, with the reason.", form=ExcuseForm, find=_duty, target="obligation_id", creates=True,
    ),
    Write(
        "excuse_decide", "/excuses/{int:pk}/decision", clocks.excuse_decide, ("excuse.decide",), ExcuseOut,
        "Grant more time, or refuse it with an answer.", form=DecideForm, find=_excuse, target="excuse_id", edits=True,
        more={"agree": StrictBool}, arguments=_answer,
    ),
)  # fmt: skip
offer(router, *WRITES)
