"""Reads of units, people, accounts, and the three administrators' pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db.models import Case, Count, F, IntegerField, Prefetch, Q, QuerySet, When
from django.utils.translation import gettext as _

from luodi.kernel import registry
from luodi.kernel.doctor import Finding
from luodi.kernel.models import AuditEntry, AuditHead
from luodi.kernel.registry import Held, Holding
from luodi.orgs.labels import ROLE_LABELS, acting_name
from luodi.orgs.models import Factor, Member, Region, RoleGrant, Unit, UnitAlias, User
from luodi.orgs.rules import OPTIONAL, SECOND_FACTOR_ROLES, Role, Scope, incompatible

UNIT_ORDERS = {
    "name": ("pinyin", "code"),
    "-name": ("-pinyin", "code"),
    "people": ("people", "code"),
    "-people": ("-people", "code"),
}
ACTS_SHOWN = 50
ENTRIES_READ = 3000


# Units and people -----------------------------------------------------------------------------------------------------


def unit_rows(
    viewer: User, *, words: str = "", kinds: Sequence[str] = (), heads: Sequence[int] = (), sort: str = ""
) -> QuerySet[Unit]:
    """Units by name, pinyin, initials, code or alias, or by their heads, each with `people`, the number who serve there. One query."""
    units = Unit.objects.visible_to(viewer).select_related("head")
    if kinds:
        units = units.filter(kind__in=kinds)
    if heads:
        units = units.filter(active=True, head__in=heads)
    if words:
        also_called = UnitAlias.objects.filter(alias__icontains=words).values("unit_id")
        units = units.filter(named(words) | Q(short__icontains=words) | Q(code__iexact=words) | Q(pk__in=also_called))
    counted: QuerySet[Unit] = units.annotate(people=Count("members", filter=~Q(members__state="left")))
    return counted.order_by(*UNIT_ORDERS.get(sort, ("code",)))


def named(words: str) -> Q:
    """Found by name, pinyin or initials."""
    return Q(name__icontains=words) | Q(pinyin__contains="".join(words.lower().split()))


@dataclass(frozen=True, slots=True)
class MemberRow:
    member: Member
    is_head: bool
    holdings: list[Holding]


def member_rows(viewer: User, unit: Unit, *, left: bool = False) -> list[MemberRow]:
    """The unit's members, the head first; those who left only where `left`. One query, and one for each kind of holding."""
    members = Member.objects.visible_to(viewer).filter(unit=unit)
    if not left:
        members = members.serving()
    ranked = members.annotate(
        rank=Case(
            When(pk=unit.head_id or 0, then=0), When(state="left", then=2), default=1, output_field=IntegerField()
        )
    ).order_by("rank", "pk")
    found = list(ranked)
    held = holdings(viewer, unit, [member.pk for member in found])
    return [MemberRow(member, member.pk == unit.head_id, held.get(member.pk, [])) for member in found]


def sees_parts(viewer: User, unit: Unit) -> bool:
    """Who sees the county sees what each of its people answers for; who sees one unit, of that unit."""
    return viewer.scope is Scope.COUNTY or unit.pk == viewer.member.unit_id


def holdings(viewer: User, unit: Unit, member_ids: Sequence[int]) -> dict[int, list[Holding]]:
    """What the unit's members answer for, as the apps tell it; only for those who may see what lies behind the numbers."""
    found: dict[int, list[Holding]] = defaultdict(list)
    if sees_parts(viewer, unit):
        for told in registry.HOLDINGS:
            for holding in told(viewer, member_ids):
                found[holding.member_id].append(holding)
    return found


def accountable(viewer: User) -> QuerySet[Member]:
    """Serving members whose part in the work the viewer may see: of the county, or of his own unit. As `holdings`."""
    members: QuerySet[Member] = Member.objects.visible_to(viewer).serving()
    return members if viewer.scope is Scope.COUNTY else members.filter(unit=viewer.member.unit_id)


