"""Typed extension points: what a lower page shows of a higher app comes through here, filled in `AppConfig.ready()`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from django.utils.functional import Promise

from luodi.kernel.rule_tables import Effect, RuleTable, TableSeries, ThresholdGroup
from luodi.kernel.schedules import Schedule

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
class Written:
    """A row that an act wrote: the model's label in lower case, its id, and which fields changed (None: it is new)."""

    model: str
    object_id: int
    changed: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Owed:
    """What a row of an app says is owed now: by which unit and which person of it, since when, to whom.

    `due_on` is a civil date that the row itself promises; None: the kind's working days run from `since`. `stopped_on` is
    the day from which the clock stands (a suspended project). `values` fill the kind's words.
    """

    ref: int
    subject_id: int
    unit_id: int
    member_id: int | None
    since: datetime
    due_on: date | None = None
    waiting_id: int | None = None
    stopped_on: date | None = None
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Follow:
    """For written rows of one model: the subjects whose duties may now be others, and which of its fields matter.

    `fields` None: every write matters; else a change of one of them, and with `new` also a new row.
    """

    subjects: Callable[[Sequence[int]], Iterable[int]]
    fields: frozenset[str] | None = None
    new: bool = True

    def minds(self, written: Written) -> bool:
        if written.changed is None:
            return self.new
        return self.fields is None or bool(self.fields & written.changed)


@dataclass(frozen=True, slots=True)
class DutyKind:
    """A kind of duty 应办事项: its words, its clock, and how it is read off the rows of its app.

    `title` has named placeholders for `subject` and the duty's values; `types` says how each value is shown (SHOWN_AS).
    `href` gives the one page that settles a duty (obligations.models.Obligation with its subject).
    `action` is the permission with which a colleague of the debtor's unit may settle it ("": the person alone).
    `allowed` working days and `rungs` (working days after the due day, who hears) hold where the county has set nothing
    else. `owed` gives what these subjects owe now; what it no longer gives is settled. `barred` gives those refs that
    this user may not settle, for a reason of the row.
    """

    code: str
    label: Text
    title: Text
    button: Text
    href: Callable[[Any], str]
    owed: Callable[[Sequence[int]], Iterable[Owed]]
    follows: Mapping[str, Follow]
    types: Mapping[str, str] = field(default_factory=dict)
    action: str = ""
    allowed: int = 5
    rungs: tuple[tuple[int, str], ...] = ((-1, "person"), (1, "unit_head"), (3, "supervisor"), (5, "leader"))
    barred: Callable[[Any, Sequence[int]], Iterable[int]] = lambda _user, _refs: ()


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """How a kind of subject is shown and guarded: its address, and which ids of it a user may see.

    Both give a queryset of `subject_id`. `listed_subjects`: those of the visible that lists and search show (a voided
    project is seen by who opens it, and found by nobody).
    """

    kind: str
    label: Text
    url: Callable[[Any], str]
    visible_subjects: Callable[[Any], Any]
    listed_subjects: Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Verb:
    """How a timeline entry of one code reads. `text` has named placeholders; `types` says how each value is shown."""

    code: str
    text: Text
    types: dict[str, str] = field(default_factory=dict)
    weight: Literal["strong", "plain"] = "plain"


@dataclass(frozen=True, slots=True)
class Holding:
    """How many live things of one kind a member answers for in one role, with the list behind the number.

    `code` names the kind and role in addresses; several members in one list: their addresses' queries joined by `&`.
    `own`: he does these himself, so that there can be too many of them; of what he answers for as a leader others do the work.
    """

    member_id: int
    label: Text
    count: int
    href: str
    code: str = ""
    own: bool = False


@dataclass(frozen=True, slots=True)
class HeadChange:
    """A unit's head gives way to another: each app hands over what the old head answered for, within the same act.

    `note` is what he who arranges it says of the handover; "" where nobody was asked.
    """

    unit_id: int
    old_id: int | None
    new_id: int
    by: Any
    note: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """What a leaving member holds of one kind, whoever looks, all of it to go to one successor.

    `offered` are the members to choose from; None: nobody is chosen, `text` says where it goes. `optional`: it may be left
    without anybody where its own rules allow that. `barred` says why this user may not hand it over ("" = he may).
    """

    code: str
    label: Text
    count: int
    text: Text = ""
    offered: Sequence[Any] | None = None
    optional: bool = False
    barred: Text = ""


