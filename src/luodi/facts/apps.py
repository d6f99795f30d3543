from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FactsConfig(AppConfig):
    name = "luodi.facts"
    label = "facts"
    verbose_name = _("认定事实")

    def ready(self) -> None:
        from luodi.facts.guards import GUARDS
        from luodi.kernel import guards, registry

        guards.declare(*GUARDS)
        registry.add_acts("facts.services", {"fact_seal": _("认定"), "fact_revoke": _("撤销认定")})
