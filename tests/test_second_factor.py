"""The second step: who must take it, what proves it, what is refused, and what the audit keeps of it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock, doctor
from luodi.kernel.acts import System
from luodi.kernel.errors import DomainError, Forbidden
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import Factor, Session, Unit, User
from luodi.orgs.rules import ACTIONS, ADMINS, SECOND_FACTOR_ROLES, Role
from luodi.orgs.selectors import second_factor_lax
from luodi.orgs.services import accounts, factors, sign_in_rules
from luodi.orgs.tests.factories import (
    PASSWORD,
    SECRET,
    code_of,
    give_factor,
    grant,
    make_county,
    make_member,
    make_unit,
    make_user,
    submit,
)

pytestmark = pytest.mark.django_db
SECOND = "/sign-in/second/"


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def officer(unit: Unit) -> User:
    return make_user(make_member(unit, "张一", Role.UNIT_OFFICER), username="zhangyi")


@pytest.fixture
def office(unit: Unit) -> User:
    return make_user(make_member(unit, "李二", Role.PROJECT_OFFICE), username="lier")


@pytest.fixture
def security(officer: User) -> User:
    return make_user(make_member(officer.member.unit, "王三", Role.SECURITY_ADMIN), username="wangsan")


@pytest.fixture
def must(settings: Any) -> None:
    settings.LUODI_SECOND_FACTOR = "must"


def first_step(client: Client, username: str = "zhangyi", **more: str) -> str:
    sent = {"username": username, "password": PASSWORD, **more}
    return str(client.post(reverse("sign_in"), sent)["Location"])


def second_step(client: Client, code: str) -> Any:
    return client.post(SECOND, {"code": code})


def signed_in(client: Client) -> bool:
    return client.get("/units/").status_code == 200


def refused(service: Any, **arguments: Any) -> str:
    with pytest.raises(DomainError) as error:
        acts.run(service, **arguments)
    return error.value.code


def again(user: User) -> User:
    """The account as the next request reads it."""
    found: User = User.objects.get(pk=user.pk)
    return found


# Who must --------------------------------------------------------------------------------------------------------------


def test_administrators_and_recognisers_must() -> None:
    assert ADMINS | {Role.PROJECT_OFFICE, Role.STATISTICS_BUREAU} == SECOND_FACTOR_ROLES
    assert ACTIONS["gate.recognise"].roles <= SECOND_FACTOR_ROLES


@pytest.mark.parametrize(
    ("setting", "county", "bound"),
    [("", "must", True), ("", "may", False), ("must", "may", True), ("may", "must", False)],
)
def test_the_installation_overrules_the_county(
    settings: Any, office: User, setting: str, county: str, bound: bool
) -> None:
    acts.run(
        sign_in_rules.second_factor_ask,
        by=System("setup", frozenset({"system.setup"})),
        region=office.member.region,
        asked=county,
    )
    settings.LUODI_SECOND_FACTOR = setting
    assert again(office).must_have_factor is bound
    assert bool(second_factor_lax()) is not bound


def test_a_new_county_asks_for_it(settings: Any, office: User, officer: User) -> None:
    settings.LUODI_SECOND_FACTOR = ""
    assert make_county().second_factor == "must"
    assert again(office).must_have_factor
    assert not again(officer).must_have_factor


@pytest.mark.usefixtures("must")
def test_without_one_nothing_opens_but_setting_it_up(client: Client, office: User) -> None:
    assert first_step(client, "lier") == "/"
    for url in ("/", "/units/", "/projects/", reverse("codes_make"), "/no/such/page/"):
        assert client.get(url)["Location"] == reverse("security"), url
    for name in ("security", "totp_set_up", "passkey_add", "passkey_options", "password_change"):
        assert client.get(reverse(name)).status_code == 200, name
    assert submit(client, reverse("totp_set_up"), code="000000").status_code == 422
    page = set_up(client)
    assert page.status_code == 200
    assert len(page.context["codes"]) == 10
    assert signed_in(client)


def set_up(client: Client, **other: str) -> Any:
    """Open the page, let an authenticator app read it, and send what it shows."""
    page = client.get(reverse("totp_set_up")).context
    secret = page["spelled"].replace(" ", "")
    kept = {name: page["form"][name].value() for name in ("request_key", "secret")}
    return client.post(reverse("totp_set_up"), {**kept, "code": code_of(secret), **other})


@pytest.mark.usefixtures("must")
def test_the_first_password_is_changed_before_the_factor_is_set_up(client: Client) -> None:
    make_user(make_member(make_unit(), "李二", Role.PROJECT_OFFICE), username="lier", must_change=True)
    first_step(client, "lier")
    assert client.get(reverse("security"))["Location"] == reverse("password_change")


@pytest.mark.usefixtures("must")
def test_a_role_that_must_is_asked_as_soon_as_it_is_granted(client: Client, officer: User) -> None:
    first_step(client)
    assert signed_in(client)
    grant(officer.member, Role.STATISTICS_BUREAU)
    assert client.get("/units/")["Location"] == reverse("security")


# Signing in ------------------------------------------------------------------------------------------------------------


def test_the_password_alone_opens_nothing(client: Client, officer: User) -> None:
    give_factor(officer)
    assert first_step(client, next="/units/?q=a") == SECOND
    assert not signed_in(client)
    assert client.get(SECOND).status_code == 200
    assert second_step(client, code_of())["Location"] == "/units/?q=a"
    assert signed_in(client)


def test_a_code_is_good_once(client: Client, officer: User) -> None:
    give_factor(officer)
    code = code_of()
    for status in (302, 422):
        first_step(client)
        assert second_step(client, code).status_code == status
        client.post(reverse("sign_out"))
    first_step(client)
    assert second_step(client, code_of(later=-1)).status_code == 422  # older than the one that was used
    assert second_step(client, code_of(later=1)).status_code == 302


def test_codes_of_long_ago_and_of_others_are_refused(client: Client, officer: User, office: User) -> None:
    give_factor(officer)
    give_factor(office, "KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU")
    first_step(client)
    for wrong in (code_of(later=2), code_of("KRSXG5CTMVRXEZLUKRSXG5CTMVRXEZLU"), "", "12345", "一二三四五六"):
        assert second_step(client, wrong).status_code == 422, wrong
        AccessAttempt.objects.all().delete()
    assert not signed_in(client)


def test_a_recovery_code_is_good_once(client: Client, officer: User) -> None:
    _totp, codes = give_factor(officer)
    first, second = factors.codes_of(codes)[:2]
    for code, status in ((first, 302), (first, 422), (f" {second[:4]} {second[4:]} ", 302)):
        first_step(client)
        assert second_step(client, code).status_code == status, code
        client.post(reverse("sign_out"))
    assert len(factors.codes_of(Factor.objects.get(pk=codes.pk))) == 8


def test_wrong_codes_lock_the_account_like_wrong_passwords(client: Client, officer: User) -> None:
    give_factor(officer)
    client.post(reverse("sign_in"), {"username": "zhangyi", "password": "wrong"})
    first_step(client)
    assert [second_step(client, "000000").status_code for _time in range(4)] == [422] * 3 + [429]
    assert second_step(client, code_of()).status_code == 429
    other = Client()
    assert other.post(reverse("sign_in"), {"username": "zhangyi", "password": PASSWORD}).status_code == 429
    assert not signed_in(client)


def test_the_second_step_waits_ten_minutes_and_for_the_same_password(
    client: Client, officer: User, security: User
) -> None:
    give_factor(officer)
    first_step(client)
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        assert second_step(client, code_of())["Location"] == reverse("sign_in")
    first_step(client)
    acts.run(accounts.password_reset, by=security, user_id=officer.pk, password="Chongshe-2026")
    assert second_step(client, code_of())["Location"] == reverse("sign_in")
    assert not signed_in(client)


def test_who_was_shut_out_meanwhile_gets_no_second_step(client: Client, officer: User, security: User) -> None:
    give_factor(officer)
    first_step(client)
    acts.run(accounts.account_switch, by=security, user_id=officer.pk, active=False)
    assert second_step(client, code_of())["Location"] == reverse("sign_in")


@pytest.mark.parametrize("sent", ['{"id": 1}', "[]", "null", "not json", '{"response": {"userHandle": "!!"}}', ""])
def test_what_is_no_passkey_is_refused(client: Client, officer: User, sent: str) -> None:
    assert client.get(reverse("sign_in_passkey_options") + "?alone").json()["publicKey"]["challenge"]
    answer = client.post(reverse("sign_in_passkey"), {"credential": sent})
    assert answer["Location"] == reverse("sign_in")
    assert not signed_in(client)
    give_factor(officer)
    first_step(client)
    assert client.post(SECOND, {"credential": sent}).status_code == 422
    client.force_login(make_user(make_member(officer.member.unit, "别人")))
    form = {"name": "电脑", "credential": sent, "request_key": "6f1a3e1e-2a43-4a1e-9d55-0d6f3f3b0a11"}
    assert client.post(reverse("passkey_add"), form).status_code == 422
    assert Factor.objects.filter(type=Factor.Type.WEBAUTHN).count() == 0


# Setting up and taking away --------------------------------------------------------------------------------------------


def test_refusals_of_ones_own_factors(officer: User, office: User, settings: Any) -> None:
    assert refused(factors.codes_make, by=officer) == "factor_first"
    assert refused(factors.totp_set_up, by=officer, secret=SECRET, code="000000") == "code_wrong"
    assert refused(factors.code_use, by=officer, code="000000") == "code_wrong"
    totp, _codes = give_factor(officer)
    assert refused(factors.totp_set_up, by=again(officer), secret=SECRET, code=code_of()) == "totp_twice"
    acts.run(factors.passkey_add, by=officer, name="电脑", credential={"id": "abc"})
    assert refused(factors.passkey_add, by=officer, name="电脑", credential={"id": "abc"}) == "passkey_twice"
    for service in (factors.factor_remove, factors.passkey_use):
        with pytest.raises(Factor.DoesNotExist):
            acts.run(service, by=office, factor_id=totp.pk)
    with pytest.raises(Factor.DoesNotExist):
        acts.run(factors.passkey_use, by=officer, factor_id=totp.pk)


def test_the_last_factor_stays_with_who_must_have_one(office: User, settings: Any) -> None:
    totp, _codes = give_factor(office)
    settings.LUODI_SECOND_FACTOR = "must"
    assert refused(factors.factor_remove, by=again(office), factor_id=totp.pk) == "factor_needed"
    acts.run(factors.passkey_add, by=office, name="电脑", credential={"id": "abc"})
    acts.run(factors.factor_remove, by=again(office), factor_id=totp.pk)
    assert {factor.type for factor in Factor.objects.all()} == {"webauthn", "recovery_codes"}
    settings.LUODI_SECOND_FACTOR = "may"
    acts.run(factors.factor_remove, by=again(office), factor_id=Factor.objects.get(type="webauthn").pk)
    assert not Factor.objects.exists()
    assert not again(office).has_factor


def test_new_recovery_codes_void_the_old(officer: User) -> None:
    _totp, old = give_factor(officer)
    code = factors.codes_of(old)[0]
    new = acts.run(factors.codes_make, by=officer)
    assert code not in factors.codes_of(new)
    assert refused(factors.code_use, by=officer, code=code) == "code_wrong"


def test_setting_up_ends_the_sessions_that_showed_none(client: Client, officer: User) -> None:
    other = Client()
    first_step(client)
    first_step(other)
    assert set_up(client).status_code == 200
    assert Session.objects.filter(account_id=officer.pk).count() == 1
    assert signed_in(client)
    assert not signed_in(other)


def test_a_session_of_before_the_factor_is_over(client: Client, officer: User) -> None:
    first_step(client)
    give_factor(officer)  # elsewhere
    assert not signed_in(client)


def test_a_secret_made_for_another_is_refused(client: Client, officer: User, office: User) -> None:
    first_step(client, "lier")
    page = client.get(reverse("totp_set_up")).context
    foreign = page["form"]["secret"].value()
    code = code_of(page["spelled"].replace(" ", ""))
    first_step(client)
    for secret in (foreign, "nonsense", ""):
        assert set_up(client, secret=secret, code=code)["Location"] == reverse("totp_set_up")
    assert not Factor.objects.exists()
    first_step(client, "lier")
    assert set_up(client, secret=foreign, code=code).status_code == 200


def test_an_open_screen_is_not_enough(client: Client, officer: User) -> None:
    totp, _codes = give_factor(officer)
    first_step(client)
    second_step(client, code_of())
    remove = reverse("factor_remove", args=[totp.pk])
    with clock.standing_at(clock.now() + timedelta(minutes=11)):
        assert submit(client, remove).status_code == 422
        assert submit(client, remove, password="wrong").status_code == 422
        assert Factor.objects.filter(pk=totp.pk).exists()
        assert submit(client, remove, password=PASSWORD).status_code == 302
    assert not Factor.objects.exists()


# The security administrator ---------------------------------------------------------------------------------------------


def test_a_lost_factor_is_reset_with_the_reason(client: Client, officer: User, security: User) -> None:
    url = reverse("account_factors", args=[officer.member_id])
    give_factor(officer)
    there = Client()
    first_step(there)
    second_step(there, code_of())
    client.force_login(security)
    assert submit(client, url, reason=" ").status_code == 422
    assert submit(client, url, reason="手机丢失，已当面核对").status_code == 302
    assert not Factor.objects.exists()
    assert not signed_in(there)
    told = AuditEntry.objects.filter(service="orgs.services.factors.factors_reset")
    assert told.count() == 2
    assert {json.loads(body)["reason"] for body in told.values_list("body", flat=True)} == {"手机丢失，已当面核对"}
    assert submit(client, url, reason="再来一次").status_code == 422


def test_refusals_of_a_reset(officer: User, office: User, security: User) -> None:
    give_factor(security)
    give_factor(officer)
    reset = {"by": security, "reason": "手机丢失"}
    assert refused(factors.factors_reset, **reset, user_id=security.pk) == "own_account"
    assert refused(factors.factors_reset, **reset, user_id=office.pk) == "factor_none"
    assert refused(factors.factors_reset, by=security, user_id=officer.pk) == "reason_missing"
    with pytest.raises(Forbidden):
        acts.run(factors.factors_reset, by=office, user_id=officer.pk, reason="手机丢失")


def test_how_long_an_unused_session_lives_is_the_countys(client: Client, officer: User, security: User) -> None:
    for minutes in (4, 61):
        assert refused(sign_in_rules.idle_set, by=security, minutes=minutes) == "idle_range"
    with pytest.raises(Forbidden):
        acts.run(sign_in_rules.idle_set, by=officer, minutes=10)
    client.force_login(security)
    assert submit(client, reverse("sign_in_rules"), minutes="10").status_code == 302
    first_step(client)
    with clock.standing_at(clock.now() + timedelta(minutes=9)):
        assert signed_in(client)
    with clock.standing_at(clock.now() + timedelta(minutes=20)):
        assert not signed_in(client)


def test_no_person_makes_signing_in_weaker(security: User) -> None:
    with pytest.raises(Forbidden):
        acts.run(sign_in_rules.second_factor_ask, by=security, region=make_county(), asked="may")


# Sessions --------------------------------------------------------------------------------------------------------------


def test_people_see_and_end_their_own_sessions(client: Client, officer: User, office: User) -> None:
    others = [Client(HTTP_USER_AGENT="Mozilla/5.0 (Windows NT 10.0) Chrome/120.0 Safari/537") for _n in range(3)]
    for one in (client, *others):
        first_step(one)
    stranger = Client()
    first_step(stranger, "lier")
    rows = client.get(reverse("security")).context["rows"]
    assert [row.agent for row in rows if not row.this] == ["Chrome 120 · Windows"] * 3
    key = others[0].session.session_key
    assert key is not None
    assert key not in client.get(reverse("security")).content.decode()
    end = reverse("session_end")
    name = next(row.name for row in others[0].get(reverse("security")).context["rows"] if row.this)
    stranger.post(end, {"session": name})
    assert signed_in(others[0])
    client.post(end, {"session": name})
    assert [signed_in(one) for one in (client, *others)] == [True, False, True, True]
    client.post(end)
    assert [signed_in(one) for one in (client, *others)] == [True, False, False, False]
    assert signed_in(stranger)
    assert Session.objects.filter(account_id=officer.pk).count() == 1


# What is kept ----------------------------------------------------------------------------------------------------------


def test_no_secret_stands_open_in_table_or_audit(client: Client, officer: User) -> None:
    _totp, codes = give_factor(officer)
    first_step(client)
    second_step(client, code_of())
    told = str(list(AuditEntry.objects.values_list("body", flat=True))) + str(list(Factor.objects.values_list("data")))
    for secret in (SECRET, *factors.codes_of(codes)):
        assert secret not in told
    bodies = [json.loads(entry.body) for entry in AuditEntry.objects.filter(model="orgs.factor").order_by("pk")]
    assert [(body["service"], body["operation"]) for body in bodies] == [
        ("orgs.services.factors.totp_set_up", "insert"),
        ("orgs.services.factors.totp_set_up", "insert"),
        ("orgs.services.factors.code_use", "update"),
    ]
    assert all(set(body["after"]) == {"id", "user_id", "type", "created_at", "last_used_at"} for body in bodies)


def test_the_doctor_says_who_has_none_and_where_none_is_asked(settings: Any, office: User) -> None:
    def told() -> dict[str, str]:
        return {finding.text: finding.level for finding in doctor.examine()}

    settings.LUODI_SECOND_FACTOR = ""
    assert told()["其中 1 人还没有设置"] == "note"
    give_factor(office)
    assert "其中 1 人还没有设置" not in told()
    setup = System("demo", frozenset({"system.setup"}))
    acts.run(sign_in_rules.second_factor_ask, by=setup, region=make_county(), asked="may")
    assert told()["演示：未强制两步验证"] == "warn"
    assert "演示：未强制两步验证" in Client().get(reverse("sign_in")).content.decode()
    settings.LUODI_SECOND_FACTOR = "may"
    assert told()["本站设为不强制两步验证（LUODI_SECOND_FACTOR=may）"] == "warn"
