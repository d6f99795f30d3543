"""The page of a project, and the library, as of a past day are those that were shown on that day; who may see them, and
what cannot be done on them."""

from __future__ import annotations

import io
import re
import threading
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from difflib import unified_diff
from typing import Any, ClassVar

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from luodi.facts.models import Fact
from luodi.kernel import acts, asof, clock
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person, make_unit
from luodi.projects.models import ImportBatch, Obstacle, Project, YearFigure
from luodi.projects.rules import Stage
from luodi.projects.services.obstacles import Block, obstacle_add, obstacle_solve
from luodi.projects.services.people import hand_over_unit
from luodi.projects.services.projects import project_edit
from luodi.projects.services.years import year_figure_set
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world, recognise
from luodi.projects.tests.ledger_county import imported, ledger, make_ledger_county, plain_row
from luodi.projects.tests.test_machine import START, Life, settle
from luodi.projects.views.page import TABS
from luodi.subjects.models import Subject, TimelineEntry

pytestmark = pytest.mark.django_db
LIBRARIES = [
    "/projects/?ended=true&cols=stage&cols=unit&cols=total&cols=year&cols=due&cols=township&cols=leader&cols=principal"
    "&cols=entered&cols=obstacles",
    "/projects/?sort=-total&lamp=red&lamp=blue",
    "/projects/map?ended=true",
    "/projects/obstacles/?state=open",
    "/projects/asks/?page=1",
    "/projects/openings/?page=1",
]
BANNER = re.compile(r'<div class="ld-notice ld-notice-warn" id="as-of">.*?</div></div>')
ACTS = re.compile(
    r"<form.*?</form>|<a class=\"btn[^>]*>.*?</a>|<(details|dialog).*?</\1>|<p class=\"ld-2xs ld-3 ld-body\">.*?</p>",
    re.S,
)
TO_ACTS = re.compile(
    r'<a [^>]*href="/projects/[0-9a-f-]{36}/[a-z][^>]*>.*?</a>|<a class="ld-a" href="/projects/(asks|endings)/.*?</a>',
    re.S,
)
WHO_MAY = re.compile(
    r'<div class="ld-who">.*?</div>|<div class="ld-2xs ld-3">[^<]*(?:办理|指定|只能查看)。</div>'
    r"|<th>谁能认定</th>|<td>[^<]*认定[^<]*</td>",
    re.S,
)


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    return client


def facts_of(html: str) -> list[str]:
    """What a page says, line by line, without what can be done on it and who may."""
    main = html[html.index("<main") : html.index("</main>")]
    for left_out in (BANNER, ACTS, TO_ACTS, WHO_MAY):
        main = left_out.sub("", main)
    text = re.sub(r"<[^>]+>", "\n", re.sub(r"</?a\b[^>]*>", "", main))  # a link of today may be plain words
    return [line.strip() for line in text.splitlines() if line.strip()]


def said(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return facts_of(answer.content.decode())


class LookedAt(Life):
    """A county for a few weeks, of which each project's page is kept at the end of each day on which something was done."""

    compared = 0
    accepted: ClassVar[Counter[str]] = Counter()
    refused: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[date, str], list[str]] = {}
        self.done_on: date | None = None

    def try_(self, *args: Any, **kwargs: Any) -> Any:
        self.day_of(self.now + timedelta(minutes=7))
        return super().try_(*args, **kwargs)

    def give(self, project: Any, kind: str) -> None:
        self.day_of(self.now)
        with clock.standing_at(self.now):
            super().give(project, kind)

    def day_of(self, next_act: datetime) -> None:
        """Something is about to be done: keep what was shown at the end of the day before it."""
        day = clock.local_date(next_act)
        if self.done_on and day > self.done_on:
            self.keep(self.done_on)
        self.done_on = day

    def keep(self, day: date) -> None:
        with clock.standing_at(clock.end_of(day)):
            client = self.reader()
            pages = [row.get_absolute_url() for row in Project.objects.select_related("subject")]
            asked = [f"{page}?tab={tab}" for page in pages for tab in TABS] + LIBRARIES
            self.kept |= {(day, address): said(client, address) for address in asked}

    def reader(self) -> Client:
        return sign_in(User.objects.get(pk=self.world[Role.COUNTY_LEADER].pk))

    def teardown(self) -> None:
        try:
            with clock.standing_at(self.now + timedelta(days=40)):
                client = self.reader()
                for (day, address), was in self.kept.items():
                    now = said(client, f"{address}&on={day}")
                    assert not list(unified_diff(was, now, "then", "as of then", n=1)), (day, address)
                    type(self).compared += 1
        finally:
            super().teardown()


