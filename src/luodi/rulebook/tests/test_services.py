"""Proposing, deciding, coming into force; what was in force on a day; what raw writes cannot do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.transaction import Atomic
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.engines.ruletables import Row
from luodi.kernel import acts, clock, guards, jobs, registry
from luodi.kernel.calendar import work_calendar
from luodi.kernel.errors import DomainError
from luodi.kernel.models import Job
from luodi.kernel.rule_tables import Effect, RuleTable
from luodi.orgs.models import Region, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import region_create
from luodi.orgs.tests.factories import SETUP, grant, make_cast, make_county, make_person, make_unit
from luodi.projects.tests.refusals import refused
from luodi.rulebook import selectors
from luodi.rulebook.models import TableRow, TableVersion
from luodi.rulebook.rules import in_force_on
from luodi.rulebook.services import (
    RULEBOOK,
    come_into_force,
    version_apply,
    version_decide,
    version_propose,
    version_withdraw,
)
from luodi.rulebook.tests import toy
from luodi.rulebook.tests.factories import base_of, numbers, propose, put_in_force
from luodi.rulebook.tests.toy import rung

pytestmark = pytest.mark.django_db
Cast = dict[Role, User]


@pytest.fixture
def ladders(monkeypatch: pytest.MonkeyPatch) -> RuleTable:
    """The toy table, registered as an app would do it."""
    monkeypatch.setitem(registry.TABLES, toy.LADDERS.code, toy.LADDERS)
    toy.CALLS.clear()
    return toy.LADDERS


@pytest.fixture
def cast() -> Cast:
    make_county()
    return make_cast()


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is not done. Acts want to be outermost, and take this for a test's own frame."""
    frame = Atomic(DEFAULT_DB_ALIAS, savepoint=True, durable=False)
    frame._from_testcase = True  # type: ignore[attr-defined]  # as django.test.TestCase marks its own
    with frame:
        yield
        connection.set_rollback(True)


def today() -> date:
    return clock.today()


def soon(days: int = 1) -> date:
    return today() + timedelta(days=days)


def on(days: int) -> Any:
    """The clock some days from now."""
    return clock.standing_at(clock.now() + timedelta(days=days))


def offer(cast: Cast, **changes: Any) -> dict[str, Any]:
    """A proposal without fault, some of it changed."""
    usual: dict[str, Any] = {
        "by": cast[Role.PROJECT_OFFICE], "table": "thresholds", "rows": numbers(behind_yellow=15), "valid_from": soon(),
        "note": "柏政发〔2026〕3号", "base": None,
    }  # fmt: skip
    return usual | changes


def decision(cast: Cast, version: TableVersion, **changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "by": cast[Role.GOVERNMENT_OFFICE], "version_id": version.pk, "seen": version.version, "base": None, "agree": True,
    }  # fmt: skip
    return usual | changes


def county_id(cast: Cast) -> int:
    return int(cast[Role.PROJECT_OFFICE].member.region_id)


# Proposing ------------------------------------------------------------------------------------------------------------


def test_a_proposal_changes_nothing_until_another_puts_it_in_force(cast: Cast) -> None:
    version = propose(cast, "thresholds", numbers(behind_yellow=15), soon())
    region = county_id(cast)
    assert selectors.value(region, "thresholds", "behind_yellow", soon(9)) == Decimal(10)
    acts.run(version_decide, **decision(cast, version))
    assert selectors.value(region, "thresholds", "behind_yellow", today()) == Decimal(10)
    assert selectors.value(region, "thresholds", "behind_yellow", soon()) == Decimal(15)
    assert selectors.value(region, "thresholds", "behind_red", soon()) == Decimal(30)


def test_what_is_wrong_with_a_proposal_is_said(cast: Cast, ladders: RuleTable) -> None:
    propose_it = version_propose
    refused("forbidden", propose_it, **offer(cast, by=cast[Role.GOVERNMENT_OFFICE]))
    refused("table_unknown", propose_it, **offer(cast, table="weather"))
    refused("reason_missing", propose_it, **offer(cast, note="  "), field="note")
    refused("valid_from_past", propose_it, **offer(cast, valid_from=soon(-1)), field="valid_from")
    refused("nothing_changed", propose_it, **offer(cast, rows=numbers()))
    refused("rows_wrong", propose_it, **offer(cast, rows=numbers(behind_yellow=40)))  # later than red
    refused("rows_wrong", propose_it, **offer(cast, rows=numbers(obstacle_warn_days=91)))
    refused("rows_wrong", propose_it, **offer(cast, rows=numbers()[1:]))  # rows are fixed
    refused("rows_many", propose_it, **offer(cast, table="toy_ladders", rows=[rung("report", 1, 1)] * 401))
    refused("base_moved", propose_it, **offer(cast, base=999))
    acts.run(propose_it, **offer(cast))
    refused("proposed_already", propose_it, **offer(cast, valid_from=soon(5)))


