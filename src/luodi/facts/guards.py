"""A fact is inserted as draft, sealed by one UPDATE, and after that only revoked. Its shares and lines freeze with it."""

from django.utils.translation import gettext_lazy as _

from luodi.files.rules import KINDS
from luodi.kernel.guards import Guard, no_delete, no_update

UNSEALED = "(SELECT f.state FROM facts_fact f WHERE f.id = NEW.fact_id) <> 'draft'"
FROZEN_COLUMNS = [
    "region_id",
    "subject_id",
    "kind",
    "gate",
    "happened_on",
    "recognised_on",
    "year",
    "amount_cny",
    "asked_by_id",
    "recognised_by_id",
    "recognised_unit_id",
    "unit_id",
    "leader_id",
    "industry_id",
    "state",
]
UNCOUNTABLE = ", ".join(f"'{kind.code}'" for kind in KINDS.values() if not kind.countable)


def _changed(columns: list[str]) -> str:
    return " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in columns)


GUARDS = [
    no_delete("facts_fact"),
    no_delete("facts_factshare"),
    no_delete("facts_factevidence"),
    no_delete("facts_revocation"),
    no_update("facts_revocation"),
    no_update("facts_factshare"),
    Guard(
        "fact_begins_as_draft",
        "facts_fact",
        "INSERT",
        _("认定事实必须先拟定再认定。"),
        when="NEW.state <> 'draft' OR NEW.revoked_by_id IS NOT NULL",
    ),
    Guard(
        "fact_sealed_stays",
        "facts_fact",
        "UPDATE",
        _("已认定的事实不能改，只能说明原因后撤销。"),
        when=f"OLD.state = 'recognised' AND (OLD.revoked_by_id IS NOT NULL OR {_changed(FROZEN_COLUMNS)})",
    ),
    Guard(
        "fact_draft_not_revoked",
        "facts_fact",
        "UPDATE",
        _("未认定的事实谈不上撤销。"),
        when="OLD.state = 'draft' AND NEW.revoked_by_id IS NOT NULL",
    ),
    Guard(
        "fact_shares_add_up",
        "facts_fact",
        "UPDATE",
        _("各单位份额合计必须是 100%。"),
        when="OLD.state = 'draft' AND NEW.state = 'recognised' AND"
        " COALESCE((SELECT SUM(s.basis_points) FROM facts_factshare s WHERE s.fact_id = NEW.id), 0) <> 10000",
    ),
    Guard(
        "fact_amount_adds_up",
        "facts_fact",
        "UPDATE",
        _("认定金额必须等于凭证金额之和。"),
        when="OLD.state = 'draft' AND NEW.state = 'recognised' AND ABS(NEW.amount_cny -"
        " COALESCE((SELECT SUM(e.amount_cny) FROM facts_factevidence e WHERE e.fact_id = NEW.id), 0)) >= 0.005",
    ),
    Guard(
        "fact_recogniser_has_no_share",
        "facts_fact",
        "UPDATE",
        _("有份额的单位不能认定自己的成绩。"),
        when="OLD.state = 'draft' AND NEW.state = 'recognised' AND (NEW.recognised_unit_id = NEW.unit_id"
        " OR EXISTS (SELECT 1 FROM facts_factshare s WHERE s.fact_id = NEW.id AND s.unit_id = NEW.recognised_unit_id)"
        " OR NEW.recognised_unit_id = (SELECT m.unit_id FROM orgs_member m WHERE m.id = NEW.asked_by_id)"
        " OR NEW.recognised_unit_id <> (SELECT m.unit_id FROM orgs_member m WHERE m.id = NEW.recognised_by_id))",
    ),
    Guard("fact_share_while_draft", "facts_factshare", "INSERT", _("事实已认定，份额不能再改。"), when=UNSEALED),
    Guard("fact_line_while_draft", "facts_factevidence", "INSERT", _("事实已认定，佐证不能再加。"), when=UNSEALED),
    Guard(
        "fact_line_as_evidence",
        "facts_factevidence",
        "INSERT",
        _("事实只能依据本事项没有撤回的佐证，金额以凭证为准。"),
        when="NOT NEW.held OR NOT EXISTS (SELECT 1 FROM files_evidence e JOIN facts_fact f ON f.subject_id = e.subject_id"
        " WHERE e.id = NEW.evidence_id AND f.id = NEW.fact_id AND f.region_id = NEW.region_id AND e.kind = NEW.kind"
        " AND e.withdrawn_at IS NULL AND (NEW.amount_cny = 0 OR NEW.amount_cny = e.amount_cny))"
        f" OR (NEW.amount_cny > 0 AND NEW.kind IN ({UNCOUNTABLE}))",
    ),
    Guard(
        "fact_line_only_freed",
        "facts_factevidence",
        "UPDATE",
        _("事实的佐证不能改。"),
        when="NEW.held OR "
        + _changed(["fact_id", "evidence_id", "region_id", "kind", "payer", "number", "amount_cny"])
        + " OR (SELECT f.revoked_by_id FROM facts_fact f WHERE f.id = NEW.fact_id) IS NULL",
    ),
    Guard(
        "fact_revoked_frees_vouchers",
        "facts_fact",
        "UPDATE OF revoked_by_id",
        when="OLD.revoked_by_id IS NULL AND NEW.revoked_by_id IS NOT NULL",
        then="UPDATE facts_factevidence SET held = FALSE WHERE fact_id = NEW.id AND held",
    ),
    Guard(
        "evidence_of_fact_stays",
        "files_evidence",
        "UPDATE OF withdrawn_at",
        _("已有认定依据这份佐证，不能撤回。"),
        when="NEW.withdrawn_at IS NOT NULL AND EXISTS (SELECT 1 FROM facts_factevidence l"
        " JOIN facts_fact f ON f.id = l.fact_id WHERE l.evidence_id = NEW.id AND f.revoked_by_id IS NULL)",
    ),
]
