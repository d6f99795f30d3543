"""The committed finish moves only by a request that another decides; suspension is asked by the principal, agreed by the leader."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import User
from luodi.projects import permissions
from luodi.projects.models import CommitmentChange, Project, Suspension
from luodi.subjects.services import tell

LEAST_REASON = 10
MOST_SUSPENDED = timedelta(days=366)
"""Calendar days. A pause without an end would be the silent end that mission.md M15 forbids."""


def _reason(text: str, field: str = "reason") -> str:
    words = text.strip()
    if len(words) < LEAST_REASON:
        raise DomainError("reason_short", _("请写清原因和措施，至少 10 个字；它会和结果一起进入记录。"), field=field)
    return words


def commitment_ask(*, by: User, project_id: int, wanted: date, reason: str) -> CommitmentChange:
    """Ask to move the committed finish. It stands as it is until somebody else agrees.

    Errors: "forbidden" | "no_commitment" | "same_date" | "wanted_in_past" | "reason_short"; one open request at a time.
    """
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_work(by, project, "commitment.ask"):
        raise Forbidden(why)
    if project.committed_finish_on is None:
        raise DomainError("no_commitment", _("还没有承诺竣工日，请先在“编辑”里填写。"))
    if wanted == project.committed_finish_on:
        raise DomainError("same_date", _("与现在的承诺相同。"), field="wanted")
    if wanted < clock.today():
        raise DomainError("wanted_in_past", _("新的承诺日要在今天以后。"), field="wanted")
    change = acts.insert(
        CommitmentChange(
            project=project,
            was=project.committed_finish_on,
            wanted=wanted,
            reason=_reason(reason),
            asked_by=by.member,
            asked_at=acts.current().at,
        )
    )
    tell(project.subject, "commitment.asked", was=change.was, now=wanted, note=change.reason)
    return change


def commitment_decide(*, by: User, change_id: int, seen: int, agree: bool, answer: str = "") -> CommitmentChange:
    """Agree to a new committed finish, or refuse with an answer. Errors: "forbidden" | "answer_missing" | "decided_already"."""
    change = acts.lock_one(
        CommitmentChange.objects.filter(project__in=Project.objects.visible_to(by).values("pk")), change_id
    )
    project = acts.lock_one(Project.objects.all().select_related("subject"), change.project_id)
    if change.state != "asked":
        raise DomainError("decided_already", _("这份申请已经有了结果，请刷新页面。"))
    if why := permissions.why_not_decide_commitment(by, change):
        raise Forbidden(why)
    if not agree and not answer.strip():
        raise DomainError("answer_missing", _("不同意要写明理由。"), field="answer")
    acts.update(
        change,
        seen=seen,
        state="agreed" if agree else "refused",
        decided_by=by.member,
        decided_at=acts.current().at,
        answer=answer.strip(),
    )
    if agree:
        acts.update(project, committed_finish_on=change.wanted)
    verb = "commitment.agreed" if agree else "commitment.refused"
    tell(project.subject, verb, was=change.was, now=change.wanted, note=answer.strip())
    return change


def suspension_ask(*, by: User, project_id: int, reason: str, look_again_on: date) -> Suspension:
    """The principal asks to suspend, with a reason and a date to look again (civil date, after today).

    Errors: "forbidden" | "suspended_already" | "look_again_past" | "look_again_far" | "reason_short".
    """
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_ask_suspension(by, project):
        raise Forbidden(why)
    if project.suspended:
        raise DomainError("suspended_already", _("项目已在暂停中。"))
    if look_again_on <= clock.today():
        raise DomainError("look_again_past", _("再看日期要在今天以后。"), field="look_again_on")
    if look_again_on > clock.today() + MOST_SUSPENDED:
        raise DomainError(
            "look_again_far", _("再看日期最远定在一年以内；到时还要暂停的，再申请一次。"), field="look_again_on"
        )
    suspension = acts.insert(
        Suspension(
            project=project,
            reason=_reason(reason),
            look_again_on=look_again_on,
            asked_by=by.member,
            asked_at=acts.current().at,
        )
    )
    tell(project.subject, "suspension.asked", until=look_again_on, note=suspension.reason)
    return suspension


def suspension_decide(*, by: User, suspension_id: int, seen: int, agree: bool, answer: str = "") -> Suspension:
    """The leader agrees, and the project is suspended; or he refuses with an answer."""
    suspension = Suspension.objects.filter(project__in=Project.objects.visible_to(by).values("pk")).get(
        pk=suspension_id
    )
    project = acts.lock_one(Project.objects.all().select_related("subject", "leader"), suspension.project_id)
    suspension = acts.lock_one(Suspension.objects.all(), suspension_id)
    if suspension.state != "asked":
        raise DomainError("decided_already", _("这份申请已经有了结果，请刷新页面。"))
    if why := permissions.why_not_decide_suspension(by, suspension, project):
        raise Forbidden(why)
    if not agree and not answer.strip():
        raise DomainError("answer_missing", _("不同意要写明理由。"), field="answer")
    state = "agreed" if agree else "refused"
    acts.update(
        suspension, seen=seen, state=state, decided_by=by.member, decided_at=acts.current().at, answer=answer.strip()
    )
    if agree:
        acts.update(project, suspension=suspension)
    tell(project.subject, f"suspension.{state}", until=suspension.look_again_on, note=answer.strip())
    return suspension


def suspension_resume(*, by: User, project_id: int, seen: int, note: str) -> Project:
    """Resume a suspended project, with a note of what changed."""
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    if project.suspension_id is None:
        raise DomainError("not_suspended", _("项目没有暂停。"))
    if why := permissions.why_not_resume(by, project):
        raise Forbidden(why)
    words = _reason(note, "note")
    suspension = acts.lock_one(Suspension.objects.all(), project.suspension_id)
    acts.update(suspension, state="resumed", resumed_by=by.member, resumed_at=acts.current().at, resumed_note=words)
    acts.update(project, seen=seen, suspension=None)
    tell(project.subject, "suspension.resumed", note=words)
    return project
