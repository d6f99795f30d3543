"""An import undone: what it made is void, what it changed is as before, what others touched stays and is named."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from luodi.kernel import acts, clock, jobs
from luodi.kernel.errors import DomainError
from luodi.kernel.models import AuditEntry
from luodi.obligations.models import Obligation
from luodi.obligations.services import keeping
from luodi.obligations.services.climbing import climb_due
from luodi.orgs.models import Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person
from luodi.projects.models import ImportBatch, Project, UndoneProject, VoidRequest, YearFigure
from luodi.projects.panels.checks import deep_checks
from luodi.projects.panels.desk import own_imports
from luodi.projects.services import ends
from luodi.projects.services.imports import undoing
from luodi.projects.services.imports.undo_plan import plan
from luodi.projects.services.projects import EDITABLE, project_edit
from luodi.projects.services.years import year_figure_set
from luodi.projects.tests.ledger_county import (
    HEADS,
    another_importer,
    imported,
    imported_after_another,
    ledger,
    make_ledger_county,
    plain_row,
    work,
)
from luodi.projects.tests.refusals import refused
from luodi.search import services as search
from luodi.subjects.models import Party, TimelineEntry
from luodi.subjects.services import note_add

pytestmark = pytest.mark.django_db
WHY = "整份台账传错了年度"
MONEY = [*HEADS, "本年计划投资", "本年完成投资"]


@pytest.fixture
def office() -> User:
    return make_ledger_county()


def undo(by: User, batch: ImportBatch, reason: str = WHY) -> ImportBatch:
    acts.run(undoing.import_undo, by=by, reason=reason, batch_id=batch.pk, seen=batch.version)
    work()
    return ImportBatch.objects.get(pk=batch.pk)


def outcomes(batch: ImportBatch) -> dict[str, str]:
    return {row.project.name: row.outcome for row in batch.undone_projects.select_related("project")}


def fields_of(project: Project) -> dict[str, Any]:
    return {name: getattr(project, name) for name in (*EDITABLE, "importance", "stage", "void", "name_key")}


def edit(by: User, project: Project, **changes: Any) -> None:
    fresh = Project.objects.get(pk=project.pk)
    acts.run(project_edit, by=by, project_id=fresh.pk, seen=fresh.version, changes=changes)


def test_untouched_new_project_becomes_void_with_reason_and_approver(office: User):
    batch = imported(office, ledger([plain_row(1), plain_row(2)]))
    after = undo(office, batch)
    assert (after.state, after.undo_counts, after.undo_reason) == ("undone", {"void": 2}, WHY)
    assert not Project.objects.listed().exists()
    request = VoidRequest.objects.filter(project__name__endswith="0001").get()
    assert (request.state, request.undo_of, request.decided_by) == ("approved", batch, office.member)
    assert WHY in request.reason
    assert TimelineEntry.objects.filter(verb="void.undone", note__contains=WHY).count() == 2
    assert list(deep_checks()) == []


@pytest.mark.parametrize("touch", ["note", "edit", "year"])
def test_touched_new_project_stays_and_names_who_and_when(office: User, touch: str):
    batch = imported(office, ledger([plain_row(1), plain_row(2)]))
    project = Project.objects.get(name__endswith="0001")
    other = another_importer()
    if touch == "note":
        acts.run(note_add, by=other, subject_id=project.subject_id, text="去看过现场")
    elif touch == "edit":
        edit(other, project, remark="补充")
    else:
        acts.run(year_figure_set, by=other, project_id=project.pk, year=clock.today().year, source="loan",
                 planned_cny=Decimal(1), declared_cny=Decimal(0))  # fmt: skip
    after = undo(office, batch)
    assert after.undo_counts == {"left": 1, "void": 1}
    kept = UndoneProject.objects.get(outcome="left")
    assert (kept.project, kept.left[0]["actor"], kept.left[0]["why"]) == (project, other.audit_name, "touched")
    assert kept.left[0]["at"] == AuditEntry.objects.filter(actor=other.audit_name).latest("at").at.isoformat()
    project.refresh_from_db()
    assert project.live
    assert project.subject.timeline.filter(verb="import.kept", note__contains=WHY).exists()


def test_importer_who_worked_on_since_has_touched_it(office: User):
    """What he made of the project after the import is work like anybody's."""
    batch = imported(office, ledger([plain_row(1)]))
    edit(office, Project.objects.get(), remark="补充")
    assert undo(office, batch).undo_counts == {"left": 1}
    assert UndoneProject.objects.get().left[0]["actor"] == office.audit_name


