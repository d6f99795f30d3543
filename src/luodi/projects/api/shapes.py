"""How projects and what belongs to them look to a program. People and units are told by id, and by name where one reads it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Schema

from luodi.kernel import clock
from luodi.projects.selectors.library import lamp_of

Money = Decimal | None


class OfProject(Schema):
    """What belongs to a project names it by its UUID."""

    id: int
    project: UUID

    @staticmethod
    def resolve_project(row: Any) -> UUID:
        found: UUID = row.project.subject.uuid
        return found


class ProjectLine(Schema):
    """A project in the library. Sums are of this year, in yuan; `lamp` is reckoned today."""

    uuid: UUID
    code: str
    name: str
    track: str
    stage: str
    importance: str
    promising: bool
    unproved: bool
    lamp: str
    unit: str
    officer: str
    leader: str | None
    principal: str | None
    township: str | None
    total_investment_cny: Money
    year_planned_cny: Money
    year_declared_cny: Money
    committed_finish_on: date | None
    open_obstacle_count: int
    entered_at: datetime

    @staticmethod
    def resolve_lamp(row: Any) -> str:
        return lamp_of(row).value

    @staticmethod
    def resolve_unit(row: Any) -> str:
        return str(row.unit_word)

    @staticmethod
    def resolve_officer(row: Any) -> str:
        return str(row.officer_name)

    @staticmethod
    def resolve_leader(row: Any) -> Any:
        return row.leader_name

    @staticmethod
    def resolve_principal(row: Any) -> Any:
        return row.principal_name

    @staticmethod
    def resolve_township(row: Any) -> Any:
        return row.township_name


class ProjectOut(Schema):
    """A project as it stands, by its own columns. Amounts in yuan; `version` is what If-Match names."""

    uuid: UUID
    version: int
    code: str
    name: str
    track: str
    stage: str
    stage_on: date
    opening_stage: str
    opening_proved_on: date | None
    end_kind: str
    void: bool
    suspended: bool
    importance: str
    promising: bool
    kind_id: int | None
    industry_id: int | None
    theme_id: int | None
    township_id: int | None
    investor_id: int | None
    latitude: Decimal | None
    longitude: Decimal | None
    national_code: str
    summary: str
    remark: str
    total_investment_cny: Money
    declared_before_cny: Money
    land_mu: Decimal | None
    jobs: int | None
    annual_tax_cny: Money
    started_on: date | None
    committed_finish_on: date | None
    unit_id: int
    officer_id: int
    leader_id: int | None
    principal_id: int | None
    supervisor_id: int | None
    entered_at: datetime

    @staticmethod
    def resolve_uuid(row: Any) -> UUID:
        found: UUID = row.subject.uuid
        return found


class ProjectDetail(ProjectOut):
    """A project with what is reckoned of it today: the lamp, this year's sums, open obstacles, money that arrived."""

    lamp: str
    year_planned_cny: Money
    year_declared_cny: Money
    open_obstacle_count: int
    money_arrived_cny: Decimal

    @staticmethod
    def resolve_lamp(row: Any) -> str:
        return lamp_of(row).value

    @staticmethod
    def resolve_open_obstacle_count(row: Any) -> int:
        return int(row.figures.open_obstacle_count)

    @staticmethod
    def resolve_money_arrived_cny(row: Any) -> Decimal:
        found: Decimal = row.figures.money_arrived_cny
        return found


class GateItemOut(Schema):
    """One thing that a gate asks. `sort`: field, evidence or lessons; `kinds` of evidence that it takes."""

    sort: str
    code: str
    label: str
    done: bool
    evidence_id: int | None
    kinds: list[str]


class GateOut(Schema):
    """The gate that stands before a project, what it asks, and the ask that waits for it."""

    code: str
    label: str
    proves_opening: bool
    items: list[GateItemOut]
    missing: list[str]
    ask_id: int | None


class NextGate(Schema):
    """The next gate; null where none is left."""

    gate: GateOut | None


class AskShareOut(Schema):
    unit_id: int
    basis_points: int


class AskOut(OfProject):
    """申报: a gate, or money arrived (`gate` empty), put forward to be recognised."""

    version: int
    gate: str
    proves_opening: bool
    happened_on: date
    state: str
    asked_by_id: int
    asked_unit_id: int
    asked_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    reason: str
    fact_id: int | None
    shares: list[AskShareOut]
    evidence: list[int]

    @staticmethod
    def resolve_shares(row: Any) -> list[Any]:
        return list(row.shares.all())

    @staticmethod
    def resolve_evidence(row: Any) -> list[int]:
        return [line.evidence_id for line in row.lines.all()]


