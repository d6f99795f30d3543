"""An import undone within a day: counter-entries for what it changed, 录入作废 for what it made and nobody touched.

Asked once by its importer or the project office, done by a job: acts of many projects, each wholly or not at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from luodi.kernel import acts, jobs
from luodi.kernel.acts import Actor
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.models import Job
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects import permissions
from luodi.projects.models import ImportBatch, ImportedRow, Project, UndoneProject, YearFigure
from luodi.projects.rules import Importance, says_nothing
from luodi.projects.services.ends import void_imported
from luodi.projects.services.imports.applying import REFUSALS, words_of
from luodi.projects.services.imports.undo_plan import IMPORTANCE, Left, Step, plan
from luodi.projects.services.projects import project_edit, project_grade
from luodi.projects.services.years import year_figures_set
from luodi.subjects.models import Party, Subject
from luodi.subjects.services import told

CHUNK = 100
FINISHED = ("done", "undoing", "undone")


def undoable_by(user: User) -> QuerySet[ImportBatch]:
    """The finished imports whose undo this person sees: his own, and for the project office its county's. No sealed bytes."""
    if not user.may("project.import"):
        return ImportBatch.objects.none()
    seen = Q(importer_id=user.member_id)
    if Role.PROJECT_OFFICE in user.roles:
        seen |= Q(region_id__in=user.region_ids)
    rows = ImportBatch.objects.filter(seen, state__in=FINISHED).select_related(
        "region", "importer", "undone_by", "undo_job"
    )
    return rows.defer("sealed_file", "sealed_choices", "sealed_rows")


def import_undo(*, by: User, batch_id: int, seen: int, reason: str) -> ImportBatch:
    """Ask that an import be undone; a job does it. Only once, and up to `undo_until` (a day after it was finished).

    Errors: ImportBatch.DoesNotExist; DomainError "forbidden" | "undone_already" | "undo_over" | "reason_missing" |
    "nothing_to_undo"; StaleVersion.
    """
    if not by.may("project.import"):
        raise Forbidden(_("导入由项目办和招商局办理。"))
    batch = acts.lock_one(undoable_by(by).select_related(None), batch_id)
    at = acts.current().at
    if batch.state != "done":
        raise DomainError(
            "undone_already", _("这次导入%(state)s，不能再撤销一次。") % {"state": batch.get_state_display()}
        )
    if why := permissions.why_not_undo_import(batch, at):
        raise DomainError("undo_over" if batch.wrote else "nothing_to_undo", why)
    if says_nothing(reason):
        raise DomainError("reason_missing", _("请写明为什么撤销。"), field="reason")
    job = jobs.ask("projects.import_undo", steps=_projects_of(batch).count(), batch=batch.pk)
    told_by: dict[str, Any] = {"undo_asked_at": at, "undone_by": by.member, "undo_reason": reason.strip()}
    acts.update(batch, seen=seen, state="undoing", undo_job=job, **told_by)
    return batch


def _projects_of(batch: ImportBatch) -> QuerySet[ImportedRow, int]:
    rows = ImportedRow.objects.filter(batch=batch, project__isnull=False)
    return rows.order_by("project").values_list("project", flat=True).distinct()


def undo_job(job: Job) -> None:
    """Undo what is not undone yet. Safe to run again after any interruption."""
    batch = ImportBatch.objects.select_related("region").get(pk=job.arguments["batch"])
    by = User.objects.get(member_id=batch.undone_by_id)
    if batch.state == "undoing":
        done = set(batch.undone_projects.values_list("project", flat=True))
        ids = [pk for pk in _projects_of(batch) if pk not in done]
        for start in range(0, len(ids), CHUNK):
            _undo(job, batch, by, ids[start : start + CHUNK])
    acts.run(import_undo_finish, by=by, reason=_reason(batch), batch_id=batch.pk, job=job)


def _reason(batch: ImportBatch) -> str:
    return _("撤销导入“%(name)s”：%(reason)s") % {"name": batch.name, "reason": batch.undo_reason}


def _undo(job: Job, batch: ImportBatch, by: User, ids: Sequence[int]) -> None:
    """Undo projects in one act; where one of them is refused, in halves, until it stands alone and is left."""
    try:
        acts.run(projects_undo, by=by, reason=_reason(batch), batch=batch, ids=ids, job=job)
    except REFUSALS as error:
        if len(ids) > 1 and by.may("project.import"):
            middle = len(ids) // 2
            _undo(job, batch, by, ids[:middle])
            _undo(job, batch, by, ids[middle:])
            return
        acts.run(projects_leave, by=by, reason=_reason(batch), batch=batch, ids=ids, why=words_of(error), job=job)


