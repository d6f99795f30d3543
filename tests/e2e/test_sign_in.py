"""Signing in, in a real Chromium: an authenticator app, a passkey (a virtual authenticator), and a session that runs out
over a form that is half filled in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import Page, expect

from luodi.kernel import clock
from luodi.orgs.models import Member, Session, User
from luodi.orgs.rules import Role
from luodi.orgs.sessions import SEEN, SessionStore
from luodi.orgs.tests.factories import PASSWORD, make_member, make_unit, make_user
from tests.plugins.browser import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def admin(live: object, settings: Any) -> User:
    settings.LUODI_SECOND_FACTOR = "must"
    return make_user(make_member(make_unit(), "张一", Role.SECURITY_ADMIN), username="admin")


def sign_in(page: Page, username: str) -> None:
    page.locator("#id_username").fill(username)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()


def sign_out(page: Page) -> None:
    page.locator("summary.ld-me").click()
    page.get_by_role("button", name="退出", exact=True).click()


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def code_of(secret: str, *, later: int = 0) -> str:
    counter = int(clock.now().timestamp()) // 30 + later
    return str(format_hotp_value(hotp_value(secret, counter)))


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_an_administrator_sets_up_his_telephone_and_signs_in_with_it(
    admin: User,
    new_page: Callable[..., Page],
    page_faults: list[str],
    accessible: Callable[[Page], None],
    width: int,
) -> None:
    page = new_page(width=width)
    page.goto("/sign-in/")
    accessible(page)
    sign_in(page, "admin")
    page.goto("/admin/accounts/")
    expect(page.locator("h1")).to_have_text("账号安全")
    expect(page.locator(".ld-notice-warn")).to_contain_text("请先绑定")
    accessible(page)
    page.get_by_role("link", name="绑定手机验证器").click()
    accessible(page)
    secret = page.locator("code").inner_text().replace(" ", "")
    page.locator("#id_code").fill("000000")
    press(page, "绑定")
    expect(page.locator("[data-errors]")).to_be_visible()
    assert "422" in page_faults.pop()  # the browser's own word for a form refused
    assert page.locator("code").inner_text().replace(" ", "") == secret
    page.locator("#id_code").fill(code_of(secret))
    press(page, "绑定")
    expect(page.locator("h1")).to_have_text("恢复码")
    expect(page.locator("ol code")).to_have_count(10)
    accessible(page)
    kept = page.locator("ol code").first.inner_text()
    page.get_by_role("link", name="我已保存").click()
    accessible(page)
    sign_out(page)

    for code in (code_of(secret, later=1), kept):
        page.goto("/admin/accounts/")
        sign_in(page, "admin")
        expect(page.locator("h1")).to_have_text("两步验证")
        accessible(page)
        page.locator("#id_code").fill(code)
        press(page, "登录")
        page.wait_for_url("**/admin/accounts/")
        sign_out(page)


def test_a_passkey_opens_alone_and_as_the_second_step(
    admin: User, new_page: Callable[..., Page], site: str, accessible: Callable[[Page], None]
) -> None:
    page = new_page()
    virtual_authenticator(page)
    here = site.replace("127.0.0.1", "localhost")  # an address in numbers can hold no passkey
    page.goto(f"{here}/sign-in/")
    sign_in(page, "admin")
    page.get_by_role("link", name="添加通行密钥").click()
    accessible(page)
    page.locator("#id_name").fill("办公室电脑")
    press(page, "添加")
    expect(page.locator("h1")).to_have_text("恢复码")
    page.get_by_role("link", name="我已保存").click()
    expect(page.locator("#factors table")).to_contain_text("办公室电脑")
    sign_out(page)

    page.goto(f"{here}/admin/audit/../accounts/")
    press(page, "用通行密钥登录")
    page.wait_for_url("**/admin/accounts/")
    sign_out(page)

    page.goto(f"{here}/sign-in/")
    sign_in(page, "admin")
    press(page, "用通行密钥")
    page.wait_for_url("**/admin/accounts/")


def virtual_authenticator(page: Page) -> None:
    """A platform authenticator that knows its user at once."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})


@pytest.mark.parametrize(("width", "script"), [(WIDE, True), (NARROW, False)])
def test_what_was_filled_in_is_back_after_signing_in_again(
    live: object, new_page: Callable[..., Page], width: int, script: bool
) -> None:
    unit = make_unit()
    make_user(make_member(unit, "张一", Role.PROJECT_OFFICE), username="office")
    page = new_page(width=width, script=script)
    page.goto(f"/units/{unit.pk}/members/add/")
    sign_in(page, "office")
    page.wait_for_url("**/members/add/")
    page.locator("#id_name").fill("新来的")
    page.locator("#id_post").fill("科员")
    run_out()
    page.locator("main form button.btn-primary").click()
    expect(page.locator(".ld-messages")).to_contain_text("刚才填的内容都在")
    sign_in(page, "office")
    page.wait_for_url("**/members/add/")
    expect(page.locator(".ld-messages")).to_contain_text("还没有提交")
    expect(page.locator("#id_name")).to_have_value("新来的")
    expect(page.locator("#id_post")).to_have_value("科员")
    assert not Member.objects.filter(name="新来的").exists()
    page.locator("main form button.btn-primary").click()
    page.wait_for_url(f"**/units/{unit.pk}/")
    assert Member.objects.get(name="新来的").post == "科员"


def run_out() -> None:
    """Let every session have been unused for an hour."""
    long_ago: datetime = clock.now() - timedelta(hours=1)
    for row in Session.objects.exclude(account_id=None):
        store = SessionStore(row.session_key)
        store[SEEN] = int(long_ago.timestamp())
        store.save()


def test_the_end_of_an_unused_session_is_said_before(live: object, new_page: Callable[..., Page]) -> None:
    unit = make_unit()
    make_user(make_member(unit, "张一", Role.PROJECT_OFFICE), username="office")
    page = new_page()
    page.goto("/units/")
    sign_in(page, "office")
    page.clock.install()
    page.goto("/units/")
    page.clock.fast_forward("27:50")
    expect(page.locator(".ld-toast")).to_have_count(0)
    page.clock.fast_forward("00:20")
    expect(page.locator(".ld-toast")).to_contain_text("2 分钟后自动退出")
