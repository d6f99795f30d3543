"""Evidence is given, gates and money are asked by one and recognised by another."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from luodi.demo.evidence import Piece, day_of, proof_of, upload_of
from luodi.demo.live import Town, does
from luodi.demo.steps import Step, yuan
from luodi.files.models import Evidence
from luodi.kernel import acts
from luodi.orgs.models import User
from luodi.projects import selectors
from luodi.projects.models import (
    LessonAnswer,
    Project,
)
from luodi.projects.services import ends, evidence, gates


def add_evidence(town: Town, project: Project, by: User, piece: Piece) -> Evidence:
    county = town.cast.county.code
    upload = upload_of(piece, county, town.rng)
    return acts.run(
        evidence.evidence_add, by=by, project_id=project.pk, proof=proof_of(piece, project, county), upload=upload
    )


def piece_of(town: Town, kind: str, step: Step, amount: Decimal | None = None) -> Piece:
    town.serial += 1
    dated = day_of(kind, step.args.get("dated", step.day), step.day, town.rng)
    if amount is not None:
        dated = step.day - timedelta(town.rng.randint(1, 9))
    return Piece(kind, dated, town.serial, amount)


@does("give")
def give(town: Town, step: Step) -> None:
    project = town.project(step)
    for kind in step.args["kinds"]:
        add_evidence(town, project, town.officer(project), piece_of(town, kind, step))


@does("ask")
def ask(town: Town, step: Step) -> None:
    """The responsible unit asks; now and then the township has a part in the credit."""
    project = town.project(step)
    shares = _shares(town, project, step.number) if town.rng.random() < 0.12 else None
    made = acts.run(
        gates.gate_ask,
        by=town.officer(project),
        project_id=project.pk,
        happened_on=step.args["happened"],
        shares=shares,
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
    kinds = [(args["kind"], yuan(args["wan"]))]
    if args["extra"]:
        kinds.append((args["extra"], yuan(max(1, args["wan"] // 6))))
    given = [add_evidence(town, project, by, piece_of(town, kind, step, amount)) for kind, amount in kinds]
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
                ends.lesson_answer,
                by=town.officer(project),
                project_id=project.pk,
                lesson_id=lesson.pk,
                adopted=adopted,
                why=why,
            )
