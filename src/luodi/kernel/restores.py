"""Putting a backup back, into an empty installation unless told otherwise, and proving that it is the same.

Order: the archive is checked; the database is restored beside the present one and checked there (PostgreSQL: in one transaction,
checked after it); files are added, none removed; the database takes its place by one rename. Killed on the way, the installation is what it was,
with perhaps more files.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, default_storage
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader

from luodi.kernel import archives, audit, clock, guards, queue, snapshots
from luodi.kernel.audit import Anchor


class NotRestored(RuntimeError):
    """The answer is no: the message says why, and what to do. Nothing was changed, unless it says so."""


@dataclass(slots=True)
class Restored:
    """What was put back, for who asked. `notes` are what he still has to do."""

    tables: int
    rows: int
    files: int
    entries: int
    notes: list[str] = field(default_factory=list)


def restore(file: Path, *, into: Path | None = None, force: bool = False) -> Restored:
    """Put a backup back into this installation, or into the folder `into`. Raises WrongArchive, NotRestored, NoProgram."""
    folder = into or Path(settings.DATA)
    storage = _storage(into)
    with archives.opened(file) as archive:
        manifest = archives.manifest_of(archive)
        _must_fit(manifest)
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        archives.forget_killed(folder)
        with tempfile.TemporaryDirectory(prefix=f"{archives.HALVES}{os.getpid()}-", dir=folder) as work:
            dump = Path(work) / snapshots.DUMP[manifest["engine"]]
            archives.extract(archive, dump.name, dump)
            if connection.vendor == "sqlite":
                entries, files = _sqlite(archive, manifest, dump, storage, _target(into), force=force)
            else:
                entries, files = _postgresql(archive, manifest, dump, storage, force=force)
        rows = sum(told["rows"] for told in manifest["tables"].values())
        restored = Restored(len(manifest["tables"]), rows, files, entries)
        restored.notes += _secrets(archive, manifest, folder, own=into is None)
    if _older(manifest):
        restored.notes.append("备份来自旧版本：请执行 luodi migrate，再执行 luodi doctor --deep。")
    return restored


def _target(into: Path | None) -> Path:
    return into / "luodi.sqlite3" if into else Path(str(connection.settings_dict["NAME"]))


def _storage(into: Path | None) -> Storage:
    if into is None:
        return default_storage
    return FileSystemStorage(into / "files", file_permissions_mode=0o600, directory_permissions_mode=0o700)


def _must_fit(manifest: dict[str, Any]) -> None:
    if manifest["engine"] != connection.vendor:
        raise NotRestored(f"备份是 {manifest['engine']} 的，这里用的是 {connection.vendor} → 用同一种数据库恢复")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if newer := [name for name in manifest["migrations"] if _ours(name) and name not in known]:
        raise NotRestored(f"备份来自更新的版本（有 {newer[0]}）→ 先升级软件，再恢复")


def _ours(migration: str) -> bool:
    return migration.partition(".")[0] in _labels()


def _labels() -> set[str]:
    return {name.removeprefix("luodi.") for name in settings.INSTALLED_APPS if name.startswith("luodi.")}


def _older(manifest: dict[str, Any]) -> bool:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    return bool({name for name in known if _ours(name)} - set(manifest["migrations"]))


def _must_be_free(*, force: bool) -> None:
    """Refuse where something is there, or still at work. Reads the database of this thread's connection."""
    if snapshots.is_empty():
        return
    if not force:
        raise NotRestored("这里已有数据，恢复会把它换掉 → 确实要换，加 --force")
    try:
        alive = queue.alive()
    except DatabaseError:
        alive = 0  # older than the table of workers, or not ours
    if alive:
        raise NotRestored("后台进程还在运行 → 先停下 luodi serve 和 luodi worker，等半分钟再恢复")


