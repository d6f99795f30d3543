"""Writing on projects: each operation is the page's form and its one service. One table, from which nothing is left out
(tests/test_api_operations.py)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from pydantic import StrictBool

from luodi.facts.api import FactOut, facts_of
from luodi.files.api import EvidenceOut
from luodi.files.models import Evidence
from luodi.kernel.api.operations import Sent, Write, offer
from luodi.orgs.models import User
from luodi.projects import selectors
from luodi.projects.api import shapes
from luodi.projects.api.reads import project_of, router, visible
from luodi.projects.forms import acts as forms
from luodi.projects.forms.api import AcceptMinutedForm
from luodi.projects.forms.project import EditProjectForm, NewProjectForm, initial_of
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
    YearFigure,
)
from luodi.projects.rules import EndKind, Role
from luodi.projects.services import commitments, ends, evidence, gates, obstacles, people, projects, rechecks, years

Given = dict[str, Any]
Make = Callable[[Any, Any, Any], Callable[..., Any]]


# How forms are made, and what a program says otherwise than a page --------------------------------------------------


def _for_user(form: Any, user: Any, _row: Any) -> Callable[..., Any]:
    return partial(form, user=user)


def _for_project(form: Any, _user: Any, row: Any) -> Callable[..., Any]:
    return partial(form, project=row)


def _for_role(role: Role) -> Make:
    return lambda form, _user, row: partial(form, project=row, role=role)


def _row(model: type[Any]) -> Callable[[User, Given], Any]:
    """How a row of what belongs to projects is found among what the person may see."""
    return lambda user, path: visible(model, user).get(pk=path["pk"])


def _new_figure(sent: Sent) -> Given:
    """None was seen: where other amounts stand already, they are edited by their id and version."""
    return {**sent.told, "project_id": sent.row.pk, "seen": (0, 0)}


def _edited_figure(sent: Sent) -> Given:
    row: YearFigure = sent.row
    return {
        **sent.told, "project_id": row.project_id, "year": row.year, "source": row.source, "seen": (row.pk, sent.seen),
    }  # fmt: skip


def _figure_shown(row: YearFigure) -> Given:
    return {name: getattr(row, name) for name in ("year", "source", *AMOUNTS)}


def _with(*names: str) -> Callable[[Sent], Given]:
    """The form's values, and these parts of the body."""
    return lambda sent: sent.told | {name: sent.more[name] for name in names}


def _lesson(sent: Sent) -> Given:
    lesson = _accepted(sent.row, sent.more["lesson"])
    return {"lesson_id": lesson, **sent.told}


def _accepted(project: Project, pk: int) -> int:
    """An accepted lesson of the project's county. Raises Lesson.DoesNotExist."""
    return int(Lesson.objects.get(pk=pk, region_id=project.region_id, state="accepted").pk)


def _explanation(sent: Sent) -> Given:
    told = sent.told
    if sent.row.kind != EndKind.GIVEN_UP:
        return {}
    words = (told["meeting"], told["meeting_on"], told["minute_number"], told["minutes"])
    return {"explanation": ends.Explanation(*words)}


AMOUNTS = ("planned_cny", "declared_cny")

# The table ----------------------------------------------------------------------------------------------------------

P = "/projects/{uuid:uuid}"
ON: Given = {"find": project_of, "target": "project_id"}
CARRIED: Given = {**ON, "creates": True}


def _decided(
    name: str, path: str, model: type[Any], service: Any, actions: tuple[str, ...], out: Any, **more: Any
) -> Write:
    """A decision on one row, which If-Match must know as it stands."""
    target = {Ask: "ask_id", CommitmentChange: "change_id", VoidRequest: "request_id"}.get(model)
    return Write(
        name, path, service, actions, out, more.pop("summary"), find=_row(model),
        target=target or f"{model._meta.model_name}_id", edits=True, **{"form": forms.DecideForm, **more},
    )  # fmt: skip


