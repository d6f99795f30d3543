"""A project and the library are looked at as they were at the end of a past day, and left again for today."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from luodi.kernel import acts, clock
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import PASSWORD
from luodi.projects.models import Project
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import make_project, make_world
from luodi.projects.views.page import TABS
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def project(live: object) -> Project:
    """One that was entered ten days ago under another name; and one of today."""
    with clock.standing_at(clock.now() - timedelta(days=10)):
        world = make_world()
        project = make_project(world, name="海川冷库")
    office = world[Role.PROJECT_OFFICE]
    acts.run(project_edit, by=office, project_id=project.pk, seen=project.version, changes={"name": "海川冷链园"})
    make_project(world, name="今天的项目")
    return project


def come(page: Page) -> Page:
    page.goto("/sign-in/")
    page.locator("#id_username").fill("project_office")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").click()
    page.wait_for_load_state("networkidle")
    return page


def look_back(page: Page, days: int) -> str:
    """Ask for the end of so many days ago; gives the day."""
    day = (clock.today() - timedelta(days=days)).isoformat()
    page.get_by_text("看某一天的样子").or_(page.get_by_text("换一天")).click()
    page.get_by_label("哪一天日终").fill(day)
    page.get_by_role("button", name="看", exact=True).click()
    return day


@pytest.mark.parametrize(("width", "script"), [(WIDE, True), (NARROW, True), (NARROW, False)])
def test_the_library_and_a_project_of_a_past_day(
    new_page: Callable[..., Page],
    accessible: Callable[[Page], None],
    page_faults: list[str],
    project: Project,
    width: int,
    script: bool,
) -> None:
    page = come(new_page(width=width, script=script))
    check = accessible if script else lambda _page: None
    page.goto("/projects/?sort=name")
    expect(page.locator("tbody tr")).to_have_count(2)
    check(page)
    day = look_back(page, 5)
    expect(page.locator("#as-of")).to_contain_text(f"这是 {day} 日终时系统所知的样子，只能看。")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page.get_by_role("link", name="新项目")).to_have_count(0)
    check(page)
    page.get_by_role("link", name="海川冷库").click()
    expect(page.locator("h1")).to_contain_text("海川冷库")
    expect(page.locator("#as-of")).to_contain_text(day)
    expect(page.get_by_text("办事", exact=True)).to_have_count(0)
    check(page)
    for tab in TABS:
        page.goto(f"{project.get_absolute_url()}?tab={tab}&on={day}")
        expect(page.locator("main form[method=post], main button")).to_have_count(0)
        check(page)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth") if script else True
    page.get_by_role("link", name="回到今天").click()
    expect(page.locator("h1")).to_contain_text("海川冷链园")
    expect(page.locator("#as-of")).to_have_count(0)
    look_back(page, 30)
    expect(page.locator("main")).to_contain_text("还没有入库")
    check(page)
    page.get_by_role("link", name="回到今天").click()
    expect(page.locator("h1")).to_contain_text("海川冷链园")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_field_of_the_day_stays_on_the_screen(
    new_page: Callable[..., Page], accessible: Callable[[Page], None], project: Project, width: int
) -> None:
    page = come(new_page(width=width))
    for address in ("/projects/", project.get_absolute_url()):
        page.goto(address)
        page.get_by_text("看某一天的样子").click()
        for part in (page.get_by_label("哪一天日终"), page.get_by_role("button", name="看", exact=True)):
            box = part.bounding_box()
            assert box is not None
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
        accessible(page)
        page.keyboard.press("Escape")
        expect(page.get_by_label("哪一天日终")).to_be_hidden()
