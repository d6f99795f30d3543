"""What only a browser can tell of the pages: how much paper they take, menus without script, where a tab leads on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import PASSWORD
from luodi.projects.models import Project
from luodi.projects.rules import Stage
from luodi.projects.tests.factories import ask, bring_to, make_project, make_world
from luodi.projects.views.page import TABS
from tests.plugins.browser import NARROW

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def project(live: object) -> Project:
    world = make_world()
    return bring_to(make_project(world), Stage.PREPARING, world)


@pytest.fixture
def opened(new_page: Callable[..., Page], project: Project) -> Callable[..., Page]:
    """The project's page, or another, as the project office sees it."""

    def open_it(path: str = "", **how: int | bool) -> Page:
        page = new_page(**how)
        page.goto("/sign-in/")
        page.locator("#id_username").fill(Role.PROJECT_OFFICE.value)
        page.locator("#id_password").fill(PASSWORD)
        page.locator("[type=submit]").click()
        page.goto(path or project.get_absolute_url())
        return page

    return open_it


def sheets(page: Page) -> int:
    return len(re.findall(rb"/Type\s*/Page[^s]", page.pdf(format="A4")))


def test_a_project_is_printed_on_one_sheet_and_its_tabs_on_two_at_most(
    opened: Callable[..., Page], project: Project
) -> None:
    page = opened()
    assert sheets(page) == 1
    for tab in TABS:
        page.goto(f"{project.get_absolute_url()}?tab={tab}")
        assert sheets(page) <= 2, tab


def test_what_is_pressed_is_not_printed(opened: Callable[..., Page]) -> None:
    page = opened()
    page.emulate_media(media="print")
    for part in (".ld-rail", ".ld-topbar", ".ld-say", ".ld-menu", ".ld-gate .btn"):
        expect(page.locator(part).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_the_menu_of_acts_opens_by_key_with_script_and_without(opened: Callable[..., Page], script: bool) -> None:
    page = opened(script=script)
    page.locator(".ld-head summary", has_text="办事").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="登记堵点")).to_be_visible()


def test_the_open_menu_is_accessible(opened: Callable[..., Page], accessible: Callable[[Page], None]) -> None:
    page = opened(width=NARROW)
    page.locator(".ld-head summary", has_text="办事").click()
    accessible(page)


def test_a_chosen_tab_stands_on_top_of_a_phone(opened: Callable[..., Page]) -> None:
    page = opened(width=NARROW)
    page.locator(".ld-tabs").get_by_role("link", name="资金").click()
    page.wait_for_url("**tab=money#tabs")
    page.wait_for_load_state("networkidle")
    top = page.locator(".ld-tabs").bounding_box()
    assert top is not None
    assert top["y"] < 120


def test_a_chosen_tab_does_not_move_a_wide_screen(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator(".ld-tabs").get_by_role("link", name="资金").click()
    page.wait_for_url("**tab=money#tabs")
    assert page.evaluate("scrollY") == 0


def test_the_rail_shows_how_much_waits_on_every_page(opened: Callable[..., Page], project: Project) -> None:
    ask(project, User.objects.get(member=project.officer))
    expect(opened("/projects/").locator(".ld-rail .ld-count")).to_have_text(re.compile(r"^1"))


def test_a_page_that_is_not_there_keeps_the_rail(
    opened: Callable[..., Page], accessible: Callable[[Page], None], page_faults: list[str]
) -> None:
    page = opened("/nothing/", width=NARROW)
    expect(page.locator("h1")).to_have_text("没有这一页，或者您看不到它")
    expect(page.locator(".ld-rail")).to_be_visible()
    accessible(page)
    page_faults[:] = [fault for fault in page_faults if "404" not in fault]


@pytest.mark.parametrize("width", [1366, NARROW])
def test_the_map_and_the_export_are_accessible_and_within_the_screen(
    opened: Callable[..., Page], accessible: Callable[[Page], None], width: int
) -> None:
    page = opened("/projects/map", width=width)
    accessible(page)
    page.locator(".ld-map a").first.click()
    expect(page.locator(".ld-map [aria-current]")).to_be_visible()
    page.locator(".ld-seg").get_by_role("link", name="表").click()
    page.locator("summary", has_text="导出所见").click()
    accessible(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Excel 文件").click()
    assert taken.value.suggested_filename.endswith(".xlsx")
    page.goto("/projects/export?stage=preparing")
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
