"""What the importer does with a ledger: hands it in, decides how it is read, accepts or drops it.

Reckoning a preview is `reading`'s; the services here only keep what was reckoned, so that no act waits for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from luodi.engines.ledger import Tables
from luodi.engines.ledger.reading import Place
from luodi.kernel import acts, jobs
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.models import PersonKey
from luodi.orgs.models import Member, Unit, User
from luodi.projects.models import ImportBatch
from luodi.projects.services.imports.codec import pack_decided, pack_rows
from luodi.projects.services.imports.reading import (
    Reading,
    Revision,
    counted,
    importable,
    kept_decisions,
    kept_rows,
    revised,
)

PREVIEW_KEPT = timedelta(days=7)
"""A preview that nobody accepts is dropped after this long: it holds telephone numbers."""
NAME_LENGTH = 200
CELL_LENGTH = 4000
DAYS = ("started_on", "end_on")


def batches_of(user: User) -> QuerySet[ImportBatch]:
    """A person's own imports, without the sealed bytes; nobody sees another's."""
    if not user.may("project.import"):
        return ImportBatch.objects.none()
    rows = ImportBatch.objects.filter(importer_id=user.member_id).select_related("region", "job", "key")
    return rows.defer("sealed_file", "sealed_choices", "sealed_rows")


def import_upload(*, by: User, reading: Reading) -> ImportBatch:
    """Keep a file and its preview, sealed under a key of their own. Errors: DomainError "forbidden"."""
    _must(by)
    key = PersonKey.fresh()
    batch = acts.insert(
        ImportBatch(
            region=reading.region, importer_id=by.member_id, name=reading.name[-NAME_LENGTH:], size=len(reading.data),
            sha256=reading.sha256, key=key, sealed_file=key.seal(reading.data),
            sealed_choices=key.seal(pack_decided(reading.decided)), sealed_rows=key.seal(pack_rows(reading.rows)),
            counts=counted(reading.rows), uploaded_at=acts.current().at,
        )
    )  # fmt: skip
    jobs.ask("projects.forget", delay=PREVIEW_KEPT, batch=batch.pk)
    return batch


def import_revise(*, by: User, batch_id: int, revision: Revision) -> ImportBatch:
    """Put a preview that was reckoned anew in the place of the one it was reckoned from.

    Errors: ImportBatch.DoesNotExist; DomainError "forbidden" | "import_not_open"; StaleVersion.
    """
    batch = _own(by, batch_id)
    acts.update(
        batch, seen=revision.version, counts=counted(revision.rows),
        sealed_choices=batch.key.seal(pack_decided(revision.decided)),
        sealed_rows=batch.key.seal(pack_rows(revision.rows)),
    )  # fmt: skip
    return batch


def import_accept(*, by: User, batch_id: int, seen: int) -> ImportBatch:
    """Accept the preview: its new and changed rows will be written by a job, its wrong ones stay out.

    Errors: ImportBatch.DoesNotExist; DomainError "forbidden" | "import_not_open" | "nothing_to_import"; StaleVersion.
    """
    batch = _own(by, batch_id)
    total = len(importable(kept_rows(batch)))
    if not total:
        raise DomainError("nothing_to_import", _("没有可以入库的行：请先改好有错的行，或换一个文件。"))
    job = jobs.ask("projects.import", steps=total, batch=batch.pk)
    acts.update(batch, seen=seen, state="applying", accepted_at=acts.current().at, job=job)
    return batch


def import_drop(*, by: User, batch_id: int, seen: int) -> ImportBatch:
    """Drop a preview: nothing was written, and its content is destroyed at once. Errors as import_accept."""
    batch = _own(by, batch_id)
    acts.update(batch, seen=seen, state="dropped", finished_at=acts.current().at)
    destroy(batch)
    return batch


def destroy(batch: ImportBatch) -> None:
    """Destroy the key and blank what was sealed under it; hash and counts remain. Within an act."""
    batch.key.destroy()
    acts.update(batch, sealed_file=b"", sealed_choices=b"", sealed_rows=b"", forgotten_at=acts.current().at)


def _must(by: User) -> None:
    if not by.may("project.import"):
        raise Forbidden(_("导入由项目办和招商局办理。"))


def _own(by: User, batch_id: int) -> ImportBatch:
    _must(by)
    batch = acts.lock_one(ImportBatch.objects.filter(importer_id=by.member_id), batch_id)
    if batch.state != "preview":
        raise DomainError(
            "import_not_open", _("这次导入已经%(state)s，不能再改。") % {"state": batch.get_state_display()}
        )
    return batch


# Decisions, each giving the preview that follows from it ----------------------------------------------------------


def choose_columns(by: User, batch: ImportBatch, tables: Tables) -> Revision:
    """Read the columns otherwise. What was corrected in cells stays."""
    return revised(by, batch, replace(kept_decisions(batch), tables=tables))


def correct(by: User, batch: ImportBatch, place: Place, texts: Mapping[str, str]) -> Revision:
    """Put other words into cells of one row, by field. Errors: DomainError "row_unknown" | "cell_long"."""
    row = next((row for row in kept_rows(batch) if (row.sheet, row.row) == place), None)
    if row is None:
        raise DomainError("row_unknown", _("没有这一行，请刷新后再试。"))
    if any(len(text) > CELL_LENGTH for text in texts.values()):
        raise DomainError("cell_long", _("一格最多 4000 字。"))
    told = dict(texts)
    decided = kept_decisions(batch)
    if set(told) & set(DAYS) and _has_column(decided.tables, place, "period"):
        kept = {name: str(row.values.get(name, "")) for name in DAYS if name not in told}
        told |= kept | {"period": ""}
    return revised(by, batch, decided.corrected(place, told))


def _has_column(tables: Tables, place: Place, field: str) -> bool:
    sheet, row = place
    return any(
        column.field == field
        for table in tables
        if table.sheet == sheet and table.first_row <= row <= table.last_row
        for column in table.columns
    )


def choose_default(
    by: User,
    batch: ImportBatch,
    *,
    leader: Member | None = None,
    officer: Member | None = None,
    unit: Unit | None = None,
) -> Revision:
    """Name who stands in for every row whose leader or unit cannot be found, or which names no officer."""
    chosen = {"leader": leader, "officer": officer, "unit": unit}
    named = {field: one.name for field, one in chosen.items() if one is not None}
    officer_id = officer.pk if officer else None
    return revised(by, batch, replace(kept_decisions(batch), defaults=named, officer=officer_id))


def skip_rows(by: User, batch: ImportBatch, places: frozenset[Place], *, skip: bool = True) -> Revision:
    """Leave rows out, or take them in again."""
    return revised(by, batch, kept_decisions(batch).skipping(places, on=skip))


def wrong_places(batch: ImportBatch) -> frozenset[Place]:
    return frozenset((row.sheet, row.row) for row in kept_rows(batch) if row.status == "wrong")
