"""A duty is never deleted; who owes what to whom about what stays as it was opened, and what is settled stays settled."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete, no_update
from luodi.orgs.guards import two_people

GUARDS = [
    no_delete("obligations_obligation"),
    no_delete("obligations_stop"),
    no_delete("obligations_escalation"),
    no_delete("obligations_excuse"),
    no_update("obligations_escalation"),
    *two_people("obligations_excuse", "asked_by", "decided_by"),
    Guard(
        "obligation_identity_stays",
        "obligations_obligation",
        "UPDATE",
        _("应办事项办的是哪件事、从哪天起，不能改。"),
        when="NEW.kind <> OLD.kind OR NEW.ref <> OLD.ref OR NEW.subject_id <> OLD.subject_id"
        " OR NEW.region_id <> OLD.region_id OR NEW.opened_at <> OLD.opened_at OR NEW.opened_on <> OLD.opened_on",
    ),
    Guard(
        "obligation_settled_stays",
        "obligations_obligation",
        "UPDATE",
        _("已办结的事项不能再改。"),
        when="OLD.settled_at IS NOT NULL",
    ),
    Guard(
        "stop_only_ended",
        "obligations_stop",
        "UPDATE",
        _("停钟只能结束，不能改写。"),
        when="OLD.until IS NOT NULL OR NEW.obligation_id <> OLD.obligation_id OR NEW.reason <> OLD.reason"
        " OR NEW.first <> OLD.first",
    ),
    Guard(
        "excuse_decided_stays",
        "obligations_excuse",
        "UPDATE",
        _("延期申请有了结果就不能再改。"),
        when="OLD.state <> 'asked' OR NEW.obligation_id <> OLD.obligation_id OR NEW.until <> OLD.until"
        " OR NEW.reason <> OLD.reason OR NEW.asked_by_id <> OLD.asked_by_id",
    ),
    Guard(
        "excuse_decided_outside",
        "obligations_excuse",
        "UPDATE",
        _("延期要由责任单位以外的单位批准。"),
        when="OLD.state = 'asked' AND NEW.state <> 'asked' AND (SELECT m.unit_id FROM orgs_member m WHERE m.id = NEW.decided_by_id)"
        " = (SELECT o.unit_id FROM obligations_obligation o WHERE o.id = NEW.obligation_id)",
    ),
]
