"""The import, step by step: file, columns, preview and corrections, then the writing and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from luodi.engines.ledger import summed_up
from luodi.kernel import clock
from luodi.kernel.errors import DomainError
from luodi.kernel.http import ActForm, AuthedRequest, perform, shown
from luodi.orgs.permissions import require
from luodi.projects import permissions
from luodi.projects.forms.imports import BatchForm, ColumnsForm, DefaultsForm, LedgerInMemory, RowForm, UploadForm
from luodi.projects.models import ImportBatch, Project
from luodi.projects.services.imports import reading, undoing, wizard
from luodi.projects.services.imports.applying import CONTENT_KEPT
from luodi.projects.services.imports.county import County
from luodi.projects.services.imports.leftovers import leftovers, words
from luodi.projects.views.import_preview import STATUSES, acts_of, anchor_of, defaults_of, lines_of, tabs_of
from luodi.projects.views.import_progress import polled, progress_of
from luodi.web import fields, parts
from luodi.web.parts import WizardStep

PAGE = 50
STEPS = (gettext_lazy("选文件"), gettext_lazy("对列名"), gettext_lazy("看预览，改错"), gettext_lazy("入库"))
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def steps(now: int) -> list[WizardStep]:
    """The wizard's steps, the one of this number (from 0) being the present one; beyond the last, all are done."""
    return [WizardStep(label, "done" if n < now else "now" if n == now else "todo") for n, label in enumerate(STEPS)]


def _find(request: AuthedRequest, pk: int, *, whole: bool = False) -> ImportBatch:
    """The person's own batch; else 404. `whole`: with its sealed bytes, for reading the file again."""
    require(request.user, "project.import")
    rows = wizard.batches_of(request.user)
    return get_object_or_404(rows.defer(None) if whole else rows, pk=pk)


# Files --------------------------------------------------------------------------------------------------------------


@never_cache
def import_list(request: AuthedRequest) -> HttpResponse:
    """My imports, newest first."""
    require(request.user, "project.import")
    page = Paginator(wizard.batches_of(request.user), PAGE).get_page(request.GET.get("page"))
    others = undoing.undoable_by(request.user).exclude(importer_id=request.user.member_id)
    lately = others.filter(undo_until__gte=clock.now()).order_by("-finished_at")[:PAGE]
    lines = [(batch, permissions.why_not_undo_import(batch, clock.now())) for batch in page.object_list]
    return render(request, "projects/imports/list.html", {"page": page, "lines": lines, "others": lately})


@csrf_exempt
def import_new(request: AuthedRequest) -> HttpResponse:
    """Keeps the upload out of temporary files, which must be settled before the form is read; the check of the form's
    origin comes after (as Django's documentation of upload handlers has it)."""
    request.upload_handlers = [LedgerInMemory(request)]
    answer: HttpResponse = _import_new(request)
    return answer


@csrf_protect
@never_cache
def _import_new(request: AuthedRequest) -> HttpResponse:
    require(request.user, "project.import")
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        read = _tried(form, lambda: reading.read_upload(request.user, file.name, file.read()))
        outcome = perform(request, wizard.import_upload, form, reading=read) if read else None
        if outcome and outcome.ok:
            return redirect("import_columns", outcome.value.pk)
    return shown(request, "projects/imports/new.html", form, steps=steps(0))


def _tried(form: ActForm, work: Callable[[], Any]) -> Any:
    """What the work gives, or None with its refusal in the form."""
    try:
        return work()
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
        return None


# Columns ------------------------------------------------------------------------------------------------------------


