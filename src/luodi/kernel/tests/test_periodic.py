"""Schedules, slots, and the page's figures of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from luodi.kernel import acts, clock, job_board, jobs, periodic
from luodi.kernel.acts import System
from luodi.kernel.models import Job, PeriodicRun
from luodi.kernel.registry import JOB_KINDS, JOBS, PERIODIC, Periodic, add_periodic
from luodi.kernel.schedules import Daily, Every
from tests.plugins.database import LiveDatabase

SEVEN = datetime(2026, 3, 1, 23, tzinfo=UTC)  # 07:00 of 2 March in Shanghai
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """One periodic job, at seven in the morning, and the slots that its handler was called for."""
    slots: list[str] = []

    def handle(job: Job) -> None:
        slots.append(job.arguments["slot"])
        jobs.conclude(job)

    kept = dict(PERIODIC)
    PERIODIC.clear()
    add_periodic(Periodic("test.seven", "七点", handle, Daily(7)))
    yield slots
    PERIODIC.clear()
    PERIODIC.update(kept)
    del JOBS["test.seven"], JOB_KINDS["test.seven"]


def at(instant: datetime) -> int:
    """Let the clock look at its slots then, and the worker do what is due."""
    with clock.standing_at(instant):
        opened = periodic.open_due()
        jobs.work_once()
    return opened


@pytest.mark.parametrize(
    ("schedule", "now", "latest", "following"),
    [
        (Daily(7), SEVEN, SEVEN, SEVEN + DAY),
        (Daily(7), SEVEN - MINUTE, SEVEN - DAY, SEVEN),
        (Daily(0, 10), datetime(2026, 3, 1, 16, 9, tzinfo=UTC), datetime(2026, 2, 28, 16, 10, tzinfo=UTC), datetime(2026, 3, 1, 16, 10, tzinfo=UTC)),
        (Every(15), SEVEN + 14 * MINUTE, SEVEN, SEVEN + 15 * MINUTE),
        (Every(1), SEVEN + timedelta(seconds=59), SEVEN, SEVEN + MINUTE),
    ],
)  # fmt: skip
def test_slots(schedule: Daily | Every, now: datetime, latest: datetime, following: datetime) -> None:
    assert schedule.latest(now) == latest
    assert schedule.following(latest) == following
    assert schedule.between(latest, schedule.following(following)) == 2


@pytest.mark.parametrize("wrong", [lambda: Daily(24), lambda: Daily(7, 60), lambda: Every(0)])
def test_a_schedule_that_never_comes_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"no time of day|never"):
        wrong()  # type: ignore[operator]


def test_what_is_first_seen_begins_with_its_next_slot(db: None, ran: list[str]) -> None:
    assert at(SEVEN + MINUTE) == 0
    assert at(SEVEN + DAY - MINUTE) == 0
    assert ran == []
    assert at(SEVEN + DAY) == 1
    assert ran == [(SEVEN + DAY).isoformat()]
    assert at(SEVEN + DAY + 5 * MINUTE) == 0
    assert len(ran) == 1


def test_missed_slots_are_run_once_and_said(db: None, ran: list[str]) -> None:
    at(SEVEN)
    assert at(SEVEN + 4 * DAY + MINUTE) == 1
    assert ran == [(SEVEN + 4 * DAY).isoformat()]
    with clock.standing_at(SEVEN + 4 * DAY + 2 * MINUTE):
        [row] = job_board.periodic_rows()
    assert (row.label, row.missed, row.last_slot, row.next_slot) == ("七点", 3, SEVEN + 4 * DAY, SEVEN + 5 * DAY)
    assert row.last is not None
    assert row.last.state == "done"


def test_no_slot_begins_beside_one_that_goes_on(db: None, ran: list[str]) -> None:
    at(SEVEN)
    with clock.standing_at(SEVEN + DAY):
        assert periodic.open_due() == 1
        with clock.standing_at(SEVEN + 2 * DAY):
            assert periodic.open_due() == 0
            jobs.work_once()
            assert periodic.open_due() == 1
    Job.objects.filter(done_at=None).update(attempts=jobs.MOST_ATTEMPTS)  # it rests: the next slot does not wait for it
    with clock.standing_at(SEVEN + 3 * DAY):
        assert periodic.open_due() == 1


def test_a_slot_that_another_worker_opened_is_let_be(db: None, ran: list[str]) -> None:
    at(SEVEN)
    [last] = PeriodicRun.objects.all()
    at(SEVEN + DAY)
    with clock.standing_at(SEVEN + DAY + MINUTE):
        assert not periodic._open_one(PERIODIC["test.seven"], last)
    assert Job.objects.count() == 1


def test_workers_at_once_open_a_slot_once(live: LiveDatabase, ran: list[str]) -> None:
    at(SEVEN)
    opened: list[int] = []

    def look() -> None:
        with clock.standing_at(SEVEN + DAY):
            opened.append(periodic.open_due())
        connection.close()

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(opened) == [0, 0, 0, 0, 0, 1]
    assert Job.objects.count() == 1


def test_old_slots_are_forgotten_but_the_newest(db: None, ran: list[str]) -> None:
    for n in range(4):
        at(SEVEN + n * DAY)
    with clock.standing_at(SEVEN + 2 * DAY + periodic.KEPT):
        assert acts.run(periodic.forget_old, by=System("tests")) == 1
        assert acts.run(periodic.forget_old, by=System("tests")) == 0
    with clock.standing_at(SEVEN + 400 * DAY):
        acts.run(periodic.forget_old, by=System("tests"))
    assert [run.slot for run in PeriodicRun.objects.exclude(job=None)] == [SEVEN + 3 * DAY]
