"""A leader lets his office decide for him, it does, everybody sees whose pen it was, and he takes it back."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from luodi.kernel import acts, clock
from luodi.orgs.rules import Role
from luodi.projects.models import Suspension
from luodi.projects.services.commitments import suspension_ask
from luodi.projects.tests.factories import County, make_project, make_world
from tests.e2e.test_rules import come
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def world(live: object) -> County:
    """One project that its principal asks to suspend: its leader agrees, or not."""
    world = make_world()
    until, why = clock.today() + timedelta(days=60), "等省里的土地批复下来再说"
    told: dict[str, Any] = {"project_id": make_project(world).pk, "reason": why, "look_again_on": until}
    acts.run(suspension_ask, by=world[Role.UNIT_HEAD], **told)
    return world


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_an_office_decides_for_a_leader_and_he_takes_it_back(
    new_page: Callable[..., Page],
    accessible: Callable[[Page], None],
    page_faults: list[str],
    world: County,
    width: int,
) -> None:
    def at_ease(page: Page) -> None:
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width

    leader, deputy = world[Role.COUNTY_LEADER].member.name, world[Role.GOVERNMENT_OFFICE].member.name
    asked = Suspension.objects.get()

    his = come(new_page, "county_leader", width)
    his.goto("/delegations/")
    at_ease(his)
    his.get_by_role("link", name="委托别人代办").click()
    expect(his.get_by_role("group", name="委托他办")).not_to_contain_text("认定")
    at_ease(his)
    his.get_by_label("代办人").select_option(label=f"{deputy} · 政府办公室")
    his.get_by_label("至", exact=True).fill((clock.today() + timedelta(days=7)).isoformat())
    his.get_by_label("事由").fill("外出学习")
    his.get_by_role("button", name="委托", exact=True).click()
    expect(his.locator(".invalid-feedback")).to_be_visible()
    assert "422" in page_faults.pop(), "Chromium complains of a refused form"
    at_ease(his)
    his.get_by_label("同意暂停").check()
    his.get_by_role("button", name="委托", exact=True).click()
    expect(his.get_by_role("row", name=deputy)).to_contain_text("同意暂停")
    at_ease(his)

    office = come(new_page, "government_office", width)
    expect(office.locator("[data-acting]")).to_have_count(0)
    at_ease(office)
    office.get_by_role("link", name=f"看{leader}的工作台").click()
    expect(office.locator("[data-acting]")).to_contain_text(f"{deputy}代{leader}")
    expect(office).to_have_url(re.compile(r"/as/\d+/"))
    at_ease(office)
    office.get_by_role("link", name="答复", exact=True).click()
    at_ease(office)
    office.get_by_role("button", name="同意暂停").click()
    at_ease(office)
    office.get_by_role("tab", name="变动").or_(office.get_by_role("link", name="变动")).first.click()
    expect(office.locator("#main li", has_text="同意暂停").first).to_contain_text(f"{deputy}代{leader}")
    at_ease(office)
    asked.refresh_from_db()
    assert asked.state == "agreed"
    assert asked.decided_by_id == world[Role.COUNTY_LEADER].member_id

    seen_by_others = come(new_page, "unit_head", width)
    seen_by_others.goto(f"/projects/suspensions/{asked.pk}/")
    expect(seen_by_others.get_by_text(f"{deputy}代{leader}").first).to_be_visible()
    at_ease(seen_by_others)

    his.reload()
    his.get_by_role("button", name=f"终止委托：{deputy}代{leader}").click()
    expect(his.get_by_role("row", name=deputy)).to_contain_text("已终止")
    office.reload()
    expect(office.locator("h1")).to_have_text("不能代办")
    assert "403" in page_faults.pop(), "Chromium complains of a refused page"
    at_ease(office)
    office.get_by_role("link", name="看我的委托").click()
    expect(office.locator("[data-acting]")).to_have_count(0)
