"""The desk, and remarks on any subject."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform
from luodi.kernel.registry import DESK, NAV, SUBJECTS, DeskLine
from luodi.subjects.forms import NoteForm
from luodi.subjects.models import Subject, TimelineEntry
from luodi.subjects.selectors import told_of_many, with_who
from luodi.subjects.services import note_add
from luodi.web import parts

CHANGES = 12
LATELY = timedelta(days=30)


def desk(request: AuthedRequest) -> HttpResponse:
    """What must I do now, who waits for me, what changed in what I may see. Administrators go to their own page."""
    if own := _own_page(request):
        return redirect(own)
    today = clock.today()
    lines = [line for source in DESK for line in source(request.user)]
    due = sorted((line for line in lines if not line.waiting), key=lambda line: (line.due_on or date.max, line.title))
    waiting = sorted((line for line in lines if line.waiting), key=lambda line: line.since or today)
    late = sum(line.due_on is not None and line.due_on < today for line in due)
    return render(
        request,
        "subjects/desk.html",
        {
            "today": today,
            "late": late,
            "total": len(lines),
            "waiting_count": len(waiting),
            "due": [_work_row(line, today, first=place == 0) for place, line in enumerate(due)],
            "waiting": [_wait_row(line, today, first=place == 0 and not due) for place, line in enumerate(waiting)],
            "changes": told_of_many(_changes(request)),
        },
    )


def _own_page(request: AuthedRequest) -> str:
    """Where who has no desk goes instead; "" for who has one, or has no role yet and finds it empty."""
    if request.user.may("desk.see"):
        return ""
    return next((entry.url_name for entry in NAV if entry.action and request.user.may(entry.action)), "")


def _changes(request: AuthedRequest) -> list[TimelineEntry]:
    """The newest things that others did to what I answer for or may see.

    Of the last weeks first: who sees a whole county sees a hundred thousand entries, and the newest are nearly always there.
    """
    user = request.user
    rows = TimelineEntry.objects.filter(subject__in=Subject.objects.visible_to(user).values("pk"))
    rows = with_who(rows.exclude(by=user.member_id)).select_related("subject")
    found = list(rows.filter(at__gte=clock.now() - LATELY)[:CHANGES])
    return found if len(found) == CHANGES else list(rows[:CHANGES])


def _work_row(line: DeskLine, today: date, *, first: bool) -> parts.WorkRow:
    late = line.due_on is not None and line.due_on < today
    return parts.WorkRow(
        when=_("逾期") if late else _when(line.due_on, today),
        title=line.title,
        sub=str(line.due_on or ""),
        text=line.text,
        href=line.href,
        button=line.button,
        button_href=line.href,
        lamp="red" if late else "",
        primary=first,
    )


def _when(due: date | None, today: date) -> str:
    if due is None:
        return _("待办")
    days = (due - today).days
    return {0: _("今天"), 1: _("明天")}.get(days, _("%(days)s 天后") % {"days": days})


def _wait_row(line: DeskLine, today: date, *, first: bool) -> parts.WorkRow:
    days = (today - (line.since or today)).days
    return parts.WorkRow(
        when=_("已等 %(days)s 天") % {"days": days}, title=line.title, text=f"{line.waiting} · {line.text}", href=line.href,
        button=line.button, button_href=line.href, primary=first,
    )  # fmt: skip


@require_POST
def note(request: AuthedRequest, pk: int) -> HttpResponse:
    """Leave a remark and go back to its subject. A refused one is told over the page; nothing of it is lost there."""
    subject = get_object_or_404(Subject.objects.visible_to(request.user), pk=pk)
    form = NoteForm(request.POST)
    outcome = perform(request, note_add, form, subject_id=pk, **form.arguments())
    if not outcome.ok:
        return render(request, "subjects/note.html", {"form": form, "subject": subject}, status=422)
    messages.success(request, _("已记下。"))
    return redirect(SUBJECTS[subject.kind].url(subject))
