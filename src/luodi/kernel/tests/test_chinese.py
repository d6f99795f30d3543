from __future__ import annotations

import pytest

from luodi.kernel.chinese import name_key, pinyin_of


def test_two_spellings_of_a_name_have_one_key() -> None:
    assert name_key("柏川县 ＡＢＣ（二期）") == name_key("柏川县\u3000abc(二期)")


@pytest.mark.parametrize(
    ("name", "pinyin"), [("柏川", "baichuan|bc"), ("ABC二期", "abcerqi|abceq"), ("", "|"), ("3#楼", "3#lou|3#l")]
)
def test_a_name_is_found_by_sound_and_by_initials(name: str, pinyin: str) -> None:
    assert pinyin_of(name) == pinyin
    assert len(pinyin_of(name * 200)) <= 200
