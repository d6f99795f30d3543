from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate, pre_migrate
from django.utils.translation import gettext_lazy as _


class KernelConfig(AppConfig):
    name = "luodi.kernel"
    label = "kernel"
    verbose_name = _("内核")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from luodi.kernel import anchors, audit_guards, guards, registry, seeds, upkeep
        from luodi.kernel.schedules import Daily

        guards.declare(*audit_guards.GUARDS)
        registry.add_periodic(
            registry.Periodic("kernel.heads", _("审计链头存档"), anchors.keep_heads, Daily(0, 10)),
            registry.Periodic("kernel.upkeep", _("数据库统计与清理"), upkeep.daily, Daily(3, 10)),
        )
        pre_migrate.connect(guards.before_migrate, sender=self)
        post_migrate.connect(guards.after_migrate, sender=self)
        post_migrate.connect(seeds.seed_calendar, sender=self)
