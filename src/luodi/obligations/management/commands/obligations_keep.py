"""`luodi obligations keep`"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from luodi.obligations.services import climbing, keeping


class Command(BaseCommand):
    help = "核对应办事项并按今天升级：与业务记录不一致的逐条改正。夜里会自己做；升级以后可以马上做一次。"

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        wrong = len(list(keeping.check()))
        subjects = keeping.keep_all()
        steps = climbing.climb_due()
        self.stdout.write(f"核对了 {subjects} 件事项，改正 {wrong} 处，升级 {steps} 级。")
