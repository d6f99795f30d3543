"""What a county's rulebook does to projects: lamps by its numbers, gates by its options, and what a change would do."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import acts, clock, jobs
from luodi.kernel.models import Job
from luodi.kernel.rule_tables import Effect
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_county
from luodi.projects.models import Project, ProjectYear
from luodi.projects.panels.checks import deep_checks
from luodi.projects.panels.rulebook import unpacked
from luodi.projects.rules import GATES, Lamp, Stage, Thresholds, Track, project_lamp
from luodi.projects.selectors.library import lamp_of, library
from luodi.projects.selectors.rulebook import thresholds_of
from luodi.projects.services import figures
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.services.years import year_figure_set
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world
from luodi.rulebook import selectors
from luodi.rulebook.tests.factories import numbers, put_in_force

pytestmark = pytest.mark.django_db
JULY = clock.end_of(date(2026, 7, 1))  # 182 of 365 days: 49.9 %
PLAN = Decimal(1_000_000)


@pytest.fixture
def world() -> County:
    return make_world()


def behind(world: County, points: int, **more: Any) -> Project:
    """A project so many points behind the calendar on 1 July."""
    project = make_project(world, **more)
    acts.run(
        year_figure_set, by=world[Role.PROJECT_OFFICE], project_id=project.pk, year=2026, source="own", planned_cny=PLAN,
        declared_cny=(PLAN * Decimal(182) / 365 - PLAN * points / 100).quantize(Decimal("0.01")),
    )  # fmt: skip
    return project


def promised(world: County, days: int) -> Project:
    """A project with an obstacle promised in so many days."""
    project = make_project(world)
    due = clock.today() + timedelta(days=days)
    block = Block("land", "未交地", clock.today(), world.township.pk, due)
    acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=block)
    return project


def lamps(user: User) -> dict[int, Lamp]:
    today = clock.today()
    rows: Any = library(user, today, thresholds_of(user.region_ids, today))
    return {row.pk: lamp_of(row) for row in rows}


def county_of(user: User) -> int:
    return int(user.member.region_id)


def previewed(world: County, **changed: int) -> dict[str, Effect]:
    table = selectors.table_of("thresholds")
    user = world[Role.GOVERNMENT_OFFICE]
    found = selectors.preview(table, county_of(user), numbers(**changed), clock.today(), user)
    return {parse_qs(urlsplit(effect.href).query)["to"][0]: effect for effect in found.effects}


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    return client


# Lamps ---------------------------------------------------------------------------------------------------------------


def test_lamps_turn_by_the_countys_numbers_in_list_rule_and_page_alike(world: County) -> None:
    with clock.standing_at(JULY):
        found = {points: behind(world, points) for points in (4, 8, 20, 35)}
        near, far = promised(world, 3), promised(world, 10)
        viewer = world[Role.COUNTY_LEADER]
        usual = {4: Lamp.GREEN, 8: Lamp.GREEN, 20: Lamp.YELLOW, 35: Lamp.RED}
        assert {points: lamps(viewer)[p.pk] for points, p in found.items()} == usual
        assert (lamps(viewer)[near.pk], lamps(viewer)[far.pk]) == (Lamp.BLUE, Lamp.GREEN)
        put_in_force(world, "thresholds", numbers(behind_yellow=5, behind_red=15, obstacle_warn_days=14))
        assert jobs.work_once() == 1
        own = {4: Lamp.GREEN, 8: Lamp.YELLOW, 20: Lamp.RED, 35: Lamp.RED}
        assert {points: lamps(viewer)[p.pk] for points, p in found.items()} == own
        assert (lamps(viewer)[near.pk], lamps(viewer)[far.pk]) == (Lamp.BLUE, Lamp.BLUE)
        for points, project in found.items():
            page = sign_in(viewer).get(project.get_absolute_url())
            assert page.context["lamp"] == own[points]
        assert sign_in(viewer).get(far.get_absolute_url()).context["lamp"] == Lamp.BLUE
        listed = sign_in(viewer).get("/projects/obstacles/").context["rows"]
        assert {lamp for _row, lamp in listed} == {Lamp.BLUE}
        assert list(deep_checks()) == []


def test_numbers_that_come_later_turn_no_lamp_before_their_day(world: County) -> None:
    with clock.standing_at(JULY):
        project = behind(world, 8)
        viewer = world[Role.COUNTY_LEADER]
        put_in_force(world, "thresholds", numbers(behind_yellow=5), clock.today() + timedelta(days=2))
        assert jobs.work_once() == 0
        assert lamps(viewer)[project.pk] == Lamp.GREEN
    with clock.standing_at(JULY + timedelta(days=2)):
        while jobs.work_once():
            pass
        assert lamps(viewer)[project.pk] == Lamp.YELLOW
        assert list(deep_checks()) == []


def test_one_countys_numbers_turn_no_lamp_of_another(world: County) -> None:
    other = make_county("139922", "青禾县", "QH").pk
    put_in_force(world, "thresholds", numbers(behind_yellow=5))
    found = thresholds_of([other, county_of(world.officer)], clock.today())
    assert found[other] == Thresholds()
    assert found[county_of(world.officer)] == Thresholds(behind_yellow=Decimal("0.05"))


def test_the_days_are_reckoned_anew_in_batches_and_after_an_interruption(
    world: County, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures, "BATCH", 2)
    with clock.standing_at(JULY):
        projects = [behind(world, 8) for _n in range(5)]
        put_in_force(world, "thresholds", numbers(behind_yellow=5))
        right = figures.rebuild_years
        done: list[list[int]] = []

        def rebuild(ids: list[int]) -> None:
            if killed and len(done) == 1:
                raise RuntimeError("killed")
            done.append(ids)
            right(ids)

        killed = True
        monkeypatch.setattr(figures, "rebuild_years", rebuild)
        assert jobs.work_once() == 1
        job = Job.objects.get()
        assert (job.step, job.done_at, "killed" in job.failure) == (2, None, True)
        killed = False
    with clock.standing_at(JULY + jobs.LEASE * 2):
        assert jobs.work_once() == 1
        assert done == [[p.pk for p in projects[n : n + 2]] for n in (0, 2, 4)]
        turned = ProjectYear.objects.filter(yellow_from__lte=clock.today()).count()
        assert (turned, Job.objects.get().done_at is not None) == (5, True)


# What a change would do ----------------------------------------------------------------------------------------------


def test_a_preview_counts_the_lamps_that_would_turn_and_its_links_list_them(world: County) -> None:
    with clock.standing_at(JULY):
        found = {points: behind(world, points) for points in (4, 8, 20, 35)}
        far = promised(world, 10)
        effects = previewed(world, behind_yellow=5, behind_red=15, obstacle_warn_days=14)
        assert {to: effect.count for to, effect in effects.items()} == {"red": 1, "yellow": 1, "blue": 1, "green": 0}
        client = sign_in(world[Role.GOVERNMENT_OFFICE])
        listed = {to: [row[0].pk for row in client.get(effect.href).context["rows"]] for to, effect in effects.items()}
        assert listed == {"red": [found[20].pk], "yellow": [found[8].pk], "blue": [far.pk], "green": []}
        assert not Job.objects.exists(), "nothing is done before it is decided"
        assert previewed(world, behind_yellow=25)["green"].count == 1


def test_a_preview_counts_what_its_reader_may_see(world: County) -> None:
    with clock.standing_at(JULY):
        behind(world, 8)
        clerk = world[Role.BANK_CLERK]
        href = previewed(world, behind_yellow=5)["yellow"].href
        assert sign_in(world.officer).get(href).context["total"] == 1
        assert sign_in(clerk).get(href).context["total"] == 0


def test_a_preview_asks_the_same_number_of_queries_however_many_projects(world: County) -> None:
    with clock.standing_at(JULY):
        behind(world, 8)

        def asked() -> int:
            with CaptureQueriesContext(connection) as caught:
                previewed(world, behind_yellow=5)
            return len(caught)

        asked()  # what an account is asked once
        few = asked()
        for _n in range(3):
            behind(world, 8)
        assert asked() == few


@pytest.mark.parametrize(
    "text", ["", "10", "10_30", "10_30_7_1", "a_30_7", "10_30_999", "-1_30_7", "1e5_30_7", "1.2.3_30_7"]
)
def test_an_address_with_other_numbers_lists_nothing(world: County, text: str) -> None:
    assert unpacked(text) is None
    client = sign_in(world[Role.GOVERNMENT_OFFICE])
    assert client.get("/projects/lamps/by-rule/", {"was": text, "now": "5_15_7", "to": "red"}).context["total"] == 0


def test_what_a_lamp_would_be_is_said_by_the_rule(world: County) -> None:
    """The preview asks project_lamp itself; here only that the numbers of an address reach it as shares."""
    told: dict[str, Any] = {
        "stage": Stage.BUILDING, "suspended": False, "planned": PLAN, "declared": Decimal(0), "earliest_due": None,
        "today": date(2026, 2, 1),
    }  # fmt: skip
    assert project_lamp(**told) == Lamp.GREEN
    assert project_lamp(**told, thresholds=Thresholds(behind_yellow=Decimal("0.05"))) == Lamp.YELLOW


def test_a_preview_of_the_options_counts_the_open_asks_that_would_lack_evidence(world: County) -> None:
    waiting = ask(bring_to(make_project(world), Stage.PREPARING, world), world.officer)  # by foundation_photo
    table, user = selectors.table_of("gate_options"), world[Role.PROJECT_OFFICE]

    def counted(*kinds: str) -> list[tuple[int, list[str]]]:
        rows = [{**row, "accepted": row["kind"] in kinds} for row in table.defaults()]
        found = selectors.preview(table, county_of(user), rows, clock.today(), user).effects
        client = sign_in(user)
        return [(effect.count, [row[2] for row in client.get(effect.href).context["rows"]]) for effect in found]

    page = reverse("ask", args=[waiting.pk])
    assert counted("piling_photo") == [(1, [page]), (0, [])]
    assert counted("piling_photo", "foundation_photo") == [(0, []), (1, [page])]
    nothing = [{**row, "accepted": False} for row in table.defaults()]
    assert [(fault.row, fault.column) for fault in selectors.faults_of(table, nothing)] == [(0, "accepted")]


def test_what_a_county_cannot_edit_is_shown_beside_the_options(world: County) -> None:
    body = sign_in(world[Role.PROJECT_OFFICE]).get("/rules/gate_options/").content.decode()
    for words in ("不能改的", "谋划储备 → 在谈", "防假数的底线", "公平竞争审查意见"):
        assert words in body
    assert {Track(gate.track) for gate in GATES} == set(Track)
