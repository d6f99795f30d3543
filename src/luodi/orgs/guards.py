"""What the database holds of orgs: heads belong to their unit, nothing of people and units is deleted."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete
from luodi.orgs.rules import ADMINS

_ADMINS = ", ".join(f"'{role.value}'" for role in sorted(ADMINS))

GUARDS = [
    no_delete("orgs_region"),
    no_delete("orgs_unit"),
    no_delete("orgs_member"),
    no_delete("orgs_rolegrant"),
    Guard(
        "unit_head_is_of_the_unit",
        "orgs_unit",
        "UPDATE OF head_id",
        _("主要领导必须是本单位在岗的人。"),
        when="NEW.head_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM orgs_member m WHERE m.id = NEW.head_id"
        " AND m.unit_id = NEW.id AND m.state <> 'left')",
    ),
    Guard(
        "unit_begins_without_head",
        "orgs_unit",
        "INSERT",
        _("单位和它的主要领导要一起建立。"),
        when="NEW.head_id IS NOT NULL",
    ),
    no_delete("orgs_user"),
    Guard(
        "member_head_stays",
        "orgs_member",
        "UPDATE OF state, unit_id",
        _("他是单位主要领导，请先换任主要领导。"),
        when="(NEW.state = 'left' OR NEW.unit_id <> OLD.unit_id)"
        " AND EXISTS (SELECT 1 FROM orgs_unit u WHERE u.head_id = NEW.id)",
    ),
    Guard(
        "rolegrant_ends_once",
        "orgs_rolegrant",
        "UPDATE",
        _("角色只能终止，不能改写。"),
        when="OLD.until IS NOT NULL OR NEW.member_id <> OLD.member_id OR NEW.role <> OLD.role"
        " OR NEW.since <> OLD.since",
    ),
    Guard(
        "rolegrant_admin_apart",
        "orgs_rolegrant",
        "INSERT",
        _("三员各自独立：系统、安全、审计管理员不能再兼别的角色。"),
        when="NEW.until IS NULL AND EXISTS (SELECT 1 FROM orgs_rolegrant g WHERE g.member_id = NEW.member_id"
        " AND g.until IS NULL AND g.role <> NEW.role"
        f" AND (NEW.role IN ({_ADMINS}) OR g.role IN ({_ADMINS})))",
    ),
]
