"""The rows of an import's preview, ready to be shown: what was understood, what is wrong, and the inputs that mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as default
from typing import Any
from zlib import crc32

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.engines.ledger import ACTS, BY_NAME, Change, Problem, RowResult, Summary, Value
from luodi.orgs.models import User
from luodi.projects.forms.imports import CELL, DefaultsForm, RowForm
from luodi.projects.models import ImportBatch, Project
from luodi.projects.models.labels import IMPORTANCE, STAGES, TRACKS
from luodi.projects.rules import PATHS, Stage, Track
from luodi.projects.services.imports.codec import Decided
from luodi.projects.services.imports.county import County
from luodi.projects.services.imports.leftovers import words
from luodi.projects.services.imports.reading import kept_decisions, kind_of
from luodi.web import figures, parts

STATUSES = {
    "wrong": gettext_lazy("有错"), "new": gettext_lazy("新增"), "changed": gettext_lazy("有改动"),
    "act": gettext_lazy("需另办"), "same": gettext_lazy("没变"), "skipped": gettext_lazy("跳过"),
}  # fmt: skip
ACT_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "act_stage": ("gate_ask", ()), "act_end_on": ("commitment_ask", ()), "act_unit": ("hand_over_unit", ()),
    "act_leader": ("hand_over", ("leader",)), "act_principal": ("hand_over", ("principal",)),
    "act_officer": ("hand_over", ("officer",)), "act_supervisor": ("hand_over", ("supervisor",)),
}  # fmt: skip
"""The page of the act that does what an import leaves alone."""
ALSO_ASKED = {"name_ambiguous": ("national_code", "unit")}
"""What settles a problem beside the field at which it shows."""


@dataclass(frozen=True, slots=True)
class Cell:
    """An input for one cell of a wrong row. `options` are the only words it may hold; `words` a list to pick from."""

    name: str
    label: str
    value: str
    options: list[str] = default(default_factory=list)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A problem, a change or a note in words; `href` leads to the act that settles it."""

    text: str
    label: str = ""
    old: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the preview, ready to be shown."""

    row: RowResult
    anchor: str
    status: str
    errors: list[Said]
    changes: list[Said]
    notes: list[Said]
    values: list[parts.Pair]
    cells: list[Cell]
    form: RowForm


def tabs_of(batch: ImportBatch, status: str) -> list[parts.Tab]:
    """Each row stands under one of them, so that they add up to the last."""
    counts: dict[str, int] = {code: batch.counts.get(code, 0) for code in STATUSES}
    found = [parts.Tab(label, f"?status={code}", counts[code], code == status) for code, label in STATUSES.items()]
    return [*found, parts.Tab(_("全部"), "?status=all", sum(counts.values()), status == "all")]


def acts_of(user: User, rows: list[RowResult]) -> list[tuple[str, list[Said]]]:
    """What the import left to acts, by project, each with the link to its act."""
    owed = [row for row in rows if row.status in ("same", "changed") and any(change.act for change in row.changes)]
    uuids = _uuids(user, owed)
    return [
        (row.name, [Said(words(p), href=_act_page(p, uuids.get(row.project))) for p in row.problems if p.code in ACTS.values()])
        for row in owed
    ]  # fmt: skip


def _uuids(user: User, rows: list[RowResult]) -> dict[str, Any]:
    """The page address of each row's project, as far as the user sees it. One query."""
    ids = [int(row.project) for row in rows if row.project]
    found = Project.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "subject__uuid")
    return {str(pk): uuid for pk, uuid in found}


def lines_of(user: User, batch: ImportBatch, rows: list[RowResult], county: County, summary: Summary) -> list[Line]:
    """`summary`: what is said above the rows, and therefore not on each of them."""
    uuids = _uuids(user, rows)
    return [_line(batch, row, county, uuids.get(row.project), summary.left(row)) for row in rows]


def _line(batch: ImportBatch, row: RowResult, county: County, uuid: Any, problems: Sequence[Problem]) -> Line:
    """What asks for an act comes first among the notes: the page shows three of them."""
    errors = [p for p in problems if p.level == "error"]
    notes = sorted((p for p in problems if p.level != "error"), key=lambda p: p.code not in ACTS.values())
    return Line(
        row, anchor_of(row.sheet, row.row), str(STATUSES[kind_of(row)]),
        [Said(words(p), str(_field_words(p.field)), p.value) for p in errors],
        [_changed(change) for change in row.changes if not change.act],
        [Said(words(p), href=_act_page(p, uuid)) for p in notes] or _reason(row),
        [parts.Pair(_field_words(name), told(name, value)) for name, value in row.values.items()],
        _cells(row, errors, county),
        RowForm(initial={"version": batch.version, "sheet": row.sheet, "row": row.row}, auto_id=False),
    )  # fmt: skip


