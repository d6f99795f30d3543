"""Delegations 委托: given by the principal himself, ended by either of the two, or by either's leaving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.deputies import possible_deputies
from luodi.orgs.models import Delegation, Member, User
from luodi.orgs.rules import DELEGABLE, LONGEST_DELEGATION

MOST_OPEN = 20


def delegation_give(
    *, by: User, deputy_id: int, actions: Sequence[str], from_on: date, until_on: date, reason: str
) -> Delegation:
    """Let another person do named things for oneself, from one civil day to another (both included, a year at most).

    Errors: "forbidden" | "deputy_self" | "deputy_unfit" | "actions_missing" | "action_in_person" |
    "action_not_own" | "days_wrong" | "reason_missing" | "delegation_twice" | "delegations_many". Source: docs/domain/orgs.md#delegation.
    """
    if not by.may("delegation.give"):
        raise Forbidden(_("您的角色没有可以委托的事。"))
    acts.lock(Member.objects.filter(pk__in={by.member_id, deputy_id}))
    deputy = _deputy(by, deputy_id)
    chosen = _named(by, actions)
    _check_days(from_on, until_on)
    if not reason.strip():
        raise DomainError("reason_missing", _("请写明为什么委托，如“外出学习”“联络员协助”。"), field="reason")
    _check_others(by, deputy, from_on, until_on)
    return acts.insert(
        Delegation(
            region_id=by.member.region_id, principal=by.member, deputy=deputy, actions=chosen,
            from_on=from_on, until_on=until_on, reason=reason.strip(), given_at=acts.current().at,
        )
    )  # fmt: skip


def _deputy(by: User, deputy_id: int) -> Member:
    if deputy_id == by.member_id:
        raise DomainError("deputy_self", _("不能委托给自己。"), field="deputy")
    if deputy_id not in {pk for pk, _name, _unit in possible_deputies(by)}:
        said = _("只能委托给本县在岗、能登录、有业务角色的政府工作人员或本单位的人；三员不能代办。")
        raise DomainError("deputy_unfit", said, field="deputy")
    return Member.objects.get(pk=deputy_id)


def _named(by: User, actions: Sequence[str]) -> list[str]:
    if not actions:
        raise DomainError("actions_missing", _("请选要委托的事项。"), field="actions")
    if set(actions) - DELEGABLE:
        said = _("认定、处分、表彰和账号上的事只能由本人办，不能委托。")
        raise DomainError("action_in_person", said, field="actions")
    if any(not by.may(action) for action in actions):
        raise DomainError("action_not_own", _("您自己不能办的事，也不能委托别人办。"), field="actions")
    return sorted(set(actions))


def _check_days(from_on: date, until_on: date) -> None:
    if from_on < clock.today():
        raise DomainError("days_wrong", _("委托从今天起，不能补到过去。"), field="from_on")
    if until_on < from_on:
        raise DomainError("days_wrong", _("结束日不能早于开始日。"), field="until_on")
    if until_on >= from_on + timedelta(days=LONGEST_DELEGATION):
        raise DomainError("days_wrong", _("一次最多委托一年，到期可以再委托。"), field="until_on")


def _check_others(by: User, deputy: Member, from_on: date, until_on: date) -> None:
    given = Delegation.objects.open(clock.today()).filter(principal=by.member_id)
    if given.filter(deputy=deputy, from_on__lte=until_on, until_on__gte=from_on).exists():
        said = _("这几天已经有给他的委托。要改代办事项，请先终止原来的，再另行委托。")
        raise DomainError("delegation_twice", said, field="deputy")
    if given.count() >= MOST_OPEN:
        raise DomainError("delegations_many", _("一个人最多同时有 20 份委托，请先终止不用的。"))


def delegation_end(*, by: User, delegation_id: int) -> Delegation:
    """End a delegation from this moment: who gave it takes it back, who holds it lays it down.

    Errors: Delegation.DoesNotExist for everybody else; "delegation_ended".
    """
    delegation: Delegation = acts.lock_one(Delegation.objects.of(by), delegation_id)
    if delegation.ended_at is not None:
        raise DomainError("delegation_ended", _("这份委托已经终止。"))
    acts.update(delegation, ended_at=acts.current().at)
    return delegation


# As a member leaves --------------------------------------------------------------------------------------------------


def hold(member_id: int) -> None:
    """Lock what he gave and holds, before he himself is locked as tables go."""
    acts.lock(_open_of(member_id))


def end_all(member_id: int) -> None:
    """End what he gave and holds, also what was given until he was locked. Within the act."""
    for delegation in _open_of(member_id):
        acts.update(delegation, ended_at=acts.current().at)


def _open_of(member_id: int) -> QuerySet[Delegation]:
    return Delegation.objects.filter(Q(principal=member_id) | Q(deputy=member_id), ended_at=None)
