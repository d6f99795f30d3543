from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from luodi.kernel import acts, clock, jobs
from luodi.kernel.acts import Actor, System
from luodi.kernel.errors import NoAct
from luodi.kernel.models import Job
from luodi.kernel.registry import JOBS
from luodi.orgs.models import Theme
from luodi.orgs.tests.factories import make_county
from tests.plugins.database import LiveDatabase

ME = System("me")
NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def effect(*, by: Actor, job: Job) -> None:
    """A job's last act: one theme, and the mark."""
    acts.insert(Theme(region=make_county(), name=f"{job.arguments['name']}{Theme.objects.count()}"))
    jobs.finish(job)


def handle(job: Job) -> None:
    acts.run(effect, by=ME, job=job)


def ask_one(*, by: Actor, name: str = "甲", **options: object) -> Job:
    return jobs.ask("test", name=name, **options)  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def handler(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(JOBS, "test", handle)


@pytest.fixture
def job(db: None) -> Job:
    make_county()
    return acts.run(ask_one, by=ME)


def again(job: Job) -> Job:
    return Job.objects.get(pk=job.pk)


def test_a_job_is_done_once(job: Job) -> None:
    assert jobs.work_once() == 1
    assert again(job).done_at is not None
    assert Theme.objects.count() == 1
    assert jobs.work_once() == 0


def test_a_job_goes_with_the_act_that_asked_for_it(db: None) -> None:
    def service(*, by: Actor) -> None:
        jobs.ask("test", name="甲")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        acts.run(service, by=ME)
    assert not Job.objects.exists()
    with pytest.raises(NoAct):
        jobs.ask("test")


def test_marks_belong_to_acts(job: Job) -> None:
    with pytest.raises(NoAct):
        jobs.finish(job)
    with pytest.raises(NoAct):
        jobs.advance(job, 1)


@pytest.mark.usefixtures("db")
def test_a_job_waits_until_it_is_due() -> None:
    make_county()
    with clock.standing_at(NOON):
        acts.run(ask_one, by=ME, delay=timedelta(minutes=5))
        assert jobs.work_once() == 0
    with clock.standing_at(NOON + timedelta(minutes=5)):
        assert jobs.work_once() == 1


def test_a_leased_job_is_left_alone_until_the_lease_runs_out(job: Job) -> None:
    now = clock.now()
    with clock.standing_at(now):
        assert jobs.take(job)
        assert not jobs.take(again(job)) or again(job).attempts == 2
    with clock.standing_at(now + jobs.LEASE - SECOND):
        assert jobs.due_jobs() == []
    with clock.standing_at(now + jobs.LEASE + SECOND):
        assert jobs.work_once() == 1
    assert again(job).done_at is not None


def test_two_workers_that_saw_one_job_do_it_once(job: Job) -> None:
    mine, theirs = again(job), again(job)
    assert jobs.take(mine)
    assert not jobs.take(theirs)


def test_a_slow_worker_cannot_double_what_another_did(job: Job) -> None:
    """Its lease ran out while it worked: its last act must undo itself."""
    now = clock.now()
    slow = again(job)
    with clock.standing_at(now):
        assert jobs.take(slow)
    with clock.standing_at(now + jobs.LEASE + SECOND):
        assert jobs.work_once() == 1
        with pytest.raises(jobs.JobLost):
            acts.run(effect, by=ME, job=slow)
    assert Theme.objects.count() == 1


def test_a_slow_worker_stops_when_another_has_only_begun(job: Job) -> None:
    now = clock.now()
    slow = again(job)
    with clock.standing_at(now):
        assert jobs.take(slow)
    with clock.standing_at(now + jobs.LEASE + SECOND):
        quick = again(job)
        assert jobs.take(quick)
        with pytest.raises(jobs.JobLost):
            acts.run(lambda by: jobs.advance(slow, 1), by=ME)
        acts.run(lambda by: jobs.advance(quick, 1), by=ME)
        assert again(job).step == 1
        acts.run(effect, by=ME, job=quick)
    assert Theme.objects.count() == 1


def test_a_lost_lease_is_no_failure(job: Job, caplog: pytest.LogCaptureFixture) -> None:
    def lose(job: Job) -> None:
        raise jobs.JobLost("gone")

    JOBS["test"] = lose
    assert jobs.work_once() == 1
    assert again(job).failure == ""
    assert "another worker" in caplog.text


def test_a_failure_is_kept_without_the_numbers_it_quotes(job: Job, caplog: pytest.LogCaptureFixture) -> None:
    message = "row 3: 13824078617 is no \x00date"

    def bad(job: Job) -> None:
        raise ValueError(message)

    JOBS["test"] = bad
    assert jobs.work_once() == 1
    kept = again(job)
    assert kept.failure == "ValueError: row 3: •••• is no date"
    assert (kept.done_at, kept.attempts) == (None, 1)
    assert "13824078617" not in caplog.text
    assert "test_jobs.py" in caplog.text
    with clock.standing_at(clock.now() + jobs.LEASE + SECOND):
        JOBS["test"] = handle
        assert jobs.work_once() == 1
    assert (again(job).failure, again(job).attempts) == ("", 2)


def test_a_job_of_unknown_kind_fails_and_does_not_stop_the_worker(job: Job) -> None:
    acts.run(lambda by: jobs.ask("nobody"), by=ME)
    assert jobs.work_once() == 2
    assert "KeyError" in Job.objects.get(kind="nobody").failure
    assert again(job).done_at is not None


def test_after_the_last_attempt_it_rests_with_its_failure(job: Job) -> None:
    Job.objects.update(attempts=jobs.MOST_ATTEMPTS)
    assert jobs.work_once() == 0


def test_progress_undone_with_its_act_keeps_the_lease(job: Job) -> None:
    taken = again(job)
    assert jobs.take(taken)

    def service(*, by: Actor) -> None:
        jobs.advance(taken, 3)
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        acts.run(service, by=ME)
    acts.run(effect, by=ME, job=taken)
    assert again(job).done_at is not None


def test_workers_at_once_do_each_job_once(live: LiveDatabase) -> None:
    make_county()
    for n in range(20):
        acts.run(ask_one, by=ME, name=f"题{n}")
    errors: list[BaseException] = []

    def worker() -> None:
        try:
            while jobs.work_once():
                pass
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert Theme.objects.count() == 20
    assert not Job.objects.filter(done_at=None).exists()
    assert not Job.objects.exclude(attempts=1).exists()


WORKER = """
import time, django
django.setup()
from luodi.kernel import acts, jobs
from luodi.kernel.acts import System
from luodi.kernel.registry import JOBS

def slow(job):
    acts.run(lambda by: jobs.advance(job, 1), by=System("w"))
    print("begun", flush=True)
    time.sleep(60)

JOBS["test"] = slow
jobs.work_once()
"""


@pytest.mark.slow
def test_the_job_of_a_killed_worker_is_taken_again(live: LiveDatabase) -> None:
    make_county()
    job = acts.run(ask_one, by=ME)
    environment = os.environ | {"DATABASE_URL": live.url, "DJANGO_SETTINGS_MODULE": "luodi.config.settings"}
    environment["PYTHONPATH"] = os.pathsep.join(sys.path)
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 (our own program)
    assert worker.stdout is not None
    try:
        assert worker.stdout.readline() == "begun\n"
    finally:
        worker.kill()
        worker.wait(20)
        worker.stdout.close()
    left = again(job)
    assert (left.done_at, left.attempts, left.step) == (None, 1, 1)
    assert jobs.work_once() == 0
    with clock.standing_at(clock.now() + jobs.LEASE + SECOND):
        assert jobs.work_once() == 1
    assert again(job).attempts == 2
    assert Theme.objects.count() == 1
