"""Shapes of what people type about units, people and accounts. The rules are in the services."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import generate_totp_secret
from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _

from luodi.kernel import clock
from luodi.kernel.http import ActForm, EditForm
from luodi.kernel.models import WITHIN_REACH
from luodi.kernel.personal import seal_text, unseal_text
from luodi.kernel.registry import Held
from luodi.kernel.words import Worded
from luodi.orgs import deputies
from luodi.orgs.labels import DELEGABLE_LABELS, ROLE_CHOICES, SCOPE_LABELS
from luodi.orgs.mfa import checked_new_passkey
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.passwords import suggested
from luodi.orgs.rules import READ, TOKEN_SCOPES, Role
from luodi.web.fields import DayInput

FOR_SETTING_UP = "setting up a second factor"
PHONE = re.compile(r"\+?\d[\d \-]{4,18}\d")
Difference = tuple[str, str, str]
"""Label, what I typed, what stands there now."""


class SignInForm(Worded, AuthenticationForm):
    error_messages = {
        "invalid_login": _("用户名或密码不对。连错 5 次，15 分钟内不能再登录。"),
        "inactive": _("这个账号已停用，请找安全管理员。"),
    }


class JobGiveUpForm(ActForm):
    reason = forms.CharField(label=_("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}))


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


CODE_INPUT = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}


class SecondStepForm(forms.Form):
    """A code, or the answer of a passkey that script put in."""

    code = forms.CharField(
        label=_("验证码"),
        max_length=20,
        required=False,
        help_text=_("验证器里的 6 位数字，或者一个 8 位恢复码。"),
        widget=forms.TextInput(attrs={**CODE_INPUT, "autofocus": True}),
    )
    credential = forms.JSONField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if not self.errors and not found.get("code") and found.get("credential") is None:
            self.add_error("code", forms.ValidationError(_("请填验证码。"), code="required"))
        return found


class PasskeyAnswerForm(forms.Form):
    credential = forms.JSONField(widget=forms.HiddenInput)
    next = forms.CharField(required=False, widget=forms.HiddenInput)


class OwnForm(ActForm):
    """About one's own second factor. The password is asked where the session is not fresh, so that an open screen is not
    enough."""

    password = forms.CharField(
        label=_("当前密码"), strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )

    def __init__(self, *args: Any, user: User, fresh: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if fresh or not user.has_usable_password():
            del self.fields["password"]

    def clean_password(self) -> str:
        if not self.user.check_password(self.cleaned_data["password"]):
            raise forms.ValidationError(_("密码不对。"), code="password")
        return ""

    def arguments(self) -> dict[str, Any]:
        return {name: value for name, value in super().arguments().items() if name != "password"}


class TotpForm(OwnForm):
    """The secret goes out and comes back sealed, with the account it was made for."""

    secret = forms.CharField(widget=forms.HiddenInput)
    code = forms.CharField(
        label=_("验证器现在显示的 6 位数字"), max_length=10, widget=forms.TextInput(attrs=CODE_INPUT)
    )
    field_order = ("secret", "code", "password")

    def clean_secret(self) -> str:
        try:
            owner, secret = unseal_text(FOR_SETTING_UP, self.cleaned_data["secret"]).split()
        except ValueError:
            owner, secret = "", ""
        if owner != str(self.user.pk):
            raise forms.ValidationError(_("这个二维码已经失效，请重新打开这一页。"), code="secret")
        return secret


def new_secret(user: User) -> str:
    """A fresh TOTP secret, sealed for the form."""
    return seal_text(FOR_SETTING_UP, f"{user.pk} {generate_totp_secret()}")


def secret_in(sealed: str) -> str:
    """The secret that the form carries, to be shown. Raises ValueError where it is not ours."""
    return unseal_text(FOR_SETTING_UP, sealed).split()[1]


class PasskeyForm(OwnForm):
    """A new passkey: its name, and the browser's answer to our challenge, checked here since the challenge is used up by it."""

    name = forms.CharField(label=_("起个名字"), max_length=40, help_text=_("例如：办公室电脑、我的手机。"))
    credential = forms.JSONField(required=False, widget=forms.HiddenInput)
    field_order = ("name", "credential", "password")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if self.errors:
            return found
        if found.get("credential") is None:
            self.add_error(None, _("浏览器没有给出通行密钥。要用较新的浏览器，网址要是 https。"))
        else:
            checked_new_passkey(found["credential"])
        return found


