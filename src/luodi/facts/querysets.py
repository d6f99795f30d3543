"""Guarded reads of facts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from luodi.subjects.models import Subject

if TYPE_CHECKING:
    from luodi.facts.models import Fact
    from luodi.orgs.models import User


class FactQuerySet(models.QuerySet["Fact"]):
    def visible_to(self, user: User) -> FactQuerySet:
        """The facts of the subjects that the user may see."""
        return self.filter(subject__in=Subject.objects.visible_to(user).values("pk"))

    def standing(self) -> FactQuerySet:
        """Recognised and not revoked: what counts."""
        return self.filter(state="recognised", revoked_by=None)
