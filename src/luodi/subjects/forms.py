"""Forms of subjects: shape and types only."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from luodi.kernel.http import ActForm


class NoteForm(ActForm):
    """A remark on a timeline."""

    text = forms.CharField(label=_("记一笔"), widget=forms.Textarea(attrs={"rows": 2}))
