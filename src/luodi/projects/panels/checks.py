"""What `doctor --deep` looks for in projects: everything that services and the database promise, reckoned anew."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.db.models import F, OuterRef, Subquery
from django.utils.translation import gettext as _

from luodi.projects.models import Assignment, Project, ProjectFigures, ProjectYear
from luodi.projects.rules import Role
from luodi.projects.services.figures import reckoned_figures, reckoned_years

BATCH = 1000


def deep_checks() -> Iterable[str]:
    """One sentence for each thing that is not as it should be."""
    yield from _people()
    ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from _figures(ids[start : start + BATCH])


def _people() -> Iterator[str]:
    """Column and last link of each role are equal; every project has a chain for every role."""
    for role in Role:
        column = "unit_id" if role == Role.UNIT else "member_id"
        last = Assignment.objects.filter(project=OuterRef("pk"), role=role).order_by("-seq").values(column)[:1]
        count = Assignment.objects.filter(project=OuterRef("pk"), role=role, seq=1).values("pk")[:1]
        rows = Project.objects.annotate(last=Subquery(last), first=Subquery(count))
        for code in rows.filter(first=None).values_list("code", flat=True):
            yield _("%(code)s 没有%(role)s的分工记录") % {"code": code, "role": role}
        for code in (
            rows.exclude(last=F(f"{role}_id"))
            .exclude(**{"last": None, f"{role}_id": None})
            .values_list("code", flat=True)
        ):
            yield _("%(code)s 的%(role)s与分工记录不一致") % {"code": code, "role": role}


def _figures(ids: list[int]) -> Iterator[str]:
    """The read models are what a rebuild would give."""
    kept = {
        (f.project_id, f.open_obstacle_count, f.obstacle_due_on, f.money_arrived_cny)
        for f in ProjectFigures.objects.filter(pk__in=ids)
    }
    right = {
        (f.project_id, f.open_obstacle_count, f.obstacle_due_on, f.money_arrived_cny) for f in reckoned_figures(ids)
    }
    for pk in sorted({row[0] for row in kept ^ right}):
        yield _("项目 %(pk)s 的堵点或到位资金汇总与明细不一致") % {"pk": pk}
    years = {
        (y.project_id, y.year, y.planned_cny, y.declared_cny) for y in ProjectYear.objects.filter(project_id__in=ids)
    }
    reckoned = {(y.project_id, y.year, y.planned_cny, y.declared_cny) for y in reckoned_years(ids)}
    for pk in sorted({row[0] for row in years ^ reckoned}):
        yield _("项目 %(pk)s 的年度投资汇总与明细不一致") % {"pk": pk}
