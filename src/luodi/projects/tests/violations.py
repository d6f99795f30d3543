"""A county in which everything has happened once, made through the services, and what raw SQL would like to do to it.

VIOLATIONS: by the name of the guard or constraint that must refuse ("|" where either may speak first; behind a slash,
which way of several), the raw write. Each is done alone, on a fresh `Scene`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models

from luodi.facts.models import Fact, FactEvidence, FactShare, Revocation
from luodi.files.models import Evidence, StoredFile
from luodi.kernel import acts, clock
from luodi.orgs.models import Member, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member, make_person, make_unit
from luodi.projects.models import (
    Ask,
    AskEvidence,
    AskShare,
    Assignment,
    CommitmentChange,
    Ending,
    FactRecheck,
    Lesson,
    Obstacle,
    Project,
    StageChange,
    Suspension,
    VoidRequest,
)
from luodi.projects.rules import EndKind, Stage
from luodi.projects.rules import Role as Duty
from luodi.projects.services import commitments, ends, evidence, gates, obstacles, people
from luodi.projects.services.projects import project_mark_promising
from luodi.projects.services.years import year_figure_set
from luodi.projects.tests.factories import (
    County,
    ask,
    bring_to,
    give,
    make_project,
    make_world,
    other_member,
    recognise,
)
from luodi.subjects.models import Party

LATE = timedelta(days=800)


@dataclass(slots=True)
class Scene:
    """What there is to attack. Facts: `standing` (sign), `money`, `revoked`, `draft` (nothing wrong with it)."""

    world: County
    planned: Project
    signed: Project
    operating: Project
    ended: Project
    void: Project
    suspended: Project
    opening: Project
    stranger: User
    gone: Member
    standing: Fact
    money: Fact
    revoked: Fact
    spare: Evidence
    withdrawn: Evidence
    open_ask: Ask
    obstacle: Obstacle

    @property
    def office(self) -> User:
        return self.world[Role.PROJECT_OFFICE]


LESSON: dict[str, Any] = {
    "cause": "签约前没有查清投资方的负债",
    "otherwise": "签约前要查征信和涉诉情况",
    "applies_to": "所有招商项目",
}


def make_scene() -> Scene:
    world = make_world()
    office = world[Role.PROJECT_OFFICE]
    planned = make_project(world)
    acts.run(project_mark_promising, by=office, reason="投资方三次来访", project_id=planned.pk, seen=1, promising=True)
    signed, money, revoked = _signed(world)
    withdrawn = give(signed, "other", world.officer)
    acts.run(evidence.evidence_withdraw, by=world.officer, evidence_id=withdrawn.pk, reason="传错")
    return Scene(
        world=world, planned=planned, signed=signed, operating=_operating(world), ended=_ended(world), void=_void(world, planned),
        suspended=_suspended(world), opening=make_project(world, opening_stage=Stage.BUILDING),
        stranger=make_person(make_unit("D30", "交通局"), "局外人", Role.UNIT_OFFICER),
        gone=make_member(world.unit, "离任者", state="left"),
        standing=Fact.objects.standing().get(subject=signed.subject, gate="sign"), money=money, revoked=revoked,
        spare=give(signed, "bank_slip", world.officer), withdrawn=Evidence.objects.get(pk=withdrawn.pk),
        open_ask=ask(signed, world.officer), obstacle=_obstacles(world, signed),
    )  # fmt: skip


def _signed(world: County) -> tuple[Project, Fact, Fact]:
    project = bring_to(make_project(world), Stage.SIGNED, world)
    kept, gone = (_money(project, world, number) for number in ("KEPT", "GONE"))
    acts.run(gates.fact_revoke, by=world[Role.PROJECT_OFFICE], fact_id=gone.pk, reason="资金过账")
    change = acts.run(commitments.commitment_ask, by=world.officer, project_id=project.pk, wanted=clock.today() + LATE,
                      reason="主要设备海运推迟，已加班赶工")  # fmt: skip
    acts.run(commitments.commitment_decide, by=world[Role.PROJECT_OFFICE], change_id=change.pk, seen=1, agree=True)
    acts.run(
        commitments.commitment_ask,
        by=world.officer,
        project_id=project.pk,
        wanted=clock.today() + 2 * LATE,
        reason="再推迟一次，原因同前所述",
    )
    acts.run(
        year_figure_set,
        by=world.officer,
        project_id=project.pk,
        year=2026,
        source="own",
        planned_cny=Decimal(9),
        declared_cny=Decimal(1),
    )
    return Project.objects.get(pk=project.pk), kept, Fact.objects.get(pk=gone.pk)


def _money(project: Project, world: County, number: str) -> Fact:
    slip = give(project, "bank_slip", world.officer, number=number)
    asked = acts.run(gates.money_ask, by=world.officer, project_id=project.pk, evidence_ids=[slip.pk])
    return recognise(asked, world[Role.PROJECT_OFFICE])


def learn(project: Project, world: County) -> Lesson:
    lesson = acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, **LESSON)
    return acts.run(ends.lesson_decide, by=world[Role.PROJECT_OFFICE], lesson_id=lesson.pk, seen=1, accept=True)


def _operating(world: County) -> Project:
    project = bring_to(make_project(world), Stage.OPERATING, world)
    acts.run(ends.lesson_propose, by=world.officer, project_id=project.pk, **LESSON)
    acts.run(
        ends.ending_propose,
        by=world.officer,
        project_id=project.pk,
        kind=EndKind.DONE,
        story="按期建成并投产，达到协议约定的产值和税收，运行平稳。",
    )
    return project


def _ended(world: County) -> Project:
    project = make_project(world)
    fact = recognise(ask(project, world.officer), world[Role.PROJECT_OFFICE])
    assert fact.gate == "negotiate"
    learn(project, world)
    ending = acts.run(
        ends.ending_propose, by=world.officer, project_id=project.pk, kind=EndKind.GIVEN_UP, causes=[("market", "objective")],
        story="市场变化，投资方撤回投资，已书面说明情况。", left_behind="无遗留事项", chance="none",
    )  # fmt: skip
    minutes = give(project, "minutes", world[Role.PROJECT_OFFICE])
    told = ends.Explanation("县政府常务会议", clock.today(), "〔2026〕12号", minutes)
    acts.run(ends.ending_accept, by=world[Role.GOVERNMENT_OFFICE], ending_id=ending.pk, seen=1, explanation=told)
    return Project.objects.get(pk=project.pk)


def _void(world: County, same_as: Project) -> Project:
    project = make_project(world)
    request = acts.run(
        ends.void_ask, by=world[Role.PROJECT_OFFICE], project_id=project.pk, reason="录了两次", same_as_id=same_as.pk
    )
    acts.run(ends.void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=request.pk, seen=1, approve=True)
    return Project.objects.get(pk=project.pk)


def _suspended(world: County) -> Project:
    project = make_project(world)
    asked = acts.run(commitments.suspension_ask, by=world[Role.UNIT_HEAD], project_id=project.pk, reason="投资方资金链断裂，等其重组",
                     look_again_on=clock.today() + timedelta(days=60))  # fmt: skip
    acts.run(commitments.suspension_decide, by=world[Role.COUNTY_LEADER], suspension_id=asked.pk, seen=1, agree=True)
    return Project.objects.get(pk=project.pk)


def _obstacles(world: County, project: Project) -> Obstacle:
    block = obstacles.Block("land", "三户未签协议", clock.today(), world.township.pk, clock.today() + timedelta(days=9))
    clerk = make_person(world.township, "镇里人", Role.UNIT_OFFICER)
    found = acts.run(obstacles.obstacle_add, by=world.officer, project_id=project.pk, block=block)
    return acts.run(obstacles.obstacle_solve, by=clerk, obstacle_id=found.pk, seen=1, result="三户全部签约")


# Raw writes ---------------------------------------------------------------------------------------------------------


def sql(text: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text, values)


def change(row: models.Model, **columns: Any) -> None:
    sets = ", ".join(f'"{name}" = %s' for name in columns)
    sql(f"UPDATE {row._meta.db_table} SET {sets} WHERE {row._meta.pk.column} = %s", *columns.values(), row.pk)  # noqa: S608 (columns of the code)


def copy(row: models.Model, **columns: Any) -> int:
    """Insert a copy of a row with some columns changed; give its id."""
    table, own = row._meta.db_table, row._meta.pk.column
    names = [field.column for field in row._meta.concrete_fields if field.column != own]
    values = ", ".join("%s" if name in columns else f'"{name}"' for name in names)
    listed = ", ".join(f'"{name}"' for name in names)
    given = [columns[name] for name in names if name in columns]
    sql(f"INSERT INTO {table} ({listed}) SELECT {values} FROM {table} WHERE {own} = %s", *given, row.pk)  # noqa: S608 (columns of the code)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT MAX({own}) FROM {table}")  # noqa: S608 (columns of the code)
        return int(cursor.fetchone()[0])


def draft(s: Scene, project: Project, *, shares: int = 10_000, **columns: Any) -> Fact:
    """A copy of the money fact as a draft of another project, with its shares, ready to be sealed."""
    cleared = {"state": "draft", "revoked_by_id": None, "subject_id": project.subject_id, "amount_cny": 0}
    pk = copy(s.money, **cleared | columns)
    for part in FactShare.objects.filter(fact=s.money):
        copy(part, fact_id=pk, basis_points=shares)
    return Fact.objects.get(pk=pk)


def seal(
    s: Scene, project: Project, *, shares: int = 10_000, by: Member | None = None, gate: str = "", **columns: Any
) -> None:
    fact = draft(s, project, shares=shares, gate=gate)
    who = by or s.office.member
    change(fact, **{"state": "recognised", "recognised_by_id": who.pk, "recognised_unit_id": who.unit_id} | columns)


def line(s: Scene, **columns: Any) -> None:
    """Another line, on the spare voucher, for a draft of the signed project."""
    own = {"fact_id": draft(s, s.signed).pk, "evidence_id": s.spare.pk, "number": "another", "held": True}
    copy(FactEvidence.objects.get(fact=s.money), **own | columns)


def person(s: Scene, project: Project, role: Duty = Duty.OFFICER, **columns: Any) -> None:
    last = Assignment.objects.filter(project=project, role=role).latest("seq")
    copy(last, **{"seq": last.seq + 1, "from_at": clock.now()} | columns)


def revoke(s: Scene, fact: Fact) -> None:
    change(fact, revoked_by_id=copy(Revocation.objects.latest("pk")))


def of(model: type[models.Model], **wanted: Any) -> Any:
    """The one row wanted (the newest where there are several)."""
    return model._default_manager.filter(**wanted).latest("pk")


def undecided(s: Scene, model: type[models.Model], **columns: Any) -> None:
    """Copy a decided row as it is onto another project: it would come into the world decided."""
    row = model._default_manager.exclude(state__in=["asked", "proposed", "open"]).latest("pk")
    copy(row, **{"project_id": s.opening.pk} | columns)


def late_officer(s: Scene) -> None:
    """Hand the signed project to a clerk of the project office and back, then let him recognise it."""
    clerk = make_person(s.office.member.unit, "前专人", Role.PROJECT_OFFICE).member
    for member in (clerk, s.world.officer.member):
        acts.run(
            people.hand_over, by=s.office, project_id=s.signed.pk, role=Duty.OFFICER, member_id=member.pk, note="轮岗"
        )
    seal(s, s.signed, by=clerk)


def ended_without_lesson(s: Scene) -> None:
    """An accepted ending alone does not end a project."""
    change(of(Ending, project=s.operating), state="accepted", decided_by_id=s.office.member_id)
    change(s.operating, stage="ended", end_kind="done")


def done_before_operating(s: Scene) -> None:
    """Every paper is in order, but the project never operated."""
    ending = copy(of(Ending, project=s.operating), project_id=s.signed.pk)
    sql("UPDATE projects_ending SET state = 'accepted', decided_by_id = %s WHERE id = %s", s.office.member_id, ending)
    learn(s.signed, s.world)
    change(s.signed, stage="ended", end_kind="done")


def given_up_as_done(s: Scene) -> None:
    learn(s.operating, s.world)
    change(of(Ending, project=s.operating), state="accepted", decided_by_id=s.office.member_id)
    change(s.operating, stage="ended", end_kind="given_up")


def replayed_commitment(s: Scene) -> None:
    """A request once agreed does not move the date a second time."""
    old = of(CommitmentChange, state="agreed")
    back = copy(
        of(CommitmentChange, state="asked"),
        project_id=s.planned.pk,
        was=s.planned.committed_finish_on,
        wanted=old.wanted,
    )
    for name, was, now in ((back, s.planned.committed_finish_on, old.wanted),):
        sql(
            "UPDATE projects_commitmentchange SET state = 'agreed', decided_by_id = %s WHERE id = %s",
            s.office.member_id,
            name,
        )
        change(s.planned, committed_finish_on=now)
        again = copy(of(CommitmentChange, state="asked"), project_id=s.planned.pk, was=now, wanted=was)
        sql(
            "UPDATE projects_commitmentchange SET state = 'agreed', decided_by_id = %s WHERE id = %s",
            s.office.member_id,
            again,
        )
        change(s.planned, committed_finish_on=was)
        change(s.planned, committed_finish_on=now)


def project_copy(s: Scene, **columns: Any) -> None:
    subject = copy(s.planned.subject, uuid=clock.now().strftime("%Y%m%d%H%M%S%f").rjust(32, "0"))
    own = {"subject_id": subject, "code": "BC-2026-9999", "name_key": "抄来的", "promising": False}
    copy(Project.objects.get(pk=s.planned.pk), **own | columns)


def foreign_file(s: Scene, **columns: Any) -> None:
    stored = of(StoredFile, subject=s.signed.subject)
    copy(stored, subject_id=s.planned.subject_id, **columns)


Raw = Callable[[Scene], object]


def after(*writes: Raw) -> Raw:
    """Several writes, one after the other; the last is the one that must be refused."""

    def all_of_them(scene: Scene) -> None:
        for write in writes:
            write(scene)

    return all_of_them


def drawn(scene: Scene) -> FactRecheck:
    """The standing fact's second look, drawn by hand: the lot may have fallen on it or not."""
    fact = scene.standing
    found = FactRecheck.objects.filter(fact=fact).first()
    return found or FactRecheck.objects.create(region_id=fact.region_id, fact=fact, drawn_at=clock.now())


