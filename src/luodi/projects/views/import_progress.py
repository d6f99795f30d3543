"""How far an import, or its undo, has come: for the page that asks every two seconds and is sent on when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest
from luodi.kernel.models import Job
from luodi.projects.models import ImportBatch

PATIENCE = timedelta(seconds=20)
"""How long a job may be due before the page says that no worker has taken it."""
Progress = Callable[[ImportBatch], dict[str, Any]]


def polled(
    request: AuthedRequest, batch: ImportBatch, *, running: str, page: str, part: str, progress: Progress
) -> HttpResponse:
    """The part that htmx asks for while the batch is in the state `running`; the page's address afterwards, or without script."""
    asked_by_script = getattr(request, "htmx", False)
    if batch.state != running:
        answer = HttpResponse(status=200) if asked_by_script else redirect(page, batch.pk)
        answer["HX-Redirect"] = reverse(page, args=[batch.pk])
        return answer
    if not asked_by_script:
        return redirect(page, batch.pk)
    return render(request, part, {"batch": batch, **progress(batch)})


def progress_of(job: Job | None, *, done: int, total: int) -> dict[str, Any]:
    """n of m, and whether the job failed last or waits for a worker."""
    waiting = bool(job and not job.attempts and job.due_at < clock.now() - PATIENCE)
    return {"done": done, "total": total, "failure": bool(job and job.failure), "waiting": waiting}