def test_work_of_the_night_touches_nothing(office: User):
    """A duty carried up its ladder is nobody's work on the project."""
    batch = imported(office, ledger([plain_row(1)]))
    duties = Obligation.objects.open().filter(subject=Project.objects.get().subject)
    duties.update(next_step_on=clock.today())
    climb_due()
    carried = AuditEntry.objects.filter(actor="system:obligations", model="obligations.obligation")
    assert set(carried.values_list("object_id", flat=True)) == set(duties.values_list("pk", flat=True)) != set()
    assert undo(office, batch).undo_counts == {"void": 1}


def test_nothing_is_owed_for_what_became_void(office: User):
    batch = imported(office, ledger([plain_row(1), plain_row(2)]))
    assert Obligation.objects.open().filter(subject__project__in=Project.objects.all()).count() == 2
    undo(office, batch)
    assert not Obligation.objects.open().exists()
    assert [*keeping.check(), *search.faults()] == []


def test_what_stays_of_an_undone_import_is_seen_by_all(office: User):
    batch = imported(office, ledger([plain_row(1)]))
    other = another_importer()
    edit(other, Project.objects.get(), remark="补充")
    undo(office, batch)
    assert Project.objects.visible_to(other).listed().count() == 1


def changed_twice(office: User) -> tuple[Project, dict[str, Any], ImportBatch]:
    """A project that one import entered and a second changed: total, name of township, money of the year."""
    imported(office, ledger([[*plain_row(1), 300, 100]], MONEY))
    project = Project.objects.get()
    before = fields_of(project)
    batch = imported(office, ledger([[*plain_row(1, total=5000), 400, 250]], MONEY))
    assert batch.counts["edited"] == 1
    return project, before, batch


def test_changed_project_is_restored_by_counter_entries(office: User):
    project, before, batch = changed_twice(office)
    assert Project.objects.get().total_investment_cny == Decimal(50_000_000)
    after = undo(office, batch)
    assert after.undo_counts == {"restored": 1}
    assert fields_of(Project.objects.get()) == before
    figure = YearFigure.objects.get()
    assert (figure.planned_cny, figure.declared_cny) == (Decimal(3_000_000), Decimal(1_000_000))
    assert project.years.get().declared_cny == Decimal(1_000_000)
    told = TimelineEntry.objects.filter(verb="project.edited").latest("pk")
    assert "撤销导入" in told.note
    assert told.values["now"] == "12010000.00"


def test_field_that_somebody_changed_since_stays_and_is_named(office: User):
    project, _before, batch = changed_twice(office)
    other = another_importer()
    edit(other, project, total_investment_cny=Decimal(7))
    after = undo(office, batch)
    assert after.undo_counts == {"partly": 1}
    assert Project.objects.get().total_investment_cny == Decimal(7)
    assert YearFigure.objects.get().declared_cny == Decimal(1_000_000)
    (left,) = UndoneProject.objects.get().left
    assert (left["field"], left["why"], left["actor"]) == ("total_investment_cny", "changed", other.audit_name)


def test_field_changed_and_changed_back_was_touched(office: User):
    project, _before, batch = changed_twice(office)
    other = another_importer()
    for amount in (7, 50_000_000):
        edit(other, project, total_investment_cny=Decimal(amount))
    undo(office, batch)
    assert Project.objects.get().total_investment_cny == Decimal(50_000_000)


