"""What search finds of projects: themselves, their obstacles and their lessons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.kernel.registry import SearchDoc, SearchSource
from luodi.projects.models import Lesson, Obstacle, Project
from luodi.projects.rules import Stage
from luodi.subjects.querysets import subject_listed_for

LESSON_TITLE = 60


def _projects(ids: Sequence[int]) -> Iterable[SearchDoc]:
    rows = Project.objects.filter(pk__in=ids).values_list(
        "pk", "subject_id", "stage", "name", "code", "national_code", "investor__name", "township__name", "summary"
    )
    for pk, subject_id, stage, name, code, national_code, investor, township, summary in rows:
        yield SearchDoc(
            pk,
            name,
            subject_id,
            live=stage != Stage.ENDED,
            codes=[code, national_code],
            about=_line(code, investor, township),
            text=summary,
        )


def _obstacles(ids: Sequence[int]) -> Iterable[SearchDoc]:
    rows = Obstacle.objects.filter(pk__in=ids).values_list(
        "pk", "project__subject_id", "state", "title", "solver_unit__name", "tried", "result"
    )
    for pk, subject_id, state, title, solver, tried, result in rows:
        text = "\n".join(told for told in (tried, result) if told)
        yield SearchDoc(pk, title, subject_id, live=state != "confirmed", about=solver, text=text)


def _lessons(ids: Sequence[int]) -> Iterable[SearchDoc]:
    rows = Lesson.objects.filter(pk__in=ids).values_list(
        "pk", "project__subject_id", "state", "otherwise", "cause", "applies_to"
    )
    for pk, subject_id, state, otherwise, cause, applies_to in rows:
        yield SearchDoc(
            pk,
            otherwise[:LESSON_TITLE],
            subject_id,
            live=state != "returned",
            text="\n".join((otherwise, cause, applies_to)),
        )


def _line(*told: str | None) -> str:
    return " · ".join(part for part in told if part)


def _of_investors(ids: Sequence[int]) -> Iterable[int]:
    found: Iterable[int] = Project.objects.filter(investor_id__in=ids).values_list("pk", flat=True)
    return found


def _project_url(row: Any) -> str:
    return reverse("project", args=[row.subject.uuid])


SOURCES = (
    SearchSource(
        "project", 1, _("项目"), _("名称、编号、投资方、地点、建设内容"), "project.see", "projects.project",
        _projects, subject_listed_for, _project_url, {"orgs.company": _of_investors},
    ),
    SearchSource(
        "obstacle", 5, _("堵点"), _("堵在哪里、解决单位、已做的努力、结果"), "project.see", "projects.obstacle",
        _obstacles, subject_listed_for, lambda row: reverse("obstacle", args=[row.object_id]),
    ),
    SearchSource(
        "lesson", 6, _("经验教训"), _("原因、以后怎么做、适用于"), "project.see", "projects.lesson",
        _lessons, subject_listed_for, lambda row: reverse("lesson", args=[row.object_id]),
    ),
)  # fmt: skip
