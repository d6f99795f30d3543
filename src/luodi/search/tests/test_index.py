"""The index follows every act, equals its rebuilding, and says so when a hand in the database has damaged it."""

from __future__ import annotations

from random import Random

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts, clock, registry
from luodi.kernel.acts import Actor
from luodi.kernel.errors import DomainError
from luodi.kernel.registry import SearchDoc, SearchSource
from luodi.orgs.models import Company, Member, UnitAlias
from luodi.orgs.rules import Role
from luodi.orgs.services.units import member_change, member_leave
from luodi.orgs.tests.factories import SETUP, make_member, make_unit
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import County, give, make_company, make_project, make_world
from luodi.search import rules, services
from luodi.search.models import SearchRow
from luodi.search.selectors import find, rows_at

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> County:
    return make_world()


def row_of(kind: str, object_id: int) -> SearchRow:
    return SearchRow.objects.get(kind=kind, object_id=object_id)


def test_what_an_act_writes_is_found_when_it_ends(world: County) -> None:
    office = world[Role.PROJECT_OFFICE]
    project = make_project(world, name="海川冷链仓")
    assert row_of("project", project.pk).title == "海川冷链仓"
    acts.run(project_edit, by=office, project_id=project.pk, seen=project.version, changes={"name": "山禾冷链仓"})
    assert find(office, "海川").groups == []
    assert [group.source.kind for group in find(office, "山禾").groups] == ["project"]


def test_an_act_that_fails_leaves_no_trace(world: County) -> None:
    def create_and_fail(*, by: Actor) -> None:
        acts.insert(Company(region=world.unit.region, name="海川公司"))
        raise DomainError("no", "不行")

    with pytest.raises(DomainError):
        acts.run(create_and_fail, by=SETUP)
    assert not SearchRow.objects.filter(kind="company").exists()


def test_what_follows_another_row_follows_it(world: County) -> None:
    """The investor's name stands with the project, an alias with its unit."""
    company = make_company("远山集团")
    project = make_project(world, investor=company)

    def rename(*, by: Actor) -> None:
        acts.update(acts.lock_one(Company.objects.all(), company.pk), name="近水集团")
        acts.insert(UnitAlias(region=world.unit.region, unit=world.unit, alias="河长办"))

    acts.run(rename, by=SETUP)
    assert "近水集团" in row_of("project", project.pk).about
    assert "河长办" in row_of("unit", world.unit.pk).about
    assert list(services.faults()) == []


def test_a_row_moves_when_it_ends(world: County) -> None:
    member = make_member(world.unit, "海川生")
    live = row_of("member", member.pk)
    head = world[Role.UNIT_HEAD]
    acts.run(member_leave, by=head, member_id=member.pk, seen=member.version)
    ended = row_of("member", member.pk)
    assert live.live
    assert not ended.live
    assert ended.pk < live.pk
    assert list(services.faults()) == []


def test_an_act_that_changes_nothing_of_it_writes_nothing(world: County) -> None:
    member = make_member(world.unit, "海川生")
    head = world[Role.UNIT_HEAD]
    with CaptureQueriesContext(connection) as caught:
        acts.run(
            member_change, by=head, member_id=member.pk, seen=member.version, name="海川生", post="", phone="13812345678"
        )  # fmt: skip
    written = [query["sql"] for query in caught if "search_" in query["sql"] and "SELECT" not in query["sql"][:10]]
    assert written == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_the_index_equals_its_rebuilding_after_any_history(world: County, seed: int) -> None:
    rng, office = Random(seed), world[Role.PROJECT_OFFICE]
    words = ["海川", "山禾", "龙腾", "化工", "A-12", "（二期）", "供电", "138 1234 5678"]

    def some() -> str:
        return "".join(rng.choice(words) for _n in range(rng.randint(1, 5)))

    projects = [make_project(world) for _n in range(3)]
    for step in range(40):
        project = rng.choice(projects)
        project.refresh_from_db()
        match rng.randrange(6):
            case 0:
                projects.append(
                    make_project(world, name=f"{some()}{step}", summary=some(), investor=make_company(some()))
                )
            case 1:
                acts.run(
                    project_edit, by=office, project_id=project.pk, seen=project.version,
                    changes={"name": f"{some()}{step}", "summary": some()},
                )  # fmt: skip
            case 2:
                give(project, "proposal", world.officer, title=some())
            case 3:
                make_unit(f"X{step}", f"{some()}{step}", aliases=(f"{some()}{step}甲",))
            case 4:
                make_member(world.unit, some()[:30], post=some()[:20])
            case _:
                member = rng.choice(
                    list(Member.objects.filter(unit=world.unit, account=None, heads=None, state="active")) or [None]
                )
                if member:
                    acts.run(member_leave, by=world[Role.UNIT_HEAD], member_id=member.pk, seen=member.version)
    kept = picture()
    assert list(services.faults()) == []
    for place in SearchRow.objects.values_list("pk", flat=True):
        services._delete([place])
    assert services.rebuild() == len(kept)
    assert picture() == kept


