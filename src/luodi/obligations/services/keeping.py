"""Duties are what the rows say: opened, changed and settled at the end of the act that wrote the rows.

No service opens or settles a duty itself, so none can forget to. `check` tells where kept and reckoned differ.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from luodi.engines import ladder
from luodi.engines.workdays import WorkCalendar
from luodi.kernel import acts, clock, jobs
from luodi.kernel.models import Job
from luodi.kernel.registry import DUTIES, DutyKind, Owed, Written
from luodi.obligations.models import Obligation, Stop
from luodi.obligations.rules import OFFICES, StopReason
from luodi.obligations.selectors import DutyRules, calendar_around, rules_of
from luodi.orgs.models import RoleGrant
from luodi.subjects.models import Subject

BATCH = 500


def follow(written: Sequence[Written]) -> None:
    """Bring up the duties of all subjects whose rows this act wrote. A few queries for each kind that they touch."""
    touched: dict[str, set[int]] = defaultdict(set)
    for code, subjects in _touched(written):
        touched[code].update(subjects)
    everyone = sorted({subject for subjects in touched.values() for subject in subjects})
    if not everyone:
        return
    kept = _locked(everyone)
    for code in sorted(touched):
        subjects = touched[code]
        keep(DUTIES[code], sorted(subjects), [row for row in kept if row.kind == code and row.subject_id in subjects])


def _locked(subject_ids: Sequence[int]) -> list[Obligation]:
    """All that is open about these subjects, locked in one go: another kind's could lie before what is held already."""
    return acts.lock(Obligation.objects.open().filter(subject__in=subject_ids).select_related("subject"))


def _touched(written: Sequence[Written]) -> Iterator[tuple[str, Iterable[int]]]:
    """By kind, the subjects whose duties may have changed; each model's rows are asked for their subjects once."""
    rows: dict[str, list[Written]] = defaultdict(list)
    for one in written:
        rows[one.model].append(one)
    yield from _of_people(rows)
    asked: dict[tuple[Any, frozenset[int]], list[int]] = {}
    for kind in DUTIES.values():
        for model, following in kind.follows.items():
            ids = frozenset(one.object_id for one in rows.get(model, ()) if following.minds(one))
            if ids:
                found = asked.setdefault((following.subjects, ids), [])
                found = found or list(following.subjects(sorted(ids)))
                asked[following.subjects, ids] = found
                yield kind.code, found


def _of_people(rows: Mapping[str, Sequence[Written]]) -> Iterator[tuple[str, Iterable[int]]]:
    """Duties in the name of a unit's head, of who leaves, or of an office are read off their rows anew where these change."""
    units = _changed(rows, "orgs.unit", "head")
    members = _changed(rows, "orgs.member", "state")
    ended = RoleGrant.objects.filter(pk__in=_changed(rows, "orgs.rolegrant", "until"), role__in=OFFICES)
    units = units | set(ended.values_list("member__unit_id", flat=True)) if "orgs.rolegrant" in rows else units
    if units or members:
        duties = Obligation.objects.open().filter(Q(unit__in=units) | Q(member__in=members)).order_by()
        found: dict[str, list[int]] = defaultdict(list)
        for code, subject_id in duties.values_list("kind", "subject_id").distinct():
            found[code].append(subject_id)
        yield from found.items()


def _changed(rows: Mapping[str, Sequence[Written]], model: str, name: str) -> set[int]:
    return {one.object_id for one in rows.get(model, ()) if one.changed is not None and name in one.changed}


def keep(kind: DutyKind, subject_ids: Sequence[int], rows: Sequence[Obligation]) -> None:
    """Make the open duties of one kind on these subjects, which `rows` are, what their rows say now. Within an act."""
    owed = {one.ref: one for one in kind.owed(subject_ids)}
    kept = {row.ref: row for row in rows}
    if not owed and not kept:
        return
    calendar = calendar_around(_days(owed.values(), kept.values()))
    for ref in kept.keys() - owed.keys():
        _settle(kept[ref])
    running = {stop.obligation_id: stop for stop in Stop.objects.filter(obligation__in=rows, until=None)}
    for ref in sorted(kept.keys() & owed.keys()):
        _adjust(kept[ref], owed[ref], calendar, running.get(kept[ref].pk))
    _open([owed[ref] for ref in sorted(owed.keys() - kept.keys())], kind, calendar)


