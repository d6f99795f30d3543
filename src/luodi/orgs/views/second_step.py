"""The second step of signing in; and signing in with a passkey, which is both steps at once."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.kernel.http import sent, shown
from luodi.orgs import mfa
from luodi.orgs.forms import PasskeyAnswerForm, SecondStepForm
from luodi.orgs.models import Factor, User
from luodi.orgs.services import factors
from luodi.orgs.views import entering


@never_cache
@sensitive_post_parameters()
def sign_in_second(request: HttpRequest) -> HttpResponse:
    """Ask whoever took the first step for a code or a passkey."""
    pending = entering.pending_of(request)
    if pending is None:
        messages.info(request, _("这一步等得太久，请从头登录。"))
        return redirect("sign_in")
    user = pending.user
    form = SecondStepForm(sent(request))
    if entering.locked(request, user):
        return HttpResponse(status=429)
    if request.method == "POST" and form.is_valid():
        if _proved(user, form):
            return entering.admit(request, user, next_url=pending.next_url, strong=True)
        entering.failed(request, user)
    kinds = set(Factor.objects.filter(user_id=user.pk).values_list("type", flat=True))
    return shown(request, "registration/second.html", form, passkey=Factor.Type.WEBAUTHN in kinds, kinds=kinds)


def _proved(user: User, form: SecondStepForm) -> bool:
    """Use up the code or the passkey's answer; a refusal goes into the form."""
    try:
        if form.cleaned_data["credential"] is None:
            acts.run(factors.code_use, by=user, code=form.cleaned_data["code"])
        else:
            passkey = mfa.checked_answer(form.cleaned_data["credential"], user)
            acts.run(factors.passkey_use, by=user, factor_id=passkey.pk)
    except DomainError as error:
        form.add_error(error.field or None, str(error.message))
    except ValidationError as error:
        form.add_error(None, error)
    else:
        return True
    return False


@never_cache
@require_GET
def sign_in_passkey_options(request: HttpRequest) -> JsonResponse:
    """What the browser asks a passkey: of whoever took the first step, or with `?alone` of anybody's that it holds."""
    pending = None if "alone" in request.GET else entering.pending_of(request)
    return JsonResponse(mfa.passkey_question(pending.user if pending else None))


@never_cache
@require_POST
def sign_in_passkey(request: HttpRequest) -> HttpResponse:
    """Sign in with a passkey alone. It says whose it is; nothing can be guessed, so its failures lock nobody's account."""
    form = PasskeyAnswerForm(request.POST)
    if not form.is_valid():
        return _refused(request)
    try:
        passkey = mfa.checked_answer(form.cleaned_data["credential"], None)
    except ValidationError:
        return _refused(request)
    user = User.objects.get(pk=passkey.user_id)
    if not user.is_active:
        return _refused(request)
    if entering.locked(request, user):
        return HttpResponse(status=429)
    acts.run(factors.passkey_use, by=user, factor_id=passkey.pk)
    asked = form.cleaned_data["next"]
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return entering.admit(request, user, next_url=asked if safe else "", strong=True)


def _refused(request: HttpRequest) -> HttpResponse:
    entering.logger.warning("passkey refused")
    messages.error(request, _("通行密钥没有通过。请再试一次，或者用密码登录。"))
    return redirect("sign_in")
