"""What blocks a project: told, worked on, solved by one, confirmed by another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Unit, User
from luodi.projects import permissions
from luodi.projects.models import Obstacle, Project
from luodi.projects.rules import says_nothing
from luodi.projects.services import figures
from luodi.subjects.services import party_add, party_end, tell


@dataclass(frozen=True, slots=True)
class Block:
    """An obstacle as it is told. `done` of `total` in `measure` (mu or households) for land and demolition."""

    kind: str
    title: str
    since_on: date
    solver_unit_id: int
    promised_on: date
    tried: str = ""
    measure: str = ""
    done: Decimal | None = None
    total: Decimal | None = None


def obstacle_add(*, by: User, project_id: int, block: Block) -> Obstacle:
    """Tell what blocks a project, who must solve it and by when. The solving unit becomes a party and sees the project.

    Errors: "forbidden" | "title_missing" | "since_in_future" | "promised_before_since" | "unit_unknown" | "measure_wrong".
    """
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    if why := permissions.why_not_add_obstacle(by, project):
        raise Forbidden(why)
    solver = Unit.objects.filter(pk=block.solver_unit_id, region_id=project.region_id, active=True).first()
    if solver is None:
        raise DomainError("unit_unknown", _("请选择解决单位。"), field="solver_unit")
    _check(block)
    obstacle = acts.insert(
        Obstacle(
            project=project,
            kind=block.kind,
            title=block.title.strip(),
            since_on=block.since_on,
            solver_unit=solver,
            promised_on=block.promised_on,
            tried=block.tried.strip(),
            measure=block.measure,
            done=block.done,
            total=block.total,
            added_by=by.member,
            added_at=acts.current().at,
        )
    )
    if solver.pk != project.unit_id:
        party_add(project.subject, solver, "solver")
    figures.rebuild_sums([project.pk])
    tell(project.subject, "obstacle.added", title=obstacle.title, unit=str(solver), by=block.promised_on)
    return obstacle


def _check(block: Block) -> None:
    if not block.title.strip():
        raise DomainError("title_missing", _("请写明堵在哪里。"), field="title")
    if block.since_on > clock.today():
        raise DomainError("since_in_future", _("起于哪天不能在今天以后。"), field="since_on")
    if block.promised_on < block.since_on:
        raise DomainError("promised_before_since", _("承诺解决日不能早于起始日。"), field="promised_on")
    _check_measure(block.measure, block.done, block.total)


def _check_measure(measure: str, done: Decimal | None, total: Decimal | None) -> None:
    if not measure and (done is not None or total is not None):
        raise DomainError("measure_wrong", _("填了数量的，请选择按亩还是按户计量。"), field="measure")
    if measure == "households" and any(number is not None and number % 1 for number in (done, total)):
        raise DomainError("measure_wrong", _("户数要填整数。"), field="total")
    if measure and (total is None or total <= 0):
        raise DomainError("measure_wrong", _("按亩或户计量的，请填写总量。"), field="total")
    if (done or 0) < 0 or (total is not None and (done or 0) > total):
        raise DomainError("measure_wrong", _("已完成要在 0 和总量之间。"), field="done")


def _open(by: User, obstacle_id: int, *states: str) -> tuple[Obstacle, Project]:
    visible = Obstacle.objects.filter(project__in=Project.objects.visible_to(by).values("pk"))
    obstacle = acts.lock_one(
        visible.select_related("solver_unit", "project__officer", "project__supervisor", "project__unit"), obstacle_id
    )
    project = acts.lock_one(Project.objects.all().select_related("subject"), obstacle.project_id)
    if obstacle.state not in states:
        raise DomainError("obstacle_moved", _("这个堵点的状态已经变了，请刷新页面。"))
    return obstacle, project


def obstacle_report(
    *, by: User, obstacle_id: int, seen: int, tried: str, promised_on: date, done: Decimal | None = None
) -> Obstacle:
    """Say what was tried since, how far it has come, and a new promise where it moved.

    Errors: "forbidden" | "tried_missing" | "promise_in_past" | "measure_wrong"; StaleVersion.
    """
    obstacle, project = _open(by, obstacle_id, "open")
    if why := permissions.why_not_work_obstacle(by, obstacle):
        raise Forbidden(why)
    if not tried.strip():
        raise DomainError("tried_missing", _("请写明又做了什么。"), field="tried")
    if promised_on != obstacle.promised_on and promised_on < clock.today():
        raise DomainError("promise_in_past", _("新的承诺日要在今天以后。"), field="promised_on")
    _check_measure(obstacle.measure, done, obstacle.total)
    was = obstacle.promised_on
    progress = obstacle.done if done is None else done
    acts.update(
        obstacle, seen=seen, tried=tried.strip(), promised_on=promised_on, done=progress if obstacle.measure else None
    )
    figures.rebuild_sums([project.pk])
    tell(project.subject, "obstacle.reported", title=obstacle.title, was=was, now=promised_on, note=tried.strip())
    return obstacle


def obstacle_solve(*, by: User, obstacle_id: int, seen: int, result: str) -> Obstacle:
    """The solving unit says it is solved, and how. It counts as open until somebody else confirms it."""
    obstacle, project = _open(by, obstacle_id, "open")
    if why := permissions.why_not_solve_obstacle(by, obstacle):
        raise Forbidden(why)
    if says_nothing(result):
        raise DomainError("result_missing", _("请写明结果。"), field="result")
    acts.update(
        obstacle, seen=seen, state="solved", result=result.strip(), solved_by=by.member, solved_at=acts.current().at
    )
    tell(project.subject, "obstacle.solved", title=obstacle.title, note=result.strip())
    return obstacle


def obstacle_confirm(*, by: User, obstacle_id: int, seen: int, agree: bool, answer: str = "") -> Obstacle:
    """Officer or supervisor outside the solving unit confirms the result, or opens the obstacle again with a word why.

    With its last obstacle of the project confirmed, the solving unit is a party no longer, unless something else ties it.
    """
    obstacle, project = _open(by, obstacle_id, "solved")
    if why := permissions.why_not_confirm_obstacle(by, obstacle):
        raise Forbidden(why)
    if not agree and not answer.strip():
        raise DomainError("answer_missing", _("没有解决的，请写明还差什么。"), field="answer")
    if agree:
        acts.update(obstacle, seen=seen, state="confirmed", confirmed_by=by.member, confirmed_at=acts.current().at)
        _release(project, obstacle.solver_unit)
    else:
        acts.update(obstacle, seen=seen, state="open")
    figures.rebuild_sums([project.pk])
    tell(
        project.subject,
        "obstacle.confirmed" if agree else "obstacle.reopened",
        title=obstacle.title,
        note=answer.strip(),
    )
    return obstacle


def _release(project: Project, solver: Unit) -> None:
    """A unit that has nothing left to solve is no party as a solver; what else ties it to the project stays."""
    if not project.obstacles.exclude(state="confirmed").filter(solver_unit=solver).exists():
        party_end(project.subject, solver, "solver")
