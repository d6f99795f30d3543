"""Who answers for what is seen, and somebody leaves with all that he holds, as its people do it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from luodi.orgs.models import Member
from luodi.projects.models import Project
from luodi.projects.tests.factories import County, make_project, make_world, other_member
from tests.e2e.test_rules import come
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
NOTE = "合同、图纸已交，用地批文还没下来"


@pytest.fixture
def world(live: object) -> County:
    """One unit with two projects of one officer, and a colleague who has nothing yet."""
    world = make_world()
    for _number in range(2):
        make_project(world)
    other_member(world)
    return world


def at_ease(page: Page, accessible: Callable[[Page], None], width: int) -> None:
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_head_sees_who_has_what_and_lets_an_officer_leave(
    new_page: Callable[..., Page],
    accessible: Callable[[Page], None],
    page_faults: list[str],
    world: County,
    width: int,
) -> None:
    page = come(new_page, "unit_head", width)
    page.get_by_role("link", name="谁负责什么").click()
    expect(page.locator("h1")).to_have_text("责任")
    row = page.locator("tbody tr", has_text="张一")
    expect(row).to_contain_text("2")
    at_ease(page, accessible, width)
    expect(page.get_by_role("link", name="没有负责的事")).to_have_count(0)
    page.get_by_role("link", name="张一").click()
    at_ease(page, accessible, width)

    page.get_by_role("link", name="离任交接").click()
    at_ease(page, accessible, width)
    page.get_by_role("button", name="交接并办理离任").click()
    expect(page.locator(".invalid-feedback").first).to_be_visible()
    assert "422" in page_faults.pop(), "Chromium complains of a refused form"
    at_ease(page, accessible, width)
    page.get_by_label("项目专人 2 件，交给").select_option(label="李二（水利局）")
    page.get_by_label("交接情况").fill(NOTE)
    page.get_by_role("button", name="交接并办理离任").click()
    expect(page.get_by_text("张一已离任，手上的事都交接了。")).to_be_visible()
    at_ease(page, accessible, width)
    assert Member.objects.get(name="张一").state == "left"
    assert set(Project.objects.values_list("officer__name", flat=True)) == {"李二"}


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_government_office_sees_who_has_nothing(
    new_page: Callable[..., Page], accessible: Callable[[Page], None], world: County, width: int
) -> None:
    """A head sees a part only, and is not told: what a colleague leads elsewhere he does not see."""
    page = come(new_page, "government_office", width)
    page.goto("/responsibility/")
    page.get_by_role("link", name="没有负责的事").click()
    expect(page.locator("tbody tr", has_text="李二")).to_be_visible()
    at_ease(page, accessible, width)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_government_office_lets_a_head_leave(
    new_page: Callable[..., Page], accessible: Callable[[Page], None], world: County, width: int
) -> None:
    head = world.unit.head
    assert head is not None
    page = come(new_page, "government_office", width)
    page.goto(f"/people/{head.pk}/")
    page.get_by_role("link", name="离任交接").click()
    at_ease(page, accessible, width)
    page.get_by_label("主要领导的单位 1 件，交给").select_option(label="李二（水利局）")
    page.get_by_label("交接情况").fill(NOTE)
    page.get_by_role("button", name="交接并办理离任").click()
    page.wait_for_load_state("networkidle")
    at_ease(page, accessible, width)
    assert set(Project.objects.values_list("principal__name", flat=True)) == {"李二"}
    world.unit.refresh_from_db()
    assert world.unit.head == Member.objects.get(name="李二")
