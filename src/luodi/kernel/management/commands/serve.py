"""`luodi serve [--host 127.0.0.1] [--port 8000] [--workers N]`"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from argparse import ArgumentTypeError
from contextlib import suppress
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from luodi.kernel import doctor, metrics

POLL_SECONDS = 0.3
PATIENCE_SECONDS = 15
# Threads of one process that wait for the database at the same time; SQLite lets one of them write.
THREADS = min(8, 2 * (os.cpu_count() or 1))


def port(text: str) -> int:
    """A port as it is typed. Errors: ArgumentTypeError where there is none of this number."""
    if not text.isdecimal() or not 1 <= int(text) <= 65535:
        raise ArgumentTypeError(f"端口要在 1 到 65535 之间，不是“{text}”")
    return int(text)


class Command(BaseCommand):
    help = "启动网站和一个后台进程；Ctrl-C 或 SIGTERM 一起停下。其中一个死了，另一个也停，退出码为 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="监听地址（默认 127.0.0.1，只供本机）")
        parser.add_argument("--port", type=port, default=8000, help="端口（默认 8000）")
        parser.add_argument("--workers", type=int, default=0, help="网站进程数（默认 SQLite 1，PostgreSQL 2）")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        host, port = str(options["host"]), int(options["port"])
        if refused := doctor.refusals():
            raise CommandError("\n".join(f"{finding.text} → {finding.cure}" for finding in refused))
        if (taken := why_not_listen(host, port)) != "":
            raise CommandError(f"不能监听 {host}:{port}（{taken}）→ 换一个端口：luodi serve --port …")
        workers = int(options["workers"]) or (1 if connection.vendor == "sqlite" else 2)
        metrics.forget_ended()
        connection.close()
        self.stderr.write(f"http://{host}:{port}/  Ctrl-C 停止")
        if died := supervise({"网站": web_command(host, port, workers), "后台": worker_command()}):
            raise CommandError(f"{died}进程意外退出，已全部停下。原因见上面的日志。")


def why_not_listen(host: str, port: int) -> str:
    """The system's reason why this address cannot be served ("" = it can)."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def web_command(host: str, port: int, workers: int) -> list[str]:
    options = {"host": host, "port": port, "workers": workers, "interface": "wsgi", "blocking-threads": THREADS}
    said = [word for name, value in options.items() for word in (f"--{name}", str(value))]
    return [
        sys.executable,
        "-m",
        "granian",
        *said,
        "--no-ws",
        "--log-level",
        "warning",
        "luodi.config.wsgi:application",
    ]


def worker_command() -> list[str]:
    return [sys.executable, "-m", "luodi.cli", "worker"]


def supervise(commands: dict[str, list[str]]) -> str:
    """Run the commands side by side until a signal stops all (gives ""), or one of them ends (gives its name)."""
    stopped = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_signal: stopped.set())
    # Sessions of their own: a Ctrl-C in the terminal reaches them through us alone, once.
    running = {
        name: subprocess.Popen(command, start_new_session=True)  # noqa: S603 (our own fixed commands)
        for name, command in commands.items()
    }
    died = ""
    while not stopped.wait(POLL_SECONDS) and not died:
        died = next((name for name, process in running.items() if process.poll() is not None), "")
    _stop(list(running.values()))
    return died


def _stop(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        _end_orphans(process)


def _end_orphans(process: subprocess.Popen[bytes]) -> None:
    """What a killed process left behind in its session would go on holding the port."""
    with suppress(ProcessLookupError):  # nothing was left: as it should be
        os.killpg(process.pid, signal.SIGKILL)
