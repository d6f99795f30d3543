"""How a text becomes the words of an index, and what somebody types the question put to it. Pure.

Words of a name are all its pairs of characters, so that any part of a name finds it, wherever a dictionary would cut;
words of a longer text are cut by the dictionary (rjieba), which keeps 工程 from being found in 化工程序. Sounds are the
initials and the syllables of a name from each of its words on. Why: docs/domain/search.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import cast

import rjieba
from pypinyin import Style, lazy_pinyin

MOST_TYPED = 100
MOST_CHUNKS = 6
MOST_RUNS = 12
MOST_TEXT = 4000
"""Characters of a longer text that are indexed."""
INITIALS, SYLLABLES, STARTS = 16, 8, 12
"""Length of the sounds kept from one word on (initials; whole syllables), and words of a name that begin one."""
CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


@dataclass(frozen=True, slots=True)
class Words:
    """What the index holds of one thing: four fields of words with a space between them.

    `names` pairs of characters of its names · `keys` its names and codes, each as one word · `sounds` · `body` words of
    its text. All words consist of letters and figures alone, in lower case.
    """

    names: str
    keys: str
    sounds: str
    body: str


@dataclass(frozen=True, slots=True)
class Chunk:
    """What stands between two spaces of a question: 龙腾-Q2 has the key 龙腾q2 and the runs 龙腾, q2."""

    key: str
    runs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What was typed, understood. No chunks: nothing that could be looked for."""

    key: str
    chunks: tuple[Chunk, ...]

    @property
    def runs(self) -> list[str]:
        return [run for chunk in self.chunks for run in chunk.runs]


