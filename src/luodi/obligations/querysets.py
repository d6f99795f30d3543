"""Guarded reads of obligations."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from luodi.orgs.rules import Scope
from luodi.subjects.models import Subject

if TYPE_CHECKING:
    from luodi.obligations.models import Obligation
    from luodi.orgs.models import User


class ObligationQuerySet(models.QuerySet["Obligation"]):
    def visible_to(self, user: User) -> ObligationQuerySet:
        """What its debtor owes, what I wait for, and what is owed about subjects that I may see."""
        if not user.may("desk.see") or user.scope == Scope.NOTHING:
            return self.none()
        mine = Q(member=user.member_id) | Q(unit=user.member.unit_id) | Q(waiting=user.member_id)
        return self.filter(mine | Q(subject__in=Subject.objects.visible_to(user).values("pk")))

    def open(self) -> ObligationQuerySet:
        return self.filter(settled_at=None)

    def late(self, today: date) -> ObligationQuerySet:
        """Open, the clock running, and the due day over."""
        return self.open().filter(stopped_on=None, due_on__lt=today)
