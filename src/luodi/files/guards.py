"""Evidence is kept as it was given."""

from django.utils.translation import gettext_lazy as _

from luodi.files.rules import KINDS
from luodi.kernel.guards import Guard, no_delete, no_update

GIVEN = [
    "region_id",
    "subject_id",
    "kind",
    "title",
    "number",
    "issuer",
    "dated_on",
    "amount_cny",
    "place",
    "file_id",
    "wording",
    "added_by_id",
    "added_at",
]
SHARED = ", ".join(f"'{kind.code}'" for kind in KINDS.values() if kind.shared)

GUARDS = [
    no_delete("files_storedfile"),
    no_update("files_storedfile"),
    no_delete("files_evidence"),
    Guard(
        "evidence_begins_standing",
        "files_evidence",
        "INSERT",
        _("佐证要先提交，才能撤回。"),
        when="NEW.withdrawn_at IS NOT NULL",
    ),
    Guard(
        "evidence_only_withdrawn",
        "files_evidence",
        "UPDATE",
        _("佐证提交后不能改，只能说明原因后撤回。"),
        when="OLD.withdrawn_at IS NOT NULL OR NEW.withdrawn_at IS NULL OR NEW.withdrawn_reason = '' OR "
        + " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in GIVEN),
    ),
    Guard(
        "evidence_file_of_the_subject",
        "files_evidence",
        "INSERT",
        _("这份文件属于别的项目，不能用作佐证。"),
        when="NEW.file_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM files_storedfile f WHERE f.id = NEW.file_id"
        f" AND ((f.subject_id = NEW.subject_id AND NOT f.shared) OR (f.shared AND NEW.kind IN ({SHARED}))))",
    ),
    Guard(
        "file_of_one_subject",
        "files_storedfile",
        "INSERT",
        _("这份文件已经用在别的项目上，不能再用。"),
        when="EXISTS (SELECT 1 FROM files_storedfile f WHERE f.region_id = NEW.region_id AND f.sha256 = NEW.sha256"
        " AND f.subject_id <> NEW.subject_id AND NOT (f.shared AND NEW.shared))",
    ),
]
