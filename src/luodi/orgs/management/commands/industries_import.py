"""`luodi industries import FILE --as USER`: the full table of GB/T 4754, code and name in the first two columns."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.kernel.workbooks import WorkbookError, read_workbook
from luodi.orgs.models import User
from luodi.orgs.services.industries import CODE, industries_import

WRONG_INPUT = 2


class Command(BaseCommand):
    help = "导入国民经济行业分类全表（xlsx、xls、csv：第一列代码，第二列名称；别的行不读）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="user", required=True, help="以哪个账号导入（系统管理员）")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["user"])
            count = acts.run(industries_import, by=user, rows=_rows(options["file"]))
        except (OSError, WorkbookError, DomainError, User.DoesNotExist) as error:
            self.stderr.write(str(getattr(error, "message", error)))
            sys.exit(WRONG_INPUT)
        self.stderr.write(f"写入 {count} 条。")


def _rows(path: Path) -> list[tuple[str, str]]:
    """Code and name of each line that begins with a code; numbers that Excel made of codes are codes again."""
    found = []
    for sheet in read_workbook(path.name, path.read_bytes()):
        for row in sheet.rows:
            code = _code(row[0]) if row else ""
            if CODE.match(code) and len(row) > 1 and row[1]:
                found.append((code, str(row[1]).strip()))
    return found


def _code(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return f"{int(cell):02d}"
    return str(cell or "").strip()
