"""账号安全: one's own second factors and sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform, sent, shown
from luodi.orgs import mfa, selectors, sessions
from luodi.orgs.forms import OwnForm, PasskeyForm, TotpForm, new_secret, secret_in
from luodi.orgs.models import Factor
from luodi.orgs.services import factors
from luodi.orgs.sessions import BEGAN, STRONG
from luodi.orgs.views import entering
from luodi.orgs.views.pages import act_page

FRESH = 600
"""Seconds after signing in during which one's own factors change without the password."""
Kind = Factor.Type


@dataclass(frozen=True, slots=True)
class Proof:
    """A second factor as its owner sees it."""

    id: int
    label: str
    since: datetime
    used: datetime | None


@never_cache
def security(request: AuthedRequest) -> HttpResponse:
    held = selectors.own_factors(request.user)
    codes = next((factor for factor in held if factor.type == Kind.RECOVERY_CODES), None)
    context = {
        "proofs": [_proof(factor) for factor in held if factor is not codes],
        "totp": any(factor.type == Kind.TOTP for factor in held),
        "codes": len(factors.codes_of(codes)) if codes else 0,
        "rows": sessions.of_account(request.user.pk, own_key=request.session.session_key),
        "must": request.user.must_have_factor,
        "lax": selectors.second_factor_lax(),
    }
    return render(request, "orgs/security.html", context)


def _proof(factor: Factor) -> Proof:
    label = _("手机验证器") if factor.type == Kind.TOTP else _("通行密钥：%s") % factor.data["name"]
    return Proof(factor.pk, label, factor.created_at, factor.last_used_at)


@never_cache
@sensitive_post_parameters()
def totp_set_up(request: AuthedRequest) -> HttpResponse:
    user = request.user
    form = TotpForm(sent(request), user=user, fresh=_fresh(request), initial={"secret": new_secret(user)})
    if request.method == "POST":
        outcome = perform(request, factors.totp_set_up, form, **_given(form, "secret", "code"))
        if outcome.ok:
            return _set_up(request, outcome.value, _("手机验证器已绑定。"))
        if "secret" in form.errors:
            messages.error(request, " ".join(map(str, form.errors["secret"])))
            return redirect("totp_set_up")
    secret = secret_in(form["secret"].value())
    spelled = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    image = mfa.qr_image(mfa.Adapter().build_totp_url(user, secret))
    return shown(request, "orgs/totp.html", form, image=image, spelled=spelled)


@never_cache
@sensitive_post_parameters()
def passkey_add(request: AuthedRequest) -> HttpResponse:
    form = PasskeyForm(sent(request), user=request.user, fresh=_fresh(request))
    if request.method == "POST":
        outcome = perform(request, factors.passkey_add, form, **_given(form, "name", "credential"))
        if outcome.ok:
            return _set_up(request, outcome.value, _("通行密钥已添加。"))
    return shown(request, "orgs/passkey.html", form)


@never_cache
@require_GET
def passkey_options(request: AuthedRequest) -> JsonResponse:
    return JsonResponse(mfa.new_passkey(request.user))


@never_cache
@sensitive_post_parameters()
def codes_make(request: AuthedRequest) -> HttpResponse:
    form = OwnForm(sent(request), user=request.user, fresh=_fresh(request))
    if request.method == "POST":
        outcome = perform(request, factors.codes_make, form)
        if outcome.ok:
            return render(request, "orgs/codes.html", {"codes": factors.codes_of(outcome.value)})
    intro = _("生成十个新的恢复码，原来的全部作废。")
    return act_page(request, form, title=_("重新生成恢复码"), button=_("生成"), back=reverse("security"), intro=intro)


@never_cache
@sensitive_post_parameters()
def factor_remove(request: AuthedRequest, factor_id: int) -> HttpResponse:
    proofs = Factor.objects.filter(user_id=request.user.pk).exclude(type=Kind.RECOVERY_CODES)
    factor: Factor = get_object_or_404(proofs, pk=factor_id)
    form = OwnForm(sent(request), user=request.user, fresh=_fresh(request))
    if request.method == "POST":
        outcome = perform(request, factors.factor_remove, form, factor_id=factor_id)
        if outcome.ok:
            _end_others(request)
            messages.success(request, _("已移除。别处登录着的已经退出。"))
            return redirect("security")
    title = _("移除%s") % _proof(factor).label
    return act_page(request, form, title=title, button=_("移除"), back=reverse("security"), danger=True)


@require_POST
def session_end(request: AuthedRequest) -> HttpResponse:
    """End one of one's own sessions, by its name, or all but this one."""
    name = request.POST.get("session", "")
    if not name:
        _end_others(request)
    elif not sessions.end_one(request.user.pk, name):
        messages.info(request, _("那里已经退出了。"))
        return redirect("security")
    entering.logger.info("sessions ended: %s", request.user.audit_name)
    messages.success(request, _("已让它退出。"))
    return redirect("security")


def _set_up(request: AuthedRequest, made: list[Factor], said: str) -> HttpResponse:
    """From now on this session counts as strong, and the others, which showed no second factor, end."""
    request.session[STRONG] = True
    _end_others(request)
    messages.success(request, said + _("别处登录着的已经退出。"))
    codes = next((factor for factor in made if factor.type == Kind.RECOVERY_CODES), None)
    if codes is None:
        return redirect("security")
    return render(request, "orgs/codes.html", {"codes": factors.codes_of(codes)})


def _end_others(request: AuthedRequest) -> None:
    sessions.end_all(request.user.pk, but=request.session.session_key)


def _fresh(request: AuthedRequest) -> bool:
    began: int = request.session.get(BEGAN, 0)
    return clock.now().timestamp() - began <= FRESH


def _given(form: OwnForm, *names: str) -> dict[str, Any]:
    """The service's arguments; while the form is wrong, it is not called."""
    found = form.arguments()
    return {name: found.get(name, "") for name in names}