class IdleForm(ActForm):
    minutes = forms.IntegerField(
        label=_("多久不用自动退出（分钟）"), widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )


class FactorResetForm(ActForm):
    reason = forms.CharField(
        label=_("为什么重设"),
        max_length=200,
        help_text=_("例如：手机丢失，已当面核对本人。写进审计。"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


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


class HandoverForm(LeaveForm):
    """A member leaves with all that he holds: for each kind of it one successor, and one note on the whole."""

    def __init__(self, *args: Any, held: Sequence[Held], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.codes = [one.code for one in held if one.offered is not None]
        for one in held:
            if one.offered is not None:
                self.fields[one.code] = _successor_field(one)
        if self.codes:
            self.fields["note"] = forms.CharField(
                label=_("交接情况"),
                max_length=500,
                help_text=_("交了什么，还有什么没完。写进每一件的时间线。"),
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def arguments(self) -> dict[str, Any]:
        told = super().arguments()
        return {
            "successors": {code: told.get(code) for code in self.codes},
            "note": told.get("note", ""),
            "seen": told["seen"],
        }


def _successor_field(held: Held) -> forms.TypedChoiceField:
    label = _("%(what)s %(count)s 件，交给") % {"what": held.label, "count": held.count}
    options = [
        (member.pk, f"{member.name}（{f'{member.unit} {member.post}'.strip()}）") for member in held.offered or ()
    ]
    empty = _("先空着") if held.optional else _("请选择")
    return forms.TypedChoiceField(
        label=label,
        choices=[("", empty), *options],
        coerce=int,
        empty_value=None,
        required=not held.optional,
        help_text=str(held.text),
    )


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


class TokenForm(ActForm):
    """A new API token: what for, what it may do besides reading, until when."""

    name = forms.CharField(label=_("用途"), max_length=60, help_text=_("哪个系统用，谁管，如“统计局报表，李工”"))
    scopes = forms.MultipleChoiceField(
        label=_("除了查看还能办"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("只选用得着的；不选就只能查看。"),
    )
    expires_on = forms.DateField(label=_("有效期至"), widget=DayInput(), help_text=_("最长一年。"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        scopes = [scope for scope, actions in TOKEN_SCOPES.items() if scope != READ and actions & user.actions]
        self.fields["scopes"].choices = [(scope, SCOPE_LABELS[scope]) for scope in scopes]  # type: ignore[attr-defined]
        self.fields["expires_on"].initial = clock.today() + timedelta(days=90)


class TokenRevokeForm(ActForm):
    """Nothing to type: which token stands in the address."""


class DelegationForm(ActForm):
    """Who may do what for me, from when until when, and why."""

    deputy = forms.TypedChoiceField(label=_("代办人"), coerce=int, help_text=_("本县在岗、能登录的人。"))
    actions = forms.MultipleChoiceField(label=_("委托他办"), widget=forms.CheckboxSelectMultiple)
    from_on = forms.DateField(label=_("自"), widget=DayInput(), validators=WITHIN_REACH)
    until_on = forms.DateField(
        label=_("至"), widget=DayInput(), validators=WITHIN_REACH, help_text=_("含这一天，最长一年。")
    )
    reason = forms.CharField(label=_("事由"), max_length=200, help_text=_("如“外出学习”“联络员协助”"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [(action, label) for action, label in DELEGABLE_LABELS.items() if user.may(action)]
        people = [(pk, f"{name} · {unit}") for pk, name, unit in deputies.possible_deputies(user)]
        self.fields["deputy"].choices = [("", _("请选择")), *people]  # type: ignore[attr-defined]
        self.fields["actions"].choices = named  # type: ignore[attr-defined]
        self.fields["from_on"].initial = clock.today()

    def meaning(self, told: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in told.items() if name != "deputy"} | {"deputy_id": told["deputy"]}


class DelegationEndForm(ActForm):
    """Nothing to type: which delegation stands in the address."""
