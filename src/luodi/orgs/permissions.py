"""May this person do this to this unit or member? Each function says why not ("" = he may)."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from luodi.orgs.labels import ROLE_LABELS
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.rules import ACTIONS, Role


def who_may(action: str) -> str:
    """The roles that may try an action, in words: 项目办、招商局."""
    return _("、").join(str(label) for role, label in ROLE_LABELS.items() if role in ACTIONS[action].roles)


def require(user: User, action: str) -> None:
    """Close a page to roles without the action. The PermissionDenied tells the 403 page who may."""
    if not user.may(action):
        raise PermissionDenied(_("这件事归%(roles)s办，您的角色不能办。") % {"roles": who_may(action)})


def why_not_manage_members(user: User, unit: Unit) -> str:
    """The project office manages the members of all units of its county, a head those of his own."""
    if not user.may("member.manage"):
        return _("人员由项目办和本单位主要领导管理。")
    if Role.PROJECT_OFFICE in user.roles or unit.pk == user.member.unit_id:
        return ""
    return _("您只能管理本单位的人员。")


def why_not_let_leave(user: User, member: Member) -> str:
    """Who manages a unit's members lets them leave, with all that they hold; its head the government office alone, which
    names the next one in the same act."""
    if member.unit.head_id != member.pk:
        return why_not_manage_members(user, member.unit)
    if user.may("unit.head_leave"):
        return ""
    return _("他是单位主要领导：请先换任主要领导，或者由政府办公室连同换任一起办。")


def require_letting_leave(user: User, member: Member) -> None:
    """Close the page on which a member leaves. The PermissionDenied says why."""
    if reason := why_not_let_leave(user, member):
        raise PermissionDenied(reason)


def require_managing(user: User, unit: Unit) -> None:
    """Close the pages that change a unit's members. The PermissionDenied says why."""
    if reason := why_not_manage_members(user, unit):
        raise PermissionDenied(reason)
