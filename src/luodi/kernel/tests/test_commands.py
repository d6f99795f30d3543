"""`luodi audit …`, `luodi doctor`, `luodi worker --once`: what they print, and their exit status."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection
from django.test import override_settings

from luodi.kernel import acts, clock, doctor, guards, jobs, registry, upkeep
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import AuditEntry, CalendarYear, Job
from luodi.orgs.tests.factories import make_cast

pytestmark = pytest.mark.django_db


def said(*words: str, **options: Any) -> tuple[int, str]:
    """Exit status and standard output of a command."""
    out = io.StringIO()
    try:
        call_command(*words, stdout=out, **options)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    except CommandError as error:
        return error.returncode, str(error)
    return 0, out.getvalue()


@pytest.fixture
def log() -> None:
    make_cast()


# Audit ----------------------------------------------------------------------------------------------------------------


def test_verify_says_intact_and_the_head(log: None) -> None:
    status, text = said("audit_verify")
    heads = [json.loads(line) for line in said("audit_heads")[1].splitlines()]
    count = AuditEntry.objects.count()
    assert status == 0
    assert json.loads(text) == {"entries": count, "intact": True, "head": heads[0]["hash"]}
    assert [(head["seq"], set(head)) for head in heads] == [(count, {"chain", "seq", "hash", "at"})]


def test_an_empty_log_is_intact() -> None:
    assert json.loads(said("audit_verify")[1]) == {"entries": 0, "intact": True, "head": ""}


def test_verify_finds_a_changed_row(log: None, capsys: pytest.CaptureFixture[str]) -> None:
    victim = AuditEntry.objects.order_by("pk")[7]
    with guards.lifted("kernel_auditentry"):
        AuditEntry.objects.filter(pk=victim.pk).update(body=victim.body.replace("orgs", "args"))
    status, text = said("audit_verify")
    told = json.loads(text)
    assert (status, told["intact"]) == (1, False)
    assert f"entry {victim.seq}" in told["broken"]
    assert told["broken"] in capsys.readouterr().err


def test_anchors_betray_a_shortened_log(log: None, tmp_path: Path) -> None:
    anchors, export = tmp_path / "heads.jsonl", tmp_path / "log.jsonl"
    anchors.write_text(said("audit_heads")[1], encoding="utf-8")
    assert said("audit_export", str(export))[0] == 0
    assert said("audit_verify", file=export, anchors=anchors)[0] == 0
    assert said("audit_verify", anchors=anchors)[0] == 0
    export.write_text("\n".join(export.read_text(encoding="utf-8").splitlines()[:-3]) + "\n", encoding="utf-8")
    assert said("audit_verify", file=export)[0] == 0
    status, text = said("audit_verify", file=export, anchors=anchors)
    assert status == 1
    assert "is missing" in json.loads(text)["broken"]


@pytest.mark.parametrize("column", ["service", "actor", "at", "object_id", "hash", "act", "algorithm"])
def test_an_export_changed_in_one_column_is_found(log: None, tmp_path: Path, column: str) -> None:
    export = tmp_path / "log.jsonl"
    said("audit_export", str(export))
    rows = [json.loads(line) for line in export.read_text(encoding="utf-8").splitlines()]
    other = {
        "at": "2020-01-01T00:00:00.000000+00:00",
        "object_id": 999_999,
        "act": str(rows[0]["act"]),
        "algorithm": "none",
    }
    rows[-1][column] = other.get(column, "0" * 64)
    export.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    assert said("audit_verify", file=export)[0] == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"chain": 1}', '{"chain": "x", "seq": 1, "hash": ""}'])
def test_files_that_cannot_be_read_are_named_with_the_line(tmp_path: Path, text: str) -> None:
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text(f"\n{text}\n", encoding="utf-8")
    for option in ("file", "anchors"):
        status, told = said("audit_verify", **{option: wrong})
        assert status == 2
        assert "wrong.jsonl, line 2" in told
    assert said("audit_verify", file=tmp_path / "absent")[0] == 2
    assert said("audit_export", str(tmp_path / "no" / "folder"))[0] == 2


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_files_that_hold_nothing_prove_nothing(tmp_path: Path, text: str) -> None:
    nothing = tmp_path / "nothing.jsonl"
    nothing.write_text(text, encoding="utf-8")
    for option, cure in (("file", "luodi audit export"), ("anchors", "luodi audit heads")):
        status, told = said("audit_verify", **{option: nothing})
        assert status == 2
        assert "nothing.jsonl" in told
        assert cure in told


def test_export_goes_to_standard_output_too(log: None) -> None:
    lines = said("audit_export", "-")[1].splitlines()
    assert len(lines) == AuditEntry.objects.count()
    assert json.loads(lines[0])["seq"] == 1


# Doctor ---------------------------------------------------------------------------------------------------------------


def levels(**options: bool) -> dict[str, str]:
    return {finding.text: finding.level for finding in doctor.examine(**options)}


def test_doctor_finds_nothing_wrong_here(log: None) -> None:
    status, text = said("doctor", deep=True)
    assert status == 0, text
    assert "✗" not in text
    assert doctor.refusals() == []


def test_doctor_sees_a_missing_and_an_altered_guard() -> None:
    guard = guards.declared()[0]
    with guards.lifted(guard.table):
        assert any(guard.trigger in finding.text for finding in doctor.refusals())
        assert said("doctor")[0] == 1
    assert doctor.refusals() == []


def test_doctor_sees_missing_migrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'orgs'")
    refused = doctor.refusals()
    assert "orgs." in refused[0].text
    assert "luodi migrate" in refused[0].cure
    assert said("worker", once=True)[0] == 1
    assert said("serve")[0] == 1


def test_doctor_says_when_the_database_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        def cursor(self) -> Any:
            raise DatabaseError("gone")

    monkeypatch.setattr(doctor, "connection", Away())
    found = doctor.examine(deep=True)
    assert (found[0].level, "gone" in found[0].text) == ("bad", True)
    assert any("磁盘" in finding.text for finding in found)


def test_doctor_warns_of_years_without_a_calendar() -> None:
    CalendarYear.objects.filter(year__gte=2026).delete()
    for day, this, following in [(date(2026, 3, 1), "warn", "note"), (date(2026, 11, 2), "warn", "warn")]:
        with clock.standing_at(datetime(day.year, day.month, day.day, 4, tzinfo=UTC)):
            told = {finding.text[2:8]: finding.level for finding in doctor.examine() if "放假" in finding.text}
        assert told == {" 2026 ": this, " 2027 ": following}


def test_doctor_sees_late_and_failed_jobs() -> None:
    then = clock.now() - timedelta(minutes=5)
    Job.objects.create(kind="x", due_at=then, leased_until=then)
    Job.objects.create(kind="x", due_at=then, leased_until=then, attempts=jobs.MOST_ATTEMPTS)
    bad = [text for text, level in levels().items() if level == "bad"]
    assert len(bad) == 2


def test_deep_checks_of_the_apps_are_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CHECKS", [lambda: ["项目 7 没有专人"]])
    assert "项目 7 没有专人" not in levels()
    assert levels(deep=True)["项目 7 没有专人"] == "bad"
    assert said("doctor", deep=True)[0] == 1


def test_doctor_sees_settings_that_invite_trouble(tmp_path: Path) -> None:
    with override_settings(DEBUG=True, ALLOWED_HOSTS=["luodi.example"], TIME_ZONE="UTC"):
        bad = [text for text, level in levels().items() if level == "bad"]
        assert [any(word in text for text in bad) for word in ("调试模式", "时区")] == [True, True]
    with override_settings(DEBUG=True, ALLOWED_HOSTS=["localhost"]):
        assert levels()["调试模式开着"] == "warn"
    (tmp_path / "luodi_secret_key").write_text(settings.SECRET_KEY, encoding="utf-8")
    (tmp_path / "luodi_secret_key").chmod(0o644)
    with override_settings(DATA=tmp_path):
        told = levels()
    assert told[f"密钥文件 {tmp_path / 'luodi_secret_key'} 别人也能读"] == "bad"
    assert told["密钥 LUODI_PERSONAL_SECRET 由环境给出"] == "ok"


def test_doctor_sees_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Usage:
        free = 100 * 1024**2

    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage)
    assert any("磁盘" in text and level == "bad" for text, level in levels().items())


# Worker ---------------------------------------------------------------------------------------------------------------


def test_worker_does_what_is_due_once(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setitem(registry.JOBS, "count", lambda job: acts.run(_count, by=System("worker"), job=job, done=done))
    acts.run(_ask, by=System("tests"))
    assert said("worker", once=True)[0] == 0
    assert said("worker", once=True)[0] == 0
    assert done == [7]


def _ask(*, by: Actor) -> None:
    jobs.ask("count", number=7)


def _count(*, by: Actor, job: Job, done: list[int]) -> None:
    done.append(job.arguments["number"])
    jobs.finish(job)


@pytest.mark.only_sqlite
def test_upkeep_gives_sqlite_its_statistics(log: None) -> None:
    upkeep.refresh_statistics()
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM sqlite_stat1 WHERE tbl = 'kernel_auditentry'")
        assert cursor.fetchone()[0] > 0
