"""What each step of the plan does: one small function for each verb, that calls one service as somebody who may."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

from luodi.demo.companies import credit_code
from luodi.demo.evidence import Piece, day_of, proof_of, upload_of
from luodi.demo.live import TOGETHER, Town, does
from luodi.demo.steps import Draft, Step
from luodi.files.models import Evidence
from luodi.kernel import acts, clock
from luodi.kernel.errors import Forbidden
from luodi.orgs.models import Company, Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import company_find_or_create
from luodi.projects import permissions, selectors
from luodi.projects.models import CommitmentChange, Ending, Lesson, LessonAnswer, Obstacle, Project, Suspension, VoidRequest
from luodi.projects.rules import EndKind, Importance, Stage, Track
from luodi.projects.rules import Role as Duty
from luodi.projects.services import commitments, ends, evidence, gates, obstacles, people, projects
from luodi.projects.services.projects import Entry
from luodi.subjects.services import note_add, party_add

WAN = 10_000
BATCH = 50
OUTSIDE = {"B": "bank", "E": "enterprise"}
"""Units outside the government, by the first letter of their codes, and how they are associated."""

# Entering -----------------------------------------------------------------------------------------------------------


def enter(town: Town, steps: Sequence[Step]) -> None:
    """Bring projects in: the offices by their monthly ledger, in one act for each; officers one by one."""
    drafts = [town.drafts[step.number] for step in steps]
    for office in (Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU):
        own = [draft for draft in drafts if draft.entered_by == office]
        for start in range(0, len(own), BATCH):
            acts.run(ledger_enter, by=town.any_of(office), town=town, drafts=own[start : start + BATCH])
    for draft in drafts:
        if draft.entered_by == "officer":
            officer = town.cast.user(_officer(town, draft).pk)
            acts.run(ledger_enter, by=officer, town=town, drafts=[draft])


def ledger_enter(*, by: User, town: Town, drafts: Sequence[Draft]) -> None:
    """Enter some lines of a ledger, with the companies that stand in it."""
    for draft in drafts:
        if why := permissions.why_not_create(by, town.cast.units[draft.unit].pk):
            raise Forbidden(why)
    made = projects.projects_insert([_entry(town, draft) for draft in drafts])
    for draft, project in zip(drafts, made, strict=True):
        town.pks[draft.number] = project.pk
        for code in draft.helpers:
            if role := OUTSIDE.get(code[0]):
                party_add(project.subject, town.cast.units[code], role)


def _officer(town: Town, draft: Draft) -> Member:
    return town.cast.officers[draft.unit][draft.officer]


def _entry(town: Town, draft: Draft) -> Entry:
    leaders, supervisors = town.cast.roles[Role.COUNTY_LEADER], town.cast.roles[Role.SUPERVISOR]
    helpers = [code for code in draft.helpers if code[0] not in OUTSIDE]
    return Entry(
        name=draft.name, track=Track(draft.track), unit=town.cast.units[draft.unit], officer=_officer(town, draft),
        leader=None if draft.leader is None else leaders[draft.leader % len(leaders)].member,
        supervisor=None if draft.supervisor is None else supervisors[draft.supervisor % len(supervisors)].member,
        importance=Importance(draft.importance), opening_stage=Stage(draft.opening) if draft.opening else None,
        kind=town.kinds[draft.kind], industry=town.industries[draft.industry],
        theme=None if draft.theme is None else town.cast.themes[draft.theme],
        township=town.cast.townships[draft.township], investor=_company(town, draft.investor),
        national_code=draft.national_code, summary=draft.summary, total_investment_cny=_yuan(draft.total_wan),
        land_mu=Decimal(draft.land_mu) if draft.land_mu else None, jobs=draft.jobs,
        annual_tax_cny=_yuan(draft.tax_wan) if draft.tax_wan else None, started_on=draft.started,
        committed_finish_on=draft.committed, helpers=[town.cast.units[code] for code in helpers],
    )


def _company(town: Town, name: str) -> Company | None:
    if not name:
        return None
    county = town.cast.county
    code = credit_code(county.code, Random(f"{county.code} {name}"))
    return company_find_or_create(region_id=county.pk, name=name, uscc=code)


def _yuan(wan: int) -> Decimal:
    return Decimal(wan) * WAN


# Gates and money ----------------------------------------------------------------------------------------------------


def add_evidence(town: Town, project: Project, by: User, piece: Piece) -> Evidence:
    county = town.cast.county.code
    upload = upload_of(piece, county, town.rng)
    return acts.run(
        evidence.evidence_add, by=by, project_id=project.pk, proof=proof_of(piece, project, county), upload=upload
    )


def _piece(town: Town, kind: str, step: Step, amount: Decimal | None = None) -> Piece:
    town.serial += 1
    dated = day_of(kind, step.args.get("dated", step.day), step.day, town.rng)
    if amount is not None:
        dated = step.day - timedelta(town.rng.randint(1, 9))
    return Piece(kind, dated, town.serial, amount)


@does("give")
def give(town: Town, step: Step) -> None:
    project = town.project(step)
    for kind in step.args["kinds"]:
        add_evidence(town, project, town.officer(project), _piece(town, kind, step))


@does("ask")
def ask(town: Town, step: Step) -> None:
    """The responsible unit asks; now and then the township has a part in the credit."""
    project = town.project(step)
    shares = _shares(town, project, step.number) if town.rng.random() < 0.12 else None
    made = acts.run(
        gates.gate_ask, by=town.officer(project), project_id=project.pk, happened_on=step.args["happened"], shares=shares
    )
    town.asks[step.number, "gate"] = made.pk


def _shares(town: Town, project: Project, number: int) -> dict[int, int] | None:
    township = town.cast.units[town.drafts[number].township]
    return {project.unit_id: 7000, township.pk: 3000} if township.pk != project.unit_id else None


@does("money")
def money(town: Town, step: Step) -> None:
    """Vouchers are handed in and asked for at once; an advance for resettlement is shown and does not count."""
    project, args = town.project(step), step.args
    by = town.officer(project)
    kinds = [(args["kind"], _yuan(args["wan"]))]
    if args["extra"]:
        kinds.append((args["extra"], _yuan(max(1, args["wan"] // 6))))
    given = [add_evidence(town, project, by, _piece(town, kind, step, amount)) for kind, amount in kinds]
    made = acts.run(gates.money_ask, by=by, project_id=project.pk, evidence_ids=[piece.pk for piece in given])
    town.asks[step.number, "money"] = made.pk


def _asked(town: Town, step: Step) -> int:
    money = step.args.get("money") or step.args.get("gate") == ""
    return town.asks.pop((step.number, "money" if money else "gate"))


@does("recognise")
def recognise(town: Town, step: Step) -> None:
    by = town.recogniser(town.project(step))
    acts.run(gates.ask_recognise, by=by, ask_id=_asked(town, step), seen=1)


@does("return")
def send_back(town: Town, step: Step) -> None:
    by = town.recogniser(town.project(step))
    acts.run(gates.ask_return, by=by, ask_id=_asked(town, step), seen=1, reason=step.args["reason"])


@does("answer")
def answer(town: Town, step: Step) -> None:
    """The lessons that fit are answered before the first gates: three in four are taken up."""
    project = town.project(step)
    fitting = selectors.lessons_that_fit(project)
    if not fitting:
        return
    answered = set(LessonAnswer.objects.filter(project=project).values_list("lesson_id", flat=True))
    for lesson in fitting:
        if lesson.pk not in answered:
            adopted = town.rng.random() < 0.75
            why = "" if adopted else town.rng.choice(town.words["not_applicable"])
            acts.run(
                ends.lesson_answer, by=town.officer(project), project_id=project.pk, lesson_id=lesson.pk,
                adopted=adopted, why=why,
            )


# The project's own --------------------------------------------------------------------------------------------------


@does("edit")
def edit(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        projects.project_edit, by=town.officer(project), reason=step.args["reason"], project_id=project.pk,
        seen=town.version(project), changes=dict(step.args["changes"]),
    )


def figures(town: Town, steps: list[Step]) -> None:
    """A unit fills in the figures of its projects, all of one part of a day at once."""
    by_unit: dict[int, list[Step]] = defaultdict(list)
    for step in steps:
        by_unit[town.project(step).unit_id].append(step)
    for own in by_unit.values():
        rows = [
            projects.YearRow(town.project(step).pk, step.args["year"], source, _yuan(planned), _yuan(declared))
            for step in own for source, planned, declared in step.args["parts"]
        ]
        acts.run(projects.year_figures_set, by=town.officer(town.project(own[0])), rows=rows)


TOGETHER["figures"] = figures


@does("grade")
def grade(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        projects.project_grade, by=town.any_of(Role.PROJECT_OFFICE), reason=step.args["reason"], project_id=project.pk,
        seen=town.version(project), importance=Importance(step.args["importance"]),
    )


@does("promise")
def promise(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        projects.project_mark_promising, by=town.any_of(Role.PROJECT_OFFICE), reason=step.args["reason"],
        project_id=project.pk, seen=town.version(project), promising=step.args["promising"],
    )


@does("note")
def note(town: Town, step: Step) -> None:
    project = town.project(step)
    by = town.officer(project)
    if project.supervisor_id and town.rng.random() < 0.4:
        by = town.cast.user(project.supervisor_id)
    acts.run(note_add, by=by, subject_id=project.subject_id, text=step.args["text"])


# People -------------------------------------------------------------------------------------------------------------


def _hand_over(by: User, project: Project, duty: Duty, member: Member, note: str) -> None:
    acts.run(people.hand_over, by=by, project_id=project.pk, role=duty, member_id=member.pk, note=note)


@does("lead")
def lead(town: Town, step: Step) -> None:
    project, leaders = town.project(step), town.cast.roles[Role.COUNTY_LEADER]
    member = leaders[step.args["leader"] % len(leaders)].member
    if member.pk == project.leader_id:
        member = leaders[(step.args["leader"] + 1) % len(leaders)].member
    _hand_over(town.any_of(Role.PROJECT_OFFICE), project, Duty.LEADER, member, step.args["note"])


@does("watch")
def watch(town: Town, step: Step) -> None:
    supervisors = town.cast.roles[Role.SUPERVISOR]
    member = supervisors[step.args["supervisor"] % len(supervisors)].member
    _hand_over(town.any_of(Role.PROJECT_OFFICE), town.project(step), Duty.SUPERVISOR, member, step.args["note"])


@does("officer")
def change_officer(town: Town, step: Step) -> None:
    """Another officer of the same unit takes over; its head says so."""
    project = town.project(step)
    others = [m for m in town.cast.officers[project.unit.code] if m.pk != project.officer_id]
    by = town.cast.head(project.unit.code)
    _hand_over(by, project, Duty.OFFICER, others[step.args["turn"] % len(others)], step.args["note"])


# Obstacles ----------------------------------------------------------------------------------------------------------


@does("block")
def block(town: Town, step: Step) -> None:
    project, args = town.project(step), step.args
    code = town.drafts[step.number].township if args["solver"] == "T" else args["solver"]
    found = obstacles.Block(
        kind=args["kind"], title=args["title"], since_on=args["since"], solver_unit_id=town.cast.units[code].pk,
        promised_on=args["promised"], measure=args["measure"], done=Decimal(0) if args["measure"] else None,
        total=Decimal(args["total"]) if args["measure"] else None,
    )
    made = acts.run(obstacles.obstacle_add, by=town.officer(project), project_id=project.pk, block=found)
    town.obstacles[step.number, args["label"]] = made.pk


def _obstacle(town: Town, step: Step) -> Obstacle:
    return Obstacle.objects.select_related("solver_unit").get(pk=town.obstacles[step.number, step.args["label"]])


def _solver(town: Town, unit: Unit) -> User:
    """One of the officers of the solving unit."""
    return town.cast.user(town.rng.choice(town.cast.officers[unit.code]).pk)


@does("tried")
def tried(town: Town, step: Step) -> None:
    found, args = _obstacle(town, step), step.args
    acts.run(
        obstacles.obstacle_report, by=_solver(town, found.solver_unit), obstacle_id=found.pk, seen=found.version,
        tried=args["tried"], promised_on=max(args["promised"], found.promised_on),
        done=None if args["done"] is None else Decimal(args["done"]),
    )


@does("solve")
def solve(town: Town, step: Step) -> None:
    found = _obstacle(town, step)
    by = _solver(town, found.solver_unit)
    acts.run(
        obstacles.obstacle_solve, by=by, obstacle_id=found.pk, seen=found.version, result=step.args["result"]
    )


def _confirmer(town: Town, project: Project, found: Obstacle) -> User:
    """Supervisor, else officer, outside the solving unit; where both are of it, the project office."""
    for member in (project.supervisor, project.officer):
        if member is not None and member.unit_id != found.solver_unit_id:
            return town.cast.user(member.pk)
    return town.any_of(Role.PROJECT_OFFICE)


def _confirm(town: Town, step: Step, answer: str) -> None:
    found, project = _obstacle(town, step), town.project(step)
    acts.run(
        obstacles.obstacle_confirm, by=_confirmer(town, project, found), obstacle_id=found.pk, seen=found.version,
        agree=not answer, answer=answer,
    )


@does("confirm")
def confirm(town: Town, step: Step) -> None:
    _confirm(town, step, "")


@does("reopen")
def reopen(town: Town, step: Step) -> None:
    _confirm(town, step, step.args["answer"])


# Moved dates and suspensions ----------------------------------------------------------------------------------------


@does("move")
def move(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        commitments.commitment_ask, by=town.officer(project), project_id=project.pk, wanted=step.args["wanted"],
        reason=step.args["reason"],
    )


def _move_decide(town: Town, step: Step, *, agree: bool) -> None:
    project = town.project(step)
    change = CommitmentChange.objects.get(project=project, state="asked")
    deciders = [town.any_of(Role.GOVERNMENT_OFFICE)]
    if project.unit_id != town.office_unit:
        deciders.append(town.any_of(Role.PROJECT_OFFICE))
    acts.run(
        commitments.commitment_decide, by=town.rng.choice(deciders), change_id=change.pk, seen=change.version,
        agree=agree, answer=step.args["answer"],
    )


@does("move_yes")
def move_yes(town: Town, step: Step) -> None:
    _move_decide(town, step, agree=True)


@does("move_no")
def move_no(town: Town, step: Step) -> None:
    _move_decide(town, step, agree=False)


@does("suspend")
def suspend(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        commitments.suspension_ask, by=town.principal(project), project_id=project.pk, reason=step.args["reason"],
        look_again_on=step.args["again"],
    )


def _suspension_decide(town: Town, step: Step, *, agree: bool, answer: str) -> None:
    project = town.project(step)
    found = Suspension.objects.get(project=project, state="asked")
    acts.run(
        commitments.suspension_decide, by=town.cast.user(project.leader_id), suspension_id=found.pk, seen=found.version,
        agree=agree, answer=answer,
    )


@does("suspend_yes")
def suspend_yes(town: Town, step: Step) -> None:
    _suspension_decide(town, step, agree=True, answer="")


@does("suspend_no")
def suspend_no(town: Town, step: Step) -> None:
    _suspension_decide(town, step, agree=False, answer=step.args["answer"])


@does("resume")
def resume(town: Town, step: Step) -> None:
    project = town.project(step)
    acts.run(
        commitments.suspension_resume, by=town.principal(project), project_id=project.pk, seen=town.version(project),
        note=step.args["note"],
    )


# Lessons, ends, voids -----------------------------------------------------------------------------------------------


@does("lesson")
def lesson(town: Town, step: Step) -> None:
    project, args = town.project(step), step.args
    acts.run(
        ends.lesson_propose, by=town.officer(project), project_id=project.pk, cause=args["cause"],
        otherwise=args["otherwise"], applies_to=args["applies"],
    )


def _lesson_decide(town: Town, step: Step, *, accept: bool, answer: str) -> None:
    """Another unit's word: the government office, the project office, or the head of the township where it lies."""
    project = town.project(step)
    found = Lesson.objects.get(project=project, state="proposed")
    deciders = [town.any_of(Role.GOVERNMENT_OFFICE)]
    if project.unit_id != town.office_unit:
        deciders.append(town.any_of(Role.PROJECT_OFFICE))
    township = town.cast.units[town.drafts[step.number].township]
    if township.pk != project.unit_id:
        deciders.append(town.cast.head(township.code))
    by = town.rng.choice(deciders)
    acts.run(ends.lesson_decide, by=by, lesson_id=found.pk, seen=found.version, accept=accept, answer=answer)


