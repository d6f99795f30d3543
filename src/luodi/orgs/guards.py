"""What the database holds of orgs: heads belong to their unit, nothing of people and units is deleted."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete, no_update
from luodi.orgs.rules import ADMINS

_ADMINS = ", ".join(f"'{role.value}'" for role in sorted(ADMINS))

RECOGNITION = "substr(NEW.model, 1, 6) = 'facts.' OR NEW.model = 'projects.factrecheck'"
"""Rows that no deputy writes, whatever he was given (mission.md, Member, Delegation)."""


def two_people(table: str, first: str, second: str) -> list[Guard]:
    """Two steps of a row need two people; where a deputy takes one of them, he and whoever is behind the other are of two
    units (orgs.deputies.colleague_between). `first` and `second` are the columns that name the people of the two steps."""
    label = table.replace("_", ".", 1)
    unit = "(SELECT m.unit_id FROM orgs_member m WHERE m.id = {})"
    through = (
        "SELECT 1 FROM orgs_delegatedact d WHERE d.model = '{label}' AND d.object_id = {row}"
        " AND d.principal_id = {doer} AND {of_deputy} = {of_other}"
    )
    of_deputy = unit.format("d.deputy_id")
    himself = through.format(
        label=label,
        row="NEW.id",
        doer=f"NEW.{first}_id",
        of_deputy=of_deputy,
        of_other=unit.format(f"NEW.{second}_id"),
    )
    both = through.format(
        label=label, row="t.id", doer=f"t.{first}_id", of_deputy=of_deputy, of_other=unit.format("NEW.deputy_id")
    )
    message = _("代办人和另一步的经手人是同一个人，或者同属一个单位，这一步要由别人办。")
    return [
        Guard(
            f"{table}_not_by_first_deputy",
            table,
            f"UPDATE OF {second}_id",
            message,
            when=f"NEW.{second}_id IS NOT NULL AND NEW.{second}_id <> NEW.{first}_id AND EXISTS ({himself})",
        ),
        Guard(
            f"{table}_deputy_has_no_part",
            "orgs_delegatedact",
            "INSERT",
            message,
            when=f"NEW.model = '{label}' AND EXISTS (SELECT 1 FROM {table} t WHERE t.id = NEW.object_id"
            f" AND t.{second}_id = NEW.principal_id AND t.{first}_id <> t.{second}_id"
            f" AND ({unit.format(f't.{first}_id')} = {unit.format('NEW.deputy_id')} OR EXISTS ({both})))",
        ),
    ]


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
    no_delete("orgs_apitoken"),
    Guard(
        "apitoken_only_revoked",
        "orgs_apitoken",
        "UPDATE",
        _("接口令牌只能撤销，不能改写。"),
        when="OLD.revoked_at IS NOT NULL OR NEW.user_id <> OLD.user_id OR NEW.digest <> OLD.digest"
        " OR NEW.scopes <> OLD.scopes OR NEW.expires_on <> OLD.expires_on",
    ),
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
    no_delete("orgs_delegation"),
    no_delete("orgs_delegatedact"),
    no_update("orgs_delegatedact"),
    Guard(
        "delegation_only_ended",
        "orgs_delegation",
        "UPDATE",
        _("委托只能终止，不能改写。"),
        when="OLD.ended_at IS NOT NULL OR NEW.principal_id <> OLD.principal_id OR NEW.deputy_id <> OLD.deputy_id"
        " OR NEW.actions <> OLD.actions OR NEW.from_on <> OLD.from_on OR NEW.until_on <> OLD.until_on"
        " OR NEW.given_at <> OLD.given_at OR NEW.reason <> OLD.reason OR NEW.region_id <> OLD.region_id",
    ),
    Guard(
        "delegation_between_serving",
        "orgs_delegation",
        "INSERT",
        _("委托只在同一个县在岗的两个人之间。"),
        when="NEW.ended_at IS NOT NULL OR 2 <> (SELECT COUNT(*) FROM orgs_member m WHERE m.id IN (NEW.principal_id, NEW.deputy_id)"
        " AND m.region_id = NEW.region_id AND m.state <> 'left')",
    ),
    Guard(
        "delegation_once_a_day",
        "orgs_delegation",
        "INSERT",
        _("这几天已经有给他的委托。要改代办事项，请先终止原来的，再另行委托。"),
        when="EXISTS (SELECT 1 FROM orgs_delegation d WHERE d.principal_id = NEW.principal_id AND d.deputy_id = NEW.deputy_id"
        " AND d.ended_at IS NULL AND d.from_on <= NEW.until_on AND d.until_on >= NEW.from_on)",
    ),
    Guard(
        "member_left_delegates_nothing",
        "orgs_member",
        "UPDATE OF state",
        _("他还有没终止的委托，离任要连同委托一起办。"),
        when="NEW.state = 'left' AND EXISTS (SELECT 1 FROM orgs_delegation d WHERE d.ended_at IS NULL"
        " AND (d.principal_id = NEW.id OR d.deputy_id = NEW.id))",
    ),
    Guard(
        "delegated_act_by_delegation",
        "orgs_delegatedact",
        "INSERT",
        _("委托已经终止或到期，不能再代办。"),
        when="NOT EXISTS (SELECT 1 FROM orgs_delegation d WHERE d.id = NEW.delegation_id AND d.region_id = NEW.region_id"
        " AND d.principal_id = NEW.principal_id AND d.deputy_id = NEW.deputy_id AND d.ended_at IS NULL"
        " AND NEW.day BETWEEN d.from_on AND d.until_on)",
    ),
    Guard(
        "delegated_act_recognises_nothing",
        "orgs_delegatedact",
        "INSERT",
        _("认定、处分、表彰和账号上的事只能由本人办，不能委托。"),
        when=RECOGNITION,
    ),
]
