from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "luodi.demo"
    label = "demo"
    verbose_name = _("演示县")

    def ready(self) -> None:
        from luodi.kernel import registry

        for module in ("build", "live", "people", "doing.entering"):
            registry.add_acts(f"demo.{module}", dict.fromkeys(FUNCTIONS, _("布置演示县")))


FUNCTIONS = ("finish", "steps_do", "ledger_enter", "Settlers._unit", "Settlers._themes")
"""Those by which the demo writes what no user writes; the services that it calls have their own names."""