@does("lesson_yes")
def lesson_yes(town: Town, step: Step) -> None:
    _lesson_decide(town, step, accept=True, answer="")


@does("lesson_no")
def lesson_no(town: Town, step: Step) -> None:
    _lesson_decide(town, step, accept=False, answer=step.args["answer"])


@does("end")
def end(town: Town, step: Step) -> None:
    project, args = town.project(step), step.args
    failure: dict[str, Any] = {}
    if args["kind"] == EndKind.GIVEN_UP:
        failure = {
            "causes": args["causes"], "left_behind": args["left"], "chance": args["chance"], "try_again_on": args["again"],
        }
    acts.run(
        ends.ending_propose, by=town.officer(project), project_id=project.pk, kind=EndKind(args["kind"]),
        story=args["story"], **failure,
    )


@does("end_yes")
def end_yes(town: Town, step: Step) -> None:
    """A success is closed by another office; a failure is explained to the government, with the minutes."""
    project = town.project(step)
    ending = Ending.objects.get(project=project, state="proposed")
    if ending.kind == EndKind.DONE:
        acts.run(ends.ending_accept, by=town.recogniser(project), ending_id=ending.pk, seen=ending.version)
        return
    told = _explanation(town, project, step)
    by = town.any_of(Role.GOVERNMENT_OFFICE)
    acts.run(ends.ending_accept, by=by, ending_id=ending.pk, seen=ending.version, explanation=told)


