"""The import, step by step: file, columns, preview and corrections, then the writing and what came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as default
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from luodi.engines.ledger import BY_NAME, Change, Problem, RowResult, Value
from luodi.kernel import clock
from luodi.kernel.errors import DomainError
from luodi.kernel.http import ActForm, AuthedRequest, perform, shown
from luodi.orgs.models import User
from luodi.orgs.permissions import require
from luodi.projects.forms.imports import CELL, BatchForm, ColumnsForm, DefaultsForm, LedgerInMemory, RowForm, UploadForm
from luodi.projects.models import ImportBatch, Project
from luodi.projects.models.labels import IMPORTANCE, STAGES, TRACKS
from luodi.projects.rules import PATHS, Stage, Track
from luodi.projects.services.imports import reading, wizard
from luodi.projects.services.imports.applying import CONTENT_KEPT
from luodi.projects.services.imports.codec import Decided
from luodi.projects.services.imports.county import County
from luodi.projects.services.imports.leftovers import leftovers, words
from luodi.web import fields, figures, parts
from luodi.web.parts import WizardStep

PAGE = 50
STATUSES = {
    "wrong": gettext_lazy("有错"), "new": gettext_lazy("新增"), "changed": gettext_lazy("有改动"),
    "same": gettext_lazy("没变"), "skipped": gettext_lazy("跳过"),
}  # fmt: skip
STEPS = (gettext_lazy("选文件"), gettext_lazy("对列名"), gettext_lazy("看预览，改错"), gettext_lazy("入库"))
ACT_PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    "act_stage": ("gate_ask", ()), "act_end_on": ("commitment_ask", ()), "act_unit": ("hand_over_unit", ()),
    "act_leader": ("hand_over", ("leader",)), "act_principal": ("hand_over", ("principal",)),
    "act_officer": ("hand_over", ("officer",)), "act_supervisor": ("hand_over", ("supervisor",)),
}  # fmt: skip
"""The page of the act that does what an import leaves alone."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ALSO_ASKED = {"name_ambiguous": ("national_code", "unit")}
"""What settles a problem beside the field at which it shows."""


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
    return render(request, "projects/imports/list.html", {"page": page})


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


@dataclass(frozen=True, slots=True)
class Cell:
    """An input for one cell of a wrong row. `options` are the only words it may hold; `words` a list to pick from."""

    name: str
    label: str
    value: str
    options: list[str] = default(default_factory=list)
    words: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A problem, a change or a note in words; `href` leads to the act that settles it."""

    text: str
    label: str = ""
    old: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the preview, ready to be shown."""

    row: RowResult
    status: str
    errors: list[Said]
    changes: list[Said]
    notes: list[Said]
    values: list[parts.Pair]
    cells: list[Cell]
    form: RowForm


@never_cache
def import_page(request: AuthedRequest, pk: int) -> HttpResponse:
    """An import as it stands: its preview, its progress, or what came of it."""
    batch = _find(request, pk, whole=True)
    if batch.state == "preview":
        return _preview(request, batch)
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
    kept = [row for row in rows if status in ("all", row.status)]
    if status == "all":
        kept.sort(key=lambda row: row.status != "wrong")
    page = Paginator(kept, PAGE).get_page(request.GET.get("page"))
    county = County(batch.region, viewer=request.user)
    context = {
        "batch": batch, "steps": steps(2), "page": page, "status": status, "tabs": _tabs(batch, status),
        "lines": _lines(request.user, batch, list(page), county), "ready": batch.counts["new"] + batch.counts["changed"],
        "form": BatchForm(initial={"version": batch.version}), "unit_names": sorted(county.unit_by_name),
        "leader_names": [leader.name for leader in county.leaders.values()], "defaults": _defaults(batch, rows, county),
        "kept_until": batch.uploaded_at + wizard.PREVIEW_KEPT,
    }  # fmt: skip
    return render(request, "projects/imports/preview.html", context)


def _tabs(batch: ImportBatch, status: str) -> list[parts.Tab]:
    counts: dict[str, int] = batch.counts
    found = [parts.Tab(label, f"?status={code}", counts[code], code == status) for code, label in STATUSES.items()]
    return [*found, parts.Tab(_("全部"), "?status=all", sum(counts[code] for code in STATUSES), status == "all")]


