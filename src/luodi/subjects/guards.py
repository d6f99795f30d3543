"""What happened stays written; an association ends once and is never rewritten."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete, no_update

GUARDS = [
    no_delete("subjects_subject"),
    no_delete("subjects_party"),
    no_delete("subjects_timelineentry"),
    no_update("subjects_timelineentry"),
    Guard(
        "subject_identity_stays",
        "subjects_subject",
        "UPDATE",
        _("事项的类别、行政区和编号不能改。"),
        when="NEW.kind <> OLD.kind OR NEW.region_id <> OLD.region_id OR NEW.uuid <> OLD.uuid",
    ),
    Guard(
        "party_only_ended",
        "subjects_party",
        "UPDATE",
        _("相关方只能终止，不能改写。"),
        when="OLD.until IS NOT NULL OR NEW.subject_id <> OLD.subject_id OR NEW.unit_id <> OLD.unit_id OR NEW.role <> OLD.role"
        " OR NEW.since <> OLD.since",
    ),
]
