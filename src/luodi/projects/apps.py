from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    name = "luodi.projects"
    label = "projects"
    verbose_name = _("项目")

    def ready(self) -> None:
        from luodi.kernel import guards
        from luodi.projects import panels, seeds
        from luodi.projects.guards import GUARDS

        guards.declare(*GUARDS)
        panels.register()
        post_migrate.connect(seeds.seed_kinds, sender=self)
