"""Remarks on any subject."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from luodi.kernel.http import AuthedRequest, perform
from luodi.kernel.registry import SUBJECTS
from luodi.subjects.forms import NoteForm
from luodi.subjects.models import Subject
from luodi.subjects.services import note_add


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
