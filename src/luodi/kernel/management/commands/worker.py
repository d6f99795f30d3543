"""`luodi worker [--once] [--threads N]`"""

from __future__ import annotations

import logging
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from luodi.kernel import doctor, jobs, periodic, queue, upkeep

logger = logging.getLogger("luodi.worker")


class Command(BaseCommand):
    help = "办后台任务（导入、定时任务等），直到被停止。luodi serve 已自带一个；PostgreSQL 上可以多开几个。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="只办现在到点的，办完即退出")
        parser.add_argument("--threads", type=int, default=1, help="同时办几项（默认 1）")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if refused := doctor.refusals():
            raise CommandError("\n".join(f"{finding.text} → {finding.cure}" for finding in refused))
        if options["threads"] < 1:
            raise CommandError("--threads 至少是 1。", returncode=2)
        if options["once"]:
            periodic.open_due()
            self.stderr.write(f"办了 {jobs.work_once()} 项后台任务。")
            return
        logger.info("worker started")
        upkeep.refresh_statistics()
        queue.run(threads=options["threads"])
        logger.info("worker stopped")
