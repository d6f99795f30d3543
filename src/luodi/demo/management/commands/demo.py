"""`luodi demo [--size county|province] [--port N] [--no-serve]`"""

from __future__ import annotations

import sys
import time
from typing import Any, TextIO

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from luodi.demo import build, people, place
from luodi.demo.people import PASSWORD
from luodi.demo.place import State
from luodi.demo.roster import roster
from luodi.kernel.management.commands.serve import port
from luodi.orgs.selectors import second_factor_lax

AGAIN = "换一个空的数据库：设 LUODI_DATA 为另一个文件夹，或设 DATABASE_URL 为另一个库；或先备份、再删掉这个库，然后重做"
CUT_OFF = (
    "库里有一份没有建完的演示数据（上次被中断）。请删掉这个库并重新建一个空的（dropdb、createdb），再执行 luodi demo。"
)
BUSY = "另一个 luodi demo 正在建同一个库，请等它完成。"
SECONDS_BETWEEN = 2.0


class Progress:
    """Says on standard error how far each phase has come: one line that grows on a terminal, a line now and then elsewhere."""

    def __init__(self, out: TextIO) -> None:
        self.out, self.phase, self.said = out, "", 0.0
        self.same_line = out.isatty()

    def __call__(self, phase: str, done: int, count: int) -> None:
        now = time.monotonic()
        if phase == self.phase and done < count and now - self.said < (0.2 if self.same_line else SECONDS_BETWEEN):
            return
        self.phase, self.said = phase, now
        start, end = ("\r", "\n" if done == count else "") if self.same_line else ("", "\n")
        self.out.write(f"{start}{phase} {done}/{count}{end}")
        self.out.flush()


class Command(BaseCommand):
    help = "建立演示县（或一百个县的演示省），列出可登录的账号，并启动网站。已经建好的不再重建。"
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--size", choices=sorted(build.SIZES), default="county", help="一个县（默认）或一个省一百个县"
        )
        parser.add_argument("--port", type=port, default=8000, help="端口（默认 8000）")
        parser.add_argument("--no-serve", action="store_true", help="只建数据，不启动网站")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        self._make(str(options["size"]))
        self._tell()
        if not options["no_serve"]:
            call_command("serve", port=int(options["port"]))

    def _make(self, size: str) -> None:
        found = place.state()
        if found is State.OTHER:
            raise CommandError(f"库里已有别的数据，演示数据不能建在里面。{AGAIN}。")
        if found is State.PARTIAL:
            raise CommandError(CUT_OFF)
        if found is State.DEMO:
            people.ask_no_second_factor()
            counties = place.county_count()
            self.stderr.write(f"演示数据已经建好（{counties} 个县），不再重建。")
            if (counties > 1) != (size == "province"):
                self.stderr.write(f"要建 --size {size}，请{AGAIN}。")
            return
        began = time.monotonic()
        try:
            with place.built_aside():
                build.build(build.SIZES[size], Progress(sys.stderr))
        except BlockingIOError as error:
            raise CommandError(BUSY) from error
        except KeyboardInterrupt as error:
            left = "什么都没有留下，再执行一次即可。" if connection.vendor == "sqlite" else CUT_OFF
            raise CommandError(f"已中断。{left}", returncode=130) from error
        self.stderr.write(f"建好了，用时 {time.monotonic() - began:.0f} 秒（{connection.vendor}）。")

    def _tell(self) -> None:
        self.stdout.write(f"\n可登录的账号（密码都是 {PASSWORD}，人物均为虚构）：")
        for line in roster():
            self.stdout.write(line)
        if lax := second_factor_lax():
            self.stdout.write(f"\n▲ {lax}")
        self.stdout.write("")
