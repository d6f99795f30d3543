from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class OrgsConfig(AppConfig):
    name = "luodi.orgs"
    label = "orgs"
    verbose_name = _("单位和人")

    def ready(self) -> None:
        from luodi.kernel import guards, registry
        from luodi.orgs import seeds, selectors
        from luodi.orgs.guards import GUARDS

        guards.declare(*GUARDS)
        registry.CHECKS.append(selectors.faults)
        post_migrate.connect(seeds.seed_industries, sender=self)
        registry.add_nav(
            registry.NavEntry("steer", 80, _("单位"), "unit_list", "u", "unit.see"),
            registry.NavEntry("admin", 90, _("账号和角色"), "account_list", "", "account.manage"),
            registry.NavEntry("admin", 91, _("审计"), "audit_log", "", "audit.read"),
            registry.NavEntry("admin", 92, _("运行状况"), "system_state", "", "system.operate"),
        )
