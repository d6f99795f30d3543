"""Random people try random things, allowed or not, on projects of both tracks; no forbidden state is ever reached.

A step either is refused in words (or finds nothing it may see) or keeps every invariant; any other exception fails.
The invariants are read by raw SQL after each step. MACHINE_EXAMPLES=200 for a long night; derandomised otherwise.
One file: a state machine is one class, whose rules and invariants share its state.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from luodi.facts.models import Fact
from luodi.files.models import Evidence
from luodi.files.rules import KINDS
from luodi.files.services import Proof
from luodi.kernel import acts, audit, clock
from luodi.kernel.clock import SHANGHAI
from luodi.kernel.errors import DomainError
from luodi.obligations.services import keeping
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import member_leave, unit_head_change
from luodi.orgs.tests.factories import make_person, make_unit
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    Lesson,
    Obstacle,
    Project,
    ProjectFigures,
    ProjectYear,
    Suspension,
    VoidRequest,
)
from luodi.projects.panels.checks import YEAR, deep_checks
from luodi.projects.rules import GATES, NAMED, PATHS, PERSONAL, EndKind, Importance, Stage, Track
from luodi.projects.rules import Role as Duty
from luodi.projects.selectors import gate_state
from luodi.projects.services import commitments, ends, evidence, gates, obstacles, people
from luodi.projects.services.figures import reckoned_figures, reckoned_years
from luodi.projects.services.projects import (
    project_create,
    project_edit,
    project_grade,
    project_mark_promising,
)
from luodi.projects.services.years import year_figure_set
from luodi.projects.tests.factories import County, give, make_entry, make_project, make_world, pdf, png
from luodi.search import services as search

START = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
NIGHT = int(os.environ.get("MACHINE_EXAMPLES", "0"))
GUARDED = [
    "projects_project", "projects_assignment", "projects_stagechange", "projects_ask", "projects_askevidence", "projects_askshare",
    "projects_ending", "projects_endingcause", "projects_lesson", "projects_lessonanswer", "projects_suspension",
    "projects_commitmentchange", "projects_voidrequest", "projects_obstacle", "projects_yearfigure", "facts_fact", "facts_factshare",
    "facts_factevidence", "facts_revocation", "files_evidence", "files_storedfile", "subjects_subject", "subjects_party",
    "subjects_timelineentry", "orgs_member", "orgs_unit", "orgs_rolegrant", "kernel_auditentry",
]  # fmt: skip
SERVICES: list[Callable[..., Any]] = [
    project_create, project_edit, project_grade, project_mark_promising, year_figure_set, evidence.evidence_add,
    evidence.evidence_withdraw, gates.gate_ask, gates.money_ask, gates.ask_recognise, gates.ask_return, gates.ask_withdraw,
    gates.fact_revoke, people.hand_over, people.hand_over_unit, commitments.commitment_ask, commitments.commitment_decide,
    commitments.suspension_ask, commitments.suspension_decide, commitments.suspension_resume, obstacles.obstacle_add,
    obstacles.obstacle_report, obstacles.obstacle_solve, obstacles.obstacle_confirm, ends.lesson_propose, ends.lesson_decide,
    ends.lesson_answer, ends.ending_propose, ends.ending_accept, ends.ending_return, ends.void_ask, ends.void_decide,
    unit_head_change, member_leave,
]  # fmt: skip

pick = st.sampled_from(range(420))  # even, where integers() leans to its ends
yes = st.booleans()
LONG = "投资方来函，情况属实，已当面核对"
reason = st.sampled_from(["", "无", "投资方来函，情况属实，已当面核对", "设备推迟到货，已加班赶工，明确新的日期"])


def rows(sql: str, *values: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def none(sql: str) -> None:
    """Assert that a query for forbidden states finds none."""
    found = rows(sql)
    assert not found, f"{sql}\n{found}"


def stages(names: Any) -> str:
    return ", ".join(f"'{name}'" for name in sorted(names))


class Life(RuleBasedStateMachine):
    """A county for a few weeks."""

    world: ClassVar[County]
    users: ClassVar[list[User]]
    accepted: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.now = START + timedelta(days=1)
        self.steps = 0
        self.sealed: dict[int, tuple[Any, ...]] = {}
        self.frozen: dict[str, set[tuple[Any, ...]]] = {}
        self.counts: dict[str, int] = {}
        self.committed: dict[int, date | None] = {}
        self.wanted: dict[int, int] = {}
        self.checked: tuple[int, date] | None = None

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        """What held before a step that wrote nothing, on the same day, holds after it: half of the steps are refused. Now and
        then it is looked at all the same, for what would be written past the audit log."""
        ((newest,),) = rows("SELECT MAX(id) FROM kernel_auditentry")
        seen = (newest, clock.local_date(self.now))
        if seen != self.checked or self.steps % 7 == 0:
            super().check_invariants(*args, **kwargs)
            self.checked = seen

    def teardown(self) -> None:
        try:
            if self.steps:
                assert audit.verify().intact
                assert list(deep_checks()) == []
                connection.check_constraints()
        finally:
            transaction.savepoint_rollback(self.point)

    # Doing ----------------------------------------------------------------------------------------------------------

    def try_(self, service: Callable[..., Any], by: User, *, reason: str = "", **arguments: Any) -> Any:
        """One act; None where it was refused."""
        self.steps += 1
        self.now += timedelta(minutes=7)
        actor = User.objects.get(pk=by.pk)
        with clock.standing_at(self.now):
            try:
                answer = acts.run(service, by=actor, reason=reason, **arguments)
            except (DomainError, ObjectDoesNotExist) as error:
                type(self).refused[f"{service.__name__}: {getattr(error, 'code', 'not seen')}"] += 1
                return None
        type(self).accepted[service.__name__] += 1
        return answer

    def user(self, number: int) -> User:
        return self.users[number % len(self.users)]

    def of(self, model: type[models.Model], number: int, **wanted: Any) -> Any:
        """One of the rows wanted, or one of all where there is none."""
        found = list(model._default_manager.filter(**wanted).order_by("-pk")[:6]) or list(
            model._default_manager.order_by("pk")[:6]
        )
        return found[number % len(found)] if found else None

    def project(self, number: int) -> Any:
        """Mostly the first that lives, so that something comes of it."""
        found = list(Project.objects.order_by("pk"))
        live = [project for project in found if project.live] or found
        return live[0] if number % 3 else (found if number % 2 else live)[number // 6 % len(live)]

    def on(self, days: int) -> date:
        return clock.local_date(self.now) + timedelta(days=days)

    def seen(self, row: Any, number: int) -> int:
        """Nearly always what is there; sometimes what somebody saw before."""
        return int(row.version) - (number % 17 == 0)

    def carer(self, project: Any) -> User:
        """Somebody who carries the project, with an account that works."""
        own = User.objects.filter(member_id=project.officer_id, is_active=True).first()
        return own if own is not None and own.may("gate.ask") else self.world[Role.INVESTMENT_BUREAU]

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    # Entering and editing -------------------------------------------------------------------------------------------

    @rule(who=pick, track=st.sampled_from(Track), opening=st.sampled_from([None, *Stage]), key=yes, led=yes)
    def create(self, who: int, track: Track, opening: Stage | None, key: bool, led: bool) -> None:
        if Project.objects.count() < 5:
            changes: dict[str, Any] = {} if led else {"leader": None}
            with clock.standing_at(self.now):
                entry = make_entry(self.world, track=track, opening_stage=opening,
                                   importance=Importance.CITY if key else Importance.ORDINARY, **changes)  # fmt: skip
            self.try_(project_create, self.user(who), entry=entry)

    @rule(who=pick, which=pick, summary=st.sampled_from(["", "建冷库"]), finish=st.sampled_from([None, 30, 500]))
    def edit(self, who: int, which: int, summary: str, finish: int | None) -> None:
        project = self.project(which)
        changes: dict[str, Any] = {"summary": summary or "建冷库 2 万立方米"}
        if finish is not None:
            changes["committed_finish_on"] = self.on(finish)
        self.try_(project_edit, self.user(who), project_id=project.pk, seen=self.seen(project, which), changes=changes)

    @rule(
        who=pick,
        which=pick,
        importance=st.sampled_from(Importance),
        promising=st.sampled_from([None, True, False]),
        why=reason,
    )
    def grade(self, who: int, which: int, importance: Importance, promising: bool | None, why: str) -> None:
        project, by = self.project(which), self.office(who)
        call: dict[str, Any] = {"reason": why, "project_id": project.pk, "seen": self.seen(project, which)}
        if promising is None:
            self.try_(project_grade, by, **call, importance=importance)
        else:
            self.try_(project_mark_promising, by, **call, promising=promising)

    def office(self, number: int) -> User:
        """The project office two times of three."""
        return self.world[Role.PROJECT_OFFICE] if number % 3 else self.user(number)

    @rule(
        who=pick,
        which=pick,
        planned=st.integers(-5, 100),
        declared=st.integers(0, 100),
        source=st.sampled_from(["own", "loan"]),
    )
    def figure(self, who: int, which: int, planned: int, declared: int, source: str) -> None:
        self.try_(year_figure_set, self.office(who), project_id=self.project(which).pk, year=2026, source=source,
                  planned_cny=Decimal(planned), declared_cny=Decimal(declared))  # fmt: skip

    # Evidence, gates, money -----------------------------------------------------------------------------------------

    @rule(
        who=pick,
        which=pick,
        kind=st.sampled_from(sorted(KINDS)),
        number=st.sampled_from(["A1", "a 1", "B2"]),
        amount=st.sampled_from(["0.10", "0.20", "9000000.01"]),
    )
    def give_evidence(self, who: int, which: int, kind: str, number: str, amount: str) -> None:
        proof = Proof(
            kind, number=number, issuer="远山集团", dated_on=self.on(0), amount_cny=Decimal(amount), place="河湾"
        )
        project = self.project(which)
        by = self.carer(project) if who % 2 else self.user(who)
        self.try_(
            evidence.evidence_add, by, project_id=project.pk, proof=proof, upload=png() if "photo" in kind else pdf()
        )

    @rule(who=pick, which=pick, why=reason)
    def withdraw_evidence(self, who: int, which: int, why: str) -> None:
        if (piece := self.of(Evidence, which, withdrawn_at=None)) is not None:
            self.try_(evidence.evidence_withdraw, self.user(who), reason=why, evidence_id=piece.pk)

    def make_ready(self, project: Any) -> None:
        with clock.standing_at(self.now):
            state = gate_state(project)
            for item in state.missing if state else []:
                if item.sort == "evidence":
                    self.give(project, item.kinds[0])
                elif item.sort == "lessons":
                    for lesson in Lesson.objects.filter(state="accepted"):
                        self.try_(
                            ends.lesson_answer,
                            self.carer(project),
                            project_id=project.pk,
                            lesson_id=lesson.pk,
                            adopted=True,
                        )

    def give(self, project: Any, kind: str) -> None:
        try:
            give(project, kind, User.objects.get(pk=self.carer(project).pk))
        except (DomainError, ObjectDoesNotExist):
            return

    @rule(which=pick, back=st.integers(0, 3), split=yes)
    def ask_properly(self, which: int, back: int, split: bool) -> None:
        project = self.project(which)
        self.make_ready(project)
        shares = (
            {project.unit_id: 6_000, self.world[Role.PROJECT_OFFICE].member.unit_id: 4_000}
            if split and which % 4 == 0
            else None
        )
        self.try_(gates.gate_ask, self.carer(project), project_id=project.pk, happened_on=self.on(-back), shares=shares)

    @rule(which=pick, steps=st.integers(1, 4))
    def go_on(self, which: int, steps: int) -> None:
        """Take a project through gates as it should be done, by whoever may."""
        for _ in range(steps):
            project = self.project(which)
            self.make_ready(project)
            made = self.try_(gates.gate_ask, self.carer(project), project_id=project.pk, happened_on=self.on(0))
            for role in (Role.PROJECT_OFFICE, Role.STATISTICS_BUREAU):
                if made is not None:
                    self.try_(gates.ask_recognise, self.world[role], ask_id=made.pk, seen=made.version)

    @rule(who=pick, which=pick, ahead=st.integers(-400, 1), part=st.sampled_from([10_000, 9_999, 1]))
    def ask_anyhow(self, who: int, which: int, ahead: int, part: int) -> None:
        project = self.project(which)
        self.try_(
            gates.gate_ask,
            self.user(who),
            project_id=project.pk,
            happened_on=self.on(ahead),
            shares={project.unit_id: part},
        )

    @rule(who=pick, which=pick, few=st.integers(0, 3))
    def ask_money(self, who: int, which: int, few: int) -> None:
        project = self.project(which)
        ids = list(
            Evidence.objects.filter(subject_id=project.subject_id).order_by("-pk").values_list("pk", flat=True)[:few]
        )
        if who % 2:
            self.give(project, "bank_slip")
            ids = list(
                Evidence.objects.standing()
                .filter(subject_id=project.subject_id, kind="bank_slip")
                .values_list("pk", flat=True)[: few + 1]
            )
        by = self.carer(project) if who % 2 else self.user(who)
        made = self.try_(gates.money_ask, by, project_id=project.pk, evidence_ids=ids)
        if made is not None and who % 4 == 1:
            self.try_(gates.ask_recognise, self.world[Role.PROJECT_OFFICE], ask_id=made.pk, seen=1)

    @rule(who=pick, which=pick, how=st.sampled_from(["recognise", "recognise", "return", "withdraw"]), why=reason)
    def decide_ask(self, who: int, which: int, how: str, why: str) -> None:
        if (ask := self.of(Ask, which, state="asked")) is None:
            return
        call: dict[str, Any] = {"ask_id": ask.pk, "seen": self.seen(ask, which)}
        if how == "return":
            self.try_(gates.ask_return, self.office(who), reason=why, **call)
        elif how == "withdraw":
            self.try_(gates.ask_withdraw, self.user(who), **call)
        else:
            self.try_(gates.ask_recognise, self.office(who), **call)

    @rule(who=pick, which=pick, why=reason, with_later=yes)
    def revoke(self, who: int, which: int, why: str, with_later: bool) -> None:
        if (fact := self.of(Fact, which, revoked_by=None)) is not None:
            self.try_(gates.fact_revoke, self.office(who), reason=why or LONG, fact_id=fact.pk, with_later=with_later)

    # People ---------------------------------------------------------------------------------------------------------

    @rule(
        who=pick,
        which=pick,
        role=st.sampled_from(Duty),
        to=st.one_of(st.none(), pick),
        note=st.sampled_from(["", "合同、图纸已交"]),
    )
    def hand_over(self, who: int, which: int, role: Duty, to: int | None, note: str) -> None:
        leads = role is Duty.LEADER and to is not None and to % 2
        member = None if to is None else (self.world[Role.COUNTY_LEADER].member if leads else self.user(to).member)
        self.try_(people.hand_over, self.office(who), project_id=self.project(which).pk, role=role,
                  member_id=member.pk if member else None, note=note)  # fmt: skip

    @rule(who=pick, which=pick, unit=pick, officer=pick)
    def hand_over_unit(self, who: int, which: int, unit: int, officer: int) -> None:
        units = list(Unit.objects.order_by("pk"))
        wanted = units[unit % len(units)]
        members = (
            list(Member.objects.filter(unit=wanted).order_by("pk"))
            if officer % 5
            else list(Member.objects.order_by("pk"))
        )
        self.try_(people.hand_over_unit, self.office(who), project_id=self.project(which).pk, unit_id=wanted.pk,
                  officer_id=members[officer % len(members)].pk, note="职能调整")  # fmt: skip

    @rule(who=pick, unit=pick, to=pick)
    def change_head(self, who: int, unit: int, to: int) -> None:
        wanted = self.of(Unit, unit, pk=self.world.unit.pk) if unit % 2 else self.of(Unit, unit)
        members = list(Member.objects.filter(unit=wanted).order_by("pk"))
        by = self.world[Role.GOVERNMENT_OFFICE] if who % 3 else self.user(who)
        self.try_(unit_head_change, by, unit_id=wanted.pk, member_id=members[to % len(members)].pk, seen=wanted.version)

    @rule(who=pick, which=pick, to=pick, whole=yes)
    def leave(self, who: int, which: int, to: int, whole: bool) -> None:
        member = Member.objects.get(pk=self.user(which).member_id)
        if member.pk in {
            self.world[role].member_id for role in (Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE, Role.COUNTY_LEADER)
        }:
            return  # the machine needs them to go on
        heads = member.unit.head_id == member.pk
        by = self.world[Role.GOVERNMENT_OFFICE] if heads and who % 3 else self.office(who)
        others = list(Member.objects.filter(unit=member.unit).order_by("pk"))
        codes = ("unit.head", *(people.held_code(role) for role in PERSONAL))
        taker = others[to % len(others)].pk
        successors = {
            code: self.world[Role.COUNTY_LEADER].member_id if code == "project.leader" else taker for code in codes
        }
        given: dict[str, Any] = {"successors": successors, "note": LONG} if whole else {}
        self.try_(member_leave, by, member_id=member.pk, seen=member.version, **given)

    # Commitments, suspension, obstacles -----------------------------------------------------------------------------

    @rule(
        who=pick,
        which=pick,
        days=st.integers(-3, 900),
        why=reason,
        what=st.sampled_from(["ask", "decide", "both"]),
        agree=yes,
    )
    def commit(self, who: int, which: int, days: int, why: str, what: str, agree: bool) -> None:
        project = self.project(which)
        if what != "decide":
            by = self.carer(project) if who % 3 else self.user(who)
            self.try_(commitments.commitment_ask, by, reason=why or LONG, project_id=project.pk, wanted=self.on(days))
        if what != "ask" and (change := self.of(CommitmentChange, which, state="asked")) is not None:
            by = self.world[Role.COUNTY_LEADER] if who % 3 else self.user(who)
            self.try_(
                commitments.commitment_decide,
                by,
                change_id=change.pk,
                seen=self.seen(change, which),
                agree=agree,
                answer=why,
            )

    @rule(
        who=pick,
        which=pick,
        days=st.integers(-1, 90),
        why=reason,
        agree=st.sampled_from([True, True, False]),
        what=st.sampled_from(["ask", "decide", "resume", "agree", "all"]),
    )
    def suspend(self, who: int, which: int, days: int, why: str, agree: bool, what: str) -> None:
        project = self.project(which)
        if what in ("ask", "agree", "all"):
            own = User.objects.filter(member_id=project.principal_id, is_active=True).first()
            by = own if own is not None and who % 4 else self.user(who)
            self.try_(
                commitments.suspension_ask, by, reason=why or LONG, project_id=project.pk, look_again_on=self.on(days)
            )
        if what in ("decide", "agree", "all") and (asked := self.of(Suspension, which, state="asked")) is not None:
            by = self.world[Role.COUNTY_LEADER] if who % 4 else self.user(who)
            self.try_(
                commitments.suspension_decide, by, suspension_id=asked.pk, seen=asked.version, agree=agree, answer=why
            )
        if what in ("resume", "all"):
            suspended = self.of(Project, which, suspension__isnull=False)
            self.try_(
                commitments.suspension_resume,
                self.office(who),
                project_id=suspended.pk,
                seen=suspended.version,
                note=why or LONG,
            )

    @rule(who=pick, which=pick, days=st.integers(-1, 30), unit=pick, further=st.integers(0, 3))
    def block(self, who: int, which: int, days: int, unit: int, further: int) -> None:
        solver = Unit.objects.get(code="D05").pk if unit % 2 else self.user(unit).member.unit_id
        told = obstacles.Block(
            "land",
            "三户未签协议",
            self.on(0),
            solver,
            self.on(days),
            measure="households",
            done=Decimal(1),
            total=Decimal(12),
        )
        found = self.try_(obstacles.obstacle_add, self.office(who), project_id=self.project(which).pk, block=told)
        for step in ("report", "solve", "confirm")[: further if found is not None else 0]:
            self.go_further(found, step, who, "三户已全部签约", agree=who % 5 > 0)

    @rule(
        who=pick,
        which=pick,
        step=st.sampled_from(["report", "solve", "confirm"]),
        agree=st.sampled_from([True, True, False]),
        text=st.sampled_from(["", "三户已全部签约"]),
    )
    def unblock(self, who: int, which: int, step: str, agree: bool, text: str) -> None:
        if (found := self.of(Obstacle, which, state="solved" if step == "confirm" else "open")) is not None:
            self.go_further(found, step, who, text, agree=agree)

    def go_further(self, found: Obstacle, step: str, who: int, text: str, *, agree: bool) -> None:
        found.refresh_from_db()
        call: dict[str, Any] = {"obstacle_id": found.pk, "seen": found.version}
        solver = User.objects.filter(member__unit_id=found.solver_unit_id, is_active=True).first()
        by = solver if solver is not None and who % 4 else self.user(who)
        if step == "report":
            self.try_(obstacles.obstacle_report, by, **call, tried=text, promised_on=self.on(9), done=Decimal(who % 15))
        elif step == "solve":
            self.try_(obstacles.obstacle_solve, by, **call, result=text)
        else:
            watcher = User.objects.filter(member_id=found.project.officer_id, is_active=True).first()
            outside = watcher is not None and watcher.member.unit_id != found.solver_unit_id
            by = watcher if watcher is not None and outside and who % 4 else self.office(who)
            self.try_(obstacles.obstacle_confirm, by, **call, agree=agree, answer=text)

    # Lessons, endings, void -----------------------------------------------------------------------------------------

    @rule(
        who=pick,
        which=pick,
        text=st.sampled_from(["无", "签约前要查征信和涉诉情况"]),
        accept=st.sampled_from([True, True, False]),
        what=st.sampled_from(["propose", "decide", "both", "answer"]),
    )
    def learn(self, who: int, which: int, text: str, accept: bool, what: str) -> None:
        project = self.project(which)
        if what in ("propose", "both"):
            by = self.carer(project) if who % 3 else self.user(who)
            self.try_(
                ends.lesson_propose, by, project_id=project.pk, cause=text, otherwise=text, applies_to="所有招商项目"
            )
        if what in ("decide", "both") and (lesson := self.of(Lesson, which, state="proposed")) is not None:
            by = self.world[Role.GOVERNMENT_OFFICE] if who % 3 else self.user(who)
            self.try_(
                ends.lesson_decide, by, lesson_id=lesson.pk, seen=self.seen(lesson, which), accept=accept, answer=text
            )
        if what == "answer" and (lesson := self.of(Lesson, who, state="accepted")) is not None:
            newest = Project.objects.order_by("-pk")[0] if which % 2 else project
            self.try_(
                ends.lesson_answer,
                self.carer(newest),
                project_id=newest.pk,
                lesson_id=lesson.pk,
                adopted=accept,
                why=text,
            )

    @rule(who=pick, which=pick, kind=st.sampled_from(EndKind), told=yes, back=st.sampled_from([False, False, True]))
    def end(self, who: int, which: int, kind: EndKind, told: bool, back: bool) -> None:
        project = self.project(which)
        if (ending := self.of(Ending, which, state="proposed")) is None or ending.state != "proposed":
            failure: dict[str, Any] = {
                "causes": [("market", "objective")],
                "left_behind": "无遗留事项",
                "chance": "none",
            }
            if not project.lessons.exists():
                self.learn(who * 3 + 1, which, "签约前要查征信和涉诉情况", True, "propose")
            ending = self.try_(ends.ending_propose, self.carer(project), project_id=project.pk, kind=kind,
                               story="市场变化，投资方撤回投资，已书面说明情况。", **failure if told else {})  # fmt: skip
            if ending is None or who % 2:
                return
        judge = self.world[Role.GOVERNMENT_OFFICE if ending.kind == "given_up" else Role.PROJECT_OFFICE]
        by = judge if who % 3 else self.user(who)
        call: dict[str, Any] = {"ending_id": ending.pk, "seen": self.seen(ending, which)}
        if back:
            self.try_(ends.ending_return, by, **call, answer="缺遗留事项" if told else "")
        else:
            self.give(ending.project, "minutes")
            minutes = Evidence.objects.filter(kind="minutes").order_by("-pk").first()
            explanation = ends.Explanation("县政府常务会议", self.on(0), "〔2026〕3号", minutes) if told else None
            self.try_(ends.ending_accept, by, **call, explanation=explanation)

    @rule(which=pick)
    def give_up_properly(self, which: int) -> None:
        """The whole way of a failure; only now and then, or nothing would stay alive."""
        if which % 5:
            return
        project = self.project(which)
        carer = self.carer(project)
        lesson = self.try_(ends.lesson_propose, carer, project_id=project.pk, cause="签约前没有查清投资方的负债",
                           otherwise="签约前要查征信和涉诉情况", applies_to="所有招商项目")  # fmt: skip
        if lesson is not None:
            self.try_(ends.lesson_decide, self.world[Role.GOVERNMENT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)
        kind = EndKind.DONE if project.stage == Stage.OPERATING else EndKind.GIVEN_UP
        ending = self.try_(ends.ending_propose, carer, project_id=project.pk, kind=kind, story="市场变化，投资方撤回投资，已书面说明情况。",
                           causes=[("market", "objective")], left_behind="无遗留事项", chance="none")  # fmt: skip
        if ending is not None:
            self.give(project, "minutes")
            minutes = Evidence.objects.filter(kind="minutes").order_by("-pk").first()
            judge = self.world[Role.GOVERNMENT_OFFICE if kind is EndKind.GIVEN_UP else Role.PROJECT_OFFICE]
            told = ends.Explanation("县政府常务会议", self.on(0), "〔2026〕3号", minutes)
            self.try_(ends.ending_accept, judge, ending_id=ending.pk, seen=1, explanation=told)

    @rule(who=pick, which=pick, into=st.one_of(st.none(), pick), decide=yes, approve=yes, why=reason)
    def void(self, who: int, which: int, into: int | None, decide: bool, approve: bool, why: str) -> None:
        if decide and (request := self.of(VoidRequest, which, state="asked")) is not None:
            by = self.world[Role.GOVERNMENT_OFFICE] if who % 3 else self.user(who)
            self.try_(ends.void_decide, by, request_id=request.pk, seen=request.version, approve=approve, answer=why)
            return
        same_as = None if into is None else self.project(into).pk
        newest = Project.objects.order_by("-pk")[0] if which % 4 else self.project(which)
        self.try_(ends.void_ask, self.office(who), reason=why, project_id=newest.pk, same_as_id=same_as)

    # What must always hold ------------------------------------------------------------------------------------------

    @invariant()
    def people_are_named(self) -> None:
        live = "FROM projects_project p WHERE p.stage <> 'ended' AND NOT p.void"
        named = f"p.stage IN ({stages(NAMED)})"
        none(f"SELECT p.id {live} AND (p.unit_id IS NULL OR p.officer_id IS NULL)")
        none(f"SELECT p.id {live} AND (p.promising OR {named}) AND p.principal_id IS NULL")
        none(f"SELECT p.id {live} AND (p.importance <> 'ordinary' OR {named}) AND p.leader_id IS NULL")
        none("SELECT id FROM projects_project WHERE promising AND stage NOT IN ('planned', 'negotiating')")
        for role in Duty:
            if role is not Duty.UNIT:
                live = "m.state = 'left' AND p.stage <> 'ended' AND NOT p.void"
                none(f"SELECT p.id FROM projects_project p JOIN orgs_member m ON m.id = p.{role}_id WHERE {live}")  # noqa: S608 (names of our own tables)
        none(
            "SELECT u.id FROM orgs_unit u JOIN orgs_member m ON m.id = u.head_id WHERE m.state = 'left' OR m.unit_id <> u.id"
        )

    @invariant()
    def chains_are_unbroken_and_columns_are_their_ends(self) -> None:
        chains: dict[tuple[int, str], list[tuple[Any, ...]]] = {}
        for project, role, seq, member, unit, since in rows(
            "SELECT project_id, role, seq, member_id, unit_id, from_at FROM projects_assignment ORDER BY project_id, role, seq"
        ):
            chains.setdefault((project, role), []).append((seq, member, unit, since))
        columns = ", ".join(f"{role}_id" for role in Duty)
        for pk, entered, *held in rows(f"SELECT id, entered_at, {columns} FROM projects_project"):  # noqa: S608 (names of our own tables)
            for role, holder in zip(Duty, held, strict=True):
                links = chains[pk, role.value]
                assert [link[0] for link in links] == list(range(1, len(links) + 1))
                since = [link[3] for link in links]
                assert since == sorted(since)
                assert since[0] == entered
                last = links[-1]
                assert holder == (last[2] if role is Duty.UNIT else last[1])
                assert role not in (Duty.UNIT, Duty.OFFICER) or all(link[1] or link[2] for link in links)

    @invariant()
    def stages_rest_on_standing_facts(self) -> None:
        standing = {
            (subject, gate) for subject, gate in rows(
                "SELECT subject_id, gate FROM facts_fact WHERE state = 'recognised' AND revoked_by_id IS NULL AND gate <> ''"
            )
        }  # fmt: skip
        for pk, subject, track, stage, opening, proved, ended in rows(
            "SELECT id, subject_id, track, stage, opening_stage, opening_proved_on, end_kind FROM projects_project"
        ):
            if stage == "ended":
                continue
            assert ended == ""
            path = [str(step) for step in PATHS[Track(track)]]
            behind = path.index(opening) if opening else 0
            for gate in [gate for gate in GATES if gate.track == track]:
                place = path.index(gate.target)
                holds = (subject, gate.code) in standing
                passed = place <= path.index(stage) and (place > behind or (place == behind and proved is not None))
                assert holds == passed, (pk, stage, opening, proved, gate.code)
        none("SELECT p.id FROM projects_project p JOIN projects_stagechange c ON c.id = (SELECT x.id FROM projects_stagechange x"
             " WHERE x.project_id = p.id ORDER BY x.at DESC, x.id DESC LIMIT 1) WHERE c.now <> p.stage")  # fmt: skip

    @invariant()
    def ends_are_explained(self) -> None:
        none("SELECT p.id FROM projects_project p WHERE p.stage = 'ended' AND (p.void OR NOT EXISTS (SELECT 1 FROM projects_ending e"
             " WHERE e.project_id = p.id AND e.state = 'accepted' AND e.kind = p.end_kind AND (e.kind = 'done' OR (e.meeting <> ''"
             " AND e.minute_number <> '' AND e.meeting_on IS NOT NULL AND EXISTS (SELECT 1 FROM files_evidence f WHERE f.id = e.minutes_id"
             " AND f.subject_id = p.subject_id)) )) OR NOT EXISTS (SELECT 1 FROM projects_lesson l JOIN orgs_member m ON m.id = l.proposed_by_id"
             " WHERE l.project_id = p.id AND l.state = 'accepted' AND l.decided_unit_id <> m.unit_id))")  # fmt: skip
        none(
            "SELECT e.id FROM projects_ending e JOIN projects_project p ON p.id = e.project_id WHERE e.state = 'accepted' AND p.stage <> 'ended'"
        )
        none("SELECT p.id FROM projects_project p WHERE p.stage = 'ended' AND p.end_kind = 'done' AND NOT EXISTS (SELECT 1 FROM"
             " projects_stagechange c WHERE c.project_id = p.id AND c.was = 'operating' AND c.now = 'ended')")  # fmt: skip
        none(
            "SELECT a.id FROM projects_ask a JOIN projects_project p ON p.id = a.project_id WHERE a.state = 'asked' AND (p.void OR p.stage = 'ended')"
        )

    @invariant()
    def void_is_what_never_was(self) -> None:
        none("SELECT p.id FROM projects_project p WHERE p.void AND EXISTS (SELECT 1 FROM facts_fact f WHERE f.subject_id = p.subject_id"
             " AND f.state = 'recognised')")  # fmt: skip
        none("SELECT p.id FROM projects_project p WHERE p.void <> EXISTS (SELECT 1 FROM projects_voidrequest v WHERE v.project_id = p.id"
             " AND v.state = 'approved')")  # fmt: skip
        none("SELECT v.id FROM projects_voidrequest v WHERE v.state <> 'asked' AND v.decided_by_id = v.asked_by_id")

    @invariant()
    def suspension_is_agreed(self) -> None:
        none("SELECT p.id FROM projects_project p WHERE (p.suspension_id IS NOT NULL) <> EXISTS (SELECT 1 FROM projects_suspension s"
             " WHERE s.project_id = p.id AND s.state = 'agreed')")  # fmt: skip
        none(
            "SELECT s.id FROM projects_suspension s WHERE s.state <> 'asked' AND (s.decided_by_id IS NULL OR s.decided_by_id = s.asked_by_id)"
        )

    @invariant()
    def commitments_move_by_request_alone(self) -> None:
        agreed = dict(rows(
                "SELECT c.project_id, c.wanted FROM projects_commitmentchange c WHERE c.state = 'agreed' AND c.decided_by_id <> c.asked_by_id ORDER BY c.id"
            ))  # fmt: skip
        for pk, finish in rows("SELECT id, committed_finish_on FROM projects_project"):
            first = self.committed.get(pk) or finish
            self.committed[pk] = first
            assert finish == agreed.get(pk, first)

    @invariant()
    def what_is_sealed_stays(self) -> None:
        names = ", ".join(str(f.column) for f in Fact._meta.concrete_fields if f.name != "revoked_by")
        revoked = self.frozen.setdefault("revoked", set())
        for *columns, by in rows(f"SELECT {names}, revoked_by_id FROM facts_fact WHERE state = 'recognised'"):  # noqa: S608 (names of our own tables)
            known = self.sealed.setdefault(columns[0], tuple(columns))
            assert tuple(columns) == known
            if by is not None:
                revoked.add((columns[0], by))
        assert {pk for pk, _by in revoked} <= {
            pk for (pk,) in rows("SELECT id FROM facts_fact WHERE revoked_by_id IS NOT NULL")
        }
        assert set(self.sealed) == {pk for (pk,) in rows("SELECT id FROM facts_fact")}
        none(
            "SELECT f.id FROM facts_fact f WHERE (SELECT SUM(s.basis_points) FROM facts_factshare s WHERE s.fact_id = f.id) <> 10000"
        )
        none(
            "SELECT f.id FROM facts_fact f WHERE ABS(f.amount_cny - COALESCE((SELECT SUM(l.amount_cny)"
            " FROM facts_factevidence l WHERE l.fact_id = f.id), 0)) >= 0.005"
        )
        none(
            "SELECT f.id FROM facts_fact f JOIN facts_factshare s ON s.fact_id = f.id WHERE s.unit_id = f.recognised_unit_id"
        )
        none(
            "SELECT f.id FROM facts_fact f JOIN orgs_member m ON m.id = f.asked_by_id WHERE m.unit_id = f.recognised_unit_id"
        )
        none(
            "SELECT l.id FROM facts_factevidence l JOIN facts_fact f ON f.id = l.fact_id WHERE l.held = (f.revoked_by_id IS NOT NULL)"
        )
        none("SELECT l.id FROM facts_factevidence l JOIN facts_fact f ON f.id = l.fact_id JOIN files_evidence e ON e.id = l.evidence_id"
             " WHERE f.revoked_by_id IS NULL AND (e.withdrawn_at IS NOT NULL OR e.subject_id <> f.subject_id)")  # fmt: skip
        none("SELECT LOWER(REPLACE(l.number, ' ', '')), COUNT(*) FROM facts_factevidence l WHERE l.held AND l.amount_cny > 0"
             " GROUP BY l.region_id, l.kind, l.payer, LOWER(REPLACE(l.number, ' ', '')) HAVING COUNT(*) > 1")  # fmt: skip

    @invariant()
    def obstacles_are_confirmed_outside(self) -> None:
        none(
            "SELECT o.id FROM projects_obstacle o JOIN orgs_member m ON m.id = o.confirmed_by_id WHERE o.state = 'confirmed' AND m.unit_id = o.solver_unit_id"
        )
        none(
            "SELECT o.id FROM projects_obstacle o WHERE o.state <> 'open' AND (o.result = '' OR o.solved_by_id IS NULL)"
        )

    @invariant()
    def read_models_are_as_rebuilt(self) -> None:
        ids = [pk for (pk,) in rows("SELECT id FROM projects_project ORDER BY id")]
        kept = {
            (f.pk, f.open_obstacle_count, f.obstacle_due_on, f.money_arrived_cny) for f in ProjectFigures.objects.all()
        }
        assert kept == {
            (f.pk, f.open_obstacle_count, f.obstacle_due_on, f.money_arrived_cny) for f in reckoned_figures(ids)
        }
        years = set(ProjectYear.objects.values_list(*YEAR))
        assert years == {tuple(getattr(row, name) for name in YEAR) for row in reckoned_years(ids)}

    @invariant()
    def the_index_of_search_is_as_rebuilt(self) -> None:
        if self.steps % 5 == 0:
            assert list(search.faults()) == []

    @invariant()
    def duties_are_what_the_rows_say(self) -> None:
        assert list(keeping.check()) == []

    @invariant()
    def nothing_is_lost(self) -> None:
        (counts,) = rows("SELECT " + ", ".join(f"(SELECT COUNT(*) FROM {table})" for table in GUARDED))  # noqa: S608 (names of our own tables)
        now = dict(zip(GUARDED, counts, strict=True))
        assert all(now[table] >= self.counts.get(table, 0) for table in GUARDED)
        self.counts = now
        if self.steps % 5 == 0:
            assert audit.verify().intact


def settle(world: County) -> list[User]:
    """The people of the county with accounts; those who can do more stand in it more often."""
    colleague = make_person(world[Role.PROJECT_OFFICE].member.unit, "项目办二", Role.PROJECT_OFFICE)
    leader = make_person(world[Role.COUNTY_LEADER].member.unit, "副县长", Role.COUNTY_LEADER)
    land = make_person(make_unit("D05", "自然资源局"), "国土经办", Role.UNIT_OFFICER)
    clerk = make_person(world.township, "镇里人", Role.UNIT_OFFICER, Role.UNIT_HEAD)
    rest = [user for role, user in world.cast.items() if role not in {Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN}]
    strong = [world[Role.PROJECT_OFFICE], world[Role.GOVERNMENT_OFFICE], world[Role.UNIT_HEAD], world.officer]
    return [*rest, colleague, leader, land, clerk, *strong, *strong]


@pytest.mark.slow
@pytest.mark.django_db
def test_no_forbidden_state_is_ever_reached() -> None:
    with clock.standing_at(START):
        Life.world = make_world()
        Life.users = settle(Life.world)
        make_project(Life.world)
        make_project(Life.world, track=Track.PUBLIC)
        make_project(Life.world, opening_stage=Stage.BUILDING)
    Life.accepted.clear()
    Life.refused.clear()
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=NIGHT or 35, stateful_step_count=60 if NIGHT else 40, derandomize=not NIGHT, deadline=None,
            suppress_health_check=list(HealthCheck), print_blob=True, database=None,
        ),
    )  # fmt: skip
    print(Life.accepted, Life.refused.most_common(60), sep="\n")
    never = {service.__name__ for service in SERVICES} - set(Life.accepted)
    assert len(never) <= (2 if NIGHT >= 150 else 8), (
        f"these were never once accepted, so that nothing was shown of them: {never}"
    )