VIOLATIONS: dict[str, Raw] = {
    # M2: who must be named
    "project_principal_named/promising": lambda s: person(s, s.planned, Duty.PRINCIPAL, member_id=None),
    "project_principal_named/signed": lambda s: person(s, s.signed, Duty.PRINCIPAL, member_id=None),
    "project_leader_named/signed": lambda s: person(s, s.signed, Duty.LEADER, member_id=None),
    "project_leader_named/key": after(
        lambda s: person(s, s.planned, Duty.LEADER, member_id=None), lambda s: change(s.planned, importance="city")
    ),
    "project_promising_is_early": lambda s: change(s.signed, promising=True),
    "project_people_by_handover/officer": lambda s: change(s.signed, officer_id=s.stranger.member_id),
    "project_people_by_handover/unit": lambda s: change(s.signed, unit_id=s.stranger.member.unit_id),
    "project_people_by_handover/leader": lambda s: change(s.planned, leader_id=None),
    "project_people_by_handover/supervisor": lambda s: change(s.planned, supervisor_id=s.stranger.member_id),
    "assignment_officer_never_vacant": lambda s: person(s, s.planned, member_id=None),
    "assignment_unit_or_member": lambda s: person(s, s.planned, Duty.UNIT, unit_id=None),
    "assignment_unit_or_member/both": lambda s: person(s, s.planned, unit_id=s.world.unit.pk),
    # M13: no gap, nothing rewritten
    "assignment_follows/gap": lambda s: person(s, s.signed, seq=3),
    "assignment_follows/again": lambda s: person(s, s.signed, seq=1),
    "assignment_follows/backdated": lambda s: person(s, s.signed, from_at=s.signed.entered_at - timedelta(days=1)),
    "assignment_to_serving": lambda s: person(s, s.signed, member_id=s.gone.pk),
    "assignment_of_live/ended": lambda s: person(s, s.ended),
    "assignment_of_live/void": lambda s: person(s, s.void),
    "projects_assignment_no_update": lambda s: sql("UPDATE projects_assignment SET from_at = %s WHERE project_id = %s", clock.now(), s.signed.pk),
    "projects_assignment_no_delete": lambda s: sql("DELETE FROM projects_assignment WHERE project_id = %s", s.signed.pk),
    "member_leaves_nothing/officer": lambda s: change(s.world.officer.member, state="left"),
    "member_leaves_nothing/leader": lambda s: change(s.world[Role.COUNTY_LEADER].member, state="left"),
    # M15: no silent end
    "projects_project_no_delete": lambda s: sql("DELETE FROM projects_project WHERE id = %s", s.planned.pk),
    "projects_project_no_delete/void": lambda s: sql("DELETE FROM projects_project WHERE id = %s", s.void.pk),
    "project_stage_by_gate/ended": lambda s: change(s.planned, stage="ended", end_kind="given_up", promising=False),
    "project_stage_by_gate/no_lesson": ended_without_lesson,
    "project_stage_by_gate/not_operating": done_before_operating,
    "project_stage_by_gate/other_kind": given_up_as_done,
    "project_ends_in_two_ways": lambda s: change(s.planned, end_kind="given_up"),
    "project_ended_stays|project_stage_by_gate/reborn": lambda s: change(s.ended, stage="negotiating", end_kind=""),
    "project_ended_stays": lambda s: change(s.ended, end_kind="done"),
    "project_void_only_unsettled/asked_nobody": lambda s: change(s.planned, void=True),
    "project_void_only_unsettled/settled": after(
        lambda s: copy(of(VoidRequest), project_id=s.signed.pk, state="asked"),
        lambda s: change(of(VoidRequest), state="approved"),
        lambda s: change(s.signed, void=True),
    ),
    "project_void_only_unsettled/revived": lambda s: change(s.void, void=False),
    "ending_begins_open": lambda s: undecided(s, Ending),
    "ending_decided_once": lambda s: change(of(Ending, state="accepted"), story="改写"),
    "ending_decided_by_another": lambda s: change(of(Ending, state="proposed"), state="accepted", decided_by_id=s.world.officer.member_id),
    "ending_explained_to_government": lambda s: change(
        Ending.objects.get(pk=copy(of(Ending, state="accepted"), state="proposed", project_id=s.signed.pk, minutes_id=None)),
        state="accepted",
    ),
    "ending_minutes_of_project": lambda s: change(of(Ending, state="proposed"), minutes_id=of(Evidence, kind="minutes").pk),
    "ending_one_open": lambda s: copy(of(Ending, state="proposed")),
    "projects_ending_no_delete": lambda s: sql("DELETE FROM projects_ending"),
    "projects_endingcause_no_update": lambda s: sql("UPDATE projects_endingcause SET attribution = 'objective'"),
    "lesson_begins_open": lambda s: undecided(s, Lesson),
    "lesson_accepted_stays": lambda s: change(of(Lesson, state="accepted"), otherwise="无"),
    "lesson_accepted_by_another_unit/own": lambda s: change(
        of(Lesson, state="proposed"), state="accepted", decided_by_id=s.world[Role.UNIT_HEAD].member_id, decided_unit_id=s.world.unit.pk
    ),
    "lesson_accepted_by_another_unit/lent": lambda s: change(
        of(Lesson, state="proposed"), state="accepted", decided_by_id=s.world[Role.UNIT_HEAD].member_id, decided_unit_id=s.office.member.unit_id
    ),
    "lesson_says_something": lambda s: copy(of(Lesson, state="proposed"), otherwise=""),
    "projects_lesson_no_delete": lambda s: sql("DELETE FROM projects_lesson"),
    "voidrequest_begins_open": lambda s: undecided(s, VoidRequest),
    "void_decided_once": lambda s: change(of(VoidRequest, state="approved"), reason="改写"),
    "void_approved_by_another": lambda s: change(
        VoidRequest.objects.get(pk=copy(of(VoidRequest), state="asked", project_id=s.planned.pk)), state="approved", decided_by_id=s.office.member_id
    ),
    "suspension_begins_open": lambda s: undecided(s, Suspension),
    "suspension_moves/back": lambda s: change(of(Suspension, state="agreed"), state="asked"),
    "suspension_moves/reason": lambda s: change(of(Suspension, state="agreed"), reason="改写"),
    "suspension_agreed_by_another": lambda s: change(
        Suspension.objects.get(pk=copy(of(Suspension), project_id=s.planned.pk, state="asked")), state="agreed",
        decided_by_id=of(Suspension).asked_by_id,
    ),
    "project_suspended_by_leader/borrowed": lambda s: (change(s.suspended, suspension_id=None)),
    "project_suspended_by_leader/asked": lambda s: change(
        s.planned, suspension_id=copy(of(Suspension), project_id=s.planned.pk, state="asked")
    ),
    # stages, gates, opening
    "project_stage_by_gate/ahead": lambda s: change(s.planned, stage="negotiating"),
    "project_stage_by_gate/leap": lambda s: change(s.signed, stage="building"),
    "project_stage_by_gate/back": lambda s: change(s.signed, stage="negotiating"),
    "project_enters_open/later": lambda s: project_copy(s, stage="building"),
    "project_enters_open/proved": lambda s: project_copy(s, stage="building", opening_stage="building", opening_proved_on=clock.today()),
    "project_enters_open/void": lambda s: project_copy(s, void=True),
    "project_opening_proved_by_fact": lambda s: change(s.opening, opening_proved_on=clock.today()),
    "project_identity_stays/code": lambda s: change(s.signed, code="BC-2020-0001"),
    "project_identity_stays/opening": lambda s: change(s.opening, opening_stage=""),
    "project_identity_stays/entered": lambda s: change(s.signed, entered_at=s.signed.entered_at - timedelta(days=400)),
    "stagechange_as_project": lambda s: copy(of(StageChange, project=s.signed), now="operating"),
    "projects_stagechange_no_update": lambda s: sql('UPDATE projects_stagechange SET "on" = %s', clock.today()),
    "projects_stagechange_no_delete": lambda s: sql("DELETE FROM projects_stagechange WHERE project_id = %s", s.signed.pk),
    "project_commitment_by_request/other": lambda s: change(s.signed, committed_finish_on=clock.today()),
    "project_commitment_by_request/none": lambda s: change(s.signed, committed_finish_on=None),
    "project_commitment_by_request/asked": lambda s: change(s.signed, committed_finish_on=of(CommitmentChange, state="asked").wanted),
    "project_commitment_by_request/replayed": replayed_commitment,
    "commitmentchange_begins_open": lambda s: undecided(s, CommitmentChange),
    "commitment_decided_once": lambda s: change(of(CommitmentChange, state="agreed"), wanted=clock.today()),
    "commitment_decided_by_another": lambda s: change(
        of(CommitmentChange, state="asked"), state="agreed", decided_by_id=s.world.officer.member_id
    ),
    # facts
    "fact_begins_as_draft": lambda s: copy(s.money, subject_id=s.planned.subject_id),
    "facts_fact_no_delete": lambda s: sql("DELETE FROM facts_fact WHERE id = %s", s.revoked.pk),
    "fact_sealed_stays/amount": lambda s: change(s.money, amount_cny=Decimal(10) ** 8),
    "fact_sealed_stays/year": lambda s: change(s.money, year=2025),
    "fact_sealed_stays/unit": lambda s: change(s.money, unit_id=s.stranger.member.unit_id),
    "fact_sealed_stays/happened": lambda s: change(s.standing, happened_on=clock.today() - timedelta(days=9)),
    "fact_sealed_stays/unsealed": lambda s: change(s.money, state="draft"),
    "fact_sealed_stays/unrevoked": lambda s: change(s.revoked, revoked_by_id=None),
    "fact_draft_not_revoked": lambda s: change(draft(s, s.planned), revoked_by_id=copy(of(Revocation))),
    "fact_shares_add_up/less": lambda s: seal(s, s.signed, shares=9_999),
    "fact_amount_adds_up": lambda s: seal(s, s.signed, amount_cny=Decimal("0.01")),
    "share_in_range": lambda s: draft(s, s.signed, shares=10_001),
    "facts_factshare_no_update": lambda s: sql("UPDATE facts_factshare SET basis_points = 5000"),
    "facts_factshare_no_delete": lambda s: sql("DELETE FROM facts_factshare"),
    "fact_share_while_draft": lambda s: copy(of(FactShare, fact=s.money), unit_id=s.stranger.member.unit_id),
    "fact_recogniser_has_no_share/lent": lambda s: seal(s, s.signed, recognised_unit_id=s.stranger.member.unit_id),
    "fact_recogniser_entitled/leader": lambda s: seal(s, s.signed, by=s.world[Role.COUNTY_LEADER].member),
    "fact_recogniser_entitled/anybody": lambda s: seal(s, s.signed, by=s.stranger.member),
    "fact_recogniser_not_of_project": late_officer,
    "fact_of_live_project/ended": lambda s: seal(s, s.ended),
    "fact_of_live_project/void": lambda s: seal(s, s.void),
    "fact_gate_is_next/leap": lambda s: seal(s, s.signed, gate="operate"),
    "fact_gate_is_next/opening": lambda s: seal(s, s.opening, gate="prepare"),
    "fact_gate_once": lambda s: copy(s.standing, state="draft"),
    "fact_revoked_in_order/later": lambda s: revoke(s, Fact.objects.standing().get(subject=s.signed.subject, gate="negotiate")),
    "fact_revoked_in_order/ended": lambda s: revoke(s, Fact.objects.standing().get(subject=s.ended.subject)),
    "facts_revocation_no_update": lambda s: sql("UPDATE facts_revocation SET reason = '改写'"),
    "voucher_counts_once": lambda s: line(s, number=of(FactEvidence, fact=s.money).number),
    "fact_line_as_evidence/unheld": lambda s: line(s, held=False),
    "fact_line_as_evidence/amount": lambda s: line(s, amount_cny=Decimal(10) ** 9),
    "fact_line_as_evidence/kind": lambda s: line(s, kind="invoice"),
    "fact_line_as_evidence/foreign": lambda s: line(s, fact_id=draft(s, s.planned).pk),
    "fact_line_as_evidence/withdrawn": lambda s: line(s, evidence_id=s.withdrawn.pk, kind="other", amount_cny=0),
    "fact_line_while_draft": lambda s: line(s, fact_id=s.money.pk),
    "fact_line_only_freed/freed": lambda s: sql("UPDATE facts_factevidence SET held = FALSE WHERE fact_id = %s", s.money.pk),
    "fact_line_only_freed/held": lambda s: sql("UPDATE facts_factevidence SET held = TRUE WHERE fact_id = %s", s.revoked.pk),
    "facts_factevidence_no_delete": lambda s: sql("DELETE FROM facts_factevidence"),
    "evidence_of_fact_stays": lambda s: change(of(Evidence, fact_lines__fact=s.money), withdrawn_at=clock.now(), withdrawn_reason="换"),
    "evidence_only_withdrawn/amount": lambda s: change(s.spare, amount_cny=9),
    "evidence_only_withdrawn/title": lambda s: change(s.spare, title="改名", withdrawn_at=clock.now(), withdrawn_reason="换"),
    "evidence_only_withdrawn/wording": lambda s: change(of(Evidence, kind="minutes"), wording=None, withdrawn_at=clock.now(), withdrawn_reason="换"),
    "evidence_only_withdrawn/silent": lambda s: change(s.spare, withdrawn_at=clock.now()),
    "evidence_only_withdrawn/given_back": lambda s: change(s.withdrawn, withdrawn_at=None, withdrawn_reason=""),
    "evidence_file_of_the_subject": lambda s: copy(s.spare, subject_id=s.planned.subject_id),
    "file_of_one_subject/plain": foreign_file,
    "file_of_one_subject/shared": lambda s: foreign_file(s, shared=True),
    "files_storedfile_no_update": lambda s: sql("UPDATE files_storedfile SET shared = TRUE"),
    "files_evidence_no_delete": lambda s: sql("DELETE FROM files_evidence WHERE id = %s", s.spare.pk),
    # asks
    "ask_begins_open": lambda s: undecided(s, Ask, fact_id=None, state="returned"),
    "ask_decided_once": lambda s: change(of(Ask, state="recognised"), state="returned", fact_id=None),
    "ask_recognised_has_fact": lambda s: change(s.open_ask, state="recognised", decided_by_id=s.office.member_id),
    "ask_fact_is_its_own": lambda s: change(s.open_ask, state="recognised", decided_by_id=s.office.member_id, fact_id=draft(s, s.signed).pk),
    "ask_recognised_by_another": lambda s: change(
        s.open_ask, state="recognised", decided_by_id=s.open_ask.asked_by_id, fact_id=_sealed(s, s.open_ask.gate).pk
    ),
    "ask_gate_once_open": lambda s: copy(s.open_ask),
    "ask_evidence_of_project/withdrawn": lambda s: copy(of(AskEvidence, ask=s.open_ask), evidence_id=s.withdrawn.pk),
    "ask_evidence_of_project/foreign": lambda s: copy(of(AskEvidence, ask=s.open_ask), evidence_id=of(Evidence, subject=s.ended.subject).pk),
    "ask_share_while_open": lambda s: copy(of(AskShare, ask__state="recognised"), unit_id=s.stranger.member.unit_id),
    "projects_askevidence_no_update": lambda s: sql("UPDATE projects_askevidence SET evidence_id = %s", s.spare.pk),
    # second looks
    "recheck_by_another_office/recogniser": lambda s: change(
        drawn(s), state="held", checked_by_id=s.standing.recognised_by_id, checked_at=clock.now()
    ),
    "recheck_by_another_office/unit": lambda s: change(
        drawn(s), state="held", checked_by_id=s.world.officer.member_id, checked_at=clock.now()
    ),
    "recheck_held_stays/again": after(
        lambda s: change(
            drawn(s), state="held", checked_by_id=s.world[Role.STATISTICS_BUREAU].member_id, checked_at=clock.now()
        ),
        lambda s: change(drawn(s), note="改"),
    ),
    "recheck_held_stays/undrawn": lambda s: change(drawn(s), drawn_at=clock.now() - LATE),
    # obstacles
    "obstacle_begins_open": lambda s: copy(s.obstacle),
    "obstacle_confirmed_outside/solver": lambda s: change(s.obstacle, state="confirmed", confirmed_by_id=s.obstacle.solved_by_id),
    "obstacle_confirmed_outside/anybody": lambda s: change(s.obstacle, state="confirmed", confirmed_by_id=s.stranger.member_id),
    "obstacle_confirmed_outside/skipped": after(
        lambda s: change(s.obstacle, state="open"),
        lambda s: change(s.obstacle, state="confirmed", confirmed_by_id=s.world.officer.member_id),
    ),
    "obstacle_solved_with_result": lambda s: change(s.obstacle, result=""),
    "obstacle_done_within_total": lambda s: change(s.obstacle, total=3, done=4),
    "projects_obstacle_no_delete": lambda s: sql("DELETE FROM projects_obstacle"),
    # figures, subjects, audit
    "yearfigure_in_range": lambda s: sql("UPDATE projects_yearfigure SET declared_cny = -1"),
    "project_total_in_range": lambda s: change(s.planned, total_investment_cny=-1),
    "project_figures_in_range": lambda s: change(s.planned, annual_tax_cny=-1),
    "project_place_whole/latitude": lambda s: change(s.planned, latitude=38),
    "project_place_whole/longitude": lambda s: change(s.planned, longitude=114),
    "project_code_once": lambda s: project_copy(s, code=s.signed.code),
    "project_live_name_once": lambda s: project_copy(s, name_key=s.planned.name_key),
    "subject_identity_stays": lambda s: change(s.planned.subject, kind="inquiry"),
    "party_only_ended": lambda s: change(of(Party, subject=s.planned.subject), unit_id=s.stranger.member.unit_id),
    "subjects_timelineentry_no_update": lambda s: sql("UPDATE subjects_timelineentry SET note = ''"),
    "subjects_timelineentry_no_delete": lambda s: sql("DELETE FROM subjects_timelineentry"),
    "kernel_auditentry_no_update": lambda s: sql("UPDATE kernel_auditentry SET actor = 'user:1'"),
    "kernel_auditentry_no_delete": lambda s: sql("DELETE FROM kernel_auditentry"),
}  # fmt: skip


def _sealed(s: Scene, gate: str) -> Fact:
    seal(s, s.signed, gate=gate)
    return Fact.objects.latest("pk")


def replaced(row: models.Model) -> None:
    """Write a row over itself with REPLACE, which deletes the old one without saying so (SQLite)."""
    names = ", ".join(f'"{field.column}"' for field in row._meta.concrete_fields)
    table = row._meta.db_table
    sql(f"INSERT OR REPLACE INTO {table} ({names}) SELECT {names} FROM {table} WHERE id = %s", row.pk)  # noqa: S608 (columns of the code)


def leave_the_office(s: Scene) -> Member:
    """Somebody who answers for nothing, for those who look for a member to move about."""
    return other_member(s.world, "闲人")
