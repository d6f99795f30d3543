"""Projects as the system knew them at the end of a past day: which rows a page reads (docs/adr/0012-as-of.md)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet

from luodi.facts.models import Fact, FactEvidence, FactShare, Revocation
from luodi.files.models import Evidence, StoredFile
from luodi.kernel import asof, clock
from luodi.orgs.deputies import acts_of_deputies
from luodi.orgs.models import Company, DelegatedAct, Industry, Member, Region, RoleGrant, Theme, Unit, User
from luodi.projects.models import (
    Ask,
    AskShare,
    Assignment,
    CommitmentChange,
    Ending,
    EndingCause,
    ImportBatch,
    Kind,
    Lesson,
    LessonAnswer,
    Obstacle,
    Project,
    StageChange,
    Suspension,
    VoidRequest,
    YearFigure,
)
from luodi.projects.rules import MONEY
from luodi.rulebook.models import TableRow, TableVersion
from luodi.subjects.models import Party, Subject, TimelineEntry

POINTED_TO = frozenset({Member, Unit, Region, Company, Theme, Fact, StoredFile, Evidence, Revocation, ImportBatch})
"""What rows of a project point to, and is read with them."""
OF_A_PROJECT: tuple[Any, ...] = (
    Assignment, YearFigure, Suspension, Ending, VoidRequest, Ask, StageChange, CommitmentChange, Obstacle, LessonAnswer,
)  # fmt: skip
OF_A_SUBJECT: tuple[Any, ...] = (Party, TimelineEntry, Evidence, Fact)
MOST = 10_000
"""Of so many projects a past library is put together for one request; a wider one is not."""


def project_past(project: Project, day: date) -> asof.Past:
    """The rows that a project's page reads, as they were at the end of `day`. About five queries, whatever its history."""
    past = asof.Past(clock.end_of(day))
    subject, region = project.subject_id, project.region_id
    near = Q(pk=project.pk) | Q(pk__in=VoidRequest.objects.filter(project=project).values("same_as"))
    past.take(
        {
            Project: Project.objects.filter(near),
            Subject: Subject.objects.filter(project__in=Project.objects.filter(near).order_by().values("pk")),
            **{model: model._default_manager.filter(project=project) for model in OF_A_PROJECT},
            **{model: model._default_manager.filter(subject=subject) for model in OF_A_SUBJECT},
            DelegatedAct: acts_of_deputies(TimelineEntry, TimelineEntry.objects.filter(subject=subject)),
            EndingCause: EndingCause.objects.filter(ending__project=project),
            AskShare: AskShare.objects.filter(ask__project=project),
            FactShare: FactShare.objects.filter(fact__subject=subject),
            FactEvidence: FactEvidence.objects.filter(evidence__subject=subject),
            Lesson: Lesson.objects.filter(Q(project=project) | Q(region=region, decided_at__lte=project.entered_at)),
            TableVersion: TableVersion.objects.filter(region=region),
            TableRow: TableRow.objects.filter(version__region=region),
            RoleGrant: RoleGrant.objects.filter(region=region, role__in=["project_office", "statistics_bureau"]),
        }
    )
    past.follow(POINTED_TO)
    past.copy(Kind.objects.all(), Industry.objects.filter(pk__in=_named(past, Project, "industry_id")))
    return past


def library_past(user: User, rows: QuerySet[Project], day: date, also: Sequence[Any] = ()) -> asof.Past:
    """What the user's library reads of these projects, as it was at the end of `day`; `also` their rows of these models. Of
    the figures of the years that year's alone, since a library shows no other. Four queries, whatever the number of projects.
    """
    past = asof.Past(clock.end_of(day))
    ids = rows.order_by().values("pk")
    home = list({*user.region_ids, *rows.order_by().values_list("region", flat=True).distinct()})
    past.take(
        {
            Project: rows,
            Subject: Subject.objects.filter(project__in=ids),
            YearFigure: YearFigure.objects.filter(project__in=ids, year=day.year),
            Obstacle: Obstacle.objects.filter(project__in=ids),
            Fact: Fact.objects.filter(subject__project__in=ids, kind=MONEY),
            **{model: model._default_manager.filter(project__in=ids) for model in also},
            Party: Party.objects.filter(unit=user.member.unit_id),
            Unit: Unit.objects.filter(region__in=home),
            Member: Member.objects.filter(region__in=home),
            Region: Region.objects.filter(Q(pk__in=home) | Q(parent__in=home)),
            TableVersion: TableVersion.objects.filter(region__in=home, code="thresholds"),
            TableRow: TableRow.objects.filter(version__region__in=home, version__code="thresholds"),
        }
    )
    past.follow({Member, Unit, Region, ImportBatch})
    return past


def _named(past: asof.Past, model: Any, column: str) -> set[Any]:
    return {row[column] for row in past.rows[model].values() if row.get(column) is not None}
