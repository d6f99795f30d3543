"""A rule is changed as its people change it: proposed with its preview, decided by another, in force with what it does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from luodi.kernel import acts, clock, jobs
from luodi.orgs.tests.factories import PASSWORD
from luodi.projects.models import Project
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.tests.factories import make_project, make_world
from luodi.rulebook.models import TableVersion
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def project(live: object) -> Project:
    """One with an obstacle promised in ten days: green while lamps turn blue seven days before."""
    world = make_world()
    project = make_project(world)
    told = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, clock.today() + timedelta(days=10))
    acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)
    return project


def come(new_page: Callable[..., Page], name: str, width: int) -> Page:
    page = new_page(width=width)
    page.goto("/sign-in/")
    page.locator("#id_username").fill(name)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").click()
    page.wait_for_load_state("networkidle")
    return page


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_numbers_of_the_lamps_are_changed(
    new_page: Callable[..., Page],
    accessible: Callable[[Page], None],
    page_faults: list[str],
    project: Project,
    width: int,
) -> None:
    office = come(new_page, "project_office", width)
    office.goto("/rules/")
    accessible(office)
    office.get_by_role("link", name="预警和时限的数字").click()
    accessible(office)
    office.get_by_role("link", name="提出修改").click()
    office.get_by_label("落后多少亮黄灯").fill("200")
    office.locator("#id_note").fill("柏政发〔2026〕3号")
    office.locator("#id_valid_from").fill(clock.today().isoformat())
    office.get_by_role("button", name="看看会改变什么", exact=True).last.click()
    expect(office.locator(".invalid-feedback")).to_contain_text("要在")
    assert "422" in page_faults.pop(), "Chromium complains of a refused form"
    accessible(office)
    office.get_by_label("落后多少亮黄灯").fill("10")
    office.get_by_label("堵点到承诺日前几天亮蓝灯").fill("14")
    office.get_by_role("button", name="看看会改变什么", exact=True).last.click()
    effect = office.locator(".ld-check li", has_text="今天会变蓝灯的项目")
    expect(effect).to_contain_text("1")
    accessible(office)
    assert office.evaluate("document.documentElement.scrollWidth") <= width
    with office.expect_navigation():
        effect.get_by_role("link").click()
    expect(office.get_by_role("link", name=project.name)).to_be_visible()
    accessible(office)
    office.go_back()
    assert not TableVersion.objects.exists(), "nothing is saved before it is proposed"
    office.get_by_role("button", name="提出，等政府办公室决定").click()
    office.wait_for_load_state("networkidle")
    accessible(office)

    government = come(new_page, "government_office", width)
    government.get_by_role("link", name="看修改").click()
    expect(government.locator(".ld-check li", has_text="今天会变蓝灯的项目")).to_contain_text("1")
    accessible(government)
    assert government.evaluate("document.documentElement.scrollWidth") <= width
    government.get_by_role("button", name="批准", exact=True).click()
    government.wait_for_load_state("networkidle")
    expect(government.locator("h1")).to_contain_text("已批准")
    assert jobs.work_once() == 1
    office.goto("/projects/?lamp=blue")
    expect(office.get_by_role("link", name=project.name)).to_be_visible()


def test_rows_come_and_go_with_and_without_script(new_page: Callable[..., Page], project: Project) -> None:
    """The same buttons: with script the page stays where it is, without it is drawn anew; what was typed stays."""
    year = (clock.today() + timedelta(days=366)).year
    for script in (True, False):
        page = new_page(script=script)
        page.goto("/sign-in/")
        page.locator("#id_username").fill("project_office")
        page.locator("#id_password").fill(PASSWORD)
        page.locator("[type=submit]").click()
        page.goto(f"/rules/calendar_{year}/propose")
        rows = page.locator(".ld-sheet tbody tr")
        begun = rows.count()
        page.get_by_role("button", name="加一行").click()
        expect(rows).to_have_count(begun + 1)
        page.locator(f"[name='{begun}-name']").fill("县庆")
        page.get_by_role("button", name="加一行").click()
        expect(rows).to_have_count(begun + 2)
        expect(page.locator(f"[name='{begun}-name']")).to_have_value("县庆")
        page.get_by_role("button", name=f"删去第 {begun + 2} 行").click()
        expect(rows).to_have_count(begun + 1)
        page.get_by_role("button", name=f"删去第 {begun + 1} 行").click()
        expect(rows).to_have_count(begun)
