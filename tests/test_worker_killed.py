"""Real worker processes killed at random points: no job is lost, none is done twice.

Each job adds rows, one act for each, and says how far it came; what the rows say at the end is held against what was asked.
The chance is seeded; LEASE is short in the killed processes alone, so that the next one need not wait half a minute.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from luodi.kernel import acts, jobs
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import Job, PeriodicRun
from luodi.orgs.models import Theme
from luodi.orgs.tests.factories import make_county
from tests.plugins.database import LiveDatabase

pytestmark = pytest.mark.slow
KILLS = 50
JOBS, ROWS = 12, 5
ME = System("tests")

WORKER = """
import os, signal, sys, time, django
from datetime import timedelta
django.setup()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
from luodi.kernel import acts, jobs, queue
from luodi.kernel.acts import System
from luodi.kernel.registry import JOBS, Periodic, add_periodic
from luodi.kernel.schedules import Every
from luodi.orgs.models import Region, Theme

jobs.LEASE = timedelta(seconds=0.4)
jobs.MOST_ATTEMPTS = 1000
queue.CLOCK_SECONDS = 1
ME = System("worker")

def add(by, job, n, region):
    jobs.advance(job, n + 1)
    acts.insert(Theme(region_id=region, name=f"{job.arguments['name']}-{n}"))
    time.sleep(0.004)
    if n + 1 == job.steps:
        jobs.finish(job)

def handle(job):
    region = Region.objects.get().pk
    for n in range(job.step, job.steps):
        acts.run(add, by=ME, job=job, n=n, region=region)
        time.sleep(0.004)

def beat(job):
    acts.run(lambda by: (acts.insert(Theme(region_id=Region.objects.get().pk, name=f"slot {job.arguments['slot']}")), jobs.finish(job)), by=ME)

JOBS["grow"] = handle
add_periodic(Periodic("test.beat", "beat", beat, Every(1)))
for _line in sys.stdin:
    if pid := os.fork():
        print(pid, flush=True)
        continue
    queue.run(threads=2)
    os._exit(0)
"""


def ask(*, by: Actor, name: str) -> Job:
    return jobs.ask("grow", name=name, steps=ROWS)


class Nursery:
    """A process in which Django is set up and which forks a worker when asked: starting one anew takes seconds."""

    def __init__(self, live: LiveDatabase) -> None:
        environment = os.environ | {"DATABASE_URL": live.url, "DJANGO_SETTINGS_MODULE": "luodi.config.settings"}
        environment["PYTHONPATH"] = os.pathsep.join(sys.path)
        self.process = subprocess.Popen(
            [sys.executable, "-c", WORKER], env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def start(self) -> int:
        """Give the process id of a new worker."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        for stream in (self.process.stdin, self.process.stdout):
            if stream is not None:
                stream.close()
        self.process.kill()
        self.process.wait(20)


@pytest.fixture
def nursery(live: LiveDatabase) -> Iterator[Nursery]:
    make_county()
    found = Nursery(live)
    yield found
    found.close()


def end(worker: int, name: signal.Signals = signal.SIGKILL) -> None:
    """Signal a worker and wait until it is gone."""
    os.kill(worker, name)
    limit = time.monotonic() + 30
    while Path(f"/proc/{worker}").exists():
        assert time.monotonic() < limit, "it does not end"
        time.sleep(0.01)


def wait_until_done(seconds: float = 90) -> None:
    limit = time.monotonic() + seconds
    while Job.objects.filter(kind="grow", done_at=None).exists():
        assert time.monotonic() < limit, list(Job.objects.filter(done_at=None).values())
        time.sleep(0.2)


def assert_whole(names: list[str]) -> None:
    wanted = Counter(f"{name}-{n}" for name in names for n in range(ROWS))
    found = Counter(Theme.objects.exclude(name__startswith="slot").values_list("name", flat=True))
    assert found == wanted
    assert not Job.objects.filter(failure__gt="").exists()


def test_fifty_kills_lose_nothing_and_double_nothing(nursery: Nursery) -> None:
    chance = random.Random(20261125)
    names: list[str] = []
    worked = 0
    for kill in range(KILLS):
        if kill % 4 == 0:
            names += [f"k{kill}-{n}" for n in range(JOBS)]
            for name in names[-JOBS:]:
                acts.run(ask, by=ME, name=name)
        before = Theme.objects.count()
        worker = nursery.start()
        time.sleep(chance.uniform(0.05, 0.9))
        end(worker)
        worked += Theme.objects.count() > before
    last = nursery.start()
    wait_until_done()
    end(last, signal.SIGTERM)
    assert_whole(names)
    assert worked > KILLS // 5, "kills must meet work"
    slots = Counter(run.slot.isoformat() for run in PeriodicRun.objects.filter(name="test.beat").exclude(job=None))
    assert set(slots.values()) <= {1}
    shown = Counter(Theme.objects.filter(name__startswith="slot").values_list("name", flat=True))
    assert set(shown.values()) <= {1}


def test_several_workers_at_once_share_the_work(nursery: Nursery) -> None:
    names = [f"w{n}" for n in range(40)]
    for name in names:
        acts.run(ask, by=ME, name=name)
    workers = [nursery.start() for _ in range(3)]
    time.sleep(2)
    end(workers.pop())
    wait_until_done()
    for worker in workers:
        end(worker, signal.SIGTERM)
    assert_whole(names)


def test_sigterm_finishes_the_job_in_hand(nursery: Nursery) -> None:
    acts.run(ask, by=ME, name="one")
    worker = nursery.start()
    limit = time.monotonic() + 30
    while not Job.objects.filter(kind="grow", step__gte=1).exists() and time.monotonic() < limit:
        time.sleep(0.01)
    end(worker, signal.SIGTERM)
    assert Job.objects.filter(kind="grow", done_at=None).count() == 0
