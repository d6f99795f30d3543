"""API tokens: made, shown once, narrowed, metered, revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import ApiToken, User
from luodi.orgs.rules import ACTIONS, BEYOND_TOKENS, TOKEN_SCOPES, Role
from luodi.orgs.services import accounts
from luodi.orgs.services.tokens import MOST_TOKENS, holder_of, token_create, token_meter, token_revoke
from luodi.orgs.tests.factories import make_cast, make_token, submit

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> User:
    return make_cast(Role.PROJECT_OFFICE)[Role.PROJECT_OFFICE]


def made(by: User, **changes: Any) -> ApiToken:
    told: dict[str, Any] = {"name": "报表", "scopes": ["gate"], "expires_on": clock.today() + timedelta(days=30)}
    return acts.run(token_create, by=by, **told | changes)


def test_every_action_is_in_one_scope_or_beyond_tokens() -> None:
    held = [action for actions in TOKEN_SCOPES.values() for action in actions]
    assert len(held) == len(set(held))
    assert set(held) | BEYOND_TOKENS == set(ACTIONS)
    assert not set(held) & BEYOND_TOKENS


def test_a_token_opens_and_is_kept_nowhere(office: User) -> None:
    token = made(office)
    found = holder_of(token.text)
    assert found is not None
    assert found[1].pk == office.pk
    stored = str(list(ApiToken.objects.values()) + list(AuditEntry.objects.values_list("body", flat=True)))
    assert token.text not in stored
    assert token.text[len(token.prefix) :] not in stored
    assert token.text.startswith(token.prefix)


def test_a_token_may_what_both_its_person_and_its_scopes_may(office: User) -> None:
    found = holder_of(made(office, scopes=["gate", "void"]).text)
    assert found is not None
    user = found[1]
    assert user.may("gate.recognise")
    assert user.may("project.see")
    assert not user.may("project.grade"), "not within the scopes"
    assert not user.may("void.approve"), "not within the roles"
    assert not user.may("person.see_contact")
    assert User.objects.get(pk=office.pk).may("project.grade"), "the person himself is not narrowed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": " "}, "name_missing"),
        ({"scopes": ["everything"]}, "scope_unknown"),
        ({"expires_on": clock.today() + timedelta(days=366)}, "expiry_wrong"),
        ({"expires_on": clock.today() - timedelta(days=1)}, "expiry_wrong"),
    ],
)
def test_what_is_no_token(office: User, changes: dict[str, Any], code: str) -> None:
    with pytest.raises(DomainError) as refused:
        made(office, **changes)
    assert refused.value.code == code
    assert not ApiToken.objects.exists()


def test_nobody_hoards_tokens(office: User) -> None:
    tokens = [made(office) for _number in range(MOST_TOKENS)]
    with pytest.raises(DomainError, match="tokens_many"):
        made(office)
    acts.run(token_revoke, by=office, token_id=tokens[0].pk)
    made(office)


def test_a_token_ends(office: User) -> None:
    token = made(office, expires_on=clock.today())
    assert holder_of(token.text)
    with clock.standing_at(clock.now() + timedelta(days=1)):
        assert holder_of(token.text) is None
    acts.run(token_revoke, by=office, token_id=token.pk)
    assert holder_of(token.text) is None
    with pytest.raises(DomainError, match="token_revoked"):
        acts.run(token_revoke, by=office, token_id=token.pk)
    assert holder_of("luodi_nothing") is None


def test_a_token_opens_nothing_for_an_account_that_is_shut_or_reset(office: User) -> None:
    token = made(office)
    acts.run(accounts.account_switch, by=_security(), user_id=office.pk, active=False)
    assert holder_of(token.text) is None
    acts.run(accounts.account_switch, by=_security(), user_id=office.pk, active=True)
    assert holder_of(token.text)
    acts.run(accounts.password_reset, by=_security(), user_id=office.pk, password="Zhuanren-2027")
    assert holder_of(token.text) is None


def _security() -> User:
    found = User.objects.filter(username="security_admin").first()
    return found or make_cast(Role.SECURITY_ADMIN)[Role.SECURITY_ADMIN]


def test_nobody_revokes_anothers(office: User) -> None:
    other = make_cast(Role.STATISTICS_BUREAU)[Role.STATISTICS_BUREAU]
    with pytest.raises(ApiToken.DoesNotExist):
        acts.run(token_revoke, by=other, token_id=made(office).pk)


def test_the_meter_lets_a_burst_through_then_the_even_rate(office: User, settings: Any) -> None:
    settings.LUODI_API_PER_MINUTE, settings.LUODI_API_BURST = 60, 3
    token, start = made(office), clock.now()
    with clock.standing_at(start):
        assert [token_meter(token) for _n in range(4)] == [0, 0, 0, 1]
    with clock.standing_at(start + timedelta(seconds=1)):
        assert [token_meter(token) for _n in range(2)] == [0, 1]
    with clock.standing_at(start + timedelta(seconds=60)):
        assert [token_meter(token) for _n in range(4)] == [0, 0, 0, 1]
    token.refresh_from_db()
    assert token.use.used_at == start + timedelta(seconds=60)


# Pages ----------------------------------------------------------------------------------------------------------------


def test_the_page_shows_a_token_once(office: User, client: Client) -> None:
    client.force_login(office)
    page = submit(client, reverse("token_create"), name="统计局报表", scopes=["gate"])
    token = ApiToken.objects.get()
    text = page.context["token"].text
    assert holder_of(text) == (token, office)
    assert text in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    listed = client.get(reverse("token_list")).content.decode()
    assert "统计局报表" in listed
    assert token.prefix in listed
    assert text not in listed


def test_the_same_form_again_makes_no_second_token_and_shows_nothing(office: User, client: Client) -> None:
    client.force_login(office)
    form = client.get(reverse("token_create")).context["form"]
    sent = {name: form[name].value() for name in ("request_key", "expires_on")} | {"name": "报表"}
    first, second = (client.post(reverse("token_create"), sent) for _n in range(2))
    assert first.context["token"].text
    assert second.context["token"].text == ""
    assert ApiToken.objects.count() == 1


def test_only_scopes_of_ones_own_are_offered(client: Client) -> None:
    client.force_login(make_cast(Role.STATISTICS_BUREAU)[Role.STATISTICS_BUREAU])
    offered = dict(client.get(reverse("token_create")).context["form"].fields["scopes"].choices)
    assert set(offered) == {"project", "gate", "fact", "ending", "excuse"}


def test_revoking_on_the_page(office: User, client: Client) -> None:
    client.force_login(office)
    token = make_token(office)
    form = client.get(reverse("token_list")).context["rows"][0]["form"]
    url = reverse("token_revoke", args=[token.pk])
    assert client.post(url, {"request_key": form["request_key"].value()}).status_code == 302
    assert holder_of(token.text) is None
