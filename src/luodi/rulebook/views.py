"""The tables of rules: what is in force, what waits, proposing a change with its preview, and deciding it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.engines.ruletables import Change, Row
from luodi.kernel import clock, registry
from luodi.kernel.errors import DomainError
from luodi.kernel.http import AuthedRequest, perform, sent, shown
from luodi.kernel.rule_tables import RuleTable
from luodi.orgs import deputies
from luodi.orgs.permissions import require
from luodi.rulebook import forms, permissions, selectors, services
from luodi.rulebook.models import TableVersion
from luodi.rulebook.rules import State, in_force_on
from luodi.web import parts

KINDS = {"added": gettext_lazy("增加"), "removed": gettext_lazy("删去"), "changed": gettext_lazy("改动")}


@dataclass(frozen=True, slots=True)
class Choice:
    """One button: its code (sent as `do`), its words, why this person may not press it, and what it runs."""

    code: str
    label: str
    why: str
    run: Callable[..., Any]
    primary: bool = False
    arguments: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One row that differs, in words: what it is called, and of each cell that differs what it was and is."""

    kind: str
    label: str
    name: str
    cells: list[parts.DiffRow]


def rule_list(request: AuthedRequest) -> HttpResponse:
    """All tables: since when what is in force is, what comes, what waits."""
    require(request.user, "desk.see")
    states = selectors.tables(request.user, clock.today())
    waiting = sum(state.waiting is not None for state in states)
    return render(request, "rulebook/list.html", {"states": states, "waiting": waiting})


def rule_table(request: AuthedRequest, code: str) -> HttpResponse:
    """What is in force today, what waits, and all versions."""
    require(request.user, "desk.see")
    table = _table(code)
    today = clock.today()
    home = selectors.home_of(table, request.user.member.region)
    versions = list(selectors.versions_of(request.user).filter(code=code, region=home))
    deputies.sign(versions)
    current = in_force_on([row for row in versions if row.state == State.IN_FORCE], today)
    return render(
        request,
        "rulebook/table.html",
        {
            "table": table,
            "home": home,
            "current": current,
            "waiting": next((row for row in versions if row.state == State.PROPOSED), None),
            "coming": sorted(
                (row for row in versions if row.state == State.IN_FORCE and row.valid_from > today),
                key=lambda row: row.valid_from,
            ),
            "versions": versions,
            "beside": table.beside() if table.beside else (),
            "why": permissions.why_not_propose(request.user, home),
            **_grid(table, selectors.rows_of(current, table)),
        },
    )


def _table(code: str) -> RuleTable:
    table = registry.rule_table(code)
    if table is None:
        raise Http404
    return table


def _grid(table: RuleTable, rows: Sequence[Row]) -> dict[str, Any]:
    """Rows for the table's template: heads, and of each row its cells in words."""
    lines = [[selectors.shown(column, row.get(column.name)) for column in table.columns] for row in rows]
    return {"columns": table.columns, "lines": lines}


def _change_rows(table: RuleTable, changes: Sequence[Change]) -> list[ChangeRow]:
    return [_change_row(table, change) for change in changes]


def _change_row(table: RuleTable, change: Change) -> ChangeRow:
    if change.kind == "changed":
        cells = [
            parts.DiffRow(str(column.label), selectors.shown(column, was), selectors.shown(column, now))
            for column, was, now in change.cells
        ]
    else:
        own = [(column, selectors.shown(column, change.row.get(column.name))) for column in table.columns]
        added = change.kind == "added"
        cells = [
            parts.DiffRow(str(column.label), "—" if added else words, words if added else "—")
            for column, words in own
            if column.name not in table.key
        ]
    return ChangeRow(change.kind, str(KINDS[change.kind]), selectors.key_words(table, change.row), cells)


# Proposing ----------------------------------------------------------------------------------------------------------


def rule_propose(request: AuthedRequest, code: str) -> HttpResponse:
    """The table as fields; its preview; the proposal. What is typed travels in the form, nothing is saved before."""
    require(request.user, "rule.propose")
    table = _table(code)
    home = selectors.home_of(table, request.user.member.region)
    if why := permissions.why_not_propose(request.user, home):
        raise PermissionDenied(why)
    data, do = sent(request), request.POST.get("do", "")
    if data is None:
        return _edit(request, table, forms.TableForm(table=table, initial=_begun(request, table, home.pk)))
    if do in ("preview", "save"):
        return _previewed(request, table, home.pk, forms.TableForm(data, table=table), save=do == "save")
    return _edit(request, table, forms.TableForm(table=table, initial=_turned(request, do)))


def _begun(request: AuthedRequest, table: RuleTable, home_id: int) -> dict[str, Any]:
    """What the form shows at first: the rows that will be in force last, or those of a version (`?from=`) to be amended."""
    versions = selectors.versions_of(request.user).filter(code=table.code, region=home_id)
    asked = request.GET.get("from", "")
    chosen = versions.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    last = chosen or versions.filter(state=State.IN_FORCE).first()
    note = chosen.note if chosen and chosen.state != State.IN_FORCE else ""
    return forms.shown_at_first(table, selectors.rows_of(last, table), _next_month(clock.today()), note)


def _next_month(today: date) -> date:
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)


