"""账号 → 接口令牌: one's own API tokens, made and revoked by oneself. A token's text is shown once, when it is made."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from luodi.kernel import clock
from luodi.kernel.http import AuthedRequest, perform, sent
from luodi.orgs.forms import TokenForm, TokenRevokeForm
from luodi.orgs.labels import SCOPE_LABELS
from luodi.orgs.models import ApiToken
from luodi.orgs.services import tokens
from luodi.orgs.views.pages import act_page

MOST_SHOWN = 100


@never_cache
def token_list(request: AuthedRequest) -> HttpResponse:
    rows = ApiToken.objects.of(request.user).select_related("use")[:MOST_SHOWN]
    return render(request, "orgs/token_list.html", {"rows": [_row(token) for token in rows]})


def _row(token: ApiToken) -> dict[str, object]:
    usable = token.revoked_at is None and token.expires_on >= clock.today()
    state = _("有效") if usable else _("已撤销") if token.revoked_at else _("已过期")
    scopes = "、".join(str(SCOPE_LABELS.get(scope, scope)) for scope in token.scopes)
    form = TokenRevokeForm(auto_id=False) if usable else None
    return {"token": token, "state": state, "scopes": scopes, "form": form}


@never_cache
def token_create(request: AuthedRequest) -> HttpResponse:
    """Make a token and show it on the page that answers, which no address leads back to."""
    form = TokenForm(sent(request), user=request.user)
    if request.method == "POST":
        outcome = perform(request, tokens.token_create, form, **form.arguments())
        if outcome.ok:
            return render(request, "orgs/token_made.html", {"token": outcome.value})
    return act_page(request, form, title=_("建接口令牌"), button=_("建立"), back=reverse("token_list"), intro=_intro())


def _intro() -> str:
    return _("拿着令牌的程序以您的名义办事，算您办的；它能办的不会多于您自己能办的。令牌只显示一次。")


@require_POST
def token_revoke(request: AuthedRequest, pk: int) -> HttpResponse:
    get_object_or_404(ApiToken.objects.of(request.user), pk=pk)
    form = TokenRevokeForm(request.POST)
    if perform(request, tokens.token_revoke, form, token_id=pk).ok:
        messages.success(request, _("已撤销，拿着它的程序从现在起什么也办不了。"))
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("token_list")
