from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DemoConfig(AppConfig):
    name = "luodi.demo"
    label = "demo"
    verbose_name = _("演示县")
