"""Typed extension points: what a lower page shows of a higher app comes through here, filled in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from django.utils.functional import Promise

Text = str | Promise
Group = Literal["desk", "win", "keep", "build", "steer", "admin"]


@dataclass(frozen=True, slots=True)
class NavEntry:
    """A page of the navigation. `letter` opens it after `g`; `action` is the permission it needs ("" = signed in)."""

    group: Group
    order: int
    label: Text
    url_name: str
    letter: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One thing that is due from the reader. `due_on` is a civil date (None: no limit runs); `waiting` names who waits."""

    key: str
    title: str
    text: str
    href: str
    button: str
    due_on: date | None = None
    since: date | None = None
    waiting: str = ""


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """How a kind of subject is shown and guarded: its address, and which ids of it a user may see."""

    kind: str
    label: Text
    url: Callable[[Any], str]
    visible_subjects: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """How a timeline entry of one code reads. `text` has named placeholders; `types` says how each value is shown."""

    code: str
    text: Text
    types: dict[str, str] = field(default_factory=dict)
    weight: Literal["strong", "plain"] = "plain"


@dataclass(frozen=True, slots=True)
class Holding:
    """How many live things of one kind a member answers for in one role, with the list behind the number."""

    member_id: int
    label: Text
    count: int
    href: str


@dataclass(frozen=True, slots=True)
class HeadChange:
    """A unit's head gives way to another: each app hands over what the old head answered for, within the same act."""

    unit_id: int
    old_id: int | None
    new_id: int
    by: Any


NAV: list[NavEntry] = []
DESK: list[Callable[[Any], Iterable[DeskLine]]] = []
SUBJECTS: dict[str, SubjectKind] = {}
VERBS: dict[str, Verb] = {}
SHOWN_AS: dict[str, Callable[[str], str]] = {}
HOLDINGS: list[Callable[[Sequence[int]], Iterable[Holding]]] = []
HEAD_CHANGES: list[Callable[[HeadChange], None]] = []
JOBS: dict[str, Callable[..., None]] = {}
CHECKS: list[Callable[[], Iterable[str]]] = []


def add_nav(*entries: NavEntry) -> None:
    NAV.extend(entry for entry in entries if entry not in NAV)
    NAV.sort(key=lambda entry: entry.order)


def add_verbs(*verbs: Verb) -> None:
    """Add timeline verbs. Codes are unique over all apps."""
    for verb in verbs:
        if verb.code in VERBS and VERBS[verb.code] != verb:
            raise ValueError(f"two verbs are called {verb.code}")
        VERBS[verb.code] = verb


def add_subject(kind: SubjectKind) -> None:
    SUBJECTS[kind.kind] = kind