@dataclass(frozen=True, slots=True)
class Leaving:
    """A member leaves. `to` gives the successors' ids by code of what he holds, None: nobody. The members are locked."""

    member: Any
    to: Mapping[str, int | None]
    note: str
    by: Any


@dataclass(frozen=True, slots=True)
class Estate:
    """What an app says of a leaving member: what he holds (asked with the user and the member), which rows are locked before
    anything is written, and how they are handed over in the same act, each under the rules of a single handover."""

    held: Callable[[Any, Any], Iterable[Held]]
    hold: Callable[[Any], None] = lambda _member: None
    hand_over: Callable[[Leaving], None] = lambda _leaving: None


@dataclass(frozen=True, slots=True)
class SearchDoc:
    """What can be searched of one thing. Never personal data.

    `names` are others than its title; `about` is the line under the title (data alone, no words of the interface);
    `text` whatever longer was written; what is not `live` comes after what is.
    """

    object_id: int
    title: str
    subject_id: int | None = None
    live: bool = True
    names: Sequence[str] = ()
    codes: Sequence[str] = ()
    about: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class SearchSource:
    """One kind of thing that search finds.

    `number` is its place among the kinds, on the page and in the index: never given to another kind. `told` says what of
    it is searched; `action` is the permission to search it. `docs` reads the rows with these ids, those that may be found
    at all; `follows` tells for another model's written rows, whose ids of this kind say something else now.
    `visible` gives a condition on rows of the index (by OuterRef, without joins): which of them a user may see; `url`
    the address of a row. `exact` gives ids that a user may find by what the index must not hold (a telephone number).
    """

    kind: str
    number: int
    label: Text
    told: Text
    action: str
    model: str
    docs: Callable[[Sequence[int]], Iterable[SearchDoc]]
    visible: Callable[[Any], Any]
    url: Callable[[Any], str]
    follows: Mapping[str, Callable[[Sequence[int]], Iterable[int]]] = field(default_factory=dict)
    exact: Callable[[Any, str], Sequence[int]] = lambda _user, _typed: ()


@dataclass(frozen=True, slots=True)
class Periodic:
    """Work that comes round: `handler(job)` is called once for each slot of `schedule`, whatever the number of workers.

    The handler is a job's: it works in acts of its own and its last act calls `jobs.finish(job)`;
    `job.arguments["slot"]` is the slot, ISO 8601. Names are unique, jobs' kinds included.
    """

    name: str
    label: Text
    handler: Callable[..., None]
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class JobKind:
    """How a kind of job is told of: its name, and for its asker, the page where he finds it again.

    Only a kind that has such a page stands in its asker's list 我的任务. A lasting kind finishes what an act has begun,
    so it is tried again but never given up.
    """

    kind: str
    label: Text
    page: Callable[[Any], str] | None = None
    lasting: bool = False

    @property
    def shown(self) -> bool:
        return self.page is not None

    def url(self, job: Any) -> str:
        return self.page(job) if self.page else ""