def test_the_same_rules_hold_for_whole_numbers_and_for_rows_of_a_check(cast: Cast, ladders: RuleTable) -> None:
    half = [
        {**row, "value": Decimal("7.5") if row["name"] == "obstacle_warn_days" else row["value"]} for row in numbers()
    ]
    assert "整数" in str(refused("rows_wrong", version_propose, **offer(cast, rows=half)).message)
    rows = [rung("report", 1, 5), rung("report", 2, 5)]
    said = refused("rows_wrong", version_propose, **offer(cast, table="toy_ladders", rows=rows))
    assert str(said.message) == "要比上一级晚。"


def test_rungs_are_kept_in_order_with_their_values(cast: Cast, ladders: RuleTable) -> None:
    rows = [rung("inquiry", 1, 2, share=Decimal("12.5")), rung("report", 2, 9, until=None), rung("report", 1, 4)]
    put_in_force(cast, "toy_ladders", rows)
    assert selectors.rows_in_force(county_id(cast), "toy_ladders", today()) == (rows[2], rows[1], rows[0])
    assert [(county_id(cast), (rows[2], rows[1], rows[0]))] == toy.CALLS


def test_a_table_may_be_emptied(cast: Cast, ladders: RuleTable) -> None:
    put_in_force(cast, "toy_ladders", [])
    assert selectors.rows_in_force(county_id(cast), "toy_ladders", today()) == ()


# Deciding -------------------------------------------------------------------------------------------------------------


def test_what_stands_in_the_way_of_a_decision_is_said(cast: Cast) -> None:
    version = propose(cast, "thresholds", numbers(behind_yellow=15), soon())
    refused("forbidden", version_decide, **decision(cast, version, by=cast[Role.PROJECT_OFFICE]))
    refused("reason_missing", version_decide, **decision(cast, version, agree=False), field="answer")
    refused("base_moved", version_decide, **decision(cast, version, base=version.pk))
    refused("stale_version", version_decide, **decision(cast, version, seen=7))
    with on(2):
        refused("valid_from_past", version_decide, **decision(cast, version))
    acts.run(version_decide, **decision(cast, version, agree=False), reason="再算一遍")
    refused("decided_already", version_decide, **decision(cast, version))
    refused("decided_already", version_withdraw, by=cast[Role.PROJECT_OFFICE], version_id=version.pk, seen=2)
    assert selectors.value(county_id(cast), "thresholds", "behind_yellow", soon(9)) == Decimal(10)


def test_who_proposed_never_decides_whatever_roles_he_has(cast: Cast) -> None:
    both = cast[Role.PROJECT_OFFICE]
    grant(both.member, Role.GOVERNMENT_OFFICE)
    version = propose(cast, "thresholds", numbers(behind_yellow=15), soon())
    refused("forbidden", version_decide, **decision(cast, version, by=User.objects.get(pk=both.pk)))


def test_the_project_office_takes_back_and_nobody_else(cast: Cast) -> None:
    version = propose(cast, "thresholds", numbers(behind_yellow=15), soon())
    told: dict[str, Any] = {"version_id": version.pk, "seen": version.version}
    refused("forbidden", version_withdraw, by=cast[Role.GOVERNMENT_OFFICE], **told)
    acts.run(version_withdraw, by=cast[Role.PROJECT_OFFICE], **told)
    acts.run(version_propose, **offer(cast))


def test_two_versions_never_begin_on_one_day(cast: Cast) -> None:
    put_in_force(cast, "thresholds", numbers(behind_yellow=15), soon())
    base = base_of(cast[Role.PROJECT_OFFICE], "thresholds", soon())
    refused("day_taken", version_propose, **offer(cast, rows=numbers(behind_yellow=12), base=base), field="valid_from")


def test_another_countys_rules_are_neither_seen_nor_changed(cast: Cast) -> None:
    other = make_county("139922", "青禾县", "QH")
    assert other.pk != county_id(cast)
    put_in_force(cast, "thresholds", numbers(behind_yellow=15))
    assert selectors.value(other.pk, "thresholds", "behind_yellow", today()) == Decimal(10)
    stranger = make_person(
        make_unit("X01", "外县项目办", region=other), "外人", Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE
    )
    assert not TableVersion.objects.visible_to(stranger).exists()
    version = propose(cast, "thresholds", numbers(behind_yellow=12), soon())
    with pytest.raises(TableVersion.DoesNotExist):
        acts.run(version_decide, **decision(cast, version, by=stranger))