def test_finish_that_the_import_first_declared_stays(office: User):
    """The committed finish is moved by request alone, also back to none."""
    imported(office, ledger([plain_row(1, end="")]))
    batch = imported(office, ledger([plain_row(1)]))
    assert Project.objects.get().committed_finish_on is not None
    after = undo(office, batch)
    assert after.undo_counts == {"left": 1}
    assert UndoneProject.objects.get().left[0]["why"] == "by_request"
    assert Project.objects.get().committed_finish_on is not None


def test_township_and_name_go_back_together(office: User):
    imported(office, ledger([plain_row(1, township="")]))
    batch = imported(office, ledger([plain_row(1)]))
    project = Project.objects.get()
    assert project.township is not None
    assert Party.objects.filter(subject=project.subject, role="township", until=None).count() == 1
    undo(office, batch)
    assert Project.objects.get().township is None
    assert not Party.objects.filter(subject=project.subject, role="township", until=None).exists()


def test_refusals(office: User):
    batch = imported(office, ledger([plain_row(1)]))
    told: dict[str, Any] = {"batch_id": batch.pk, "seen": batch.version}
    clerk = make_person(Unit.objects.get(name="水利局"), "某办事员", Role.UNIT_OFFICER)
    refused("forbidden", undoing.import_undo, by=clerk, reason=WHY, **told)
    with pytest.raises(ImportBatch.DoesNotExist):
        acts.run(undoing.import_undo, by=another_importer(), reason=WHY, **told)
    refused("reason_missing", undoing.import_undo, by=office, reason="无", field="reason", **told)
    assert batch.finished_at is not None
    with clock.standing_at(batch.finished_at + timedelta(days=1, seconds=1)):
        refused("undo_over", undoing.import_undo, by=office, reason=WHY, **told)
    acts.run(undoing.import_undo, by=office, reason=WHY, **told)
    refused("undone_already", undoing.import_undo, by=office, reason=WHY, **told)
    work()
    undone = ImportBatch.objects.get()
    refused("undone_already", undoing.import_undo, by=office, reason=WHY, batch_id=batch.pk, seen=undone.version)


def test_a_figure_put_back_tells_why(office: User):
    imported(office, ledger([[*plain_row(1), 300, 100]], MONEY))
    batch = imported(office, ledger([[*plain_row(1), 400, 100]], MONEY))
    last = TimelineEntry.objects.latest("pk").pk
    undo(office, batch)
    (told,) = TimelineEntry.objects.filter(pk__gt=last)
    assert told.verb == "figure.planned"
    assert WHY in told.note


def test_import_that_wrote_nothing_needs_no_undo(office: User):
    batch = imported_after_another(office)
    assert not batch.wrote
    refused("nothing_to_undo", undoing.import_undo, by=office, reason=WHY, batch_id=batch.pk, seen=batch.version)


def test_project_office_undoes_what_another_imported(office: User):
    batch = imported(another_importer(), ledger([plain_row(1)]))
    assert undo(office, batch).undo_counts == {"void": 1}
    assert VoidRequest.objects.get().decided_by == office.member


def test_window_ends_when_the_content_is_destroyed(office: User):
    batch = imported(office, ledger([plain_row(1)]))
    assert batch.undo_until is not None
    with clock.standing_at(batch.undo_until + timedelta(seconds=5)):
        work()
        assert ImportBatch.objects.get().forgotten_at is not None


def test_plan_says_what_then_happens(office: User):
    project, _before, batch = changed_twice(office)
    edit(another_importer(), project, total_investment_cny=Decimal(7))
    foreseen = {step.project_id: (step.outcome, step.fields) for step in plan(office, batch)}
    undo(office, batch)
    assert {row.project_id: (row.outcome, row.fields) for row in UndoneProject.objects.all()} == foreseen


