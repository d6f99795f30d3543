"""What blocks a project is told, worked on, solved by one and confirmed by another."""

from __future__ import annotations

from decimal import Decimal

from luodi.demo.live import Town, does
from luodi.demo.steps import Step
from luodi.kernel import acts
from luodi.orgs.models import Unit, User
from luodi.orgs.rules import Role
from luodi.projects.models import (
    Obstacle,
    Project,
)
from luodi.projects.services import obstacles


@does("block")
def block(town: Town, step: Step) -> None:
    project, args = town.project(step), step.args
    code = town.drafts[step.number].township if args["solver"] == "T" else args["solver"]
    found = obstacles.Block(
        kind=args["kind"],
        title=args["title"],
        since_on=args["since"],
        solver_unit_id=town.cast.units[code].pk,
        promised_on=args["promised"],
        measure=args["measure"],
        done=Decimal(0) if args["measure"] else None,
        total=Decimal(args["total"]) if args["measure"] else None,
    )
    made = acts.run(obstacles.obstacle_add, by=town.officer(project), project_id=project.pk, block=found)
    town.obstacles[step.number, args["label"]] = made.pk


def _obstacle(town: Town, step: Step) -> Obstacle:
    return Obstacle.objects.select_related("solver_unit").get(pk=town.obstacles[step.number, step.args["label"]])


def _solver(town: Town, unit: Unit) -> User:
    """One of the officers of the solving unit."""
    return town.cast.user(town.rng.choice(town.cast.officers[unit.code]).pk)


@does("tried")
def tried(town: Town, step: Step) -> None:
    found, args = _obstacle(town, step), step.args
    acts.run(
        obstacles.obstacle_report,
        by=_solver(town, found.solver_unit),
        obstacle_id=found.pk,
        seen=found.version,
        tried=args["tried"],
        promised_on=max(args["promised"], found.promised_on),
        done=None if args["done"] is None else Decimal(args["done"]),
    )


@does("solve")
def solve(town: Town, step: Step) -> None:
    found = _obstacle(town, step)
    by = _solver(town, found.solver_unit)
    acts.run(obstacles.obstacle_solve, by=by, obstacle_id=found.pk, seen=found.version, result=step.args["result"])


def _confirmer(town: Town, project: Project, found: Obstacle) -> User:
    """Supervisor, else officer, outside the solving unit; where both are of it, the project office."""
    for member in (project.supervisor, project.officer):
        if member is not None and member.unit_id != found.solver_unit_id:
            return town.cast.user(member.pk)
    return town.any_of(Role.PROJECT_OFFICE)


def _confirm(town: Town, step: Step, answer: str) -> None:
    found, project = _obstacle(town, step), town.project(step)
    acts.run(
        obstacles.obstacle_confirm,
        by=_confirmer(town, project, found),
        obstacle_id=found.pk,
        seen=found.version,
        agree=not answer,
        answer=answer,
    )


@does("confirm")
def confirm(town: Town, step: Step) -> None:
    _confirm(town, step, "")


@does("reopen")
def reopen(town: Town, step: Step) -> None:
    _confirm(town, step, step.args["answer"])
