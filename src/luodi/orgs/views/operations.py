"""Background work, for the system administrator; and what one asked for oneself."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from luodi.kernel import job_board
from luodi.kernel.http import ActForm, AuthedRequest, perform, sent
from luodi.kernel.models import Job
from luodi.orgs.forms import JobGiveUpForm
from luodi.orgs.permissions import require
from luodi.orgs.services import operations
from luodi.orgs.views.pages import act_page


def job_list(request: AuthedRequest) -> HttpResponse:
    require(request.user, "system.operate")
    return _jobs(request)


def _jobs(request: AuthedRequest, refused: ActForm | None = None) -> HttpResponse:
    context = {
        "open": job_board.open_jobs(),
        "failed": [(row, ActForm(auto_id=False)) for row in job_board.failed_jobs()],
        "done": job_board.done_jobs(),
        "periodic": job_board.periodic_rows(),
        "workers": job_board.workers(),
        "refused": refused,
    }
    return render(request, "orgs/job_list.html", context, status=422 if refused else 200)


@require_POST
def job_retry(request: AuthedRequest, pk: int) -> HttpResponse:
    require(request.user, "system.operate")
    form = ActForm(request.POST)
    outcome = perform(request, operations.job_retry, form, job_id=pk)
    if not outcome.ok:
        return _jobs(request, form)
    messages.success(request, _("已安排再试一次。"))
    return redirect("job_list")


def job_give_up(request: AuthedRequest, pk: int) -> HttpResponse:
    require(request.user, "system.operate")
    row = job_board.row_of(get_object_or_404(Job, pk=pk))
    form = JobGiveUpForm(sent(request))
    back = reverse("job_list")
    if request.method == "POST" and perform(request, operations.job_give_up, form, job_id=pk, **form.arguments()).ok:
        messages.success(request, _("已放弃这项任务。以后仍可以再试。"))
        return redirect(back)
    intro = _("放弃以后不再自动重试，已经写好的不会撤回；原因记入审计。")
    return act_page(
        request, form, title=_("放弃“%s”") % row.label, button=_("放弃"), back=back, intro=intro, danger=True
    )


def my_job_list(request: AuthedRequest) -> HttpResponse:
    """What the reader asked of the machine, each with the page where he finds it again."""
    return render(request, "orgs/my_job_list.html", {"rows": job_board.jobs_of(request.user)})
