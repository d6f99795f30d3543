"""Planned and declared investment by year and source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import User
from luodi.projects import permissions
from luodi.projects.models import Project, YearFigure
from luodi.projects.rules import LEDGER_MOST
from luodi.projects.services import figures
from luodi.subjects.models import TimelineEntry
from luodi.subjects.services import told


@dataclass(frozen=True, slots=True)
class YearRow:
    """Planned and declared investment of one project in one year from one source (yuan); `seen` as in year_figure_set."""

    project_id: int
    year: int
    source: str
    planned_cny: Decimal
    declared_cny: Decimal
    seen: tuple[int, int] | None = None


def year_figure_set(
    *,
    by: User,
    project_id: int,
    year: int,
    source: str,
    planned_cny: Decimal,
    declared_cny: Decimal,
    seen: tuple[int, int] | None = None,
) -> YearFigure:
    """Set planned and declared investment of one year and source (yuan). Declared is not recognised.

    `seen`: id and version of the figure that the form was opened with, (0, 0) where there was none; None asks nothing.
    Errors: as year_figures_set; StaleVersion where other amounts stand there than were seen.
    """
    row = YearRow(project_id, year, source, planned_cny, declared_cny, seen)
    return year_figures_set(by=by, rows=[row])[0]


def year_figures_set(*, by: User, rows: Sequence[YearRow]) -> list[YearFigure]:
    """Set the figures of many projects at once, each project, year and source once: all of them or none.

    Errors: Project.DoesNotExist; DomainError "forbidden" | "amount_negative" | "year_wrong" | "declared_early".
    """
    ids = sorted({row.project_id for row in rows})
    found = {p.pk: p for p in acts.lock(Project.objects.visible_to(by).filter(pk__in=ids).select_related("subject"))}
    if len(found) < len(ids):
        raise Project.DoesNotExist
    for project in found.values():
        if why := permissions.why_not_work(by, project, "project.edit"):
            raise Forbidden(why)
    for row in rows:
        _check_year_row(row)
    known = YearFigure.objects.filter(project_id__in=ids, year__in={row.year for row in rows})
    kept = {(figure.project_id, figure.year, figure.source): figure for figure in acts.lock(known)}
    made = _write_year_rows(rows, kept, found)
    figures.rebuild_years(ids)
    return made


def _check_year_row(row: YearRow) -> None:
    for name in ("planned_cny", "declared_cny"):
        amount = getattr(row, name)
        if not (amount.is_finite() and 0 <= amount <= LEDGER_MOST):
            raise DomainError("amount_negative", _("金额不能为负，也不能大得离谱，请核对单位。"), field=name)
    if not 2000 <= row.year <= clock.today().year + 10:
        raise DomainError("year_wrong", _("年度要在 2000 年到十年以后之间。"), field="year")
    if row.year > clock.today().year and row.declared_cny:
        raise DomainError("declared_early", _("这一年还没有开始，只能填计划，不能填完成。"), field="declared_cny")


def _seen_of(figure: YearFigure, row: YearRow) -> int | None:
    """The version of this figure that was seen: 0, which none has, where another or none was."""
    if row.seen is None:
        return None
    pk, version = row.seen
    return version if pk == figure.pk else 0


def _write_year_rows(
    rows: Sequence[YearRow], kept: Mapping[tuple[int, int, str], YearFigure], found: Mapping[int, Project]
) -> list[YearFigure]:
    """Update what is there, insert what is not, and tell each amount that really changed."""
    entries: list[TimelineEntry] = []
    made: list[YearFigure] = []
    new: list[YearFigure] = []
    for row in rows:
        amounts: dict[str, Any] = {"planned_cny": row.planned_cny, "declared_cny": row.declared_cny}
        figure = kept.get((row.project_id, row.year, row.source))
        was = {name: getattr(figure, name) if figure else Decimal(0) for name in amounts}
        if figure is None:
            figure = YearFigure(project=found[row.project_id], year=row.year, source=row.source, **amounts)
            new.append(figure)
        elif was != amounts:
            acts.update(figure, seen=_seen_of(figure, row), **amounts)
        made.append(figure)
        entries += [
            told(
                found[row.project_id].subject,
                f"figure.{name.removesuffix('_cny')}",
                year=row.year,
                source=row.source,
                was=was[name],
                now=amount,
                note=acts.current().reason,
            )
            for name, amount in amounts.items()
            if was[name] != amount
        ]
    acts.insert_many(new)
    acts.insert_many(entries)
    return made
