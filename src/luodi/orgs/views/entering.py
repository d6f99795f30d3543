"""How a session begins, whichever way somebody proved who he is: password, passkey, or OpenID Connect."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from axes.handlers.proxy import AxesProxyHandler
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from luodi.kernel import clock, drafts
from luodi.kernel.registry import NAV
from luodi.orgs.models import User
from luodi.orgs.sessions import AGENT, BEGAN, SEEN, STRONG
from luodi.web.context import openable

logger = logging.getLogger("luodi.sign_in")

BACKEND = "luodi.orgs.sessions.Accounts"
PENDING = "entering"
PATIENCE = 600
"""Seconds between the first step and the second."""


@dataclass(frozen=True, slots=True)
class Pending:
    """Who took the first step in this browser, and where he wanted to go."""

    user: User
    next_url: str


def first_step_done(request: HttpRequest, user: User, *, next_url: str) -> HttpResponse:
    """He proved himself once: ask for his second factor where he has one, else let him in."""
    if not user.has_factor:
        return admit(request, user, next_url=next_url, strong=False)
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "mark": user.get_session_auth_hash(),  # void as soon as his password is another
        "at": int(clock.now().timestamp()),
        "next": next_url,
    }
    return redirect("sign_in_second")


def pending_of(request: HttpRequest) -> Pending | None:
    """Who took the first step, while it still counts."""
    told = request.session.get(PENDING)
    if told is None or clock.now().timestamp() - told["at"] > PATIENCE:
        return None
    user: User | None = User.objects.filter(pk=told["user"], is_active=True).first()
    if user is None or not constant_time_compare(told["mark"], user.get_session_auth_hash()):
        return None
    return Pending(user, told["next"])


def admit(request: HttpRequest, user: User, *, next_url: str, strong: bool) -> HttpResponse:
    """Begin his session, under a new key. `strong`: a second factor was shown."""
    request.session.pop(PENDING, None)
    login(request, user, backend=BACKEND)
    now = int(clock.now().timestamp())
    agent = request.headers.get("User-Agent", "")
    request.session.update({BEGAN: now, SEEN: now, STRONG: strong, AGENT: agent})
    draft = request.session.get(drafts.KEY)
    if draft and drafts.opened(draft, user.pk) is None:
        del request.session[drafts.KEY]  # somebody else's, or too old
    logger.info("signed in: %s", user.audit_name)
    return redirect(next_url or first_page(user))


def first_page(user: User) -> str:
    """The first page that the account may open: the desk, or an administrator's own."""
    entries = openable(NAV, user)
    return reverse(entries[0].url_name if entries else settings.LOGIN_REDIRECT_URL)


def locked(request: HttpRequest, user: User) -> bool:
    """Whether the account is shut for now; axes' middleware then puts web/locked.html in the place of the answer."""
    credentials = {"username": user.username}
    if AxesProxyHandler.is_allowed(request, credentials):
        return False
    request.axes_locked_out, request.axes_credentials = True, credentials  # type: ignore[attr-defined]
    logger.warning("sign-in locked")
    return True


def failed(request: HttpRequest, user: User) -> None:
    """A wrong second factor counts towards the lock as a wrong password does."""
    user_login_failed.send(sender=__name__, credentials={"username": user.username}, request=request)
    logger.warning("sign-in locked" if getattr(request, "axes_locked_out", False) else "second step failed")
