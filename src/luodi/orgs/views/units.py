"""Units: the directory, the page of one, who heads it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel.http import AuthedRequest, perform, sent
from luodi.orgs import selectors
from luodi.orgs.forms import HeadForm, MemberForm
from luodi.orgs.models import Member, Unit
from luodi.orgs.permissions import require, require_managing, why_not_manage_members
from luodi.orgs.rules import HEADED
from luodi.orgs.services import units
from luodi.orgs.views.pages import act_page, words_of
from luodi.web import queries
from luodi.web.parts import Chip, Fact, FilterBar, FilterMenu, FilterOption

PER_PAGE = 60
KINDS = dict(Unit.KINDS)


def unit_list(request: AuthedRequest) -> HttpResponse:
    require(request.user, "unit.see")
    words = words_of(request.GET)
    kinds = [kind for kind in request.GET.getlist("kind") if kind in KINDS]
    heads = [int(pk) for pk in request.GET.getlist("head") if pk.isdecimal() and len(pk) < 19]
    rows = selectors.unit_rows(request.user, words=words, kinds=kinds, heads=heads, sort=request.GET.get("sort", ""))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    bar = _filters(request.GET, words=words, kinds=kinds)
    if heads:
        named = Member.objects.visible_to(request.user).filter(pk__in=heads).order_by("pk")
        told = "、".join(named.values_list("name", flat=True)) or _("查无此人")
        chip = Chip(_("主要领导"), told, queries.without(request.GET, "head"))
        bar = replace(bar, chips=[*bar.chips, chip])
    return render(request, "orgs/unit_list.html", {"page": page, "bar": bar})


def _filters(query: QueryDict, *, words: str, kinds: list[str]) -> FilterBar:
    chips = [Chip(_("类别"), KINDS[kind], queries.without(query, "kind", kind)) for kind in kinds]
    if words:
        chips.append(Chip(_("找"), words, queries.without(query, "q")))
    options = [FilterOption(kind, label, checked=kind in kinds) for kind, label in KINDS.items()]
    menus = [FilterMenu("kind", _("类别"), "many", options), FilterMenu("q", _("名称或拼音"), "text", value=words)]
    return FilterBar(chips=chips, menus=menus)


def unit_page(request: AuthedRequest, pk: int) -> HttpResponse:
    seen = Unit.objects.visible_to(request.user).select_related("head", "governs").prefetch_related("aliases")
    unit = get_object_or_404(seen, pk=pk)
    left = request.GET.get("left") == "1"
    rows = selectors.member_rows(request.user, unit, left=left)
    context = {
        "unit": unit,
        "rows": rows,
        "facts": _facts(unit, rows),
        "left": left,
        "left_count": selectors.left_count(unit),
        "may_head": request.user.may("unit.head") and unit.active,
        "may_head_leave": request.user.may("unit.head_leave"),
        "may_see_parts": selectors.sees_parts(request.user, unit),
        "may_manage": not why_not_manage_members(request.user, unit),
    }
    return render(request, "orgs/unit_page.html", context)


def _facts(unit: Unit, rows: list[selectors.MemberRow]) -> list[Fact]:
    held = [holding for row in rows for holding in row.holdings if holding.code != HEADED]
    totals: Counter[str] = Counter()
    for holding in held:
        totals[str(holding.label)] += holding.count
    serving = sum(row.member.state != "left" for row in rows)
    head = unit.head
    first = Fact(_("主要领导"), head.name, sub=head.post, href=reverse("member_page", args=[head.pk])) if head else None
    counted = [
        Fact(label, str(count), sub=_("本单位的人合计"), href=_list_of(h.href for h in held if str(h.label) == label))
        for label, count in totals.most_common(3)
    ]
    return [*([first] if first else []), Fact(_("在岗"), str(serving), _("人"), href="#people"), *counted]


def _list_of(addresses: Iterable[str]) -> str:
    """One list in the place of several of the same page: `/projects/?officer=3` and `…?officer=7` → `…?officer=3&officer=7`."""
    pages = [urlsplit(address) for address in addresses]
    return f"{pages[0].path}?{'&'.join(page.query for page in pages)}"


def unit_head(request: AuthedRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.visible_to(request.user).select_related("head"), pk=pk)
    require(request.user, "unit.head")
    form = HeadForm(sent(request), members=selectors.head_candidates(unit), initial={"version": unit.version})
    back = reverse("unit_page", args=[pk])
    if request.method == "POST" and request.POST.get("member") == str(unit.head_id):
        messages.info(request, _("已经办过：%(name)s现在就是本单位主要领导。") % {"name": unit.head})
        return redirect(back)
    if request.method == "POST":
        outcome = perform(request, units.unit_head_change, form, unit_id=pk, **form.arguments())
        if outcome.ok:
            return redirect(back)
    intro = _(
        "现任 %(name)s。他以主要领导身份负责的事，连同主要领导的角色，会同时交给新任；他留任别的工作的，请安全管理员另行授予角色。"
    ) % {"name": unit.head or _("无")}
    title = _("%s换任主要领导") % unit
    return act_page(request, form, title=title, intro=intro, button=_("换任"), back=back)


def member_add(request: AuthedRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(Unit.objects.visible_to(request.user), pk=pk)
    require_managing(request.user, unit)
    form = MemberForm(sent(request))
    back = reverse("unit_page", args=[pk])
    if request.method == "POST":
        outcome = perform(request, units.member_create, form, unit_id=pk, **form.arguments())
        if outcome.ok:
            return redirect(back)
    intro = _("添加后是在岗人员；要登录的，请安全管理员开账号。")
    return act_page(request, form, title=_("%s添加人员") % unit, intro=intro, button=_("添加"), back=back)
