"""Shapes of what people type about units, people and accounts. The rules are in the services."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from luodi.kernel.http import ActForm, EditForm
from luodi.orgs.models import ROLE_CHOICES, Member, Unit, User
from luodi.orgs.passwords import suggested
from luodi.orgs.rules import Role

PHONE = re.compile(r"\+?\d[\d \-]{4,18}\d")
Difference = tuple[str, str, str]
"""Label, what I typed, what stands there now."""


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("用户名或密码不对。连错 5 次，15 分钟内不能再登录。"),
        "inactive": _("这个账号已停用，请找安全管理员。"),
    }


class PasswordForm(ActForm):
    """One's own new password, with the old one, so that an open screen is not enough."""

    old_password = forms.CharField(
        label=_("旧密码"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    password = forms.CharField(
        label=_("新密码"),
        strip=False,
        max_length=128,
        help_text=_("至少 10 位，大写字母、小写字母、数字、其他符号中有三类。"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label=_("新密码，再输一遍"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_old_password(self) -> str:
        old: str = self.cleaned_data["old_password"]
        if not self.user.check_password(old):
            raise forms.ValidationError(_("旧密码不对。"), code="old_password")
        return old

    def clean_password_again(self) -> str:
        again: str = self.cleaned_data["password_again"]
        if again != self.cleaned_data.get("password"):
            raise forms.ValidationError(_("两遍输得不一样。"), code="password_again")
        return again


class MemberForm(ActForm):
    name = forms.CharField(label=_("姓名"), max_length=40)
    post = forms.CharField(label=_("职务"), max_length=60, required=False)
    phone = forms.CharField(
        label=_("电话"),
        max_length=20,
        required=False,
        help_text=_("加密保存，只给办事的人看。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )

    def clean_phone(self) -> str:
        phone: str = self.cleaned_data["phone"]
        if phone and not PHONE.fullmatch(phone):
            raise forms.ValidationError(_("电话只写数字，可带区号，如 13900000000 或 0350-1234567。"), code="phone")
        return phone


class MemberEditForm(EditForm, MemberForm):
    def differences(self) -> list[Difference]:
        """Where the member as he stands now differs from what was typed."""
        now = {name: _plain(getattr(self.conflict, name)) for name in ("name", "post", "phone")}
        typed = {name: str(self.data.get(name, "")).strip() for name in now}
        return [(str(self[name].label), typed[name], now[name]) for name in now if typed[name] != now[name]]


def _plain(value: Any) -> str:
    return str(value.reveal() if hasattr(value, "reveal") else value)


class LeaveForm(EditForm):
    """Nothing to type: whom it is about stands in the address."""


class HeadForm(EditForm):
    """The unit's next head, from its own serving members."""

    member = forms.TypedChoiceField(label=_("新任主要领导"), coerce=int)

    def __init__(self, *args: Any, members: list[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        options = [(member.pk, f"{member.name} {member.post}".strip()) for member in members]
        self.fields["member"].choices = [("", _("请选择")), *options]  # type: ignore[attr-defined]

    def arguments(self) -> dict[str, Any]:
        found = super().arguments()
        return {"member_id": found.get("member"), "seen": found["seen"]}

    def differences(self) -> list[Difference]:
        unit: Unit = self.conflict
        choices = dict(self.fields["member"].choices)  # type: ignore[attr-defined]
        return [(str(_("主要领导")), str(choices.get(self.cleaned_data.get("member"), "")), str(unit.head))]


class AccountForm(ActForm):
    """An account with its first password, which the administrator reads out: it is shown, and changed at first sign-in."""

    username = forms.CharField(
        label=_("用户名"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("首次密码"),
        max_length=128,
        strip=False,
        initial=suggested,
        help_text=_("当面告诉本人；他第一次登录时必须改掉。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class ResetForm(ActForm):
    password = forms.CharField(
        label=_("首次密码"),
        max_length=128,
        strip=False,
        initial=suggested,
        help_text=_("当面告诉本人；他下次登录时必须改掉，别处登录着的立即退出。"),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class SwitchForm(ActForm):
    active = forms.TypedChoiceField(
        choices=[("1", _("启用")), ("0", _("停用"))], coerce=lambda value: value == "1", widget=forms.HiddenInput
    )


class GrantForm(ActForm):
    role = forms.TypedChoiceField(label=_("角色"), choices=[("", _("请选择")), *ROLE_CHOICES], coerce=Role)


class RoleEndForm(ActForm):
    """Nothing to type: which role of whom stands in the address."""
