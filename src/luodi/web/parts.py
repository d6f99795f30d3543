"""What the components take: plain frozen objects that any app can build.

Texts are shown as they are and escaped; pass a `SafeString` (`format_html`) where a text holds a link or a date.
Links are finished addresses (`reverse(...)`). An empty string means "not there".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

from django.utils.functional import Promise

Text = str | Promise
When = date | datetime | str

LampState = Literal["grey", "green", "blue", "yellow", "red", "mended", "paused"]
StepState = Literal["done", "now", "todo", "skipped"]
NoticeKind = Literal["info", "ok", "warn", "bad"]


class ShellUnit(Protocol):
    @property
    def short(self) -> str: ...


class ShellRegion(Protocol):
    @property
    def name(self) -> str: ...


class ShellMember(Protocol):
    @property
    def unit(self) -> ShellUnit: ...
    @property
    def region(self) -> ShellRegion: ...


class ShellUser(Protocol):
    """What the frame of the page asks of a signed-in account: what it may do, and whose it is.

    `member` is written as a name, and has a `unit` with a `short` and a `region` with a `name`. `acting` says in words for whom a deputy
    acts, until when and what ("" = for himself).
    """

    @property
    def member(self) -> ShellMember: ...
    @property
    def acting(self) -> str: ...
    def may(self, action: str) -> bool: ...


class Part:
    """Gives a template what it asks for at its first try, `part["label"]`; the exception that it met there otherwise, on
    each of a thousand reads, would take a third of the time of a long page."""

    __slots__ = ()

    def __getitem__(self, name: str) -> object:
        return getattr(self, name)


@dataclass(frozen=True, slots=True)
class Step(Part):
    """One stage on the path. `word` stands before the date (承诺, 计划), `note` after it (118 天)."""

    label: Text
    state: StepState
    date: date | None = None
    note: Text = ""
    word: Text = ""


@dataclass(frozen=True, slots=True)
class Fact(Part):
    """One of the four or five facts of a thing. `late` prints the figure in the colour of what is late."""

    label: Text
    value: Text
    unit: Text = ""
    sub: Text = ""
    href: str = ""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Tab(Part):
    label: Text
    href: str
    count: int | None = None
    current: bool = False


@dataclass(frozen=True, slots=True)
class MenuItem(Part):
    label: Text
    href: str


@dataclass(frozen=True, slots=True)
class MenuGroup(Part):
    """Acts that belong together, under a heading of a menu."""

    title: Text
    items: Sequence[MenuItem]


@dataclass(frozen=True, slots=True)
class GateItem(Part):
    """One piece of evidence. `date` is the day it was ready, or the day it is promised for."""

    label: Text
    done: bool
    href: str = ""
    holder: Text = ""
    date: date | None = None


@dataclass(frozen=True, slots=True)
class Gate(Part):
    """What the next stage asks. `href` opens the act when `enabled`; when not, `why` says who may and why I may not.

    `dialog` is the id of a dialog on the same page; it is used instead of `href`. `primary`: the one filled button of the page.
    """

    title: Text
    items: Sequence[GateItem]
    button: Text = ""
    enabled: bool = False
    href: str = ""
    dialog: str = ""
    why: Text = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class TimelineEntry(Part):
    """One thing that happened. `was` is struck out before `now`; `key` fills the dot; `lamp` stands before the text."""

    at: When
    who: Text
    text: Text = ""
    was: Text = ""
    now: Text = ""
    note: Text = ""
    quote: Text = ""
    lamp: LampState | Literal[""] = ""
    href: str = ""
    key: bool = False


@dataclass(frozen=True, slots=True)
class Person(Part):
    """Who answers for a thing in one role. An empty `name` shows that nobody does."""

    role: Text
    name: Text = ""
    href: str = ""
    since: date | None = None
    note: Text = ""


@dataclass(frozen=True, slots=True)
class Pair(Part):
    """One labelled value of an overview. An empty value is shown as 未填."""

    label: Text
    value: Text
    href: str = ""
    note: Text = ""


@dataclass(frozen=True, slots=True)
class WorkRow(Part):
    """One duty: when · what and why · the one act that settles it.

    `when` is short (12:00 前, 明天, 周四); with `lamp` it is shown as a lamp (逾期 in red, 临期 in yellow).
    """

    when: Text
    title: Text
    sub: Text = ""
    text: Text = ""
    href: str = ""
    button: Text = ""
    button_href: str = ""
    lamp: LampState | Literal[""] = ""
    primary: bool = False


@dataclass(frozen=True, slots=True)
class WaitRow(Part):
    """Somebody who waits for me (在等我的): `meta` is who, from where, for how long."""

    meta: Text
    title: Text
    href: str = ""
    button: Text = ""
    button_href: str = ""


@dataclass(frozen=True, slots=True)
class Chip(Part):
    """A filter in force; `href` is the address without it."""

    label: Text
    value: Text
    href: str


@dataclass(frozen=True, slots=True)
class FilterOption(Part):
    value: str
    label: Text
    checked: bool = False
    count: int | None = None
    lamp: LampState | Literal[""] = ""


@dataclass(frozen=True, slots=True)
class FilterMenu(Part):
    """One drop-down of the filter bar. `many` sends the key once for each ticked option, `one` once,
    `dates` sends `<key>_from` and `<key>_to`, `text` sends what is typed."""

    key: str
    label: Text
    kind: Literal["many", "one", "dates", "text"] = "many"
    options: Sequence[FilterOption] = ()
    value: str = ""
    date_from: str = ""
    date_to: str = ""


@dataclass(frozen=True, slots=True)
class Column(Part):
    key: str
    label: Text
    shown: bool = True


@dataclass(frozen=True, slots=True)
class FilterBar(Part):
    """Chips, drop-downs and the column chooser above a list.

    `target` is the id of the part of the page that changes (without #); script replaces `#<target>` and the bar's chips
    from the whole page that the server sends, so the view needs no second template.
    """

    chips: Sequence[Chip] = ()
    menus: Sequence[FilterMenu] = ()
    columns: Sequence[Column] = ()
    target: str = "list"


@dataclass(frozen=True, slots=True)
class DiffRow(Part):
    """One field in an edit conflict."""

    label: Text
    mine: Text
    theirs: Text


class QuickHit(Protocol):
    """One thing that was found: its name with the found words marked, what it is or belongs to, whether it has ended."""

    @property
    def title(self) -> Text: ...
    @property
    def href(self) -> str: ...
    @property
    def about(self) -> Text: ...
    @property
    def of(self) -> Text: ...
    @property
    def ended(self) -> bool: ...


class QuickSection(Protocol):
    """What was found of one kind. `count` says how many in words; `href` leads to all of them, if there are `more`."""

    @property
    def kind(self) -> str: ...
    @property
    def label(self) -> Text: ...
    @property
    def count(self) -> str: ...
    @property
    def hits(self) -> Sequence[QuickHit]: ...
    @property
    def href(self) -> str: ...
    @property
    def more(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class WizardStep(Part):
    label: Text
    state: Literal["done", "now", "todo"]


@dataclass(frozen=True, slots=True)
class ShellPage(Part):
    label: Text
    url: str
    letter: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class ShellGroup(Part):
    key: str
    label: Text
    url: str
    pages: Sequence[ShellPage]
    current: bool = False


@dataclass(frozen=True, slots=True)
class Shell(Part):
    """The frame of a signed-in page: the groups that this person may open, and who they are.

    `search_url` is "" for who may search nothing; `searched` is what stands in the box on the page of results. `acting`
    is the sentence that a deputy reads on every page.
    """

    groups: Sequence[ShellGroup] = field(default_factory=tuple)
    user_name: Text = ""
    user_unit: Text = ""
    region: Text = ""
    search_url: str = ""
    searched: str = ""
    acting: str = ""

    @property
    def current(self) -> ShellGroup | None:
        return next((g for g in self.groups if g.current), None)
