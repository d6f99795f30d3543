from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RulebookConfig(AppConfig):
    name = "luodi.rulebook"
    label = "rulebook"
    verbose_name = _("规则")

    def ready(self) -> None:
        from luodi.kernel import guards
        from luodi.rulebook import panels
        from luodi.rulebook.guards import GUARDS

        guards.declare(*GUARDS)
        panels.register()
