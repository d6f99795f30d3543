"""`luodi audit export FILE|-`"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from luodi.kernel import audit_file


class Command(BaseCommand):
    help = "把审计日志写成每行一个 JSON 的文件，供 luodi audit verify --file 核对。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", help="要写的文件；- 为标准输出")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if options["file"] == "-":
            count = write(self.stdout)
        else:
            try:
                with Path(options["file"]).open("w", encoding="utf-8") as file:
                    count = write(file)
            except OSError as error:
                raise CommandError(f"不能写 {options['file']}（{error.strerror}）", returncode=2) from error
        print(f"已导出 {count} 条。", file=sys.stderr)


def write(file: IO[str] | Any) -> int:
    count = 0
    for line in audit_file.lines():
        file.write(json.dumps(line, ensure_ascii=False) + "\n")
        count += 1
    return count
