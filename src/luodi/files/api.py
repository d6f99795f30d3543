"""The API of evidence: what was given for a thing, and the files themselves."""

from __future__ import annotations

import logging
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.storage import default_storage
from django.http import FileResponse
from django.utils.translation import gettext as _
from ninja import Router, Schema

from luodi.files.models import Evidence
from luodi.kernel.api.operations import ApiRequest, NumberPath, answers, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.kernel.api.problems import Refusal
from luodi.subjects.models import Subject

logger = logging.getLogger("luodi.files")
router = Router(tags=["evidence"])


class FileOut(Schema):
    """The file behind a piece of evidence. It is at /evidence/{id}/file."""

    name: str
    size: int
    media_type: str
    sha256: str


class EvidenceOut(Schema):
    """佐证: one piece of proof. `wording` tells forbidden promises found in a Word file, and whether it was looked through."""

    id: int
    subject: UUID
    kind: str
    title: str
    number: str
    issuer: str
    dated_on: date | None
    amount_cny: Decimal | None
    place: str
    wording: dict[str, Any] | None
    added_by_id: int
    added_at: datetime
    withdrawn_at: datetime | None
    withdrawn_reason: str
    file: FileOut | None

    @staticmethod
    def resolve_subject(row: Any) -> UUID:
        found: UUID = row.subject.uuid
        return found


@read(router, "/subjects/{uuid:uuid}/evidence", Page[EvidenceOut], action="project.see")
def evidence_list(request: ApiRequest, uuid: UUID, cursor: Cursor, limit: Limit) -> Any:
    """All evidence of a thing, the withdrawn too."""
    subject = Subject.objects.visible_to(request.auth.user).get(uuid=uuid)
    rows = Evidence.objects.filter(subject=subject).select_related("file", "subject")
    items, following = page_of(rows, cursor, limit)
    return {"items": items, "next": following}


@read(router, "/evidence/{int:pk}", EvidenceOut, action="project.see")
def evidence(request: ApiRequest, pk: NumberPath) -> Any:
    """One piece of evidence."""
    return Evidence.objects.visible_to(request.auth.user).select_related("file", "subject").get(pk=pk)


FILE = {
    "responses": {200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}}
}


@read(
    router, "/evidence/{int:pk}/file", None, action="project.see", response=answers(None), openapi_extra=FILE
)  # fmt: skip
def evidence_file(request: ApiRequest, pk: NumberPath) -> Any:
    """The file of a piece of evidence, as it was given."""
    rows = Evidence.objects.visible_to(request.auth.user).select_related("file").filter(file__isnull=False)
    stored = rows.get(pk=pk).file
    assert stored is not None  # kept by the filter above
    try:
        content = default_storage.open(stored.path)
    except FileNotFoundError as error:
        logger.error("the bytes of stored file %s are gone", stored.pk)
        raise Refusal(404, "file_gone", _("这份文件在存储里找不到了，请告诉系统管理员。")) from error
    answer = FileResponse(content, as_attachment=True, filename=stored.name, content_type="application/octet-stream")
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer
