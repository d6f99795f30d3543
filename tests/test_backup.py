"""`luodi backup` while others write, and `luodi restore`: proved equal, whole or nothing, on both databases."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import override_settings

from luodi.kernel import acts, archives, audit, doctor, guards, queue, restores, snapshots
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import AuditEntry, WorkerSeen
from luodi.orgs.models import Region, Theme
from luodi.orgs.tests.factories import make_cast, make_county
from tests.plugins.database import LiveDatabase, LivePostgres, connected_to, named
from tools.postgres import installed_binaries

pytestmark = pytest.mark.slow
ME = System("tests")


@pytest.fixture(autouse=True)
def own_folder(live: LiveDatabase, tmp_path: Path) -> Iterator[None]:
    with override_settings(LUODI_PG_BIN=str(installed_binaries() / "bin")):
        make_county()
        make_cast()
        default_storage.save("ab/abcd", ContentFile(b"%PDF-1.7 evidence"))
        yield


def pair(*, by: Actor, name: str) -> None:
    """Two rows that belong together: a moment holds both or neither."""
    region = Region.objects.earliest("pk")
    acts.insert(Theme(region=region, name=f"{name} 左"))
    acts.insert(Theme(region=region, name=f"{name} 右"))


@contextmanager
def load(threads: int = 3) -> Iterator[list[BaseException]]:
    stopped, errors = threading.Event(), []

    def write(thread: int) -> None:
        n = 0
        try:
            while not stopped.is_set():
                acts.run(pair, by=ME, name=f"{thread}-{n}")
                n += 1
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    running = [threading.Thread(target=write, args=(thread,)) for thread in range(threads)]
    for one in running:
        one.start()
    try:
        yield errors
    finally:
        stopped.set()
        for one in running:
            one.join(60)


Elsewhere = Callable[[Path], "tuple[restores.Restored, str]"]


@pytest.fixture
def elsewhere(live: LiveDatabase, tmp_path: Path) -> Iterator[Elsewhere]:
    """Restore a backup into an empty installation; gives what came of it, and the database's name."""
    other = named("restored")

    def on_sqlite(file: Path) -> tuple[restores.Restored, str]:
        return restores.restore(file, into=tmp_path / "there"), str(tmp_path / "there" / "luodi.sqlite3")

    def on_postgresql(file: Path) -> tuple[restores.Restored, str]:
        assert isinstance(live, LivePostgres)
        live.execute(f'CREATE DATABASE "{other}"')
        with connected_to(other):
            return restores.restore(file, into=tmp_path / "there"), other

    yield on_sqlite if connection.vendor == "sqlite" else on_postgresql
    if isinstance(live, LivePostgres):
        live.execute(f'DROP DATABASE IF EXISTS "{other}" WITH (FORCE)')


def test_a_backup_under_load_is_one_moment_and_comes_back_equal(elsewhere: Elsewhere, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    with load() as errors:
        time.sleep(0.5)
        before = AuditEntry.objects.count()
        manifest = archives.make(file)
        time.sleep(0.5)
    assert errors == []
    restored, name = elsewhere(file)
    assert AuditEntry.objects.count() > restored.entries >= before
    with connected_to(name):
        assert snapshots.digests() == manifest["tables"]
        assert [asdict(head) for head in audit.heads()] == manifest["heads"]
        names = set(Theme.objects.values_list("name", flat=True))
        assert {n.removesuffix(" 左") for n in names if n.endswith("左")} == {
            n.removesuffix(" 右") for n in names if n.endswith("右")
        }
        assert guards.differences() == []
        assert [
            finding for finding in doctor.examine(deep=True) if finding.level == "bad" and "前端" not in finding.text
        ] == []
        acts.run(pair, by=ME, name="and on it goes")
        assert audit.verify().intact
    assert (tmp_path / "there" / "files" / "ab" / "abcd").read_bytes() == b"%PDF-1.7 evidence"
    assert file.stat().st_mode & 0o077 == 0


def test_the_key_is_kept_apart_unless_asked_for(elsewhere: Elsewhere, tmp_path: Path) -> None:
    manifest = archives.make(tmp_path / "a.zip")
    assert not [name for name in manifest["members"] if name.startswith("secrets/")]
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        for name in archive.namelist():
            assert settings.LUODI_PERSONAL_SECRET.encode() not in archive.read(name)
    archives.make(tmp_path / "b.zip", secrets=True)
    restored, _name = elsewhere(tmp_path / "b.zip")
    assert restored.notes == []
    key = tmp_path / "there" / "luodi_personal_secret"
    assert key.read_text() == settings.LUODI_PERSONAL_SECRET
    assert key.stat().st_mode & 0o077 == 0


def test_a_missing_key_is_said(elsewhere: Elsewhere, tmp_path: Path) -> None:
    archives.make(tmp_path / "a.zip")
    restored, _name = elsewhere(tmp_path / "a.zip")
    assert any("luodi_personal_secret" in note for note in restored.notes)


def test_what_is_there_is_not_overwritten_without_the_word(tmp_path: Path) -> None:
    archives.make(tmp_path / "a.zip")
    acts.run(pair, by=ME, name="later")
    with pytest.raises(CommandError) as refused:
        call_command("restore", tmp_path / "a.zip")
    assert (refused.value.returncode, "--force" in str(refused.value)) == (1, True)
    assert Theme.objects.filter(name="later 左").exists()
    default_storage.delete("ab/abcd")
    queue.say_alive()
    with pytest.raises(CommandError, match="luodi serve"):
        call_command("restore", tmp_path / "a.zip", force=True)
    WorkerSeen.objects.all().delete()
    call_command("restore", tmp_path / "a.zip", force=True)
    assert not Theme.objects.filter(name="later 左").exists()
    with default_storage.open("ab/abcd") as stored:
        assert stored.read() == b"%PDF-1.7 evidence"
    for kept in Path(connection.settings_dict["NAME"]).parent.glob("*.before-*"):
        kept.unlink()


def rewritten(file: Path, change: Callable[[str, bytes], bytes | None]) -> Path:
    """A copy of a backup with its parts changed (None: left out)."""
    copy = file.with_name("changed.zip")
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(copy, "w") as new:
        for name in old.namelist():
            if (data := change(name, old.read(name))) is not None:
                new.writestr(name, data)
    return copy


def told_otherwise(**told: object) -> Callable[[str, bytes], bytes]:
    def change(name: str, data: bytes) -> bytes:
        return json.dumps({**json.loads(data), **told}).encode() if name == "manifest.json" else data

    return change


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda name, data: data[:-1] + b"!" if name.startswith("database") else data, 2, "database"),
        (lambda name, data: None if name.startswith("files/") else data, 2, "与清单不符"),
        (lambda name, data: None if name == "manifest.json" else data, 2, "清单"),
        (told_otherwise(format=9), 2, "格式"),
        (told_otherwise(engine="oracle"), 1, "oracle"),
        (told_otherwise(migrations=["kernel.9999_future"]), 1, "更新的版本"),
    ],
)  # fmt: skip
def test_another_backup_than_was_made_is_refused(
    tmp_path: Path, change: Callable[[str, bytes], bytes | None], status: int, words: str
) -> None:
    archives.make(tmp_path / "a.zip")
    with pytest.raises(CommandError) as refused:
        call_command("restore", rewritten(tmp_path / "a.zip", change), into=tmp_path / "there", force=True)
    assert refused.value.returncode == status
    assert words in str(refused.value)
    assert not (tmp_path / "there" / "luodi.sqlite3").exists()


def test_no_zip_at_all_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"hello")
    with pytest.raises(CommandError) as refused:
        call_command("restore", tmp_path / "a.zip", into=tmp_path / "there")
    assert refused.value.returncode == 2


@pytest.mark.only_sqlite
def test_a_forged_table_is_found_before_anything_is_replaced(tmp_path: Path) -> None:
    """Hashes of parts can be reckoned anew; what the rows say against the manifest must still fit."""
    manifest = archives.make(tmp_path / "a.zip")
    tables = {**manifest["tables"], "orgs_theme": {"rows": 1, "sha256": "0" * 64}}
    forged = rewritten(tmp_path / "a.zip", told_otherwise(tables=tables))
    with pytest.raises(restores.NotRestored, match="orgs_theme"):
        restores.restore(forged, into=tmp_path / "there")
    assert not (tmp_path / "there" / "luodi.sqlite3").exists()


def test_a_second_backup_does_not_replace_the_first(tmp_path: Path) -> None:
    call_command("backup", tmp_path / "a.zip")
    with pytest.raises(CommandError) as refused:
        call_command("backup", tmp_path / "a.zip")
    assert refused.value.returncode == 2
    call_command("backup", also_to=tmp_path)
    assert len(list(tmp_path.glob("luodi-*.zip"))) == 1


@pytest.mark.only_postgres
def test_a_missing_pg_dump_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "_major", lambda _program: 9)
    with pytest.raises(CommandError, match="LUODI_PG_BIN"):
        call_command("backup", tmp_path / "a.zip")
    assert list(tmp_path.iterdir()) == []


def luodi(live: LiveDatabase, data: Path, *words: str) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DATABASE_URL": live.url, "LUODI_DATA": str(data), "PYTHONPATH": os.pathsep.join(sys.path),
        "LUODI_PG_BIN": settings.LUODI_PG_BIN,
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-m", "luodi.cli", *words], env=environment, stderr=subprocess.DEVNULL)


def test_killed_on_the_way_there_is_no_half(live: LiveDatabase, tmp_path: Path) -> None:
    with load(2):
        time.sleep(0.5)
    data, chance = tmp_path / "data", random.Random(7)
    began = time.monotonic()
    assert luodi(live, data, "backup", str(tmp_path / "whole.zip")).wait(120) == 0
    took = time.monotonic() - began
    for n in range(5):
        victim = luodi(live, data, "backup", str(tmp_path / f"{n}.zip"))
        time.sleep(took * chance.uniform(0.5, 1.0))
        victim.kill()
        victim.wait(20)
        if (made := tmp_path / f"{n}.zip").exists():
            with archives.opened(made) as archive:
                archives.manifest_of(archive)
    archives.make(tmp_path / "last.zip")
    assert list(tmp_path.glob(f"{archives.HALVES}*")) == []


@pytest.mark.only_sqlite
def test_a_restore_killed_on_the_way_can_be_run_again(live: LiveDatabase, tmp_path: Path) -> None:
    manifest = archives.make(tmp_path / "a.zip")
    chance, there = random.Random(8), tmp_path / "there"
    began = time.monotonic()
    assert (
        luodi(live, tmp_path / "data", "restore", str(tmp_path / "a.zip"), "--into", str(tmp_path / "x")).wait(120) == 0
    )
    took = time.monotonic() - began
    for _n in range(5):
        victim = luodi(live, tmp_path / "data", "restore", str(tmp_path / "a.zip"), "--into", str(there))
        time.sleep(took * chance.uniform(0.6, 1.0))
        victim.kill()
        victim.wait(20)
        if (made := there / "luodi.sqlite3").exists():
            with connected_to(str(made)):
                assert snapshots.digests() == manifest["tables"]
            made.unlink()
    restores.restore(tmp_path / "a.zip", into=there)
    assert list(there.glob(f"{archives.HALVES}*")) == []
