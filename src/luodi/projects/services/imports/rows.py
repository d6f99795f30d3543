"""Rows of a ledger become projects, or changes of projects, through the same services as on the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from luodi.engines.ledger import RowResult, Value
from luodi.engines.ledger.texts import squeezed
from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.models import PersonKey
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.services.units import member_insert
from luodi.projects.models import ImportBatch, Project, YearFigure
from luodi.projects.rules import Importance, Stage, Track
from luodi.projects.services.imports.codec import Decided
from luodi.projects.services.imports.county import Book, County
from luodi.projects.services.imports.keeping import (
    YEARLY,
    amount_of,
    beside,
    contradicts,
    declared_before,
    in_years_then,
    investor_of,
    own_columns,
)
from luodi.projects.services.imports.reading import year_of
from luodi.projects.services.projects import Entry, project_edit, project_grade, projects_insert
from luodi.projects.services.years import year_figure_set
from luodi.subjects.models import Party, Subject, TimelineEntry
from luodi.subjects.services import NOTE_LENGTH


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a row. `message` says what of it was left alone ("" = nothing)."""

    row: RowResult
    outcome: str  # new | changed | failed
    project: Project | None
    message: str = ""


def write_rows(by: User, batch: ImportBatch, decided: Decided, rows: Sequence[RowResult]) -> list[Written]:
    """Enter the new rows and edit the changed ones, within the act that runs. All of them or none."""
    if not by.may("project.import"):
        raise Forbidden(_("导入人已经没有导入的权限，这一行没有写。"))
    county = County(batch.region, viewer=by)
    year = year_of(decided.tables, clock.today())
    new = [row for row in rows if row.status == "new"]
    changed = [row for row in rows if row.status == "changed"]
    return _entered(by, batch, county, decided, year, new) + _edited(by, county, year, changed)


# New ----------------------------------------------------------------------------------------------------------------


def _entered(
    by: User, batch: ImportBatch, county: County, decided: Decided, year: int, rows: Sequence[RowResult]
) -> list[Written]:  # fmt: skip
    officers = [_officer(row, county, decided) for row in rows]
    entries = [_entry(row, officer, county, year) for row, officer in zip(rows, officers, strict=True)]
    made = projects_insert(entries, batch=batch)
    notes = _phones(rows, officers)
    acts.insert_many(
        [note for row, project in zip(rows, made, strict=True) for note in _told_beside(row, project, county)]
    )
    if year != clock.today().year:
        for row, project in zip(rows, made, strict=True):
            _set_year(by, project, row.values, Book(project, year, []))
    return [Written(row, "new", project, note) for row, project, note in zip(rows, made, notes, strict=True)]


def _unit(row: RowResult, county: County) -> Unit:
    unit = county.unit_by_name.get(str(row.values.get("unit", "")))
    if unit is None:
        raise DomainError("unit_gone", _("责任单位“%(name)s”已停用或改名。") % {"name": row.values.get("unit", "")})
    return unit


def _officer(row: RowResult, county: County, decided: Decided) -> Member:
    """The named member of the responsible unit, made where unknown; the one chosen for all; else the unit's head."""
    unit = _unit(row, county)
    if decided.officer is not None and _stands_in(row, "officer"):
        return next((m for m in county.members if m.pk == decided.officer), _head(unit))
    name = str(row.values.get("officer", ""))
    if not name:
        return _head(unit)
    return county.member(unit, name) or county.add_member(
        member_insert(unit, name=name, phone=_phone(row), state="listed")
    )


def _stands_in(row: RowResult, field: str) -> bool:
    return any(problem.code == "default_used" and problem.field == field for problem in row.problems)


def _head(unit: Unit) -> Member:
    if unit.head is None:
        raise DomainError("head_missing", _("%(unit)s没有主要领导，请先补上。") % {"unit": unit.name})
    return unit.head


def _phones(rows: Sequence[RowResult], officers: Sequence[Member]) -> list[str]:
    """Keep the telephone of officers who have none; whoever has another keeps his, and the row says so."""
    told = [_phone(row) for row in rows]
    wanted = [m.pk for m, phone in zip(officers, told, strict=True) if phone and not m.phone]
    fresh = {member.pk: member for member in acts.lock(Member.objects.filter(pk__in=wanted))}
    notes = []
    for officer, phone in zip(officers, told, strict=True):
        member = fresh.get(officer.pk, officer)
        if phone and not member.phone:
            acts.update(member, person=member.person or PersonKey.fresh(), phone=phone)
        differs = bool(phone) and member.phone != phone
        notes.append(_("%(name)s的电话与已登记的不同，没有改。") % {"name": officer.name} if differs else "")
    return notes


def _phone(row: RowResult) -> str:
    """The telephone of the officer whom the row itself names."""
    named = bool(row.values.get("officer")) and not _stands_in(row, "officer")
    return str(row.values.get("officer_phone", "")) if named else ""


