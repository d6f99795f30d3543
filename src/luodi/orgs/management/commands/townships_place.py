"""`luodi townships place FILE --as USER`: code, column and row of each township on the schematic map."""

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
from luodi.orgs.services.tiles import Tile, townships_place

WRONG_INPUT = 2


class Command(BaseCommand):
    help = "摆乡镇示意图（xlsx、xls、csv：区划代码，第几列，第几行；别的行不读）。列从西往东数，行从北往南数。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--as", dest="user", required=True, help="以哪个账号摆（系统管理员）")

    def handle(self, *args: object, **options: Any) -> None:
        try:
            user = User.objects.get_by_natural_key(options["user"])
            count = acts.run(townships_place, by=user, tiles=_tiles(options["file"]))
        except (OSError, WorkbookError, DomainError, User.DoesNotExist) as error:
            self.stderr.write(str(getattr(error, "message", error)))
            sys.exit(WRONG_INPUT)
        self.stderr.write(f"摆了 {count} 个乡镇。")


def _tiles(path: Path) -> dict[str, Tile]:
    """The lines that are three whole numbers, the first of nine figures."""
    found = {}
    for sheet in read_workbook(path.name, path.read_bytes()):
        for row in sheet.rows:
            code, column, line = [_whole(cell) for cell in [*row, "", "", ""][:3]]
            if len(code) == 9 and column and line:
                found[code] = (int(column), int(line))
    return found


def _whole(cell: object) -> str:
    """A cell's whole number as it is written; "" for anything else."""
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell or "").strip()
    return text if text.isascii() and text.isdecimal() else ""
