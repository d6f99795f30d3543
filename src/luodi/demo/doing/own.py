"""What is told of a project itself: fields, figures of the years, importance, remarks."""

from __future__ import annotations

from collections import defaultdict

from luodi.demo.live import TOGETHER, Town, does
from luodi.demo.steps import Step, yuan
from luodi.kernel import acts
from luodi.orgs.rules import Role
from luodi.projects.rules import Importance
from luodi.projects.services import projects, years
from luodi.subjects.services import note_add


@does("edit")
def edit(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        projects.project_edit,
        by=town.officer(project),
        reason=step.args["reason"],
        project_id=project.pk,
        seen=town.version(project),
        changes=dict(step.args["changes"]),
    )


def figures(town: Town, steps: list[Step]) -> None:
    """A unit fills in the figures of its projects, all of one part of a day at once."""
    by_unit: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        by_unit[town.project(step).unit_id].append(step)
    for own in by_unit.values():
        rows = [
            years.YearRow(town.project(step).pk, step.args["year"], source, yuan(planned), yuan(declared))
            for step in own
            for source, planned, declared in step.args["parts"]
        ]
        acts.run(years.year_figures_set, by=town.officer(town.project(own[0])), rows=rows)


TOGETHER["figures"] = figures


@does("grade")
def grade(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        projects.project_grade,
        by=town.any_of(Role.PROJECT_OFFICE),
        reason=step.args["reason"],
        project_id=project.pk,
        seen=town.version(project),
        importance=Importance(step.args["importance"]),
    )


@does("promise")
def promise(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        projects.project_mark_promising,
        by=town.any_of(Role.PROJECT_OFFICE),
        reason=step.args["reason"],
        project_id=project.pk,
        seen=town.version(project),
        promising=step.args["promising"],
    )


@does("note")
def note(town: Town, step: Step) -> None:
    project = town.project(step)
    by = town.officer(project)
    if project.supervisor_id and town.rng.random() < 0.4:
        by = town.cast.user(project.supervisor_id)
    acts.run(note_add, by=by, subject_id=project.subject_id, text=step.args["text"])
