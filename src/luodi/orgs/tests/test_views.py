"""Pages of units, people, accounts and administration: who may open them, what they show, what they do."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import clock, queue, registry
from luodi.kernel.models import AuditEntry, Job, RequestKey
from luodi.kernel.registry import Holding
from luodi.orgs import urls
from luodi.orgs.models import Company, Factor, Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import (
    give_factor,
    make_cast,
    make_county,
    make_delegation,
    make_member,
    make_token,
    make_unit,
    make_user,
    submit,
)
from luodi.subjects.models import Subject

R = Role
pytestmark = pytest.mark.django_db

GOVERNMENT = {
    R.COUNTY_LEADER, R.GOVERNMENT_OFFICE, R.PROJECT_OFFICE, R.INVESTMENT_BUREAU, R.STATISTICS_BUREAU, R.UNIT_HEAD,
    R.UNIT_OFFICER, R.SUPERVISOR, R.DISCIPLINE_OFFICE, R.CONVENOR,
}  # fmt: skip
ALL = set(R)
MAY_OPEN: dict[str, set[Role]] = {
    "unit_list": GOVERNMENT,
    "unit_page": GOVERNMENT,
    "unit_head": {R.GOVERNMENT_OFFICE},
    "member_add": {R.PROJECT_OFFICE, R.UNIT_HEAD},
    "member_page": GOVERNMENT,
    "member_edit": {R.PROJECT_OFFICE, R.UNIT_HEAD},
    "member_leave": {R.PROJECT_OFFICE, R.UNIT_HEAD},
    "account_list": {R.SECURITY_ADMIN},
    "account_page": {R.SECURITY_ADMIN},
    "account_create": {R.SECURITY_ADMIN},
    "account_reset": {R.SECURITY_ADMIN},
    "account_switch": {R.SECURITY_ADMIN},
    "account_factors": {R.SECURITY_ADMIN},
    "sign_in_rules": {R.SECURITY_ADMIN},
    "role_grant": {R.SECURITY_ADMIN},
    "role_end": {R.SECURITY_ADMIN},
    "audit_log": {R.AUDIT_ADMIN},
    "audit_verify": {R.AUDIT_ADMIN},
    "system_state": {R.SYSTEM_ADMIN},
    "token_list": ALL,
    "token_create": ALL,
    "token_revoke": {R.PROJECT_OFFICE},
    "delegation_list": ALL,
    "delegation_give": GOVERNMENT,
    "delegation_end": {R.COUNTY_LEADER, R.GOVERNMENT_OFFICE},
    "password_change": ALL,
    "password_change_done": ALL,
    "security": ALL,
    "totp_set_up": ALL,
    "passkey_add": ALL,
    "passkey_options": ALL,
    "codes_make": ALL,
    "factor_remove": set(),  # it is somebody else's
    "session_end": ALL,
    "sign_in": ALL,
    "sign_in_second": ALL,
    "sign_in_passkey": ALL,
    "sign_in_passkey_options": ALL,
    "openid_begin": set(),  # no issuer is named
    "openid_back": set(),
    "sign_out": ALL,
    "job_list": {R.SYSTEM_ADMIN},
    "job_retry": {R.SYSTEM_ADMIN},
    "job_give_up": {R.SYSTEM_ADMIN},
    "my_job_list": ALL,
    "health": ALL,
    "healthz": ALL,
    "readyz": ALL,
    "metrics": ALL,
}
"""Written by hand; the code does not read it."""
BY_POST = {
    "account_switch", "role_grant", "role_end", "audit_verify", "sign_out", "session_end", "sign_in_passkey",
    "job_retry",
    "token_revoke", "delegation_end",
}  # fmt: skip


@pytest.fixture
def cast() -> dict[Role, User]:
    return make_cast()


@pytest.fixture
def as_role(client: Client, cast: dict[Role, User]) -> Any:
    def sign_in(role: Role) -> Client:
        client.force_login(cast[role])
        return client

    return sign_in


def address(name: str, cast: dict[Role, User]) -> str:
    member = cast[R.UNIT_OFFICER].member
    grant = RoleGrant.objects.filter(member=member).earliest("pk")
    if name == "factor_remove":
        return reverse(
            name, args=[(Factor.objects.first() or give_factor(make_user(make_member(member.unit, "别人")))[0]).pk]
        )
    things: dict[str, list[int]] = {
        "unit_page": [member.unit_id], "unit_head": [member.unit_id], "member_add": [member.unit_id],
        "role_end": [member.pk, grant.pk], "token_revoke": [make_token(cast[R.PROJECT_OFFICE]).pk],
    }  # fmt: skip
    if name == "delegation_end":
        return reverse(name, args=[make_delegation(cast[R.COUNTY_LEADER], cast[R.GOVERNMENT_OFFICE]).pk])
    if name in {"job_retry", "job_give_up"}:
        now = clock.now()
        return reverse(name, args=[Job.objects.create(kind="x", due_at=now, leased_until=now).pk])
    queue.say_alive()
    about_member = name.startswith(("member_", "account_", "role_grant")) and name != "account_list"
    return reverse(name, args=things.get(name, [member.pk] if about_member else []))


def test_every_address_of_orgs_has_its_row() -> None:
    assert {pattern.name for pattern in urls.urlpatterns} == set(MAY_OPEN)


@pytest.mark.parametrize("name", sorted(MAY_OPEN))
def test_who_may_open(name: str, cast: dict[Role, User]) -> None:
    url = address(name, cast)
    opened = set()
    for role, user in cast.items():
        client = Client()
        client.force_login(user)
        answer = client.post(url) if name in BY_POST else client.get(url)
        assert answer.status_code in (200, 302, 403, 404, 422), (role, answer.status_code)
        if answer.status_code in (200, 302, 422):
            opened.add(role)
    assert opened == MAY_OPEN[name]


@pytest.mark.parametrize("name", sorted(BY_POST))
def test_acts_are_not_done_by_a_link(name: str, cast: dict[Role, User], as_role: Any) -> None:
    role = next(iter(MAY_OPEN[name]))
    assert as_role(role).get(address(name, cast)).status_code == 405


def test_refused_page_says_who_may(as_role: Any) -> None:
    page = as_role(R.UNIT_OFFICER).get(reverse("account_list"))
    assert page.status_code == 403
    assert "安全管理员" in page.content.decode()


def test_a_head_opens_only_his_own_units_forms(cast: dict[Role, User], as_role: Any) -> None:
    other = cast[R.PROJECT_OFFICE].member.unit
    assert as_role(R.UNIT_HEAD).get(reverse("member_add", args=[other.pk])).status_code == 403


def test_another_county_is_not_there(as_role: Any) -> None:
    there = make_unit("D01", "发展和改革局", region=make_county("139922", "青禾县", "QH"))
    client = as_role(R.PROJECT_OFFICE)
    assert client.get(reverse("unit_page", args=[there.pk])).status_code == 404
    assert client.get(reverse("member_page", args=[there.head_id])).status_code == 404
    assert "青禾" not in client.get(reverse("unit_list")).content.decode()
    assert as_role(R.SECURITY_ADMIN).get(reverse("account_page", args=[there.head_id])).status_code == 404


@pytest.mark.parametrize("role", [R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN])
def test_administrators_see_no_business_row(role: Role, cast: dict[Role, User]) -> None:
    for model in (Unit, Member, Company, Subject):
        assert not model.objects.visible_to(cast[role]).exists(), model


# Units ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query", ["q=水利", "q=shuili", "q=slj", "q=D09", "q=水务", "kind=department&q=水利", "q=水利%00"]
)
def test_unit_list_finds_by_name_sound_code_and_alias(query: str, cast: dict[Role, User], as_role: Any) -> None:
    make_unit("D30", "林业局", aliases=["水务"] if "水务" in query else [])
    page = as_role(R.COUNTY_LEADER).get(reverse("unit_list") + f"?{query}")
    found = [unit.name for unit in page.context["page"]]
    assert found == (["林业局"] if "水务" in query else ["水利局"])


def test_unit_list_counts_who_serves_and_orders(cast: dict[Role, User], as_role: Any) -> None:
    page = as_role(R.COUNTY_LEADER).get(reverse("unit_list") + "?sort=-people")
    people = [unit.people for unit in page.context["page"]]
    assert people == sorted(people, reverse=True)
    assert people[0] == 4
    odd = as_role(R.COUNTY_LEADER).get(reverse("unit_list") + "?sort=nonsense&kind=nonsense&page=nonsense")
    assert len(odd.context["page"]) == Unit.objects.count()


@pytest.mark.parametrize(("name", "role"), [("unit_list", R.PROJECT_OFFICE), ("account_list", R.SECURITY_ADMIN)])
def test_lists_ask_the_same_number_of_queries_however_long(name: str, role: Role, as_role: Any) -> None:
    client = as_role(role)
    counts = []
    for number in (1, 12):
        for extra in range(number):
            make_member(make_unit(f"N{number}{extra}", f"局{number}{extra}"), "张一", R.UNIT_OFFICER)
        client.get(reverse(name))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client.get(reverse(name)).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 9


@pytest.fixture
def holding(cast: dict[Role, User], monkeypatch: pytest.MonkeyPatch) -> Holding:
    told = Holding(cast[R.UNIT_OFFICER].member_id, "专人", 3, "/projects/?officer=1")
    source = lambda _viewer, ids: [told] if told.member_id in ids else []  # noqa: E731 (of one line)
    monkeypatch.setattr(registry, "HOLDINGS", [*registry.HOLDINGS, source])
    return told


def test_unit_page_shows_what_its_people_answer_for(holding: Holding, cast: dict[Role, User], as_role: Any) -> None:
    url = address("unit_page", cast)
    assert holding.href in as_role(R.SUPERVISOR).get(url).content.decode()
    elsewhere = make_member(make_unit("D31", "商务局"), "钱十", R.UNIT_OFFICER)
    stranger = Client()
    stranger.force_login(User.objects.create(username="q", member=elsewhere, must_change_password=False))
    assert holding.href not in stranger.get(url).content.decode()


def test_the_sum_over_a_units_people_leads_to_all_their_things(
    holding: Holding, cast: dict[Role, User], as_role: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Holding(cast[R.UNIT_HEAD].member_id, "专人", 2, "/projects/?officer=2")
    monkeypatch.setattr(
        registry, "HOLDINGS", [lambda _viewer, ids: [one for one in (holding, other) if one.member_id in ids]]
    )
    facts = as_role(R.SUPERVISOR).get(address("unit_page", cast)).context["facts"]
    summed = next(fact for fact in facts if fact.label == "专人")
    assert summed.value == "5"
    assert summed.href in {"/projects/?officer=1&officer=2", "/projects/?officer=2&officer=1"}


@pytest.mark.parametrize(("url", "status", "words"), [("/nothing/", 404, "没有这一页"), ("/admin/audit/", 403, "不能")])
def test_a_refusal_keeps_the_rail_for_who_is_signed_in(
    cast: dict[Role, User], as_role: Any, url: str, status: int, words: str
) -> None:
    answer = as_role(R.UNIT_HEAD).get(url)
    assert answer.status_code == status
    page = answer.content.decode()
    assert 'class="ld-rail"' in page
    assert cast[R.UNIT_HEAD].member.name in page
    assert words in page


def test_change_of_head(cast: dict[Role, User], as_role: Any) -> None:
    officer = cast[R.UNIT_OFFICER].member
    client = as_role(R.GOVERNMENT_OFFICE)
    assert submit(client, address("unit_head", cast), member="").status_code == 422
    answer = submit(client, address("unit_head", cast), member=officer.pk)
    assert answer.status_code == 302
    assert Unit.objects.get(pk=officer.unit_id).head_id == officer.pk
    # The old form is stale now: both sides are shown, and nothing was changed.
    again = submit(client, address("unit_head", cast), member=officer.pk, version=1)
    assert again.status_code == 302
    assert "已经办过" in client.get(again.url).content.decode()
    stale = submit(client, address("unit_head", cast), member=cast[R.UNIT_HEAD].member_id, version=1)
    assert stale.status_code == 422
    assert "别人也改了" in stale.content.decode()
    assert Unit.objects.get(pk=officer.unit_id).head_id == officer.pk


# People ---------------------------------------------------------------------------------------------------------------


def test_telephone_is_masked_for_who_may_not_see_contacts(cast: dict[Role, User], as_role: Any) -> None:
    member = make_member(cast[R.UNIT_HEAD].member.unit, "严四", phone="13912345678")
    url = reverse("member_page", args=[member.pk])
    seen = as_role(R.COUNTY_LEADER).get(url).content.decode()
    assert 'href="tel:13912345678"' in seen
    masked = as_role(R.STATISTICS_BUREAU).get(url).content.decode()
    assert "13912345678" not in masked
    assert "139••••5678" in masked


def test_member_is_added_once_from_a_form_sent_twice(cast: dict[Role, User], as_role: Any) -> None:
    client, url = as_role(R.PROJECT_OFFICE), address("member_add", cast)
    form = client.get(url).context["form"]
    sent = {"request_key": form["request_key"].value(), "name": "卫三", "post": "股长", "phone": "0350-1234567"}
    assert [client.post(url, sent).status_code for _time in (1, 2)] == [302, 302]
    assert Member.objects.filter(name="卫三").count() == 1
    # Gone back, changed a field, sent again: another act, not a silent repetition of the first answer.
    assert client.post(url, sent | {"post": "副股长"}).status_code == 302
    assert Member.objects.filter(name="卫三").count() == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "长" * 41},
        {"phone": "没有"},
        {"phone": "1" * 30},
        {"request_key": ""},
        {"request_key": "x"},
    ],
)
def test_wrong_member_is_told_and_nothing_written(wrong: dict[str, str], cast: dict[Role, User], as_role: Any) -> None:
    client, before = as_role(R.PROJECT_OFFICE), Member.objects.count()
    answer = submit(client, address("member_add", cast), **{"name": "卫三"} | wrong)
    assert answer.status_code == 422
    assert "ld-notice-bad" in answer.content.decode()
    assert Member.objects.count() == before


def test_two_people_edit_one_member(cast: dict[Role, User], as_role: Any) -> None:
    client, url = as_role(R.PROJECT_OFFICE), address("member_edit", cast)
    mine = client.get(url).context["form"]
    assert submit(client, url, post="副局长").status_code == 302
    sent = {name: mine[name].value() for name in ("request_key", "version", "name")} | {"post": "局长", "phone": ""}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "局长" in page
    assert "副局长" in page
    # Having compared both, he sends again: the page carried the present version.
    again = sent | {"version": refused.context["form"]["version"].value()}
    assert client.post(url, again).status_code == 302
    assert Member.objects.get(pk=cast[R.UNIT_OFFICER].member_id).post == "局长"


def test_leaving(cast: dict[Role, User], as_role: Any) -> None:
    client = as_role(R.PROJECT_OFFICE)
    head = client.get(reverse("member_leave", args=[cast[R.UNIT_HEAD].member_id]))
    assert (head.status_code, "请先换任主要领导" in head.content.decode()) == (403, True)
    assert submit(client, address("member_leave", cast)).status_code == 302
    client.get(address("unit_page", cast))  # which says so once
    page = client.get(address("unit_page", cast))
    assert "人unit_officer" not in page.content.decode()
    assert "另有 1 人已离任" in page.content.decode()
    left = client.get(address("unit_page", cast) + "?left=1").content.decode()
    assert "人unit_officer" in left


# Accounts -------------------------------------------------------------------------------------------------------------


def test_account_is_opened_reset_shut_and_opened_again(cast: dict[Role, User], as_role: Any) -> None:
    member = make_member(cast[R.UNIT_HEAD].member.unit, "卫三")
    client = as_role(R.SECURITY_ADMIN)
    create, reset = (reverse(name, args=[member.pk]) for name in ("account_create", "account_reset"))
    assert client.get(reset).status_code == 404
    assert submit(client, create, username="unit_officer").status_code == 422
    weak = submit(client, create, username="weisan", password="weak")
    assert weak.context["form"].errors["password"]
    assert submit(client, create, username="weisan", password="Weisan-2026-a").status_code == 302
    assert submit(client, reset, password="Weisan-2026-b").status_code == 302
    page, switch = (reverse(name, args=[member.pk]) for name in ("account_page", "account_switch"))
    for active in ("0", "1"):
        key = client.get(page).context["switch"]["request_key"].value()
        assert client.post(switch, {"request_key": key, "active": active}).status_code == 302
        assert User.objects.get(username="weisan").is_active is (active == "1")
    key = client.get(page).context["switch"]["request_key"].value()
    assert client.post(switch, {"request_key": key, "active": "perhaps"}).status_code == 422


def test_roles_are_granted_and_ended_on_the_page(cast: dict[Role, User], as_role: Any) -> None:
    client, member = as_role(R.SECURITY_ADMIN), cast[R.UNIT_OFFICER].member
    page, grant = reverse("account_page", args=[member.pk]), reverse("role_grant", args=[member.pk])

    def granted(role: str) -> Any:
        key = client.get(page).context["grant"]["request_key"].value()
        return client.post(grant, {"request_key": key, "role": role})

    assert granted("supervisor").status_code == 302
    assert "三员各自独立" in granted("audit_admin").content.decode()
    assert granted("emperor").status_code == 422
    held = next(row for row in client.get(page).context["held"] if str(row["label"]) == "督查员")
    ended = reverse("role_end", args=[member.pk, held["id"]])
    assert client.post(ended, {"request_key": held["form"]["request_key"].value()}).status_code == 302
    assert not RoleGrant.objects.filter(member=member, role="supervisor", until=None).exists()


def test_own_account_offers_nothing(cast: dict[Role, User], as_role: Any) -> None:
    page = as_role(R.SECURITY_ADMIN).get(reverse("account_page", args=[cast[R.SECURITY_ADMIN].member_id]))
    assert "另一位安全管理员" in page.content.decode()
    assert "停用账号" not in page.content.decode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("account=none", 0),
        ("account=open", 1),
        ("role=unit_officer", 1),
        ("q=人unit", 1),
        ("q=unit_off", 1),
        ("account=x", 1),
    ],
)
def test_account_list_filters(query: str, expected: int, cast: dict[Role, User], as_role: Any) -> None:
    page = as_role(R.SECURITY_ADMIN).get(reverse("account_list") + f"?{query}")
    assert sum(member.name == "人unit_officer" for member in page.context["page"]) == expected


# Administration -------------------------------------------------------------------------------------------------------


def test_audit_page_names_who_but_not_what(cast: dict[Role, User], as_role: Any) -> None:
    assert submit(as_role(R.PROJECT_OFFICE), address("member_add", cast), name="很秘密的名字").status_code == 302
    client = as_role(R.AUDIT_ADMIN)
    page = client.get(reverse("audit_log")).content.decode()
    assert "人project_office" in page
    assert "添加人员" in page
    assert "orgs.services." not in page
    assert "很秘密的名字" not in page
    verdict = client.post(reverse("audit_verify"))
    assert verdict.context["verdict"].intact
    assert verdict.context["verdict"].entries == AuditEntry.objects.count()


def test_an_act_that_no_app_knows_any_more_keeps_its_own_name(
    cast: dict[Role, User], as_role: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(registry.ACTS, "orgs.services.accounts.role_grant")
    assert "orgs.services.accounts.role_grant" in as_role(R.AUDIT_ADMIN).get(reverse("audit_log")).content.decode()


def test_audit_page_goes_back_page_by_page(cast: dict[Role, User], as_role: Any) -> None:
    client, url, seen = as_role(R.AUDIT_ADMIN), reverse("audit_log"), []
    older: int | None = None
    while True:
        page = client.get(url + (f"?before={older}" if older else ""))
        seen += [act.act for act in page.context["acts"]]
        older = page.context["older"]
        if older is None:
            break
    assert len(seen) == len(set(seen)) == AuditEntry.objects.values("act").distinct().count()
    assert client.get(url + "?before=zzz").status_code == 200


def test_system_page_tells_findings_and_open_jobs(cast: dict[Role, User], as_role: Any) -> None:
    page = as_role(R.SYSTEM_ADMIN).get(reverse("system_state"))
    told = [finding.text for finding in page.context["findings"]]
    assert any("护栏" in text for text in told)
    assert not page.context["bad"], told


def test_personal_data_stays_out_of_request_keys(cast: dict[Role, User], as_role: Any) -> None:
    assert (
        submit(as_role(R.PROJECT_OFFICE), address("member_add", cast), name="卫三", phone="13912345678").status_code
        == 302
    )
    assert "13912345678" not in str(list(RequestKey.objects.values_list()))
