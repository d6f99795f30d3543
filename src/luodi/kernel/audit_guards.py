"""The audit log only grows."""

from django.utils.translation import gettext_lazy as _

from luodi.kernel.guards import Guard, no_delete, no_update

GUARDS = [
    no_delete("kernel_auditentry"),
    no_update("kernel_auditentry"),
    no_delete("kernel_audithead"),
    Guard(
        "audithead_only_grows",
        "kernel_audithead",
        "UPDATE",
        _("审计链只能往后接。"),
        when="NEW.chain <> OLD.chain OR NEW.seq <= OLD.seq",
    ),
]
