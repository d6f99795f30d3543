"""The read models of projects, reckoned from their rows. One function rebuilds them all; services call it for one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Sum

from luodi.facts.models import Fact
from luodi.projects.models import Obstacle, Project, ProjectFigures, ProjectYear, YearFigure
from luodi.projects.rules import MONEY


def rebuild(project_ids: Iterable[int]) -> None:
    """Reckon the figures of these projects anew and store them."""
    ids = list(project_ids)
    rebuild_sums(ids)
    rebuild_years(ids)


def rebuild_sums(ids: list[int]) -> None:
    """Only what follows from obstacles and recognised money."""
    ProjectFigures.objects.bulk_create(
        reckoned_figures(ids),
        update_conflicts=True,
        unique_fields=["project"],
        update_fields=["open_obstacle_count", "obstacle_due_on", "money_arrived_cny"],
        batch_size=500,
    )


def rebuild_years(ids: list[int]) -> None:
    """Only what follows from the figures of the years."""
    ProjectYear.objects.bulk_create(
        reckoned_years(ids),
        update_conflicts=True,
        unique_fields=["project", "year"],
        update_fields=["planned_cny", "declared_cny"],
        batch_size=500,
    )


def reckoned_figures(ids: list[int]) -> list[ProjectFigures]:
    """Open obstacles and recognised money of each project, from the rows themselves."""
    obstacles: dict[int, Any] = {
        row["project_id"]: row
        for row in Obstacle.objects.filter(project_id__in=ids)
        .exclude(state="confirmed")
        .values("project_id")
        .annotate(count=Count("pk"), due=Min("promised_on"))
        .order_by()
    }
    subjects = dict(Project.objects.filter(pk__in=ids).values_list("subject_id", "pk"))
    money = {
        subjects[row["subject_id"]]: row["sum"]
        for row in Fact.objects.standing()
        .filter(subject_id__in=subjects, kind=MONEY)
        .values("subject_id")
        .annotate(sum=Sum("amount_cny"))
        .order_by()
    }
    return [
        ProjectFigures(
            project_id=pk,
            open_obstacle_count=obstacles.get(pk, {}).get("count", 0),
            obstacle_due_on=obstacles.get(pk, {}).get("due"),
            money_arrived_cny=money.get(pk, Decimal(0)),
        )
        for pk in ids
    ]


def reckoned_years(ids: list[int]) -> list[ProjectYear]:
    """Planned and declared investment of each project and year, from its figures by source."""
    rows = (
        YearFigure.objects.filter(project_id__in=ids)
        .values("project_id", "year")
        .annotate(planned=Sum("planned_cny"), declared=Sum("declared_cny"))
        .order_by("project_id", "year")
    )
    return [
        ProjectYear(project_id=r["project_id"], year=r["year"], planned_cny=r["planned"], declared_cny=r["declared"])
        for r in rows
    ]
