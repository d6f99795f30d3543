"""The main job, walked as its people walk it, in a real Chromium: at a desk and on a phone.

A project office imports a ledger and mends two rows; a project goes through a gate by two people, is handed over,
suspended, and given up with its explanation; all of it stands on its timeline. No console error, no axe violation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from luodi.kernel import clock, jobs
from luodi.orgs.models import Member, Unit
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import PASSWORD, make_member, make_user
from luodi.projects.models import Project
from luodi.projects.tests.factories import pdf
from luodi.projects.tests.ledger_county import LEDGERS, make_ledger_county
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "古驿镇华宇旅游公路改建项目"


@dataclass(slots=True)
class Walker:
    """One person at one browser; every page he comes to is looked at by axe."""

    page: Page
    accessible: Callable[[Page], None]

    def go(self, path: str) -> None:
        self.page.goto(path)
        self.look()

    def look(self) -> None:
        self.page.wait_for_load_state("networkidle")
        self.accessible(self.page)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()
        self.look()

    def fill(self, **values: str) -> None:
        for name, value in values.items():
            self.page.locator(f"#id_{name}").fill(value)

    def choose(self, name: str, label: str) -> None:
        self.page.locator(f"#id_{name}").select_option(label=label)

    def tick(self, name: str, value: str) -> None:
        self.page.locator(f"input[name={name}][value={value}]").check()

    def attach(self, path: Path) -> None:
        self.page.locator("input[type=file]").first.set_input_files(path)


@pytest.fixture
def people(live: object) -> dict[str, str]:
    """User names of those who act, by what they are."""
    make_ledger_county(whole=True)
    roads = Unit.objects.get(name="交通运输局")
    assert roads.head is not None
    make_user(roads.head, Role.UNIT_HEAD, username="head")
    make_user(make_member(roads, "邓二十", Role.UNIT_OFFICER), username="officer")
    make_user(Member.objects.get(name="甲县长"), username="leader")
    make_user(make_member(Unit.objects.get(code="O02"), "秦三十"), Role.GOVERNMENT_OFFICE, username="government")
    return {name: name for name in ("office", "head", "officer", "leader", "government")}


@pytest.fixture
def come(
    new_page: Callable[..., Page], accessible: Callable[[Page], None], people: dict[str, str]
) -> Callable[[str, int], Walker]:
    """Sign in as one of the people."""

    def signed_in(name: str, width: int) -> Walker:
        walker = Walker(new_page(width=width), accessible)
        walker.go("/sign-in/")
        walker.fill(username=people[name], password=PASSWORD)
        walker.page.locator("[type=submit]").click()
        walker.look()
        return walker

    return signed_in


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_main_job(come: Callable[[str, int], Walker], tmp_path: Path, width: int) -> None:
    office = come("office", width)
    import_ledger(office)
    project = Project.objects.get(name=NAME)
    through_the_gate(come, office, project, tmp_path, width)
    handed_over(come, project, width)
    suspended(come, project, width)
    given_up(come, office, project, tmp_path, width)
    office.go(f"{project.get_absolute_url()}?tab=history")
    told = office.page.locator(".ld-side .ld-time").inner_text()
    for words in (
        "入库",
        "申报进入在谈",
        "进入在谈认定",
        "专人交接",
        "申请暂停",
        "同意暂停",
        "写下经验",
        "经验被接受",
        "提出终止终结",
        "终结：终止",
    ):
        assert words in told, words


def import_ledger(office: Walker) -> None:
    """Upload the sample, look at the columns, mend two rows, accept, and see what it did."""
    office.go("/projects/import/new")
    office.attach(LEDGERS / "sample.xlsx")
    office.press("上传，看列名")
    office.press("对，看预览")
    mend(office, 17, "5500")
    mend(office, 30, "林业局")
    office.page.locator("button", has_text="入库").first.click()
    office.look()
    work()
    office.page.reload()
    office.look()
    expect(office.page.locator("h1")).to_have_text("入库完成")
    office.page.get_by_role("link", name="看新增的项目").click()
    office.look()
    office.go("/projects/?q=gyzhylygl")
    expect(office.page.locator("table")).to_contain_text(NAME)


def mend(office: Walker, row: int, value: str) -> None:
    """Put one cell of a wrong row right."""
    line = office.page.locator("tr", has=office.page.locator(f"input[name=row][value='{row}']"))
    line.locator("summary.btn").click()
    line.locator("input[type=text]").first.fill(value)
    line.locator("button", has_text="改好，再核对").click()
    office.look()
    expect(office.page.locator(f"tr:has(input[name=row][value='{row}'])", has_text="改好，再核对")).to_have_count(0)


def through_the_gate(
    come: Callable[[str, int], Walker], office: Walker, project: Project, folder: Path, width: int
) -> None:
    officer = come("officer", width)
    page = project.get_absolute_url()
    officer.go(f"{page}edit")
    officer.fill(summary="改建二级公路 12 公里")
    officer.choose("industry", "48 土木工程建筑业")
    officer.press("保存")
    officer.go(f"{page}evidence?kind=proposal")
    officer.attach(file_in(folder))
    officer.press("提交")
    officer.go(f"{page}gate")
    officer.press("申报")
    expect(officer.page.locator(".ld-gate")).to_contain_text("已申报")
    office.go(page)
    office.page.get_by_role("link", name="认定进入在谈").click()
    office.look()
    office.press("认定")
    project.refresh_from_db()
    assert project.stage == "negotiating"


def handed_over(come: Callable[[str, int], Walker], project: Project, width: int) -> None:
    head = come("head", width)
    head.go(f"{project.get_absolute_url()}hand-over/officer")
    option = head.page.locator("#id_member option", has_text="邓二十").inner_text()
    head.choose("member", option)
    head.fill(note="合同草稿和测量图已交，投标书还在编")
    head.press("交接")
    project.refresh_from_db()
    assert project.officer.name == "邓二十"


def suspended(come: Callable[[str, int], Walker], project: Project, width: int) -> None:
    head = come("head", width)
    head.go(f"{project.get_absolute_url()}suspend")
    head.fill(look_again_on=(clock.today() + timedelta(days=60)).isoformat(), reason="投资方重组，两个月内定不下来")
    head.press("申请")
    leader = come("leader", width)
    leader.go("/")
    leader.page.get_by_role("link", name="答复").first.click()
    leader.look()
    leader.press("同意暂停")
    project.refresh_from_db()
    assert project.suspended


def given_up(come: Callable[[str, int], Walker], office: Walker, project: Project, folder: Path, width: int) -> None:
    officer = come("officer", width)
    page = project.get_absolute_url()
    officer.go(f"{page}lesson")
    officer.fill(
        cause="签约前没有查清投资方的负债", otherwise="签约前先查征信和涉诉情况，再谈条款", applies_to="所有招商项目"
    )
    officer.press("提交")
    office.go("/")
    office.page.get_by_role("link", name="看经验").first.click()
    office.look()
    office.press("接受")
    officer.go(f"{page}give-up")
    officer.fill(story="投资方资金链断裂，重组未成，书面函告不再投资本项目。", left_behind="无遗留事项")
    officer.tick("causes", "investor")
    officer.choose("whose_investor", "投资方")
    officer.choose("chance", "无可能")
    officer.press("提出终止")
    government = come("government", width)
    government.go("/")
    government.page.get_by_role("link", name="看说明").first.click()
    government.look()
    government.fill(
        meeting="县政府第 12 次常务会议", meeting_on=clock.today().isoformat(), minute_number="〔2026〕12号"
    )
    government.attach(file_in(folder))
    government.press("接受，项目终结")
    project.refresh_from_db()
    assert (project.stage, project.end_kind) == ("ended", "given_up")


def file_in(folder: Path) -> Path:
    """A small PDF unlike any other."""
    upload = pdf()
    path = folder / f"{abs(hash(upload.data))}.pdf"
    path.write_bytes(upload.data)
    return path


def work() -> None:
    """Let the background worker do what is due."""
    while jobs.work_once():
        pass
