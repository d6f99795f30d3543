"""Background work on its pages; what machines ask: health, readiness, metrics; the number of a request."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import DatabaseError, connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import acts, clock, doctor, jobs, queue
from luodi.kernel.errors import DomainError
from luodi.kernel.models import AuditEntry, Job
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.services import operations
from luodi.orgs.tests.factories import make_cast, submit
from luodi.orgs.views import health

R = Role
pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> dict[Role, User]:
    return make_cast()


@pytest.fixture
def system(client: Client, cast: dict[Role, User]) -> Client:
    client.force_login(cast[R.SYSTEM_ADMIN])
    return client


@pytest.fixture(autouse=True)
def not_looked_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "_ready_at", -health.KEPT_SECONDS)


def job(**fields: Any) -> Job:
    now = clock.now()
    return Job.objects.create(**{"kind": "x", "due_at": now, "leased_until": now, **fields})


def resting(**fields: Any) -> Job:
    return job(attempts=jobs.MOST_ATTEMPTS, failure="ValueError: no", **fields)


def retry(client: Client, one: Job) -> Any:
    return client.post(reverse("job_retry", args=[one.pk]), {"request_key": str(uuid4())})


# The system administrator's page -------------------------------------------------------------------------------------


def test_the_page_tells_what_waits_runs_failed_and_is_done(system: Client) -> None:
    now = clock.now()
    job(kind="due")
    job(kind="hand", began_at=now, leased_until=now + jobs.LEASE, attempts=1, step=3, steps=8)
    job(kind="later", due_at=now + timedelta(days=1), leased_until=now + timedelta(days=1))
    job(kind="killed", began_at=now - jobs.LEASE, attempts=1)
    resting(kind="failed")
    job(kind="given", given_up_at=now, given_up_reason="重复")
    job(kind="done", began_at=now - timedelta(seconds=4), done_at=now)
    job(kind="old", done_at=now - timedelta(days=8))
    queue.say_alive()
    page = system.get(reverse("job_list"))
    assert {row.label: row.state for row in page.context["open"]} == {
        "due": "due", "hand": "in_hand", "later": "later", "killed": "due",
    }  # fmt: skip
    assert {row.label: row.state for row, _form in page.context["failed"]} == {"failed": "failed", "given": "given_up"}
    assert [(row.label, row.seconds) for row in page.context["done"]] == [("done", 4)]
    assert {row.label for row in page.context["periodic"]} >= {"审计链头存档", "数据库统计与清理"}
    assert [row.alive for row in page.context["workers"]] == [True]
    text = page.content.decode()
    assert "3 / 8" in text
    assert "ValueError: no" in text


def test_queries_of_the_page_do_not_grow(system: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            system.get(reverse("job_list"))
        return len(seen)

    job(), resting()
    count()  # a session is begun once
    few = count()
    for _n in range(5):
        job(), resting(), job(done_at=clock.now())
    assert count() == few


def test_try_again_lets_a_resting_job_run_at_once(system: Client) -> None:
    failed = resting()
    assert jobs.due_jobs() == []
    assert retry(system, failed).status_code == 302
    assert [one.pk for one in jobs.due_jobs()] == [failed.pk]
    assert AuditEntry.objects.filter(model="kernel.job", service__endswith="job_retry").count() == 1


def test_give_up_needs_a_reason_and_stops_the_job(system: Client, cast: dict[Role, User]) -> None:
    failed = job(attempts=2, failure="ValueError: no")
    url = reverse("job_give_up", args=[failed.pk])
    assert submit(system, url, reason=" ").status_code == 422
    with pytest.raises(DomainError) as refused:
        acts.run(operations.job_give_up, by=cast[R.SYSTEM_ADMIN], reason=" ", job_id=failed.pk)
    assert refused.value.code == "reason_missing"
    assert submit(system, url, reason="文件已另行导入").status_code == 302
    failed.refresh_from_db()
    assert failed.given_up_reason == "文件已另行导入"
    assert jobs.due_jobs() == []
    assert not jobs.take(failed)
    assert retry(system, failed).status_code == 302
    assert len(jobs.due_jobs()) == 1


def test_what_finishes_an_act_is_tried_again_and_never_given_up(system: Client, cast: dict[Role, User]) -> None:
    failed = job(
        kind="projects.import", arguments={"batch": 1}, attempts=jobs.MOST_ATTEMPTS, failure="OSError: disk full"
    )
    assert reverse("job_give_up", args=[failed.pk]) not in system.get(reverse("job_list")).content.decode()
    with pytest.raises(DomainError) as refused:
        acts.run(operations.job_give_up, by=cast[R.SYSTEM_ADMIN], reason="不要了", job_id=failed.pk)
    assert refused.value.code == "job_lasting"
    assert retry(system, failed).status_code == 302


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"done_at": clock.now()}, "job_done"),
        ({"began_at": clock.now(), "leased_until": clock.now() + timedelta(hours=1)}, "job_in_hand"),
    ],
)
def test_a_job_that_is_done_or_in_hand_is_let_be(cast: dict[Role, User], fields: dict[str, Any], code: str) -> None:
    one = job(**fields)
    for service in (operations.job_retry, operations.job_give_up):
        with pytest.raises(DomainError) as refused:
            acts.run(service, by=cast[R.SYSTEM_ADMIN], reason="不用了", job_id=one.pk)
        assert refused.value.code == code


def test_a_refused_retry_shows_why(system: Client) -> None:
    page = retry(system, job(done_at=clock.now()))
    assert page.status_code == 422
    assert "已经办完" in page.content.decode()


def test_ones_own_jobs_are_found_again_and_nobody_elses(client: Client, cast: dict[Role, User]) -> None:
    mine, other = cast[R.PROJECT_OFFICE], cast[R.INVESTMENT_BUREAU]
    acts.run(lambda by: jobs.ask("projects.import", steps=9, batch=7), by=mine)
    acts.run(lambda by: jobs.ask("projects.forget", batch=7), by=mine)
    client.force_login(mine)
    page = client.get(reverse("my_job_list"))
    assert [(row.label, row.url) for row in page.context["rows"]] == [("导入台账", reverse("import", args=[7]))]
    client.force_login(other)
    assert client.get(reverse("my_job_list")).context["rows"] == []


# Machines -------------------------------------------------------------------------------------------------------------


def test_alive_asks_nothing_of_the_database(client: Client) -> None:
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/healthz").content == b"ok\n"
    assert len(seen) == 0


def test_ready_once_a_worker_is_there(client: Client) -> None:
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": True, "migrations": True, "guards": True, "worker": False}
    with clock.standing_at(clock.now() - queue.ALIVE - timedelta(seconds=1)):
        queue.say_alive()
    assert client.get("/readyz").status_code == 503
    queue.say_alive()
    assert client.get("/readyz").json()["ready"] is True


def test_not_ready_without_guards_or_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    queue.say_alive()
    monkeypatch.setattr("luodi.kernel.guards.differences", lambda: ["guard x is missing"])
    assert client.get("/readyz").json() == {
        "ready": False, "database": True, "migrations": True, "guards": False, "worker": False,
    }  # fmt: skip

    class Away:
        def cursor(self) -> Any:
            raise DatabaseError("secret of the server")

    monkeypatch.setattr(doctor, "connection", Away())
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], b"secret" in answer.content) == (503, False, False)


def test_metrics_are_for_this_machine_or_the_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 403
    assert client.get("/metrics", HTTP_X_FORWARDED_FOR="10.1.2.3").status_code == 403
    token = {"HTTP_AUTHORIZATION": "Bearer abc", "REMOTE_ADDR": "10.1.2.3"}
    assert client.get("/metrics", **token).status_code == 403  # type: ignore[arg-type]
    with override_settings(LUODI_METRICS_TOKEN="abc"):
        assert client.get("/metrics", **token).status_code == 200  # type: ignore[arg-type]
        assert client.get("/metrics", **token | {"HTTP_AUTHORIZATION": "Bearer abd"}).status_code == 403  # type: ignore[arg-type]


def sample(text: str, start: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(start))


def test_metrics_count_requests_acts_jobs_and_audit(client: Client, cast: dict[Role, User]) -> None:
    def figures() -> dict[str, float]:
        text = client.get("/metrics").content.decode()
        return {
            "requests": sample(text, 'luodi_request_seconds_count{method="GET",status="200",view="healthz"}'),
            "done": sample(text, 'luodi_acts_total{outcome="done",service="orgs.services.operations.job_give_up"}'),
            "refused": sample(text, 'luodi_acts_total{outcome="refused",service="orgs.services.operations.job_give_up"}'),
            "jobs": sample(text, 'luodi_job_seconds_count{kind="nobody",outcome="failed"}'),
            "due": sample(text, "luodi_jobs_due "),
            "resting": sample(text, "luodi_jobs_failed "),
            "audit": sample(text, "luodi_audit_entries_total "),
        }  # fmt: skip

    before = figures()
    client.get("/healthz")
    by = cast[R.SYSTEM_ADMIN]
    acts.run(operations.job_give_up, by=by, reason="不用了", job_id=job().pk)
    with pytest.raises(DomainError):
        acts.run(operations.job_give_up, by=by, reason="", job_id=job(due_at=clock.now() + timedelta(1)).pk)
    job(kind="nobody")
    assert jobs.work_once() == 1
    resting()
    job()
    after = figures()
    assert {name: after[name] - before[name] for name in after} == {
        "requests": 1, "done": 1, "refused": 1, "jobs": 1, "due": 1 + 1, "resting": 1, "audit": 1,
    }  # fmt: skip


def test_a_request_has_a_number_and_a_line_without_what_was_looked_for(
    client: Client, cast: dict[Role, User], caplog: pytest.LogCaptureFixture
) -> None:
    client.force_login(cast[R.PROJECT_OFFICE])
    with caplog.at_level(logging.INFO, logger="luodi.requests"):
        answer = client.get(reverse("unit_list"), {"q": "13824078617"})
    assert len(answer["X-Request-Id"]) == 12
    assert "GET unit_list 200" in caplog.text
    assert "13824078617" not in caplog.text


def test_the_error_page_tells_the_number(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_request: Any) -> None:
        raise DatabaseError("gone")

    monkeypatch.setattr("luodi.orgs.views.health.HttpResponse", broken)
    client.raise_request_exception = False
    answer = client.get("/healthz")
    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.content.decode()
