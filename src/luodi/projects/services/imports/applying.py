"""An accepted import goes on by itself until it is whole: acts of many rows, each row wholly in or wholly out."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.utils.translation import gettext as _

from luodi.engines.ledger import RowResult
from luodi.kernel import acts, jobs
from luodi.kernel.acts import Actor, System
from luodi.kernel.chinese import name_key
from luodi.kernel.errors import DomainError
from luodi.kernel.models import Job
from luodi.orgs.models import User
from luodi.projects.models import ImportBatch, ImportedRow, Project
from luodi.projects.services.imports.codec import Decided
from luodi.projects.services.imports.reading import importable, kept_decisions, kept_rows
from luodi.projects.services.imports.rows import Written, write_rows
from luodi.projects.services.imports.wizard import destroy

CHUNK = 100
CONTENT_KEPT = timedelta(days=1)
"""How long an import can be undone, and how long file and preview outlive it: they are destroyed when that is over."""
MESSAGE_LENGTH = 300
REFUSALS = (DomainError, ValidationError, ObjectDoesNotExist)
"""What a row is refused by. Anything else is a fault of ours or of the machine: the job fails, says so, and goes on later."""
FORGETTER = System("import.forget")
logger = logging.getLogger("luodi.imports")


def apply_job(job: Job) -> None:
    """Write what is not written yet of an accepted import. Safe to run again after any interruption."""
    batch = ImportBatch.objects.select_related("key", "region").get(pk=job.arguments["batch"])
    by = User.objects.get(member_id=batch.importer_id)
    reason = _("导入“%(name)s”") % {"name": batch.name}
    if batch.state == "applying":
        written = set(batch.rows.values_list("sheet", "row"))
        left = [row for row in importable(kept_rows(batch)) if (row.sheet, row.row) not in written]
        decided = kept_decisions(batch)
        for start in range(0, len(left), CHUNK):
            chunk = _without_taken(job, batch, by, reason, left[start : start + CHUNK])
            if chunk:
                _write(job, batch, by, reason, decided, chunk)
    acts.run(import_finish, by=by, reason=reason, batch_id=batch.pk, job=job)


def _without_taken(job: Job, batch: ImportBatch, by: User, reason: str, rows: list[RowResult]) -> list[RowResult]:
    """Refuse at one go the new rows whose name somebody entered since the preview, and give the others.

    Halving would find each of them too, in a dozen acts a row: two imports of the same ledger would keep everybody waiting.
    """
    keys = {(row.sheet, row.row): name_key(str(row.values.get("name", ""))) for row in rows if row.status == "new"}
    live = Project.objects.live().filter(region_id=batch.region_id, name_key__in=set(keys.values()))
    there = set(live.values_list("name_key", flat=True))
    taken = [row for row in rows if keys.get((row.sheet, row.row)) in there]
    if taken:
        why = _("预览以后，有人录入了同名的在册项目。请重新导入一次，看有什么不同。")
        acts.run(rows_refuse, by=by, reason=reason, batch=batch, rows=taken, why=why, job=job)
    return [row for row in rows if row not in taken]


def _write(
    job: Job, batch: ImportBatch, by: User, reason: str, decided: Decided, rows: Sequence[RowResult]
) -> None:  # fmt: skip
    """Write rows in one act; where one of them is refused, in halves, until it stands alone."""
    try:
        acts.run(rows_write, by=by, reason=reason, batch=batch, decided=decided, rows=rows, job=job)
    except REFUSALS as error:
        if len(rows) > 1 and by.may("project.import"):
            middle = len(rows) // 2
            _write(job, batch, by, reason, decided, rows[:middle])
            _write(job, batch, by, reason, decided, rows[middle:])
            return
        acts.run(rows_refuse, by=by, reason=reason, batch=batch, rows=rows, why=words_of(error), job=job)


def words_of(error: Exception) -> str:
    """A refusal in the words of whoever reads the result."""
    if isinstance(error, DomainError):
        return str(error.message)
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    return _("要改的项目已经不在册，或您已经看不到它。")


def rows_write(
    *, by: User, batch: ImportBatch, decided: Decided, rows: Sequence[RowResult], job: Job
) -> None:  # fmt: skip
    """Write rows of an accepted import, and what became of each. All of them or none.

    Errors: JobLost; DomainError of the rows' own services; "forbidden".
    """
    _advance(job, batch, len(rows))
    _record(batch, write_rows(by, batch, decided, rows))


def rows_refuse(*, by: Actor, batch: ImportBatch, rows: Sequence[RowResult], why: str, job: Job) -> None:
    """Record that rows could not be written, and why."""
    _advance(job, batch, len(rows))
    _record(batch, [Written(row, "failed", None, why) for row in rows])


def _advance(job: Job, batch: ImportBatch, more: int) -> None:
    """First in the act: who no longer holds the job must not write, nor take another worker's rows for his own failure."""
    jobs.advance(job, ImportedRow.objects.filter(batch=batch).count() + more)


def _record(batch: ImportBatch, written: Sequence[Written]) -> None:
    ImportedRow.objects.bulk_create(
        ImportedRow(
            batch=batch, sheet=one.row.sheet[:60], row=one.row.row, outcome=one.outcome, project=one.project,
            message=one.message[:MESSAGE_LENGTH], act=acts.current().id,
        )
        for one in written
    )  # fmt: skip


def import_finish(*, by: Actor, batch_id: int, job: Job) -> ImportBatch:
    """Close an import whose every accepted row is in or refused; from now on everybody sees its projects."""
    jobs.finish(job)
    batch = acts.lock_one(ImportBatch.objects.all(), batch_id)
    if batch.state != "applying":
        return batch
    outcomes = Counter(batch.rows.values_list("outcome", flat=True))
    told = {"made": outcomes["new"], "edited": outcomes["changed"], "failed": outcomes["failed"]}
    at = acts.current().at
    acts.update(batch, state="done", finished_at=at, undo_until=at + CONTENT_KEPT, counts={**batch.counts, **told})
    jobs.ask("projects.forget", delay=CONTENT_KEPT, batch=batch.pk)
    return batch


def forget_job(job: Job) -> None:
    """Destroy the content of an import that is over, and of a preview that nobody accepted."""
    acts.run(import_forget, by=FORGETTER, batch_id=job.arguments["batch"], job=job)


def import_forget(*, by: Actor, batch_id: int, job: Job) -> None:
    jobs.finish(job)
    batch = acts.lock_one(ImportBatch.objects.all(), batch_id)
    if batch.forgotten_at is not None or batch.state == "applying":
        return
    if batch.state == "preview":
        acts.update(batch, state="dropped", finished_at=acts.current().at)
    destroy(batch)
    logger.info("import %s forgotten", batch.pk)
