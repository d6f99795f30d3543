"""The read models of projects, reckoned from their rows. One function rebuilds them all; services call it for one."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Min, Sum

from luodi.facts.models import Fact
from luodi.kernel import acts, clock, jobs
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import Job
from luodi.projects.models import Obstacle, Project, ProjectFigures, ProjectYear, YearFigure
from luodi.projects.rules import MONEY, Thresholds, pace_turns
from luodi.projects.selectors.rulebook import thresholds_of


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
        update_fields=["planned_cny", "declared_cny", "yellow_from", "red_from"],
        batch_size=500,
    )


def reckoned_figures(ids: list[int]) -> list[ProjectFigures]:
    """Open obstacles and recognised money of each project, from the rows themselves. What has ended or is void is blocked by nothing."""
    obstacles: dict[int, Any] = {
        row["project_id"]: row
        for row in Obstacle.objects.filter(project__in=Project.objects.live().filter(pk__in=ids))
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
    """Planned and declared investment of each project and year, from its figures by source, and when its pace turns by the
    thresholds that are in force in its county today."""
    rows = list(
        YearFigure.objects.filter(project_id__in=ids)
        .values("project_id", "year", region_id=F("project__region_id"))
        .annotate(planned=Sum("planned_cny"), declared=Sum("declared_cny"))
        .order_by("project_id", "year")
    )
    by_region = thresholds_of({row["region_id"] for row in rows}, clock.today())
    return [
        _year(row["project_id"], row["year"], row["planned"], row["declared"], by_region[row["region_id"]])
        for row in rows
    ]


def _year(project_id: int, year: int, planned: Decimal, declared: Decimal, thresholds: Thresholds) -> ProjectYear:
    turns = pace_turns(planned=planned, declared=declared, year=year, thresholds=thresholds)
    return ProjectYear(
        project_id=project_id,
        year=year,
        planned_cny=planned,
        declared_cny=declared,
        yellow_from=turns.yellow,
        red_from=turns.red,
    )


# When a county's thresholds change -----------------------------------------------------------------------------------

TURNS_JOB = "projects.turns"
BATCH = 500
SYSTEM = System("projects.turns")


def ask_turns(region_id: int) -> None:
    """Ask that the days on which lamps turn be reckoned anew in a county, within the act that changes its thresholds."""
    jobs.ask(TURNS_JOB, region=region_id, steps=Project.objects.filter(region_id=region_id).count())


def turns_job(job: Job) -> None:
    """Reckon them anew, so many projects in one act. Safe to run again; after an interruption it goes on where it was."""
    ids = list(Project.objects.filter(region_id=job.arguments["region"]).order_by("pk").values_list("pk", flat=True))
    for start in range(job.step, len(ids), BATCH):
        acts.run(turns_rebuild, by=SYSTEM, ids=ids[start : start + BATCH], job=job, done=min(start + BATCH, len(ids)))
    acts.run(_finish, by=SYSTEM, job=job)


def turns_rebuild(*, by: Actor, ids: list[int], job: Job, done: int) -> None:
    """Some projects' days, under their locks, so that a figure entered meanwhile is not overwritten. Raises JobLost."""
    jobs.advance(job, done)
    acts.lock(Project.objects.filter(pk__in=ids))
    rebuild_years(ids)


def _finish(*, by: Actor, job: Job) -> None:
    jobs.finish(job)
