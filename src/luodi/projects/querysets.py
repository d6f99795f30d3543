"""Guarded reads of projects. Every read for a person starts with `visible_to`."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.apps import apps
from django.db import models
from django.db.models import Q

from luodi.orgs.rules import Scope
from luodi.subjects.models import Party

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from luodi.orgs.models import User
    from luodi.projects.models import Project


class ProjectQuerySet(models.QuerySet["Project"]):
    def visible_to(self, user: User | AnonymousUser) -> ProjectQuerySet:
        """Scope of role ∪ association through Party; rows of an import not yet whole only to its importer. Void rows too.

        In the scope of a unit is also what its reader himself answers for, wherever the project belongs.
        """
        if user.is_anonymous or user.scope == Scope.NOTHING or not user.may("project.see"):
            return self.none()
        party = Party.objects.filter(unit_id=user.member.unit_id, until=None).values("subject_id")
        seen = Q(subject_id__in=party)
        if user.scope == Scope.COUNTY:
            seen |= Q(region_id__in=user.region_ids)
        elif user.scope == Scope.UNIT:
            me = user.member_id
            seen |= Q(unit_id=user.member.unit_id) | Q(officer_id=me) | Q(principal_id=me) | Q(supervisor_id=me)
        return self.filter(seen).whole_for(user.member_id)

    def whole_for(self, member_id: int | None) -> ProjectQuerySet:
        """Leave out the rows of imports that are still running, but the reader's own."""
        running = (
            apps.get_model("projects", "ImportBatch").objects.filter(state="applying").exclude(importer_id=member_id)
        )
        return self.filter(Q(entered_batch=None) | ~Q(entered_batch__in=running.values("pk")))

    def listed(self) -> ProjectQuerySet:
        """What stands in lists and counts: all but the void."""
        return self.filter(void=False)

    def live(self) -> ProjectQuerySet:
        """在册: neither ended nor void."""
        return self.listed().exclude(stage="ended")

    def with_people(self) -> ProjectQuerySet:
        return self.select_related("unit", "officer", "leader", "principal", "supervisor", "township", "figures")

    def with_year(self, today: date) -> ProjectQuerySet:
        """Join this year's sums as `now`."""
        return self.annotate(now=models.FilteredRelation("years", condition=Q(years__year=today.year))).annotate(
            year_planned_cny=models.F("now__planned_cny"), year_declared_cny=models.F("now__declared_cny")
        )
