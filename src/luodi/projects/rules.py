"""Stages, gates, people, ends: the tables of a project's life, and small pure functions on them.

Sources: docs/domain/projects.md. The order of stages and the separation of duties are code and cannot be edited by a
county; what counties may choose among is an Option.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum


class Track(StrEnum):
    INVESTMENT = "investment"
    PUBLIC = "public"


class Stage(StrEnum):
    PLANNED = "planned"
    NEGOTIATING = "negotiating"
    SIGNED = "signed"
    PREPARING = "preparing"
    BUILDING = "building"
    COMPLETED = "completed"
    OPERATING = "operating"
    ENDED = "ended"


class Importance(StrEnum):
    ORDINARY = "ordinary"
    COUNTY = "county"
    CITY = "city"
    PROVINCE = "province"


class EndKind(StrEnum):
    DONE = "done"
    GIVEN_UP = "given_up"


class Role(StrEnum):
    """Who answers for a project (分工)."""

    LEADER = "leader"
    PRINCIPAL = "principal"
    UNIT = "unit"
    OFFICER = "officer"
    SUPERVISOR = "supervisor"


PERSONAL = (Role.LEADER, Role.PRINCIPAL, Role.OFFICER, Role.SUPERVISOR)
"""The roles that a person has."""


class Lamp(StrEnum):
    GREY = "grey"
    GREEN = "green"
    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"
    PAUSED = "paused"


S, T = Stage, Track
RESPONSIBLE_KINDS = ("department", "township", "office")
"""Kinds of units that may be responsible for a project: no bank, no enterprise."""
PATHS: dict[Track, tuple[Stage, ...]] = {
    T.INVESTMENT: (S.PLANNED, S.NEGOTIATING, S.SIGNED, S.PREPARING, S.BUILDING, S.COMPLETED, S.OPERATING),
    T.PUBLIC: (S.PLANNED, S.PREPARING, S.BUILDING, S.COMPLETED, S.OPERATING),
}
EARLY = frozenset({S.PLANNED, S.NEGOTIATING})
"""Where a project may be called promising; later stages need principal and leader by name (mission.md M2)."""
NAMED = frozenset({S.SIGNED, S.PREPARING, S.BUILDING, S.COMPLETED, S.OPERATING})
FINISHED = frozenset({S.COMPLETED, S.OPERATING})
"""Stages in which the works have been finished."""


@dataclass(frozen=True, slots=True)
class Option:
    """A choice in which counties differ: which of `kinds` prove the point. A county may narrow it, never widen it."""

    code: str
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gate:
    """What a stage asks before the next opens. `amount_from`: the kinds of evidence whose sums the fact carries."""

    code: str
    track: Track
    source: Stage
    target: Stage
    fields: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    amount_from: tuple[str, ...] = ()

    @property
    def fact_kind(self) -> str:
        return self.target.value


START_PROOF = Option("start_proof", ("foundation_photo", "piling_photo", "equipment_photo"))
"""What proves a start (domain.md 1.2): digging foundations, piling, or, for refits, equipment being installed."""

GATES: tuple[Gate, ...] = (
    Gate(
        "negotiate",
        T.INVESTMENT,
        S.PLANNED,
        S.NEGOTIATING,
        fields=("summary", "total_investment_cny", "industry"),
        evidence=("proposal",),
    ),
    Gate(
        "sign",
        T.INVESTMENT,
        S.NEGOTIATING,
        S.SIGNED,
        fields=("investor", "total_investment_cny", "committed_finish_on", "principal", "leader"),
        evidence=("contract", "fair_competition_review", "legal_review"),
        amount_from=("contract",),
    ),
    Gate(
        "prepare",
        T.INVESTMENT,
        S.SIGNED,
        S.PREPARING,
        fields=("township", "national_code"),
        evidence=("business_licence", "approval"),
    ),
    Gate(
        "start",
        T.INVESTMENT,
        S.PREPARING,
        S.BUILDING,
        fields=("township",),
        evidence=("construction_contract", "construction_permit"),
        options=(START_PROOF,),
    ),
    Gate(
        "complete",
        T.INVESTMENT,
        S.BUILDING,
        S.COMPLETED,
        evidence=("completion_acceptance", "fire_acceptance", "completion_filing"),
    ),
    Gate(
        "operate",
        T.INVESTMENT,
        S.COMPLETED,
        S.OPERATING,
        fields=("jobs",),
        evidence=("operation_proof", "statistics_entry"),
    ),
    Gate(
        "prepare",
        T.PUBLIC,
        S.PLANNED,
        S.PREPARING,
        fields=("summary", "total_investment_cny", "committed_finish_on", "township", "principal", "leader"),
        evidence=("proposal", "approval"),
    ),
    Gate(
        "start",
        T.PUBLIC,
        S.PREPARING,
        S.BUILDING,
        fields=("national_code",),
        evidence=("construction_contract", "construction_permit"),
        options=(START_PROOF,),
    ),
    Gate("complete", T.PUBLIC, S.BUILDING, S.COMPLETED, evidence=("completion_acceptance", "completion_filing")),
    Gate("operate", T.PUBLIC, S.COMPLETED, S.OPERATING, evidence=("operation_proof",)),
)
LEDGER_MOST = 10**13  # yuan, a hundred thousand 亿元: beyond it an amount is a slip of the unit
MONEY = "money_arrived"
MONEY_KINDS = (
    "capital_verification",
    "bank_slip",
    "invoice",
    "land_payment",
    "fiscal_allocation",
    "resettlement_advance",
)
"""What may prove money arrived; those not `countable` in files.rules are kept and add nothing (domain.md 1.2, 1.3)."""


def gate_from(track: Track, stage: Stage) -> Gate | None:
    """The gate that leads on from a stage (None at the path's end)."""
    return next((g for g in GATES if g.track == track and g.source == stage), None)


def gate_into(track: Track, stage: Stage) -> Gate | None:
    """The gate that leads into a stage (None at the path's beginning)."""
    return next((g for g in GATES if g.track == track and g.target == stage), None)


def gates_from_on(track: Track, code: str) -> list[Gate]:
    """A gate and all after it, in order. Raises KeyError where the track has no such gate."""
    own = [g for g in GATES if g.track == track]
    for place, gate in enumerate(own):
        if gate.code == code:
            return own[place:]
    raise KeyError(code)


def accepted_kinds(option: Option, narrowed: Collection[str]) -> tuple[str, ...]:
    """The kinds that prove a point in one county; an empty choice means all of them."""
    kept = tuple(kind for kind in option.kinds if kind in narrowed)
    return kept or option.kinds


def needs_named_people(stage: Stage, importance: Importance, *, promising: bool) -> set[Role]:
    """The people without whom a live project cannot be (mission.md M2); unit and officer always."""
    needed = {Role.UNIT, Role.OFFICER}
    if promising or stage in NAMED:
        needed.add(Role.PRINCIPAL)
    if importance != Importance.ORDINARY or stage in NAMED:
        needed.add(Role.LEADER)
    return needed


# What a project tells of itself --------------------------------------------------------------------------------------

LONGEST = {"summary": 2000, "remark": 1000}
"""Characters. What is longer belongs into a document of the evidence."""


def days_fault(*, started_on: date | None, finish_on: date | None, today: date) -> str:
    """What is wrong with a declared start and a promised finish: "start_in_future", "finish_before_start", or "".

    Civil days; a start today and a finish on the day of the start are right. Source: docs/domain/projects.md#days.
    """
    if started_on is not None and started_on > today:
        return "start_in_future"
    if started_on is not None and finish_on is not None and finish_on < started_on:
        return "finish_before_start"
    return ""


# Who may recognise -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stake:
    """What ties units and members to a result, so that they may not recognise it. Ids of units and members."""

    responsible_unit: int
    asker_unit: int
    share_units: frozenset[int]
    officers: frozenset[int]
    supervisors: frozenset[int]
    project_office_units: frozenset[int]

    @property
    def of_project_office(self) -> bool:
        """The project office's own unit has a part in it, so that the statistics bureau recognises it."""
        return bool(self.project_office_units & (self.share_units | {self.responsible_unit, self.asker_unit}))


def recogniser_faults(stake: Stake, *, member: int, unit: int, statistics: bool) -> list[str]:
    """Name every reason why this member may not recognise the result (empty = he may).

    `statistics` tells whether he recognises for the statistics bureau. Source: mission.md M25; docs/domain/projects.md#recogniser.
    """
    faults = {
        "responsible_unit": unit == stake.responsible_unit,
        "asker_unit": unit == stake.asker_unit,
        "share_unit": unit in stake.share_units and unit != stake.responsible_unit,
        "officer": member in stake.officers,
        "supervisor": member in stake.supervisors,
        "statistics_only": stake.of_project_office and not statistics,
        "project_office_only": statistics and not stake.of_project_office,
    }
    return [name for name, holds in faults.items() if holds]


# Ends --------------------------------------------------------------------------------------------------------------

CAUSES = (
    "policy",
    "environment",
    "land_planning",
    "demolition",
    "utilities",
    "finance",
    "market",
    "investor",
    "agreement",
    "service",
    "supporting",
    "misjudged",
    "competition",
    "other",
)
"""Why projects fail (domain.md 6). `service` is our own fault by nature; the others carry an attribution."""
ATTRIBUTIONS = ("objective", "investor", "ours")
OWN_FAULT = "service"

EMPTY_WORDS = (
    "经验教训",
    "暂时",
    "没有",
    "目前",
    "不需要",
    "不适用",
    "见附件",
    "同上",
    "待补充",
    "待定",
    "什么",
    "特别",
    "总结",
    "可以",
    "经验",
    "教训",
    "情况",
    "其他",
    "问题",
    "本项目",
    "none",
    "null",
    "nil",
    "n/a",
    "na",
    "nothing",
    "no",
    "暂",
    "未",
    "无",
    "没",
    "略",
    "可",
    "需",
    "有",
    "的",
    "了",
    "啊",
)
"""What remains of a text without these (and without signs) is what it says."""
LEAST_LESSON = 10
LEAST_DIFFERENT = 6


def lesson_fault(text: str) -> str:
    """Say why a text is no lesson: "empty", "short", or "" when it is one. "无" is not one (mission.md M15)."""
    words = "".join(
        char for char in unicodedata.normalize("NFKC", text).lower() if unicodedata.category(char)[0] in "LN"
    )
    said = words
    for empty in EMPTY_WORDS:
        said = said.replace(empty, "")
    if not said:
        return "empty"
    letters = [char for char in words if char.isalpha()]
    return "short" if len(letters) < LEAST_LESSON or len(set(letters)) < LEAST_DIFFERENT else ""


EXPORT_ASKS_REASON = 1000
"""Rows above which who takes the library away says what for (issue 4, item 1)."""
EXPORT_MOST = 10_000
"""Rows that one file may hold: more is asked for in parts."""


def says_nothing(text: str) -> bool:
    """Whether a reason or result is no reason: empty, or "无" and its like."""
    return lesson_fault(text) == "empty"


# Second looks -------------------------------------------------------------------------------------------------------

RECHECK_PERCENT = 5
"""Of a hundred recognised facts so many are drawn for a second look."""


def is_drawn(digest: bytes, percent: int) -> bool:
    """Whether a fact is drawn, from a keyed digest of it that nobody can reckon beforehand: `percent` of all, evenly."""
    return int.from_bytes(digest[:8], "big") * 100 < percent << 64


# Lamp --------------------------------------------------------------------------------------------------------------

BEHIND_YELLOW = Decimal("0.10")
BEHIND_RED = Decimal("0.30")
"""Points behind the calendar at which the year's declared investment turns a lamp (domain.md 2.3, Yinchuan 2025)."""
OBSTACLE_WARN_DAYS = 7


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When lamps turn in one county: shares behind the calendar (0–1), and calendar days before a promise is due.

    The values here hold until a county sets its own (docs/domain/rulebook.md#thresholds).
    """

    behind_yellow: Decimal = BEHIND_YELLOW
    behind_red: Decimal = BEHIND_RED
    obstacle_warn_days: int = OBSTACLE_WARN_DAYS


USUAL = Thresholds()


def calendar_share(today: date) -> Decimal:
    """How much of the calendar year has passed at the end of `today` (0–1)."""
    return Decimal(today.timetuple().tm_yday) / _days_of(today.year)


def _days_of(year: int) -> int:
    return (date(year, 12, 31) - date(year - 1, 12, 31)).days


@dataclass(frozen=True, slots=True)
class Turns:
    """The civil days from which a year's pace is yellow and red, if nothing more is declared; None: not in this year."""

    yellow: date | None
    red: date | None


def pace_turns(*, planned: Decimal, declared: Decimal, year: int, thresholds: Thresholds = USUAL) -> Turns:
    """When the lamp of a year's declared investment (yuan) against its plan turns, the plan spread evenly over the calendar.

    Without a plan there is nothing to be behind: never. Source: docs/domain/projects.md#lamp.
    """
    return Turns(
        yellow=_first_day_behind(planned, declared, year, thresholds.behind_yellow),
        red=_first_day_behind(planned, declared, year, thresholds.behind_red),
    )


def _first_day_behind(planned: Decimal, declared: Decimal, year: int, points: Decimal) -> date | None:
    """The first day of the year at whose end more than `points` of the plan are missing."""
    if planned <= 0:
        return None
    days = _days_of(year)
    passed = int(days * (declared + points * planned) // planned)  # the last day that is still within the points
    return date(year, 1, 1) + timedelta(days=passed) if passed < days else None


def pace_lamp(*, planned: Decimal, declared: Decimal, today: date, thresholds: Thresholds = USUAL) -> Lamp:
    """The lamp of this year's declared investment against its plan, on one day."""
    turns = pace_turns(planned=planned, declared=declared, year=today.year, thresholds=thresholds)
    if turns.red and turns.red <= today:
        return Lamp.RED
    return Lamp.YELLOW if turns.yellow and turns.yellow <= today else Lamp.GREEN


def obstacle_lamp(*, earliest_due: date | None, today: date, warn_days: int = OBSTACLE_WARN_DAYS) -> Lamp:
    """The lamp of a project's open obstacles: red from the day after the earliest promise, blue in its last `warn_days`
    calendar days."""
    if earliest_due is None:
        return Lamp.GREEN
    if earliest_due < today:
        return Lamp.RED
    return Lamp.BLUE if (earliest_due - today).days < warn_days else Lamp.GREEN


WORSE = (Lamp.GREEN, Lamp.BLUE, Lamp.YELLOW, Lamp.RED)


def project_lamp(
    *,
    stage: Stage,
    suspended: bool,
    planned: Decimal,
    declared: Decimal,
    earliest_due: date | None,
    today: date,
    thresholds: Thresholds = USUAL,
) -> Lamp:
    """A project's lamp: the worst of its obstacles and of its pace; ‖ while suspended, ○ before and after its work."""
    if suspended:
        return Lamp.PAUSED
    if stage == Stage.ENDED:
        return Lamp.GREY
    found = (
        obstacle_lamp(earliest_due=earliest_due, today=today, warn_days=thresholds.obstacle_warn_days),
        pace_lamp(planned=planned, declared=declared, today=today, thresholds=thresholds),
    )
    return max(found, key=WORSE.index)


# Wording that promises forbidden privileges ------------------------------------------------------------------------

FORBIDDEN_WORDS = (
    "返税",
    "税收返还",
    "先征后返",
    "即征即奖",
    "按纳税额奖励",
    "按税收贡献奖励",
    "税收分成",
    "零地价",
    "土地款返还",
    "土地出让金返还",
    "免收土地出让金",
    "低于成本价供地",
    "电价补贴",
    "财政兜底",
    "固定回报",
    "包税",
)
"""Promises that the Fair Competition Review Regulation (in force 2024-08-01) forbids (domain.md 0.2)."""


def forbidden_wording(text: str) -> list[str]:
    """The forbidden promises found in a text, in the order of the list; spaces and line breaks do not hide them."""
    words = "".join(text.split())
    return [word for word in FORBIDDEN_WORDS if word in words]


def wrong_moves(order: Mapping[Track, tuple[Stage, ...]] = PATHS) -> list[tuple[Track, Stage, Stage]]:
    """All pairs of stages that no passage allows, for tests."""
    return [
        (track, was, now)
        for track, path in order.items()
        for was in path
        for now in Stage
        if now != was and now not in path[path.index(was) + 1 : path.index(was) + 2]
    ]
