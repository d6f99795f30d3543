"""Importing a ledger: handed in as it is, looked at, corrected, accepted. Each importer sees his own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Query, Router
from pydantic import Field

from luodi.kernel import acts
from luodi.kernel.api.operations import ApiRequest, NumberPath, Sent, Write, offer, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.kernel.api.problems import Refusal
from luodi.orgs.models import User
from luodi.projects.api import shapes
from luodi.projects.api.reads import tagged
from luodi.projects.forms.imports import BatchForm, DefaultsForm, LedgerInMemory, RowForm, UndoForm, UploadForm
from luodi.projects.models import ImportBatch
from luodi.projects.services.imports import reading, undoing, wizard
from luodi.projects.services.imports.county import County
from luodi.projects.services.imports.leftovers import words

router = Router(tags=["imports"])
Given = dict[str, Any]


def _batch(user: User, path: Given) -> ImportBatch:
    """The person's own import, with its sealed bytes. Raises ImportBatch.DoesNotExist."""
    return wizard.batches_of(user).defer(None).get(pk=path["pk"])


def _undoable(user: User, path: Given) -> ImportBatch:
    """A written import of the person's own, or of his county where he is of the project office."""
    return undoing.undoable_by(user).get(pk=path["pk"])


@read(router, "/imports", Page[shapes.ImportOut], action="project.import")
def import_list(request: ApiRequest, cursor: Cursor, limit: Limit) -> Any:
    """The caller's own imports, newest first."""
    items, following = page_of(wizard.batches_of(request.auth.user), cursor, limit)
    return {"items": items, "next": following}


@read(router, "/imports/{int:pk}", shapes.ImportOut, action="project.import")
def import_one(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One import. The ETag is its version."""
    return tagged(response, wizard.batches_of(request.auth.user).get(pk=pk))


STATUS = Annotated[Literal["new", "changed", "same", "skipped", "wrong"] | None, Query(None)]
From = Annotated[str, Query("0", pattern=r"^\d{1,7}$", description="`next` of the page before.")]


@read(router, "/imports/{int:pk}/rows", shapes.ImportRows, action="project.import")
def import_rows(request: ApiRequest, pk: NumberPath, status: STATUS, cursor: From, limit: Limit) -> Any:
    """The rows of a preview in the file's own order, with what is wrong with each."""
    rows = reading.kept_rows(_batch(request.auth.user, {"pk": pk}))
    kept = [row for row in rows if status is None or row.status == status]
    start, end = int(cursor), int(cursor) + limit
    return {"items": [_row(row) for row in kept[start:end]], "next": str(end) if len(kept) > end else None}


def _row(row: Any) -> Given:
    told = [{"level": p.level, "field": p.field, "code": p.code, "message": words(p)} for p in row.problems]
    return {
        "sheet": row.sheet, "row": row.row, "status": row.status, "name": row.name, "reason": row.reason, "problems": told,
    }  # fmt: skip


# Writes -------------------------------------------------------------------------------------------------------------


def _read(sent: Sent) -> Any:
    file = sent.form.cleaned_data["file"]
    return reading.read_upload(sent.user, file.name, file.read())


def _defaults(form: Any, user: Any, row: Any) -> Callable[..., Any]:
    """The form with the people and units of the import's county to choose from."""
    county = County(row.region, viewer=user)

    def make(*args: Any, **kwargs: Any) -> Any:
        made = form(*args, **kwargs)
        made.offer(county)
        return made

    return make


def _seen(revision: reading.Revision, sent: Sent) -> reading.Revision:
    """The revision stands on the version that the caller saw."""
    assert sent.seen is not None  # If-Match is asked for
    return reading.Revision(sent.seen, revision.decided, revision.rows)


def _decision(sent: Sent) -> reading.Revision:
    told, batch = sent.form.cleaned_data, sent.row
    action, place = told["action"], (told["sheet"], told["row"] or 0)
    if action == "correct":
        return wizard.correct(sent.user, batch, place, sent.more.get("cells", {}))
    if action == "skip_wrong":
        return wizard.skip_rows(sent.user, batch, wizard.wrong_places(batch))
    return wizard.skip_rows(sent.user, batch, frozenset({place}), skip=action == "skip")


def _chosen(sent: Sent) -> reading.Revision:
    return wizard.choose_default(sent.user, sent.row, **sent.told)


def _revision(sent: Sent) -> Given:
    return {"revision": _seen(sent.more["prepared"], sent)}


def _still_so(sent: Sent) -> None:
    """Where the library has moved on since the preview was reckoned, the new preview is kept, to be looked at first."""
    if sent.row.state != "preview" or (renewed := reading.renewed(sent.user, sent.row)) is None:
        return
    acts.run(wizard.import_revise, by=sent.user, batch_id=sent.row.pk, revision=_seen(renewed, sent))
    said = _("预览之后库里有了变化，已按现在的情况重新核对。请再看一遍，然后入库。")
    raise Refusal(412, "preview_renewed", said)


Cells = Annotated[
    dict[str, Annotated[str, Field(max_length=wizard.CELL_LENGTH)]],
    Field(title="改成", description="For `correct`: the new words of cells, by field.", max_length=60),
]
IMPORT = ("project.import",)
ON: Given = {"find": _batch, "edits": True}
WRITES = (
    Write(
        "import_upload", "/imports", wizard.import_upload, IMPORT, shapes.ImportOut,
        "Hand in a ledger (multipart, xlsx, xls or csv, up to 20 MB) and have it understood; nothing is written yet.",
        form=UploadForm, file="file", receiver=LedgerInMemory, prepare=_read, arguments=lambda sent: {"reading": sent.more["prepared"]},
        creates=True,
    ),
    Write(
        "import_correct", "/imports/{int:pk}/rows", wizard.import_revise, IMPORT, shapes.ImportOut,
        "Put cells of a row right (`correct`), leave rows out (`skip`, `skip_wrong`), or take one in again (`take`).",
        form=RowForm, more={"cells": (Cells, {})}, prepare=_decision, arguments=_revision, target="batch_id", **ON,
    ),
    Write(
        "import_defaults", "/imports/{int:pk}/defaults", wizard.import_revise, IMPORT, shapes.ImportOut,
        "Name who stands in for rows that name nobody known.", form=DefaultsForm, make=_defaults, prepare=_chosen,
        arguments=_revision, target="batch_id", **ON,
    ),
    Write(
        "import_accept", "/imports/{int:pk}/accept", wizard.import_accept, IMPORT, shapes.ImportOut,
        "Accept the preview: its new and changed rows are written by a job.", form=BatchForm, prepare=_still_so,
        target="batch_id", **ON,
    ),
    Write(
        "import_drop", "/imports/{int:pk}/drop", wizard.import_drop, IMPORT, shapes.ImportOut,
        "Drop the preview; its content is destroyed at once.", form=BatchForm, target="batch_id", **ON,
    ),
    Write(
        "import_undo", "/imports/{int:pk}/undo", undoing.import_undo, IMPORT, shapes.ImportOut,
        "Undo a written import, within a day: a job restores what it changed and voids what it made, where nobody touched it since.",
        form=UndoForm, find=_undoable, edits=True, target="batch_id",
    ),
)  # fmt: skip
offer(router, *WRITES)
