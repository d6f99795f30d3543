"""What was proposed stays as it was; what was decided stays decided."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete, no_update
from luodi.orgs.guards import two_people


def _changed(*columns: str) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


GUARDS = [
    no_delete("rulebook_tableversion"),
    no_delete("rulebook_tablerow"),
    no_update("rulebook_tablerow"),
    *two_people("rulebook_tableversion", "proposed_by", "decided_by"),
    Guard(
        "tableversion_begins_proposed",
        "rulebook_tableversion",
        "INSERT",
        _("规则的修改要先提出，再由另一个人决定。"),
        when="NEW.state <> 'proposed'",
    ),
    Guard(
        "tableversion_proposal_stays",
        "rulebook_tableversion",
        "UPDATE",
        _("提出的修改不能改写；请撤回后另提一份。"),
        when=_changed("region_id", "code", "valid_from", "note", "proposed_by_id", "proposed_at"),
    ),
    Guard(
        "tableversion_decided_once",
        "rulebook_tableversion",
        "UPDATE",
        _("这份修改已经有了结果，不能再改。"),
        when=f"OLD.state <> 'proposed' AND ({_changed('state', 'decided_by_id', 'decided_at', 'reason', 'based_on_id')})",
    ),
    Guard(
        "tableversion_applied_once",
        "rulebook_tableversion",
        "UPDATE OF applied_at",
        _("这一版规则已经用上，不能改写。"),
        when=f"OLD.applied_at IS NOT NULL AND ({_changed('applied_at')})",
    ),
    Guard(
        "tablerow_of_proposal",
        "rulebook_tablerow",
        "INSERT",
        _("这一版规则已经有了结果，不能再加行。"),
        when="NOT EXISTS (SELECT 1 FROM rulebook_tableversion v WHERE v.id = NEW.version_id AND v.state = 'proposed')",
    ),
]