def _entry(row: RowResult, officer: Member, county: County, year: int) -> Entry:
    values = dict(row.values)
    stage, unit = Stage(str(values["stage"])), _unit(row, county)
    this_year = year == clock.today().year
    principal = county.member(unit, str(values["principal"])) if "principal" in values else None
    return Entry(
        track=Track(str(values["track"])), unit=unit, officer=officer, leader=_leader(values, county),
        principal=principal or unit.head,
        supervisor=county.supervisor(str(values["supervisor"])) if "supervisor" in values else None,
        importance=Importance(str(values.get("importance", Importance.ORDINARY))), opening_stage=stage,
        investor=investor_of(values, county.region.pk), declared_before_cny=_before(values),
        year_planned_cny=amount_of(values.get("year_planned")) if this_year else None,
        year_declared_cny=amount_of(values.get("year_declared")) if this_year else None,
        helpers=_helpers(values, unit, county), **own_columns(values, county, stage),
    )  # fmt: skip


def _leader(values: dict[str, Value], county: County) -> Member | None:
    name = str(values.get("leader", ""))
    leader = county.leaders.get(squeezed(name))
    if name and leader is None:
        raise DomainError("leader_gone", _("本县已没有叫“%(name)s”的领导。") % {"name": name})
    return leader


def _before(values: dict[str, Value]) -> Decimal | None:
    cumulative = amount_of(values.get("declared_investment"))
    if cumulative is None or contradicts(values):
        return None
    return declared_before(cumulative, amount_of(values.get("year_declared")) or Decimal(0))


def _helpers(values: dict[str, Value], unit: Unit, county: County) -> list[Unit]:
    names = dict.fromkeys(str(values.get("helping_units", "")).split("、"))
    found = (county.unit_by_name.get(name) for name in names)
    return [helper for helper in found if helper is not None and helper.pk != unit.pk]


def _told_beside(row: RowResult, project: Project, county: County) -> list[TimelineEntry]:
    text = beside(dict(row.values), county, Stage(project.stage))
    if not text:
        return []
    act = acts.current()
    by_id = getattr(act.by, "member_id", None)
    words = _("台账所写：\n%(text)s") % {"text": text}
    return [TimelineEntry(subject=project.subject, at=act.at, by_id=by_id, verb="note", note=words[:NOTE_LENGTH])]


# Changed ------------------------------------------------------------------------------------------------------------


def _edited(by: User, county: County, year: int, rows: Sequence[RowResult]) -> list[Written]:
    if not rows:
        return []
    ids = [int(row.project) for row in rows]
    locked = acts.lock(Project.objects.visible_to(by).filter(pk__in=ids))
    acts.lock(YearFigure.objects.filter(project_id__in=ids))
    subjects = [project.subject_id for project in locked]
    acts.lock(Party.objects.filter(subject__in=subjects, role="township", until=None))
    acts.lock(Subject.objects.filter(pk__in=subjects))
    books = county.books(year, ids)
    return [_edit(by, county, row, books.get(row.project)) for row in rows]


def _edit(by: User, county: County, row: RowResult, book: Book | None) -> Written:
    if book is None:
        raise DomainError("project_gone", _("要改的项目已经不在册。"))
    fields = [change.field for change in row.changes if not change.act]
    _refuse_moved(row, county, book)
    values: dict[str, Value] = {name: value for name, value in row.values.items() if name in fields}
    columns = own_columns(values, county, Stage(book.project.stage)) | _company(row, fields, county)
    cumulative = amount_of(row.values.get("declared_investment"))
    if cumulative is not None and (before := declared_before(cumulative, in_years_then(book, row))) is not None:
        columns["declared_before_cny"] = before
    project = project_edit(by=by, project_id=book.project.pk, seen=book.project.version, changes=columns)
    if set(fields) & set(YEARLY):
        _set_year(by, project, values, book)
    return Written(row, "changed", project, _grade(by, project, values))


def _refuse_moved(row: RowResult, county: County, book: Book) -> None:
    """Between preview and now somebody else may have changed the very field."""
    now = county.values_of(book)
    for change in row.changes:
        if not change.act and now.get(change.field) != change.old:
            raise DomainError("changed_since", _("预览之后，别人改了这个项目，这一行没有写。请再导入一次核对。"))


def _company(row: RowResult, fields: list[str], county: County) -> dict[str, Any]:
    if not {"investor", "uscc"} & set(fields):
        return {}
    return {"investor": investor_of(dict(row.values), county.region.pk)}


def _set_year(by: User, project: Project, values: dict[str, Value] | Any, book: Book) -> None:
    """Set the ledger's yearly figures where the project has one source for that year, or none yet."""
    planned, declared = amount_of(values.get("year_planned")), amount_of(values.get("year_declared"))
    if (planned is None and declared is None) or len(book.of_year) > 1:
        return
    known = book.of_year[0] if book.of_year else None
    source = known.source if known else "fiscal" if project.track == Track.PUBLIC else "own"
    year_figure_set(
        by=by, project_id=project.pk, year=book.year, source=source,
        planned_cny=planned if planned is not None else known.planned_cny if known else Decimal(0),
        declared_cny=declared if declared is not None else known.declared_cny if known else Decimal(0),
    )  # fmt: skip


def _grade(by: User, project: Project, values: dict[str, Value]) -> str:
    """Importance is the project office's to say; what remains of it is told."""
    if "importance" not in values:
        return ""
    if not by.may("project.grade"):
        return _("重要程度由项目办认定，没有改。")
    project_grade(by=by, project_id=project.pk, seen=project.version, importance=Importance(str(values["importance"])))
    return ""
