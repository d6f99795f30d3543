"""Accounts and roles: the security administrator's pages."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from luodi.kernel.http import UNPROCESSABLE, ActForm, AuthedRequest, Outcome, perform, sent, shown
from luodi.orgs import selectors, sessions
from luodi.orgs.forms import AccountForm, FactorResetForm, GrantForm, IdleForm, ResetForm, RoleEndForm, SwitchForm
from luodi.orgs.labels import ROLE_CHOICES, ROLE_LABELS
from luodi.orgs.models import Member
from luodi.orgs.permissions import require
from luodi.orgs.rules import IDLE_MINUTES, SECOND_FACTOR_ROLES, Role
from luodi.orgs.services import accounts, factors
from luodi.orgs.services import sign_in_rules as rules_of_sign_in
from luodi.orgs.views.pages import act_page, words_of
from luodi.web import queries
from luodi.web.parts import Chip, FilterBar, FilterMenu, FilterOption

PER_PAGE = 60


def account_list(request: AuthedRequest) -> HttpResponse:
    require(request.user, "account.manage")
    words, state = words_of(request.GET), request.GET.get("account", "")
    roles = [role for role in request.GET.getlist("role") if role in dict(ROLE_CHOICES)]
    rows = selectors.accounts(request.user, words=words, state=state, roles=roles)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    bar = _filters(request.GET, words=words, state=state, roles=roles)
    return render(request, "orgs/account_list.html", {"page": page, "bar": bar})


def _filters(query: QueryDict, *, words: str, state: str, roles: list[str]) -> FilterBar:
    states = {"open": _("启用"), "shut": _("停用"), "none": _("没有账号")}
    labels = dict(ROLE_CHOICES)
    chips = [Chip(_("角色"), labels[role], queries.without(query, "role", role)) for role in roles]
    if state in states:
        chips.append(Chip(_("账号"), states[state], queries.without(query, "account")))
    if words:
        chips.append(Chip(_("找"), words, queries.without(query, "q")))
    menus = [
        FilterMenu(
            "account", _("账号"), "one", [FilterOption(k, v, checked=k == state) for k, v in states.items()], state
        ),
        FilterMenu("role", _("角色"), "many", [FilterOption(k, v, checked=k in roles) for k, v in ROLE_CHOICES]),
        FilterMenu("q", _("姓名、拼音、用户名或单位"), "text", value=words),
    ]
    return FilterBar(chips=chips, menus=menus)


def account_page(request: AuthedRequest, pk: int) -> HttpResponse:
    return _page(request, _managed(request, pk))


def _page(request: AuthedRequest, member: Member, refused: ActForm | None = None) -> HttpResponse:
    account = getattr(member, "account", None)
    held = [
        {"id": g.pk, "label": ROLE_LABELS[Role(g.role)], "since": g.since, "form": RoleEndForm(auto_id=False)}
        for g in member.held  # type: ignore[attr-defined]  # from selectors.with_roles
    ]
    context = {
        "member": member,
        "account": account,
        "held": held,
        "refused": refused,
        "grant": refused if isinstance(refused, GrantForm) else GrantForm(),
        "switch": SwitchForm(initial={"active": "0" if account and account.is_active else "1"}, auto_id=False),
        "own": member.pk == request.user.member_id,
    }
    return render(request, "orgs/account_page.html", context, status=UNPROCESSABLE if refused else 200)


@sensitive_post_parameters("password")
def account_create(request: AuthedRequest, pk: int) -> HttpResponse:
    member = _managed(request, pk)
    form = AccountForm(sent(request))
    back = reverse("account_page", args=[pk])
    if request.method == "POST":
        outcome = perform(request, accounts.account_create, form, member=member, **form.arguments())
        if outcome.ok:
            messages.success(request, _("已开账号 %s。请把首次密码当面告诉本人。") % outcome.value.username)
            return redirect(back)
    title = _("给%(unit)s %(name)s 开账号") % {"unit": member.unit, "name": member.name}
    return act_page(request, form, title=title, button=_("开账号"), back=back)


@sensitive_post_parameters("password")
def account_reset(request: AuthedRequest, pk: int) -> HttpResponse:
    member = _managed(request, pk, account__isnull=False)
    form = ResetForm(sent(request))
    back = reverse("account_page", args=[pk])
    if request.method == "POST":
        outcome = perform(request, accounts.password_reset, form, user_id=member.account.pk, **form.arguments())
        if outcome.ok:
            messages.success(request, _("密码已重设。请把首次密码当面告诉本人。"))
            return redirect(back)
    return act_page(request, form, title=_("重设%s的密码") % member.name, button=_("重设密码"), back=back)


def account_factors(request: AuthedRequest, pk: int) -> HttpResponse:
    """Take the second factors from somebody who lost them, and end his sessions."""
    member = _managed(request, pk, account__isnull=False)
    form = FactorResetForm(sent(request))
    back = reverse("account_page", args=[pk])
    if request.method == "POST":
        given = form.arguments().get("reason", "")
        outcome = perform(request, factors.factors_reset, form, user_id=member.account.pk, reason=given)
        if outcome.ok:
            sessions.end_all(member.account.pk)
            messages.success(request, _("两步验证已重设，他别处登录着的已经退出。"))
            return redirect(back)
    title = _("重设%s的两步验证") % member.name
    intro = _("移除他的验证器、通行密钥和恢复码。岗位要求两步验证的，他下次登录时重新设置。请先当面核对本人。")
    return act_page(request, form, title=title, button=_("重设两步验证"), back=back, intro=intro, danger=True)


def sign_in_rules(request: AuthedRequest) -> HttpResponse:
    """What the county asks of signing in."""
    require(request.user, "account.manage")
    region = request.user.member.region
    form = IdleForm(sent(request), initial={"minutes": request.user.idle_minutes})
    if request.method == "POST":
        outcome = perform(request, rules_of_sign_in.idle_set, form, minutes=form.arguments().get("minutes", 0))
        if outcome.ok:
            messages.success(request, _("已保存。"))
            return redirect("sign_in_rules")
    least, most = IDLE_MINUTES
    roles = [ROLE_LABELS[role] for role in Role if role in SECOND_FACTOR_ROLES]
    context = {"region": region, "lax": selectors.second_factor_lax(), "roles": roles, "least": least, "most": most}
    return shown(request, "orgs/sign_in_rules.html", form, **context)


@require_POST
def account_switch(request: AuthedRequest, pk: int) -> HttpResponse:
    member = _managed(request, pk, account__isnull=False)
    form = SwitchForm(request.POST)
    return _done(
        request,
        pk,
        form,
        perform(request, accounts.account_switch, form, user_id=member.account.pk, **form.arguments()),
    )


@require_POST
def role_grant(request: AuthedRequest, pk: int) -> HttpResponse:
    member = _managed(request, pk)
    form = GrantForm(request.POST)
    return _done(request, pk, form, perform(request, accounts.role_grant, form, member=member, **form.arguments()))


@require_POST
def role_end(request: AuthedRequest, pk: int, grant_id: int) -> HttpResponse:
    _managed(request, pk, grants__pk=grant_id)
    form = RoleEndForm(request.POST)
    return _done(request, pk, form, perform(request, accounts.role_end, form, grant_id=grant_id))


def _done(request: AuthedRequest, pk: int, form: ActForm, outcome: Outcome[object]) -> HttpResponse:
    if outcome.ok:
        return redirect("account_page", pk)
    return _page(request, _managed(request, pk), form)


def _managed(request: AuthedRequest, pk: int, **more: object) -> Member:
    require(request.user, "account.manage")
    seen = selectors.with_roles(Member.objects.with_accounts_of(request.user).filter(**more))
    return get_object_or_404(seen, pk=pk)
