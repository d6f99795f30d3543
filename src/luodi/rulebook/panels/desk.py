"""What is due in the rulebook: changes that wait to be put in force."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.registry import DeskLine, rule_table
from luodi.orgs.models import User
from luodi.rulebook import permissions
from luodi.rulebook.selectors import waiting_for


def due_from(user: User) -> Iterable[DeskLine]:
    """A line for each proposal that this person may decide. One query."""
    if not user.may("rule.decide"):
        return
    for version in waiting_for(user):
        table = rule_table(version.code)
        if table is not None and not permissions.why_not_decide(user, version):
            yield DeskLine(
                f"rule-{version.pk}",
                _("规则“%(table)s”要改，%(day)s 起") % {"table": table.label, "day": version.valid_from},
                version.note,
                reverse("rule_version", args=[version.pk]),
                _("看修改"),
                since=clock.local_date(version.proposed_at),
                waiting=version.proposer,
            )