def _lines(user: User, batch: ImportBatch, rows: list[RowResult], county: County) -> list[Line]:
    ids = [int(row.project) for row in rows if row.project]
    found = Project.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "subject__uuid")
    uuids = {str(pk): uuid for pk, uuid in found}
    return [_line(batch, row, county, uuids.get(row.project)) for row in rows]


def _line(batch: ImportBatch, row: RowResult, county: County, uuid: Any) -> Line:
    errors = [p for p in row.problems if p.level == "error"]
    notes = [p for p in row.problems if p.level != "error"]
    return Line(
        row, str(STATUSES[row.status]),
        [Said(words(p), str(_field_words(p.field)), p.value) for p in errors],
        [_changed(change) for change in row.changes if not change.act],
        [Said(words(p), href=_act_page(p, uuid)) for p in notes] or _reason(row),
        [parts.Pair(_field_words(name), told(name, value)) for name, value in row.values.items()],
        _cells(row, errors, county),
        RowForm(initial={"version": batch.version, "sheet": row.sheet, "row": row.row}, auto_id=False),
    )  # fmt: skip


def _reason(row: RowResult) -> list[Said]:
    return [Said(row.reason)] if row.reason else []


def _field_words(name: str) -> str:
    return (
        _(BY_NAME[name].label)
        if name in BY_NAME
        else {"helping_units": _("配合单位"), "plan_year": _("年度")}.get(name, name)
    )


def _changed(change: Change) -> Said:
    old = told(change.field, change.old) if change.old is not None else _("（空）")
    return Said(told(change.field, change.new), _field_words(change.field), old)


def told(name: str, value: Value) -> str:
    """A value of the engine as people read it."""
    tables: dict[str, Mapping[Any, Any]] = {"stage": STAGES, "track": TRACKS, "importance": IMPORTANCE}
    if name in tables:
        return str(tables[name].get(value, value))
    if name in BY_NAME and BY_NAME[name].kind == "money":
        return str(figures.money(str(value)))
    return str(value)


def _act_page(problem: Problem, uuid: Any) -> str:
    if uuid is None or problem.code not in ACT_PAGES:
        return ""
    name, more = ACT_PAGES[problem.code]
    return reverse(name, args=[uuid, *more])


def _cells(row: RowResult, errors: list[Problem], county: County) -> list[Cell]:
    """The inputs that mend a wrong row: one for each field at fault."""
    wanted: dict[str, str] = {}
    for problem in errors:
        wanted.setdefault(problem.field or "name", problem.params.get("near", problem.value))
        for name in ALSO_ASKED.get(problem.code, ()):
            wanted.setdefault(name, str(row.values.get(name, "")))
    return [_cell(name, value, row) for name, value in wanted.items()]


def _cell(name: str, value: str, row: RowResult) -> Cell:
    if name == "stage":
        track = Track(str(row.values.get("track", Track.INVESTMENT)))
        options = [str(STAGES[stage]) for stage in PATHS[track] if stage != Stage.ENDED]
        return Cell(CELL + name, _field_words(name), value, options)
    lists = {"unit": "units", "leader": "leaders"}
    return Cell(CELL + name, _field_words(name), value, words=lists.get(name, ""))


@dataclass(frozen=True, slots=True)
class Defaults:
    """Who can be named for all rows at once, and for how many."""

    form: DefaultsForm
    fields: list[tuple[Any, str]]


def _defaults(batch: ImportBatch, rows: list[RowResult], county: County) -> Defaults | None:
    """The step that is shown while rows name no leader, unit or officer that we know, or while one was chosen for them."""
    decided = reading.kept_decisions(batch)
    lacking = {name: sum(_lacks(row, name) for row in rows) for name in ("leader", "unit", "officer")}
    wanted = [name for name, count in lacking.items() if count or decided.defaults.get(name)]
    if not wanted:
        return None
    form = DefaultsForm(initial={"version": batch.version, **_chosen(decided, county)})
    form.offer(county)
    hints = {
        "leader": _("%(count)d 行没有包联领导，或写的人不是县领导"), "unit": _("%(count)d 行没有责任单位，或不认识所写的单位"),
        "officer": _("%(count)d 行没有写专人"),
    }  # fmt: skip
    return Defaults(form, [(form[name], hints[name] % {"count": lacking[name]}) for name in wanted])


