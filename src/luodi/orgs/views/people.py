"""The page of one person, and what the office does about him."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest, perform, sent, shown
from luodi.orgs import deputies, selectors
from luodi.orgs.forms import HandoverForm, MemberEditForm
from luodi.orgs.models import Member
from luodi.orgs.permissions import require_letting_leave, require_managing, why_not_let_leave, why_not_manage_members
from luodi.orgs.services import units
from luodi.orgs.views.pages import act_page


def member_page(request: AuthedRequest, pk: int) -> HttpResponse:
    member = _visible(request, pk)
    context = {
        "member": member,
        "is_head": member.unit.head_id == member.pk,
        "phone": member.phone.reveal() if request.user.may("person.see_contact") else "",
        "masked": member.phone.masked(),
        "holdings": selectors.holdings(request.user, member.unit, [member.pk]).get(member.pk, []),
        "may_see_parts": selectors.sees_parts(request.user, member.unit),
        "unit_query": f"?unit={member.unit_id}",
        "delegations": deputies.open_of(request.user, member),
        "may_manage": member.state != "left" and not why_not_manage_members(request.user, member.unit),
        "may_leave": member.state != "left" and not why_not_let_leave(request.user, member),
    }
    return render(request, "orgs/member_page.html", context)


def member_edit(request: AuthedRequest, pk: int) -> HttpResponse:
    member = _visible(request, pk)
    require_managing(request.user, member.unit)
    now = {"name": member.name, "post": member.post, "phone": member.phone.reveal(), "version": member.version}
    form = MemberEditForm(sent(request), initial=now)
    back = reverse("member_page", args=[pk])
    if request.method == "POST":
        outcome = perform(request, units.member_change, form, member_id=pk, **form.arguments())
        if outcome.ok:
            return redirect(back)
    return act_page(request, form, title=_("改%s的资料") % member.name, button=_("保存"), back=back)


def member_leave(request: AuthedRequest, pk: int) -> HttpResponse:
    """离任交接: all that he holds, for each kind of it who takes it over, in one act."""
    member = _visible(request, pk)
    require_letting_leave(request.user, member)
    if request.method == "POST" and member.state == "left":
        messages.info(request, _("已经办过：%s已离任。") % member.name)
        return redirect("unit_page", member.unit_id)
    held = selectors.estate_of(request.user, member)
    form = HandoverForm(sent(request), held=held, initial={"version": member.version})
    back = reverse("member_page", args=[pk])
    if request.method == "POST":
        outcome = perform(request, units.member_leave, form, member_id=pk, **form.arguments())
        if outcome.ok:
            messages.success(request, _("%s已离任，手上的事都交接了。") % member.name)
            return redirect("unit_page", member.unit_id)
    context = {
        "member": member,
        "back": back,
        "follows": [one for one in held if one.offered is None],
        "barred": next((one.barred for one in held if one.barred), ""),
        "roles": selectors.roles_held(member),
        "left": member.state == "left",
    }
    return shown(request, "orgs/member_leave.html", form, **context)


def _visible(request: AuthedRequest, pk: int) -> Member:
    seen = Member.objects.visible_to(request.user).select_related("unit", "person")
    member: Member = get_object_or_404(seen, pk=pk)
    return member