def _explanation(town: Town, project: Project, step: Step) -> ends.Explanation:
    minutes = add_evidence(town, project, town.any_of(Role.PROJECT_OFFICE), _piece(town, "minutes", step))
    week = clock.today().isocalendar()
    held = step.day - timedelta(town.rng.randint(1, 4))
    meeting = f"县政府第 {(week.year - 2020) * 26 + week.week // 2} 次常务会议"
    return ends.Explanation(meeting, held, f"柏政纪〔{week.year}〕{week.week // 2 + 1}号", minutes)


@does("end_no")
def end_no(town: Town, step: Step) -> None:
    ending = Ending.objects.get(project=town.project(step), state="proposed")
    by = town.any_of(Role.GOVERNMENT_OFFICE)
    acts.run(ends.ending_return, by=by, ending_id=ending.pk, seen=ending.version, answer=step.args["answer"])


@does("void_ask")
def void_ask(town: Town, step: Step) -> None:
    acts.run(
        ends.void_ask, by=town.any_of(Role.PROJECT_OFFICE), project_id=town.project(step).pk,
        reason=step.args["reason"], same_as_id=town.pks[step.args["same_as"]],
    )


@does("void_decide")
def void_decide(town: Town, step: Step) -> None:
    request = VoidRequest.objects.get(project=town.project(step), state="asked")
    acts.run(
        ends.void_decide, by=town.any_of(Role.GOVERNMENT_OFFICE), request_id=request.pk, seen=request.version,
        approve=step.args["agree"], answer="" if step.args["agree"] else step.args["answer"],
    )

