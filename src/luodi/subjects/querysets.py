"""Guarded reads of subjects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from luodi.kernel.registry import SUBJECTS
from luodi.orgs.rules import Scope

if TYPE_CHECKING:
    from luodi.orgs.models import User
    from luodi.subjects.models import Subject

MOST_LISTED = 500


def subject_listed_for(user: User) -> Q:
    """A condition on rows that have a `subject_id`: its subject may be seen by the user, and stands in lists.

    Who sees a whole county sees nearly each row that is asked about, so each is looked up. Of who sees little the list is
    read once, so that the database can begin with it; PostgreSQL takes the rule itself for one that half of all pass.
    """
    seen = Q(pk__in=[])
    for kind in SUBJECTS.values():
        subjects = kind.listed_subjects(user)
        if user.scope is Scope.COUNTY:
            seen |= Q(Exists(subjects.filter(subject_id=OuterRef("subject_id"))))
        else:
            ids = list(subjects[: MOST_LISTED + 1])
            seen |= Q(subject_id__in=subjects if len(ids) > MOST_LISTED else [one["subject_id"] for one in ids])
    return seen


class SubjectQuerySet(models.QuerySet["Subject"]):
    def visible_to(self, user: User) -> SubjectQuerySet:
        """What each kind's own rule lets the user see; a kind without a rule is seen by nobody."""
        seen = Q(pk__in=[])
        for kind in SUBJECTS.values():
            seen |= Q(kind=kind.kind, pk__in=kind.visible_subjects(user))
        return self.filter(seen)