def projects_undo(*, by: User, batch: ImportBatch, ids: Sequence[int], job: Job) -> None:
    """Undo the import of these projects: all of them or none. Errors: JobLost; "forbidden"; those of the edit's services."""
    _advance(job, batch, len(ids))
    if not by.may("project.import"):
        raise Forbidden(_("撤销的人已经没有导入的权限，没有撤销。"))
    projects = {p.pk: p for p in acts.lock(Project.objects.filter(pk__in=ids).select_related("subject"))}
    acts.lock(YearFigure.objects.filter(project_id__in=ids))
    subjects = [project.subject_id for project in projects.values()]
    acts.lock(Party.objects.filter(subject_id__in=subjects, role="township", until=None))
    acts.lock(Subject.objects.filter(pk__in=subjects))
    steps = plan(by, batch, ids)
    void_imported(by, batch, [projects[step.project_id] for step in steps if step.void], acts.current().reason)
    _restore(by, [step for step in steps if not step.void])
    _keep(batch, projects, steps)


def projects_leave(*, by: Actor, batch: ImportBatch, ids: Sequence[int], why: str, job: Job) -> None:
    """Record that the import of these projects could not be undone, and why."""
    _advance(job, batch, len(ids))
    projects = {p.pk: p for p in Project.objects.filter(pk__in=ids).select_related("subject")}
    _keep(batch, projects, [Step(pk, left=[Left("", "refused", words=why)]) for pk in ids])


def _advance(job: Job, batch: ImportBatch, more: int) -> None:
    """First in the act: who no longer holds the job must not write."""
    jobs.advance(job, UndoneProject.objects.filter(batch=batch).count() + more)


def _restore(by: User, steps: Sequence[Step]) -> None:
    """Counter-entries through the services that a person edits by, each told on the timeline with the undo's reason."""
    related = _related(steps)
    for step in steps:
        columns = {name: value for name, value in step.columns.items() if name != IMPORTANCE}
        if columns:
            seen = Project.objects.values_list("version", flat=True).get(pk=step.project_id)
            project_edit(by=by, project_id=step.project_id, seen=seen, changes=_typed(columns, related))
        if IMPORTANCE in step.columns:
            seen = Project.objects.values_list("version", flat=True).get(pk=step.project_id)
            importance = Importance(step.columns[IMPORTANCE])
            project_grade(by=by, project_id=step.project_id, seen=seen, importance=importance)
    years = [year for step in steps for year in step.years]
    if years:
        year_figures_set(by=by, rows=years)


def _related(steps: Sequence[Step]) -> dict[str, dict[int, Any]]:
    """The rows that the restored columns point at, by column: one query for each column."""
    wanted: dict[str, set[int]] = {}
    for step in steps:
        for name, value in step.columns.items():
            if name.endswith("_id") and value is not None:
                wanted.setdefault(name, set()).add(value)
    models = {name: Project._meta.get_field(name.removesuffix("_id")).related_model for name in wanted}
    return {name: models[name]._default_manager.in_bulk(list(ids)) for name, ids in wanted.items()}  # type: ignore[union-attr]  # relations


def _typed(columns: dict[str, Any], related: dict[str, dict[int, Any]]) -> dict[str, Any]:
    """Plain values of an image as project_edit takes them."""
    changes: dict[str, Any] = {}
    for name, value in columns.items():
        if name.endswith("_id"):
            changes[name.removesuffix("_id")] = related[name][value] if value is not None else None
        else:
            changes[name] = Project._meta.get_field(name).to_python(value)  # type: ignore[union-attr]  # own columns
    return changes


def _keep(batch: ImportBatch, projects: dict[int, Project], steps: Sequence[Step]) -> None:
    """Record what became of each project, and say on the timeline of each that keeps something that it does."""
    UndoneProject.objects.bulk_create(
        UndoneProject(
            batch=batch, project_id=step.project_id, outcome=step.outcome, fields=step.fields,
            left=[left.as_json() for left in step.left],
        )
        for step in steps
    )  # fmt: skip
    acts.insert_many(
        [
            told(projects[step.project_id].subject, "import.kept", note=acts.current().reason, count=len(step.left))
            for step in steps
            if step.left
        ]
    )


def import_undo_finish(*, by: Actor, batch_id: int, job: Job) -> ImportBatch:
    """Close an undo in which every project has its outcome, and count them."""
    jobs.finish(job)
    batch = acts.lock_one(ImportBatch.objects.all(), batch_id)
    if batch.state != "undoing":
        return batch
    outcomes = Counter(batch.undone_projects.values_list("outcome", flat=True))
    counts = {**batch.counts, **{f"undo_{outcome}": count for outcome, count in outcomes.items()}}
    acts.update(batch, state="undone", undone_at=acts.current().at, counts=counts)
    return batch
