"""Guarded reads of orgs. Every read for a person starts with `visible_to`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from luodi.orgs.rules import Scope

if TYPE_CHECKING:
    from luodi.orgs.models import ApiToken, Company, Delegation, Member, Region, Unit, User


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


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def of(self, user: User) -> ApiTokenQuerySet:
        """A person's own tokens: nobody sees another's."""
        return self.filter(user=user)

    def usable(self, today: date) -> ApiTokenQuerySet:
        """Neither revoked nor expired. A token is good to the end of its last day."""
        return self.filter(revoked_at=None, expires_on__gte=today)


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def visible_to(self, user: User) -> DelegationQuerySet:
        """Who acts for whom is no secret: whoever sees the people of the county sees it, and each his own."""
        return self.filter(region_id__in=user.region_ids) if user.may("unit.see") else self.of(user)

    def of(self, user: User) -> DelegationQuerySet:
        """What this person gave, and what he holds."""
        return self.filter(Q(principal=user.member_id) | Q(deputy=user.member_id))

    def in_force(self, today: date) -> DelegationQuerySet:
        """Begun, not over, not ended. Good to the end of its last day."""
        return self.filter(ended_at=None, from_on__lte=today, until_on__gte=today)

    def open(self, today: date) -> DelegationQuerySet:
        """In force now, or on a day that is still to come."""
        return self.filter(ended_at=None, until_on__gte=today)
