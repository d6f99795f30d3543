"""One takes over from another."""

from __future__ import annotations

from luodi.demo.live import Town, does
from luodi.demo.steps import Step
from luodi.kernel import acts
from luodi.orgs.models import Member, User
from luodi.orgs.rules import Role
from luodi.projects.models import (
    Project,
)
from luodi.projects.rules import Role as Duty
from luodi.projects.services import people


def _hand_over(by: User, project: Project, duty: Duty, member: Member, note: str) -> None:
    acts.run(people.hand_over, by=by, project_id=project.pk, role=duty, member_id=member.pk, note=note)


@does("lead")
def lead(town: Town, step: Step) -> None:
    project, leaders = town.project(step), town.cast.roles[Role.COUNTY_LEADER]
    member = leaders[step.args["leader"] % len(leaders)].member
    if member.pk == project.leader_id:
        member = leaders[(step.args["leader"] + 1) % len(leaders)].member
    _hand_over(town.any_of(Role.PROJECT_OFFICE), project, Duty.LEADER, member, step.args["note"])


@does("watch")
def watch(town: Town, step: Step) -> None:
    supervisors = town.cast.roles[Role.SUPERVISOR]
    member = supervisors[step.args["supervisor"] % len(supervisors)].member
    _hand_over(town.any_of(Role.PROJECT_OFFICE), town.project(step), Duty.SUPERVISOR, member, step.args["note"])


@does("officer")
def change_officer(town: Town, step: Step) -> None:
    """Another officer of the same unit takes over; its head says so."""
    project = town.project(step)
    others = [m for m in town.cast.officers[project.unit.code] if m.pk != project.officer_id]
    by = town.cast.head(project.unit.code)
    _hand_over(by, project, Duty.OFFICER, others[step.args["turn"] % len(others)], step.args["note"])