def anchor_of(sheet: str, row: int) -> str:
    """Where a row stands on its page; sheets have names that an address would not bear."""
    return f"row-{crc32(sheet.encode()):x}-{row}"


def _reason(row: RowResult) -> list[Said]:
    return [Said(row.reason)] if row.reason else []


def _field_words(name: str) -> str:
    return (
        _(BY_NAME[name].label)
        if name in BY_NAME
        else {"track": _("项目类型"), "helping_units": _("配合单位"), "plan_year": _("年度")}.get(name, name)
    )


def _changed(change: Change) -> Said:
    old = told(change.field, change.old) if change.old is not None else _("（空）")
    return Said(told(change.field, change.new), _field_words(change.field), old)


def told(name: str, value: Value) -> str:
    """A value of the engine as people read it."""
    tables: dict[str, Mapping[Any, Any]] = {"stage": STAGES, "track": TRACKS, "importance": IMPORTANCE}
    if name in tables:
        return str(tables[name].get(value, value))
    if name in BY_NAME and BY_NAME[name].kind == "money":
        return str(figures.money(str(value)))
    return str(value)


def _act_page(problem: Problem, uuid: Any) -> str:
    if uuid is None or problem.code not in ACT_PAGES:
        return ""
    name, more = ACT_PAGES[problem.code]
    return reverse(name, args=[uuid, *more])


def _cells(row: RowResult, errors: list[Problem], county: County) -> list[Cell]:
    """The inputs that mend a wrong row: one for each field at fault."""
    wanted: dict[str, str] = {}
    for problem in errors:
        wanted.setdefault(problem.field or "name", problem.params.get("near", problem.value))
        for name in ALSO_ASKED.get(problem.code, ()):
            wanted.setdefault(name, str(row.values.get(name, "")))
    return [_cell(name, value, row) for name, value in wanted.items()]


def _cell(name: str, value: str, row: RowResult) -> Cell:
    if name == "stage":
        track = Track(str(row.values.get("track", Track.INVESTMENT)))
        options = [str(STAGES[stage]) for stage in PATHS[track] if stage != Stage.ENDED]
        return Cell(CELL + name, _field_words(name), value, options)
    lists = {"unit": "units", "leader": "leaders"}
    return Cell(CELL + name, _field_words(name), value, words=lists.get(name, ""))


@dataclass(frozen=True, slots=True)
class Defaults:
    """Who can be named for all rows at once, and for how many."""

    form: DefaultsForm
    fields: list[tuple[Any, str]]


def defaults_of(batch: ImportBatch, rows: list[RowResult], county: County) -> Defaults | None:
    """The step that is shown while rows name no leader, unit or officer that we know, or while one was chosen for them."""
    decided = kept_decisions(batch)
    lacking = {name: sum(_lacks(row, name) for row in rows) for name in ("leader", "unit", "officer")}
    wanted = [name for name, count in lacking.items() if count or decided.defaults.get(name)]
    if not wanted:
        return None
    form = DefaultsForm(initial={"version": batch.version, **_chosen(decided, county)})
    form.offer(county)
    hints = {
        "leader": _("%(count)d 行没有包联领导，或写的人不是县领导"), "unit": _("%(count)d 行没有责任单位，或不认识所写的单位"),
        "officer": _("%(count)d 行没有写专人"),
    }  # fmt: skip
    return Defaults(form, [(form[name], hints[name] % {"count": lacking[name]}) for name in wanted])


def _lacks(row: RowResult, name: str) -> bool:
    return any(
        p.field == name and (p.level == "error" or p.code in ("officer_missing", "default_used")) for p in row.problems
    )


def _chosen(decided: Decided, county: County) -> dict[str, int | None]:
    leader = next((m.pk for m in county.leaders.values() if m.name == decided.defaults.get("leader")), None)
    unit = county.unit_by_name.get(decided.defaults.get("unit", ""))
    return {"leader": leader, "unit": unit.pk if unit else None, "officer": decided.officer}
