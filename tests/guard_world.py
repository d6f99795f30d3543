"""At least one row in every guarded table, written by plain ORM and SQL: what guards say does not depend on services."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models

from luodi.facts.models import Fact, FactEvidence, FactShare, Revocation
from luodi.files.models import Evidence, StoredFile
from luodi.kernel import clock
from luodi.kernel.models import PersonKey
from luodi.obligations.models import Escalation, Excuse, Obligation, Stop
from luodi.orgs.models import DelegatedAct, Delegation, Member, RoleGrant, Unit
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_county, make_member, make_token, make_unit, make_user
from luodi.projects.models import (
    Ask,
    AskEvidence,
    AskShare,
    CommitmentChange,
    Ending,
    EndingCause,
    FactRecheck,
    ImportBatch,
    Lesson,
    LessonAnswer,
    LibraryExport,
    Obstacle,
    Project,
    StageChange,
    Suspension,
    UndoneProject,
    VoidRequest,
    YearFigure,
)
from luodi.rulebook.models import TableRow, TableVersion
from luodi.subjects.models import Party, Subject, TimelineEntry

DAY = date(2026, 3, 2)
LATER = date(2026, 12, 31)


@dataclass
class World:
    """A county with three units: `own` answers for the project, `other` and `third` do not."""

    own: Unit
    other: Unit
    third: Unit
    officer: Member
    supervisor: Member
    leader: Member
    clerk: Member
    project: Project
    evidence: Evidence
    count: int = field(default=0)

    @property
    def region(self) -> int:
        return int(self.own.region_id)

    def make_project(self, **fields: Any) -> Project:
        self.count += 1
        subject = Subject.objects.create(region_id=self.region, kind="project", title=f"项目{self.count}")
        stage = fields.get("stage", "planned")
        defaults: dict[str, Any] = {
            "region_id": self.region, "subject": subject, "code": f"BC-2026-{self.count}", "name": f"项目{self.count}",
            "name_key": f"项目{self.count}", "track": "investment", "stage_on": DAY, "unit": self.own,
            "officer": self.officer, "leader": self.leader, "principal": self.own.head, "supervisor": self.supervisor,
            "entered_at": clock.now(), "opening_stage": "" if stage == "planned" else stage,
            "committed_finish_on": LATER,
        }  # fmt: skip
        return Project.objects.create(**{**defaults, **fields})

    def make_evidence(self, project: Project | None = None, **fields: Any) -> Evidence:
        subject = (project or self.project).subject
        defaults = {
            "region_id": self.region, "subject": subject, "kind": "bank_slip", "title": "凭证", "number": "N1",
            "issuer": "远山", "amount_cny": Decimal(100), "added_by": self.officer, "added_at": clock.now(),
        }  # fmt: skip
        return Evidence.objects.create(**{**defaults, **fields})

    def make_file(self, project: Project) -> StoredFile:
        return StoredFile.objects.create(
            region_id=self.region, subject=project.subject, name="a.pdf", path="a", size=1,
            media_type="application/pdf", sha256=uuid.uuid4().hex,
        )  # fmt: skip

    def make_draft(
        self, *, amount: int = 0, shares: int = 10_000, project: Project | None = None, gate: str = ""
    ) -> Fact:
        """A fact not yet sealed, whose amounts and shares fit where nothing else is asked for."""
        fact = Fact.objects.create(
            region_id=self.region, subject=(project or self.project).subject, kind="money_arrived", gate=gate,
            happened_on=DAY, amount_cny=amount, asked_by=self.officer, unit=self.own, recognised_on=DAY, year=2026,
            recognised_by=self.clerk, recognised_unit=self.other,
        )  # fmt: skip
        FactShare.objects.create(fact=fact, unit=self.own, basis_points=shares)
        return fact

    def make_line(self, fact: Fact, *, amount: int, number: str = "") -> FactEvidence:
        evidence = self.make_evidence(number=number or uuid.uuid4().hex[:8], amount_cny=amount)
        return FactEvidence.objects.create(
            fact=fact, evidence=evidence, region_id=self.region, kind="bank_slip", payer="远山",
            number=evidence.number, amount_cny=amount,
        )  # fmt: skip

    def make_fact(self, **kwargs: Any) -> Fact:
        """A sealed fact."""
        fact = self.make_draft(**kwargs)
        set_columns(fact, state="recognised")
        return fact

    def revoke(self, fact: Fact) -> None:
        said = Revocation.objects.create(region_id=self.region, by=self.clerk, at=clock.now(), reason="弄错了")
        set_columns(fact, revoked_by_id=said.pk)

    def make_lesson(self, project: Project | None = None, **fields: Any) -> Lesson:
        defaults = {
            "region_id": self.region, "project": project or self.project, "cause": "因", "otherwise": "法",
            "applies_to": "用", "proposed_by": self.officer, "proposed_at": clock.now(), "decided_by": self.clerk,
            "decided_unit": self.other,
        }  # fmt: skip
        return Lesson.objects.create(**{**defaults, **fields})

    def make_ending(self, project: Project | None = None) -> Ending:
        own = project or self.project
        ending = Ending.objects.create(
            project=own, kind="given_up", story="经过", chance="none", proposed_by=self.officer,
            proposed_at=clock.now(), decided_by=self.clerk, meeting="常务会", meeting_on=DAY, minute_number="3",
            minutes=self.make_evidence(own, kind="minutes"),
        )  # fmt: skip
        EndingCause.objects.create(ending=ending, cause="market", attribution="objective")
        return ending

    def make_ended(self) -> Project:
        project = self.make_project()
        set_columns(self.make_ending(project), state="accepted")
        set_columns(self.make_lesson(project), state="accepted")
        set_columns(project, stage="ended", end_kind="given_up")
        return project

    def make_suspension(self, **fields: Any) -> Suspension:
        defaults = {
            "project": self.project, "reason": "等地", "look_again_on": LATER, "asked_by": self.own.head,
            "asked_at": clock.now(), "decided_by": self.leader,
        }  # fmt: skip
        return Suspension.objects.create(**{**defaults, **fields})

    def make_commitment(self, **fields: Any) -> CommitmentChange:
        defaults = {
            "project": self.project, "was": LATER, "wanted": date(2027, 6, 1), "reason": "雨", "asked_by": self.officer,
            "asked_at": clock.now(), "decided_by": self.leader,
        }  # fmt: skip
        return CommitmentChange.objects.create(**{**defaults, **fields})

    def make_void_request(self, **fields: Any) -> VoidRequest:
        defaults = {
            "project": self.project, "reason": "重复", "asked_by": self.officer, "asked_at": clock.now(),
            "decided_by": self.leader,
        }  # fmt: skip
        return VoidRequest.objects.create(**{**defaults, **fields})

    def make_batch(self, state: str = "preview", **fields: Any) -> ImportBatch:
        """An import in this state, put there column by column."""
        now = clock.now()
        found = ImportBatch.objects.create(
            region_id=self.region, importer=self.clerk, name="a.xlsx", size=1, sha256="0", key=PersonKey.fresh(),
            sealed_file=b"", uploaded_at=now,
        )  # fmt: skip
        if state == "preview":
            return found
        set_columns(found, state="done", finished_at=now, undo_until=now + timedelta(days=1))
        if state == "undoing":
            asked = {"undo_asked_at": now, "undone_by_id": self.clerk.pk, "undo_reason": "传错年度"}
            set_columns(found, state="undoing", **asked)
        return found

    def make_obstacle(self, **fields: Any) -> Obstacle:
        defaults = {
            "project": self.project, "kind": "land", "title": "未交地", "since_on": DAY, "solver_unit": self.third,
            "promised_on": LATER, "added_by": self.officer, "added_at": clock.now(),
        }  # fmt: skip
        return Obstacle.objects.create(**{**defaults, **fields})

    def make_solved(self) -> Obstacle:
        obstacle = self.make_obstacle()
        set_columns(obstacle, state="solved", result="已交", solved_by_id=self.third.head_id)
        return obstacle

    def make_duty(self, **fields: Any) -> Obligation:
        self.count += 1
        defaults = {
            "region_id": self.region, "subject": self.project.subject, "kind": "ask", "ref": self.count, "unit": self.own,
            "opened_at": clock.now(), "opened_on": DAY, "allowed": 5, "due_on": LATER,
        }  # fmt: skip
        return Obligation.objects.create(**{**defaults, **fields})

    def make_excuse(self) -> Excuse:
        return Excuse.objects.create(
            region_id=self.region, obligation=self.make_duty(), reason="等批复", until=LATER, asked_by=self.officer,
            asked_at=clock.now(),
        )  # fmt: skip

    def make_delegation(self, principal: Member | None = None, deputy: Member | None = None) -> Delegation:
        """Of the leader, where no other is named, to somebody who holds none yet."""
        self.count += 1
        return Delegation.objects.create(
            region_id=self.region, principal=principal or self.leader, actions=["project.note"], reason="外出",
            deputy=deputy or make_member(self.other, f"代办{self.count}"), from_on=DAY, until_on=LATER,
            given_at=clock.now(),
        )  # fmt: skip

    def make_delegated(self, row: models.Model, delegation: Delegation, **fields: Any) -> DelegatedAct:
        """The row, as the deputy wrote it for his principal."""
        return DelegatedAct.objects.create(
            region_id=self.region, delegation=delegation, principal_id=delegation.principal_id,
            deputy_id=delegation.deputy_id, act=uuid.uuid4(), day=DAY, model=row._meta.label_lower, object_id=row.pk,
            **fields,
        )  # fmt: skip

    def make_recheck(self) -> FactRecheck:
        return FactRecheck.objects.create(region_id=self.region, fact=self.make_fact(), drawn_at=clock.now())

    def make_version(self, **fields: Any) -> TableVersion:
        """A version of a rule table that waits."""
        self.count += 1
        defaults = {
            "region_id": self.region, "code": f"toy{self.count}", "valid_from": LATER, "note": "依据",
            "proposed_by": self.officer, "proposed_at": clock.now(),
        }  # fmt: skip
        return TableVersion.objects.create(**{**defaults, **fields})

    def make_decided(self) -> TableVersion:
        version = self.make_version()
        set_columns(version, state="in_force", decided_by_id=self.clerk.pk, decided_at=clock.now())
        return version

    def make_ask(self, **fields: Any) -> Ask:
        defaults = {
            "project": self.project, "gate": "", "happened_on": DAY, "asked_by": self.officer, "asked_unit": self.own,
            "asked_at": clock.now(), "decided_by": self.clerk, "decided_at": clock.now(),
        }  # fmt: skip
        return Ask.objects.create(**{**defaults, **fields})


def set_columns(row: models.Model, **columns: Any) -> None:
    type(row)._base_manager.filter(pk=row.pk).update(**columns)
    row.refresh_from_db()


def copy_row(row: models.Model, **columns: Any) -> tuple[str, list[Any]]:
    """SQL that inserts a copy of the row, some columns set otherwise."""
    table, names = row._meta.db_table, [f.column for f in row._meta.concrete_fields if not f.primary_key]
    values = ", ".join("%s" if name in columns else f'"{name}"' for name in names)
    given = [columns[name] for name in names if name in columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"INSERT INTO {table} ({quoted}) SELECT {values} FROM {table} WHERE id = {row.pk}", given  # noqa: S608 (names of our columns)


def build() -> World:
    """The smallest county in which every guarded table has a row."""
    make_county()
    own, other, third = make_unit("D01", "水利局"), make_unit("D02", "发改局"), make_unit("D03", "国土局")
    world = World(
        own=own, other=other, third=third,
        officer=make_member(own, "专人"), supervisor=make_member(third, "督办"), leader=make_member(other, "领导"),
        clerk=make_member(other, "认定人", Role.PROJECT_OFFICE), project=None, evidence=None,  # type: ignore[arg-type]
    )  # fmt: skip
    world.project = world.make_project()
    world.evidence = world.make_evidence()
    _fill(world)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return world


def _fill(world: World) -> None:
    project, now = world.project, clock.now()
    make_token(make_user(world.supervisor))
    world.make_delegated(project, world.make_delegation())
    Party.objects.create(subject=project.subject, unit=world.own, role="responsible", since=now)
    TimelineEntry.objects.create(subject=project.subject, at=now, verb="note")
    world.make_file(project)
    fact = world.make_draft(amount=100)
    world.make_line(fact, amount=100)
    set_columns(fact, state="recognised")
    world.revoke(world.make_fact())
    ask = world.make_ask()
    AskEvidence.objects.create(ask=ask, evidence=world.evidence)
    AskShare.objects.create(ask=ask, unit=world.own, basis_points=10_000)
    StageChange.objects.create(project=project, was="", now=project.stage, on=DAY, at=now)
    YearFigure.objects.create(project=project, year=2026, source="own")
    world.make_ending()
    LessonAnswer.objects.create(project=project, lesson=world.make_lesson(), answer="adopted", by=world.officer, at=now)
    world.make_commitment()
    world.make_suspension()
    world.make_void_request()
    world.make_obstacle()
    Stop.objects.create(obligation=world.make_duty(), reason="higher", first=DAY, at=now)
    Escalation.objects.create(obligation=world.make_duty(), step=0, on=DAY, hears="person")
    world.make_excuse()
    world.make_recheck()
    TableRow.objects.create(version=world.make_version(), position=0, cells={})
    UndoneProject.objects.create(batch=world.make_batch(), project=project, outcome="left")
    LibraryExport.objects.create(region_id=world.region, member=world.officer, at=now, kind="csv", count=1)
    assert RoleGrant.objects.exists()
