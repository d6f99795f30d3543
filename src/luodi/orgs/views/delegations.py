"""账号 → 委托: what I let others do for me, and what others let me do for them."""

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
from luodi.orgs.forms import DelegationEndForm, DelegationForm
from luodi.orgs.models import Delegation
from luodi.orgs.permissions import require
from luodi.orgs.services import delegations
from luodi.orgs.views.pages import act_page

MOST_SHOWN = 100


@never_cache
def delegation_list(request: AuthedRequest) -> HttpResponse:
    """Both sides; of those given also what is over, so that it can be looked up what somebody could do for me when."""
    rows = Delegation.objects.select_related("principal__unit", "deputy__unit")
    held = rows.open(clock.today()).filter(deputy=request.user.member_id)[:MOST_SHOWN]
    given = rows.filter(principal=request.user.member_id)[:MOST_SHOWN]
    told = {
        "held": [_row(one, held=True) for one in held],
        "given": [_row(one) for one in given],
        "may_give": request.user.may("delegation.give"),
    }
    return render(request, "orgs/delegation_list.html", told)


def _row(one: Delegation, *, held: bool = False) -> dict[str, object]:
    today = clock.today()
    begun, over = one.from_on <= today, one.until_on < today
    return {
        "one": one,
        "state": _("已终止") if one.ended_at else _("已到期") if over else _("有效") if begun else _("未开始"),
        "form": None if one.ended_at or over else DelegationEndForm(auto_id=False),
        "href": f"{reverse('desk')}as/{one.pk}/" if held and begun else "",
    }


@never_cache
def delegation_give(request: AuthedRequest) -> HttpResponse:
    require(request.user, "delegation.give")
    form = DelegationForm(sent(request), user=request.user)
    if request.method == "POST" and perform(request, delegations.delegation_give, form, **form.arguments()).ok:
        messages.success(request, _("已委托。他在“委托”页上可以代您办理，他办的每一件都写明由他代办。"))
        return redirect("delegation_list")
    intro = _("认定、处分、表彰不能委托。他替您办的事，凡是您该回避的他也回避，他该回避的也不能替您办。")
    return act_page(
        request, form, title=_("委托别人代办"), button=_("委托"), back=reverse("delegation_list"), intro=intro
    )


@require_POST
def delegation_end(request: AuthedRequest, pk: int) -> HttpResponse:
    get_object_or_404(Delegation.objects.of(request.user), pk=pk)
    form = DelegationEndForm(request.POST)
    if perform(request, delegations.delegation_end, form, delegation_id=pk).ok:
        messages.success(request, _("已终止，从现在起不能再代办。"))
    for error in form.non_field_errors():
        messages.error(request, str(error))
    return redirect("delegation_list")
