"""Regions, units and their heads, members, companies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from django.db.models import Q
from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.acts import Actor
from luodi.kernel.chinese import name_key, pinyin_of
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.models import PersonKey
from luodi.kernel.registry import ESTATES, HEAD_CHANGES, HeadChange, Held, Leaving
from luodi.orgs import permissions
from luodi.orgs.models import Company, Member, Region, RoleGrant, Unit, UnitAlias, User
from luodi.orgs.rules import HEADED, Role, incompatible
from luodi.orgs.services import delegations


def region_create(
    *,
    by: Actor,
    code: str,
    name: str,
    level: str,
    parent: Region | None,
    valid_from: date,
    initials: str = "",
    tile: tuple[int | None, int | None] = (None, None),
) -> Region:
    """Add a region below its parent; `tile`: column and row of a township on the schematic map.

    Errors: DomainError "forbidden"; the code stands already.
    """
    _must(by, "system.setup")
    return acts.insert(
        Region(
            code=code,
            name=name,
            level=level,
            parent=parent,
            path=f"{parent.path}/{code}" if parent else code,
            valid_from=valid_from,
            initials=initials,
            tile_x=tile[0],
            tile_y=tile[1],
        )
    )


def unit_create(
    *,
    by: Actor,
    region: Region,
    code: str,
    name: str,
    short: str,
    kind: str,
    head_name: str,
    head_post: str,
    governs: Region | None = None,
    aliases: tuple[str, ...] = (),
) -> Unit:
    """Add a unit with its head, who is made with it: an active unit has exactly one head from its first moment."""
    _must(by, "system.setup")
    unit = acts.insert(
        Unit(region=region, code=code, name=name, short=short, kind=kind, governs=governs, pinyin=pinyin_of(name))
    )
    head = member_insert(unit, name=head_name, post=head_post)
    acts.update(unit, head=head, active=True)
    for alias in aliases:
        acts.insert(UnitAlias(region=region, unit=unit, alias=alias))
    return unit


def member_insert(unit: Unit, *, name: str, post: str = "", phone: str = "", state: str = "active") -> Member:
    """Write a member, with a key of his own where there is something personal to keep. Within an act; checks nothing."""
    person = PersonKey.fresh() if phone else None
    return acts.insert(
        Member(
            region_id=unit.region_id,
            unit=unit,
            name=name.strip(),
            pinyin=pinyin_of(name.strip(), 120),
            post=post.strip(),
            state=state,
            person=person,
            phone=phone,
        )
    )


def member_create(*, by: User, unit_id: int, name: str, post: str = "", phone: str = "") -> Member:
    """Add a member to a unit.

    Errors: Unit.DoesNotExist when it is not visible; DomainError "forbidden" | "name_missing" | "member_twice".
    """
    unit = Unit.objects.visible_to(by).get(pk=unit_id)
    _refuse(permissions.why_not_manage_members(by, unit))
    if not name.strip():
        raise DomainError("name_missing", _("请填写姓名。"), field="name")
    _refuse_twin(unit, name, post)
    return member_insert(unit, name=name, post=post, phone=phone)


def _refuse_twin(unit: Unit, name: str, post: str, *, but: int = 0) -> None:
    twins = Member.objects.serving().filter(unit=unit, name=name.strip(), post=post.strip()).exclude(pk=but)
    if twins.exists():
        raise DomainError(
            "member_twice", _("本单位已有同名同职务的人。若确是另一个人，请写明不同的职务。"), field="name"
        )


def member_change(*, by: User, member_id: int, seen: int, name: str, post: str, phone: str | None = None) -> Member:
    """Correct a member's name, post or telephone (None: telephone stays). Errors as member_create; StaleVersion."""
    member = acts.lock_one(Member.objects.visible_to(by), member_id)
    _refuse(permissions.why_not_manage_members(by, member.unit))
    if not name.strip():
        raise DomainError("name_missing", _("请填写姓名。"), field="name")
    _refuse_twin(member.unit, name, post, but=member.pk)
    changes: dict[str, object] = {"name": name.strip(), "pinyin": pinyin_of(name.strip(), 120), "post": post.strip()}
    if phone is not None and (phone or member.phone):
        changes |= {"person": member.person or PersonKey.fresh(), "phone": phone}
    acts.update(member, seen=seen, **changes)
    return member


def member_leave(
    *, by: User, member_id: int, seen: int, successors: Mapping[str, int | None] | None = None, note: str = ""
) -> Member:
    """Let a member leave: what he holds goes to `successors` (member ids by code of registry.Held), his roles end and so do
    the delegations he gave and held, and his account is shut, all in one act or nothing.

    Errors: Member.DoesNotExist; DomainError "forbidden" | "own_leave" | "already_left" | "successor_missing" |
    "note_missing", those of a change of head and of each handover; StaleVersion. What is missed is refused by the database.
    """
    to = dict(successors or {})
    visible = Member.objects.visible_to(by).get(pk=member_id)
    delegations.hold(member_id)
    people = {row.pk: row for row in acts.lock(Member.objects.filter(pk__in={member_id, *filter(None, to.values())}))}
    member = people[member_id]
    heads = Q(member__unit_id=visible.unit_id, role=Role.UNIT_HEAD.value)
    grants = acts.lock(RoleGrant.objects.filter(Q(member=member) | heads, until=None))
    member.unit = acts.lock_one(Unit.objects.all(), member.unit_id)
    accounts = acts.lock(User.objects.filter(member=member))
    _refuse(permissions.why_not_let_leave(by, member))
    if member.pk in by.hand_ids:
        raise DomainError("own_leave", _("不能给自己办离任，请由项目办办理。"))
    if member.state == "left":
        raise DomainError("already_left", _("他已经离任。"))
    _hand_all_over(Leaving(member, to, note.strip(), by), [grant for grant in grants if grant.role == Role.UNIT_HEAD])
    delegations.end_all(member_id)
    acts.update(member, seen=seen, state="left")
    for grant in grants:
        if grant.member_id == member.pk and grant.until is None:
            acts.update(grant, until=acts.current().at)
    for account in accounts:
        acts.update(account, is_active=False)
    return member


