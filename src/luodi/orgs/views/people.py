"""The page of one person, and what the office does about him."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest, perform, sent
from luodi.orgs import selectors
from luodi.orgs.forms import LeaveForm, MemberEditForm
from luodi.orgs.models import Member
from luodi.orgs.permissions import require_managing, why_not_manage_members
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
        "may_manage": member.state != "left" and not why_not_manage_members(request.user, member.unit),
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
    member = _visible(request, pk)
    require_managing(request.user, member.unit)
    form = LeaveForm(sent(request), initial={"version": member.version})
    back = reverse("member_page", args=[pk])
    if request.method == "POST":
        outcome = perform(request, units.member_leave, form, member_id=pk, **form.arguments())
        if outcome.ok:
            return redirect("unit_page", member.unit_id)
    intro = _("他的角色随即终止，账号停用；经手过的记录都保留。还是主要领导、还有项目在手的，要先交接。")
    title = _("%s离任") % member.name
    return act_page(request, form, title=title, intro=intro, button=_("办理离任"), back=back, danger=True)


def _visible(request: AuthedRequest, pk: int) -> Member:
    seen = Member.objects.visible_to(request.user).select_related("unit", "person")
    member: Member = get_object_or_404(seen, pk=pk)
    return member
