"""What search finds of evidence: what it is called, never what stands in the file."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from luodi.files.models import Evidence
from luodi.kernel.registry import SUBJECTS, SearchDoc, SearchSource
from luodi.subjects.querysets import subject_listed_for


def _evidence(ids: Sequence[int]) -> Iterable[SearchDoc]:
    rows = Evidence.objects.filter(pk__in=ids).values_list(
        "pk", "subject_id", "title", "number", "issuer", "place", "file__name", "withdrawn_at"
    )
    for pk, subject_id, title, number, issuer, place, name, withdrawn_at in rows:
        about = " · ".join(told for told in (number, issuer, place) if told)
        yield SearchDoc(
            pk, title, subject_id, live=withdrawn_at is None, names=[name or ""], codes=[number], about=about
        )


def _url(row: Any) -> str:
    return f"{SUBJECTS[row.subject.kind].url(row.subject)}?tab=evidence"


SOURCES = (
    SearchSource(
        "evidence", 7, _("佐证"), _("名称、文件名、编号、出具方、地点"), "project.see", "files.evidence",
        _evidence, subject_listed_for, _url,
    ),
)  # fmt: skip
