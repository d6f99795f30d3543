"""What was learned, the two ways to end, and what never was a project."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from luodi.demo.doing.gates import add_evidence, piece_of
from luodi.demo.live import Town, does
from luodi.demo.steps import Step
from luodi.kernel import acts, clock
from luodi.orgs.rules import Role
from luodi.projects.models import (
    Ending,
    Lesson,
    Project,
    VoidRequest,
)
from luodi.projects.rules import EndKind
from luodi.projects.services import ends


@does("lesson")
def lesson(town: Town, step: Step) -> None:
    project, args = town.project(step), step.args
    acts.run(
        ends.lesson_propose,
        by=town.officer(project),
        project_id=project.pk,
        cause=args["cause"],
        otherwise=args["otherwise"],
        applies_to=args["applies"],
    )


def _lesson_decide(town: Town, step: Step, *, accept: bool, answer: str) -> None:
    """Another unit's word: the government office, the project office, or the head of the township where it lies."""
    project = town.project(step)
    found = Lesson.objects.get(project=project, state="proposed")
    deciders = [town.any_of(Role.GOVERNMENT_OFFICE)]
    if project.unit_id != town.office_unit:
        deciders.append(town.any_of(Role.PROJECT_OFFICE))
    township = town.cast.units[town.drafts[step.number].township]
    if township.pk != project.unit_id:
        deciders.append(town.cast.head(township.code))
    by = town.rng.choice(deciders)
    acts.run(ends.lesson_decide, by=by, lesson_id=found.pk, seen=found.version, accept=accept, answer=answer)


@does("lesson_yes")
def lesson_yes(town: Town, step: Step) -> None:
    _lesson_decide(town, step, accept=True, answer="")


@does("lesson_no")
def lesson_no(town: Town, step: Step) -> None:
    _lesson_decide(town, step, accept=False, answer=step.args["answer"])


@does("end")
def end(town: Town, step: Step) -> None:
    project, args = town.project(step), step.args
    failure: dict[str, Any] = {}
    if args["kind"] == EndKind.GIVEN_UP:
        failure = {
            "causes": args["causes"],
            "left_behind": args["left"],
            "chance": args["chance"],
            "try_again_on": args["again"],
        }
    acts.run(
        ends.ending_propose,
        by=town.officer(project),
        project_id=project.pk,
        kind=EndKind(args["kind"]),
        story=args["story"],
        **failure,
    )


@does("end_yes")
def end_yes(town: Town, step: Step) -> None:
    """A success is closed by another office; a failure is explained to the government, with the minutes."""
    project = town.project(step)
    ending = Ending.objects.get(project=project, state="proposed")
    if ending.kind == EndKind.DONE:
        acts.run(ends.ending_accept, by=town.recogniser(project), ending_id=ending.pk, seen=ending.version)
        return
    told = _explanation(town, project, step)
    by = town.any_of(Role.GOVERNMENT_OFFICE)
    acts.run(ends.ending_accept, by=by, ending_id=ending.pk, seen=ending.version, explanation=told)


def _explanation(town: Town, project: Project, step: Step) -> ends.Explanation:
    minutes = add_evidence(town, project, town.any_of(Role.PROJECT_OFFICE), piece_of(town, "minutes", step))
    week = clock.today().isocalendar()
    held = step.day - timedelta(town.rng.randint(1, 4))
    meeting = f"县政府第 {(week.year - 2020) * 26 + week.week // 2} 次常务会议"
    return ends.Explanation(meeting, held, f"柏政纪〔{week.year}〕{week.week // 2 + 1}号", minutes)


@does("end_no")
def end_no(town: Town, step: Step) -> None:
    ending = Ending.objects.get(project=town.project(step), state="proposed")
    by = town.any_of(Role.GOVERNMENT_OFFICE)
    acts.run(ends.ending_return, by=by, ending_id=ending.pk, seen=ending.version, answer=step.args["answer"])


@does("void_ask")
def void_ask(town: Town, step: Step) -> None:
    acts.run(
        ends.void_ask,
        by=town.any_of(Role.PROJECT_OFFICE),
        project_id=town.project(step).pk,
        reason=step.args["reason"],
        same_as_id=town.pks[step.args["same_as"]],
    )


@does("void_decide")
def void_decide(town: Town, step: Step) -> None:
    request = VoidRequest.objects.get(project=town.project(step), state="asked")
    acts.run(
        ends.void_decide,
        by=town.any_of(Role.GOVERNMENT_OFFICE),
        request_id=request.pk,
        seen=request.version,
        approve=step.args["agree"],
        answer="" if step.args["agree"] else step.args["answer"],
    )
