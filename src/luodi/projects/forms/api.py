"""Forms of acts that a program does otherwise than a page: its files come before, as evidence."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from luodi.files.models import Evidence
from luodi.projects.forms.acts import AcceptEndingForm
from luodi.projects.forms.fields import OneOf
from luodi.projects.models import Ending


class AcceptMinutedForm(AcceptEndingForm):
    """Accept why a project failed; the minutes are evidence of the project already."""

    minutes = OneOf(label=_("会议纪要"), required=False)  # type: ignore[assignment]  # in the place of the file

    def __init__(self, *args: Any, ending: Ending, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["minutes"]
        assert isinstance(field, OneOf)
        field.offer(Evidence.objects.standing().filter(subject_id=ending.project.subject_id, kind="minutes"))
