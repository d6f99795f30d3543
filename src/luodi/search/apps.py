from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class SearchConfig(AppConfig):
    name = "luodi.search"
    label = "search"
    verbose_name = _("搜索")

    def ready(self) -> None:
        from luodi.kernel import registry
        from luodi.search import services

        registry.WRITTEN.append(services.keep)
        registry.CHECKS.append(services.faults)
        post_migrate.connect(services.fill_if_empty, sender=self)