def test_the_calendar_is_kept_by_the_topmost_region_with_units(cast: Cast) -> None:
    county = Region.objects.get(pk=county_id(cast))
    below = acts.run(
        region_create,
        by=SETUP,
        code="13992101",
        name="开发区",
        level="county",
        parent=county,
        valid_from=date(2020, 1, 1),
    )
    clerk = make_person(make_unit("Y01", "开发区项目办", region=below), "区里人", Role.PROJECT_OFFICE)
    rows = [{"day": date(2027, 1, 1), "sort": "off", "name": "元旦"}]
    told = offer(cast, by=clerk, table="calendar_2027", rows=rows)
    assert "柏川县" in str(refused("forbidden", version_propose, **told).message)
    acts.run(version_propose, **told | {"by": cast[Role.PROJECT_OFFICE]})
    assert [row.region_id for row in TableVersion.objects.visible_to(clerk)] == [county.pk]


# In force on a day ----------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 40), unique=True, max_size=5), st.integers(-5, 50))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_database_finds_the_version_that_the_rule_finds(cast: Cast, begin: list[int], asked: int) -> None:
    """Whatever the order in which versions are put in force."""
    with undone():
        for n, days in enumerate(begin):
            put_in_force(cast, "thresholds", numbers(behind_yellow=11 + n), soon(days))
        decided = list(TableVersion.objects.filter(state="in_force"))
        expected = in_force_on(decided, soon(asked))
        region = county_id(cast)
        assert selectors.version_in_force(region, "thresholds", soon(asked)) == expected
        value = 11 + begin.index((expected.valid_from - today()).days) if expected else 10
        assert selectors.value(region, "thresholds", "behind_yellow", soon(asked)) == Decimal(value)


def test_one_query_whatever_the_number_of_counties_tables_and_versions(cast: Cast, ladders: RuleTable) -> None:
    for days in range(3):
        put_in_force(cast, "thresholds", numbers(behind_yellow=11 + days), soon(days))
    region, other = county_id(cast), make_county("139922", "青禾县", "QH").pk
    with CaptureQueriesContext(connection) as caught:
        found = selectors.rows_of_tables([region, other], ["thresholds", "toy_ladders"], soon(1))
    assert len(caught) == 1
    assert selectors.numbers(found[region, "thresholds"])["behind_yellow"] == Decimal(12)
    assert selectors.numbers(found[other, "thresholds"])["behind_yellow"] == Decimal(10)
    assert found[region, "toy_ladders"] == tuple(ladders.defaults())


def test_a_number_that_a_release_adds_has_its_default_until_it_is_set(cast: Cast) -> None:
    """A version that was decided before the row existed."""
    version = propose(cast, "thresholds", numbers(behind_yellow=15))
    connection.check_constraints()
    assert TableRow.objects.filter(version=version, cells__name="behind_red").exists()
    with guards.lifted("rulebook_tablerow"):
        TableRow.objects.filter(version=version, cells__name="behind_red").delete()
    acts.run(version_decide, **decision(cast, version))
    assert selectors.value(county_id(cast), "thresholds", "behind_red", today()) == Decimal(30)


# Coming into force ----------------------------------------------------------------------------------------------------


def test_a_version_is_applied_on_its_day_once(cast: Cast, ladders: RuleTable) -> None:
    rows = [rung("report", 1, 4)]
    version = put_in_force(cast, "toy_ladders", rows, soon(3))
    assert toy.CALLS == []
    assert jobs.work_once() == 0
    with on(3):
        assert list(selectors.unapplied()) == []
        assert jobs.work_once() == 1
        assert [(county_id(cast), tuple(rows))] == toy.CALLS
        assert come_into_force(today()) == 0
        acts.run(version_apply, by=RULEBOOK, version_id=version.pk)
    assert len(toy.CALLS) == 1
    assert Job.objects.get().done_at is not None


def test_the_job_wakes_in_the_first_moment_of_the_day(cast: Cast, ladders: RuleTable) -> None:
    with clock.standing_at(clock.now()):
        put_in_force(cast, "toy_ladders", [rung("report", 1, 4)], soon(3))
    due = Job.objects.get().due_at
    assert (clock.local_date(due), clock.local_date(due - timedelta(microseconds=2))) == (soon(3), soon(2))


def test_the_daily_upkeep_applies_what_a_lost_job_left(cast: Cast, ladders: RuleTable) -> None:
    put_in_force(cast, "toy_ladders", [rung("report", 1, 4)], soon(1))
    put_in_force(cast, "toy_ladders", [rung("report", 1, 8)], soon(2))
    with on(5):
        assert len(list(selectors.unapplied())) == 2
        assert come_into_force(today()) == 2
        assert list(selectors.unapplied()) == []
    assert [rows[0]["after_days"] for _region, rows in toy.CALLS] == [8], "one that was overtaken says nothing"


