"""What the undo of an import would do, reckoned from the audit's after-images: the same reckoning for preview and act."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from luodi.kernel.models import AuditEntry, Recorded
from luodi.orgs.models import User
from luodi.projects.models import ImportBatch, ImportedRow, Project, YearFigure
from luodi.projects.services.projects import EDITABLE
from luodi.projects.services.years import YearRow
from luodi.subjects.models import Subject

IMPORTANCE = "importance"
COMMITMENT = "committed_finish_on"
YEARLY = ("planned_cny", "declared_cny")
SYSTEM = "system:"
COLUMNS = {f.name: f.attname for f in Project._meta.concrete_fields if f.name in EDITABLE}
Image = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Left:
    """What the undo leaves: `field` ("" = the whole project), who touched it and when ("" = nobody), and why.

    why: touched | changed | closed | by_request | by_office | refused (then `words` say it).
    """

    field: str
    why: str
    actor: str = ""
    at: str = ""
    words: str = ""
    year: int = 0

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("field", "why", "actor", "at", "words", "year")}


@dataclass(slots=True)
class Step:
    """What happens to one project. `columns` are plain values from before the import, by column (`kind_id`, not `kind`)."""

    project_id: int
    void: bool = False
    columns: dict[str, Any] = field(default_factory=dict)
    years: list[YearRow] = field(default_factory=list)
    year_fields: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    @property
    def fields(self) -> list[str]:
        return [*self.columns, *self.year_fields]

    @property
    def outcome(self) -> str:
        if self.void:
            return "void"
        if self.fields:
            return "partly" if self.left else "restored"
        return "left" if self.left else "same"


@dataclass(frozen=True, slots=True)
class Link:
    """One after-image of a row. `own`: written by the import that is undone."""

    actor: str
    at: str
    own: bool
    after: Image


def plan(by: User, batch: ImportBatch, ids: Sequence[int] | None = None) -> list[Step]:
    """What an undo by this person would do now with the projects of the import (only these, where given), in the order of
    their ids. A constant number of queries."""
    rows = ImportedRow.objects.filter(batch=batch, project__isnull=False)
    rows = rows if ids is None else rows.filter(project_id__in=ids)
    acts = rows.order_by().values_list("act", flat=True).distinct()
    own = {act for act in acts if act is not None}
    new = rows.filter(outcome="new")
    changed = rows.filter(outcome="changed").exclude(project__in=new.values("project"))
    steps = [*_news(new, own), *_changes(by, changed, own)]
    return sorted(steps, key=lambda step: step.project_id)


# New ----------------------------------------------------------------------------------------------------------------


def _news(rows: QuerySet[ImportedRow], own: set[UUID]) -> Iterator[Step]:
    touched = _touches(rows.order_by().values("project"), own)
    for pk in rows.order_by("project").values_list("project", flat=True).distinct():
        left = touched.get(pk)
        yield Step(pk, left=[left]) if left else Step(pk, void=True)


def _touches(ids: QuerySet[Any, Any], own: set[UUID]) -> dict[int, Left]:
    """The newest write of each project, or of any row that points at it or at its subject, that a person did and the import
    did not: a duty's step that the night's work carried up is nobody's work."""
    newest: dict[int, tuple[Any, str]] = {}
    for model, owners in _rows_of(ids):
        entries = AuditEntry.objects.filter(model=model._meta.label_lower, object_id__in=owners.order_by().values("pk"))
        others = entries.exclude(act__in=own).exclude(actor__startswith=SYSTEM)
        found = list(others.values_list("object_id", "at", "actor"))
        whose = dict(owners.filter(pk__in={pk for pk, _at, _actor in found}).values_list("pk", "of")) if found else {}
        for pk, at, actor in found:
            newest[whose[pk]] = max(newest.get(whose[pk], (at, actor)), (at, actor))
    return {pk: Left("", "touched", actor, at.isoformat()) for pk, (at, actor) in newest.items()}