WRITES: tuple[Write, ...] = (
    # entering and editing
    Write(
        "project_create", "/projects", projects.project_create, ("project.create",), shapes.ProjectOut,
        "Enter a project. It is answered for from this moment on.", form=NewProjectForm, make=_for_user,
        creates=True,
    ),
    Write(
        "project_edit", P, projects.project_edit, ("project.edit",), shapes.ProjectOut,
        "Change a project's own facts; what is not sent stays.", form=EditProjectForm, make=_for_project, method="PATCH",
        edits=True, kept=initial_of, **ON,
    ),
    Write(
        "project_grade", f"{P}/importance", projects.project_grade, ("project.grade",), shapes.ProjectOut,
        "Set the importance.", form=forms.GradeForm, edits=True, **ON,
    ),
    Write(
        "project_mark_promising", f"{P}/promising", projects.project_mark_promising, ("project.grade",),
        shapes.ProjectOut, "Say that a project is promising 有眉目, or no longer is.", form=forms.PromisingForm, edits=True,
        more={"promising": StrictBool}, arguments=_with("promising"), **ON,
    ),
    Write(
        "year_figure_set", f"{P}/figures", years.year_figure_set, ("project.edit",), shapes.FigureOut,
        "Tell planned and declared investment of a year and source of which nothing was told yet.",
        form=forms.FigureForm, fields=("year", "source", *AMOUNTS), find=project_of, arguments=_new_figure,
        more_statuses=(412,),
    ),
    Write(
        "year_figure_edit", "/figures/{int:pk}", years.year_figure_set, ("project.edit",), shapes.FigureOut,
        "Change planned and declared investment of a year and source; what is not sent stays.", form=forms.FigureForm,
        fields=AMOUNTS, method="PATCH", edits=True, find=_row(YearFigure), kept=_figure_shown, arguments=_edited_figure,
    ),
    # evidence, gates, money
    Write(
        "evidence_add", f"{P}/evidence", evidence.evidence_add, ("evidence.add", "ending.accept"), EvidenceOut,
        "Add evidence with its file (multipart).", form=forms.EvidenceForm, file="file", **CARRIED,
    ),
    Write(
        "evidence_withdraw", "/evidence/{int:pk}/withdraw", evidence.evidence_withdraw, ("evidence.add",), EvidenceOut,
        "Withdraw evidence on which no fact rests.", form=forms.ReasonForm, target="evidence_id",
        find=lambda user, path: Evidence.objects.visible_to(user).get(pk=path["pk"]),
    ),
    Write(
        "gate_ask", f"{P}/asks", gates.gate_ask, ("gate.ask",), shapes.AskOut, "Ask that the next gate be passed.",
        form=forms.AskForm, make=_for_project, **CARRIED,
    ),
    Write(
        "money_ask", f"{P}/money-asks", gates.money_ask, ("gate.ask",), shapes.AskOut,
        "Ask that money arrived be recognised, on vouchers of this project.", form=forms.MoneyAskForm,
        make=_for_project, drawn=lambda: _money_fields(), **CARRIED,
    ),
    _decided(
        "ask_recognise", "/asks/{int:pk}/recognise", Ask, gates.ask_recognise, ("gate.recognise",), FactOut,
        form=forms.AskDecisionForm, fields=(), summary="Recognise what was asked: the fact is sealed, the project moves.",
    ),
    _decided(
        "ask_return", "/asks/{int:pk}/return", Ask, gates.ask_return, ("gate.recognise",), shapes.AskOut,
        form=forms.AskDecisionForm, fields=("reason",), summary="Send an ask back with the reason.",
    ),
    _decided(
        "ask_withdraw", "/asks/{int:pk}/withdraw", Ask, gates.ask_withdraw, ("gate.ask",), shapes.AskOut,
        form=forms.AskDecisionForm, fields=(), summary="Take one's own unit's ask back.",
    ),
    Write(
        "fact_revoke", "/facts/{int:pk}/revoke", gates.fact_revoke, ("fact.revoke",), list[FactOut],
        "Revoke a recognised fact; a gate's fact sets the project back.", form=forms.RevokeForm, target="fact_id",
        find=lambda user, path: facts_of(user).get(pk=path["pk"]),
    ),
    Write(
        "recheck_record", "/rechecks/{int:pk}/result", rechecks.recheck_record, ("fact.recheck",), shapes.RecheckOut,
        "Say what the second look at a fact found.", form=forms.RecheckForm, more={"holds": StrictBool},
        arguments=_with("holds"), edits=True, target="recheck_id",
        find=lambda user, path: selectors.rechecks_of(user).get(pk=path["pk"]),
    ),
    # people
    *(
        Write(
            f"hand_over_{role}", f"{P}/hand-over/{role}", people.hand_over,
            ("assignment.supervisor",) if role == Role.SUPERVISOR else ("assignment.hand_over",), shapes.AssignmentOut,
            f"Hand the role of {role} to another member.", form=forms.HandOverForm, make=_for_role(role),
            **CARRIED,
        )
        for role in Role
        if role != Role.UNIT
    ),
    Write(
        "hand_over_unit", f"{P}/hand-over/unit", people.hand_over_unit, ("assignment.hand_over",), shapes.AssignmentOut,
        "Hand a project to another responsible unit, with its officer.", form=forms.HandOverUnitForm,
        make=_for_project, **CARRIED,
    ),
    # commitment and suspension
    Write(
        "commitment_ask", f"{P}/commitments", commitments.commitment_ask, ("commitment.ask",), shapes.CommitmentOut,
        "Ask to move the committed finish.", form=forms.CommitmentForm, **CARRIED,
    ),
    _decided(
        "commitment_decide", "/commitments/{int:pk}/decision", CommitmentChange, commitments.commitment_decide,
        ("commitment.decide",), shapes.CommitmentOut, more={"agree": StrictBool}, arguments=_with("agree"),
        summary="Agree to a new committed finish, or refuse with an answer.",
    ),
    Write(
        "suspension_ask", f"{P}/suspensions", commitments.suspension_ask, ("suspension.ask",), shapes.SuspensionOut,
        "Ask to suspend a project.", form=forms.SuspendForm, **CARRIED,
    ),
    _decided(
        "suspension_decide", "/suspensions/{int:pk}/decision", Suspension, commitments.suspension_decide,
        ("suspension.decide",), shapes.SuspensionOut, more={"agree": StrictBool}, arguments=_with("agree"),
        summary="Agree to a suspension, or refuse with an answer.",
    ),
    Write(
        "suspension_resume", f"{P}/resume", commitments.suspension_resume, ("suspension.resume",), shapes.ProjectOut,
        "Resume a suspended project.", form=forms.ResumeForm, edits=True, **ON,
    ),
    # obstacles
    Write(
        "obstacle_add", f"{P}/obstacles", obstacles.obstacle_add, ("obstacle.add",), shapes.ObstacleOut,
        "Tell what blocks a project, who must solve it and by when.", form=forms.ObstacleForm, make=_for_project,
        **CARRIED,
    ),
    _decided(
        "obstacle_report", "/obstacles/{int:pk}/progress", Obstacle, obstacles.obstacle_report, ("obstacle.work",),
        shapes.ObstacleOut, form=forms.ObstacleWorkForm, fields=("tried", "promised_on", "done"),
        arguments=lambda sent: sent.form.report(sent.row),
        summary="Say what was tried since, how far it has come, and a new promise where it moved.",
    ),
    _decided(
        "obstacle_solve", "/obstacles/{int:pk}/solution", Obstacle, obstacles.obstacle_solve, ("obstacle.work",),
        shapes.ObstacleOut, form=forms.ObstacleWorkForm, fields=("result",), summary="Say that it is solved, and how.",
    ),
    _decided(
        "obstacle_confirm", "/obstacles/{int:pk}/confirmation", Obstacle, obstacles.obstacle_confirm,
        ("obstacle.confirm",), shapes.ObstacleOut, more={"agree": StrictBool}, arguments=_with("agree"),
        summary="Confirm that it is solved, or open it again.",
    ),
    # lessons and ends
    Write(
        "lesson_propose", f"{P}/lessons", ends.lesson_propose, ("ending.propose",), shapes.LessonOut,
        "Put forward what was learned of a project.", form=forms.LessonForm, **CARRIED,
    ),
    _decided(
        "lesson_decide", "/lessons/{int:pk}/decision", Lesson, ends.lesson_decide, ("lesson.accept",), shapes.LessonOut,
        more={"accept": StrictBool}, arguments=_with("accept"), summary="Accept a lesson, or send it back.",
    ),
    Write(
        "lesson_answer", f"{P}/lessons/{{int:lesson}}/answer", ends.lesson_answer, ("lesson.answer",),
        shapes.LessonAnswerOut, "Answer a lesson that fits: adopted, or not and why.", form=forms.LessonAnswerForm,
        arguments=_lesson, **CARRIED,
    ),
    Write(
        "ending_propose_done", f"{P}/endings/done", ends.ending_propose, ("ending.propose",), shapes.EndingOut,
        "Propose that a project end as done.", form=forms.DoneForm, **CARRIED,
    ),
    Write(
        "ending_propose_given_up", f"{P}/endings/given-up", ends.ending_propose, ("ending.propose",), shapes.EndingOut,
        "Propose that a project be given up, with causes and whose they are.", form=forms.GiveUpForm,
        drawn=lambda: forms.GiveUpForm().fields, **CARRIED,
    ),
    _decided(
        "ending_accept", "/endings/{int:pk}/accept", Ending, ends.ending_accept, ("ending.accept", "ending.close"),
        shapes.EndingOut, form=AcceptMinutedForm, make=lambda form, _user, row: partial(form, ending=row),
        fields=("meeting", "meeting_on", "minute_number", "minutes"), arguments=_explanation,
        summary="Accept an ending. Of a failure: the meeting that heard it, its minutes given as evidence before.",
    ),
    _decided(
        "ending_return", "/endings/{int:pk}/return", Ending, ends.ending_return, ("ending.accept", "ending.close"),
        shapes.EndingOut, summary="Send an ending back with what is wanting.",
    ),
    Write(
        "void_ask", f"{P}/voids", ends.void_ask, ("void.ask",), shapes.VoidOut,
        "Ask that a row be voided: it never was a project, or is the same as another.", form=forms.VoidForm,
        make=_for_user, **CARRIED,
    ),
    _decided(
        "void_decide", "/voids/{int:pk}/decision", VoidRequest, ends.void_decide, ("void.approve",), shapes.VoidOut,
        more={"approve": StrictBool}, arguments=_with("approve"), summary="Approve or refuse a voiding.",
    ),
)  # fmt: skip


def _money_fields() -> Any:
    return {name: one for name, one in forms.MoneyAskForm.base_fields.items() if name != "happened_on"}


offer(router, *WRITES)