NAV: list[NavEntry] = []
DESK: list[Callable[[Any], Iterable[DeskLine]]] = []
SUBJECTS: dict[str, SubjectKind] = {}
VERBS: dict[str, Verb] = {}
ACTS: dict[str, Text] = {}
FORMER_ACTS: dict[str, str] = {}
"""Names that services had when older entries of the audit log were written, with those of today."""
"""What each service does, in the users' words, by the name under which the audit log keeps it."""
SHOWN_AS: dict[str, Callable[[str], str]] = {}
HOLDINGS: list[Callable[[Any, Sequence[int]], Iterable[Holding]]] = []
"""What members answer for, given the reader and the members' ids: each number counts what the reader's list will show."""
HEAD_CHANGES: list[Callable[[HeadChange], None]] = []
ESTATES: list[Estate] = []
"""In the order in which their tables are locked."""
JOBS: dict[str, Callable[..., None]] = {}
DUTIES: dict[str, DutyKind] = {}
PEOPLE: dict[str, Callable[[Sequence[int]], Mapping[int, Mapping[str, int]]]] = {}
"""By kind of subject: who leads and supervises these subjects (member ids by "leader", "supervisor")."""
ANSWERS_FOR: list[Callable[[Any], Any]] = []
"""Querysets of the subject ids that a user answers for himself or by his unit, whatever else he may see."""
WRITTEN: list[Callable[[Sequence[Written]], None]] = []
"""What is derived from written rows is brought up here, at the end of the act that wrote them."""
JOB_KINDS: dict[str, JobKind] = {}
PERIODIC: dict[str, Periodic] = {}
CHECKS: list[Callable[[], Iterable[str]]] = []
TABLES: dict[str, RuleTable] = {}
TABLE_SERIES: list[TableSeries] = []
THRESHOLDS: list[ThresholdGroup] = []
CALENDAR_EFFECTS: list[Callable[[frozenset[date], frozenset[date], Any], Iterable[Effect]]] = []
"""What a change of the working days would move: given the days that would become free, those that would be worked, and
the user whose view is counted."""
SEARCH: dict[str, SearchSource] = {}
FINDINGS: list[Callable[[], Iterable[Any]]] = []
"""What `doctor` looks at besides its own: each gives kernel.doctor.Finding."""


def add_nav(*entries: NavEntry) -> None:
    NAV.extend(entry for entry in entries if entry not in NAV)
    NAV.sort(key=lambda entry: entry.order)


def add_verbs(*verbs: Verb) -> None:
    """Add timeline verbs. Codes are unique over all apps."""
    for verb in verbs:
        if verb.code in VERBS and VERBS[verb.code] != verb:
            raise ValueError(f"two verbs are called {verb.code}")
        VERBS[verb.code] = verb


def add_acts(module: str, words: Mapping[str, Text]) -> None:
    """Name the services of a module (`projects.services.gates`), by function. The audit log shows these words."""
    ACTS.update({f"{module}.{function}": said for function, said in words.items()})


def add_duties(*kinds: DutyKind) -> None:
    """Add kinds of duties. Codes are unique over all apps."""
    for kind in kinds:
        if kind.code in DUTIES:
            raise ValueError(f"two duties are called {kind.code}")
        DUTIES[kind.code] = kind


def add_subject(kind: SubjectKind) -> None:
    SUBJECTS[kind.kind] = kind


def add_table(table: RuleTable) -> None:
    """Add a table of rules that counties edit. Codes are unique over all apps."""
    if TABLES.get(table.code, table) != table:
        raise ValueError(f"two tables are called {table.code}")
    TABLES[table.code] = table


def add_thresholds(group: ThresholdGroup) -> None:
    """Add an app's numbers to the common table `thresholds`. Names are unique over all apps."""
    if group in THRESHOLDS:
        return
    known = {number.name for other in THRESHOLDS for number in other.numbers}
    if twice := known & {number.name for number in group.numbers}:
        raise ValueError(f"two thresholds are called {', '.join(sorted(twice))}")
    THRESHOLDS.append(group)
    THRESHOLDS.sort(key=lambda group: group.order)


def rule_table(code: str) -> RuleTable | None:
    """The table of this code, also of a series; None where there is none."""
    found = (table for series in TABLE_SERIES if (table := series.table(code)) is not None)
    return TABLES.get(code) or next(found, None)


def add_search(*sources: SearchSource) -> None:
    """Add kinds of things to be searched. Numbers are unique over all apps, and small: they stand in the index's ids."""
    for source in sources:
        twin = next((other for other in SEARCH.values() if other.number == source.number), source)
        if twin.kind != source.kind or not 0 < source.number < 36:
            raise ValueError(f"number {source.number} of {source.kind} is taken or out of range")
        SEARCH[source.kind] = source


def add_periodic(*entries: Periodic) -> None:
    for entry in entries:
        PERIODIC[entry.name] = entry
        JOBS[entry.name] = entry.handler
        add_job_kinds(JobKind(entry.name, entry.label))


def add_job_kinds(*kinds: JobKind) -> None:
    """Name kinds of job for people. A kind without a name is shown by its code."""
    for kind in kinds:
        JOB_KINDS[kind.kind] = kind
