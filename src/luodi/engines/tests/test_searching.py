"""How texts become words, how questions are understood, and what is marked."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from luodi.engines.searching import (
    MOST_CHUNKS,
    MOST_RUNS,
    Chunk,
    around,
    key_of,
    marked,
    question_of,
    runs_of,
    sounds_of,
    words_of,
)


@pytest.mark.parametrize(
    ("text", "key"),
    [("ＢＣ-2023－0012", "bc20230012"), (" 龙腾（化工） ", "龙腾化工"), ("——", ""), ("A\x00b\u200bc", "abc")],
)
def test_a_key_is_letters_and_figures_alone(text: str, key: str) -> None:
    assert key_of(text) == key


def test_runs_part_chinese_from_the_rest() -> None:
    assert list(runs_of("年产10万吨PVC（二期）")) == ["年产", "10", "万吨", "pvc", "二期"]


def test_any_pair_of_a_name_is_a_word_of_it() -> None:
    assert words_of(["龙腾化工园"], [], "").names.split() == ["龙腾", "腾化", "化工", "工园", "园"]


def test_a_longer_text_is_cut_by_the_dictionary() -> None:
    body = words_of(["甲"], [], "建设化工程序控制室").body.split()
    assert "程序" in body
    assert "工程" not in body


@pytest.mark.parametrize("sound", ["xjzzc", "xinjianzhizaochang", "zzc", "zhizaochang"])
def test_a_name_sounds_from_each_of_its_words_on(sound: str) -> None:
    assert any(told.startswith(sound) for told in sounds_of("新建制造厂"))


def test_what_is_not_chinese_keeps_its_letters_in_the_sound() -> None:
    assert "nc10wd" in sounds_of("年产10万吨")
    assert sounds_of("ABC 2") == ()


def test_a_question_is_cut_at_spaces_and_into_runs() -> None:
    question = question_of("  龙腾-Q2　化工 ")
    assert question.chunks == (Chunk("龙腾q2", ("龙腾", "q2")), Chunk("化工", ("化工",)))
    assert question.key == "龙腾q2化工"


@pytest.mark.parametrize("typed", ["", "   ", '"*()', "%", "——", "\x00"])
def test_a_question_without_a_letter_asks_nothing(typed: str) -> None:
    assert question_of(typed).chunks == ()


def test_a_long_question_is_cut_short() -> None:
    question = question_of("甲a乙b丙c丁d " * 200)
    assert len(question.chunks) <= MOST_CHUNKS
    assert len(question.runs) <= MOST_RUNS


@given(st.text(max_size=200))
@example("İ ﬁ ㍿ ½ \ud83c")
def test_every_word_is_letters_and_figures(text: str) -> None:
    """Nothing that stands in the index or in a question can be syntax of a database."""
    words = words_of([text, "龙腾" + text], [text], text)
    for field in (words.names, words.keys, words.sounds, words.body):
        assert all(word.isalnum() for word in field.split(" ") if word)
    for chunk in question_of(text).chunks:
        assert all(word.isalnum() for word in (chunk.key, *chunk.runs))


@given(st.text(max_size=80), st.text(max_size=40))
def test_marking_changes_no_character(text: str, typed: str) -> None:
    pieces = marked(text, question_of(typed))
    assert "".join(piece for piece, _hit in pieces) == text
    around(text, question_of(typed))


def test_what_was_looked_for_is_marked() -> None:
    assert marked("龙腾化工有限公司", question_of("化工")) == [("龙腾", False), ("化工", True), ("有限公司", False)]
    assert marked("BC-2023-0012", question_of("bc2023")) == [("BC-2023", True), ("-0012", False)]
    assert marked("甲乙", question_of("丙")) == [("甲乙", False)]
    assert marked("", question_of("丙")) == []


def test_of_a_longer_text_the_part_that_was_found_is_shown() -> None:
    text = "前" * 100 + "供电增容" + "后" * 200
    shown = around(text, question_of("供电"))
    assert shown.startswith("…前")
    assert shown.endswith("后…")
    assert "供电增容" in shown
    assert around(text, question_of("化工")) == ""