@never_cache
def import_columns(request: AuthedRequest, pk: int) -> HttpResponse:
    """What each column is: guessed, to be put right."""
    batch = _find(request, pk, whole=True)
    if batch.state != "preview":
        return redirect("import", pk)
    decided = reading.kept_decisions(batch)
    sheets = reading.kept_sheets(batch)
    form = ColumnsForm(decided.tables, sheets, request.POST or None, initial={"version": batch.version})
    if request.method == "POST" and form.is_valid():
        tables = form.chosen()
        if tables == decided.tables:
            return redirect("import", pk)
        revision = _tried(form, lambda: wizard.choose_columns(request.user, batch, tables))
        if revision and perform(request, wizard.import_revise, form, batch_id=pk, revision=revision).ok:
            return redirect("import", pk)
    return shown(
        request, "projects/imports/columns.html", form, batch=batch, steps=steps(1), blocks=_blocks(form),
        unread=[_unread_words(table) for table in decided.tables if not table.columns],
    )  # fmt: skip


def _blocks(form: ColumnsForm) -> list[dict[str, Any]]:
    """The form's tables with their bound fields."""
    return [
        {
            "table": block.table,
            "title": block.table.title,
            "skip": form[block.skip],
            "first": form[block.first] if block.first else None,
            "notes": [words(note) for note in (*block.table.notes, *filter(None, [block.table.problem]))],
            "lines": [
                (line, _drawn(form, "" if line.tick else line.field), _drawn(form, line.unit)) for line in block.lines
            ],
        }
        for block in form.blocks
    ]


def _drawn(form: ColumnsForm, name: str) -> tuple[Any, str] | None:
    """A field in a table's cell, and its control."""
    return (form[name], fields.control(form[name], hint="")) if name else None


def _unread_words(table: Any) -> str:
    reason = {"skip_hidden": _("隐藏的工作表，没有读")}.get(table.skip, _("没有项目（封面、说明或空表）"))
    return _("“%(sheet)s”：%(reason)s") % {"sheet": table.sheet, "reason": reason}


# Preview ------------------------------------------------------------------------------------------------------------


@never_cache
def import_page(request: AuthedRequest, pk: int) -> HttpResponse:
    """An import as it stands: its preview, its progress, or what came of it."""
    batch = _find(request, pk, whole=True)
    if batch.state == "preview":
        return _preview(request, batch)
    if batch.state == "undoing":
        return redirect("import_undo", pk)
    if batch.state == "applying":
        return render(
            request, "projects/imports/progress.html", {"batch": batch, "steps": steps(3), **_progress(batch)}
        )
    return _result(request, batch)


def _preview(request: AuthedRequest, batch: ImportBatch) -> HttpResponse:
    rows = reading.kept_rows(batch)
    status = request.GET.get("status", "")
    if status not in STATUSES and status != "all":
        status = "wrong" if batch.counts["wrong"] else "all"
    kept = [row for row in rows if status in ("all", reading.kind_of(row))]
    if status == "all":
        kept.sort(key=lambda row: row.status != "wrong")
    page = Paginator(kept, PAGE).get_page(request.GET.get("page"))
    county = County(batch.region, viewer=request.user)
    summary = summed_up(reading.kept_decisions(batch).tables, rows)
    context = {
        "several_sheets": len({row.sheet for row in rows if row.status != "skipped"}) > 1,
        "batch": batch, "steps": steps(2), "page": page, "status": status, "tabs": tabs_of(batch, status),
        "lines": lines_of(request.user, batch, list(page), county, summary), "ready": batch.counts["new"] + batch.counts["changed"],
        "form": BatchForm(initial={"version": batch.version}), "unit_names": sorted(county.unit_by_name),
        "leader_names": [leader.name for leader in county.leaders.values()], "defaults": defaults_of(batch, rows, county),
        "kept_until": batch.uploaded_at + wizard.PREVIEW_KEPT, "notes": [words(note) for note in summary.notes],
        "both": sum(row.status == "changed" and any(change.act for change in row.changes) for row in rows),
    }  # fmt: skip
    return render(request, "projects/imports/preview.html", context)


# Corrections --------------------------------------------------------------------------------------------------------


