"""The log of a real day: an import with telephone numbers, a sign-in, a failure that quotes one. No number, no name is in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, jobs, logs, registry
from luodi.kernel.acts import System
from luodi.kernel.models import Job
from luodi.projects.tests.ledger_county import accepted, make_ledger_county, sample, uploaded
from luodi.projects.tests.test_imports_faults import seeded_numbers

pytestmark = pytest.mark.slow
PASSWORD = "Luodi-2026-test"


@pytest.fixture(params=[logs.Json, logs.Line])
def log(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that the root logger writes, in one of the two forms."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(request.param())
    root = logging.getLogger()
    level, requests = root.level, logging.getLogger("luodi.requests")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    requests.setLevel(logging.INFO)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)
    requests.setLevel(logging.NOTSET)


def test_a_day_in_the_log_names_nobody(live: Any, log: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    office = make_ledger_county(whole=True)
    office.set_password(PASSWORD)
    office.save()
    data = sample()
    numbers = seeded_numbers(data)
    client = Client()
    client.post(reverse("sign_in"), {"username": office.username, "password": "wrong-" + PASSWORD})
    assert client.post(reverse("sign_in"), {"username": office.username, "password": PASSWORD}).status_code == 302
    client.get(reverse("unit_list"), {"q": numbers[0]})
    accepted(office, uploaded(office, data))
    jobs.work_once()

    def quoting(_job: Job) -> None:
        raise ValueError(f"第 3 行 {numbers[1]} 不是日期")

    monkeypatch.setitem(registry.JOBS, "quoting", quoting)
    acts.run(lambda by: jobs.ask("quoting"), by=System("tests"))
    jobs.work_once()
    text = log.getvalue()
    assert "signed in" in text
    assert "unit_list" in text
    assert "quoting failed" in text
    assert f"user:{office.pk}" in text
    for word in [*numbers, PASSWORD, office.member.name]:
        assert word not in text
    if text.startswith("{"):
        lines = [json.loads(line) for line in text.splitlines()]
        assert all({"at", "level", "logger", "message"} <= set(line) for line in lines)
        assert any(line.get("who") == f"user:{office.pk}" and line.get("view") == "unit_list" for line in lines)
