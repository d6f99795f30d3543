"""A session that ends over a form: what was filled in comes back to the same person, and does nothing by itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock, drafts
from luodi.kernel.errors import HeldBack
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import Member, Session, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import PASSWORD, give_factor, make_member, make_unit, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def unit() -> Unit:
    return make_unit()


@pytest.fixture
def office(unit: Unit) -> User:
    return make_user(make_member(unit, "李二", Role.PROJECT_OFFICE), username="lier")


@pytest.fixture
def add(unit: Unit) -> str:
    return reverse("member_add", args=[unit.pk])


def sign_in(client: Client, username: str = "lier", **more: str) -> Any:
    return client.post(reverse("sign_in"), {"username": username, "password": PASSWORD, **more})


@contextmanager
def an_hour_later() -> Iterator[None]:
    with clock.standing_at(clock.now() + timedelta(hours=1)):
        yield


def typed(client: Client, add: str, **more: Any) -> dict[str, Any]:
    """What a browser sends of the form that was opened before the hour passed."""
    form = client.get(add).context["form"]
    return {"request_key": str(form["request_key"].value()), "name": "新来的", "post": "科员", **more}


def test_what_was_filled_in_comes_back_unsent_and_can_be_sent(client: Client, office: User, add: str) -> None:
    sign_in(client)
    sent = typed(client, add)
    written = AuditEntry.objects.count()
    with an_hour_later():
        ended = client.post(add, sent)
        assert unquote(ended["Location"]) == f"{reverse('sign_in')}?next={add}"
        assert "刚才填的内容都在" in client.get(ended["Location"]).content.decode()
        assert sign_in(client, next=add)["Location"] == add
        page = client.get(add)
        form = page.context["form"]
        assert page.status_code == 200
        assert [form[name].value() for name in sent] == list(sent.values())
        assert "还没有提交" in page.content.decode()
        assert "附件" not in page.content.decode()
        assert AuditEntry.objects.count() == written
        assert client.post(add, sent).status_code == 302
        assert Member.objects.get(name="新来的").post == "科员"


def test_it_comes_back_once(client: Client, office: User, add: str) -> None:
    sign_in(client)
    sent = typed(client, add)
    with an_hour_later():
        client.post(add, sent)
        sign_in(client)
        assert "新来的" not in client.get(reverse("unit_list")).content.decode()
        assert "新来的" in client.get(add).content.decode()
        assert "新来的" not in client.get(add).content.decode()


def test_it_comes_back_after_the_second_step(client: Client, office: User, add: str) -> None:
    codes = give_factor(office)[1]
    from luodi.orgs.services.factors import codes_of

    first, second = codes_of(codes)[:2]
    sign_in(client)
    client.post(reverse("sign_in_second"), {"code": first})
    sent = typed(client, add)
    with an_hour_later():
        client.post(add, sent)
        sign_in(client, next=add)
        assert client.post(reverse("sign_in_second"), {"code": second})["Location"] == add
        assert "新来的" in client.get(add).content.decode()


def test_nobody_else_is_given_it(client: Client, office: User, unit: Unit, add: str) -> None:
    make_user(make_member(unit, "张一", Role.PROJECT_OFFICE), username="zhangyi")
    sign_in(client)
    sent = typed(client, add)
    with an_hour_later():
        client.post(add, sent)
        sign_in(client, "zhangyi")
        assert "新来的" not in client.get(add).content.decode()
        sign_in(client)
        assert "新来的" not in client.get(add).content.decode()


def test_who_was_not_signed_in_leaves_none(client: Client, office: User, add: str) -> None:
    client.post(add, {"name": "塞进来的"})
    sign_in(client)
    assert "塞进来的" not in client.get(add).content.decode()


def test_it_is_kept_sealed_and_without_passwords(client: Client, unit: Unit) -> None:
    security = make_user(make_member(unit, "王三", Role.SECURITY_ADMIN), username="wangsan")
    member = make_member(unit, "没有账号")
    url = reverse("account_create", args=[member.pk])
    sign_in(client, "wangsan")
    form = client.get(url).context["form"]
    sent = {"request_key": str(form["request_key"].value()), "username": "xinren", "password": "Zhuanren-2027"}
    with an_hour_later():
        client.post(url, sent)
        data = Session.objects.get(account_id=None).get_decoded()
        assert "xinren" not in str(data)
        draft = drafts.opened(data[drafts.KEY], security.pk)
        assert draft is not None
        assert "xinren" in draft.body
        assert "Zhuanren" not in draft.body
        assert drafts.opened(data[drafts.KEY], security.pk + 1) is None
    with clock.standing_at(clock.now() + timedelta(hours=14)):
        assert drafts.opened(data[drafts.KEY], security.pk) is None
    assert drafts.opened("nonsense", security.pk) is None


def test_one_s_own_password_is_never_kept(client: Client, office: User) -> None:
    sign_in(client)
    client.get(reverse("unit_list"))
    with an_hour_later():
        client.post(reverse("password_change"), {"old_password": PASSWORD, "x": "y"})
        assert drafts.KEY not in client.session


def test_files_are_to_be_chosen_again(client: Client, office: User) -> None:
    url = reverse("import_new")
    sign_in(client)
    form = client.get(url).context["form"]
    sent = {"request_key": str(form["request_key"].value()), "file": SimpleUploadedFile("台账.xlsx", b"PK")}
    with an_hour_later():
        client.post(url, sent)
        sign_in(client)
        assert "附件没有留下，请重新选择" in client.get(url).content.decode()


def test_too_much_is_not_kept(client: Client, office: User, add: str) -> None:
    sign_in(client)
    sent = typed(client, add, note="长" * 200_000)
    with an_hour_later():
        assert client.post(add, sent)["Location"] == reverse("sign_in")
        assert drafts.KEY not in client.session


def test_a_post_that_only_acts_is_opened_anew(client: Client, office: User, unit: Unit) -> None:
    """Nothing begins while a draft is shown, whatever a page does."""
    with acts.holding_back(), pytest.raises(HeldBack):
        acts.run(make_member, by=office, unit=unit)
    assert Member.objects.filter(unit=unit).count() == 2


def test_a_member_gone_meanwhile_is_not_found(client: Client, office: User) -> None:
    """The page of the draft is asked as any other: who may not see it, does not."""
    url = "/units/999999/members/add/"
    sign_in(client)
    client.get(reverse("unit_list"))
    with an_hour_later():
        client.post(url, {"name": "新来的"})
        sign_in(client)
        assert client.get(url).status_code == 404
