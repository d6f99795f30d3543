"""Guarded reads of subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from luodi.kernel.registry import SUBJECTS

if TYPE_CHECKING:
    from luodi.orgs.models import User
    from luodi.subjects.models import Subject


class SubjectQuerySet(models.QuerySet["Subject"]):
    def visible_to(self, user: User) -> SubjectQuerySet:
        """What each kind's own rule lets the user see; a kind without a rule is seen by nobody."""
        seen = Q(pk__in=[])
        for kind in SUBJECTS.values():
            seen |= Q(kind=kind.kind, pk__in=kind.visible_subjects(user))
        return self.filter(seen)
