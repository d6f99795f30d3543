"""Ledgers through the services: what becomes of rows, of people, of money; again and again."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from luodi.engines.ledger.fields import BY_NAME
from luodi.kernel import acts, audit, clock, jobs
from luodi.kernel.errors import DomainError, StaleVersion
from luodi.kernel.models import Job, PersonKey
from luodi.orgs.models import Company, Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person
from luodi.projects.models import Assignment, ImportBatch, ImportedRow, Project, YearFigure
from luodi.projects.rules import LONGEST
from luodi.projects.services.imports import applying, wizard
from luodi.projects.services.imports.codec import pack_rows, unpack_rows
from luodi.projects.services.imports.keeping import TEXTS
from luodi.projects.services.imports.reading import kept_decisions, kept_rows, read_upload, renewed
from luodi.projects.tests.ledger_county import (
    LEDGERS,
    accepted,
    another_importer,
    imported,
    ledger,
    make_ledger_county,
    plain_row,
    sample,
    uploaded,
    work,
)
from luodi.subjects.models import Party, TimelineEntry

pytestmark = pytest.mark.django_db


@pytest.fixture
def office() -> User:
    return make_ledger_county()


@pytest.fixture
def whole() -> User:
    """The project office of a county with all its units, for ledgers as they are."""
    return make_ledger_county(whole=True)


def by_row(batch: ImportBatch) -> dict[int, str]:
    return {row.row: row.status for row in kept_rows(batch) if row.status != "skipped"}


def test_sample_comes_in_with_people_stage_and_money(whole: User):
    batch = imported(whole, sample())
    assert (batch.state, batch.counts["made"], batch.counts["failed"]) == ("done", batch.counts["new"], 0)
    project = Project.objects.get(name="古驿镇一期标准化厂房")
    assert (project.stage, project.opening_stage, project.unproved) == ("building", "building", True)
    assert project.total_investment_cny == Decimal("698000000")
    assert project.declared_before_cny == Decimal("181780000")
    assert str(project.leader) == "丙书记"
    assert project.principal == project.unit.head
    assert (project.officer.name, project.officer.unit, project.officer.state) == ("张一", project.unit, "listed")
    assert project.officer.phone.reveal() == "13800003630"
    assert project.investor is not None
    assert project.investor.uscc == "9113013143445443E8"
    assert project.committed_finish_on is not None
    assert project.supervisor is None
    assert Assignment.objects.filter(project=project).count() == 5
    assert not project.subject.facts.exists()


def test_preview_writes_nothing(whole: User):
    before = (Member.objects.count(), Company.objects.count())
    uploaded(whole, sample())
    assert (Member.objects.count(), Company.objects.count()) == before
    assert not Project.objects.exists()


@pytest.mark.slow
def test_same_file_again_changes_nothing(whole: User):
    first = imported(whole, sample())
    second = uploaded(whole, sample())
    assert (second.counts["new"], second.counts["changed"], second.counts["same"]) == (0, 0, first.counts["new"])
    with pytest.raises(DomainError) as refused:
        accepted(whole, second)
    assert refused.value.code == "nothing_to_import"


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["township.xlsx", "bureau.xlsx", "pairs.xlsx", "categories.xlsx", "ticks.xlsx", "old.xls", "plain.csv"]
)
def test_each_layout_comes_in_once(whole: User, name: str):
    data = (LEDGERS / name).read_bytes()
    first = imported(whole, data, name)
    assert first.counts["failed"] == 0
    assert first.counts["made"] == first.counts["new"]
    again = uploaded(whole, data, name)
    assert (again.counts["new"], again.counts["changed"]) == (0, 0), [r for r in kept_rows(again) if r.changes]


def test_changed_row_edits_only_its_own_facts(office: User):
    imported(office, ledger([plain_row(1)]))
    project = Project.objects.get()
    row = plain_row(1, total=5000, stage="竣工", end="2028-01-01", leader="甲县长", officer="周八")
    batch = uploaded(office, ledger([row]))
    (told,) = [row for row in kept_rows(batch) if row.status == "changed"]
    acts_needed = {change.field: change.act for change in told.changes}
    assert acts_needed == {
        "total_investment": "", "stage": "act_stage", "end_on": "act_end_on", "leader": "act_leader", "officer": "act_officer",
    }  # fmt: skip
    accepted(office, batch)
    work()
    after = Project.objects.get()
    assert after.total_investment_cny == Decimal("50000000")
    kept = ("stage", "committed_finish_on", "leader_id", "officer_id", "principal_id", "supervisor_id", "unit_id")
    assert [getattr(after, name) for name in kept] == [getattr(project, name) for name in kept]


def test_rows_that_move_to_another_township_are_written_in_one_go(whole: User):
    imported(whole, ledger([plain_row(1), plain_row(2)]))
    moved = imported(whole, ledger([plain_row(1, township="柳林镇", total=9), plain_row(2, township="柳林镇")]))
    assert moved.counts["failed"] == 0
    assert set(Project.objects.values_list("township__name", flat=True)) == {"柳林镇"}
    parties = Party.objects.filter(role="township", until=None)
    assert set(parties.values_list("unit__name", flat=True)) == {"柳林镇"}


def test_yearly_and_cumulative_money_agree(office: User):
    heads = ["项目名称", "责任单位", "总投资（万元）", "本年计划投资", "本年完成投资", "累计完成投资", "阶段"]
    imported(office, ledger([["水厂", "水利局", 1000, 300, 100, 400, "谋划"]], heads))
    project = Project.objects.get()
    figure = YearFigure.objects.get()
    assert (figure.planned_cny, figure.declared_cny) == (Decimal(3_000_000), Decimal(1_000_000))
    assert project.declared_before_cny == Decimal(3_000_000)
    later = imported(office, ledger([["水厂", "水利局", 1000, 300, 250, 550, "谋划"]], heads))
    assert later.counts["edited"] == 1
    project.refresh_from_db()
    assert YearFigure.objects.get().declared_cny == Decimal(2_500_000)
    assert project.declared_before_cny == Decimal(3_000_000)


def test_cumulative_below_this_year_is_told_and_not_kept(office: User):
    heads = ["项目名称", "责任单位", "总投资（万元）", "本年完成投资", "累计完成投资", "阶段"]
    data = ledger([["水厂", "水利局", 1000, 500, 400, "谋划"]], heads)
    imported(office, data)
    assert Project.objects.get().declared_before_cny is None
    assert "累计完成投资" in TimelineEntry.objects.get(verb="note").note
    assert uploaded(office, data).counts["same"] == 1


def test_leader_is_chosen_once_for_all_rows_that_lack_one(office: User):
    batch = uploaded(office, ledger([plain_row(1, leader="外县长"), plain_row(2, leader=""), plain_row(3)]))
    assert by_row(batch) == {2: "wrong", 3: "wrong", 4: "new"}
    leader = Member.objects.get(name="丁常委")
    revision = wizard.choose_default(office, batch, leader=leader, officer=None)
    batch = acts.run(wizard.import_revise, by=office, batch_id=batch.pk, revision=revision)
    assert set(by_row(batch).values()) == {"new"}
    accepted(office, batch)
    work()
    assert {str(p.leader) for p in Project.objects.filter(name__endswith=("1"))} == {"丁常委"}


def test_chosen_officer_stands_in_and_is_not_doubled(office: User):
    batch = uploaded(office, ledger([plain_row(1, officer="", phone="")]))
    officer = Member.objects.get(name="李二")
    revision = wizard.choose_default(office, batch, leader=None, officer=officer)
    batch = acts.run(wizard.import_revise, by=office, batch_id=batch.pk, revision=revision)
    accepted(office, batch)
    work()
    assert Project.objects.get().officer == officer
    assert Member.objects.filter(name="李二").count() == 1


def test_row_without_officer_is_answered_for_by_the_head(office: User):
    imported(office, ledger([plain_row(1, officer="", phone="")]))
    assert Project.objects.get().officer == Unit.objects.get(name="水利局").head


def test_known_officers_telephone_stays(office: User):
    unit = Unit.objects.get(name="水利局")
    make_person(unit, "孙七", Role.UNIT_OFFICER, phone="13700000001")
    batch = imported(office, ledger([plain_row(1)]))
    assert Member.objects.get(name="孙七").phone.reveal() == "13700000001"
    message = batch.rows.get().message
    assert "电话" in message
    assert "139" not in message


def test_corrections_make_wrong_rows_right(office: User):
    batch = uploaded(
        office, ledger([plain_row(1, end="2026-02-30"), plain_row(2, unit="水利居"), plain_row(3, total=-5)])
    )
    assert set(by_row(batch).values()) == {"wrong"}
    for place, texts in {2: {"end_on": "2026-12-31"}, 3: {"unit": "水利局"}, 4: {"total_investment": "0.5亿"}}.items():
        revision = wizard.correct(office, batch, ("台账", place), texts)
        batch = acts.run(wizard.import_revise, by=office, batch_id=batch.pk, revision=revision)
    assert set(by_row(batch).values()) == {"new"}
    assert kept_rows(batch)[-1].values["total_investment"] == Decimal("50000000.00")


def test_correcting_one_end_of_a_period_keeps_the_other(office: User):
    heads = ["项目名称", "责任单位", "总投资（万元）", "建设起止年限", "阶段"]
    batch = uploaded(office, ledger([["水厂", "水利局", 1000, "2026-03-01至2026-02-30", "谋划"]], heads))
    assert by_row(batch) == {2: "wrong"}
    revision = wizard.correct(office, batch, ("台账", 2), {"end_on": "2027-02-28"})
    (row,) = [row for row in revision.rows if row.status != "skipped"]
    assert (row.status, str(row.values["started_on"]), str(row.values["end_on"])) == ("new", "2026-03-01", "2027-02-28")


def test_rows_can_be_left_out_and_taken_in_again(office: User):
    batch = uploaded(office, ledger([plain_row(1), plain_row(2)]))
    place = frozenset({("台账", 2)})
    batch = acts.run(
        wizard.import_revise, by=office, batch_id=batch.pk, revision=wizard.skip_rows(office, batch, place)
    )
    assert by_row(batch) == {3: "new"}
    again = wizard.skip_rows(office, batch, place, skip=False)
    batch = acts.run(wizard.import_revise, by=office, batch_id=batch.pk, revision=again)
    assert by_row(batch) == {2: "new", 3: "new"}


def test_revision_of_an_older_preview_is_refused(office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    late = wizard.skip_rows(office, batch, frozenset({("台账", 2)}))
    acts.run(
        wizard.import_revise,
        by=office,
        batch_id=batch.pk,
        revision=wizard.correct(office, batch, ("台账", 2), {"name": "甲"}),
    )
    with pytest.raises(StaleVersion):
        acts.run(wizard.import_revise, by=office, batch_id=batch.pk, revision=late)


def test_preview_is_renewed_when_the_library_moved_on(office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    assert renewed(office, batch) is None
    imported(another_importer(), ledger([plain_row(1)]))
    revision = renewed(office, batch)
    assert revision is not None
    assert [row.status for row in revision.rows if row.status != "skipped"] == ["same"]


def test_two_importers_of_one_file(office: User, monkeypatch: pytest.MonkeyPatch):
    other = another_importer()
    data = ledger([plain_row(1), plain_row(2)])
    mine, theirs = uploaded(office, data), uploaded(other, data)
    refusals: list[int] = []
    refuse = applying.rows_refuse

    def counted(*, rows: Any, **told: Any) -> None:
        refusals.append(len(rows))
        refuse(rows=rows, **told)

    monkeypatch.setattr(applying, "rows_refuse", counted)
    accepted(office, mine)
    accepted(other, theirs)
    work()
    mine.refresh_from_db()
    theirs.refresh_from_db()
    assert (mine.counts["made"], theirs.counts["made"], theirs.counts["failed"]) == (2, 0, 2)
    assert "同名" in theirs.rows.all()[0].message
    assert refusals == [2], "in one act, not a dozen for each row"
    assert Project.objects.count() == 2


def test_others_see_nothing_until_all_is_in(office: User, monkeypatch: pytest.MonkeyPatch):
    other = another_importer()
    data = ledger([plain_row(n) for n in range(1, 6)])
    batch = uploaded(office, data)
    job = accepted(office, batch)
    monkeypatch.setattr(applying, "CHUNK", 2)
    stop_after(monkeypatch, 2)
    jobs.work_once()
    assert ImportedRow.objects.count() == 4
    assert "Killed" in Job.objects.get(pk=job.pk).failure
    assert Project.objects.visible_to(office).count() == 4
    assert not Project.objects.visible_to(other).exists()
    monkeypatch.undo()
    Job.objects.filter(pk=job.pk).update(leased_until=clock.now())
    jobs.work_once()
    batch.refresh_from_db()
    assert (batch.state, batch.counts["made"]) == ("done", 5)
    assert Project.objects.visible_to(other).count() == 5


class Killed(RuntimeError):
    """Stands for the machine that stops in the middle of an act."""


def stop_after(monkeypatch: pytest.MonkeyPatch, acts_done: int) -> None:
    """Let the act after so many die when its rows are written and its record is not."""
    done = 0
    real = applying._record

    def record(*arguments: object) -> None:
        nonlocal done
        if done == acts_done:
            raise Killed
        done += 1
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(applying, "_record", record)


def test_refused_row_stands_alone(office: User):
    batch = uploaded(office, ledger([plain_row(n) for n in range(1, 6)]))
    accepted(office, batch)
    imported_by_hand = ledger([plain_row(3)])
    other = another_importer()
    first = uploaded(other, imported_by_hand)
    job = accepted(other, first)
    assert jobs.take(job)
    applying.apply_job(job)
    work()
    batch.refresh_from_db()
    assert (batch.counts["made"], batch.counts["failed"]) == (4, 1)
    assert batch.rows.get(outcome="failed").row == 4


def test_importer_who_lost_the_role_writes_nothing_more(office: User):
    batch = uploaded(office, ledger([plain_row(1), plain_row(2)]))
    accepted(office, batch)
    office.member.grants.update(until=clock.now())
    work()
    batch.refresh_from_db()
    assert (batch.state, batch.counts["made"], batch.counts["failed"]) == ("done", 0, 2)
    assert not Project.objects.exists()


def test_who_may_not_import_is_refused(office: User):
    clerk = make_person(Unit.objects.get(name="水利局"), "卫三", Role.UNIT_OFFICER)
    with pytest.raises(DomainError) as refused:
        uploaded(clerk, ledger([plain_row(1)]))
    assert refused.value.code == "forbidden"
    assert not wizard.batches_of(clerk).exists()


def test_batch_of_another_is_not_there(office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    other = another_importer()
    assert not wizard.batches_of(other).exists()
    with pytest.raises(ImportBatch.DoesNotExist):
        accepted(other, batch)


def test_content_is_destroyed_a_day_later(office: User):
    batch = imported(office, ledger([plain_row(1)]))
    with clock.standing_at(clock.now() + timedelta(hours=25)):
        work()
    batch.refresh_from_db()
    assert batch.forgotten_at
    assert not any(map(bytes, (batch.sealed_file, batch.sealed_choices, batch.sealed_rows)))
    assert PersonKey.objects.get(pk=batch.key_id).key is None
    assert batch.sha256
    assert batch.counts["made"] == 1
    with pytest.raises(DomainError) as refused:
        kept_rows(batch)
    assert refused.value.code == "import_forgotten"


def test_dropped_and_forgotten_previews_leave_nothing(office: User):
    dropped = uploaded(office, ledger([plain_row(1)]))
    dropped = acts.run(wizard.import_drop, by=office, batch_id=dropped.pk, seen=dropped.version)
    left = uploaded(office, ledger([plain_row(2)]))
    with clock.standing_at(clock.now() + timedelta(days=8)):
        work()
    left.refresh_from_db()
    assert [b.state for b in (dropped, left)] == ["dropped", "dropped"]
    assert left.forgotten_at
    assert not PersonKey.objects.exclude(wrapped=b"").exists()


def test_text_that_looks_like_a_formula_stays_text(office: User):
    imported(office, ledger([plain_row(1, name="=SUM(A1)水厂")]))
    assert Project.objects.get().name == "=SUM(A1)水厂"


def test_numbers_of_people_in_remarks_are_left_out(office: User):
    heads = ["项目名称", "责任单位", "总投资（万元）", "备注", "建设内容", "形象进度", "阶段"]
    row = [
        "水厂",
        "水利局",
        1000,
        "联系人周八13912345678",
        "日供水 20000 吨，电话0311-87654321",
        "找 130102199001011234",
        "谋划",
    ]
    data = ledger([row], heads)
    imported(office, data)
    project = Project.objects.get()
    assert project.remark == "联系人周八（号码略）"
    assert "20000" in project.summary
    assert "8765" not in project.summary
    assert "1301" not in TimelineEntry.objects.get(verb="note").note
    assert uploaded(office, data).counts["same"] == 1


def test_rows_survive_being_packed(whole: User):
    reading = read_upload(whole, "sample.xlsx", sample())
    assert unpack_rows(pack_rows(reading.rows)) == reading.rows
    batch = uploaded(whole, sample())
    assert kept_decisions(batch) == reading.decided


def test_context_takes_no_more_queries_for_more_projects(office: User, django_assert_max_num_queries):
    imported(office, ledger([plain_row(n) for n in range(1, 30)]))
    with django_assert_max_num_queries(12):
        read_upload(office, "台账.xlsx", ledger([plain_row(n) for n in range(1, 60)]))


def test_a_ledger_cuts_texts_where_a_project_ends_them():
    assert {own: BY_NAME[name].limit for name, own in TEXTS.items()} == LONGEST


def test_an_import_as_it_was_seen_is_known_without_its_bytes(office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    was = audit.row_of_version(ImportBatch, batch.pk, batch.version)
    assert isinstance(was, ImportBatch)
    assert (was.name, was.state) == (batch.name, "preview")
