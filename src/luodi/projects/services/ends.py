"""The two ways a project ends, what was learned, and the voiding of what never was one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.files.services import Proof, Upload
from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.words import kept
from luodi.orgs.models import User
from luodi.projects import permissions
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    EndingCause,
    ImportBatch,
    Lesson,
    LessonAnswer,
    Project,
    StageChange,
    Suspension,
    VoidRequest,
)
from luodi.projects.rules import ATTRIBUTIONS, CAUSES, OWN_FAULT, EndKind, Stage, lesson_fault, says_nothing
from luodi.projects.services import figures
from luodi.projects.services.evidence import evidence_add
from luodi.subjects.services import tell, told

LEAST_STORY = 20


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where the government accepted why a project failed: the meeting, its day, the minutes' number and file."""

    meeting: str
    meeting_on: date | None
    minute_number: str
    minutes: Evidence | None


def lesson_propose(*, by: User, project_id: int, cause: str, otherwise: str, applies_to: str) -> Lesson:
    """Put forward what was learned of a project: its cause, what to do otherwise, where it applies. "无" is not one.

    Errors: "forbidden" | "lesson_empty" | "lesson_short".
    """
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    if why := permissions.why_not_work(by, project, "ending.propose"):
        raise Forbidden(why)
    for field, text in (("cause", cause), ("otherwise", otherwise), ("applies_to", applies_to)):
        _check_lesson(field, text)
    lesson = acts.insert(
        Lesson(
            region_id=project.region_id,
            project=project,
            cause=cause.strip(),
            otherwise=otherwise.strip(),
            applies_to=applies_to.strip(),
            kind_id=project.kind_id,
            industry_id=project.industry_id,
            proposed_by=by.member,
            proposed_at=acts.current().at,
        )
    )
    tell(project.subject, "lesson.proposed", note=lesson.otherwise)
    return lesson


def _check_lesson(field: str, text: str) -> None:
    fault = lesson_fault(text) if field != "applies_to" else ("empty" if lesson_fault(text) == "empty" else "")
    if fault == "empty":
        raise DomainError("lesson_empty", _("“无”不算经验。请写出真正学到的东西。"), field=field)
    if fault == "short":
        raise DomainError("lesson_short", _("请写具体些，至少 10 个字。"), field=field)


def lesson_decide(*, by: User, lesson_id: int, seen: int, accept: bool, answer: str = "") -> Lesson:
    """Another unit accepts a lesson, or sends it back saying what is wanting."""
    lesson = acts.lock_one(
        Lesson.objects.filter(project__in=Project.objects.visible_to(by).values("pk")).select_related(
            "project__subject", "proposed_by"
        ),
        lesson_id,
    )
    if lesson.state != "proposed":
        raise DomainError("decided_already", _("这条经验已经有了结果，请刷新页面。"))
    if why := permissions.why_not_accept_lesson(by, lesson):
        raise Forbidden(why)
    if not accept and not answer.strip():
        raise DomainError("answer_missing", _("退回要写明缺什么。"), field="answer")
    state = "accepted" if accept else "returned"
    acts.update(
        lesson,
        seen=seen,
        state=state,
        decided_by=by.member,
        decided_unit=by.member.unit,
        decided_at=acts.current().at,
        answer=answer.strip(),
    )
    tell(lesson.project.subject, f"lesson.{state}", note=answer.strip() or lesson.otherwise)
    return lesson


def lesson_answer(*, by: User, project_id: int, lesson_id: int, adopted: bool, why: str = "") -> LessonAnswer:
    """A new project answers a lesson that fits it: 采用, or 不适用 with the reason.

    Errors: "forbidden" | "why_missing" | "answered_already" where it was answered otherwise or by another; the same answer
    by the same person again is his first one.
    """
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    if refusal := permissions.why_not_work(by, project, "lesson.answer"):
        raise Forbidden(refusal)
    lesson = (
        Lesson.objects.filter(region_id=project.region_id, state="accepted").exclude(project=project).get(pk=lesson_id)
    )
    if first := LessonAnswer.objects.filter(project=project, lesson=lesson).first():
        if first.by_id == by.member_id and first.says(adopted, why):
            return first
        raise DomainError(
            "answered_already", _("这条经验已经答复过：%(answer)s。") % {"answer": first.get_answer_display()}
        )
    if not adopted and says_nothing(why):
        raise DomainError("why_missing", _("答“不适用”要写明为什么。"), field="why")
    answer = acts.insert(
        LessonAnswer(
            project=project,
            lesson=lesson,
            answer="adopted" if adopted else "not_applicable",
            why=why.strip(),
            by=by.member,
            at=acts.current().at,
        )
    )
    tell(project.subject, f"lesson.{answer.answer}", note=why.strip() or lesson.otherwise)
    return answer


