"""The page of results and the quick list: by kind, marked, escaped, paged, and few queries."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member
from luodi.projects.tests.factories import County, give, make_company, make_project, make_world
from luodi.search import rules

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    client.get(reverse("search"))  # the first request of a session notes when it began
    return client


def page(user: User, **query: Any) -> str:
    answer = sign_in(user).get(reverse("search"), query)
    assert answer.status_code == 200
    return answer.content.decode()


def quick(user: User, typed: str) -> str:
    return sign_in(user).get(reverse("search"), {"q": typed}, headers={"hx-request": "true"}).content.decode()


def test_hits_stand_by_kind_with_their_count_and_marks(world: County) -> None:
    project = make_project(world, name="海川冷链仓", investor=make_company("海川饮品"))
    give(project, "proposal", world.officer, title="海川建议书")
    text = page(world[Role.PROJECT_OFFICE], q="海川")
    assert "“海川”找到 3 个" in text
    assert text.index(">项目<") < text.index(">企业<") < text.index(">佐证<")
    assert f'<a class="ld-name" href="{project.get_absolute_url()}"><mark>海川</mark>冷链仓</a>' in text
    assert f'href="{project.get_absolute_url()}?tab=evidence"' in text
    assert f"{project.name} · " in text or project.name in text.partition(">佐证<")[2]


def test_one_kind_alone_is_paged(world: County) -> None:
    for number in range(rules.PAGE + 3):
        make_member(world.unit, f"海川{number}")
    make_company("海川饮品")
    office = world[Role.PROJECT_OFFICE]
    first = page(office, q="海川", kind="member")
    assert first.count('class="ld-name"') == rules.PAGE
    assert "海川饮品" not in first
    assert page(office, q="海川", kind="member", page="2").count('class="ld-name"') == 3
    assert page(office, q="海川", kind="member", page="x").count('class="ld-name"') == rules.PAGE
    assert page(office, q="海川", kind="nothing").count('class="ld-name"') == 5 + 1


def test_more_than_are_counted_are_told_as_more(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "COUNTED", 2)
    for number in range(3):
        make_company(f"海川{number}")
    text = page(world[Role.PROJECT_OFFICE], q="海川")
    assert "“海川”找到 2 个以上" in text
    assert "企业 2+" in text


def test_nothing_found_says_what_was_searched_and_how_else(world: County) -> None:
    text = page(world[Role.PROJECT_OFFICE], q="没有这样的")
    assert "没有找到“没有这样的”" in text
    assert "拼音首字母" in text
    assert "名称、统一社会信用代码" in text
    assert "人员" not in page(world[Role.BANK_CLERK], q="没有这样的").partition("<main")[2]


def test_an_empty_question_shows_what_can_be_searched(world: County) -> None:
    text = page(world[Role.PROJECT_OFFICE])
    assert "输入名称、拼音首字母或编号" in text


def test_what_is_typed_and_what_is_stored_is_escaped(world: County) -> None:
    make_project(world, name="海川<b>仓", summary="<script>海川</script>")
    for text in (page(world[Role.PROJECT_OFFICE], q="海川"), quick(world[Role.PROJECT_OFFICE], "海川")):
        assert "<b>仓" not in text
        assert "<script>海" not in text
        assert "&lt;b&gt;仓" in text
    typed = "\"'><img src=x onerror=alert(1)>"
    for text in (page(world[Role.PROJECT_OFFICE], q=typed), quick(world[Role.PROJECT_OFFICE], typed)):
        assert "<img" not in text


def test_the_quick_list_is_a_part_of_a_page(world: County) -> None:
    for number in range(rules.QUICK + 2):
        make_company(f"海川{number}")
    text = quick(world[Role.PROJECT_OFFICE], "海川")
    assert "<html" not in text
    assert text.count('role="option"') == rules.QUICK + 1  # and one that leads to all of them
    assert f"看全部企业（{rules.QUICK + 2}）" in text
    assert "没有找到" in quick(world[Role.PROJECT_OFFICE], "没有这样的")


def test_a_company_leads_to_its_projects(world: County) -> None:
    make_project(world, name="冷链仓", investor=make_company("海川饮品有限公司"))
    office = world[Role.PROJECT_OFFICE]
    row = page(office, q="海川饮品", kind="company")
    address = row.partition('<a class="ld-name" href="')[2].partition('"')[0].replace("&amp;", "&")
    assert "冷链仓" in sign_in(office).get(address).content.decode()


def test_the_box_is_on_every_page_of_who_may_search(world: County) -> None:
    for role, user in world.cast.items():
        text = sign_in(user).get(reverse("password_change")).content.decode()
        administrator = role in {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
        assert ("data-find" in text) is not administrator, role


@pytest.mark.parametrize("kind", ["", "member", "company"])
def test_queries_are_few(world: County, kind: str) -> None:
    client = sign_in(world[Role.PROJECT_OFFICE])

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get(reverse("search"), {"q": "海川", "kind": kind})
        return len(caught)

    project = make_project(world, name="海川", investor=make_company("海川饮品"))
    make_member(world.unit, "海川人")
    give(project, "proposal", world.officer, title="海川建议书")
    few = asked()
    for number in range(8):
        other = make_project(world, name=f"海川{number}", investor=make_company(f"海川饮品{number}"))
        make_member(world.unit, f"海川人{number}")
        give(other, "proposal", world.officer, title="海川建议书")
    assert asked() == few <= 6