@pytest.fixture
def world() -> County:
    with clock.standing_at(START):
        return make_world()


@pytest.mark.slow
def test_the_page_of_a_past_day_is_the_page_shown_on_that_day(world: County) -> None:
    with clock.standing_at(START):
        LookedAt.world, LookedAt.users = world, settle(world)
        make_project(world)
        make_project(world, opening_stage=Stage.BUILDING)
    # Only the statement that reads after-images is the database's own; all else is read in memory.
    examples = 16 if connection.vendor == "sqlite" else 5
    run_state_machine_as_test(
        LookedAt,
        settings=settings(max_examples=examples, stateful_step_count=60, phases=[Phase.generate], deadline=None, derandomize=True,
                          database=None, suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
    assert LookedAt.accepted.total() >= 12 * examples
    assert LookedAt.compared > 12 * examples


def edited(world: County, project: Project, **changes: object) -> None:
    project.refresh_from_db()
    acts.run(project_edit, by=world[Role.PROJECT_OFFICE], project_id=project.pk, seen=project.version, changes=changes)


@contextmanager
def day(number: int) -> Iterator[None]:
    """So many days after the start, 2026-03-02."""
    with clock.standing_at(START + timedelta(days=number)):
        yield


def body(user: User, address: str) -> str:
    answer = sign_in(user).get(address)
    assert answer.status_code == 200, address
    html: str = answer.content.decode()
    return html[html.index("<main") : html.index("</main>")]


def names(html: str) -> list[str]:
    return re.findall(r'<a class="ld-name" [^>]*>([^<]+)</a>', html)


def test_a_past_page_says_so_offers_no_act_and_leads_back(world: County) -> None:
    with day(0):
        project = make_project(world)
    with day(5):
        edited(world, project, summary="改成了别的")
        url = project.get_absolute_url()
        for tab in TABS:
            then = body(world[Role.PROJECT_OFFICE], f"{url}?tab={tab}&on=2026-03-03")
            assert "这是 2026-03-03 日终时系统所知的样子，只能看。" in then
            assert f'href="{url}?tab={tab}">回到今天</a>' in then
            assert not re.search(rf'href="{url}[a-z]|method="post"|<button|class="btn[^"]*" href', then), tab
            assert f"{url}?tab=people&amp;on=2026-03-03#tabs" in then
        assert "建冷库 2 万立方米" in body(world[Role.PROJECT_OFFICE], f"{url}?on=2026-03-03")
        assert "改成了别的" not in body(world[Role.PROJECT_OFFICE], f"{url}?on=2026-03-03")
        now = body(world[Role.PROJECT_OFFICE], url)
        assert "改成了别的" in now
        assert "日终时系统所知" not in now
        assert 'max="2026-03-06"' in now


@pytest.mark.parametrize(
    ("on", "said"),
    [
        ("2026-03-01", "还没有入库"), ("0001-01-01", "1949 年至 2100 年"), ("2026-03-07", "只能看过去"), ("2030-01-01", "只能看过去"),
        ("9999-12-31", "只能看过去"), ("x", "没有看懂日期"), ("2026-02-30", "没有看懂日期"),
    ],
)  # fmt: skip
def test_a_day_that_cannot_be_shown_is_said(world: County, on: str, said: str) -> None:
    with day(0):
        project = make_project(world)
    with day(5):
        assert said in body(world[Role.PROJECT_OFFICE], f"{project.get_absolute_url()}?on={on}")
        library = body(world[Role.PROJECT_OFFICE], f"/projects/?on={on}")
        assert ("还没有您看得到的项目" if "入库" in said else said) in library
        assert names(library) == []


@pytest.mark.parametrize("on", ["2026-03-01", "2026-03-03", "2030-01-01", "x"])
def test_who_does_not_see_the_project_does_not_see_its_past(world: County, on: str) -> None:
    with day(0):
        project = make_project(world)
        stranger = make_person(make_unit("B09", "财政局"), "钱七", Role.UNIT_OFFICER)
    with day(5):
        for user in (stranger, world[Role.BANK_CLERK]):
            assert sign_in(user).get(f"{project.get_absolute_url()}?on={on}").status_code == 404, user
            assert project.name not in sign_in(user).get(f"/projects/?on={on}").content.decode()
        admin = sign_in(world[Role.SYSTEM_ADMIN])
        assert admin.get(f"{project.get_absolute_url()}?on={on}").status_code == 404
        assert admin.get(f"/projects/?on={on}").status_code == 403
        assert admin.get(f"/projects/export?on={on}").status_code == 403


def test_a_project_that_changed_hands_is_seen_by_who_sees_it_now_on_the_days_it_was_his(world: County) -> None:
    with day(0):
        project, office = make_project(world), world[Role.PROJECT_OFFICE]
        finance = make_unit("B09", "财政局")
        taker = make_person(finance, "钱七", Role.UNIT_OFFICER)
    with day(2):
        acts.run(hand_over_unit, by=office, project_id=project.pk, unit_id=finance.pk, officer_id=taker.member_id,
                 note="机构改革，职能划转")  # fmt: skip
    with day(5):
        url = project.get_absolute_url()
        assert sign_in(world.officer).get(url).status_code == 404
        assert sign_in(world.officer).get(f"{url}?on=2026-03-03").status_code == 404
        assert names(body(world.officer, "/projects/?on=2026-03-03")) == []
        assert "不在您看得到的范围里" in body(taker, f"{url}?on=2026-03-03")
        assert names(body(taker, "/projects/?on=2026-03-03")) == []
        assert "系统所知" in body(taker, f"{url}?on=2026-03-04")
        assert names(body(taker, "/projects/?on=2026-03-04")) == [project.name]
        assert names(body(office, "/projects/?on=2026-03-03")) == [project.name]


def test_a_right_taken_away_since_is_not_had_in_the_past(world: County) -> None:
    with day(0):
        project = make_project(world)
        leader = world[Role.COUNTY_LEADER]
    with day(5):
        RoleGrant.objects.filter(member=leader.member).update(until=clock.now())
        assert sign_in(leader).get(f"{project.get_absolute_url()}?on=2026-03-03").status_code == 404
        assert sign_in(leader).get("/projects/?on=2026-03-03").status_code == 403


def test_the_library_of_a_past_day_lists_and_counts_what_there_was(world: County) -> None:
    leader = world[Role.COUNTY_LEADER]
    with day(0):
        first = make_project(world, name="甲冷库")
    with day(1):
        make_project(world, name="乙仓库")
    with day(5):
        edited(world, first, name="甲冷链园", total_investment_cny=Decimal(9_000_000))
        make_project(world, name="丙市场")
        then = body(leader, "/projects/?on=2026-03-03&sort=name")
        assert sorted(names(then)) == ["乙仓库", "甲冷库"]
        assert re.search(r"<p>2 个", then)
        assert "2 个合计" in then
        assert "这是 2026-03-03 日终时系统所知的样子，只能看。" in then
        assert '<a class="ld-a" href="?sort=name">回到今天</a>' in then
        assert re.search(rf'href="{first.get_absolute_url()}\?on=2026-03-03"', then)
        assert "/projects/new" not in then
        assert names(body(leader, "/projects/?on=2026-03-03&q=甲冷库")) == ["甲冷库"]
        assert names(body(leader, "/projects/?on=2026-03-03&q=甲冷链园")) == []
        assert 'href="/projects/?on=2026-03-03">去掉全部条件' in body(leader, "/projects/?on=2026-03-03&q=甲冷链园")
        assert names(body(leader, "/projects/?on=2026-03-02")) == ["甲冷库"]
        assert sorted(names(body(leader, "/projects/"))) == ["丙市场", "乙仓库", "甲冷链园"]


def test_the_lists_of_a_past_day_tell_what_stood_open_then(world: County) -> None:
    office = world[Role.PROJECT_OFFICE]
    with day(0):
        project = make_project(world, name="甲冷库")
        asked = ask(project, world.officer)
        told = Block("land", "3.2 亩未报批", clock.today(), world.unit.pk, clock.today() + timedelta(days=10))
        obstacle = acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)
    with day(3):
        edited(world, project, name="甲冷链园")
        acts.run(
            obstacle_solve, by=world[Role.UNIT_HEAD], obstacle_id=obstacle.pk, seen=obstacle.version,
            result="用地批复已下，界桩已放",
        )  # fmt: skip
        recognise(asked, office)
    with day(5):
        then, now = body(office, "/projects/obstacles/?state=open&on=2026-03-03"), body(office, "/projects/obstacles/")
        assert "1 个堵点没有解除" in then
        assert f'href="{project.get_absolute_url()}?tab=obstacles&amp;on=2026-03-03#tabs">3.2 亩未报批' in then
        assert f'href="{project.get_absolute_url()}?on=2026-03-03">甲冷库' in then
        assert '<a class="ld-a" href="?state=open">回到今天</a>' in then
        assert 'href="?state=solved&amp;on=2026-03-03"' in then
        assert "待确认 1" in now
        asks = body(office, "/projects/asks/?on=2026-03-03")
        assert "1 份申报在等认定" in asks
        assert "btn-decide" not in asks
        assert f"/projects/asks/{asked.pk}/" not in asks
        assert "没有等认定的申报" in body(office, "/projects/asks/")
        assert "没有待证的期初项目" in body(office, "/projects/openings/?on=2026-03-03")
        assert sign_in(office).get("/projects/export?on=abc").status_code == 400
        assert "没有看懂日期" in body(office, "/projects/asks/?on=abc")


def test_the_export_of_a_past_day_holds_what_its_library_shows(world: County) -> None:
    with day(0):
        project = make_project(world, name="甲冷库")
    with day(5):
        edited(world, project, name="甲冷链园")
        office = world[Role.PROJECT_OFFICE]
        assert 'action="/projects/export?on=2026-03-03"' in body(office, "/projects/?on=2026-03-03")
        answer = sign_in(office).post("/projects/export?on=2026-03-03", {"kind": "xlsx"})
        assert "projects-2026-03-03.xlsx" in answer["Content-Disposition"]
        sheet = zipfile.ZipFile(io.BytesIO(answer.content)).read("xl/sharedStrings.xml").decode()
        assert "甲冷库" in sheet
        assert "甲冷链园" not in sheet


def test_a_library_that_is_too_wide_says_so(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    with day(0):
        make_project(world)
    monkeypatch.setattr("luodi.projects.views.past.MOST", 0)
    with day(5):
        assert "您看得到 1 个项目，超过 0 个" in body(world[Role.PROJECT_OFFICE], "/projects/?on=2026-03-03")


def test_a_project_that_came_in_by_import_is_shown_without_the_sealed_ledger() -> None:
    with day(0):
        office = make_ledger_county()
        batch = imported(office, ledger([plain_row(1)]))
    with day(5):
        project = Project.objects.get(entered_batch=batch)
        assert project.name in body(office, f"{project.get_absolute_url()}?on=2026-03-03")
        assert names(body(office, f"/projects/?on=2026-03-03&batch={batch.pk}")) == [project.name]
    with past_of(ImportBatch).standing():
        found = ImportBatch.objects.get()
        assert (found.name, bytes(found.sealed_file), bytes(found.sealed_rows)) == (batch.name, b"", b"")


def asked(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(address).status_code == 200
    return len(caught)


def test_a_past_page_asks_the_database_the_same_number_of_times_however_much_there_is(world: County) -> None:
    with day(0):
        project = make_project(world)
    with day(5):
        client = sign_in(world[Role.PROJECT_OFFICE])
        client.get("/")
        assert max(asked(client, f"{project.get_absolute_url()}?tab={tab}&on=2026-03-03") for tab in TABS) <= 12
        few = asked(client, "/projects/?on=2026-03-03")
        assert few <= 12
    with day(1):
        for _number in range(8):
            make_project(world)
    with day(5):
        assert asked(client, "/projects/?on=2026-03-03") == few


# The database of memory ---------------------------------------------------------------------------------------------


def past_of(*models: Any) -> asof.Past:
    past = asof.Past(START + timedelta(days=1))
    past.take({model: model.objects.all() for model in models})
    return past


def look_and_fail(past: asof.Past) -> None:
    with past.standing():
        assert connections["default"].settings_dict["NAME"] == ":memory:"
        raise ImproperlyConfigured


def test_the_real_database_stands_again_even_after_a_fault(world: County) -> None:
    with day(0):
        project = make_project(world)
    real = connections["default"]
    past = past_of(Project)
    with pytest.raises(ImproperlyConfigured):
        look_and_fail(past)
    assert connections["default"] is real
    past.rows[Project][project.pk]["region_id"] = object()
    with pytest.raises(Exception, match="type 'object' is not supported"), past.standing():
        pass
    assert connections["default"] is real
    assert Project.objects.filter(pk=project.pk).exists()


def test_what_was_not_taken_cannot_be_read_and_nothing_can_be_written(world: County) -> None:
    with day(0):
        make_project(world)
    with past_of(Project).standing():
        with pytest.raises(OperationalError, match="no such table"):
            Obstacle.objects.exists()
        with pytest.raises(OperationalError, match="readonly"):
            Project.objects.update(name="改")


def test_another_thread_reads_the_real_database_meanwhile(world: County) -> None:
    seen: list[object] = []
    with past_of(Project).standing():
        other = threading.Thread(target=lambda: seen.append(connections["default"].settings_dict["NAME"]))
        other.start()
        other.join()
        assert connections["default"].settings_dict["NAME"] == ":memory:"
    assert seen == [connections["default"].settings_dict["NAME"]]


def test_of_two_acts_the_one_that_wrote_last_counts_though_it_began_first(world: County) -> None:
    with day(0):
        project = make_project(world)
    with clock.standing_at(START + timedelta(hours=2)):
        edited(world, project, summary="先写的")
    with clock.standing_at(START + timedelta(hours=1)):
        edited(world, project, summary="后写的")
    with past_of(Project).standing():
        assert Project.objects.get().summary == "后写的"


def test_of_personal_data_nothing_is_kept(world: County) -> None:
    with day(0):
        member = world.officer.member
    with past_of(Member).standing():
        found = Member.objects.get(pk=member.pk)
        assert found.name == member.name
        assert (found.phone.reveal(), found.phone_blind) == ("", "")


@pytest.mark.parametrize("model", [Project, Subject, TimelineEntry, Fact, Unit, YearFigure, Obstacle])
def test_a_row_of_the_past_is_the_row(world: County, model: Any) -> None:
    with day(0):
        project = bring_to(make_project(world), Stage.SIGNED, world)
        told = Block("land", "3.2 亩未报批", clock.today(), world.township.pk, clock.today())
        acts.run(obstacle_add, by=world.officer, project_id=project.pk, block=told)
        acts.run(year_figure_set, by=world.officer, project_id=project.pk, year=2026, source="own",
                 planned_cny=Decimal(9), declared_cny=Decimal("1.10"))  # fmt: skip
    was = {row["pk"]: row for row in model.objects.values("pk", *(f.attname for f in model._meta.concrete_fields))}
    assert was
    with past_of(model).standing():
        rows = model.objects.values("pk", *(f.attname for f in model._meta.concrete_fields))
        assert {row["pk"]: row for row in rows} == was
