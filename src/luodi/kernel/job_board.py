"""What is told of background work: what is due, in hand, failed, done, comes round, and who does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from luodi.kernel import acts, clock, jobs, periodic, queue
from luodi.kernel.models import Job, WorkerSeen
from luodi.kernel.registry import JOB_KINDS

SHOWN = 50
DONE_SHOWN_FOR = timedelta(days=7)
State = Literal["due", "in_hand", "later", "failed", "given_up", "done"]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as people read it. `seconds` is how long its last run took (None: it runs, or never ran)."""

    job: Job
    label: str
    state: State
    words: str
    url: str
    seconds: float | None
    lasting: bool


@dataclass(frozen=True, slots=True)
class PeriodicRow:
    label: str
    last_slot: datetime | None
    missed: int
    last: JobRow | None
    next_slot: datetime


@dataclass(frozen=True, slots=True)
class WorkerRow:
    name: str
    began_at: datetime
    seen_at: datetime
    alive: bool


def open_jobs() -> list[JobRow]:
    """Not done and not resting: what is in hand or due first. Two queries with `failed_jobs`, whatever the number."""
    waiting = Job.objects.filter(jobs.OPEN, attempts__lt=jobs.MOST_ATTEMPTS)
    return [row_of(job) for job in waiting.order_by("due_at", "pk")[:SHOWN]]


def failed_jobs() -> list[JobRow]:
    """What rests after its last attempt, and what was given up."""
    resting = Q(given_up_at=None, attempts__gte=jobs.MOST_ATTEMPTS) | Q(given_up_at__isnull=False)
    return [row_of(job) for job in Job.objects.filter(resting, done_at=None).order_by("-pk")[:SHOWN]]


def done_jobs() -> list[JobRow]:
    done = Job.objects.filter(done_at__gte=clock.now() - DONE_SHOWN_FOR)
    return [row_of(job) for job in done.order_by("-done_at", "-pk")[:SHOWN]]


def jobs_of(by: acts.Actor) -> list[JobRow]:
    """What somebody asked for and finds again on a page of its own, newest first."""
    shown = [kind.kind for kind in JOB_KINDS.values() if kind.shown]
    asked: QuerySet[Job] = Job.objects.filter(asked_by=by.audit_name, kind__in=shown)
    return [row_of(job) for job in asked.order_by("-pk")[:SHOWN]]


def periodic_rows() -> list[PeriodicRow]:
    return [
        PeriodicRow(
            label=str(one.periodic.label),
            last_slot=one.last.slot if one.last and one.last.job else None,
            missed=one.last.missed if one.last else 0,
            last=row_of(one.last.job) if one.last and one.last.job else None,
            next_slot=one.next_slot,
        )
        for one in periodic.standings()
    ]


def workers() -> list[WorkerRow]:
    limit = clock.now() - queue.ALIVE
    return [
        WorkerRow(one.name, one.began_at, one.seen_at, one.seen_at >= limit)
        for one in WorkerSeen.objects.order_by("-seen_at")[:SHOWN]
    ]


def row_of(job: Job) -> JobRow:
    kind = JOB_KINDS.get(job.kind)
    state = state_of(job)
    took = (job.done_at - job.began_at).total_seconds() if job.done_at and job.began_at else None
    return JobRow(
        job=job,
        label=str(kind.label) if kind else job.kind,
        state=state,
        words=_words(state),
        url=kind.url(job) if kind else "",
        seconds=took,
        lasting=is_lasting(job),
    )


def is_lasting(job: Job) -> bool:
    """Whether it finishes what an act has begun, so that nobody may give it up."""
    kind = JOB_KINDS.get(job.kind)
    return kind is not None and kind.lasting


def state_of(job: Job) -> State:
    now = clock.now()
    if job.done_at is not None:
        return "done"
    if job.given_up_at is not None:
        return "given_up"
    if job.attempts >= jobs.MOST_ATTEMPTS:
        return "failed"
    if job.in_hand(now):
        return "in_hand"
    return "due" if job.due_at <= now else "later"


def _words(state: State) -> str:
    return {
        "done": _("已办完"),
        "given_up": _("已放弃"),
        "failed": _("多次失败，已停"),
        "in_hand": _("在办"),
        "due": _("等着办"),
        "later": _("未到时间"),
    }[state]
