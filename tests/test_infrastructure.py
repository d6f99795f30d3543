"""The ground that all tests stand on: databases, network, refusals, layers, locks, set-up."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import polib
import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import connection, connections, transaction
from playwright.sync_api import Page

from tests.plugins import strict
from tests.plugins.database import Built, LiveDatabase
from tests.plugins.network import NetworkUsed
from tools import check_tree, messages, setup

ROOT = Path(__file__).resolve().parent.parent
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = PYPROJECT["tool"]["importlinter"]["contracts"]
# A contract of their own, not the file roles of an app (design.md); `api` only mounts the apps' routers.
NOT_APPS = {"luodi.kernel", "luodi.web", "luodi.api"}


def mark(name: str) -> None:
    ContentType.objects.create(app_label="infrastructure", model=name)


def marks() -> int:
    return ContentType.objects.filter(app_label="infrastructure").count()


@pytest.mark.django_db
@pytest.mark.parametrize("again", [1, 2])
def test_durable_transaction_works_in_db_test_and_leaves_nothing(again: int) -> None:
    with transaction.atomic(durable=True):
        mark("durable")
    assert marks() == 1


@pytest.mark.parametrize("again", [1, 2])
def test_live_database_commits_from_threads_and_starts_fresh(live: LiveDatabase, again: int) -> None:
    assert marks() == 0

    def write(name: str) -> None:
        try:
            with transaction.atomic(durable=True):
                mark(name)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=[f"thread{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks() == 4
    live.reset()
    assert marks() == 0


def test_live_database_is_reached_by_another_process(live: LiveDatabase) -> None:
    code = (
        "import django; django.setup()\n"
        "from django.contrib.contenttypes.models import ContentType as C\n"
        "C.objects.create(app_label='infrastructure', model='process')"
    )
    environment = os.environ | {"DATABASE_URL": live.url, "DJANGO_SETTINGS_MODULE": "luodi.config.settings"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    assert marks() == 1


BUILT: list[str] = []


def build_marks(count: int) -> list[str]:
    names = [f"built{number}" for number in range(count)]
    for name in names:
        mark(name)
    BUILT.append("once")
    return names


@pytest.mark.parametrize("again", [1, 2])
def test_what_is_built_is_built_once_and_what_a_test_does_is_undone(built: Built, again: int) -> None:
    names = built(build_marks, 3)
    assert marks() == 3
    names.append("mine")
    with transaction.atomic(durable=True):
        mark("mine")
    assert marks() == 4
    assert BUILT == ["once"]


@pytest.mark.django_db
def test_built_leaves_the_database_of_the_test_alone(built: Built) -> None:
    mark("before")
    built(build_marks, 3)
    assert marks() == 3


@pytest.mark.only_sqlite
def test_sqlite_is_a_file_in_wal_mode_under_test(live: LiveDatabase) -> None:
    with connection.cursor() as cursor:
        mode = cursor.execute("PRAGMA journal_mode").fetchone()
    assert mode == ("wal",)


@pytest.mark.only_postgres
def test_postgres_is_a_real_server_reached_by_socket(live: LiveDatabase) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('listen_addresses'), current_setting('max_connections')::int >= 60")
        assert cursor.fetchone() == ("", True)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("registry.invalid", 443)])
def test_network_is_off_but_for_loopback(address: tuple[str, int]) -> None:
    with socket.socket() as sock, pytest.raises(NetworkUsed):
        sock.connect(address)
    with socket.socket() as server, socket.socket() as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.connect(server.getsockname())


def collected(*fixtures: str, **marker: bool) -> pytest.Item:
    found = pytest.mark.django_db(**marker).mark if marker else None
    item = SimpleNamespace(fixturenames=fixtures, cls=None, get_closest_marker=lambda _name: found)
    return cast("pytest.Item", item)


def test_tests_that_flush_are_refused() -> None:
    flushing = {"transaction": True}
    assert strict.flushes(collected(**flushing))
    assert strict.flushes(collected("transactional_db"))
    assert strict.flushes(collected("live_server"))
    assert strict.mixes(collected("live", "db"))
    assert not strict.flushes(collected("db", transaction=False))
    assert not strict.mixes(collected("live"))


def test_every_app_is_under_the_layers_contract() -> None:
    """import-linter checks only the containers it is told of; a new app must not slip past."""
    listed = {container for contract in CONTRACTS for container in contract.get("containers", [])}
    source = ROOT / "src" / "luodi"
    apps = {f"luodi.{folder.name}" for folder in source.iterdir() if (folder / "apps.py").exists()}
    assert listed - {"luodi"} == apps - NOT_APPS - {"luodi.demo"}


def test_engines_are_forbidden_every_other_part() -> None:
    contract = next(contract for contract in CONTRACTS if contract["name"] == "engines import no app")
    parts = {f"luodi.{path.stem}" for path in (ROOT / "src" / "luodi").iterdir() if path.stem.isidentifier()}
    present = parts - {"luodi.__init__", "luodi.__pycache__", "luodi.engines", "luodi.locale"}
    assert set(contract["forbidden_modules"]) >= present


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock", "requirements-node.lock"])
def test_locks_have_hashes_and_name_no_host(name: str) -> None:
    lock = (ROOT / name).read_text()
    assert "://" not in lock
    packages = re.findall(r"^[\w.\-\[\]]+==.*(?:\n    .*)+", lock, re.MULTILINE)
    assert packages
    assert all("--hash=sha256:" in package for package in packages)


@pytest.mark.parametrize(
    ("version", "good"),
    [("v18.20.4", False), ("v20.18.9", False), ("v20.19.0", True), ("v21.7.0", False), ("v22.11.0", False),
     ("v22.12.0", True), ("v24.1.0", True), ("", False)],
)  # fmt: skip
def test_node_is_accepted_as_vite_does(version: str, good: bool) -> None:
    assert setup.accepted(version) is good


def test_lock_of_development_pins_uv_with_hashes() -> None:
    assert re.match(r"uv==[\d.]+ \\\n    --hash=sha256:", setup.uv_requirement())


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("docs/a.md", "see https://py" + "pi.org/x"),
        ("a.py", 'open("/wo' + 'rk/x")'),
        ("a.py", "# TO" + "DO later"),
        ("tests/test_a.py", "@pytest.mark.django_db(transaction" + "=True)"),
        ("src/luodi/web/templates/a.html", '<p sty' + 'le="color: red">'),
        ("src/luodi/web/templates/a.html", "<scr" + "ipt>go()</script>"),
        ("src/luodi/orgs/views.py", 'os.envi' + 'ron["X"]'),
    ],
)  # fmt: skip
def test_tree_check_finds(name: str, line: str) -> None:
    rules = [rule for rule in check_tree.RULES if rule.where.search(name) and not rule.elsewhere.search(name)]
    assert any(rule.wrong.search(line) for rule in rules)


def test_catalogue_check_finds_fuzzy_and_lost_placeholders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgid="共%(n)s项", msgstr="some items"))
    catalogue.append(polib.POEntry(msgid="项目", msgstr="Project", flags=["fuzzy"]))
    catalogue.append(polib.POEntry(msgid="登录", msgstr="", occurrences=[("orgs/passwords.py", "")]))
    catalogue.append(polib.POEntry(msgid="第%(n)s页", msgstr="page %(n)s"))
    catalogue.save(str(tmp_path / "django.po"))
    found = list(messages.faults(tmp_path / "django.po"))
    assert [fault.partition("': ")[2].split()[0].rstrip(",") for fault in found] == ["the", "fuzzy", "untranslated"]


@pytest.mark.browser
@pytest.mark.parametrize("width", [1366, 390])
def test_sign_in_page_opens_without_fault(
    new_page: Callable[..., Page], accessible: Callable[[Page], None], width: int
) -> None:
    page = new_page(width=width)
    page.goto("/")
    assert page.locator("input[type=password]").count() == 1
    accessible(page)
