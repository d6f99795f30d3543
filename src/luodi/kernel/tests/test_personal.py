from __future__ import annotations

import copy
import logging
import pickle
import secrets
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from django.core.exceptions import FieldError, ValidationError
from django.db import connection, transaction
from django.forms import modelform_factory
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from luodi.kernel import acts, personal
from luodi.kernel.acts import Actor, System
from luodi.kernel.models import AuditEntry
from luodi.kernel.personal import PersonKey, Sealed, blind, without_numbers
from luodi.orgs.models import Member
from luodi.orgs.tests.factories import make_member, make_unit
from tests.plugins.database import LiveDatabase

PHONE = "13824078617"
OTHER = "13955551234"
ME = System("me")


@pytest.fixture
def member(db: None) -> Member:
    return make_member(make_unit(), "周明", phone=PHONE)


def change(*, by: Actor, member_id: int, **fields: Any) -> list[str]:
    return acts.update(acts.lock_one(Member.objects.all(), member_id), **fields)


def stored(member: Member) -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone, phone_blind FROM orgs_member WHERE id = %s", [member.pk])
        return cursor.fetchone()  # type: ignore[no-any-return]


# Sealing ------------------------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_what_is_sealed_opens_with_its_key_alone(data: bytes) -> None:
    key, wrong = secrets.token_bytes(16), secrets.token_bytes(16)
    sealed = personal.seal(key, data)
    assert personal.unseal(key, sealed) == data
    assert personal.seal(key, data) != sealed
    with pytest.raises(InvalidTag):
        personal.unseal(wrong, sealed)
    with pytest.raises(InvalidTag):
        personal.unseal(key, sealed[:-1] + bytes([sealed[-1] ^ 1]))


@given(st.text(max_size=50), st.text(max_size=50))
def test_equal_values_and_no_others_have_one_blind_index(one: str, other: str) -> None:
    assert blind(one) == blind(one + " ")
    assert (blind(one) == blind(other)) is (personal_key(one) == personal_key(other))


def personal_key(text: str) -> str:
    import unicodedata

    kept = "".join(c for c in unicodedata.normalize("NFKC", text) if not c.isspace() and c not in "-()")
    return kept.lower().removeprefix("+86")


def test_spellings_of_a_telephone_number_are_found_by_each_other() -> None:
    spellings = ["138 2407 8617", "138-2407-8617", "１３８２４０７８６１７", "+86 13824078617", "(138)24078617"]
    assert {blind(spelling) for spelling in spellings} == {blind(PHONE)}
    assert blind("") == blind("  ") == ""


def test_the_keys_of_two_installations_open_nothing_of_each_other(member: Member, settings: Settings) -> None:
    index = blind(PHONE)
    settings.LUODI_PERSONAL_SECRET = "another"
    assert blind(PHONE) != index
    with pytest.raises(InvalidTag):
        Member.objects.get(pk=member.pk).phone.reveal()


# The field ----------------------------------------------------------------------------------------------------------


def test_a_value_is_kept_sealed_and_shown_masked(member: Member) -> None:
    text, index = stored(member)
    assert PHONE not in text
    assert index == blind(PHONE)
    for row in (member, Member.objects.get(pk=member.pk)):
        assert row.phone.reveal() == PHONE
        assert str(row.phone) == f"{row.phone}" == "138••••8617"
        assert repr(row.phone) == "Personal(…)"
        assert PHONE not in repr(row.__dict__)
        assert row.phone == PHONE
        assert hash(row.phone) == hash(PHONE)


@pytest.mark.parametrize(("value", "shown"), [("", ""), ("1234567", "••••"), ("12345678", "123••••5678")])
def test_short_values_are_hidden_whole(value: str, shown: str) -> None:
    assert str(Member(phone=value).phone) == shown


@pytest.mark.usefixtures("db")
def test_no_value_needs_no_key() -> None:
    member = make_member(make_unit(), "周明")
    assert stored(member) == ("", "")
    assert (member.person, bool(member.phone), member.phone.reveal()) == (None, False, "")


def test_a_change_is_sealed_again_and_indexed(member: Member) -> None:
    before = stored(member)
    assert acts.run(change, by=ME, member_id=member.pk, phone=PHONE) == []
    assert stored(member) == before
    assert acts.run(change, by=ME, member_id=member.pk, phone=OTHER) == ["phone"]
    text, index = stored(member)
    assert OTHER not in text
    assert text != before[0]
    assert index == blind(OTHER)
    assert Member.objects.get(phone_blind=blind(OTHER)).phone.reveal() == OTHER
    assert acts.run(change, by=ME, member_id=member.pk, phone="") == ["phone"]
    assert stored(member) == ("", "")


def test_the_audit_log_names_whose_it_is_and_not_what(member: Member) -> None:
    acts.run(change, by=ME, member_id=member.pk, phone=OTHER)
    bodies = "\n".join(AuditEntry.objects.values_list("body", flat=True))
    assert f'"phone":"person:{member.person_id}#phone"' in bodies
    assert PHONE not in bodies
    assert OTHER not in bodies
    assert stored(member)[0] not in bodies


