from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FilesConfig(AppConfig):
    name = "luodi.files"
    label = "files"
    verbose_name = _("佐证")

    def ready(self) -> None:
        from luodi.files import panels
        from luodi.files.guards import GUARDS
        from luodi.kernel import guards, registry

        guards.declare(*GUARDS)
        registry.add_search(*panels.SOURCES)
        registry.add_verbs(
            registry.Verb("evidence.added", _("提交佐证：%(kind)s《%(title)s》"), {"kind": "evidence_kind"}),
            registry.Verb("evidence.withdrawn", _("撤回佐证：%(kind)s《%(title)s》"), {"kind": "evidence_kind"}),
        )