def _turned(request: AuthedRequest, do: str) -> dict[str, Any]:
    """The form after a button that changes the number of rows, or goes back from the preview."""
    place = do.removeprefix("drop-")
    if do.startswith("drop-") and place.isdecimal() and len(place) < 5:
        return forms.without_row(request.POST, int(place))
    return forms.with_row(request.POST) if do == "add" else forms.as_typed(request.POST)


def _edit(request: AuthedRequest, table: RuleTable, form: forms.TableForm) -> HttpResponse:
    return shown(request, "rulebook/propose.html", form, table=table)


def _previewed(
    request: AuthedRequest, table: RuleTable, home_id: int, form: forms.TableForm, *, save: bool
) -> HttpResponse:
    if not form.is_valid():
        return _edit(request, table, form)
    told = form.arguments()
    if save:
        outcome = perform(request, services.version_propose, form, table=table.code, **told)
        if outcome.ok:
            messages.success(request, _("已提出，等政府办公室决定。"))
            return redirect("rule_version", outcome.value.pk)
        if not form.non_field_errors():
            return _edit(request, table, form)
    else:
        try:
            services.check_day(home_id, table.code, told["valid_from"])
        except DomainError as error:
            form.add_error(error.field, str(error.message))
            return _edit(request, table, form)
    preview = selectors.preview(table, home_id, told["rows"], told["valid_from"], request.user)
    return shown(
        request,
        "rulebook/preview.html",
        form,
        table=table,
        valid_from=told["valid_from"],
        note=told["note"],
        preview=preview,
        changes=_change_rows(table, preview.changes),
    )


# Deciding -----------------------------------------------------------------------------------------------------------


def rule_version(request: AuthedRequest, pk: int) -> HttpResponse:
    """One version, what it changes, and, while it waits, what it would do and the buttons."""
    version = get_object_or_404(selectors.versions_of(request.user), pk=pk)
    deputies.sign([version])
    table = _table(version.code)
    form = forms.DecideForm(sent(request), initial={"version": version.version})
    choices = _choices(request, version) if version.state == State.PROPOSED else []
    if request.method == "POST":
        if outcome := _decided(request, form, choices):
            return outcome
        version.refresh_from_db()
    return shown(request, "rulebook/version.html", form, **_told(request, version, table), choices=choices)


def _choices(request: AuthedRequest, version: TableVersion) -> list[Choice]:
    user = request.user
    decide = permissions.why_not_decide(user, version)
    choices = [
        Choice("in_force", _("批准"), decide, services.version_decide, primary=True, arguments={"agree": True}),
        Choice("refuse", _("不批准"), decide, services.version_decide, arguments={"agree": False}),
    ]
    if not permissions.why_not_withdraw(user, version):
        choices.append(Choice("withdraw", _("撤回"), "", services.version_withdraw))
    return choices


def _decided(request: AuthedRequest, form: forms.DecideForm, choices: list[Choice]) -> HttpResponse | None:
    chosen = next((choice for choice in choices if choice.code == request.POST.get("do")), None)
    if chosen is None or not form.is_valid():
        form.add_error(None, _("请按一个按钮。") if choices else _("这份修改已经有了结果，请看下面。"))
        return None
    pk = request.resolver_match.kwargs["pk"]  # type: ignore[union-attr]  # a view is only reached by an address
    told: dict[str, Any] = {"version_id": pk, "seen": form.cleaned_data["version"], **chosen.arguments}
    if chosen.arguments:
        told |= {"base": form.cleaned_data["base"], "reason": form.cleaned_data["answer"]}
    outcome = perform(request, chosen.run, form, **told)
    if not outcome.ok:
        return None
    messages.success(request, _("已办：%(what)s") % {"what": chosen.label})
    return redirect("rule_version", pk)


def _told(request: AuthedRequest, version: TableVersion, table: RuleTable) -> dict[str, Any]:
    rows = selectors.rows_of(version, table)
    waits = version.state == State.PROPOSED
    preview = selectors.preview(table, version.region_id, rows, version.valid_from, request.user) if waits else None
    changes = preview.changes if preview else selectors.changed_by(version, table)
    return {
        "version": version,
        "table": table,
        "preview": preview,
        "moved": preview is not None and preview.base_id != version.based_on_id,
        "changes": _change_rows(table, changes),
        "pairs": _pairs(version),
        "may_amend": version.state in (State.REFUSED, State.WITHDRAWN) and request.user.may("rule.propose"),
        "amend_href": f"{reverse('rule_propose', args=[version.code])}?from={version.pk}",
        **_grid(table, rows),
    }


def _pairs(version: TableVersion) -> list[parts.Pair]:
    pairs = [
        parts.Pair(_("生效日"), str(version.valid_from)),
        parts.Pair(_("提出"), version.proposer or _("沿用以前的设置")),
        parts.Pair(_("提出时间"), str(clock.local_date(version.proposed_at))),
        parts.Pair(_("为什么改"), version.note),
    ]
    if version.decided_by and version.decided_at:
        decided = f"{version.decided_by} · {version.decided_by.unit} · {clock.local_date(version.decided_at)}"
        pairs.append(parts.Pair(_("决定"), decided))
    if version.reason:
        pairs.append(parts.Pair(_("理由"), version.reason))
    return pairs
