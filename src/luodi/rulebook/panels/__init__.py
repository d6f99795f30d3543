"""What the rulebook gives to the registry: its page, its desk line, its check, and the two tables that belong to no one app."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from luodi.kernel import registry
from luodi.kernel.schedules import Daily
from luodi.rulebook import selectors, services
from luodi.rulebook.panels.calendar import CALENDAR
from luodi.rulebook.panels.desk import due_from
from luodi.rulebook.panels.thresholds import THRESHOLDS


def register() -> None:
    registry.add_table(THRESHOLDS)
    registry.TABLE_SERIES.append(CALENDAR)
    registry.add_acts(
        "rulebook.services",
        {
            "version_propose": _("提出改规则"),
            "version_decide": _("决定改规则"),
            "version_withdraw": _("撤回改规则"),
            "version_apply": _("新规则生效"),
        },
    )
    registry.add_periodic(
        registry.Periodic("rulebook.in_force", _("到日子的规则生效"), services.come_into_force_job, Daily(0, 5))
    )
    registry.add_job_kinds(registry.JobKind("rulebook.come_into_force", _("新规则生效"), lasting=True))
    registry.add_nav(registry.NavEntry("steer", 85, _("规则"), "rule_list", "r", "desk.see"))
    registry.DESK.append(due_from)
    registry.CHECKS.append(selectors.unapplied)
    registry.JOBS[services.JOB] = services.come_into_force_job
