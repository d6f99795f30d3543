"""Writes of files and evidence. Permission is asked by the app whose subject it is."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _

from luodi.files.models import KIND_LABELS, Evidence, StoredFile
from luodi.files.rules import KINDS, MOST_BYTES, MOST_CNY, missing
from luodi.kernel import acts, clock
from luodi.kernel.content import WrongFile, recognise
from luodi.kernel.errors import DomainError
from luodi.kernel.words import kept
from luodi.orgs.models import Member
from luodi.subjects.models import Subject
from luodi.subjects.services import tell


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came."""

    name: str
    data: bytes

    @classmethod
    def of(cls, file: UploadedFile[Any] | None) -> Upload | None:
        """What was sent, from its first byte whoever read it before; None where nothing was."""
        if file is None:
            return None
        file.seek(0)
        return cls(str(file.name), file.read())


@dataclass(frozen=True, slots=True)
class Proof:
    """What is told of a piece of evidence; which of it is needed depends on its kind (files.rules.REQUIRED)."""

    kind: str
    title: str = ""
    number: str = ""
    issuer: str = ""
    dated_on: date | None = None
    amount_cny: Decimal | None = None
    place: str = ""


def evidence_insert(
    subject: Subject, proof: Proof, *, member: Member, upload: Upload | None, wording: Any = None
) -> Evidence:
    """Add evidence to a subject, within an act.

    Errors: DomainError "kind_unknown" | "evidence_incomplete" | "file_missing" | "file_wrong" | "file_large" |
    "file_used" | "dated_in_future" | "amount_wrong".
    """
    kind = KINDS.get(proof.kind)
    if kind is None:
        raise DomainError("kind_unknown", _("请选择佐证类别。"), field="kind")
    _check(proof)
    if upload is None:
        raise DomainError("file_missing", _("请附上文件。"), field="file")
    stored = file_store(subject, upload, shared=kind.shared)
    row = acts.insert(
        Evidence(
            region_id=subject.region_id,
            subject=subject,
            kind=proof.kind,
            title=proof.title.strip() or kept(KIND_LABELS[proof.kind]),
            number=proof.number.strip(),
            issuer=proof.issuer.strip(),
            dated_on=proof.dated_on,
            amount_cny=proof.amount_cny,
            place=proof.place.strip(),
            file=stored,
            wording=wording,
            added_by=member,
            added_at=acts.current().at,
        )
    )
    tell(subject, "evidence.added", kind=row.kind, title=row.title)
    return row


def _check(proof: Proof) -> None:
    words = {
        "number": _("请填写编号。"),
        "issuer": _("请填写出具单位、签约方或付款方。"),
        "dated_on": _("请填写日期。"),
        "amount_cny": _("请填写金额。"),
        "place": _("请填写拍摄地点。"),
    }
    given: dict[str, object] = {name: _told(getattr(proof, name)) for name in words}
    for name in missing(KINDS[proof.kind], given):
        raise DomainError("evidence_incomplete", words[name], field=name)
    if proof.dated_on is not None and proof.dated_on > clock.today():
        raise DomainError("dated_in_future", _("日期在今天以后，请核对。"), field="dated_on")
    if proof.amount_cny is not None and not (proof.amount_cny.is_finite() and 0 <= proof.amount_cny <= MOST_CNY):
        raise DomainError("amount_wrong", _("金额不能为负，也不能大得离谱，请核对单位。"), field="amount_cny")


def _told(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def file_store(subject: Subject, upload: Upload, *, shared: bool = False) -> StoredFile:
    """Keep a file, once for the same bytes. One file serves one subject, unless it is `shared` wherever it serves."""
    if len(upload.data) > MOST_BYTES:
        raise DomainError("file_large", _("文件超过 20 MB，请压缩或拆分后再传。"), field="file")
    try:
        content = recognise(upload.name, upload.data)
    except WrongFile as error:
        raise DomainError("file_wrong", str(error), field="file") from error
    digest = hashlib.sha256(upload.data).hexdigest()
    same = list(StoredFile.objects.filter(region_id=subject.region_id, sha256=digest).order_by("pk"))
    usable = (one for one in same if (one.shared if shared else one.subject_id == subject.pk and not one.shared))
    if found := next(usable, None):
        return found
    if any(one.subject_id != subject.pk and not (shared and one.shared) for one in same):
        raise DomainError(
            "file_used",
            _("这份文件已经用在别的项目上。一份文件只能证明一个项目，请上传本项目自己的材料。"),
            field="file",
        )
    path = f"{digest[:2]}/{digest}"
    if not default_storage.exists(path):
        path = default_storage.save(path, ContentFile(upload.data))
    return acts.insert(
        StoredFile(
            region_id=subject.region_id,
            subject=subject,
            name=PurePath(upload.name).name[:200],
            path=path,
            size=len(upload.data),
            media_type=content.media_type,
            sha256=digest,
            shared=shared,
        )
    )


def evidence_withdraw(evidence: Evidence, *, reason: str) -> Evidence:
    """Withdraw evidence on which no fact rests (the database refuses otherwise), within an act."""
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明撤回的原因。"), field="reason")
    if evidence.withdrawn_at is not None:
        raise DomainError("withdrawn_already", _("这份佐证已经撤回。"))
    acts.update(evidence, withdrawn_at=acts.current().at, withdrawn_reason=reason.strip()[:200])
    tell(evidence.subject, "evidence.withdrawn", kind=evidence.kind, title=evidence.title, note=reason.strip())
    return evidence
