"""May this person stop this clock, ask for more time, or grant it? Each says why not ("" = he may)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from luodi.obligations.models import Excuse, Obligation
from luodi.orgs.deputies import same_person, same_unit
from luodi.orgs.models import User


def _settled(obligation: Obligation) -> str:
    return _("这件事已经办结。") if obligation.settled_at else ""


def why_not_stop(user: User, obligation: Obligation) -> str:
    """Who supervises stops a clock, never the debtor's own unit."""
    if why := _settled(obligation):
        return why
    if not user.may("obligation.stop"):
        return _("停钟和恢复由项目办、政府办公室或督查员办理。")
    if obligation.unit_id in user.hand_units:
        return _("这件事该您单位办，停钟要由别的单位办理。")
    return ""


def why_not_excuse(user: User, obligation: Obligation) -> str:
    """The debtor asks, or somebody of his unit whose role carries such duties."""
    if why := _settled(obligation):
        return why
    if obligation.member_id == user.member_id and (user.deputy is None or user.may("excuse.ask")):
        return ""
    action = obligation.about.action
    if obligation.unit_id == user.member.unit_id and (user.may("excuse.ask") or (action and user.may(action))):
        return ""
    return _("延期由责任单位%(unit)s申请。") % {"unit": obligation.unit}


def why_not_decide_excuse(user: User, excuse: Excuse) -> str:
    """The government office or who supervises: another person, of another unit than the debtor's."""
    if not user.may("excuse.decide"):
        return _("延期由政府办公室或督查员批准。")
    if same_person(user, excuse, excuse.asked_by):
        return _("延期是您申请的，要由另一个人批准。")
    if same_unit(user, excuse, excuse.asked_by, excuse.obligation.unit_id):
        return _("这件事该您单位办，延期要由别的单位批准。")
    return ""
