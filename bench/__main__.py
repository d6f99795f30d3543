"""Run every promise on SQLite and on PostgreSQL, each in a process and a fresh database of its own; tell the results."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import paper
from bench.machine import machine
from bench.measuring import Report
from tools.postgres import PostgresUnavailable, running

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def sqlite(folder: str) -> Iterator[str]:
    yield f"sqlite:///{folder}/bench.sqlite3"


@contextmanager
def postgres(folder: str) -> Iterator[str]:
    with running(durable=True) as url:
        yield url


SERVERS = {"sqlite": sqlite, "postgres": postgres}


def measured(database: str) -> Report:
    """Measure in a process of its own, since settings are read once, when Django starts."""
    with tempfile.TemporaryDirectory(prefix="luodi-bench-") as folder, SERVERS[database](folder) as url:
        out = Path(folder) / "report.json"
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUODI_", "DJANGO_"))}
        environment = kept | {"DATABASE_URL": url, "LUODI_DATA": folder, "LUODI_LOG": "WARNING"}
        path = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
        subprocess.run(
            [sys.executable, "-m", "bench.one_database", str(out)],
            cwd=ROOT,
            env=environment | {"PYTHONPATH": path},
            check=True,
        )
        return Report.of(json.loads(out.read_text(encoding="utf-8")))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=list(SERVERS), help="one database; docs/benchmarks.md stays as it is")
    chosen = parser.parse_args().only
    where = machine(ROOT)
    try:
        reports = [measured(database) for database in ([chosen] if chosen else list(SERVERS))]
    except PostgresUnavailable as error:
        print(error, file=sys.stderr)
        return 1
    except subprocess.CalledProcessError as error:
        return int(error.returncode)  # the process has said why
    print(paper.table(where, reports))
    if not chosen:
        paper.write(ROOT / "docs" / "benchmarks.md", where, reports)
        print("→ docs/benchmarks.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
