"""Guarded reads of orgs. Every read for a person starts with `visible_to`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from luodi.orgs.rules import Scope

if TYPE_CHECKING:
    from luodi.orgs.models import Company, Member, Region, Unit, User


class RegionQuerySet(models.QuerySet["Region"]):
    def townships_of(self, region_ids: list[int]) -> RegionQuerySet:
        return self.filter(parent_id__in=region_ids, level="township", valid_to=None)


class UnitQuerySet(models.QuerySet["Unit"]):
    def visible_to(self, user: User) -> UnitQuerySet:
        """The units of the viewer's regions: a directory, open to every office of the government."""
        if not user.may("unit.see"):
            return self.none()
        return self.filter(region_id__in=user.region_ids)


class MemberQuerySet(models.QuerySet["Member"]):
    def visible_to(self, user: User) -> MemberQuerySet:
        """The members of the viewer's regions, with name and post; telephone numbers are a permission of their own."""
        if not user.may("unit.see"):
            return self.none()
        return self.filter(region_id__in=user.region_ids)

    def with_accounts_of(self, user: User) -> MemberQuerySet:
        """Whose accounts and roles this person grants: everybody of his regions, for a security administrator alone."""
        if not user.may("account.manage"):
            return self.none()
        return self.filter(region_id__in=user.region_ids)

    def serving(self) -> MemberQuerySet:
        """Those who have not left."""
        return self.exclude(state="left")


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, user: User) -> CompanyQuerySet:
        if user.scope not in {Scope.COUNTY, Scope.UNIT}:
            return self.none()
        return self.filter(region_id__in=user.region_ids)
