"""`luodi restore FILE [--into FOLDER] [--force]`"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from luodi.kernel import restores
from luodi.kernel.archives import WrongArchive
from luodi.kernel.snapshots import NoProgram


class Command(BaseCommand):
    help = "把备份恢复到空的安装里，并逐表核对。已有数据时不动手，除非加 --force。"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--into", type=Path, metavar="FOLDER", help="恢复到另一个数据文件夹（默认 LUODI_DATA）")
        parser.add_argument("--force", action="store_true", help="换掉已有的数据（SQLite 的旧库另存在旁边）")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        into = options["into"].absolute() if options["into"] else None
        try:
            restored = restores.restore(options["file"], into=into, force=bool(options["force"]))
        except WrongArchive as error:
            raise CommandError(str(error), returncode=2) from error
        except (restores.NotRestored, NoProgram) as error:
            raise CommandError(str(error)) from error
        told = asdict(restored)
        notes = told.pop("notes")
        self.stdout.write(json.dumps(told, ensure_ascii=False))
        for note in notes:
            self.stderr.write(note)
        self.stderr.write("已逐表核对，审计链与备份时的链头一致。")