def picture() -> set[tuple[object, ...]]:
    rows = list(SearchRow.objects.all())
    held = services._held_words([row.pk for row in rows])
    return {(*services.shown(row), frozenset(held[row.pk])) for row in rows}


DAMAGE = {
    "title": lambda pk: SearchRow.objects.filter(pk=pk).update(title="改过"),
    "row gone": lambda pk: services._delete([pk]),
    "words": lambda pk: _damage_words(pk),
    "of nothing": lambda pk: services._insert([_entry_of_nothing()]),
}


def _damage_words(pk: int) -> None:
    sql = {
        "sqlite": "UPDATE search_fts SET words = 'w2改过' WHERE rowid = %s",
        "postgresql": "UPDATE search_row SET words = '''w2改过''' WHERE id = %s",
    }
    with connection.cursor() as cursor:
        cursor.execute(sql[connection.vendor], [pk])


def _entry_of_nothing() -> services.Entry:
    return services._entry(registry.SEARCH["company"], SearchDoc(99_999_999, "没有的公司"))


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_found_and_mended(world: County, damage: str) -> None:
    company = make_company("海川公司")
    assert list(services.faults()) == []
    DAMAGE[damage](row_of("company", company.pk).pk)
    assert len(list(services.faults())) == 1
    assert services.rebuild() == 1
    assert list(services.faults()) == []
    assert services.rebuild() == 0


def test_rows_of_an_unknown_kind_are_dropped(world: County) -> None:
    lost = SearchRow(id=rules.place(99, True, 1), kind="nothing", object_id=1, title="无")
    services._insert([services.Entry(lost, ["wz无"])])
    assert services.rebuild() == 1
    assert not SearchRow.objects.filter(kind="nothing").exists()


def test_the_doctor_asks_for_it() -> None:
    assert services.faults in registry.CHECKS


def test_the_command_rebuilds(world: County, capsys: pytest.CaptureFixture[str]) -> None:
    make_company("海川公司")
    services._delete(list(SearchRow.objects.values_list("pk", flat=True)))
    count = sum(1 for source in services.in_order() for ids in services._batches(source) for _id in ids)
    call_command("search_rebuild")
    told = capsys.readouterr()
    assert f"改正 {count} 条" in told.out
    assert "company: 1" in told.err
    assert list(services.faults()) == []


def test_an_older_installation_is_filled_after_migrating(world: County) -> None:
    before = SearchRow.objects.count()
    services._delete(list(SearchRow.objects.values_list("pk", flat=True)))
    services.fill_if_empty(None)  # type: ignore[arg-type]  # the sender is not looked at
    assert SearchRow.objects.count() == before > 0
    assert rows_at([row_of("unit", world.unit.pk).pk])[0].title == world.unit.name


def test_places_order_kind_then_life_then_age() -> None:
    older, newer, ended = rules.place(2, True, 1), rules.place(2, True, 2), rules.place(2, False, 3)
    first, last = rules.span(2)
    assert first < ended < older < newer <= last < rules.place(3, False, 0)
    assert last < 2**53


def test_two_kinds_cannot_share_a_number() -> None:
    source = registry.SEARCH["project"]
    twin = SearchSource("twin", source.number, "", "", "", "", source.docs, source.visible, source.url)
    with pytest.raises(ValueError, match="taken"):
        registry.add_search(twin)
    assert "twin" not in registry.SEARCH


def test_the_day_is_not_asked(world: County) -> None:
    """What the index says does not change at midnight."""
    make_project(world)
    with clock.standing_at(clock.now().replace(year=2031)):
        assert list(services.faults()) == []
