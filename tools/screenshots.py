"""Take the pictures of README and handbook: docs/screenshots/NAME.png, from a fresh demo county.

Everything lives in a temporary folder, unless the data folder of a ready demo county is named.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.plugins.browser import NARROW, SWITCHES, WIDE, browser_path  # noqa: E402

LUODI = str(Path(sys.executable).parent / "luodi")
PICTURES = ROOT / "docs" / "screenshots"
PASSWORD = re.compile(r"^PASSWORD = \"([^\"]+)\"", re.MULTILINE)
PROJECT = "a[href^='/projects/'][href$='/']:not([href='/projects/'])"
PATIENCE_SECONDS = 60


@dataclass(frozen=True)
class Shot:
    name: str
    user: str  # "" = not signed in
    path: str
    follow: str = ""  # a selector whose first match is opened from there
    tab: str = ""
    width: int = WIDE


SHOTS = [
    Shot("sign-in", "", "/sign-in/"),
    Shot("desk", "project_office", "/"),
    Shot("projects", "project_office", "/projects/"),
    Shot("projects-phone", "project_office", "/projects/", width=NARROW),
    Shot("project", "project_office", "/projects/", f"main {PROJECT}"),
    Shot("project-history", "project_office", "/projects/", f"main {PROJECT}", "history"),
    Shot("project-people", "project_office", "/projects/", f"main {PROJECT}", "people"),
    Shot("project-phone", "project_office", "/projects/", f"main {PROJECT}", width=NARROW),
    Shot("obstacles", "project_office", "/projects/obstacles/"),
    Shot("units", "project_office", "/units/"),
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if server.poll() is not None:
            sys.exit(f"the server ended with {server.returncode}")
        try:
            urlopen(address, timeout=2).close()  # noqa: S310 (an address of this machine, made above)
        except (URLError, ConnectionError):
            time.sleep(0.2)
        else:
            return
    sys.exit(f"{address} did not answer within {PATIENCE_SECONDS} s")


@contextmanager
def served(ready: str = "") -> Iterator[str]:
    """The demo county behind an address: a fresh one, or the one of the data folder `ready`."""
    with tempfile.TemporaryDirectory(prefix="luodi-shots-") as fresh:
        environment = {**os.environ, "LUODI_DATA": ready or fresh}
        environment.pop("DATABASE_URL", None)
        subprocess.run([LUODI, "migrate", "--verbosity", "0"], env=environment, check=True)
        if not ready:
            subprocess.run([LUODI, "demo", "--no-serve"], env=environment, check=True, stdout=subprocess.DEVNULL)
        port = free_port()
        server = subprocess.Popen([LUODI, "serve", "--port", str(port)], env=environment)
        try:
            wait_for(f"http://127.0.0.1:{port}/sign-in/", server)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(timeout=PATIENCE_SECONDS)


def sign_in(page: Page, user: str) -> None:
    found = PASSWORD.search((ROOT / "src" / "luodi" / "demo" / "people.py").read_text(encoding="utf-8"))
    assert found, "the password of the demo accounts stands no longer in luodi/demo/people.py"
    page.goto("/sign-in/")
    page.fill("input[name=username]", user)
    page.fill("input[name=password]", found[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "sign-in" not in url)


def take(browser: Browser, site: str, shot: Shot) -> None:
    height = 844 if shot.width == NARROW else 900
    context = browser.new_context(
        base_url=site, viewport={"width": shot.width, "height": height}, locale="zh-CN", timezone_id="Asia/Shanghai"
    )
    page = context.new_page()
    if shot.user:
        sign_in(page, shot.user)
    page.goto(shot.path)
    if shot.follow:
        target = page.locator(shot.follow).first.get_attribute("href")
        page.goto(f"{target}?tab={shot.tab}" if shot.tab else str(target))
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{shot.name}.png")
    context.close()


def main() -> int:
    path = browser_path()
    if path is None:
        print("no Chromium: as root, apt-get install chromium fonts-noto-cjk", file=sys.stderr)
        return 1
    PICTURES.mkdir(parents=True, exist_ok=True)
    with served(*sys.argv[1:2]) as site, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES, chromium_sandbox=os.geteuid() != 0)
        for number, shot in enumerate(SHOTS, 1):
            print(f"{number}/{len(SHOTS)}  {shot.name}", flush=True)
            take(browser, site, shot)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
