"""The quick list under the box of search, by keyboard and under an input method, in a real Chromium."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import unquote

import pytest
from playwright.sync_api import Page, expect

from luodi.orgs.tests.factories import PASSWORD
from luodi.projects.models import Project
from luodi.projects.tests.factories import make_company, make_project, make_world
from tests.plugins.browser import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def project(live: object) -> Project:
    world = make_world()
    for number in range(5):
        make_company(f"海川饮品{number}")
    return make_project(world, name="海川冷链仓")


def come(page: Page) -> Page:
    page.goto("/sign-in/")
    page.locator("#id_username").fill("project_office")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").click()
    page.wait_for_load_state("networkidle")
    return page


def test_the_quick_list(new_page: Callable[..., Page], project: Project, accessible: Callable[[Page], None]) -> None:
    page = come(new_page())
    box, options = page.get_by_role("combobox", name="搜索"), page.get_by_role("option")
    page.keyboard.press("/")
    expect(box).to_be_focused()
    page.keyboard.type("hcllc")
    expect(options).to_have_count(1)
    expect(box).to_have_attribute("aria-expanded", "true")
    box.fill("海川")
    expect(options).to_have_count(1 + 3 + 1)
    expect(page.locator("[data-find-said]")).to_contain_text("找到 6 个")
    accessible(page)
    page.keyboard.press("ArrowDown")
    expect(options.first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "quick-project-1")
    accessible(page)
    page.keyboard.press("ArrowUp")
    assert box.get_attribute("aria-activedescendant") is None
    page.keyboard.press("Escape")
    expect(page.locator("#search-quick")).to_be_hidden()
    expect(box).to_have_value("海川")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{project.get_absolute_url()}")


def test_enter_without_a_choice_opens_the_page(
    new_page: Callable[..., Page], project: Project, accessible: Callable[[Page], None]
) -> None:
    page = come(new_page())
    page.keyboard.press("/")
    page.keyboard.type("海川")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    assert unquote(page.url).endswith("?q=海川")
    expect(page.locator("h1")).to_have_text("“海川”找到 6 个")
    accessible(page)
    page.get_by_role("link", name="企业 5").click()
    expect(page.locator(".ld-hits li")).to_have_count(5)
    page.goto("/search/?q=没有这样的")
    accessible(page)


def test_an_input_method_is_let_finish(new_page: Callable[..., Page], project: Project) -> None:
    page = come(new_page())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/search/" in request.url else None)
    page.keyboard.press("/")
    keys = page.context.new_cdp_session(page)
    for typed in ("h", "ha", "hai"):
        keys.send("Input.imeSetComposition", {"text": typed, "selectionStart": len(typed), "selectionEnd": len(typed)})
    page.wait_for_timeout(500)
    assert asked == []
    keys.send("Input.insertText", {"text": "海川"})
    expect(page.get_by_role("option").first).to_contain_text("海川")
    assert len(asked) == 1


@pytest.mark.parametrize("script", [True, False])
def test_on_a_phone_the_box_is_a_page(
    new_page: Callable[..., Page], project: Project, accessible: Callable[[Page], None], script: bool
) -> None:
    page = come(new_page(width=NARROW, script=script))
    page.get_by_role("link", name="搜索", exact=True).click()
    page.locator("#find-again").fill("海川")
    page.get_by_role("button", name="搜索").click()
    expect(page.locator("h1")).to_have_text("“海川”找到 6 个")
    if script:
        accessible(page)
