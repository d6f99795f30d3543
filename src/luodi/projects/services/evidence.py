"""Evidence of projects: who may give it, and whether a contract promises what the law forbids."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from luodi.files.models import Evidence
from luodi.files.services import Proof, Upload, evidence_insert
from luodi.files.services import evidence_withdraw as withdraw
from luodi.kernel import acts
from luodi.kernel.content import WrongFile, word_text
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import User
from luodi.projects import permissions
from luodi.projects.models import Project
from luodi.projects.rules import forbidden_wording, says_nothing

WORDED = ("contract", "letter_of_intent", "minutes", "proposal")
"""The kinds in which promises are made, and so looked through for forbidden ones."""


def evidence_add(*, by: User, project_id: int, proof: Proof, upload: Upload | None) -> Evidence:
    """Add evidence to a project: by those who carry it, by a unit that is party to it (a solving department, say), and
    the minutes of the meeting that accepted an explanation by who accepts it.

    Errors: those of files.services.evidence_insert; "forbidden".
    """
    project = acts.lock_one(Project.objects.visible_to(by).select_related("subject"), project_id)
    accepts = project.live and by.may("ending.accept") and proof.kind == "minutes"
    if not accepts and (why := permissions.why_not_add_evidence(by, project)):
        raise Forbidden(why)
    wording = checked_wording(upload) if upload is not None and proof.kind in WORDED else None
    return evidence_insert(project.subject, proof, member=by.member, upload=upload, wording=wording)


def checked_wording(upload: Upload) -> dict[str, Any]:
    """Look through a Word file for forbidden promises; any other kind of file says that it was not looked through."""
    if not upload.name.lower().endswith(".docx"):
        return {"checked": False, "found": []}
    try:
        text = word_text(upload.data)
    except WrongFile as error:
        raise DomainError("file_wrong", str(error), field="file") from error
    return {"checked": True, "found": forbidden_wording(text)}


def evidence_withdraw(*, by: User, evidence_id: int, reason: str) -> Evidence:
    """The giving unit or the project office withdraws evidence on which no fact rests. Errors: "forbidden" | "reason_missing"."""
    evidence = acts.lock_one(Evidence.objects.visible_to(by).select_related("subject", "added_by"), evidence_id)
    # The project's row is what sealing a fact holds: without it, on PostgreSQL, neither act would see the other.
    project = acts.lock(Project.objects.select_related("unit", "officer").filter(subject_id=evidence.subject_id))[0]
    if why := permissions.why_not_withdraw_evidence(by, evidence, project):
        raise Forbidden(why)
    if says_nothing(reason):
        raise DomainError("reason_missing", _("请写明撤回的原因。"), field="reason")
    return withdraw(evidence, reason=reason)
