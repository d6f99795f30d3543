"""`luodi serve` as a process: both children live and die together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.plugins.database import LiveDatabase

pytestmark = pytest.mark.slow
Serve = Callable[[int], tuple[subprocess.Popen[str], int]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def serve(live: LiveDatabase) -> Iterator[Serve]:
    started: list[subprocess.Popen[str]] = []

    def start(port: int) -> tuple[subprocess.Popen[str], int]:
        command = [sys.executable, "-m", "luodi.cli", "serve", "--port", str(port)]
        environment = os.environ | {"DATABASE_URL": live.url, "PYTHONPATH": os.pathsep.join(sys.path)}
        process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process, port

    yield start
    for process in started:
        if process.poll() is None:
            process.terminate()
        process.communicate(timeout=30)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/", timeout=5) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def until(condition: Callable[[], bool], *, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


def children(process: subprocess.Popen[str]) -> dict[str, int]:
    """Name of the command → process id, of the direct children (Linux)."""
    found = {}
    for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        found["web" if b"granian" in words else "worker"] = int(pid)
    return found


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize("name", [signal.SIGTERM, signal.SIGINT])
def test_serves_and_stops_both_on_a_signal(serve: Serve, name: signal.Signals) -> None:
    process, port = serve(free_port())
    assert until(lambda: answers(port)), process.poll()
    pids = children(process)
    assert set(pids) == {"web", "worker"}
    process.send_signal(name)
    _out, told = process.communicate(timeout=30)
    assert process.returncode == 0, told
    assert all(gone(pid) for pid in pids.values())
    assert not answers(port)


@pytest.mark.parametrize("victim", ["web", "worker"])
def test_where_one_dies_the_other_is_stopped(serve: Serve, victim: str) -> None:
    process, port = serve(free_port())
    assert until(lambda: answers(port)), process.poll()
    pids = children(process)
    os.kill(pids[victim], signal.SIGKILL)
    _out, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "意外退出" in told
    assert all(gone(pid) for pid in pids.values())
    assert not answers(port)


def test_a_taken_port_is_told_in_one_line(serve: Serve) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process, port = serve(int(taken.getsockname()[1]))
        _out, told = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"不能监听 127.0.0.1:{port}" in told
    assert "Traceback" not in told
