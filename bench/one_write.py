"""Promise: a form that changes a project is kept, durably and with its link of the chain, within 15 ms (p95)."""

from __future__ import annotations

from typing import Any

from bench.asking import Browser
from bench.county import Town
from bench.measuring import Report, timed
from luodi.kernel import acts
from luodi.projects.forms.project import EditProjectForm, initial_of
from luodi.projects.models import Project
from luodi.projects.services.projects import project_edit
from luodi.subjects.services import note_add

AIM_MS = 15.0
WRITTEN = 100


def measure(town: Town, report: Report) -> None:
    browser, rng = Browser(town.office), town.rng
    ids = rng.sample(town.projects, WRITTEN)

    def filled(case: tuple[str, Any]) -> tuple[str, Any]:
        """The form as its page shows it, with another number of jobs."""
        project = Project.objects.select_related("subject", "investor").get(pk=case[1])
        form = EditProjectForm(initial=initial_of(project), project=project)
        fields = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
        return f"{project.get_absolute_url()}edit", {**fields, "jobs": (project.jobs or 0) + 1}

    def changed(case: tuple[int, int]) -> tuple[int, int]:
        return case[0], Project.objects.values_list("version", flat=True).get(pk=case[0])

    def edit(case: tuple[int, int]) -> None:
        changes = {"jobs": rng.randrange(10_000)}
        acts.run(project_edit, by=town.office, project_id=case[0], seen=case[1], changes=changes)

    unfilled: list[tuple[str, Any]] = [("", pk) for pk in ids]
    subjects = dict(Project.objects.filter(pk__in=ids).values_list("pk", "subject_id"))
    report.timings += [
        timed(
            "one write: a project edited through its form",
            lambda sent: browser.post(*sent),
            unfilled,
            prepare=filled,
            aim_ms=AIM_MS,
        ),
        timed("one act without the page: project_edit", edit, [(pk, 0) for pk in ids], prepare=changed, aim_ms=AIM_MS),
        timed(
            "one act without the page: a remark",
            lambda pk: acts.run(note_add, by=town.office, subject_id=subjects[pk], text="现场看过"),
            ids,
            aim_ms=AIM_MS,
        ),
    ]
