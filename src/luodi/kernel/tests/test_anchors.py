from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import override_settings

from luodi.kernel import anchors, audit, clock, guards, jobs, periodic
from luodi.kernel.models import AuditEntry, Job
from luodi.orgs.tests.factories import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(tmp_path: Path) -> Iterator[Path]:
    make_cast()
    with override_settings(DATA=tmp_path):
        yield tmp_path


def lines() -> list[dict[str, object]]:
    return [json.loads(line) for line in anchors.path().read_text().splitlines()]


def test_heads_are_appended_once_for_each_slot() -> None:
    assert anchors.write("a") == len(audit.heads()) > 0
    assert anchors.write("a") == 0
    assert anchors.write("b") == len(audit.heads())
    assert {line["slot"] for line in lines()} == {"a", "b"}
    assert anchors.path().stat().st_mode & 0o077 == 0


def test_a_line_that_a_kill_cut_short_is_written_again() -> None:
    anchors.write("a")
    whole = anchors.path().read_bytes()
    anchors.path().write_bytes(whole[:-9])
    anchors.write("a")
    assert [line["slot"] for line in lines()] == ["a"] * len(audit.heads())


def test_the_daily_job_writes_them_and_verify_accepts_them() -> None:
    now = clock.now()
    with clock.standing_at(now):
        periodic.open_due()
    with clock.standing_at(now + timedelta(days=1)):
        assert periodic.open_due() >= 1
        jobs.work_once()
    assert Job.objects.get(kind="kernel.heads").done_at is not None
    assert lines()[0]["hash"] == audit.heads()[0].hash
    call_command("audit_verify", anchors=anchors.path())
    with guards.lifted("kernel_auditentry"):
        AuditEntry.objects.latest("pk").delete()
    with pytest.raises((SystemExit, CommandError)):
        call_command("audit_verify", anchors=anchors.path())
    assert anchors.path().parent.parent == settings.DATA
