"""`luodi search rebuild`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from luodi.search import services


class Command(BaseCommand):
    help = "核对并重建搜索索引：与原始记录不一致的逐条改正。可在使用中执行。"

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        changed = services.rebuild(lambda kind, mended: self.stderr.write(f"{kind}: {mended}"))
        self.stdout.write(f"改正 {changed} 条。")