def test_the_calendar_follows_its_table(cast: Cast) -> None:
    saturday, monday = date(2027, 1, 9), date(2027, 1, 11)
    rows: list[Row] = [
        {"day": monday, "sort": "off", "name": "县庆"},
        {"day": saturday, "sort": "works", "name": "县庆调休"},
    ]
    before = work_calendar(date(2027, 1, 1), date(2027, 1, 31))
    assert before.estimated(saturday, monday)
    put_in_force(cast, "calendar_2027", rows)
    after = work_calendar(date(2027, 1, 1), date(2027, 1, 31))
    assert (after.works(saturday), after.works(monday), after.estimated(saturday, monday)) == (True, False, False)
    wrong = [{"day": date(2027, 1, 12), "sort": "works", "name": ""}]
    base = base_of(cast[Role.PROJECT_OFFICE], "calendar_2027", soon())
    refused("rows_wrong", version_propose, **offer(cast, table="calendar_2027", rows=wrong, base=base))
    assert selectors.rows_in_force(county_id(cast), "calendar_2027", today()) == tuple(rows[::-1])


def test_a_change_of_the_calendar_tells_the_apps_which_days_turn(cast: Cast) -> None:
    told: list[Any] = []
    table, user = selectors.table_of("calendar_2027"), cast[Role.PROJECT_OFFICE]

    def source(freed: frozenset[date], worked: frozenset[date], asks: User) -> list[Effect]:
        told.append((freed, worked, asks))
        return []

    registry.CALENDAR_EFFECTS.append(source)
    try:
        rows: list[Row] = [{"day": date(2027, 1, 11), "sort": "off", "name": "县庆"}, {"day": date(2027, 1, 9), "sort": "works", "name": ""}]  # fmt: skip
        assert selectors.preview(table, county_id(cast), rows, soon(), user).effects == []
    finally:
        registry.CALENDAR_EFFECTS.pop()
    assert told == [(frozenset({date(2027, 1, 11)}), frozenset({date(2027, 1, 9)}), user)]


def test_published_years_come_with_the_product(cast: Cast) -> None:
    rows = selectors.rows_in_force(county_id(cast), "calendar_2026", today())
    assert {"day": date(2026, 10, 1), "sort": "off", "name": "国庆节"} in [{**row, "name": "国庆节"} for row in rows]
    assert selectors.table_of("calendar_2026") is selectors.table_of("calendar_2026")
    for code in ("calendar_1999", "calendar_", "weather"):
        with pytest.raises(KeyError):
            selectors.table_of(code)


# History --------------------------------------------------------------------------------------------------------------


def test_old_versions_stay_readable_with_what_they_changed(cast: Cast) -> None:
    first = put_in_force(cast, "thresholds", numbers(behind_yellow=15))
    second = put_in_force(cast, "thresholds", numbers(behind_yellow=15, behind_red=40), soon())
    table = selectors.table_of("thresholds")
    told = [
        [
            (change.row["name"], was, now)
            for change in selectors.changed_by(version, table)
            for _c, was, now in change.cells
        ]
        for version in (first, second)
    ]
    assert told == [[("behind_yellow", Decimal(10), Decimal(15))], [("behind_red", Decimal(30), Decimal(40))]]
    assert second.based_on == first


def test_a_decision_that_compared_with_another_version_is_refused(cast: Cast) -> None:
    """The proposal waits while another one, begun by then, was put in force: raw, since one proposal waits at a time."""
    version = propose(cast, "thresholds", numbers(behind_yellow=15), soon(5))
    other = TableVersion.objects.create(
        region_id=county_id(cast), code="toy", valid_from=soon(2), note="别的", proposed_at=clock.now(),
        proposed_by=cast[Role.PROJECT_OFFICE].member,
    )  # fmt: skip
    with guards.lifted("rulebook_tableversion"):
        TableVersion.objects.filter(pk=other.pk).update(
            code="thresholds", state="in_force", decided_by=cast[Role.GOVERNMENT_OFFICE].member, decided_at=clock.now()
        )
    refused("base_moved", version_decide, **decision(cast, version))
    acts.run(version_decide, **decision(cast, version, base=other.pk))
    assert TableVersion.objects.get(pk=version.pk).based_on == other


def test_a_proposal_is_refused_by_the_database_where_one_waits(cast: Cast) -> None:
    version = propose(cast, "thresholds", numbers(behind_yellow=15), soon())

    def again(*, by: User) -> None:
        acts.insert(
            TableVersion(
                region_id=version.region_id, code="thresholds", valid_from=soon(3), note="再来", proposed_by=by.member,
                proposed_at=acts.current().at,
            )
        )  # fmt: skip

    with pytest.raises(DomainError) as caught:
        acts.run(again, by=cast[Role.PROJECT_OFFICE])
    assert caught.value.code == "constraint.tableversion_one_open"