def _days(owed: Iterable[Owed], kept: Iterable[Obligation]) -> Iterator[date]:
    for one in owed:
        yield clock.local_date(one.since)
        yield from filter(None, (one.due_on, one.stopped_on))
    for row in kept:
        yield from filter(None, (row.opened_on, row.due_on, row.promised_on, row.extended_to))


@dataclass(frozen=True, slots=True)
class Clock:
    """Where a duty's clock stands: its last day in time, and when its next step comes (None: not while it stands)."""

    due_on: date | None
    next_step_on: date | None


def reckon(row: Obligation, stops: Sequence[Stop], calendar: WorkCalendar) -> Clock:
    """The clock of one duty from its limit, its stops and the calendar. An excuse or a promise names the day itself."""
    named = row.extended_to or row.promised_on
    pauses = [ladder.Pause(stop.first, stop.until) for stop in stops]
    due = named or ladder.due_day(row.opened_on, row.allowed or 0, calendar, pauses)
    if due is None or row.stopped_on is not None:
        return Clock(due, None)
    steps = ladder.climb(row.opened_on, due, row.ladder, calendar)
    return Clock(due, steps[row.steps_taken].on if row.steps_taken < len(steps) else None)


def _open(owed: Sequence[Owed], kind: DutyKind, calendar: WorkCalendar) -> None:
    """Open what is newly owed, with the limit and the ladder that its county has in force today."""
    if not owed:
        return
    regions = dict(Subject.objects.filter(pk__in={one.subject_id for one in owed}).values_list("pk", "region_id"))
    rules = rules_of(set(regions.values()), kind, clock.today())
    rows = [_opened(one, kind, regions[one.subject_id], rules[regions[one.subject_id]], calendar) for one in owed]
    acts.insert_many(rows)
    stops = [
        Stop(obligation=row, reason=StopReason.SUSPENDED.value, first=row.stopped_on, at=acts.current().at)
        for row in rows
        if row.stopped_on is not None
    ]
    acts.insert_many(stops)


def _opened(one: Owed, kind: DutyKind, region_id: int, rules: DutyRules, calendar: WorkCalendar) -> Obligation:
    row = Obligation(
        region_id=region_id,
        subject_id=one.subject_id,
        kind=kind.code,
        ref=one.ref,
        values=dict(one.values),
        unit_id=one.unit_id,
        member_id=one.member_id,
        waiting_id=one.waiting_id,
        opened_at=one.since,
        opened_on=clock.local_date(one.since),
        allowed=None if one.due_on else rules.allowed,
        promised_on=one.due_on,
        stopped_on=one.stopped_on,
        rungs=[list(rung) for rung in rules.rungs],
    )
    began = [Stop(first=one.stopped_on)] if one.stopped_on else []
    found = reckon(row, began, calendar)
    row.due_on, row.next_step_on = found.due_on, found.next_step_on
    return row


def _adjust(row: Obligation, one: Owed, calendar: WorkCalendar, running: Stop | None) -> None:
    """Follow another debtor, another promise, a suspension begun or ended. A new promise takes an older excuse's place.

    `running` is the stop that runs now. Another debtor or asker alone leaves the clock where it stands."""
    changes: dict[str, Any] = {
        "unit_id": one.unit_id,
        "member_id": one.member_id,
        "waiting_id": one.waiting_id,
        "values": dict(one.values),
        "promised_on": one.due_on,
    }
    if row.promised_on != one.due_on:
        changes["extended_to"] = None
    changes = {name: value for name, value in changes.items() if getattr(row, name) != value}
    stopped = _follow_suspension(row, one, running)
    if stopped or "promised_on" in changes:
        rewind(row, calendar, **changes)
    elif changes:
        acts.update(row, **changes)