def _must_be_same(manifest: dict[str, Any]) -> int:
    """Compare what this thread's connection reads with the manifest, and give the number of audit entries."""
    if (found := snapshots.digests()) != manifest["tables"]:
        names = [
            name for name in sorted({*found, *manifest["tables"]}) if found.get(name) != manifest["tables"].get(name)
        ]
        raise NotRestored(f"恢复出来的 {names[0]} 与备份清单不符")
    verdict = audit.verify([Anchor(**head) for head in manifest["heads"]])
    if not verdict.intact:
        raise NotRestored(f"备份里的审计链不完整：{verdict.broken}")
    if not _older(manifest) and (lines := guards.differences()):
        raise NotRestored(f"备份里的护栏与声明不符：{lines[0]}")
    return verdict.entries


def _sqlite(
    archive: zipfile.ZipFile, manifest: dict[str, Any], dump: Path, storage: Storage, target: Path, *, force: bool
) -> tuple[int, int]:  # fmt: skip
    if target.exists():
        with snapshots.connected_to(str(target)):
            _must_be_free(force=force)
    with snapshots.connected_to(str(dump)):
        entries = _must_be_same(manifest)
    files = _files(archive, manifest, storage)
    connection.close()
    if target.exists():
        with snapshots.connected_to(str(target)):
            _forget_log()
        if not _is_new(target):
            os.link(target, target.with_name(f"{target.name}.before-{clock.now():%Y%m%d%H%M%S}"))
    os.replace(dump, target)
    return entries, files


def _forget_log() -> None:
    """Bring the write-ahead log into the database, so that it is not taken for the new one's."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        busy = cursor.fetchone()[0]
        cursor.execute("PRAGMA journal_mode=DELETE")
        left = cursor.fetchone()[0]
    if busy or left != "delete":
        raise NotRestored("数据库还有别的程序开着 → 先停下 luodi serve、luodi worker 等，再恢复")


def _is_new(target: Path) -> bool:
    with snapshots.connected_to(str(target)):
        return snapshots.is_empty()


def _postgresql(
    archive: zipfile.ZipFile, manifest: dict[str, Any], dump: Path, storage: Storage, *, force: bool
) -> tuple[int, int]:  # fmt: skip
    _must_be_free(force=force)
    files = _files(archive, manifest, storage)
    snapshots.put_back_postgresql(dump, emptied=not snapshots.is_empty())
    try:
        return _must_be_same(manifest), files
    except NotRestored as error:
        raise NotRestored(f"数据库已换成备份的内容，但核对不过：{error}") from error


def _files(archive: zipfile.ZipFile, manifest: dict[str, Any], storage: Storage) -> int:
    names = [name for name in manifest["members"] if name.startswith("files/")]
    for name in names:
        path = name.removeprefix("files/")
        if storage.exists(path):
            if _digest(storage, path) == manifest["members"][name]["sha256"]:
                continue
            storage.delete(path)
        with archive.open(name) as source:
            storage.save(path, File(source))
    return len(names)


def _digest(storage: Storage, path: str) -> str:
    with storage.open(path) as file:
        return hashlib.sha256(file.read()).hexdigest()


def _secrets(archive: zipfile.ZipFile, manifest: dict[str, Any], folder: Path, *, own: bool) -> list[str]:
    """Put the secrets of the archive into the folder, and say where the right key of personal data is still wanted."""
    told = []
    for name in archives.SECRETS:
        if f"secrets/{name}" in manifest["members"]:
            told += _secret(folder / name, archive.read(f"secrets/{name}"))
    has_key = "secrets/luodi_personal_secret" in manifest["members"]
    if not has_key and (not own or manifest["personal_key"] != archives.fingerprint()):
        told.append(
            "备份不含个人信息的密钥：请把原来的 luodi_personal_secret 放回数据文件夹（或设 LUODI_PERSONAL_SECRET），否则电话等个人信息读不出。"
        )
    return told


def _secret(file: Path, value: bytes) -> list[str]:
    if file.exists() and file.read_bytes().strip() == value.strip():
        return []
    told = []
    if file.exists():
        kept = file.with_name(f"{file.name}.before-{clock.now():%Y%m%d%H%M%S}")
        os.replace(file, kept)
        told.append(f"{file.name} 已换成备份里的，原来的存为 {kept.name}。")
    half = file.with_name(f".{file.name}.half")
    half.unlink(missing_ok=True)
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out:
        out.write(value)
    os.replace(half, file)
    return told
