"""Committed dates move and projects are suspended by request and decision."""

from __future__ import annotations

from luodi.demo.live import Town, does
from luodi.demo.steps import Step
from luodi.kernel import acts
from luodi.orgs.rules import Role
from luodi.projects.models import (
    CommitmentChange,
    Suspension,
)
from luodi.projects.services import commitments


@does("move")
def move(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        commitments.commitment_ask,
        by=town.officer(project),
        project_id=project.pk,
        wanted=step.args["wanted"],
        reason=step.args["reason"],
    )


def _move_decide(town: Town, step: Step, *, agree: bool) -> None:
    project = town.project(step)
    change = CommitmentChange.objects.get(project=project, state="asked")
    deciders = [town.any_of(Role.GOVERNMENT_OFFICE)]
    if project.unit_id != town.office_unit:
        deciders.append(town.any_of(Role.PROJECT_OFFICE))
    acts.run(
        commitments.commitment_decide,
        by=town.rng.choice(deciders),
        change_id=change.pk,
        seen=change.version,
        agree=agree,
        answer=step.args["answer"],
    )


@does("move_yes")
def move_yes(town: Town, step: Step) -> None:
    _move_decide(town, step, agree=True)


@does("move_no")
def move_no(town: Town, step: Step) -> None:
    _move_decide(town, step, agree=False)


@does("suspend")
def suspend(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        commitments.suspension_ask,
        by=town.principal(project),
        project_id=project.pk,
        reason=step.args["reason"],
        look_again_on=step.args["again"],
    )


def _suspension_decide(town: Town, step: Step, *, agree: bool, answer: str) -> None:
    project = town.project(step)
    found = Suspension.objects.get(project=project, state="asked")
    acts.run(
        commitments.suspension_decide,
        by=town.cast.user(project.leader_id),
        suspension_id=found.pk,
        seen=found.version,
        agree=agree,
        answer=answer,
    )


@does("suspend_yes")
def suspend_yes(town: Town, step: Step) -> None:
    _suspension_decide(town, step, agree=True, answer="")


@does("suspend_no")
def suspend_no(town: Town, step: Step) -> None:
    _suspension_decide(town, step, agree=False, answer=step.args["answer"])


@does("resume")
def resume(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        commitments.suspension_resume,
        by=town.principal(project),
        project_id=project.pk,
        seen=town.version(project),
        note=step.args["note"],
    )
