"""Killed in the middle, killed again, and what is left in clear on the disk: on a database that really commits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from luodi.engines.sheets import Cell
from luodi.kernel import audit, clock, guards, jobs
from luodi.kernel.models import Job
from luodi.kernel.workbooks import read_workbook
from luodi.orgs.models import User
from luodi.projects.models import ImportBatch, ImportedRow, Project
from luodi.projects.panels.checks import deep_checks
from luodi.projects.services.imports.applying import apply_job
from luodi.projects.tests.ledger_county import (
    LEDGERS,
    accepted,
    another_importer,
    ledger,
    make_ledger_county,
    plain_row,
    sample,
    uploaded,
)

ROWS = 1200
PATIENCE_SECONDS = 90


def environment(url: str) -> dict[str, str]:
    root = Path(__file__).resolve().parents[4]
    return {**os.environ, "DATABASE_URL": url, "LUODI_DATA": str(settings.DATA), "PYTHONPATH": str(root / "src")}


def luodi(where: dict[str, str], *words: str) -> subprocess.CompletedProcess[bytes]:
    """The product's own command, to its end."""
    command = [sys.executable, "-m", "luodi.cli", *words]
    return subprocess.run(command, env=where, capture_output=True, check=False)  # noqa: S603 (our own command)


def started_worker(where: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "luodi.cli", "worker"]
    return subprocess.Popen(command, env=where, stderr=subprocess.DEVNULL)  # noqa: S603 (our own command)


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not true():
        if time.monotonic() > until:
            raise AssertionError("waited in vain")
        time.sleep(0.02)


@pytest.mark.slow
def test_worker_killed_in_the_middle_goes_on_until_whole(live: Any):
    office = make_ledger_county()
    other = another_importer()
    batch = uploaded(office, ledger([plain_row(n) for n in range(ROWS)]))
    job = accepted(office, batch)
    kills = 0
    while kills < 2:
        before = ImportedRow.objects.count()
        worker = started_worker(environment(live.url))
        wait_until(lambda seen=before: ImportedRow.objects.count() > seen)  # type: ignore[misc]
        worker.send_signal(signal.SIGKILL)
        worker.wait()
        kills += 1
        written = ImportedRow.objects.count()
        assert 0 < written < ROWS, "the machine was too quick for this test: raise ROWS"
        assert Project.objects.count() == written
        assert not Project.objects.visible_to(other).exists()
        Job.objects.filter(pk=job.pk).update(leased_until=clock.now())  # the lease has run out
    assert luodi(environment(live.url), "worker", "--once").returncode == 0
    batch = ImportBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.counts["made"], batch.counts["failed"]) == ("done", ROWS, 0)
    assert Project.objects.visible_to(other).count() == ROWS == Project.objects.values("name_key").distinct().count()
    assert audit.verify().intact
    assert list(deep_checks()) == []


@pytest.mark.slow
def test_slow_worker_whose_lease_ran_out_writes_nothing_more(live: Any):
    office = make_ledger_county()
    batch = uploaded(office, ledger([plain_row(n) for n in range(5)]))
    accepted(office, batch)
    (slow,) = jobs.due_jobs()
    assert jobs.take(slow)
    Job.objects.filter(pk=slow.pk).update(leased_until=clock.now())
    jobs.work_once()
    with pytest.raises(jobs.JobLost):
        apply_job(slow)
    batch = ImportBatch.objects.get(pk=batch.pk)
    assert (batch.state, batch.counts["made"], batch.counts["failed"]) == ("done", 5, 0)


def seeded_numbers(data: bytes) -> list[str]:
    def is_phone(cell: Cell) -> bool:
        return isinstance(cell, str) and cell.isdigit() and len(cell) == 11

    return [
        str(cell) for sheet in read_workbook("x.xlsx", data) for row in sheet.rows for cell in row if is_phone(cell)
    ]


