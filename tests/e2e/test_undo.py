"""A ledger of the wrong year is taken back on the day it came in, in a real Chromium: at a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from luodi.kernel import acts, jobs
from luodi.orgs.models import User
from luodi.orgs.tests.factories import PASSWORD
from luodi.projects.models import ImportBatch, Project
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.ledger_county import another_importer, imported, ledger, make_ledger_county, plain_row
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WHY = "整份台账传错了年度"


@pytest.fixture
def office(live: object) -> User:
    return make_ledger_county()


def wrong_ledger(office: User) -> Project:
    """One project is there before; the wrong ledger changes it and enters two; a colleague works on one of those. Gives it."""
    imported(office, ledger([plain_row(1)]), "去年.xlsx")
    imported(office, ledger([plain_row(1, total=9000), plain_row(2), plain_row(3)]), "错的.xlsx")
    kept = Project.objects.get(name__endswith="0003")
    colleague = another_importer()
    acts.run(project_edit, by=colleague, project_id=kept.pk, seen=kept.version, changes={"remark": "补充"})
    return kept


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_a_wrong_ledger_is_taken_back(
    new_page: Callable[..., Page],
    accessible: Callable[[Page], None],
    page_faults: list[str],
    office: User,
    width: int,
) -> None:
    kept = wrong_ledger(office)
    page = new_page(width=width)
    page.goto("/sign-in/")
    page.locator("#id_username").fill("office")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("[type=submit]").click()
    page.wait_for_load_state("networkidle")
    page.goto("/projects/import/")
    accessible(page)
    page.get_by_role("link", name="错的.xlsx").click()
    accessible(page)
    page.get_by_role("link", name="撤销这次导入").click()
    accessible(page)
    expect(page.locator("main")).to_contain_text("动过这个项目")
    expect(page.get_by_role("link", name=kept.name)).to_be_visible()
    page.locator("main").get_by_role("link", name="会作废的").click()
    expect(page.locator("main table")).to_contain_text("青石镇水厂改造0002")
    page.locator("#id_reason").fill("无")
    page.get_by_role("button", name="撤销这次导入", exact=True).click()
    expect(page.locator("main")).to_contain_text("请写明为什么撤销")
    accessible(page)
    assert "422" in page_faults.pop()  # the refusal, which browsers call a fault
    page.locator("#id_reason").fill(WHY)
    page.get_by_role("button", name="撤销这次导入", exact=True).click()
    expect(page.locator("h1")).to_have_text("正在撤销")
    accessible(page)
    while jobs.work_once():
        pass
    expect(page.locator("h1")).to_have_text("已撤销的导入")  # the page asks by itself
    accessible(page)
    expect(page.locator("main table")).to_contain_text(kept.name)
    page.get_by_role("link", name=kept.name).click()
    page.goto(f"{kept.get_absolute_url()}?tab=history")
    expect(page.locator("main")).to_contain_text("撤销导入时留着")
    page.goto("/projects/import/")
    expect(page.locator("main table")).to_contain_text("已撤销")
    assert ImportBatch.objects.get(name="错的.xlsx").undo_counts == {"void": 1, "restored": 1, "left": 1}
