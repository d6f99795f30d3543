"""`luodi audit heads`"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from luodi.kernel import audit, clock


class Command(BaseCommand):
    help = "打印每条审计链的链头，一行一个 JSON；存到别的机器，供 luodi audit verify --anchors 比对。"

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        at = clock.now().isoformat(timespec="seconds")
        for anchor in audit.heads():
            self.stdout.write(json.dumps({**asdict(anchor), "at": at}))