def plain(text: str) -> str:
    """Full width to half, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def key_of(text: str) -> str:
    """The letters and figures of a text, in which two spellings of a name or a code are the same."""
    return "".join(char for char in plain(text) if char.isalnum())


def is_chinese(text: str) -> bool:
    return bool(CHINESE.match(text))


def runs_of(text: str) -> Iterator[str]:
    """The unbroken runs of Chinese characters, and those of other letters and figures."""
    for kind, chars in groupby(plain(text), key=_class_of):
        if kind:
            yield "".join(chars)


def _class_of(char: str) -> str:
    if not char.isalnum():
        return ""
    return "chinese" if CHINESE.match(char) else "other"


def question_of(typed: str) -> Question:
    """Understand what was typed; what is too long is cut short. Never raises."""
    chunks: list[Chunk] = []
    left = MOST_RUNS
    for part in plain(typed[:MOST_TYPED]).split():
        runs = tuple(runs_of(part))[:left]
        if runs and len(chunks) < MOST_CHUNKS:
            chunks.append(Chunk(key_of(part), runs))
            left -= len(runs)
    return Question("".join(chunk.key for chunk in chunks), tuple(chunks))


# Words of the index -------------------------------------------------------------------------------------------------


def words_of(names: Sequence[str], codes: Sequence[str], text: str) -> Words:
    """The words of one thing: its names (the first is its title), its codes, its longer text."""
    told = [name for name in names if name]
    pieces = (piece for name in told for run in runs_of(name) for piece in pieces_of(run))
    sounds = (sound for name in told for sound in sounds_of(name))
    keys = (key_of(word) for word in [*told, *codes])
    body = (word for run in runs_of(text[:MOST_TEXT]) for word in cut_to_keep(run))
    return Words(_joined(pieces), _joined(keys), _joined(sounds), _joined(body))


def _joined(words: Iterable[str]) -> str:
    return " ".join(dict.fromkeys(word for word in words if word))


def pieces_of(run: str) -> list[str]:
    """All pairs of a Chinese run and its last character (a single one is found as the beginning of a pair)."""
    if not is_chinese(run):
        return [run]
    return [*pairs_of(run), run[-1]]


def pairs_of(run: str) -> list[str]:
    return [run[place : place + 2] for place in range(len(run) - 1)]


def cut_to_keep(run: str) -> list[str]:
    """The words of a Chinese run by the dictionary, with the shorter ones inside them."""
    return rjieba.cut_for_search(run, False) if is_chinese(run) else [run]


def cut_to_ask(run: str) -> list[str]:
    return rjieba.cut(run, False) if is_chinese(run) else [run]


def sounds_of(name: str) -> tuple[str, ...]:
    """Initials and syllables of a name from each of its words on: 新建智造 gives xjzz, xinjianzhizao, zz, zhizao."""
    key = key_of(name)
    if not CHINESE.search(key):
        return ()
    cut = rjieba.cut(key, False)
    syllables = [syllable for word in cut for syllable in _syllables(word)]
    found: list[str] = []
    start = 0
    for word in cut[:STARTS]:
        found.append("".join(syllable[0] for syllable in syllables[start : start + INITIALS]))
        found.append("".join(syllables[start : start + SYLLABLES]))
        start += len(word)
    return tuple(dict.fromkeys(found))


# pypinyin takes a list here, and says so in its papers alone
_each = cast(Callable[[str], str], list)


@lru_cache(maxsize=65536)
def _syllables(word: str) -> list[str]:
    """One for each character, as it sounds in this word; of what has no pinyin, the character itself."""
    told: list[str] = []
    for chinese, chars in groupby(word, key=is_chinese):
        run = "".join(chars)
        told += lazy_pinyin(run, style=Style.NORMAL, errors=_each) if chinese else list(run)
    return [_spelt(syllable) for syllable in told]


def _spelt(syllable: str) -> str:
    return "".join(char for char in plain(syllable) if char.isalnum()) or "x"


# The question as conditions -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Word:
    """One word looked for in one field of Words; `begins` takes all that begin with it."""

    field: str
    word: str
    begins: bool = False


@dataclass(frozen=True, slots=True)
class AllOf:
    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    parts: tuple[Condition, ...]


Condition = Word | AllOf | OneOf


def exact(question: Question) -> Condition:
    """A name or a code, whole."""
    return Word("keys", question.key)


def beginning(question: Question) -> Condition:
    """What a name or a code begins with."""
    return Word("keys", question.key, begins=True)


def in_name(question: Question) -> Condition:
    """Every run stands in a name."""
    return AllOf(tuple(_run_in_name(run) for run in question.runs))


def by_sound(question: Question) -> Condition:
    """Every chunk stands in a name, begins one or a code, or is how a name sounds from some word on."""
    return AllOf(tuple(_chunk_by_sound(chunk) for chunk in question.chunks))


def anywhere(question: Question) -> Condition:
    """Every chunk is found by name, by sound, or by its words anywhere."""
    return AllOf(tuple(OneOf((_chunk_by_sound(chunk), _chunk_anywhere(chunk))) for chunk in question.chunks))


def _run_in_name(run: str) -> Condition:
    if not is_chinese(run) or len(run) == 1:
        return Word("names", run, begins=True)
    return AllOf(tuple(Word("names", pair) for pair in pairs_of(run)))


def _chunk_by_sound(chunk: Chunk) -> Condition:
    parts: list[Condition] = [
        AllOf(tuple(_run_in_name(run) for run in chunk.runs)),
        Word("keys", chunk.key, begins=True),
    ]
    if chunk.key.isascii():
        parts.append(Word("sounds", chunk.key, begins=True))
    return OneOf(tuple(parts))


def _chunk_anywhere(chunk: Chunk) -> Condition:
    return AllOf(tuple(_word_anywhere(word) for run in chunk.runs for word in cut_to_ask(run)))


def _word_anywhere(word: str) -> Condition:
    return OneOf((Word("body", word, begins=len(word) == 1), _run_in_name(word)))


# What is shown of a hit -----------------------------------------------------------------------------------------------


BEFORE, AFTER = 24, 72
"""Characters of a longer text that are shown around what was found."""
BETWEEN = r"[\W_]*"
"""What may stand between the letters of a code: bc2023 is found in BC-2023."""


def marked(text: str, question: Question) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is what was looked for."""
    pattern = _pattern(question)
    even = plain(text)
    if pattern is None or len(even) != len(text):
        return [(text, False)] if text else []
    pieces, at = [], 0
    for hit in pattern.finditer(even):
        pieces += [(text[at : hit.start()], False), (text[hit.start() : hit.end()], True)]
        at = hit.end()
    return [(piece, hit) for piece, hit in [*pieces, (text[at:], False)] if piece]


def around(text: str, question: Question) -> str:
    """The part of a longer text where what was looked for first stands; "" where it does not."""
    pattern = _pattern(question)
    hit = pattern.search(plain(text)) if pattern and len(plain(text)) == len(text) else None
    if hit is None:
        return ""
    start, end = max(0, hit.start() - BEFORE), hit.end() + AFTER
    shown = " ".join(text[start:end].split())
    return f"{'…' if start else ''}{shown}{'…' if end < len(text) else ''}"


def _pattern(question: Question) -> re.Pattern[str] | None:
    needles = {chunk.key for chunk in question.chunks} | set(question.runs)
    needles |= {word for run in question.runs for word in cut_to_ask(run) if len(word) > 1}
    ordered = sorted(needles, key=lambda needle: (-len(needle), needle))
    return re.compile("|".join(_needle(needle) for needle in ordered)) if ordered else None


def _needle(needle: str) -> str:
    return re.escape(needle) if not needle.isascii() else BETWEEN.join(needle)
