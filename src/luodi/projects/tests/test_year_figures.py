"""Figures of many projects at once: the same rules as for one, all of them or none."""

from __future__ import annotations

from decimal import Decimal

import pytest

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.orgs.rules import Role
from luodi.projects.models import Project, ProjectYear, YearFigure
from luodi.projects.services.years import YearRow, year_figures_set
from luodi.projects.tests.factories import make_project, make_world
from luodi.subjects.models import TimelineEntry

pytestmark = pytest.mark.django_db


def row(project: Project, planned: int, declared: int = 0, source: str = "own") -> YearRow:
    return YearRow(project.pk, 2026, source, Decimal(planned), Decimal(declared))


def told(verb: str) -> int:
    return TimelineEntry.objects.filter(verb=verb).count()


def test_many_are_written_and_told_and_summed() -> None:
    world = make_world()
    one, other = make_project(world), make_project(world)
    first = [row(one, 100), row(one, 50, source="loan"), row(other, 70)]
    acts.run(year_figures_set, by=world.officer, rows=first)
    acts.run(year_figures_set, by=world.officer, rows=[row(one, 100, 30), row(other, 70)])
    assert YearFigure.objects.count() == 3
    assert (told("figure.planned"), told("figure.declared")) == (3, 1)
    sums = dict(ProjectYear.objects.values_list("project_id", "planned_cny"))
    assert sums == {one.pk: Decimal(150), other.pk: Decimal(70)}
    assert ProjectYear.objects.get(project=one).declared_cny == 30


def test_one_that_is_refused_refuses_all() -> None:
    world = make_world()
    one = make_project(world)
    unseen = YearRow(one.pk + 1, 2026, "own", Decimal(1), Decimal(0))
    with pytest.raises(Project.DoesNotExist):
        acts.run(year_figures_set, by=world.officer, rows=[row(one, 100), unseen])
    for by, wrong, code in (
        (world.officer, row(one, -1, source="loan"), "amount_negative"),
        (world[Role.STATISTICS_BUREAU], row(one, 1, source="loan"), "forbidden"),
    ):
        with pytest.raises(DomainError) as refused:
            acts.run(year_figures_set, by=by, rows=[row(one, 100), wrong])
        assert refused.value.code == code
    assert not YearFigure.objects.exists()
