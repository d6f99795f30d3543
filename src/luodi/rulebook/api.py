"""The API of the rules that a county edits: what is in force, what waits, and deciding it.

A new version is proposed on its page alone, where it is laid out as the table is, and previewed; who decides reads what it
would do with the version itself.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpResponse
from ninja import Router, Schema
from pydantic import StrictBool

from luodi.engines.ruletables import plain
from luodi.kernel import clock
from luodi.kernel.api.fields import Id
from luodi.kernel.api.operations import ApiRequest, NumberPath, Sent, Write, offer, read
from luodi.orgs.models import User
from luodi.rulebook import selectors, services
from luodi.rulebook.forms import DecideForm
from luodi.rulebook.models import TableVersion
from luodi.rulebook.rules import State

router = Router(tags=["rules"])


class VersionOut(Schema):
    """One version of a table: valid from a civil day on. `based_on_id`: the version that it was compared with."""

    id: int
    version: int
    code: str
    valid_from: date
    state: str
    note: str
    proposed_by_id: int | None
    proposed_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    reason: str
    based_on_id: int | None


class TableOut(Schema):
    """A table of rules. Without `current`, what the product itself says is in force."""

    code: str
    label: str
    current: VersionOut | None
    coming: list[VersionOut]
    waiting: VersionOut | None


class TableRows(TableOut):
    """A table with the rows that are in force today, by the names of its columns."""

    rows: list[dict[str, Any]]


class EffectOut(Schema):
    """影响: how many of what is open today a version would alter, with the address of the page that lists them."""

    label: str
    count: int
    page: str


class PreviewOut(Schema):
    """What a version that waits would do, reckoned now. A decision names `base_id`, the version it was compared with (null:
    what the product itself says); `changes` is how many rows differ from it."""

    base_id: int | None
    changes: int
    effects: list[EffectOut]


class VersionDetail(VersionOut):
    """A version with its rows. `preview`: only while it waits to be decided."""

    rows: list[dict[str, Any]]
    preview: PreviewOut | None


def _told(state: selectors.TableState) -> dict[str, Any]:
    return {
        "code": state.table.code,
        "label": str(state.table.label),
        "current": state.current,
        "coming": list(state.coming),
        "waiting": state.waiting,
    }


def _rows(version: TableVersion | None, code: str) -> list[dict[str, Any]]:
    table = selectors.table_of(code)
    return [plain(table.columns, row) for row in selectors.rows_of(version, table)]


@read(router, "/rules", list[TableOut], action="desk.see")
def rule_list(request: ApiRequest) -> Any:
    """The tables of rules of the county: what is in force, what comes, what waits."""
    return [_told(state) for state in selectors.tables(request.auth.user, clock.today())]


@read(router, "/rules/{code}", TableRows, action="desk.see")
def rule_table(request: ApiRequest, code: str) -> Any:
    """One table with the rows that are in force today."""
    states = selectors.tables(request.auth.user, clock.today())
    state = next((one for one in states if one.table.code == code), None)
    if state is None:
        raise TableVersion.DoesNotExist
    return {**_told(state), "rows": _rows(state.current, code)}


@read(router, "/rule-versions/{int:pk}", VersionDetail, action="desk.see")
def rule_version(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One version with its rows, and what it would do while it waits. The ETag is its version."""
    user = request.auth.user
    row = selectors.versions_of(user).get(pk=pk)
    response["ETag"] = f'"{row.version}"'
    told = {name: getattr(row, name) for name in VersionOut.model_fields}
    return {**told, "rows": _rows(row, row.code), "preview": _preview(row, user)}


def _preview(row: TableVersion, user: User) -> PreviewOut | None:
    if row.state != State.PROPOSED:
        return None
    table = selectors.table_of(row.code)
    found = selectors.preview(table, row.region_id, selectors.rows_of(row, table), row.valid_from, user)
    effects = [EffectOut(label=str(one.label), count=one.count, page=one.href) for one in found.effects]
    return PreviewOut(base_id=found.base_id, changes=len(found.changes), effects=effects)


def _version(user: Any, path: dict[str, Any]) -> TableVersion:
    return selectors.versions_of(user).get(pk=path["pk"])


def _decision(sent: Sent) -> dict[str, Any]:
    return {"agree": sent.more["agree"], "base": sent.more.get("base"), "reason": sent.told["answer"]}


WRITES = (
    Write(
        "rule_decide", "/rule-versions/{int:pk}/decision", services.version_decide, ("rule.decide",), VersionOut,
        "Put a proposed version in force, or refuse it. `base`: `preview.base_id` as you saw it.",
        form=DecideForm, fields=("answer",), more={"agree": StrictBool, "base": (Id | None, None)}, find=_version,
        target="version_id", edits=True, arguments=_decision,
    ),
    Write(
        "rule_withdraw", "/rule-versions/{int:pk}/withdrawal", services.version_withdraw, ("rule.propose",), VersionOut,
        "Take a proposed version back.", find=_version, target="version_id", edits=True,
    ),
)  # fmt: skip
offer(router, *WRITES)
