"""In and out. What happens here goes to the log `luodi.sign_in`, without names, addresses or passwords."""

from __future__ import annotations

import logging
from typing import cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from luodi.kernel.http import UNPROCESSABLE, AuthedRequest, perform, sent, shown
from luodi.kernel.registry import NAV
from luodi.orgs.forms import PasswordForm, SignInForm
from luodi.orgs.models import User
from luodi.orgs.services import accounts
from luodi.web.context import openable

logger = logging.getLogger("luodi.sign_in")


class SignIn(LoginView):
    form_class = SignInForm
    template_name = "registration/login.html"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        answer = super().form_valid(form)
        logger.info("signed in: %s", form.get_user().audit_name)
        return answer

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        # Where the account is locked now, axes' middleware puts web/locked.html in the place of this answer.
        logger.warning("sign-in locked" if getattr(self.request, "axes_locked_out", False) else "sign-in failed")
        return self.render_to_response(self.get_context_data(form=form), status=UNPROCESSABLE)

    def get_default_redirect_url(self) -> str:
        return first_page(cast(User, self.request.user))


def first_page(user: User) -> str:
    """The first page that the account may open: the desk, or an administrator's own."""
    entries = openable(NAV, user)
    return reverse(entries[0].url_name if entries else settings.LOGIN_REDIRECT_URL)


class SignOut(LogoutView):
    """By POST alone, so that no link signs anybody out."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            logger.info("signed out: %s", request.user.audit_name)
        return super().post(request, *args, **kwargs)


@sensitive_post_parameters()
def password_change(request: AuthedRequest) -> HttpResponse:
    form = PasswordForm(sent(request), user=request.user)
    if request.method == "POST":
        outcome = perform(request, accounts.password_change, form, password=form.arguments().get("password", ""))
        if outcome.ok:
            update_session_auth_hash(request, outcome.value)
            logger.info("password changed: %s", request.user.audit_name)
            return redirect("password_change_done")
    elif request.user.must_change_password:
        messages.info(request, _("第一次登录，请先把管理员给的密码换成自己的。"))
    return shown(request, "registration/password_change_form.html", form)


def password_change_done(request: AuthedRequest) -> HttpResponse:
    return render(request, "registration/password_change_done.html")


def health(request: HttpRequest) -> HttpResponse:
    """For whoever watches the site: answers when the database does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
