"""`luodi doctor [--deep]`"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from luodi.kernel import doctor

MARKS = {"bad": "✗", "warn": "▲", "note": "·", "ok": "✓"}


class Command(BaseCommand):
    help = "用白话说出这套安装哪里不对。有要改的，退出码为 1；提醒不算。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--deep", action="store_true", help="另查审计链和各应用的数据（数据多时要几分钟）")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        found = doctor.examine(deep=bool(options["deep"]))
        for finding in found:
            self.stdout.write(f"{MARKS[finding.level]} {finding.text}" + (f" → {finding.cure}" if finding.cure else ""))
        if any(finding.level == "bad" for finding in found):
            sys.exit(1)
