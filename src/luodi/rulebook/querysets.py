"""Guarded reads of versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from luodi.orgs.rules import Scope

if TYPE_CHECKING:
    from luodi.orgs.models import User
    from luodi.rulebook.models import TableVersion


class TableVersionQuerySet(models.QuerySet["TableVersion"]):
    def visible_to(self, user: User) -> TableVersionQuerySet:
        """Rules are open to all who work with them: those of the viewer's regions, and of the regions above his own."""
        if user.scope == Scope.NOTHING or not user.may("desk.see"):
            return self.none()
        above = user.member.region.path.split("/")
        return self.filter(Q(region_id__in=user.region_ids) | Q(region__code__in=above))

    def in_force_on(self, region_ids: Iterable[int], codes: Iterable[str], day: date) -> TableVersionQuerySet:
        """The version of each region and table that is in force on a civil day, as rules.in_force_on finds it."""
        decided = self.filter(state="in_force", valid_from__lte=day)
        later = decided.filter(
            region_id=OuterRef("region_id"), code=OuterRef("code"), valid_from__gt=OuterRef("valid_from")
        )
        return decided.filter(~Exists(later), region_id__in=list(region_ids), code__in=list(codes))