def ending_propose(
    *,
    by: User,
    project_id: int,
    kind: EndKind,
    story: str,
    causes: Sequence[tuple[str, str]] = (),
    left_behind: str = "",
    chance: str = "",
    try_again_on: date | None = None,
) -> Ending:
    """Propose that a project end: done, from operating only; or given up, with causes and their attribution.

    Errors: "forbidden" | "not_operating" | "story_short" | "no_lesson" | "no_causes" | "cause_unknown" |
    "left_behind_missing" | "chance_missing" | "try_again_missing" | "asks_open".
    """
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    if why := permissions.why_not_work(by, project, "ending.propose"):
        raise Forbidden(why)
    _check_ending(project, kind, story)
    if kind == EndKind.GIVEN_UP:
        _check_failure(causes, left_behind, chance, try_again_on)
    ending = acts.insert(
        Ending(
            project=project,
            kind=kind.value,
            story=story.strip(),
            left_behind=left_behind.strip(),
            chance=chance,
            try_again_on=try_again_on,
            proposed_by=by.member,
            proposed_at=acts.current().at,
        )
    )
    if kind == EndKind.GIVEN_UP:
        acts.insert_many([EndingCause(ending=ending, cause=cause, attribution=whose) for cause, whose in causes])
    tell(project.subject, "ending.proposed", kind=kind.value, note=story.strip())
    return ending


def _check_ending(project: Project, kind: EndKind, story: str) -> None:
    _refuse_not_operating(project, kind)
    if len(story.strip()) < LEAST_STORY:
        raise DomainError("story_short", _("请写清来龙去脉，至少 20 个字。"), field="story")
    if not project.lessons.exclude(state="returned").exists():
        raise DomainError("no_lesson", _("请先写下经验教训：成功的要总结，做不成的要分析。"))
    _refuse_open_asks(project)


def _refuse_not_operating(project: Project, kind: EndKind) -> None:
    if kind == EndKind.DONE and project.stage != Stage.OPERATING:
        raise DomainError("not_operating", _("只有投产达效的项目才能成功终结；不再做的项目请办“终止”。"), field="kind")
    if kind == EndKind.DONE and project.unproved:
        raise DomainError("opening_unproved", _("期初填报的投产还没有认定，请先补齐佐证、申报认定，再办成功终结。"))


def _refuse_open_asks(project: Project) -> None:
    """Whatever waits for an answer is answered before the project leaves the living."""
    if Ask.objects.filter(project=project, state="asked").exists():
        raise DomainError("asks_open", _("还有申报在等认定，请先撤回或等结果。"))
    waiting = (CommitmentChange, Suspension)
    if any(model._default_manager.filter(project=project, state="asked").exists() for model in waiting):
        raise DomainError("asks_open", _("还有改期或暂停申请在等答复，请先答复。"))


def _check_failure(causes: Sequence[tuple[str, str]], left_behind: str, chance: str, try_again_on: date | None) -> None:
    if not causes:
        raise DomainError("no_causes", _("请至少选一条原因，并说明责任归属。"), field="causes")
    if len({cause for cause, _whose in causes}) != len(causes):
        raise DomainError("cause_twice", _("同一条原因只选一次。"), field="causes")
    if any(cause not in CAUSES or whose not in ATTRIBUTIONS for cause, whose in causes):
        raise DomainError("cause_unknown", _("原因或责任归属不在清单里。"), field="causes")
    if any(cause == OWN_FAULT and whose != "ours" for cause, whose in causes):
        raise DomainError(
            "own_fault", _("部门服务不到位是我们自己的原因，责任归属只能是我方。"), field=f"whose_{OWN_FAULT}"
        )
    if not left_behind.strip():
        raise DomainError("left_behind_missing", _("请写明遗留事项；确实没有的，写“无遗留事项”。"), field="left_behind")
    if not chance:
        raise DomainError("chance_missing", _("请选择有没有再谈的可能。"), field="chance")
    if chance != "none" and (try_again_on is None or try_again_on <= clock.today()):
        raise DomainError("try_again_missing", _("有再谈可能的，请填写今天以后的回访日期。"), field="try_again_on")


def ending_accept(*, by: User, ending_id: int, seen: int, explanation: Explanation | None = None) -> Ending:
    """Accept an ending, and the project ends in the same act. A failure names the meeting that accepted its explanation.

    Errors: "forbidden" | "decided_already" | "not_operating" | "asks_open" | "lesson_not_accepted" | "explanation_missing" |
    "meeting_before_proposal".
    """
    ending, project = _open_ending(by, ending_id)
    _refuse_not_operating(project, EndKind(ending.kind))
    _refuse_open_asks(project)
    if not project.lessons.filter(state="accepted").exists():
        raise DomainError("lesson_not_accepted", _("要先有一条经验被别的单位接受，项目才能终结。"))
    told = _explained(ending, explanation)
    acts.update(ending, seen=seen, state="accepted", decided_by=by.member, decided_at=acts.current().at, **told)
    _end(project, EndKind(ending.kind))
    return ending