def test_defer_only_refresh_copy_and_pickle_keep_it(member: Member) -> None:
    rows = [
        Member.objects.defer("phone").get(pk=member.pk),
        Member.objects.only("phone").get(pk=member.pk),
        copy.deepcopy(Member.objects.get(pk=member.pk)),
        pickle.loads(pickle.dumps(Member.objects.get(pk=member.pk))),  # noqa: S301 (our own bytes)
        Member.objects.select_related("person").get(pk=member.pk),
    ]
    for row in rows:
        assert row.phone.reveal() == PHONE
    member.refresh_from_db()
    assert member.phone.reveal() == PHONE
    assert PHONE.encode() not in pickle.dumps(rows[-1])
    assert isinstance(Member.objects.values_list("phone", flat=True).get(pk=member.pk), Sealed)


def test_saving_a_row_again_does_not_seal_twice(member: Member) -> None:
    row = Member.objects.get(pk=member.pk)
    before = stored(row)
    row.save()
    assert stored(row) == before
    row.phone = member.phone
    row.save()
    assert row.phone.reveal() == PHONE


@pytest.mark.usefixtures("member")
def test_plain_text_never_reaches_the_database() -> None:
    for careless in (
        lambda: Member.objects.filter(phone=PHONE).exists(),
        lambda: Member.objects.update(phone=PHONE),
    ):
        with pytest.raises(TypeError, match="blind index"), transaction.atomic():
            careless()
    with pytest.raises(FieldError):
        Member.objects.filter(phone__contains="138")


def test_bulk_writes_seal_too(member: Member) -> None:
    person = PersonKey.fresh()
    new = Member(region=member.region, unit=member.unit, name="新", person=person, phone=OTHER)
    acts.run(lambda by: acts.insert_many([new]), by=ME)
    text, index = stored(new)
    assert OTHER not in text
    assert index == blind(OTHER)


def test_a_value_without_a_person_is_refused(member: Member) -> None:
    with pytest.raises(ValueError, match="person"):
        Member(region=member.region, unit=member.unit, name="新", phone=OTHER).save()


def test_forms_and_full_clean_take_it(member: Member) -> None:
    row = Member.objects.get(pk=member.pk)
    row.full_clean()
    assert row.phone.reveal() == PHONE
    form = modelform_factory(Member, fields=["phone"])({"phone": OTHER}, instance=row)
    assert form.is_valid()
    form.save()
    assert Member.objects.get(pk=member.pk).phone.reveal() == OTHER


def test_the_masked_form_is_never_saved(member: Member) -> None:
    """A form that shows 138••••8617 and is sent back as it was would else overwrite the number for good."""
    assert PHONE not in modelform_factory(Member, fields=["phone"])(instance=member).as_p()
    with pytest.raises(ValidationError) as refused:
        acts.run(change, by=ME, member_id=member.pk, phone="138••••8617")
    assert refused.value.error_dict["phone"][0].code == "masked"
    member.phone = "138••••8617"
    with pytest.raises(ValueError, match="masked"), transaction.atomic():
        member.save()
    assert Member.objects.get(pk=member.pk).phone.reveal() == PHONE


def test_erasure_makes_it_unreadable(member: Member) -> None:
    person = member.person
    assert person is not None
    sealed = person.seal(b"a file")
    person.destroy()
    row = Member.objects.get(pk=member.pk)
    assert (row.phone.reveal(), str(row.phone)) == ("", "")
    assert PersonKey.objects.get(pk=person.pk).unseal(sealed) is None
    assert bytes(PersonKey.objects.get(pk=person.pk).wrapped) == b""
    with pytest.raises(ValueError, match="destroyed"):
        person.seal(b"again")
    with pytest.raises(ValueError, match="destroyed"):
        acts.run(change, by=ME, member_id=member.pk, phone=OTHER)


# Nowhere in clear ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"no member {PHONE} here", "no member •••• here"),
        ("138 2407 8617，11010519491231002X", "••••，••••"),
        ("zhou@example.com", "••••"),
        ("job 123456 took 3.5 s", "job 123456 took 3.5 s"),
    ],
)
def test_numbers_are_hidden_in_what_goes_to_logs(text: str, kept: str) -> None:
    assert without_numbers(text) == kept


def everything_stored(database: LiveDatabase) -> bytes:
    """All bytes of the SQLite files; on PostgreSQL all columns of all tables as text."""
    if connection.vendor == "sqlite":
        connection.close()
        found = Path(database.name).parent.glob(f"{Path(database.name).name}*")
        return b"".join(path.read_bytes() for path in found)
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows: list[object] = []
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 (names of our tables)
            rows += cursor.fetchall()
    return repr(rows).encode()


def test_a_seeded_number_is_found_nowhere(live: LiveDatabase, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), CaptureQueriesContext(connection) as queries:
        member = make_member(make_unit(), "周明", phone=PHONE)
        acts.run(change, by=ME, member_id=member.pk, phone=OTHER)
    text = everything_stored(live)
    assert "周明".encode() in text
    for number in (PHONE, OTHER):
        assert number.encode() not in text
        assert number not in caplog.text
        assert number not in str(queries.captured_queries)
