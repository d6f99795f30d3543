"""Signing in through the county's OpenID Connect issuer, where the installation names one. It finds accounts, and makes none."""

from __future__ import annotations

from dataclasses import asdict

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from luodi.kernel import openid
from luodi.orgs.models import User
from luodi.orgs.views import entering

BEGUN = "openid"
"""Where the session keeps a sign-in under way."""


def _client() -> openid.Client:
    if not settings.LUODI_OIDC_ISSUER:
        raise Http404
    return openid.Client(settings.LUODI_OIDC_ISSUER, settings.LUODI_OIDC_CLIENT_ID, settings.LUODI_OIDC_CLIENT_SECRET)


@never_cache
@require_GET
def openid_begin(request: HttpRequest) -> HttpResponse:
    client, asked = _client(), request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    try:
        address, begun = openid.begin(client, _back(request))
    except openid.OpenIDFailed as error:
        return _refused(request, str(error), _("现在连不上统一身份认证，请用密码登录，或稍后再试。"))
    request.session[BEGUN] = {**asdict(begun), "next": asked if safe else ""}
    return redirect(address)


@never_cache
@require_GET
def openid_back(request: HttpRequest) -> HttpResponse:
    """Where the issuer sends the browser. Each sign-in under way is good once."""
    client, told = _client(), request.session.pop(BEGUN, None)
    if told is None or not constant_time_compare(request.GET.get("state", ""), told["state"]):
        return _refused(request, "no such sign-in under way", _("这次登录已经过期，请从头再来。"))
    next_url = told.pop("next")
    if "code" not in request.GET:
        return _refused(request, "the issuer gave no code", _("统一身份认证没有通过。请再试一次，或者用密码登录。"))
    try:
        claims = openid.finish(client, openid.Begun(**told), back=_back(request), code=request.GET["code"])
    except openid.OpenIDFailed as error:
        return _refused(request, str(error), _("统一身份认证没有通过。请再试一次，或者用密码登录。"))
    username = claims.get(settings.LUODI_OIDC_CLAIM)
    user = User.objects.filter(username=username).first() if isinstance(username, str) and username else None
    if user is None or not user.is_active:
        return _refused(
            request, "no such account", _("您的身份已确认，但这里没有对应的账号，或者已停用。请找安全管理员。")
        )
    if entering.locked(request, user):
        return HttpResponse(status=429)
    return entering.first_step_done(request, user, next_url=next_url)


def _back(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("openid_back"))


def _refused(request: HttpRequest, why: str, said: str) -> HttpResponse:
    """`why` is for the log, `said` for the person."""
    entering.logger.warning("OpenID Connect: %s", why)
    messages.error(request, said)
    return redirect("sign_in")
