from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SubjectsConfig(AppConfig):
    name = "luodi.subjects"
    label = "subjects"
    verbose_name = _("事项")

    def ready(self) -> None:
        from luodi.kernel import guards, registry
        from luodi.subjects.guards import GUARDS

        guards.declare(*GUARDS)
        registry.add_acts("subjects.services", {"note_add": _("记一笔")})
        registry.add_verbs(registry.Verb("note", _("记了一笔")))
