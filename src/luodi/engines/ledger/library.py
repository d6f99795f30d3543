"""Comparing a row with the project library. Rules: docs/domain/ledger.md#existing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from luodi.engines.ledger.model import Change, Context, Problem, ProjectRef, RowResult, Status, Value, json_value
from luodi.engines.ledger.stages import FINISHED, STAGE_LABELS, TRACK_LABELS
from luodi.engines.ledger.texts import project_key, squeezed

ACTS = {
    "stage": "act_stage",
    "leader": "act_leader",
    "principal": "act_principal",
    "officer": "act_officer",
    "supervisor": "act_supervisor",
    "unit": "act_unit",
    "track": "act_track",
    "end_on": "act_end_on",
}
"""What an import never changes of a project that exists, and the act that does it."""
NOT_COMPARED = frozenset({"officer_phone", "helping_units", "plan_year", "progress"})
"""Personal, or not kept as a field of the project."""
ASSUMED = {
    "stage_missing": "stage",
    "stage_unknown": "stage",
    "track_assumed": "track",
    "unit_from_township": "unit",
    "unit_from_title": "unit",
    "unit_missing": "",
    "leader_missing": "",
    "leader_missing_key": "",
    "officer_missing": "",
    "amount_missing": "",
}
"""What is said of a row's gaps, and the field that was filled for want of better: neither counts
against a project that exists."""
ONLY_NEW = frozenset({"default_used", "officer_unknown", "officer_elsewhere", "finish_declared"})
"""Said of what entering a project would do; of one that exists it would be untrue."""
READ_AS = frozenset({"stage_by_words", "stage_from_section", "stage_from_progress", "stage_several", "stage_public"})
"""How the stage was understood: worth telling only where it differs from what is known."""
_LABELS = {"stage": STAGE_LABELS, "track": TRACK_LABELS}


class Library:
    """The projects that exist, by code and by name."""

    def __init__(self, context: Context) -> None:
        self.today = context.today
        self.by_code: dict[str, list[ProjectRef]] = {}
        self.by_name: dict[str, list[ProjectRef]] = {}
        for project in context.projects:
            if project.national_code:
                self.by_code.setdefault(project.national_code, []).append(project)
            self.by_name.setdefault(project_key(project.name), []).append(project)

    def compared(self, row: RowResult) -> RowResult:
        """The row as new, changed or same. A blank cell says nothing about a project that exists."""
        found = self._matches(row)
        if not found:
            return row
        if len(found) > 1:
            problem = Problem("error", "name", row.name, "name_ambiguous", {"count": str(len(found))})
            return replace(row, problems=(*row.problems, problem))
        return _against(row, found[0], self.today)

    def _matches(self, row: RowResult) -> list[ProjectRef]:
        code = str(row.values.get("national_code", ""))
        if code and len(self.by_code.get(code, ())) == 1:
            return self.by_code[code]
        named = self.by_name.get(project_key(row.name), []) if row.name else []
        same_unit = [project for project in named if project.values.get("unit") == row.values.get("unit")]
        return same_unit if len(named) > 1 and len(same_unit) == 1 else named


def _against(row: RowResult, project: ProjectRef, today: date) -> RowResult:
    left_out = NOT_COMPARED | {ASSUMED[p.code] for p in row.problems if p.code in ASSUMED}
    left_out |= {p.field for p in row.problems if p.code == "default_used"}
    notes = []
    if _is_finished(row, project, today):
        left_out |= {"end_on"}
        notes = _finish_told(row, project)
    changes = tuple(
        _change(name, project.values.get(name), value)
        for name, value in row.values.items()
        if name not in left_out and _differs(project.values.get(name), value)
    )
    notes += [_told(change) for change in changes if change.act]
    status: Status = "changed" if any(not change.act for change in changes) else "same"
    untold = ASSUMED.keys() | ONLY_NEW
    if not any(change.field == "stage" for change in changes):
        untold |= READ_AS
    kept = (problem for problem in row.problems if problem.code not in untold)
    return replace(row, status=status, changes=changes, problems=(*kept, *notes), project=project.key)


def _is_finished(row: RowResult, project: ProjectRef, today: date) -> bool:
    """The project is, or the row says that it is, by a day that has come."""
    end_on = row.values.get("end_on")
    has_come = isinstance(end_on, date) and end_on <= today
    return project.values.get("stage") in FINISHED or (has_come and row.values.get("stage") in FINISHED)


def _finish_told(row: RowResult, project: ProjectRef) -> list[Problem]:
    """Of a project that is finished the ledger's finish is declared, no promise; no field of a project keeps it."""
    old, new = project.values.get("end_on"), row.values.get("end_on")
    if new is None or new == old:
        return []
    said = str(json_value(old)) if old is not None else "（空）"
    return [Problem("note", "end_on", str(json_value(new)), "finish_declared_known", {"old": said})]


def _differs(old: Value | None, new: Value) -> bool:
    if isinstance(old, str) and isinstance(new, str):
        return squeezed(old) != squeezed(new)
    return old != new


def _change(name: str, old: Value | None, new: Value) -> Change:
    if name == "end_on" and old is None:
        return Change(name, old, new)
    return Change(name, old, new, ACTS.get(name, ""))


def _told(change: Change) -> Problem:
    labels = _LABELS.get(change.field, {})
    new = str(json_value(change.new))
    old = str(json_value(change.old)) if change.old is not None else "（空）"
    params = {"old": labels.get(old, old), "new": labels.get(new, new)}
    return Problem("note", change.field, labels.get(new, new), change.act, params)
