"""On what it was measured."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

BLOCK = b"\0" * 4096


def machine(root: Path) -> dict[str, str]:
    """Names and values, as the paper tells them."""
    return {
        "date": datetime.now(ZoneInfo("Asia/Shanghai")).strftime("%Y-%m-%d %H:%M (Asia/Shanghai)"),
        "commit": commit(root),
        "processor": f"{len(os.sched_getaffinity(0))} cores, {processor()}",
        "memory": f"{memory_gib():.0f} GiB",
        "load before": f"{os.getloadavg()[0]:.2f} (1 minute; above 0.5 the machine was not quiet)",
        "one fsync of 4 KiB": f"{fsync_ms(tempfile.gettempdir()):.2f} ms in {tempfile.gettempdir()} (a durable commit waits for one)",
        "system": f"{platform.system()} {platform.release()}, {python()}",
    }


def python() -> str:
    """The interpreter, and whether it is Debian's: one that a version manager built plainly takes a third longer."""
    whose = "the system's" if sys.base_prefix == "/usr" else "not the system's"
    return f"Python {platform.python_version()} ({whose})"


def commit(root: Path) -> str:
    """The commit measured, and whether files differed from it ("unknown" outside git)."""
    try:
        head = _git(root, "rev-parse", "--short", "HEAD")
        changed = _git(root, "status", "--porcelain", "--", "src", "bench", "requirements.lock")
    except (OSError, subprocess.CalledProcessError):
        return "unknown (not a git checkout)"
    return f"{head}{' and changes not committed' if changed else ''}"


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)  # noqa: S607 (by PATH)
    return done.stdout.strip()


def processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())


def memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def fsync_ms(folder: str, times: int = 100) -> float:
    """How long the disk takes to keep one block, as the median: next to nothing where the folder lies in memory."""
    taken = []
    with tempfile.TemporaryFile(dir=folder) as file:
        for _n in range(times):
            file.write(BLOCK)
            file.flush()
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append((time.perf_counter() - begun) * 1000)
    return statistics.median(taken)