def _hand_all_over(leaving: Leaving, heads: Sequence[RoleGrant]) -> None:
    """First the unit with what goes with its head, then what is left, by the apps that know it."""
    held = [one for estate in ESTATES for one in estate.held(leaving.by, leaving.member)]
    for one in held:
        _check_successor(leaving, one)
    for estate in ESTATES:
        estate.hold(leaving.member)
    unit = leaving.member.unit
    if unit.head_id == leaving.member.pk:
        found = list(Member.objects.serving().filter(pk=leaving.to[HEADED] or 0, unit=unit))
        _put_at_head(unit, found, heads, by=leaving.by, field=HEADED, note=leaving.note)
    for estate in ESTATES:
        estate.hand_over(leaving)


def _check_successor(leaving: Leaving, held: Held) -> None:
    if held.barred:
        raise Forbidden(str(held.barred))
    if held.offered is None:
        return
    if held.code not in leaving.to or (leaving.to[held.code] is None and not held.optional):
        said = _("他还有%(what)s %(count)s 件，请选接手的人。") % {"what": held.label, "count": held.count}
        raise DomainError("successor_missing", said, field=held.code)
    if leaving.to.get(held.code) == leaving.member.pk:
        raise DomainError("successor_self", _("离任的人不能接手自己的事。"), field=held.code)
    if not leaving.note:
        raise DomainError("note_missing", _("请写明交接情况：交了什么，还有什么没完。"), field="note")


def unit_head_change(*, by: User, unit_id: int, member_id: int, seen: int) -> Unit:
    """Put another member at the head of a unit; what the old head answers for goes over to the new one in the same act,
    and so does the role of a unit's head: who is head no longer has no power of one.

    Errors: Unit.DoesNotExist; DomainError "forbidden" | "head_elsewhere" | "head_same" | "admin_apart"; StaleVersion.
    """
    if not by.may("unit.head"):
        raise Forbidden(_("换任主要领导由政府办公室办理。"))
    head = Unit.objects.filter(pk=unit_id).values("head")
    acts.lock(
        Member.objects.filter(Q(pk=member_id) | Q(pk__in=head))
    )  # who hands the old head a project waits, or is waited for
    found = list(Member.objects.serving().filter(pk=member_id, unit_id=unit_id))
    grants = acts.lock(RoleGrant.objects.filter(member__unit_id=unit_id, role=Role.UNIT_HEAD.value, until=None))
    unit = acts.lock_one(Unit.objects.visible_to(by), unit_id)
    _put_at_head(unit, found, grants, by=by, seen=seen)
    return unit


def _put_at_head(
    unit: Unit, found: Sequence[Member], grants: Sequence[RoleGrant], *, by: User, seen: int | None = None,
    field: str = "member",
    note: str = "",
) -> None:  # fmt: skip
    if not found:
        raise DomainError("head_elsewhere", _("主要领导必须是本单位在岗的人。"), field=field)
    if unit.head_id == found[0].pk:
        raise DomainError("head_same", _("他已经是本单位主要领导。"), field=field)
    for hand_over in HEAD_CHANGES:
        hand_over(HeadChange(unit_id=unit.pk, old_id=unit.head_id, new_id=found[0].pk, by=by, note=note))
    acts.update(unit, seen=seen, head=found[0])
    _hand_role_over(grants, found[0], field)


def _hand_role_over(grants: Sequence[RoleGrant], head: Member, field: str) -> None:
    """The role goes with the post: ended for whoever of the unit held it, given to its new head."""
    for grant in grants:
        if grant.member_id != head.pk:
            acts.update(grant, until=acts.current().at)
    held = {Role(name) for name in RoleGrant.objects.filter(member=head, until=None).values_list("role", flat=True)}
    if incompatible(frozenset(held | {Role.UNIT_HEAD})):
        raise DomainError(
            "admin_apart", _("三员不能兼任单位主要领导，请先由安全管理员收回他的管理员角色。"), field=field
        )
    if Role.UNIT_HEAD not in held:
        role = Role.UNIT_HEAD.value
        acts.insert(RoleGrant(region_id=head.region_id, member=head, role=role, since=acts.current().at))


def company_find_or_create(*, region_id: int, name: str, uscc: str) -> Company:
    """Give the company of this code, else of this name without code, else a new one. Within an act."""
    known = Company.objects.filter(region_id=region_id)
    found = known.filter(uscc=uscc).first() if uscc else known.filter(uscc="", name=name).first()
    return found or acts.insert(Company(region_id=region_id, name=name, uscc=uscc, pinyin=pinyin_of(name, 300)))


def same_name(left: str, right: str) -> bool:
    return name_key(left) == name_key(right)


def _must(by: Actor, action: str) -> None:
    if not by.may(action):
        raise Forbidden(_("您的角色不能办这件事。"))


def _refuse(why: str) -> None:
    if why:
        raise Forbidden(why)
