"""Accounts and roles. Granted by the security administrator, who sees no business row."""

from __future__ import annotations

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.acts import Actor
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Member, RoleGrant, User
from luodi.orgs.rules import Role, incompatible


def account_create(*, by: Actor, member: Member, username: str, password: str | None, must_change: bool = True) -> User:
    """Give a member an account. Without a password nobody can sign in to it until one is set by `password_reset`.

    Errors: Member.DoesNotExist when he is of another county; DomainError "forbidden" | "username_missing" |
    "username_taken" | "account_twice" | "member_left" | "password_weak".
    """
    if not by.may("account.manage"):
        raise Forbidden(_("账号由安全管理员管理。"))
    member = _locked(by, member)
    name = username.strip()
    if not name:
        raise DomainError("username_missing", _("请填写用户名。"), field="username")
    if User.objects.filter(username=name).exists():
        raise DomainError("username_taken", _("这个用户名已有人用，请换一个。"), field="username")
    if User.objects.filter(member=member).exists():
        raise DomainError("account_twice", _("这个人已有账号。"), field="member")
    if member.state == "left":
        raise DomainError("member_left", _("他已离任，不能再开账号。"))
    user = User(username=name, member=member, must_change_password=must_change)
    if password is None:
        user.set_unusable_password()
    else:
        _set_password(user, password)
        user.password_set_at = acts.current().at
    if member.state == "listed":
        acts.update(member, state="active")
    return acts.insert(user)


def password_reset(*, by: User, user_id: int, password: str) -> User:
    """Set a first password anew; its owner changes it at the next sign-in, and his sessions end."""
    if not by.may("account.manage"):
        raise Forbidden(_("账号由安全管理员管理。"))
    if user_id == by.pk:
        raise DomainError("own_account", _("自己的密码请从右上角「改密码」换。"))
    user: User = acts.lock_one(User.objects.filter(member__region_id__in=by.region_ids), user_id)
    _set_password(user, password)
    user.save(update_fields=["password"])
    acts.update(user, must_change_password=True, password_set_at=acts.current().at)
    return user


def password_change(*, by: User, password: str) -> User:
    """Change one's own password. Errors: "password_weak" | "password_same"."""
    user: User = acts.lock_one(User.objects.all(), by.pk)
    if user.check_password(password):
        raise DomainError("password_same", _("新密码不能与旧密码相同。"), field="password")
    _set_password(user, password)
    user.save(update_fields=["password"])
    acts.update(user, must_change_password=False, password_set_at=acts.current().at)
    return user


def account_switch(*, by: User, user_id: int, active: bool) -> User:
    """Shut or open an account. Errors: "forbidden" | "own_account" | "member_left"."""
    if not by.may("account.manage"):
        raise Forbidden(_("账号由安全管理员管理。"))
    if user_id == by.pk:
        raise DomainError("own_account", _("不能停用自己的账号。"))
    user: User = acts.lock_one(User.objects.filter(member__region_id__in=by.region_ids), user_id)
    if active and user.member.state == "left":
        raise DomainError("member_left", _("他已离任，账号不能再启用。"))
    acts.update(user, is_active=active)
    return user


def role_grant(*, by: Actor, member: Member, role: Role) -> RoleGrant:
    """Give a member a role.

    Errors: Member.DoesNotExist when he is of another county; DomainError "forbidden" | "role_held" | "admin_apart" |
    "own_role" | "member_left".
    """
    if not by.may("role.grant"):
        raise Forbidden(_("角色由安全管理员授予。"))
    if getattr(by, "member_id", None) == member.pk:
        raise DomainError("own_role", _("不能给自己授予角色。"), field="role")
    member = _locked(by, member)
    if member.state == "left":
        raise DomainError("member_left", _("他已离任，不能再授予角色。"), field="role")
    held = set(RoleGrant.objects.filter(member=member, until=None).values_list("role", flat=True))
    if role in held:
        raise DomainError("role_held", _("他已有这个角色。"), field="role")
    if incompatible(frozenset({Role(name) for name in held} | {role})):
        raise DomainError("admin_apart", _("三员各自独立：系统、安全、审计管理员不能再兼别的角色。"), field="role")
    return acts.insert(RoleGrant(region_id=member.region_id, member=member, role=role.value, since=acts.current().at))


def role_end(*, by: User, grant_id: int) -> RoleGrant:
    """End a role. Errors: RoleGrant.DoesNotExist; DomainError "forbidden" | "own_role" | "role_ended"."""
    if not by.may("role.grant"):
        raise Forbidden(_("角色由安全管理员授予。"))
    grant: RoleGrant = acts.lock_one(RoleGrant.objects.filter(region_id__in=by.region_ids), grant_id)
    if grant.member_id == by.member_id:
        raise DomainError("own_role", _("不能终止自己的角色。"))
    if grant.until is not None:
        raise DomainError("role_ended", _("这个角色已经终止。"))
    acts.update(grant, until=acts.current().at)
    return grant


def _locked(by: Actor, member: Member) -> Member:
    """The member, locked, so that two grants at once see each other. A person acts within his own regions only."""
    rows = Member.objects.all()
    if isinstance(by, User):
        rows = rows.filter(region_id__in=by.region_ids)
    locked: Member = acts.lock_one(rows, member.pk)
    return locked


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise DomainError("password_weak", " ".join(error.messages), field="password") from error
    user.set_password(password)
