"""Guarded reads of evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from luodi.subjects.models import Subject

if TYPE_CHECKING:
    from luodi.files.models import Evidence
    from luodi.orgs.models import User


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, user: User) -> EvidenceQuerySet:
        """The evidence of the subjects that the user may see."""
        return self.filter(subject__in=Subject.objects.visible_to(user).values("pk"))

    def standing(self) -> EvidenceQuerySet:
        """What has not been withdrawn."""
        return self.filter(withdrawn_at=None)