def _rows_of(ids: QuerySet[Any, Any]) -> Iterator[tuple[type[Recorded], QuerySet[Any, Any]]]:
    """Every recorded model that points at a project or its subject, whatever app it is of; `of` is the project's id."""
    yield Project, Project._base_manager.filter(pk__in=ids).annotate(of=F("pk"))
    yield Subject, Subject._base_manager.filter(project__in=ids).annotate(of=F("project__pk"))
    for target, path in ((Project, ""), (Subject, "__project")):
        for link in target._meta.get_fields(include_hidden=True):
            model: Any = link.related_model
            if not (link.auto_created and not link.concrete and model is not Project and issubclass(model, Recorded)):
                continue
            name = link.field.name + path  # type: ignore[union-attr]  # a reverse relation has its field
            yield model, model._base_manager.filter(**{f"{name}__in": ids}).annotate(of=F(f"{name}__pk"))


# Changed ------------------------------------------------------------------------------------------------------------


def _changes(by: User, rows: QuerySet[ImportedRow], own: set[UUID]) -> Iterator[Step]:
    ids = rows.order_by().values("project")
    years = YearFigure.objects.filter(project__in=ids)
    links = _links(Project, ids, own)
    of_years = _links(YearFigure, years.order_by().values("pk"), own)
    figures: dict[int, list[YearFigure]] = defaultdict(list)
    for figure in years.order_by("pk"):
        figures[figure.project_id].append(figure)
    for project in Project.objects.filter(pk__in=ids):
        if project.live:
            yield _restored(by, project, links[project.pk], [(f, of_years[f.pk]) for f in figures[project.pk]])
        else:
            last = links[project.pk][-1]
            yield Step(project.pk, left=[Left("", "closed", last.actor, last.at)])


def _links(model: type[Recorded], ids: QuerySet[Any, Any], own: set[UUID]) -> dict[int, list[Link]]:
    """The after-images of these rows, by row, oldest first."""
    found: dict[int, list[Link]] = defaultdict(list)
    entries = AuditEntry.objects.filter(model=model._meta.label_lower, object_id__in=ids)
    for pk, act, actor, at, body in entries.order_by("seq").values_list("object_id", "act", "actor", "at", "body"):
        found[pk].append(Link(actor, at.isoformat(), act in own, json.loads(body)["after"]))
    return found


def _restored(by: User, project: Project, links: list[Link], years: list[tuple[YearFigure, list[Link]]]) -> Step:
    step = Step(project.pk)
    for name, was, touch in _judged(links, [*COLUMNS.values(), IMPORTANCE]):
        if touch is not None:
            step.left.append(Left(name, "changed", touch.actor, touch.at))
        elif name == COMMITMENT:
            step.left.append(Left(name, "by_request"))
        elif name == IMPORTANCE and not by.may("project.grade"):
            step.left.append(Left(name, "by_office"))
        else:
            step.columns[name] = was
    for figure, of_year in years:
        _restore_year(step, figure, of_year)
    return step


def _restore_year(step: Step, figure: YearFigure, links: list[Link]) -> None:
    """A figure that the import made goes back to nothing: zero, since no figure is ever deleted."""
    amounts = {name: getattr(figure, name) for name in YEARLY}
    for name, was, touch in _judged(links, YEARLY):
        if touch is not None:
            step.left.append(Left(name, "changed", touch.actor, touch.at, year=figure.year))
        else:
            amounts[name] = Decimal(was or 0)
            step.year_fields.append(name)
    if any(getattr(figure, name) != amount for name, amount in amounts.items()):
        step.years.append(YearRow(figure.project_id, figure.year, figure.source, **amounts))


def _judged(links: list[Link], names: Sequence[str]) -> Iterator[tuple[str, Any, Link | None]]:
    """Each column that the import changed: its value before, and who changed it last since (None: it is still the
    import's). Who changed it and changed it back has touched it."""
    first = next((place for place, link in enumerate(links) if link.own), None)
    if first is None:
        return
    last = max(place for place, link in enumerate(links) if link.own)
    before, imported = (links[first - 1].after if first else None), links[last].after
    for name in names:
        was = before.get(name, imported.get(name)) if before is not None else "0.00"
        if was != imported.get(name):
            later = zip(links[last:], links[last + 1 :], strict=False)
            touches = [now for past, now in later if past.after.get(name) != now.after.get(name)]
            yield name, was, touches[-1] if touches else None
