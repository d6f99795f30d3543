"""The components page in a real Chromium: readable in light and dark, by finger and by key, and at no width too wide.

Pictures of its sections are written to build/pictures for people to look at; no test compares them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib import reload
from pathlib import Path

import pytest
from django.urls import clear_url_caches
from playwright.sync_api import Page, expect
from pytest_django import Settings

from luodi.config import urls
from luodi.orgs.tests.factories import PASSWORD
from luodi.projects.tests.factories import make_world
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PICTURES = Path(__file__).resolve().parents[2] / "build" / "pictures"
FINGER = 44
"""Smallest side of what a finger presses, in pixels (tokens.css: --ld-hit). Links within a sentence are exempt."""
PRESSED = (
    "main .btn, main summary, main .ld-tab, main .ld-seg > a, main .ld-tag-x a, main .ld-choices label, main .ld-drop,"
    "main select, main textarea, main input:not([type=checkbox], [type=radio], [type=file], [type=hidden]),"
    "main .ld-pager a, main .ld-quick a, main .ld-toast a, .ld-rail a, .ld-topbar a, .ld-topbar summary"
)
TOO_SMALL = f"""all => all.filter(one => one.checkVisibility()).map(one => [one, one.getBoundingClientRect()])
    .filter(([_, box]) => Math.min(box.width, box.height) < {FINGER})
    .map(([one, box]) => `${{box.width}} x ${{box.height}}: ${{one.outerHTML.slice(0, 120)}}`)"""
UNSEEN = """() => {
    const style = getComputedStyle(document.activeElement), outer = document.activeElement.parentElement;
    const ring = style.boxShadow !== "none" || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    return ring || outer.matches(":focus-within") && getComputedStyle(outer).boxShadow !== "none"
        ? "" : document.activeElement.outerHTML.slice(0, 160);
}"""


@pytest.fixture
def _local(settings: Settings) -> Iterator[None]:
    """The addresses as they are in local settings."""
    settings.DEBUG = True
    reload(urls)
    clear_url_caches()
    yield
    settings.DEBUG = False
    reload(urls)
    clear_url_caches()


@pytest.fixture
def opened(_local: None, live: object, new_page: Callable[..., Page]) -> Callable[..., Page]:
    make_world()

    def open_it(*, width: int = WIDE, dark: bool = False) -> Page:
        page = new_page(width=width)
        page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
        page.goto("/sign-in/")
        page.locator("#id_username").fill("project_office")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("[type=submit]").click()
        page.goto("/dev/components/")
        page.wait_for_load_state("networkidle")
        return page

    return open_it


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_every_component_is_accessible_and_within_the_screen(
    opened: Callable[..., Page], accessible: Callable[[Page], None], width: int, dark: bool
) -> None:
    page = opened(width=width, dark=dark)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator("#menus summary").click()
    accessible(page)
    page.keyboard.press("Escape")
    page.locator("#dialogs").get_by_role("link", name="退回申请").click()
    accessible(page)
    page.keyboard.press("Escape")
    take_pictures(page, PICTURES / f"{width}-{'dark' if dark else 'light'}")


def take_pictures(page: Page, folder: Path) -> None:
    for section in page.locator(".ld-gal [id]:is(section, .ld-wide)").all():
        section.screenshot(path=folder / f"{section.get_attribute('id')}.png")


def test_dark_is_dark(opened: Callable[..., Page]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    assert opened().evaluate(ground) != opened(dark=True).evaluate(ground)


def test_what_a_finger_presses_is_large_enough(opened: Callable[..., Page]) -> None:
    page = opened(width=NARROW)
    assert page.locator(PRESSED).count() > 50
    assert page.locator(PRESSED).evaluate_all(TOO_SMALL) == []


def test_the_focus_is_seen_wherever_it_goes(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator(".ld-brand").focus()
    seen = set()
    for _step in range(300):
        page.keyboard.press("Tab")
        here = page.evaluate("[document.activeElement.tagName, document.activeElement === document.body]")
        if here[1]:
            break
        seen.add(here[0])
        assert page.evaluate(UNSEEN) == ""
    else:
        pytest.fail("the focus never comes to the end of the page")
    assert seen >= {"A", "BUTTON", "INPUT", "SELECT", "SUMMARY", "TEXTAREA"}


def test_a_menu_is_used_by_key(opened: Callable[..., Page]) -> None:
    page = opened()
    summary, first = page.locator("#menus summary"), page.get_by_role("link", name="填年度投资")
    summary.focus()
    page.keyboard.press("Enter")
    expect(first).to_be_visible()
    page.keyboard.press("Tab")
    expect(first).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_hidden()
    expect(summary).to_be_focused()


def test_a_dialog_holds_the_focus_and_gives_it_back(opened: Callable[..., Page]) -> None:
    page = opened()
    opener, dialog = page.locator("#dialogs").get_by_role("link", name="退回申请"), page.locator("#sample-dialog")
    opener.focus()
    page.keyboard.press("Enter")
    expect(dialog.locator("textarea")).to_be_focused()
    for _step in range(6):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(opener).to_be_focused()
    page.keyboard.press("Enter")
    dialog.get_by_role("link", name="不退").press("Enter")
    expect(dialog).to_be_hidden()


def test_tabs_are_links_in_their_order_and_say_which_is_open(opened: Callable[..., Page]) -> None:
    page = opened()
    tabs = page.locator("#sample-tabs .ld-tab")
    expect(tabs.first).to_have_attribute("aria-current", "page")
    tabs.first.focus()
    page.keyboard.press("Tab")
    expect(tabs.nth(1)).to_be_focused()


def test_the_present_page_of_a_long_row_is_in_sight_on_a_phone(opened: Callable[..., Page]) -> None:
    page = opened(width=NARROW)
    page.goto("/projects/import/")
    box = page.locator(".ld-pages [aria-current]").bounding_box()
    row = page.locator(".ld-pages").bounding_box()
    assert box is not None
    assert row is not None
    assert row["x"] <= box["x"]
    assert box["x"] + box["width"] <= row["x"] + row["width"] + 1
