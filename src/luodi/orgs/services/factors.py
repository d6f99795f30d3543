"""Second factors: set up, used, taken away. allauth.mfa reckons codes; that a row is written is an act of ours.

A person acts on his own; the security administrator takes away another's, with the reason, never his own.
"""

from __future__ import annotations

import hmac
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt, encrypt
from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Factor, User

TOTP_SECONDS = 30
SLIP = (0, -1, 1)
"""Periods by which the clock of a telephone may go wrong (RFC 6238, 5.2)."""
Kind = Factor.Type


def totp_set_up(*, by: User, secret: str, code: str) -> list[Factor]:
    """Begin to sign in with an authenticator app, once it shows the right code; give it, and recovery codes where he had none.

    Errors: "code_wrong" | "totp_twice".
    """
    held = _locked(by)
    if Kind.TOTP in {factor.type for factor in held}:
        raise DomainError("totp_twice", _("您已经绑定了验证器。要换手机，请先移除原来的。"))
    counter = _counter(secret, code)
    if counter is None:
        raise DomainError("code_wrong", _("验证码不对。请看验证器里现在的 6 位数字；手机时间要准。"), field="code")
    factor = _insert(by, Kind.TOTP, {"secret": encrypt(secret), "last": counter})
    return [factor, *_codes_for_the_first(by, held)]


def passkey_add(*, by: User, name: str, credential: dict[str, Any]) -> list[Factor]:
    """Begin to sign in with a passkey whose answer to our challenge was checked (orgs.forms.PasskeyForm); give it, and
    recovery codes where he had none. Errors: "passkey_twice"."""
    held = _locked(by)
    if any(factor.data.get("credential", {}).get("id") == credential.get("id") for factor in held):
        raise DomainError("passkey_twice", _("这个通行密钥已经登记过。"))
    factor = _insert(by, Kind.WEBAUTHN, {"name": name, "credential": credential})
    return [factor, *_codes_for_the_first(by, held)]


def codes_make(*, by: User) -> Factor:
    """Make ten recovery codes anew; those made before are void. Errors: "factor_first"."""
    held = _locked(by)
    if not _proofs(held):
        raise DomainError("factor_first", _("请先绑定验证器或通行密钥，再生成恢复码。"))
    _remove([factor for factor in held if factor.type == Kind.RECOVERY_CODES])
    return _fresh_codes(by)


def factor_remove(*, by: User, factor_id: int) -> None:
    """Take away one of one's own factors; with the last, its recovery codes.

    Errors: Factor.DoesNotExist; "factor_needed" where his role needs one.
    """
    held = _locked(by)
    gone = [factor for factor in _proofs(held) if factor.pk == factor_id]
    if not gone:
        raise Factor.DoesNotExist
    left = [factor for factor in _proofs(held) if factor.pk != factor_id]
    if not left and by.must_have_factor:
        raise DomainError("factor_needed", _("您的岗位必须两步验证。请先绑定另一个验证方式，再移除这一个。"))
    _remove(gone if left else held)


def code_use(*, by: User, code: str) -> Factor:
    """Sign in with the code of an authenticator app or a recovery code. Each is good once. Errors: "code_wrong"."""
    said = "".join(code.split())
    for factor in _locked(by):
        used = _used(factor, said)
        if used is not None:
            acts.update(factor, data=used, last_used_at=acts.current().at)
            return factor
    raise DomainError("code_wrong", _("验证码不对，或者已经用过。"), field="code")


def passkey_use(*, by: User, factor_id: int) -> Factor:
    """Sign in with a passkey, whose answer to our challenge was checked. Errors: Factor.DoesNotExist."""
    for factor in _locked(by):
        if factor.pk == factor_id and factor.type == Kind.WEBAUTHN:
            acts.update(factor, last_used_at=acts.current().at)
            return factor
    raise Factor.DoesNotExist


def factors_reset(*, by: User, user_id: int, reason: str) -> User:
    """Take all factors from somebody who lost them; who must have one sets it up at his next sign-in.

    Errors: User.DoesNotExist; "forbidden" | "own_account" | "reason_missing" | "factor_none".
    """
    if not by.may("account.manage"):
        raise Forbidden(_("账号由安全管理员管理。"))
    if user_id == by.pk:
        raise DomainError("own_account", _("自己的两步验证须由另一位安全管理员重设。"))
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明为什么重设。"), field="reason")
    user: User = User.objects.get(pk=user_id, member__region_id__in=by.region_ids)
    held = _locked(user)
    if not held:
        raise DomainError("factor_none", _("他没有设置两步验证。"))
    _remove(held)
    return user


def codes_of(factor: Factor) -> list[str]:
    """The recovery codes that were not used. Shown once, when they are made."""
    return list(RecoveryCodes(factor).get_unused_codes())


# Within an act ---------------------------------------------------------------------------------------------------------


def _locked(user: User) -> list[Factor]:
    """His factors, and then his account, so that two set-ups at once see each other."""
    held: list[Factor] = acts.lock(Factor.objects.filter(user_id=user.pk))
    acts.lock_one(User.objects.all(), user.pk)
    return held


def _proofs(held: list[Factor]) -> list[Factor]:
    return [factor for factor in held if factor.type != Kind.RECOVERY_CODES]


def _codes_for_the_first(user: User, held: list[Factor]) -> list[Factor]:
    return [] if any(factor.type == Kind.RECOVERY_CODES for factor in held) else [_fresh_codes(user)]


def _fresh_codes(user: User) -> Factor:
    return _insert(user, Kind.RECOVERY_CODES, {"seed": encrypt(RecoveryCodes.generate_seed()), "used_mask": 0})


def _insert(user: User, kind: str, data: dict[str, Any]) -> Factor:
    return acts.insert(Factor(user=user, type=kind, data=data, created_at=acts.current().at))


def _remove(factors: list[Factor]) -> None:
    acts.note_written(factors, "delete")
    Factor.objects.filter(pk__in=[factor.pk for factor in factors]).delete()


def _used(factor: Factor, code: str) -> dict[str, Any] | None:
    """The factor's data once this code is used up; None where the code is not its own, or was used before."""
    if factor.type == Kind.TOTP:
        counter = _counter(decrypt(factor.data["secret"]), code)
        return None if counter is None or counter <= factor.data["last"] else {**factor.data, "last": counter}
    if factor.type == Kind.RECOVERY_CODES:
        mask = factor.data["used_mask"]
        for place, expected in enumerate(RecoveryCodes(factor).generate_codes()):
            if hmac.compare_digest(expected.encode(), code.encode()) and not mask & 1 << place:
                return {**factor.data, "used_mask": mask | 1 << place}
    return None


def _counter(secret: str, code: str) -> int | None:
    """The period whose code this is, within the slip of a telephone's clock."""
    now = int(clock.now().timestamp()) // TOTP_SECONDS
    said = "".join(code.split()).encode()
    for slip in SLIP:
        if hmac.compare_digest(format_hotp_value(hotp_value(secret, now + slip)).encode(), said):
            return now + slip
    return None
