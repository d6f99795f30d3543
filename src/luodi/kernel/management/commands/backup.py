"""`luodi backup [FILE|FOLDER] [--with-secrets]`"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from luodi.kernel import archives, clock, doctor
from luodi.kernel.snapshots import NoProgram


class Command(BaseCommand):
    help = "把数据库和上传的文件备份成一个文件；网站照常运行。个人信息的密钥默认不在其中，请分开保管。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "to", nargs="?", type=Path, metavar="FILE", help="文件或已有的文件夹（默认数据文件夹下的 backups）"
        )
        parser.add_argument("--to", dest="also_to", type=Path, metavar="FILE", help="同上")
        parser.add_argument("--with-secrets", action="store_true", help="连同密钥：拿到这个文件的人就能读出个人信息")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if refused := doctor.refusals():
            raise CommandError("\n".join(f"{finding.text} → {finding.cure}" for finding in refused))
        target = _target(options["to"] or options["also_to"])
        if target.exists():
            raise CommandError(f"{target} 已经有了 → 换一个名字", returncode=2)
        try:
            manifest = archives.make(target, secrets=bool(options["with_secrets"]))
        except NoProgram as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"不能写 {target}（{error.strerror or error}）", returncode=2) from error
        told = {
            "file": str(target),
            "tables": len(manifest["tables"]),
            "rows": sum(one["rows"] for one in manifest["tables"].values()),
            "files": sum(name.startswith("files/") for name in manifest["members"]),
            "secrets": bool(options["with_secrets"]),
        }
        self.stdout.write(json.dumps(told, ensure_ascii=False))
        if not told["secrets"]:
            self.stderr.write("不含密钥。没有 luodi_personal_secret，备份里的个人信息读不出：请另外保管一份。")


def _target(given: Path | None) -> Path:
    if given is not None and not given.is_dir():
        return given.absolute()
    folder = given or Path(settings.DATA) / "backups"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    at = clock.now().astimezone(clock.SHANGHAI)
    return folder.absolute() / f"luodi-{at:%Y%m%d-%H%M%S}.zip"
