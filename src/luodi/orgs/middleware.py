"""Sessions that end, first passwords that are changed, and nobody without sign-in."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import translation

from luodi.kernel import clock

OPEN = frozenset({"sign_in", "sign_out", "set_language", "health"})
"""Pages for people who are not signed in. Everything else is closed by default."""
BEFORE_CHANGE = OPEN | {"password_change"}
TOUCH_SECONDS = 60

Answer = Callable[[HttpRequest], HttpResponseBase]


class SignedIn:
    """Deny by default: a page that is not listed as open needs a signed-in, active account."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = _name(request)
        if not request.user.is_authenticated:
            return self.get_response(request) if name in OPEN else _to_sign_in(request)
        if _worn_out(request):
            logout(request)
            return _to_sign_in(request)
        if request.user.must_change_password and name not in BEFORE_CHANGE:
            return redirect("password_change")
        if name in BEFORE_CHANGE:
            return self.get_response(request)
        with translation.override(settings.LANGUAGE_CODE):  # the inner pages' English comes whole, or not at all
            request.LANGUAGE_CODE = settings.LANGUAGE_CODE
            return self.get_response(request)


def _name(request: HttpRequest) -> str:
    if request.path.startswith(settings.STATIC_URL):
        return "health"
    try:
        return resolve(request.path_info).url_name or ""
    except Resolver404:
        return ""


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    target = reverse("sign_in")
    if request.method == "GET":
        target += "?" + urlencode({"next": request.get_full_path()})
    if not getattr(request, "htmx", False):
        return redirect(target)
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = target
    return answer


def _worn_out(request: HttpRequest) -> bool:
    """True when nobody used the session for SESSION_COOKIE_AGE, or it is older than LUODI_SESSION_HOURS however busy.

    Its use is noted once a minute, so an idle session ends up to a minute early.
    """
    now = int(clock.now().timestamp())
    began = request.session.setdefault("began", now)
    seen = request.session.setdefault("seen", now)
    if now - seen > settings.SESSION_COOKIE_AGE or now - began > settings.LUODI_SESSION_HOURS * 3600:
        return True
    if now - seen > TOUCH_SECONDS:
        request.session["seen"] = now
    return False