def test_note_touches_no_field_of_a_changed_project(office: User):
    project, before, batch = changed_twice(office)
    acts.run(note_add, by=another_importer(), subject_id=project.subject_id, text="看过")
    assert undo(office, batch).undo_counts == {"restored": 1}
    assert fields_of(Project.objects.get()) == before


def test_refused_project_is_left_whole_and_the_others_are_undone(office: User, monkeypatch: pytest.MonkeyPatch):
    imported(office, ledger([plain_row(n) for n in (1, 2, 3)]))
    batch = imported(office, ledger([plain_row(n, total=5000) for n in (1, 2, 3)]))
    stubborn = Project.objects.get(name__endswith="0002")

    def edits(**told: Any) -> Project:
        if told["project_id"] == stubborn.pk:
            raise DomainError("name_taken", "已有同名的在册项目")
        return project_edit(**told)

    monkeypatch.setattr(undoing, "project_edit", edits)
    assert undo(office, batch).undo_counts == {"restored": 2, "left": 1}
    kept = UndoneProject.objects.get(outcome="left")
    assert (kept.project, kept.left[0]["words"]) == (stubborn, "已有同名的在册项目")
    assert Project.objects.get(pk=stubborn.pk).total_investment_cny == Decimal(50_000_000)


class Killed(BaseException):
    """Nothing catches it: as if the worker had been killed."""


def test_killed_in_the_middle_goes_on_where_it_was(office: User, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(undoing, "CHUNK", 1)
    batch = imported(office, ledger([plain_row(n) for n in range(1, 5)]))
    acts.run(undoing.import_undo, by=office, reason=WHY, batch_id=batch.pk, seen=batch.version)
    whole, calls = ends.void_imported, []

    def dies(*args: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        whole(*args)

    monkeypatch.setattr(undoing, "void_imported", dies)
    with pytest.raises(Killed):
        jobs.work_once()
    assert UndoneProject.objects.count() == Project.objects.filter(void=True).count() == 2
    with clock.standing_at(clock.now() + jobs.LEASE + timedelta(seconds=5)):
        work()
    assert ImportBatch.objects.get().undo_counts == {"void": 4}
    assert VoidRequest.objects.count() == 4


@pytest.mark.parametrize("seed", range(6))
def test_import_then_undo_gives_the_county_as_it_was(office: User, seed: int):
    """Random rows, random touches by others: untouched fields are as before, touches survive, new ones are void."""
    dice = random.Random(seed)
    first = range(1, 7)
    imported(
        office, ledger([[*_random_row(dice, n), dice.randint(0, 500), dice.randint(0, 100)] for n in first], MONEY)
    )
    before = {p.pk: fields_of(p) for p in Project.objects.all()}
    money = {f.pk: (f.planned_cny, f.declared_cny) for f in YearFigure.objects.all()}
    rows = [[*_random_row(dice, n), dice.randint(0, 500), dice.randint(0, 100)] for n in range(1, 11)]
    batch = imported(office, ledger(rows, MONEY))
    other = another_importer()
    touched = dice.sample(list(Project.objects.order_by("pk")), 3)
    for number, project in enumerate(touched):
        edit(other, project, jobs=7000 + number)
    undo(office, batch)
    for project in Project.objects.all():
        mine = project in touched
        if project.pk in before:
            assert fields_of(project) == before[project.pk] | ({"jobs": project.jobs} if mine else {})
        else:
            assert project.void is not mine
        assert not mine or project.jobs == 7000 + touched.index(project)
    assert {f.pk: (f.planned_cny, f.declared_cny) for f in YearFigure.objects.filter(pk__in=money)} == money


def _random_row(dice: random.Random, number: int) -> list[Any]:
    township = dice.choice(["青石镇", ""])
    return plain_row(number, total=dice.randint(100, 9000), township=township, end="2027-06-30")


def test_desk_tells_of_the_undo(office: User):
    batch = imported(office, ledger([plain_row(1)]))
    undo(office, batch)
    assert any("撤销" in line.text for line in own_imports(office) if line.key == f"import-{batch.pk}")