def estate_of(viewer: User, member: Member) -> list[Held]:
    """All that a member holds and would have to hand over if he left, whoever may see it."""
    return [held for estate in registry.ESTATES for held in estate.held(viewer, member)]


def roles_held(member: Member) -> list[str]:
    """The roles that he holds now, in words."""
    names = RoleGrant.objects.filter(member=member, until=None).order_by("pk").values_list("role", flat=True)
    return [str(ROLE_LABELS[Role(name)]) for name in names]


def left_count(unit: Unit) -> int:
    return Member.objects.filter(unit=unit, state="left").count()


def head_candidates(unit: Unit) -> list[Member]:
    return list(Member.objects.filter(unit=unit).serving().exclude(pk=unit.head_id or 0).order_by("pk"))


# Accounts and roles ---------------------------------------------------------------------------------------------------


def accounts(viewer: User, *, words: str = "", state: str = "", roles: Sequence[str] = ()) -> QuerySet[Member]:
    """Members with their account (or none) and `held`, the roles they hold now. Two queries.

    `state` is open, shut or none; "" gives all but those who left without ever having an account.
    """
    members = with_roles(Member.objects.with_accounts_of(viewer)).exclude(state="left", account=None)
    states = {
        "open": Q(account__is_active=True),
        "shut": Q(account__is_active=False),
        "none": Q(account=None),
    }
    if state in states:
        members = members.filter(states[state])
    if roles:
        members = members.filter(pk__in=RoleGrant.objects.filter(role__in=roles, until=None).values("member_id"))
    if words:
        members = members.filter(named(words) | Q(account__username__icontains=words) | Q(unit__name__icontains=words))
    return members.order_by("unit__code", "pk")


def with_roles(members: QuerySet[Member]) -> QuerySet[Member]:
    grants = Prefetch("grants", RoleGrant.objects.filter(until=None).order_by("pk"), to_attr="held")
    return members.select_related("unit", "account").prefetch_related(grants)


# Audit ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ActRow:
    """One act: who, when, what he did (`named`: in the users' words), how many rows. Never what stood in them."""

    act: UUID
    at: datetime
    service: str
    named: bool
    actor: str
    rows: int
    first_entry: int


def chains_of(viewer: User) -> list[int]:
    """The chains an audit administrator reads: his regions'; the installation's own (0) where no region stands above his."""
    if not viewer.may("audit.read"):
        return []
    return [*viewer.region_ids, *([0] if viewer.member.region.parent_id is None else [])]


def audit_heads(viewer: User) -> list[AuditHead]:
    return list(AuditHead.objects.filter(chain__in=chains_of(viewer), seq__gt=0).order_by("chain"))


def newest_acts(viewer: User, *, before: int | None = None) -> tuple[list[ActRow], bool]:
    """The newest acts, or those older than one entry, and whether there are more. Three queries, however long the log."""
    entries = AuditEntry.objects.filter(chain__in=chains_of(viewer))
    if before is not None:
        entries = entries.filter(pk__lt=before)
    read = list(entries.only("act", "at", "service", "actor").order_by("-pk")[:ENTRIES_READ])
    first: dict[UUID, AuditEntry] = {}
    for entry in read:
        if entry.act not in first and len(first) == ACTS_SHOWN:
            return _act_rows(first), True
        first[entry.act] = entry
    return _act_rows(first), len(read) == ENTRIES_READ


def _act_rows(first: dict[UUID, AuditEntry]) -> list[ActRow]:
    """`first` holds the oldest entry of each act that was read."""
    counted = AuditEntry.objects.filter(act__in=list(first)).values_list("act").annotate(n=Count("pk"))
    counts = dict(counted.order_by())
    names = actor_names({entry.actor for entry in first.values()})
    return [
        ActRow(act, entry.at, *_said(entry.service), names[entry.actor], counts[act], entry.pk)
        for act, entry in first.items()
    ]