@require_POST
def import_rows(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put one row right, leave rows out, or name who stands in; then back to the preview at the same place."""
    batch = _find(request, pk, whole=True)
    if "leader" in request.POST or "officer" in request.POST or "unit" in request.POST:
        return _choose_defaults(request, batch)
    form = RowForm(request.POST)
    if form.is_valid():
        revision = _revise(request, batch, form, lambda: _decision(request, batch, form))
        if revision and form.cleaned_data["action"] == "correct":
            _say_corrected(request, revision, form.place)
    return redirect(_back(request, batch, form))


def _choose_defaults(request: AuthedRequest, batch: ImportBatch) -> HttpResponse:
    form = DefaultsForm(request.POST)
    form.offer(County(batch.region, viewer=request.user))
    if form.is_valid():
        chosen = form.arguments()
        chosen.pop("seen")
        _revise(request, batch, form, lambda: wizard.choose_default(request.user, batch, **chosen))
    return redirect("import", batch.pk)


def _decision(request: AuthedRequest, batch: ImportBatch, form: RowForm) -> reading.Revision:
    action = form.cleaned_data["action"]
    if action == "correct":
        return wizard.correct(request.user, batch, form.place, form.texts)
    if action == "skip_wrong":
        return wizard.skip_rows(request.user, batch, wizard.wrong_places(batch))
    return wizard.skip_rows(request.user, batch, frozenset({form.place}), skip=action == "skip")


def _say_corrected(request: AuthedRequest, revision: reading.Revision, place: tuple[str, int]) -> None:
    row = next(row for row in revision.rows if (row.sheet, row.row) == place)
    errors = [words(problem) for problem in row.problems if problem.level == "error"]
    if errors:
        messages.warning(request, _("第 %(row)d 行还有错：%(why)s") % {"row": row.row, "why": "；".join(errors)})
    else:
        said = {"row": row.row, "status": STATUSES[reading.kind_of(row)]}
        messages.success(request, _("第 %(row)d 行改好了，结果是“%(status)s”。") % said)
        for cut in [problem for problem in row.problems if problem.code == "text_cut"]:
            messages.warning(request, words(cut))


def _revise(
    request: AuthedRequest, batch: ImportBatch, form: ActForm, plan: Callable[[], reading.Revision]
) -> reading.Revision | None:
    """Reckon the preview anew, keep it and give it; None where it was refused, which is said above the page."""
    revision: reading.Revision | None = _tried(form, plan) if batch.state == "preview" else None
    if revision and not perform(request, wizard.import_revise, form, batch_id=batch.pk, revision=revision).ok:
        revision = None
    _say(request, form)
    return revision


def _back(request: AuthedRequest, batch: ImportBatch, form: RowForm) -> str:
    status, page = request.GET.get("status", ""), request.GET.get("page", "")
    query = "&".join(f"{name}={value}" for name, value in (("status", status), ("page", page)) if value.isalnum())
    place = f"#{anchor_of(*form.place)}" if form.is_valid() and form.place[1] else ""
    return f"{reverse('import', args=[batch.pk])}{'?' if query else ''}{query}{place}"


@require_POST
def import_accept(request: AuthedRequest, pk: int) -> HttpResponse:
    """Accept the preview. Where the library has moved on since it was reckoned, the new one is shown first."""
    batch = _find(request, pk, whole=True)
    form = BatchForm(request.POST)
    if batch.state == "preview" and form.is_valid():
        renewed = reading.renewed(request.user, batch)
        if renewed is not None:
            _revise(request, batch, form, lambda: renewed)
            messages.warning(request, _("预览之后库里有了变化，已按现在的情况重新核对。请再看一遍，然后入库。"))
        elif not (outcome := perform(request, wizard.import_accept, form, batch_id=pk, **form.arguments())).ok:
            _say(request, form)
        else:
            messages.success(request, _("正在入库 %(count)d 行，可以离开这一页。") % {"count": _steps(outcome.value)})
    return redirect("import", pk)


def _steps(batch: ImportBatch) -> int:
    return batch.job.steps if batch.job else 0


def _say(request: AuthedRequest, form: ActForm) -> None:
    for error in form.non_field_errors():
        messages.error(request, str(error))


@require_POST
def import_drop(request: AuthedRequest, pk: int) -> HttpResponse:
    """Drop the preview; its content is destroyed at once."""
    batch = _find(request, pk)
    form = BatchForm(request.POST)
    if batch.state == "preview" and form.is_valid():
        if perform(request, wizard.import_drop, form, batch_id=pk, **form.arguments()).ok:
            messages.success(request, _("已放弃，什么都没有写，文件和明细已经销毁。"))
            return redirect("import_list")
        _say(request, form)
    return redirect("import", pk)


# Writing, and after -------------------------------------------------------------------------------------------------


@never_cache
def import_progress(request: AuthedRequest, pk: int) -> HttpResponse:
    """How far it has come, for the page that asks every two seconds; when it is over, the page is sent on."""
    part = "projects/imports/_progress.html"
    return polled(request, _find(request, pk), running="applying", page="import", part=part, progress=_progress)


def _progress(batch: ImportBatch) -> dict[str, Any]:
    return progress_of(batch.job, done=batch.rows.count(), total=_steps(batch))


def _result(request: AuthedRequest, batch: ImportBatch) -> HttpResponse:
    failed = batch.rows.filter(outcome="failed")
    told_rows = batch.rows.exclude(message="").exclude(outcome="failed").order_by()
    context = {
        "batch": batch, "steps": steps(3 if batch.state == "dropped" else 4), "facts": _facts(batch),
        "failed": Paginator(failed, PAGE).get_page(request.GET.get("page")),
        "told": told_rows.values("message").annotate(count=Count("pk")).order_by("-count", "message")[:PAGE],
        "edited": batch.rows.filter(outcome="changed").select_related("project__subject")[:PAGE],
        "acts": acts_of(request.user, reading.kept_rows(batch))[:PAGE] if batch.state == "done" and batch.forgotten_at is None else [],
        "left": batch.counts["wrong"] + batch.counts.get("failed", 0), "has_file": batch.forgotten_at is None,
        "kept_until": batch.finished_at + CONTENT_KEPT if batch.finished_at else None,
        "why_not_undo": permissions.why_not_undo_import(batch, clock.now()),
        "openings": Project.objects.visible_to(request.user).filter(entered_batch=batch).exclude(opening_stage="").count(),
    }  # fmt: skip
    return render(request, "projects/imports/result.html", context)


def _facts(batch: ImportBatch) -> list[parts.Fact]:
    if batch.state == "dropped":
        return []
    counts = batch.counts
    library = f"{reverse('project_list')}?batch={batch.pk}"
    there = counts["made"] and batch.state == "done"
    return [
        parts.Fact(_("新增"), str(counts["made"]), _("个"), href=library if there else ""),
        parts.Fact(_("改动"), str(counts["edited"]), _("个"), href="#changed" if counts["edited"] else ""),
        parts.Fact(_("需另办"), str(counts.get("act", 0)), _("个"), href="#acts" if counts.get("act") else ""),
        parts.Fact(_("没变"), str(counts["same"]), _("个")),
        parts.Fact(_("没有入库"), str(counts["wrong"] + counts["failed"]), _("行")),
        parts.Fact(_("跳过"), str(counts["skipped"]), _("行"), sub=_("表头、合计、空行")),
    ]


@never_cache
def import_left(request: AuthedRequest, pk: int) -> HttpResponse:
    """The rows that were left out, with the reason, to mend and hand in again."""
    batch = _find(request, pk, whole=True)
    try:
        content = leftovers(batch)
    except DomainError as error:
        messages.error(request, str(error.message))
        return redirect("import", pk)
    answer = HttpResponse(content, content_type=XLSX)
    answer["Content-Disposition"] = f'attachment; filename="left-out-{batch.pk}.xlsx"'
    return answer
