"""Taking rows of the library away leaves a line in the audit log."""

from __future__ import annotations

from urllib.parse import unquote_plus

from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.personal import without_personal_numbers
from luodi.orgs.models import User
from luodi.projects.models import LibraryExport
from luodi.projects.rules import EXPORT_ASKS_REASON, EXPORT_MOST, says_nothing

LONGEST_ASKED = 2000


def library_export(*, by: User, kind: str, asked: str, count: int, reason: str) -> LibraryExport:
    """Note that `count` rows of the library are taken as a file. `asked`: the filters, as in the address;
    kept as they read, without telephone and identity numbers.

    Errors: DomainError "forbidden" | "export_empty" | "export_many" | "reason_missing" (above EXPORT_ASKS_REASON rows).
    """
    if not by.may("project.export"):
        raise Forbidden(_("导出由本县机关和乡镇的人员办理。"))
    if count == 0:
        raise DomainError("export_empty", _("没有符合条件的项目，没有什么可导出。"))
    if count > EXPORT_MOST:
        said = {"count": count, "most": EXPORT_MOST}
        raise DomainError("export_many", _("有 %(count)s 行，一次最多导出 %(most)s 行：请加条件，分几次导出。") % said)
    if count > EXPORT_ASKS_REASON and says_nothing(reason):
        said = {"count": count, "most": EXPORT_ASKS_REASON}
        raise DomainError("reason_missing", _("有 %(count)s 行，超过 %(most)s 行，请写明用途。") % said, field="reason")
    return acts.insert(
        LibraryExport(
            region_id=by.member.region_id,
            member=by.member,
            at=acts.current().at,
            kind=kind,
            asked=without_personal_numbers(unquote_plus(asked))[:LONGEST_ASKED],
            count=count,
            reason=without_personal_numbers(reason.strip()),
        )
    )