def _said(service: str) -> tuple[str, bool]:
    """A service in the users' words; its own name where no app of this release knows it."""
    words = registry.ACTS.get(registry.FORMER_ACTS.get(service, service))
    return (str(words), True) if words else (service, False)


def region_names(viewer: User) -> dict[int, str]:
    """What each chain that the viewer reads records."""
    names = dict(Region.objects.filter(pk__in=chains_of(viewer)).values_list("pk", "name"))
    return {0: _("全系统"), **names}


def actor_names(actors: Collection[str]) -> dict[str, str]:
    """`user:12` → the member's name and unit; `user:12/34` → 乙代甲 and 甲's unit; `system:worker` → 系统（worker）. One query."""
    ids = {actor: [int(pk) for pk in actor[5:].split("/")] for actor in actors if actor.startswith("user:")}
    wanted = {pk for found in ids.values() for pk in found}
    users = User.objects.filter(pk__in=wanted).in_bulk() if wanted else {}
    return {actor: _hands(ids.get(actor, ()), users) or _system(actor) for actor in actors}


def _hands(ids: Sequence[int], users: Mapping[int, User]) -> str:
    found = [users[pk].member for pk in ids if pk in users]
    return f"{acting_name(found[0].name, found[-1].name if len(found) > 1 else '')} {found[0].unit}" if found else ""


def _system(actor: str) -> str:
    return _("系统（%s）") % actor.removeprefix("system:")


# The installation -----------------------------------------------------------------------------------------------------


# Signing in -----------------------------------------------------------------------------------------------------------


def second_factor_lax() -> str:
    """In words, where administrators and recognisers may sign in without a second factor ("" = they may not)."""
    if settings.LUODI_SECOND_FACTOR:
        return (
            _("本站设为不强制两步验证（LUODI_SECOND_FACTOR=may）") if settings.LUODI_SECOND_FACTOR == OPTIONAL else ""
        )
    if Region.objects.filter(second_factor=OPTIONAL).exists():
        return _("演示：未强制两步验证")
    return ""


def sign_in_findings() -> Iterator[Finding]:
    """For `doctor`: whether a second factor is a must, and who has none yet."""
    if lax := second_factor_lax():
        cure = _("只可用于演示。正式使用请设 LUODI_SECOND_FACTOR=must，或换一个正式的库。")
        yield Finding("warn", lax, cure)
        return
    bound = RoleGrant.objects.filter(until=None, role__in=[role.value for role in SECOND_FACTOR_ROLES])
    held = User.objects.filter(is_active=True, member__in=bound.values("member"), factor_held=False)
    count = held.count()
    yield Finding("ok", _("管理员和认定人员必须两步验证"))
    if count:
        yield Finding("note", _("其中 %d 人还没有设置") % count, _("他们下次登录时会被要求设置。"))


def own_factors(user: User) -> list[Factor]:
    """The second factors of an account, the oldest first. One query."""
    return list(Factor.objects.filter(user_id=user.pk).order_by("pk"))


def faults() -> list[str]:
    """What should not be, in one sentence each: for `doctor --deep`."""
    lost = Unit.objects.filter(active=True).filter(Q(head__state="left") | ~Q(head__unit=F("pk")))
    told = [_("单位“%s”的主要领导不是本单位在岗的人") % unit.name for unit in lost]
    held: dict[int, set[Role]] = defaultdict(set)
    for member_id, role in RoleGrant.objects.filter(until=None).values_list("member_id", "role"):
        held[member_id].add(Role(role))
    mixed = [member_id for member_id, roles in held.items() if incompatible(frozenset(roles))]
    told += [_("人员 %d 兼有三员与别的角色") % member_id for member_id in sorted(mixed)]
    gone = User.objects.filter(is_active=True, member__state="left")
    return told + [_("账号“%s”的人已离任，账号还开着") % user.username for user in gone]