def ending_explain(
    *,
    by: User,
    ending_id: int,
    seen: int,
    meeting: str = "",
    meeting_on: date | None = None,
    minute_number: str = "",
    minutes: Upload | None = None,
) -> Ending:
    """Keep the minutes of the meeting as evidence of the project, and accept the ending, in one act.

    Errors: as ending_accept and evidence_add; what is wrong with the file is said beside "minutes".
    """
    ending = acts.lock_one(Ending.objects.filter(project__in=Project.objects.visible_to(by).values("pk")), ending_id)
    kept = None
    if minutes is not None:
        _check_meeting(ending, meeting, meeting_on, minute_number)
        proof = Proof("minutes", title=meeting, number=minute_number, dated_on=meeting_on)
        try:
            kept = evidence_add(by=by, project_id=ending.project_id, proof=proof, upload=minutes)
        except Forbidden:
            raise
        except DomainError as error:
            raise DomainError(error.code, error.message, field="minutes") from error
    told = Explanation(meeting, meeting_on, minute_number, kept)
    return ending_accept(by=by, ending_id=ending_id, seen=seen, explanation=told)


def _open_ending(by: User, ending_id: int) -> tuple[Ending, Project]:
    visible = Ending.objects.filter(project__in=Project.objects.visible_to(by).values("pk"))
    ending = acts.lock_one(visible.select_related("proposed_by"), ending_id)
    project = acts.lock_one(Project.objects.all().select_related("subject"), ending.project_id)
    if ending.state != "proposed":
        raise DomainError("decided_already", _("这份终结申请已经有了结果，请刷新页面。"))
    if why := permissions.why_not_accept_ending(by, ending):
        raise Forbidden(why)
    return ending, project


def _explained(ending: Ending, explanation: Explanation | None) -> dict[str, Any]:
    if ending.kind != EndKind.GIVEN_UP:
        return {}
    told = explanation or Explanation("", None, "", None)
    _check_meeting(ending, told.meeting, told.meeting_on, told.minute_number)
    if told.minutes is None:
        raise DomainError("explanation_missing", _("请附上会议纪要。"), field="minutes")
    if not ending.project.subject.evidence.standing().filter(pk=told.minutes.pk, kind="minutes").exists():
        raise DomainError("explanation_missing", _("会议纪要要传在本项目的佐证里，类别选“会议纪要”。"), field="minutes")
    return {
        "meeting": told.meeting.strip(),
        "meeting_on": told.meeting_on,
        "minute_number": told.minute_number.strip(),
        "minutes": told.minutes,
    }


def _check_meeting(ending: Ending, meeting: str, meeting_on: date | None, minute_number: str) -> None:
    """The meeting has its name, its day and the number of its minutes, and could hear the explanation."""
    if not meeting.strip():
        raise DomainError("explanation_missing", _("请填写接受说明的会议。"), field="meeting")
    if meeting_on is None:
        raise DomainError("explanation_missing", _("请填写会议日期。"), field="meeting_on")
    if not minute_number.strip():
        raise DomainError("explanation_missing", _("请填写纪要编号。"), field="minute_number")
    if meeting_on > clock.today():
        raise DomainError("explanation_missing", _("会议日期在今天以后，请核对。"), field="meeting_on")
    proposed_on = clock.local_date(ending.proposed_at)
    if meeting_on < proposed_on:
        raise DomainError(
            "meeting_before_proposal",
            _("会议日期早于提出终止的日期 %(day)s，会上还听不到这份说明，请核对。") % {"day": proposed_on},
            field="meeting_on",
        )


def _end(project: Project, kind: EndKind) -> None:
    """The last stage; a suspension ends with it, and obstacles not lifted stay as they were: none of them blocks any more."""
    was = project.stage
    changes: dict[str, Any] = {
        "stage": Stage.ENDED.value,
        "end_kind": kind.value,
        "stage_on": clock.today(),
        "promising": False,
    }
    if project.suspension_id is not None:
        suspension = acts.lock_one(Suspension.objects.all(), project.suspension_id)
        acts.update(
            suspension, state="resumed", resumed_at=acts.current().at, resumed_note=kept(gettext_lazy("项目终结"))
        )
        changes["suspension"] = None
    acts.update(project, **changes)
    figures.rebuild_sums([project.pk])
    acts.insert(StageChange(project=project, was=was, now=project.stage, on=clock.today(), at=acts.current().at))
    tell(project.subject, "project.ended", kind=kind.value, was=was)