def _follow_suspension(row: Obligation, one: Owed, running: Stop | None) -> bool:
    """Stop the clock with the subject's suspension, and let it go on with its end. Another stop that runs is left alone."""
    if one.stopped_on is not None and running is None:
        acts.insert(Stop(obligation=row, reason=StopReason.SUSPENDED.value, first=one.stopped_on, at=acts.current().at))
        return True
    if one.stopped_on is None and running is not None and running.reason == StopReason.SUSPENDED:
        acts.update(running, until=clock.today())
        return True
    return False


def rewind(row: Obligation, calendar: WorkCalendar, *, seen: int | None = None, **changes: Any) -> None:
    """Write these changes of a locked duty, with the clock that follows from them and from its stops.

    A due day that moved further away begins a new climb; steps behind stay in the history.
    """
    stops = list(Stop.objects.filter(obligation=row).order_by("first", "pk"))
    running = next((stop for stop in stops if stop.until is None), None)
    trial = Obligation(**{f.attname: getattr(row, f.attname) for f in Obligation._meta.concrete_fields})
    for name, value in changes.items():
        setattr(trial, name, value)
    trial.stopped_on = running.first if running else None
    found = reckon(trial, stops, calendar)
    if found.due_on is not None and row.due_on is not None and found.due_on > max(row.due_on, clock.today()):
        trial.steps_taken = 0
        found = reckon(trial, stops, calendar)
    acts.update(
        row,
        seen=seen,
        stopped_on=trial.stopped_on,
        due_on=found.due_on,
        steps_taken=trial.steps_taken,
        next_step_on=found.next_step_on,
        **changes,
    )


def _settle(row: Obligation) -> None:
    """What is no longer owed is settled: by whom, in which act, and whether in time."""
    act = acts.current()
    day = clock.local_date(act.at)
    late = row.stopped_on is None and row.due_on is not None and row.due_on < day
    acts.update(
        row,
        settled_at=act.at,
        settled_by_id=getattr(act.by, "member_id", None),
        settled_in=act.root.service[-80:],
        settled_late=late,
        next_step_on=None,
    )


# All of them ---------------------------------------------------------------------------------------------------------


def keep_batch(*, by: acts.Actor, subject_ids: Sequence[int]) -> None:
    """Make all duties of these subjects what their rows say: after an upgrade, or when a calendar or ladder changed."""
    rows = _locked(subject_ids)
    for kind in DUTIES.values():
        keep(kind, subject_ids, [row for row in rows if row.kind == kind.code])
    found = [row for row in rows if row.settled_at is None]
    if found:
        calendar = calendar_around(_days((), found))
        for row in found:
            rewind(row, calendar)


def keep_all() -> int:
    """Keep the duties of all subjects, in batches, each an act of its own. Gives the number of subjects."""
    ids = list(Subject.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        acts.run(keep_batch, by=acts.System("obligations"), subject_ids=ids[start : start + BATCH])
    return len(ids)


def keep_job(job: Job) -> None:
    """Once a day, and after an upgrade at its next slot: what should never differ, and what a changed calendar moved."""
    keep_all()
    jobs.conclude(job)


def check() -> Iterator[str]:
    """One sentence for each duty that is not what its row says, for `doctor --deep`."""
    ids = list(Subject.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from _check_batch(ids[start : start + BATCH])


def _check_batch(subject_ids: Sequence[int]) -> Iterator[str]:
    rows = Obligation.objects.open().filter(subject__in=subject_ids)
    kept = {(r.kind, r.ref): (r.unit_id, r.member_id, r.waiting_id, r.promised_on) for r in rows}
    owed = {
        (kind.code, one.ref): (one.unit_id, one.member_id, one.waiting_id, one.due_on)
        for kind in DUTIES.values()
        for one in kind.owed(subject_ids)
    }
    for key in sorted(kept.keys() | owed.keys()):
        if kept.get(key) != owed.get(key):
            yield _("应办事项 %(kind)s %(ref)s 与业务记录不一致") % {"kind": key[0], "ref": key[1]}
    running = {r.pk for r in rows if r.stopped_on is not None}
    stops = set(
        Stop.objects.filter(until=None, obligation__in=[r.pk for r in rows]).values_list("obligation_id", flat=True)
    )
    for pk in sorted(running ^ stops):
        yield _("应办事项 %(pk)s 的停钟与记录不一致") % {"pk": pk}