class ObstacleOut(OfProject):
    """堵点: what blocks a project. `lamp` is reckoned today from its promise."""

    version: int
    kind: str
    title: str
    since_on: date
    solver_unit_id: int
    promised_on: date
    tried: str
    measure: str
    done: Decimal | None
    total: Decimal | None
    state: str
    lamp: str
    added_by_id: int
    added_at: datetime
    result: str
    solved_by_id: int | None
    solved_at: datetime | None
    confirmed_by_id: int | None
    confirmed_at: datetime | None

    @staticmethod
    def resolve_lamp(row: Any) -> str:
        return str(row.lamp(clock.today()).value)


class CommitmentOut(OfProject):
    """改期: a request to move the committed finish."""

    version: int
    was: date
    wanted: date
    reason: str
    state: str
    asked_by_id: int
    asked_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    answer: str


class SuspensionOut(OfProject):
    """暂停: asked for, agreed, resumed."""

    version: int
    reason: str
    look_again_on: date
    state: str
    asked_by_id: int
    asked_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    answer: str
    resumed_by_id: int | None
    resumed_at: datetime | None
    resumed_note: str


class CauseOut(Schema):
    cause: str
    attribution: str


class EndingOut(OfProject):
    """终结: done, or given up with its causes and the meeting that accepted its explanation."""

    version: int
    kind: str
    story: str
    left_behind: str
    chance: str
    try_again_on: date | None
    state: str
    proposed_by_id: int
    proposed_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    answer: str
    meeting: str
    meeting_on: date | None
    minute_number: str
    minutes_id: int | None
    causes: list[CauseOut]

    @staticmethod
    def resolve_causes(row: Any) -> list[Any]:
        return list(row.causes.all())


class LessonOut(OfProject):
    """经验: what caused it, what to do otherwise, where it applies."""

    version: int
    cause: str
    otherwise: str
    applies_to: str
    kind_id: int | None
    industry_id: int | None
    state: str
    proposed_by_id: int
    proposed_at: datetime
    decided_by_id: int | None
    decided_unit_id: int | None
    decided_at: datetime | None
    answer: str


class FittingLesson(Schema):
    """An accepted lesson of another project of the same kind or industry, and what this one answered to it ("" = nothing)."""

    id: int
    cause: str
    otherwise: str
    applies_to: str
    answer: str
    why: str


class LessonAnswerOut(OfProject):
    lesson_id: int
    answer: str
    why: str
    by_id: int
    at: datetime


class VoidOut(OfProject):
    """录入作废: asked for, approved, refused."""

    version: int
    reason: str
    same_as: UUID | None
    state: str
    asked_by_id: int
    asked_at: datetime
    decided_by_id: int | None
    decided_at: datetime | None
    answer: str

    @staticmethod
    def resolve_same_as(row: Any) -> UUID | None:
        found: UUID | None = row.same_as.subject.uuid if row.same_as else None
        return found


class AssignmentOut(OfProject):
    """分工: from this instant on, this member (or unit, or nobody) has this role."""

    role: str
    seq: int
    member_id: int | None
    unit_id: int | None
    holder: str
    from_at: datetime
    by_id: int | None
    note: str


class AnswererOut(Schema):
    """Who had a role at the end of a day."""

    role: str
    label: str
    name: str
    member_id: int | None
    unit_id: int | None
    since: datetime


class FigureOut(OfProject):
    """Planned and declared investment of one year from one source, in yuan."""

    version: int
    year: int
    source: str
    planned_cny: Decimal
    declared_cny: Decimal


class ImportOut(Schema):
    """导入: a ledger on its way in. `counts` of its rows by status."""

    id: int
    version: int
    name: str
    size: int
    sha256: str
    state: str
    counts: dict[str, int]
    uploaded_at: datetime
    accepted_at: datetime | None
    finished_at: datetime | None
    forgotten_at: datetime | None
    undo_until: datetime | None
    undone_at: datetime | None


class RowFault(Schema):
    level: str
    field: str
    code: str
    message: str


class ImportRowOut(Schema):
    """A row of the preview. What it says stays in the file; here is what is wrong with it."""

    sheet: str
    row: int
    status: str
    name: str
    reason: str
    problems: list[RowFault]


class ImportRows(Schema):
    items: list[ImportRowOut]
    next: str | None


class Named(Schema):
    """A row to choose from, by id."""

    id: int
    name: str


class Choices(Schema):
    """What the ids of a project's fields may be, in the caller's county."""

    kinds: list[Named]
    industries: list[Named]
    themes: list[Named]
    townships: list[Named]
    units: list[Named]
    leaders: list[Named]


class RecheckOut(Schema):
    """抽查复核: a second look at a recognised fact, by an office that did not recognise it."""

    id: int
    version: int
    fact_id: int
    drawn_at: datetime
    state: str
    checked_by_id: int | None
    checked_at: datetime | None
    note: str
