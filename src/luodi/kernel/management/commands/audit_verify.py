"""`luodi audit verify [--file EXPORT] [--anchors FILE]`"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from luodi.kernel import audit, audit_file


class Command(BaseCommand):
    help = "重算审计链，核对有没有被改动、删减；结果为一行 JSON。退出码：0 完整，1 不完整，2 文件读不懂。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, help="核对 luodi audit export 写出的文件，而不是数据库")
        parser.add_argument("--anchors", type=Path, help="luodi audit heads 打印的链头，存在别处的")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        try:
            verdict = _verdict(options["file"], options["anchors"])
        except audit_file.WrongFile as error:
            raise CommandError(str(error), returncode=2) from error
        said = {"entries": verdict.entries, "intact": verdict.intact, "head": verdict.head}
        if not verdict.intact:
            said["broken"] = verdict.broken
        self.stdout.write(json.dumps(said, ensure_ascii=False))
        if not verdict.intact:
            print(verdict.broken, file=sys.stderr)
            sys.exit(1)


def _verdict(file: Path | None, anchors: Path | None) -> audit.Verdict:
    kept = audit_file.read_anchors(anchors) if anchors else []
    if file is None:
        return audit.verify(kept)
    return audit.check(audit_file.read_entries(file), None, kept)
