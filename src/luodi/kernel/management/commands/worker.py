"""`luodi worker [--once]`"""

from __future__ import annotations

import logging
import signal
import threading
import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError, close_old_connections

from luodi.kernel import doctor, jobs, upkeep

IDLE_SECONDS = 1.0
DATABASE_AWAY_SECONDS = 5.0
UPKEEP_SECONDS = 24 * 3600.0
logger = logging.getLogger("luodi.worker")


class Command(BaseCommand):
    help = "办后台任务（导入等），直到被停止。luodi serve 已自带一个。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="只办现在到点的，办完即退出")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if refused := doctor.refusals():
            raise CommandError("\n".join(f"{finding.text} → {finding.cure}" for finding in refused))
        if options["once"]:
            tried = jobs.work_once()
            self.stderr.write(f"办了 {tried} 项后台任务。")
            return
        stopped = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_signal: stopped.set())
        work_until(stopped)


def work_until(stopped: threading.Event) -> None:
    """Take what is due, at once while there is more, until told to stop; the job in hand is finished first.

    At its start and once a day it also does the upkeep of the database.
    """
    logger.info("worker started")
    kept_at = -UPKEEP_SECONDS
    while not stopped.is_set():
        close_old_connections()
        try:
            if time.monotonic() - kept_at >= UPKEEP_SECONDS:
                upkeep.refresh_statistics()
                kept_at = time.monotonic()
            tried = jobs.work_once()
        except (OperationalError, InterfaceError):
            logger.exception("database away; trying again in %s s", DATABASE_AWAY_SECONDS)
            stopped.wait(DATABASE_AWAY_SECONDS)
            continue
        if not tried:
            stopped.wait(IDLE_SECONDS)
    logger.info("worker stopped")
