"""In and out. What happens here goes to the log `luodi.sign_in`, without names, addresses or passwords."""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView, LogoutView
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from luodi.kernel.http import UNPROCESSABLE, AuthedRequest, perform, sent, shown
from luodi.orgs import selectors
from luodi.orgs.forms import PasswordForm, SignInForm
from luodi.orgs.services import accounts
from luodi.orgs.views import entering

logger = logging.getLogger("luodi.sign_in")


class SignIn(LoginView):
    """The first step by password; what follows is in entering."""

    form_class = SignInForm
    template_name = "registration/login.html"

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        return entering.first_step_done(self.request, form.get_user(), next_url=self.get_redirect_url())

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        # Where the account is locked now, axes' middleware puts web/locked.html in the place of this answer.
        logger.warning("sign-in locked" if getattr(self.request, "axes_locked_out", False) else "sign-in failed")
        return self.render_to_response(self.get_context_data(form=form), status=UNPROCESSABLE)

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        label = settings.LUODI_OIDC_LABEL if settings.LUODI_OIDC_ISSUER else ""
        return super().get_context_data(openid=label, lax=selectors.second_factor_lax(), **more)


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