def ending_return(*, by: User, ending_id: int, seen: int, answer: str) -> Ending:
    """Send an ending back with what is wanting."""
    ending, project = _open_ending(by, ending_id)
    if not answer.strip():
        raise DomainError("answer_missing", _("退回要写明缺什么。"), field="answer")
    acts.update(
        ending, seen=seen, state="returned", decided_by=by.member, decided_at=acts.current().at, answer=answer.strip()
    )
    tell(project.subject, "ending.returned", note=answer.strip())
    return ending


def void_ask(*, by: User, project_id: int, reason: str, same_as_id: int | None = None) -> VoidRequest:
    """Ask that a row be voided 录入作废: it never was a project, or is the same as another.

    Errors: "forbidden" | "reason_missing" | "settled" | "same_as_itself" | "same_as_unknown" | "ended".
    """
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    if why := permissions.why_not_ask_void(by):
        raise Forbidden(why)
    _check_voidable(project)
    if says_nothing(reason):
        raise DomainError("reason_missing", _("请写明作废的原因。"), field="reason")
    same_as = _same_as(by, project, same_as_id)
    request = acts.insert(
        VoidRequest(
            project=project, reason=reason.strip(), same_as=same_as, asked_by=by.member, asked_at=acts.current().at
        )
    )
    tell(project.subject, "void.asked", other=same_as.code if same_as else "", note=reason.strip())
    return request


def _check_voidable(project: Project) -> None:
    if project.void:
        raise DomainError("void_already", _("这条记录已经作废。"))
    if project.stage == Stage.ENDED:
        raise DomainError("ended", _("项目已终结，不能作废。"))
    if Fact.objects.filter(subject_id=project.subject_id, state="recognised").exists():
        raise DomainError("settled", _("有过认定的就是真项目，不能作废；不做了请办“终止”。"))


def _same_as(by: User, project: Project, same_as_id: int | None) -> Project | None:
    if same_as_id is None:
        return None
    if same_as_id == project.pk:
        raise DomainError("same_as_itself", _("不能并入它自己。"), field="same_as")
    other: Project | None = (
        Project.objects.visible_to(by).listed().filter(pk=same_as_id, region_id=project.region_id).first()
    )
    if other is None:
        raise DomainError("same_as_unknown", _("没有找到要并入的项目。"), field="same_as")
    return other


def void_decide(*, by: User, request_id: int, seen: int, approve: bool, answer: str = "") -> VoidRequest:
    """Approve or refuse a voiding. An approved row leaves every list and count, and stays with its reason and link.

    Errors: "forbidden" | "decided_already" | "answer_missing" | "settled" | "ended" | "asks_open" | "same_as_void".
    """
    request = VoidRequest.objects.filter(project__in=Project.objects.visible_to(by).values("pk")).get(pk=request_id)
    project = acts.lock_one(Project.objects.all().select_related("subject"), request.project_id)
    request = acts.lock_one(VoidRequest.objects.select_related("same_as", "project"), request_id)
    if request.state != "asked":
        raise DomainError("decided_already", _("这份申请已经有了结果，请刷新页面。"))
    if why := permissions.why_not_decide_void(by, request):
        raise Forbidden(why)
    if not approve and not answer.strip():
        raise DomainError("answer_missing", _("不批准要写明理由。"), field="answer")
    state = "approved" if approve else "refused"
    acts.update(
        request, seen=seen, state=state, decided_by=by.member, decided_at=acts.current().at, answer=answer.strip()
    )
    if approve:
        _check_voidable(project)
        _check_target(request)
        acts.update(project, void=True, promising=False)
        figures.rebuild_sums([project.pk])
    tell(
        project.subject,
        f"void.{state}",
        other=request.same_as.code if request.same_as else "",
        note=answer.strip() or request.reason,
    )
    return request


def void_imported(by: User, batch: ImportBatch, projects: Sequence[Project], reason: str) -> None:
    """Void what an import made and nobody touched since, within the act that undoes it (docs/domain/projects.md#import-undo).

    The one voiding that needs no second person; the database asks that the import be in undoing by this very person.
    """
    at = acts.current().at
    requests = acts.insert_many(
        [VoidRequest(project=p, reason=reason, undo_of=batch, asked_by=by.member, asked_at=at) for p in projects]
    )
    for project, request in zip(projects, requests, strict=True):
        acts.update(request, state="approved", decided_by=by.member, decided_at=at)
        acts.update(project, void=True, promising=False)
    figures.rebuild_sums([project.pk for project in projects])
    acts.insert_many([told(project.subject, "void.undone", note=reason) for project in projects])


def _check_target(request: VoidRequest) -> None:
    """Two rows merged into one another would leave none."""
    _refuse_open_asks(request.project)
    if request.same_as is not None and request.same_as.void:
        raise DomainError("same_as_void", _("要并入的项目自己也已作废，请不批准，另选并入的项目。"))
