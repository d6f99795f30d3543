"""A backup: one zip file with the database at one moment, the uploaded files, and a manifest that says what must be in it.

The key of personal data is kept apart unless asked for: who holds both holds the data. Layout: manifest.json ·
database.sqlite3 or database.dump · files/… · secrets/…
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.files.storage import Storage, default_storage
from django.db import connection

from luodi.kernel import audit, clock, snapshots
from luodi.kernel.metrics import lives
from luodi.kernel.personal import keyed_digest

FORMAT = 1
MANIFEST = "manifest.json"
SECRETS = {"luodi_personal_secret": "LUODI_PERSONAL_SECRET", "luodi_secret_key": "SECRET_KEY"}
"""File in LUODI_DATA → name in Django's settings."""
HALVES = ".luodi-backup-"
PIECE = 1 << 20


class WrongArchive(ValueError):
    """A file that is no backup of ours, or not the one that was made; the message says where."""


def fingerprint() -> str:
    """Tells whether two installations have the same key of personal data, and no more."""
    return keyed_digest("backup", "fingerprint")[:16]


# Making ---------------------------------------------------------------------------------------------------------------


def make(target: Path, *, secrets: bool = False) -> dict[str, Any]:
    """Write a backup to `target`, whole or not at all, and give its manifest. Raises NoProgram, OSError."""
    forget_killed(target.parent)
    with tempfile.TemporaryDirectory(prefix=f"{HALVES}{os.getpid()}-", dir=target.parent) as folder:
        begun = clock.now()
        with snapshots.frozen(Path(folder)) as dump:
            manifest = _manifest(begun.isoformat(timespec="seconds"))
        half = Path(folder) / "archive"
        with zipfile.ZipFile(half, "x", allowZip64=True) as archive:
            members = {dump.name: _add(archive, dump.name, dump.open("rb"), zipfile.ZIP_DEFLATED)}
            for name in stored_files(default_storage):
                # A file newer than the moment of the copy has no row in it, and may be half written.
                if default_storage.get_modified_time(name) <= begun:
                    members[f"files/{name}"] = _add(archive, f"files/{name}", default_storage.open(name))
            for name in SECRETS if secrets else ():
                members[f"secrets/{name}"] = _add_text(archive, f"secrets/{name}", getattr(settings, SECRETS[name]))
            manifest |= {"members": members}
            _add_text(archive, MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
        half.chmod(0o600)
        _settle(half, target)
    return manifest


def forget_killed(folder: Path) -> None:
    """Take away what a backup or a restore left that was killed: it holds a copy of the database."""
    for left in folder.glob(f"{HALVES}*"):
        pid = left.name.removeprefix(HALVES).partition("-")[0]
        if pid.isdigit() and not lives(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _manifest(at: str) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "luodi": version("luodi"),
        "made_at": at,
        "engine": connection.vendor,
        "migrations": snapshots.migrations(),
        "heads": [asdict(head) for head in audit.heads()],
        "tables": snapshots.digests(),
        "personal_key": fingerprint(),
    }


def stored_files(storage: Storage, folder: str = "") -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return  # nothing was ever stored
    yield from (f"{folder}{name}" for name in sorted(files))
    for name in sorted(folders):
        yield from stored_files(storage, f"{folder}{name}/")


def _add(
    archive: zipfile.ZipFile, name: str, source: IO[bytes] | Any, method: int = zipfile.ZIP_STORED
) -> dict[str, Any]:
    info = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
    info.compress_type, info.external_attr = method, 0o600 << 16
    found, size = hashlib.sha256(), 0
    with source, archive.open(info, "w", force_zip64=True) as out:
        while piece := source.read(PIECE):
            found.update(piece)
            size += len(piece)
            out.write(piece)
    return {"size": size, "sha256": found.hexdigest()}


def _add_text(archive: zipfile.ZipFile, name: str, text: str) -> dict[str, Any]:
    info = zipfile.ZipInfo(name, clock.now().timetuple()[:6])
    info.external_attr = 0o600 << 16
    archive.writestr(info, text)
    return {"size": len(text.encode()), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _settle(half: Path, target: Path) -> None:
    """Give the finished file its name only once it lies on the disk."""
    with half.open("rb+") as file:
        os.fsync(file.fileno())
    os.link(half, target)  # unlike a rename it never replaces another backup
    descriptor = os.open(target.parent, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


# Reading --------------------------------------------------------------------------------------------------------------


def opened(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile) as error:
        raise WrongArchive(f"{file}：读不出备份（{error}）") from error


def manifest_of(archive: zipfile.ZipFile) -> dict[str, Any]:
    """The manifest of a backup whose every part is as it was written. Raises WrongArchive."""
    try:
        manifest: dict[str, Any] = json.loads(archive.read(MANIFEST))
        wanted = {name: told["sha256"] for name, told in manifest["members"].items()}
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise WrongArchive(f"{archive.filename}：不是落地的备份，或清单已损坏") from error
    if manifest.get("format") != FORMAT:
        raise WrongArchive(f"{archive.filename}：备份格式是 {manifest.get('format')}，这个版本只懂 {FORMAT}")
    held = set(archive.namelist()) - {MANIFEST}
    if odd := sorted(held ^ set(wanted)):
        raise WrongArchive(f"{archive.filename}：{odd[0]} 与清单不符")
    for name, digest in wanted.items():
        if _sha256(archive, name) != digest:
            raise WrongArchive(f"{archive.filename}：{name} 被改动或损坏")
    return manifest


def _sha256(archive: zipfile.ZipFile, name: str) -> str:
    found = hashlib.sha256()
    try:
        with archive.open(name) as file:
            while piece := file.read(PIECE):
                found.update(piece)
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise WrongArchive(f"{archive.filename}：{name} 读不出（{error}）") from error
    return found.hexdigest()


def extract(archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Write one part to a new file that its owner alone can read, and let it settle on the disk."""
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as out, archive.open(name) as source:
        shutil.copyfileobj(source, out, PIECE)
        out.flush()
        os.fsync(out.fileno())
