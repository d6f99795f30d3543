"""Stopping a clock for a listed reason, letting it go on, and more time: asked by the debtor, granted by another unit."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.obligations import permissions
from luodi.obligations.models import Excuse, Obligation, Stop
from luodi.obligations.rules import CHOSEN, MOST_EXTENDED, StopReason
from luodi.obligations.selectors import calendar_around, excuses_of
from luodi.obligations.services.keeping import rewind
from luodi.orgs.models import User
from luodi.subjects.services import tell


def _locked(by: User, pk: int) -> Obligation:
    subject_id = Obligation.objects.visible_to(by).values_list("subject_id", flat=True).get(pk=pk)
    return _lock_with_others(pk, subject_id)


def _lock_with_others(pk: int, subject_id: int) -> Obligation:
    """Lock a duty with all that is open about its subject: what follows this act may touch them, and lower ids come first."""
    rows = Obligation.objects.filter(Q(settled_at=None) | Q(pk=pk), subject_id=subject_id)
    found = {row.pk: row for row in acts.lock(rows.select_related("subject", "unit"))}
    return found[pk]


def _refresh(row: Obligation, *, seen: int | None = None, **changes: object) -> None:
    days = [day for day in (row.opened_on, row.due_on, row.promised_on, row.extended_to) if day]
    days += [day for day in changes.values() if isinstance(day, date)]
    rewind(row, calendar_around(days), seen=seen, **changes)


def clock_stop(*, by: User, obligation_id: int, seen: int, ground: str, note: str) -> Stop:
    """Let a clock stand from today, for one of the listed reasons.

    Errors: Obligation.DoesNotExist; DomainError "forbidden" | "stop_reason" | "stopped_already" | "note_missing"; StaleVersion.
    """
    row = _locked(by, obligation_id)
    if why := permissions.why_not_stop(by, row):
        raise Forbidden(why)
    if ground not in set(CHOSEN):
        raise DomainError("stop_reason", _("请从清单里选一个停钟原因。"), field="ground")
    if row.stopped_on is not None:
        raise DomainError("stopped_already", _("时钟已经停着。"))
    if not note.strip():
        raise DomainError("note_missing", _("请写明等谁、等什么。"), field="note")
    stop = acts.insert(
        Stop(obligation=row, reason=ground, note=note.strip(), first=clock.today(), by=by.member, at=acts.current().at)
    )
    _refresh(row, seen=seen)
    tell(row.subject, "clock.stopped", title=row.title, reason=ground, note=note.strip())
    return stop


def clock_resume(*, by: User, obligation_id: int, seen: int) -> Obligation:
    """Let a stopped clock go on from today. A suspended subject's clock goes on with the subject alone.

    Errors: DomainError "forbidden" | "not_stopped" | "suspended"; StaleVersion.
    """
    row = _locked(by, obligation_id)
    if why := permissions.why_not_stop(by, row):
        raise Forbidden(why)
    running = Stop.objects.filter(obligation=row, until=None).first()
    if running is None:
        raise DomainError("not_stopped", _("时钟没有停。"))
    if running.reason == StopReason.SUSPENDED:
        raise DomainError("suspended", _("项目暂停中，恢复项目后时钟自己接着走。"))
    acts.update(running, until=clock.today())
    _refresh(row, seen=seen)
    tell(row.subject, "clock.resumed", title=row.title, due=row.due_on)
    return row


def excuse_ask(*, by: User, obligation_id: int, reason: str, until: date) -> Excuse:
    """Ask for more time, with the reason and a day (civil date, after today and after the due day).

    Errors: DomainError "forbidden" | "reason_missing" | "until_too_early" | "until_too_far"; the database refuses a
    second open one.
    """
    row = _locked(by, obligation_id)
    if why := permissions.why_not_excuse(by, row):
        raise Forbidden(why)
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明为什么来不及。"), field="reason")
    today = clock.today()
    if until <= max(today, row.due_on or today):
        raise DomainError("until_too_early", _("要延到今天和原时限以后。"), field="until")
    if until > today + timedelta(days=MOST_EXTENDED):
        raise DomainError(
            "until_too_far", _("一次最多延 %(days)s 天，到时再申请。") % {"days": MOST_EXTENDED}, field="until"
        )
    excuse = acts.insert(
        Excuse(
            region_id=row.region_id,
            obligation=row,
            reason=reason.strip(),
            until=until,
            asked_by=by.member,
            asked_at=acts.current().at,
        )
    )
    tell(row.subject, "excuse.asked", title=row.title, until=until, note=reason.strip())
    return excuse


def excuse_decide(*, by: User, excuse_id: int, seen: int, agree: bool, answer: str = "") -> Excuse:
    """Grant more time, and the due day moves; or refuse, saying why.

    Errors: Excuse.DoesNotExist; DomainError "forbidden" | "decided_already" | "answer_missing"; StaleVersion.
    """
    excuse = acts.lock_one(excuses_of(by).select_related("obligation"), excuse_id)
    row = _lock_with_others(excuse.obligation_id, excuse.obligation.subject_id)
    excuse.obligation = row
    if excuse.state != "asked":
        raise DomainError("decided_already", _("这份申请已经有了结果，请刷新页面。"))
    if why := permissions.why_not_decide_excuse(by, excuse):
        raise Forbidden(why)
    if not agree and not answer.strip():
        raise DomainError("answer_missing", _("不批准要写明理由。"), field="answer")
    state = "agreed" if agree else "refused"
    acts.update(
        excuse, seen=seen, state=state, decided_by=by.member, decided_at=acts.current().at, answer=answer.strip()
    )
    if agree and row.settled_at is None:
        _refresh(row, extended_to=excuse.until)
    tell(row.subject, f"excuse.{state}", title=row.title, until=excuse.until, note=answer.strip())
    return excuse
