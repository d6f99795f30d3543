"""What the system administrator decides about background work. It changes when work runs, never what it does."""

from __future__ import annotations

from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.job_board import is_lasting
from luodi.kernel.models import Job
from luodi.orgs.models import User


def job_retry(*, by: User, job_id: int) -> Job:
    """Let a job that failed or was given up be tried again at once. Source: docs/domain/orgs.md#background-work.

    Errors: Job.DoesNotExist; DomainError "forbidden" | "job_done" | "job_in_hand".
    """
    job = _idle(by, job_id)
    acts.update(
        job, attempts=0, leased_until=acts.current().at, given_up_at=None, given_up_reason=""
    )  # fmt: skip
    return job


def job_give_up(*, by: User, job_id: int, reason: str) -> Job:
    """Let a job rest for good, unless it is tried again later.

    Errors: Job.DoesNotExist; DomainError "forbidden" | "job_done" | "job_in_hand" | "job_lasting" | "reason_missing".
    """
    job = _idle(by, job_id)
    if is_lasting(job):
        raise DomainError("job_lasting", _("这项任务是把已经开始的事办完，不能放弃。请查明原因，再试一次。"))
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明不再办的原因。"), field="reason")
    acts.update(job, given_up_at=acts.current().at, given_up_reason=reason.strip()[:200])
    return job


def _idle(by: User, job_id: int) -> Job:
    if not by.may("system.operate"):
        raise Forbidden(_("后台任务由系统管理员管理。"))
    job = acts.lock_one(Job.objects.all(), job_id)
    if job.done_at is not None:
        raise DomainError("job_done", _("这项任务已经办完。"))
    if job.in_hand(clock.now()):
        raise DomainError("job_in_hand", _("这项任务正在办，请等它办完或停下。"))
    return job
