"""Where a row stands in the index, and how good a hit is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from luodi.engines import searching
from luodi.engines.searching import AllOf, Condition, OneOf, Question, Word

LIVE_BIT = 47
KIND_BIT = 48
COUNTED = 100
"""So many hits of a kind are ranked and counted; of more it is said that there are more."""
PAGE = 20
QUICK = 3
"""Hits of each kind in the quick list."""

STAGES: tuple[Callable[[Question], Condition], ...] = (
    searching.exact,
    searching.beginning,
    searching.in_name,
    searching.by_sound,
    searching.anywhere,
)
"""From the best hit to the last (docs/domain/search.md#order)."""
LAST = len(STAGES)
TAGS = {"names": "w", "keys": "c", "sounds": "s", "body": "b"}
TAG, BEGINNINGS = 2, 8
"""Characters of a tag; longest beginning that has a list of its own (the migration's `prefix` says the same)."""
KINDS = "0123456789abcdefghijklmnopqrstuvwxyz"
"""A word stands in the index after the letter of its field and the sign of its kind. One list of words so holds all
fields, the beginning of a word is looked for in one field alone, and the database knows how frequent a word is in a
kind, where a word and a condition on the kind would mislead PostgreSQL's planner."""


def place(number: int, live: bool, object_id: int) -> int:
    """The id of a row: the kind's number, then live, then the thing's own id."""
    return (number << KIND_BIT) | (int(live) << LIVE_BIT) | object_id


def span(number: int) -> tuple[int, int]:
    """First and last place of a kind."""
    return number << KIND_BIT, ((number + 1) << KIND_BIT) - 1


@dataclass(frozen=True, slots=True)
class Grammar:
    """How one kind of database writes a condition on words. Words are letters and figures: nothing in them is syntax."""

    word: Callable[[str, bool], str]
    both: str
    either: str


def _fts5(word: str, begins: bool) -> str:
    return f'"{word}"{" *" if begins else ""}'


def _tsquery(word: str, begins: bool) -> str:
    if begins and len(word) <= TAG + BEGINNINGS:
        return f"'{_beginning(word)}'"
    return f"'{word}'{':*' if begins else ''}"


def _beginning(word: str) -> str:
    """A beginning as a word of its own: its tag is a capital letter."""
    return word[:1].upper() + word[1:]


GRAMMARS = {"sqlite": Grammar(_fts5, " AND ", " OR "), "postgresql": Grammar(_tsquery, " & ", " | ")}


def tag(field: str, number: int) -> str:
    return TAGS[field] + KINDS[number]


def written(condition: Condition, number: int, vendor: str) -> str:
    """A condition on the words of one kind, in the language of the database."""
    grammar = GRAMMARS[vendor]
    match condition:
        case Word():
            return grammar.word(tag(condition.field, number) + condition.word, condition.begins)
        case AllOf(parts):
            return _joined(grammar.both, [written(part, number, vendor) for part in parts])
        case OneOf(parts):
            return _joined(grammar.either, [written(part, number, vendor) for part in parts])


def _joined(between: str, parts: list[str]) -> str:
    told = list(dict.fromkeys(parts))
    return told[0] if len(told) == 1 else f"({between.join(told)})"


def tagged(words: searching.Words, number: int) -> list[str]:
    """All words of a thing of one kind, each with its tag."""
    return [tag(field, number) + word for field in TAGS for word in getattr(words, field).split()]


def lexemes(words: Sequence[str]) -> list[str]:
    """Tagged words with their beginnings as words of their own, for PostgreSQL: it reckons how frequent a word is, but
    takes any beginning for rare, and would then fetch every row that has it. FTS5 keeps such lists by itself."""
    ends = range(TAG + 1, TAG + BEGINNINGS + 1)
    return list(
        dict.fromkeys([*words, *(_beginning(word[:end]) for word in words for end in ends if end <= len(word))])
    )