def _lacks(row: RowResult, name: str) -> bool:
    return any(
        p.field == name and (p.level == "error" or p.code in ("officer_missing", "default_used")) for p in row.problems
    )


def _chosen(decided: Decided, county: County) -> dict[str, int | None]:
    leader = next((m.pk for m in county.leaders.values() if m.name == decided.defaults.get("leader")), None)
    unit = county.unit_by_name.get(decided.defaults.get("unit", ""))
    return {"leader": leader, "unit": unit.pk if unit else None, "officer": decided.officer}


# Corrections --------------------------------------------------------------------------------------------------------


@require_POST
def import_rows(request: AuthedRequest, pk: int) -> HttpResponse:
    """Put one row right, leave rows out, or name who stands in; then back to the preview at the same place."""
    batch = _find(request, pk, whole=True)
    if "leader" in request.POST or "officer" in request.POST or "unit" in request.POST:
        return _choose_defaults(request, batch)
    form = RowForm(request.POST)
    if form.is_valid():
        _revise(request, batch, form, lambda: _decision(request, batch, form))
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


def _revise(request: AuthedRequest, batch: ImportBatch, form: ActForm, plan: Callable[[], reading.Revision]) -> bool:
    """Reckon the preview anew and keep it; a refusal is said above the page."""
    revision = _tried(form, plan) if batch.state == "preview" else None
    ok = bool(revision) and perform(request, wizard.import_revise, form, batch_id=batch.pk, revision=revision).ok
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return ok


def _back(request: AuthedRequest, batch: ImportBatch, form: RowForm) -> str:
    status, page = request.GET.get("status", ""), request.GET.get("page", "")
    query = "&".join(f"{name}={value}" for name, value in (("status", status), ("page", page)) if value.isalnum())
    place = f"#row-{form.cleaned_data.get('row')}" if form.is_valid() and form.cleaned_data.get("row") else ""
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
    batch = _find(request, pk)
    asked_by_script = getattr(request, "htmx", False)
    if batch.state != "applying":
        answer = HttpResponse(status=200) if asked_by_script else redirect("import", pk)
        answer["HX-Redirect"] = reverse("import", args=[pk])
        return answer
    if not asked_by_script:
        return redirect("import", pk)
    return render(request, "projects/imports/_progress.html", {"batch": batch, **_progress(batch)})


def _progress(batch: ImportBatch) -> dict[str, Any]:
    done, total = batch.rows.count(), _steps(batch)
    job = batch.job
    waiting = bool(job and not job.attempts and job.due_at < clock.now() - timedelta(seconds=20))
    return {"done": done, "total": total, "failure": bool(job and job.failure), "waiting": waiting}


def _result(request: AuthedRequest, batch: ImportBatch) -> HttpResponse:
    failed = batch.rows.filter(outcome="failed")
    told_rows = batch.rows.exclude(message="").exclude(outcome="failed")
    context = {
        "batch": batch, "steps": steps(4 if batch.state == "done" else 3), "facts": _facts(batch),
        "failed": Paginator(failed, PAGE).get_page(request.GET.get("page")),
        "told": told_rows.select_related("project__subject")[:PAGE],
        "edited": batch.rows.filter(outcome="changed").select_related("project__subject")[:PAGE],
        "left": batch.counts["wrong"] + batch.counts.get("failed", 0), "has_file": batch.forgotten_at is None,
        "kept_until": batch.finished_at + CONTENT_KEPT if batch.finished_at else None,
        "openings": Project.objects.visible_to(request.user).filter(entered_batch=batch).exclude(opening_stage="").count(),
    }  # fmt: skip
    return render(request, "projects/imports/result.html", context)


def _facts(batch: ImportBatch) -> list[parts.Fact]:
    if batch.state != "done":
        return []
    counts = batch.counts
    library = f"{reverse('project_list')}?batch={batch.pk}"
    return [
        parts.Fact(_("新增"), str(counts["made"]), _("个"), href=library if counts["made"] else ""),
        parts.Fact(_("改动"), str(counts["edited"]), _("个"), href="#changed" if counts["edited"] else ""),
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
