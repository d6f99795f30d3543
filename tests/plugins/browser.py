"""A real Chromium against the product, on a `live` database: `site`, `page`, `new_page`, `accessible`.

Mark such tests `browser`. A page that logs an error on the console, throws, or asks anything of
another host fails its test.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application
from django.db import connections
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.plugins.database import LiveDatabase

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge")
# Quiet: without these, Chromium looks for its maker's hosts at each start.
SWITCHES = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WIDE, NARROW = 1366, 390


def browser_path() -> str | None:
    chosen = os.environ.get("LUODI_CHROMIUM")
    return chosen or next((path for name in NAMES if (path := shutil.which(name))), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium: as root, apt-get install chromium fonts-noto-cjk; or set LUODI_CHROMIUM")
    connections.close_all()
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop in this thread. Django takes that for async code, and keeps
        # connections of its own for it, hence the closing before and after.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES, chromium_sandbox=os.geteuid() != 0)
        yield browser
        connections.close_all()
        browser.close()


class QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of requests that went as they should."""


@pytest.fixture
def site(live: LiveDatabase) -> Iterator[str]:
    """The product served from threads of this process, on the database `live`; gives its address."""
    application = get_wsgi_application()
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page_faults() -> Iterator[list[str]]:
    """What browsers complained of. A test that expects a complaint removes it from the list."""
    faults: list[str] = []
    yield faults
    assert not faults, "\n".join(faults)


def watch(page: Page, faults: list[str]) -> None:
    def console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(f"console {message.type} on {page.url}: {message.text}")

    def request(asked: Request) -> None:
        if urlsplit(asked.url).hostname not in ("127.0.0.1", "localhost", None):
            faults.append(f"{page.url} asked {asked.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: faults.append(f"error on {page.url}: {error}"))
    page.on("request", request)


@pytest.fixture
def new_page(chromium: Browser, site: str, page_faults: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a page with cookies of its own: `new_page()`, `new_page(width=390)`, `new_page(script=False)`."""
    contexts = []

    def make(*, width: int = WIDE, script: bool = True) -> Page:
        context = chromium.new_context(
            base_url=site,
            viewport={"width": width, "height": 844 if width < 600 else 768},
            has_touch=width < 600,
            java_script_enabled=script,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watch(page, page_faults)
        return page

    yield make
    for context in contexts:
        context.close()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture(scope="session")
def accessible() -> Callable[[Page], None]:
    """Assert that axe finds no fault of WCAG 2.2 AA on the page as it stands."""
    axe = AXE.read_text(encoding="utf-8")
    options = {"runOnly": {"type": "tag", "values": WCAG_22_AA}, "resultTypes": ["violations"]}

    def check(page: Page) -> None:
        page.evaluate(axe)
        violations = page.evaluate("options => axe.run(document, options)", options)["violations"]
        told = [
            f"{fault['id']}: {node['html'][:200]} — {node['failureSummary']}"
            for fault in violations
            for node in fault["nodes"]
        ]
        assert not told, f"{page.url}\n" + "\n".join(told)

    return check
