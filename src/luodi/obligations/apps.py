from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ObligationsConfig(AppConfig):
    name = "luodi.obligations"
    label = "obligations"
    verbose_name = _("应办事项")

    def ready(self) -> None:
        from luodi.kernel import guards
        from luodi.obligations import panels
        from luodi.obligations.guards import GUARDS

        guards.declare(*GUARDS)
        panels.register()
