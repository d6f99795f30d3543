"""The only reader of the environment. Each setting is documented in docs/reference/settings.md (a test compares)."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit


class WrongSetting(RuntimeError):
    """A setting of the environment cannot be read; the message names it and the cure."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: what it is for, and what holds where it is not given."""

    name: str
    meaning: str
    default: str


SETTINGS = [
    Setting("LUODI_DATA", "Folder for the SQLite database, uploaded files and generated secrets.", "./var"),
    Setting("DATABASE_URL", "postgres://user:password@host:port/name, or sqlite:///path.", "SQLite in LUODI_DATA"),
    Setting("LUODI_SECRET_KEY", "Signs sessions and forms. Also as LUODI_SECRET_KEY_FILE.", "made in LUODI_DATA"),
    Setting(
        "LUODI_PERSONAL_SECRET",
        "Wraps the keys of personal data; losing it loses those data. Also as LUODI_PERSONAL_SECRET_FILE.",
        "made in LUODI_DATA",
    ),
    Setting("LUODI_HOSTS", "Names under which the site is reached, by comma.", "localhost,127.0.0.1,[::1]"),
    Setting("LUODI_ORIGINS", "Origins allowed to send forms (https://name), by comma.", ""),
    Setting("LUODI_DEBUG", "1 shows errors in the browser and the components page. Never in service.", "0"),
    Setting("LUODI_HTTPS", "1 where the site is reached by https: cookies and headers then insist on it.", "0"),
    Setting(
        "LUODI_IDLE_MINUTES", "Minutes without a request after which a session ends; a county may set its own.", "30"
    ),
    Setting(
        "LUODI_SECOND_FACTOR",
        "must: administrators and recognisers sign in with a second factor; may: nobody has to. Empty: as each county says, "
        "which is must everywhere but in the demo.",
        "",
    ),
    Setting(
        "LUODI_OIDC_ISSUER",
        "Issuer of OpenID Connect (https://name), whose people may sign in here. Empty: no such button.",
        "",
    ),
    Setting("LUODI_OIDC_CLIENT_ID", "This site's client id at the issuer.", ""),
    Setting("LUODI_OIDC_CLIENT_SECRET", "Its secret there. Also as LUODI_OIDC_CLIENT_SECRET_FILE.", ""),
    Setting(
        "LUODI_OIDC_CLAIM",
        "The claim of the ID token that is the user name of an existing account; accounts are never made by signing in.",
        "preferred_username",
    ),
    Setting("LUODI_OIDC_LABEL", "Words of the button on the sign-in page.", "用统一身份认证登录"),
    Setting("LUODI_API_PER_MINUTE", "Requests a minute that one API token may make, evenly.", "300"),
    Setting("LUODI_API_BURST", "How many of them may come at once.", "60"),
    Setting("LUODI_LOG", "Level of the log: DEBUG, INFO, WARNING, ERROR.", "INFO"),
    Setting("LUODI_LOG_FORMAT", "text, or json: one JSON object a line.", "text"),
    Setting(
        "LUODI_METRICS_TOKEN",
        "Who sends `Authorization: Bearer <this>` may read /metrics from elsewhere. Also as LUODI_METRICS_TOKEN_FILE.",
        "",
    ),
    Setting(
        "LUODI_PG_BIN",
        "Folder of pg_dump, pg_restore and psql, where they are not found by PATH or are older than the server.",
        "",
    ),
]
KNOWN = {setting.name: setting for setting in SETTINGS}


def text(name: str) -> str:
    """A setting as text; `NAME_FILE` names a file that holds it instead. Raises KeyError for an unlisted name."""
    default = KNOWN[name].default
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise WrongSetting(f"{name}_FILE: cannot read {path} ({error.strerror})") from error
    return os.environ.get(name, default)


def flag(name: str) -> bool:
    value = text(name).lower()
    if value not in {"0", "1"}:
        raise WrongSetting(f"{name} is 0 or 1, not {value!r}")
    return value == "1"


def number(name: str) -> int:
    value = text(name)
    if not value.isdigit():
        raise WrongSetting(f"{name} is a whole number, not {value!r}")
    return int(value)


def choice(name: str, *options: str) -> str:
    value = text(name)
    if value not in options:
        raise WrongSetting(f"{name} is {' or '.join(option or 'empty' for option in options)}, not {value!r}")
    return value


def words(name: str) -> list[str]:
    return [word.strip() for word in text(name).split(",") if word.strip()]


def data_folder() -> Path:
    folder = Path(text("LUODI_DATA")).absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise WrongSetting(_unwritable(folder, error)) from error
    return folder


def _unwritable(path: Path, error: OSError) -> str:
    return f"不能写 {path}（{error.strerror}）→ 请把 LUODI_DATA 设为一个可写的文件夹，或改它的权限"


def metrics_folder() -> Path:
    """Where processes keep their counts. prometheus_client reads its place from the environment when it is imported."""
    folder = data_folder() / "metrics"
    folder.mkdir(exist_ok=True, mode=0o700)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    return folder


def secret(name: str) -> str:
    """A secret from the environment, else one made once and kept, readable by its owner alone, in LUODI_DATA."""
    if os.environ.get(name) or os.environ.get(f"{name}_FILE"):
        return text(name)
    path = data_folder() / name.lower()
    try:
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text().strip()
    except OSError as error:
        raise WrongSetting(_unwritable(path, error)) from error


PLANNING = "-c jit=off -c join_collapse_limit=5"
"""A page joins a project to twenty small tables by their keys. PostgreSQL would weigh the orders of eight of them at a
time, 15 ms for a query that runs one; five take 2 ms and still let it choose where to begin. Nothing here runs long
enough for compiling to pay. A pgbouncer in front wants `ignore_startup_parameters = options`."""


def database() -> dict[str, object]:
    """Django's description of the database that DATABASE_URL names."""
    url = os.environ.get("DATABASE_URL") or f"sqlite:///{data_folder() / 'luodi.sqlite3'}"
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path.removeprefix("/") if parts.path.startswith("//") else parts.path))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise WrongSetting("DATABASE_URL begins with postgres:// or sqlite:///")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", "") or unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 300,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": PLANNING, **query},
    }


def _sqlite(path: str) -> dict[str, object]:
    """WAL, immediate transactions, 20 s of patience; recursive triggers, or REPLACE would slip past a DELETE guard."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "CONN_MAX_AGE": 300,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;"
            "PRAGMA cache_size=-64000; PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;",
        },
    }
