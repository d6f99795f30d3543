"""May this person propose, decide or take back a change of the rules? Each function says why not ("" = he may)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from luodi.orgs.deputies import colleague_between, same_person
from luodi.orgs.models import Region, User
from luodi.rulebook.models import TableVersion


def why_not_propose(user: User, home: Region) -> str:
    """`home` is the region that answers for the table."""
    if not user.may("rule.propose"):
        return _("规则的修改由项目办提出，由政府办公室批准。")
    return _of_home(user, home)


def why_not_decide(user: User, version: TableVersion) -> str:
    if not user.may("rule.decide"):
        return _("规则的修改由政府办公室批准。")
    if version.proposed_by is not None and same_person(user, version, version.proposed_by):
        return _("这份修改是您提出的，要由另一个人决定。")
    if version.proposed_by is not None and colleague_between(user, version, version.proposed_by):
        return _("代办人和提出的人同属一个单位，要由别的单位决定。")
    return _of_home(user, version.region)


def why_not_withdraw(user: User, version: TableVersion) -> str:
    if not user.may("rule.propose"):
        return _("修改由项目办撤回。")
    return _of_home(user, version.region)


def _of_home(user: User, home: Region) -> str:
    if user.member.region_id == home.pk:
        return ""
    return _("这张规则表由%(region)s的人维护。") % {"region": home}