def everything_stored() -> bytes:
    """The database as bytes on the disk, with its journal; on PostgreSQL, every row of every table as text."""
    if connection.vendor == "sqlite":
        name = connection.settings_dict["NAME"]
        return b"".join(Path(f"{name}{end}").read_bytes() for end in ("", "-wal") if Path(f"{name}{end}").exists())
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 (our own tables)
            found += [row[0].encode() for row in cursor.fetchall()]
    return b"\n".join(found)


@pytest.mark.slow
def test_no_telephone_is_stored_in_clear(live: Any, caplog: pytest.LogCaptureFixture):
    office = make_ledger_county(whole=True)
    data = sample()
    numbers = seeded_numbers(data)
    assert len(numbers) > 100
    batch = uploaded(office, data)
    before_acceptance = everything_stored()
    accepted(office, batch)
    jobs.work_once()
    stored = everything_stored()
    assert "柳林镇华宇精密铸件生产线建设项目".encode() in stored
    for number in numbers:
        assert number.encode() not in before_acceptance
        assert number.encode() not in stored
        assert number not in caplog.text
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_declared_guards_are_all_there_after_an_import(live: Any):
    office = make_ledger_county()
    accepted(office, uploaded(office, ledger([plain_row(1)])))
    jobs.work_once()
    assert guards.differences() == []


# The command ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(("name", "status"), [("sample.xlsx", 1), ("ticks.xlsx", 0), ("no_header.xlsx", 2)])
def test_preview_needs_no_database_and_makes_none(tmp_path: Path, name: str, status: int):
    where = {**environment("sqlite:///" + str(tmp_path / "none.sqlite3")), "LUODI_DATA": str(tmp_path)}
    done = luodi(where, "projects", "import", str(LEDGERS / name))
    assert done.returncode == status, done.stderr.decode()
    told = json.loads(done.stdout)
    assert set(told) == {"columns", "rows"}
    assert not (tmp_path / "none.sqlite3").exists()


@pytest.mark.slow
def test_command_writes_the_right_rows_and_leaves_the_wrong(live: Any):
    office = make_ledger_county(whole=True)
    words = ("projects", "import", str(LEDGERS / "sample.xlsx"), "--apply", "--as", office.username)
    done = luodi(environment(live.url), *words)
    told = json.loads(done.stdout)
    assert done.returncode == 1, done.stderr.decode()
    right = [row for row in told["rows"] if row["status"] == "new"]
    assert Project.objects.count() == len(right) == len(told["applied"])
    assert {row["outcome"] for row in told["applied"]} == {"new"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"apply": True}, "--as"),
        ({"apply": True, "username": "nobody"}, "nobody"),
        ({"region": "999999"}, "999999"),
        ({"apply": True, "username": "office", "region": "999999"}, "县"),
    ],
)
def test_command_says_what_is_wrong_with_its_input(
    options: dict[str, Any], words: str, capsys: pytest.CaptureFixture[str]
):
    make_ledger_county()
    with pytest.raises(CommandError) as refused:
        call_command("projects_import", str(LEDGERS / "plain.csv"), **options)
    assert refused.value.returncode == 2
    assert words in str(refused.value)
    assert capsys.readouterr().out == ""


@pytest.mark.django_db
def test_command_refuses_a_missing_file_and_one_of_another_type(tmp_path: Path):
    strange = tmp_path / "台账.xlsx"
    strange.write_bytes(b"%PDF-1.7")
    for path in (tmp_path / "nothing.xlsx", strange):
        with pytest.raises(CommandError) as refused:
            call_command("projects_import", str(path))
        assert refused.value.returncode == 2


@pytest.mark.django_db
def test_command_previews_against_the_county_in_the_database(capsys: pytest.CaptureFixture[str]):
    office: User = make_ledger_county(whole=True)
    accepted(office, uploaded(office, (LEDGERS / "ticks.xlsx").read_bytes(), "ticks.xlsx"))
    jobs.work_once()
    call_command("projects_import", str(LEDGERS / "ticks.xlsx"))
    told = json.loads(capsys.readouterr().out)
    assert {row["status"] for row in told["rows"]} == {"same", "skipped"}
