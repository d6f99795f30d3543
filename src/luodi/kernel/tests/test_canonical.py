from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import pytest
from django.utils.translation import gettext_lazy
from hypothesis import given
from hypothesis import strategies as st

from luodi.kernel import canonical
from luodi.orgs.rules import Role

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def test_the_form_is_fixed_for_ever() -> None:
    """These bytes stand in chains of years ago: a change here makes every one of them look broken."""
    value = {
        "乙": Decimal("1.50"),
        "a": [True, None, 3, "“引”\n"],
        "at": datetime(2026, 3, 1, 8, tzinfo=timezone(timedelta(hours=8))),
        "on": date(2026, 3, 1),
        "id": UUID(int=1),
        "role": Role.UNIT_HEAD,
    }
    assert canonical.dumps(value) == (
        '{"a":[true,null,3,"“引”\\n"],"at":"2026-03-01T00:00:00.000000+00:00",'
        '"id":"00000000-0000-0000-0000-000000000001","on":"2026-03-01","role":"unit_head","乙":"1.50"}'
    )


def test_sm3_gives_the_standards_own_example() -> None:
    """GB/T 32905-2016, A.1."""
    assert canonical.digest(b"abc", "sm3") == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert canonical.digest(b"abc", "sha256") == hashlib.sha256(b"abc").hexdigest()


@given(JSON)
def test_equal_values_give_equal_text_whatever_the_order(value: object) -> None:
    def turned(inner: object) -> object:
        if isinstance(inner, dict):
            return {key: turned(inner[key]) for key in reversed(list(inner))}
        return [turned(item) for item in inner] if isinstance(inner, list) else inner

    assert canonical.dumps(value) == canonical.dumps(turned(value))


@given(JSON, JSON)
def test_different_values_give_different_text(one: object, other: object) -> None:
    assert (canonical.dumps(one) == canonical.dumps(other)) == (repr(one) == repr(other) or one == other)


@pytest.mark.parametrize("value", [{1, 2}, float("nan"), float("inf"), gettext_lazy("文"), object(), 1j])
def test_what_has_no_one_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical.dumps(value)


def test_bytes_are_told_by_their_hash() -> None:
    assert canonical.plain(b"abc") == canonical.plain(memoryview(b"abc"))
    assert str(canonical.plain(b"abc")).startswith("sm3:66c7f0f4")


def test_an_instant_is_written_in_utc() -> None:
    assert canonical.plain(datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00.000000+00:00"
