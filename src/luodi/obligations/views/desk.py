"""The desk: what is due from me, who waits for me, what was carried up to me, what changed since I last looked."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.vary import vary_on_cookie

from luodi.engines import ladder
from luodi.engines.workdays import WorkCalendar
from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.kernel.registry import DESK, NAV, DeskLine
from luodi.obligations.models import Escalation, Obligation
from luodi.obligations.selectors import COUNTED, Line, calendar_around, changes_for, desk_of, shown
from luodi.obligations.services.visits import look
from luodi.orgs.deputies import held_by
from luodi.subjects.selectors import told_of_many
from luodi.web import parts

SHOWN = 40
COUNT_SECONDS = 30


def desk(request: AuthedRequest) -> HttpResponse:
    """What must I do now, who waits for me, what changed in what I answer for. Administrators go to their own page."""
    if own := _own_page(request):
        return redirect(own)
    today = clock.today()
    found = desk_of(request.user)
    lines = [line for source in DESK for line in source(request.user)]
    asked = [line for line in lines if line.waiting]
    changes = changes_for(request.user, since=look(request.user))
    all_lines = [*found.due, *found.waited]
    due, waited = found.due[:SHOWN], found.waited[:SHOWN]
    rows = shown([*due, *waited])
    days = [row.due_on for row in all_lines if row.due_on]
    since = [*(clock.local_date(row.opened_at) for row in found.waited), *(line.since for line in asked if line.since)]
    calendar = calendar_around([*days, *since])
    late = sum(_late(row, today) for row in all_lines)
    week_ends = today + timedelta(days=6 - today.weekday())
    return render(
        request,
        "obligations/desk.html",
        {
            "today": today,
            "week": today.isocalendar().week,
            "late": late,
            "now": sum(_urgent(row, today) for row in all_lines),
            "this_week": sum(row.due_on is not None and today < row.due_on <= week_ends for row in all_lines),
            "total": len(all_lines) + len(asked),
            "desk_count": len(all_lines) + len(asked),
            "estimated": calendar.estimated(min([*days, today]), max([*days, today])),
            "due": [_due_row(rows[line.pk], today, calendar, first=place == 0) for place, line in enumerate(due)],
            "due_total": len(found.due),
            "waited": [_asked_row(line, today, calendar) for line in asked]
            + [
                _waited_row(rows[line.pk], today, calendar, first=place == 0 and not found.due)
                for place, line in enumerate(waited)
            ],
            "waited_total": len(found.waited) + len(asked),
            "told": [_told_row(row, today, calendar) for row in found.told],
            "waiting_for": found.waiting_for,
            "settled_today": found.settled_today,
            "background": [_background_row(line) for line in lines if not line.waiting],
            "delegations": [] if request.user.deputy else list(held_by(request.user)),
            "changes": told_of_many(changes.newest),
            "changes_total": f"{COUNTED - 1}+" if changes.total == COUNTED else changes.total,
            "changes_since": changes.since,
            "shown": SHOWN,
            "manages": request.user.may("member.manage") or request.user.may("unit.head"),
        },
    )


@cache_control(private=True, max_age=COUNT_SECONDS)
@vary_on_cookie
def desk_count(request: AuthedRequest) -> HttpResponse:
    """How many lines the desk has, for the rail of other pages: text, kept by the browser for half a minute."""
    found = desk_of(request.user)
    asked = sum(bool(line.waiting) for source in DESK for line in source(request.user))
    return HttpResponse(str(len(found.due) + len(found.waited) + asked), content_type="text/plain")


def _own_page(request: AuthedRequest) -> str:
    """Where who has no desk goes instead; "" for who has one, or has no role yet and finds it empty."""
    if request.user.may("desk.see"):
        return ""
    return next((entry.url_name for entry in NAV if entry.action and request.user.may(entry.action)), "")


def _late(row: Line, today: date) -> bool:
    return row.stopped_on is None and row.due_on is not None and row.due_on < today


def _urgent(row: Line, today: date) -> bool:
    return row.stopped_on is None and row.due_on is not None and row.due_on <= today


def when(row: Obligation, today: date, calendar: WorkCalendar) -> tuple[str, parts.LampState | str]:
    """How urgent a duty is, in words with its lamp: late by so many working days, today, tomorrow, in so many."""
    if row.stopped_on is not None or row.due_on is None:
        return _("停钟"), "paused"
    if row.due_on < today:
        days = max(-ladder.days_left(row.due_on, today, calendar), 0)
        return (_("逾期 %(days)s 个工作日") % {"days": days} if days else _("逾期")), "red"
    if row.due_on == today:
        return _("今天"), "yellow"
    if row.due_on == today + timedelta(days=1):
        return _("明天"), ""
    return _("还有 %(days)s 个工作日") % {"days": ladder.days_left(row.due_on, today, calendar)}, ""


def _due_row(row: Obligation, today: date, calendar: WorkCalendar, *, first: bool) -> parts.WorkRow:
    words, lamp = when(row, today, calendar)
    return parts.WorkRow(
        when=words,
        sub=str(row.due_on or ""),
        title=row.title,
        text=_clock_words(row),
        href=row.href,
        button=row.about.button,
        button_href=row.href,
        lamp=lamp,  # type: ignore[arg-type]  # one of the lamps, or none
        primary=first,
    )


def _clock_words(row: Obligation) -> str:
    """Where its clock comes from, and how far up the ladder it is."""
    if row.promised_on is not None:
        limit = _("承诺 %(day)s") % {"day": row.promised_on}
    else:
        limit = _("%(day)s 起，限 %(days)s 个工作日") % {"day": row.opened_on, "days": row.allowed}
    if row.extended_to is not None:
        limit = _("%(limit)s，已批准延到 %(day)s") % {"limit": limit, "day": row.extended_to}
    return limit


def _waited_row(row: Obligation, today: date, calendar: WorkCalendar, *, first: bool) -> parts.WorkRow:
    since = clock.local_date(row.opened_at)
    _words, lamp = when(row, today, calendar)
    who = f"{row.waiting} · {row.waiting.unit}" if row.waiting is not None else ""
    return parts.WorkRow(
        when=_("%(days)s 个工作日") % {"days": calendar.between(since, today)} if since < today else _("今天"),
        sub=_("限 %(day)s") % {"day": row.due_on} if row.due_on else _("停钟"),
        title=row.title,
        text=who,
        href=row.href,
        button=row.about.button,
        button_href=row.href,
        lamp="red" if lamp == "red" else "",
        primary=first,
    )


def _told_row(row: Escalation, today: date, calendar: WorkCalendar) -> parts.WorkRow:
    duty = row.obligation
    words, lamp = when(duty, today, calendar)
    who = f"{duty.unit} · {duty.member}" if duty.member is not None else str(duty.unit)
    href = reverse("obligation", args=[duty.pk])
    return parts.WorkRow(
        when=words,
        sub=str(duty.due_on or ""),
        title=duty.title,
        text=_("该%(who)s办，%(day)s 升级到您") % {"who": who, "day": row.on},
        href=href,
        button=_("去看"),
        button_href=href,
        lamp=lamp,  # type: ignore[arg-type]
    )


def _asked_row(line: DeskLine, today: date, calendar: WorkCalendar) -> parts.WorkRow:
    """Something that waits for me and has no clock of its own (a proposed rule)."""
    since = line.since or today
    return parts.WorkRow(
        when=_("%(days)s 个工作日") % {"days": calendar.between(since, today)} if since < today else _("今天"),
        sub=_("自 %(day)s") % {"day": since},
        title=line.title,
        text=f"{line.waiting} · {line.text}",
        href=line.href,
        button=line.button,
        button_href=line.href,
    )


def _background_row(line: DeskLine) -> parts.WorkRow:
    return parts.WorkRow(
        when=str(line.since or ""),
        title=line.title,
        text=line.text,
        href=line.href,
        button=line.button,
        button_href=line.href,
    )
