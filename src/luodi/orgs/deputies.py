"""乙代甲: whose account a deputy uses, which rows he wrote with it, and whom that bars. Reads and the follower of acts.

A deputy's request runs with his principal's account, narrowed to what the delegation names (`standing_for`). So every
rule about the single row is asked of the principal, as always; and what separates two people asks `User.hands` and
`hands_in`, so that it bars both. Why: docs/adr/0014-a-deputy-acts-with-his-principals-account.md.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from luodi.kernel import acts, clock
from luodi.kernel.models import Recorded
from luodi.kernel.registry import Written
from luodi.orgs.models import DelegatedAct, Delegation, Member, RoleGrant, User
from luodi.orgs.rules import ADMINS, BUSINESS, GOVERNMENT


def standing_for(deputy: User, delegation_id: int) -> User | None:
    """The principal's account, narrowed to the delegation, as this deputy may use it today; None where he may not.

    Neither account is shut, neither belongs to an administrator, and who must sign in with a second factor is acted for
    by nobody who does not. Two queries.
    """
    held = Delegation.objects.in_force(clock.today()).filter(pk=delegation_id, deputy=deputy.member_id).first()
    account: User | None = User.objects.filter(member=held.principal_id, is_active=True).first() if held else None
    if held is None or account is None or (account.must_have_factor and not deputy.has_factor):
        return None
    if (account.roles | deputy.roles) & ADMINS:
        return None
    account.deputy, account.delegation = deputy, held
    account.member.through = deputy.member.name
    return account


def possible_deputies(user: User) -> list[tuple[int, str, str]]:
    """Whom this person may let act for him: member id, name, unit. By unit, then name. One query.

    Serving, able to sign in, of his county, no administrator; of the government, or else of his own unit.
    """
    held = RoleGrant.objects.filter(until=None)
    of_business = held.filter(role__in=GOVERNMENT) | held.filter(role__in=BUSINESS, member__unit=user.member.unit_id)
    found = Member.objects.serving().filter(region=user.member.region_id, account__is_active=True)
    found = found.filter(pk__in=of_business.values("member")).exclude(pk=user.member_id)
    return list(found.order_by("unit__code", "name", "pk").values_list("pk", "name", "unit__short"))


def held_by(user: User) -> QuerySet[Delegation]:
    """What others let this person do for them today. One query."""
    found = Delegation.objects.in_force(clock.today()).filter(deputy=user.member_id)
    return found.select_related("principal__unit").order_by("principal__name", "pk")


def note_deputed(written: Sequence[Written]) -> None:
    """Follower of every act: remember each row that a deputy wrote for his principal."""
    act = acts.current()
    by = act.root.by
    if not isinstance(by, User) or by.deputy is None or by.delegation is None:
        return
    label = DelegatedAct._meta.label_lower
    rows = {(row.model, row.object_id) for row in written if row.model != label}
    known = set(DelegatedAct.objects.filter(act=act.id).values_list("model", "object_id"))
    told = {
        "region_id": by.delegation.region_id, "delegation": by.delegation, "principal_id": by.member_id,
        "deputy_id": by.deputy.member_id, "act": act.id, "day": clock.today(),
    }  # fmt: skip
    acts.insert_many([DelegatedAct(model=model, object_id=pk, **told) for model, pk in sorted(rows - known)])


def open_of(viewer: User, member: Member) -> list[Delegation]:
    """For whom this member acts, and who acts for him, now or on days to come. One query."""
    rows = Delegation.objects.visible_to(viewer).open(clock.today()).filter(Q(principal=member) | Q(deputy=member))
    return list(rows.select_related("principal", "deputy").order_by("from_on", "pk"))


# Who had a hand in it ---------------------------------------------------------------------------------------------------


def hands_in(row: Recorded, doer: Member) -> list[Member]:
    """The people behind what `doer` did to a row: himself, and who did it for him. One query."""
    done = DelegatedAct.objects.filter(model=row._meta.label_lower, object_id=row.pk, principal=doer)
    return [doer, *Member.objects.filter(pk__in=done.values("deputy"))]


def same_person(user: User, row: Recorded, doer: Member) -> bool:
    """Whether somebody behind this account is somebody behind what `doer` did to the row."""
    return doer.pk in user.hand_ids or bool(user.hand_ids & {hand.pk for hand in hands_in(row, doer)})


def same_unit(user: User, row: Recorded, doer: Member, *units: int) -> bool:
    """Whether somebody behind this account is of one of `units`, or of a unit of somebody behind what `doer` did."""
    if user.hand_units & {doer.unit_id, *units}:
        return True
    return bool(user.hand_units & {hand.unit_id for hand in hands_in(row, doer)})


def colleague_between(user: User, row: Recorded, doer: Member) -> bool:
    """Whether a deputy holds one of the two pens and is of the unit of somebody behind the other. Where one office asks and
    another decides, the roles keep the two apart; with borrowed roles they no longer do."""
    deputies = {hand.unit_id for hand in hands_in(row, doer) if hand != doer}
    if user.deputy is not None and user.deputy.member.unit_id in deputies | {doer.unit_id}:
        return True
    return user.member.unit_id in deputies


def acts_of_deputies(model: type[Recorded], rows: QuerySet[Any]) -> QuerySet[DelegatedAct]:
    """All that deputies wrote in the acts that wrote these rows."""
    done = DelegatedAct.objects.filter(model=model._meta.label_lower, object_id__in=rows.order_by().values("pk"))
    return DelegatedAct.objects.filter(act__in=done.values("act"))


Hands = Mapping[tuple[str, int], Mapping[int, str]]
"""Who did something to a row through whom: (model, row id) → a principal's member id → his deputy's name."""


def sign(*lists: Iterable[Recorded | None]) -> None:
    """Let the people whom rows name as their doers be called 乙代甲 where a deputy did it: those read along with the rows.
    One query, none where there is no row."""
    rows = [row for rows in lists for row in rows if row is not None]
    sign_with(_hands_of(rows), rows)


def sign_with(hands: Hands, *lists: Iterable[Recorded | None]) -> None:
    """`sign` with hands that are known already. No query."""
    for row in (row for rows in lists for row in rows if row is not None):
        found = hands.get((row._meta.label_lower, int(row.pk)), {})
        for name, value in list(row._state.fields_cache.items()) if found else []:
            if isinstance(value, Member) and (hand := found.get(value.pk)):
                row._state.fields_cache[name] = _through(value, hand)


def _through(member: Member, hand: str) -> Member:
    """Another object of the same person: one read for many rows is shared between them."""
    signed = copy.copy(member)
    signed.through = hand
    return signed


def _hands_of(rows: Collection[Recorded]) -> Hands:
    ids: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        ids[row._meta.label_lower].add(int(row.pk))
    found: dict[tuple[str, int], dict[int, str]] = defaultdict(dict)
    if ids:
        wanted = Q()
        for label, keys in ids.items():
            wanted |= Q(model=label, object_id__in=keys)
        done = DelegatedAct.objects.filter(wanted).order_by("pk")
        for model, pk, principal, name in done.values_list("model", "object_id", "principal", "deputy__name"):
            found[model, pk][principal] = name
    return found
