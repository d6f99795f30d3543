"""What search finds of units, people and companies; which units a member heads."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.kernel.personal import blind
from luodi.kernel.registry import Held, Holding, SearchDoc, SearchSource
from luodi.orgs import selectors
from luodi.orgs.models import Company, Member, Unit, UnitAlias, User
from luodi.orgs.rules import HEADED

TELEPHONE = re.compile(r"(?:\+?86)?(1\d{10})")


def _units(ids: Sequence[int]) -> Iterable[SearchDoc]:
    aliases: dict[int, list[str]] = {}
    for unit_id, alias in UnitAlias.objects.filter(unit_id__in=ids).order_by("pk").values_list("unit_id", "alias"):
        aliases.setdefault(unit_id, []).append(alias)
    for unit in Unit.objects.filter(pk__in=ids):
        names = [unit.short, *aliases.get(unit.pk, [])]
        about = "、".join(dict.fromkeys(name for name in names if name and name != unit.name))
        yield SearchDoc(unit.pk, unit.name, live=unit.active, names=names, codes=[unit.code], about=about)


def _members(ids: Sequence[int]) -> Iterable[SearchDoc]:
    """Official names and posts alone: the rest of a person is personal."""
    rows = Member.objects.filter(pk__in=ids).values_list("pk", "name", "post", "state", "unit__name")
    for pk, name, post, state, unit in rows:
        yield SearchDoc(pk, name, live=state != "left", about=" · ".join(told for told in (unit, post) if told))


def _companies(ids: Sequence[int]) -> Iterable[SearchDoc]:
    for pk, name, uscc in Company.objects.filter(pk__in=ids).values_list("pk", "name", "uscc"):
        yield SearchDoc(pk, name, codes=[uscc], about=uscc)


def _members_of(ids: Sequence[int]) -> Iterable[int]:
    found: Iterable[int] = Member.objects.filter(unit_id__in=ids).values_list("pk", flat=True)
    return found


def _units_of_aliases(ids: Sequence[int]) -> Iterable[int]:
    return UnitAlias.objects.filter(pk__in=ids).values_list("unit_id", flat=True)


def members_by_telephone(user: User, typed: str) -> Sequence[int]:
    """Whose number this is, for who may see numbers: an exact match of the blind index, never a part of a number."""
    found = TELEPHONE.fullmatch(re.sub(r"[\s()-]", "", unicodedata.normalize("NFKC", typed)))
    if found is None or not user.may("person.see_contact"):
        return ()
    return list(Member.objects.visible_to(user).filter(phone_blind=blind(found[1])).values_list("pk", flat=True))


def _projects_of(row: Any) -> str:
    """A company has no page of its own: its projects are what is to be seen of it."""
    return f"{reverse('search')}?{urlencode({'q': row.title, 'kind': 'project'})}"


def headed(viewer: User, member_ids: Sequence[int]) -> Iterable[Holding]:
    """The active units that members head. One query."""
    heads = Unit.objects.visible_to(viewer).filter(active=True, head__in=member_ids).values_list("head_id", flat=True)
    for head_id in heads.order_by("pk"):
        yield Holding(head_id, _("主要领导的单位"), 1, f"{reverse('unit_list')}?head={head_id}", HEADED)


def headship(_viewer: User, member: Member) -> Iterable[Held]:
    """The unit that a leaving member heads goes to another of its people, with what the head as such answers for."""
    if member.unit.head_id == member.pk:
        text = _("连同他以主要领导身份负责的本单位项目和主要领导的角色，一起交给新任。")
        yield Held(HEADED, _("主要领导的单位"), 1, text, selectors.head_candidates(member.unit))


SOURCES = (
    SearchSource(
        "company", 2, _("企业"), _("名称、统一社会信用代码"), "project.see", "orgs.company",
        _companies,
        lambda user: Q(Exists(Company.objects.visible_to(user).filter(pk=OuterRef("object_id")))),
        _projects_of,
    ),
    SearchSource(
        "unit", 3, _("单位"), _("名称、简称、别名、编码"), "unit.see", "orgs.unit",
        _units,
        lambda user: Q(Exists(Unit.objects.visible_to(user).filter(pk=OuterRef("object_id")))),
        lambda row: reverse("unit_page", args=[row.object_id]),
        {"orgs.unitalias": _units_of_aliases},
    ),
    SearchSource(
        "member", 4, _("人员"), _("姓名、单位、职务、完整电话"), "unit.see", "orgs.member",
        _members,
        lambda user: Q(Exists(Member.objects.visible_to(user).filter(pk=OuterRef("object_id")))),
        lambda row: reverse("member_page", args=[row.object_id]),
        {"orgs.unit": _members_of},
        members_by_telephone,
    ),
)  # fmt: skip
