"""huey's consumer over our rows: its threads, its polling, its stopping; what is due and who holds it stay in the tables.

huey takes a message out of its queue before it runs it, so that a kill loses it, and starts periodic work once in each consumer
(docs/adr/0006-jobs.md). Here nothing lies in huey's queue: where it looks for a message it gets a job that was leased for it, and where
it looks for what is due by the clock, slots that have come are written as jobs.
"""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any

from django.db import close_old_connections
from huey import MemoryHuey

from luodi.kernel import clock, jobs, periodic
from luodi.kernel.models import Job, WorkerSeen

IDLE_SECONDS = 1.0
"""The longest pause between two looks for work."""
CLOCK_SECONDS = 5
"""How often slots are looked for, and how often a worker says that it lives."""
ALIVE = timedelta(seconds=30)
FORGOTTEN = timedelta(days=1)


class Rows(MemoryHuey):  # type: ignore[misc]  # huey ships no types
    """A huey whose queue and schedule are the tables Job and PeriodicRun. An error of the database is logged by huey,
    which then goes on looking."""

    def dequeue(self) -> Any:
        close_old_connections()
        job = jobs.take_next()
        return None if job is None else work.s(job)

    def read_schedule(self, timestamp: Any = None) -> list[Any]:
        close_old_connections()
        say_alive()
        periodic.open_due()
        return []


queue = Rows("luodi", results=False)


@queue.task()  # type: ignore[untyped-decorator]  # huey ships no types
def work(job: Job) -> None:
    jobs.do(job)


def run(*, threads: int) -> None:
    """Work until SIGTERM, on which the jobs in hand are finished first, or SIGINT, on which they are left to their lease."""
    consumer = queue.create_consumer(
        workers=threads,
        periodic=False,
        initial_delay=0.1,
        max_delay=IDLE_SECONDS,
        scheduler_interval=CLOCK_SECONDS,
        graceful_signal="TERM",
    )
    say_alive()
    consumer.run()
    WorkerSeen.objects.filter(name=name()).delete()


def name() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


def say_alive() -> None:
    """Write that this worker lives, and forget those that were not seen for a day."""
    now = clock.now()
    WorkerSeen.objects.update_or_create(
        name=name(), defaults={"seen_at": now}, create_defaults={"began_at": now, "seen_at": now}
    )
    WorkerSeen.objects.filter(seen_at__lt=now - FORGOTTEN).delete()


def alive() -> int:
    """How many workers were seen within ALIVE."""
    return WorkerSeen.objects.filter(seen_at__gte=clock.now() - ALIVE).count()
