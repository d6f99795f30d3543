"""In, out, locked, first password, and the ends of a session."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.services import accounts
from luodi.orgs.tests.factories import PASSWORD, make_cast, make_member, make_unit, make_user, submit

pytestmark = pytest.mark.django_db
UNITS = "/units/"


@pytest.fixture
def officer() -> User:
    return make_user(make_member(make_unit(), "张一", Role.UNIT_OFFICER), username="zhangyi")


def sign_in(client: Client, password: str = PASSWORD, *, username: str = "zhangyi", **more: str) -> int:
    sent = {"username": username, "password": password, **more}
    return client.post(reverse("sign_in"), sent).status_code


def signed_in(client: Client) -> bool:
    return client.get(UNITS).status_code == 200


def test_nobody_gets_in_without_signing_in(client: Client) -> None:
    for url in (UNITS, "/", "/no/such/page/", "/admin/accounts/"):
        answer = client.get(url)
        assert answer.status_code == 302, url
        assert answer["Location"].startswith(reverse("sign_in")), url
    assert client.get(reverse("health")).content == b"ok"


def test_the_way_back_is_kept_whole_and_leads_nowhere_else(client: Client, officer: User) -> None:
    asked = f"{UNITS}?q=a&kind=department"
    page = client.get(client.get(asked)["Location"])
    assert page.context["next"] == asked
    sent = {"username": "zhangyi", "password": PASSWORD}
    assert client.post(reverse("sign_in"), sent | {"next": asked})["Location"] == asked
    client.post(reverse("sign_out"))
    elsewhere = client.post(reverse("sign_in"), sent | {"next": "https://evil.example/"})["Location"]
    assert elsewhere.startswith("/")


def test_htmx_is_sent_to_sign_in_whole(client: Client) -> None:
    answer = client.get(UNITS, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert answer["HX-Redirect"].startswith(reverse("sign_in"))


def test_sign_in_and_out(client: Client, officer: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "luodi.sign_in"):
        assert sign_in(client, "wrong") == 422
        assert not signed_in(client)
        assert sign_in(client) == 302
        assert signed_in(client)
        assert client.get(reverse("sign_out")).status_code == 405
        assert client.post(reverse("sign_out")).status_code == 302
    assert not signed_in(client)
    told = [record.getMessage() for record in caplog.records if record.name == "luodi.sign_in"]
    assert told == ["sign-in failed", f"signed in: user:{officer.pk}", f"signed out: user:{officer.pk}"]


def test_each_comes_to_the_first_page_that_is_his(client: Client) -> None:
    cast = make_cast(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.PROJECT_OFFICE)
    pages = {"system_admin": "system_state", "security_admin": "account_list", "audit_admin": "audit_log"}
    for user in cast.values():
        sent = {"username": user.username, "password": PASSWORD}
        answer = Client().post(reverse("sign_in"), sent)
        assert answer["Location"] == reverse(pages.get(user.username, "desk"))


def test_five_failures_lock_the_account_for_a_quarter_of_an_hour(client: Client, officer: User) -> None:
    make_user(make_member(officer.member.unit, "李二", Role.UNIT_OFFICER), username="lier")
    assert [sign_in(client, "wrong") for _time in range(5)] == [422] * 4 + [429]
    locked = client.post(reverse("sign_in"), {"username": "zhangyi", "password": PASSWORD})
    assert locked.status_code == 429
    assert "15 分钟后再登录" in locked.content.decode()
    assert not signed_in(client)
    assert sign_in(Client(REMOTE_ADDR="10.0.0.9", HTTP_USER_AGENT="another")) == 429
    assert sign_in(Client(), username="lier") == 302
    AccessAttempt.objects.update(attempt_time=datetime.now(UTC) - timedelta(minutes=15, seconds=1))
    assert sign_in(client) == 302


def test_success_forgets_earlier_failures(client: Client, officer: User) -> None:
    for _round in range(2):
        assert [sign_in(client, "wrong") for _time in range(4)] == [422] * 4
        assert sign_in(client) == 302
        client.post(reverse("sign_out"))


def test_no_password_reaches_log_or_database(client: Client, officer: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        sign_in(client, "My-Secret-99")
        sign_in(client)
    assert "My-Secret-99" not in caplog.text
    assert PASSWORD not in caplog.text
    assert "My-Secret-99" not in str(list(AccessAttempt.objects.values_list()))


def test_first_password_is_changed_before_anything_else(client: Client) -> None:
    member = make_member(make_unit(), "张一", Role.UNIT_OFFICER)
    make_user(member, username="zhangyi", must_change=True)
    change = reverse("password_change")
    assert sign_in(client) == 302
    for url in (UNITS, "/", reverse("password_change_done")):
        assert client.get(url)["Location"] == change
    again = "Ziji-Dingde-1"
    for wrong in (
        {"old_password": "no", "password": again, "password_again": again},
        {"old_password": PASSWORD, "password": again, "password_again": "other"},
        {"old_password": PASSWORD, "password": "weak", "password_again": "weak"},
        {"old_password": PASSWORD, "password": PASSWORD, "password_again": PASSWORD},
    ):
        assert submit(client, change, **wrong).status_code == 422, wrong
    right = {"old_password": PASSWORD, "password": again, "password_again": again}
    assert submit(client, change, **right)["Location"] == reverse("password_change_done")
    assert signed_in(client)
    assert sign_in(Client(), again) == 302


def test_a_changed_password_ends_the_other_sessions(client: Client, officer: User) -> None:
    other = Client()
    assert [sign_in(client), sign_in(other)] == [302, 302]
    told = {"old_password": PASSWORD, "password": "Ziji-Dingde-1", "password_again": "Ziji-Dingde-1"}
    assert submit(client, reverse("password_change"), **told).status_code == 302
    assert signed_in(client)
    assert not signed_in(other)


def test_reset_and_shut_accounts_are_out_at_once(client: Client, officer: User) -> None:
    security = make_user(make_member(officer.member.unit, "李二", Role.SECURITY_ADMIN))
    assert sign_in(client) == 302
    acts.run(accounts.password_reset, by=security, user_id=officer.pk, password="Chongshe-2026")
    assert not signed_in(client)
    assert sign_in(client, "Chongshe-2026") == 302
    acts.run(accounts.account_switch, by=security, user_id=officer.pk, active=False)
    assert not signed_in(client)
    assert sign_in(client, "Chongshe-2026") == 422


def test_session_ends_when_idle(client: Client, officer: User) -> None:
    began = datetime.now(UTC)
    assert sign_in(client) == 302
    with clock.standing_at(began + timedelta(minutes=29)):
        assert signed_in(client)
    with clock.standing_at(began + timedelta(minutes=58)):
        assert signed_in(client)
    with clock.standing_at(began + timedelta(minutes=89)):
        assert not signed_in(client)
    assert not signed_in(client)


def test_session_ends_after_twelve_hours_however_busy(client: Client, officer: User) -> None:
    began = datetime.now(UTC)
    assert sign_in(client) == 302
    assert signed_in(client)
    for minutes in range(20, 12 * 60, 20):
        with clock.standing_at(began + timedelta(minutes=minutes)):
            assert signed_in(client), minutes
    with clock.standing_at(began + timedelta(hours=12, minutes=1)):
        assert not signed_in(client)


def test_forms_from_elsewhere_are_refused(officer: User) -> None:
    client = Client(enforce_csrf_checks=True)
    assert sign_in(client) == 403
    client.force_login(officer)
    for url in (reverse("sign_out"), reverse("password_change")):
        assert client.post(url, {"old_password": PASSWORD}).status_code == 403
    assert signed_in(client)


def test_cookie_is_for_the_server_alone(client: Client, officer: User) -> None:
    sign_in(client)
    cookie = client.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 24 * 3600  # longer than any session: one that ended is known, for its draft's sake
