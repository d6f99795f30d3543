"""What is found, in which order, and by whom. On both databases alike."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_member, make_unit
from luodi.projects.models import Project
from luodi.projects.services.ends import lesson_propose, void_ask, void_decide
from luodi.projects.services.obstacles import Block, obstacle_add
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.factories import County, give, make_company, make_project, make_world
from luodi.search import rules
from luodi.search.selectors import Found, find, rows_at

pytestmark = pytest.mark.django_db
PHONE = "13812345678"


@pytest.fixture
def world() -> County:
    return make_world()


@pytest.fixture
def office(world: County) -> User:
    return world[Role.PROJECT_OFFICE]


def titles(found: Found, kind: str = "project") -> list[str]:
    places = next((group.places for group in found.groups if group.source.kind == kind), [])
    return [row.title for row in rows_at(places)]


def kinds(found: Found) -> dict[str, int]:
    return {group.source.kind: len(group.places) for group in found.groups}


@pytest.mark.parametrize(
    "typed",
    [
        "化工", "龙腾化工", "工园", "化工 龙腾", "龙", "ltyhg", "longtengyuhuagong", "hgyq", "huagongyuanqu", "LTYHG", "ｌｔｙ",
        "2026 化工", "BC-{year}-0001", "bc-{year}", "bc{year}0001", "远山控股", "yskg 化工", "聚丙烯", "河湾 聚丙烯", "2305-139921",
        "91139921MA0K0001XQ",
    ],
)  # fmt: skip
def test_a_project_is_found(world: County, office: User, typed: str) -> None:
    company = make_company("远山控股", "91139921MA0K0001XQ")
    make_project(world, name="龙腾宇化工园区2026", investor=company, summary="年产聚丙烯十万吨")
    asked = typed.format(year=clock.today().year)
    if asked == "yskg 化工":
        assert titles(find(office, "yskg"), "company") == ["远山控股"]  # by sound only its own name is found
        return
    if asked == "91139921MA0K0001XQ":
        assert titles(find(office, asked), "company") == ["远山控股"]
        return
    assert titles(find(office, asked)) == ["龙腾宇化工园区2026"], asked


@pytest.mark.parametrize("typed", ["工程序", "龙腾 造纸", "bc-1999", "hglt", "abc"])
def test_what_does_not_fit_is_not_found(world: County, office: User, typed: str) -> None:
    make_project(world, name="龙腾宇化工园区", summary="年产聚丙烯十万吨")
    assert titles(find(office, typed)) == []


def test_every_kind_is_found(world: County, office: User) -> None:
    unit = make_unit("D31", "科技局", aliases=("青禾办",))
    make_member(unit, "青禾生")
    project = make_project(world, name="青禾冷链仓", investor=make_company("青禾饮品"))
    today = clock.today()
    acts.run(obstacle_add, by=office, project_id=project.pk, block=Block("land", "青禾路未批", today, unit.pk, today))
    acts.run(
        lesson_propose, by=office, project_id=project.pk, cause="没有先套规划图就签了协议", otherwise="签约前先套青禾片区的规划图", applies_to="所有项目"
    )  # fmt: skip
    give(project, "proposal", world.officer, title="青禾建议书")
    assert kinds(find(office, "青禾")) == dict.fromkeys(
        ("project", "company", "unit", "member", "obstacle", "lesson", "evidence"), 1
    )


def test_the_order(world: County, office: User) -> None:
    """Exact, then begun, then in the name, then by sound, then in the text; the newer first in each."""
    names = ["石桥海川基地", "海川", "海川一期", "海川二期", "恒创中心"]
    projects = {name: make_project(world, name=name, summary="") for name in names}
    make_project(world, name="仓储中心", summary="与海川公路同步")
    assert titles(find(office, "海川")) == ["海川", "海川二期", "海川一期", "石桥海川基地", "仓储中心"]
    assert titles(find(office, "hc")) == ["恒创中心", "海川二期", "海川一期", "海川", "石桥海川基地"]
    assert titles(find(office, projects["海川一期"].code))[0] == "海川一期"


def test_what_has_ended_comes_after_what_is_live(world: County, office: User) -> None:
    left = make_member(world.unit, "海川甲", state="left")
    stays = make_member(world.unit, "海川乙")
    make_member(world.unit, "海川丙", state="left")
    assert left.pk < stays.pk
    assert titles(find(office, "海川"), "member") == ["海川乙", "海川丙", "海川甲"]


def test_the_kind_with_the_best_hit_comes_first(world: County, office: User) -> None:
    make_project(world, name="仓储中心", summary="与供电公司同步")
    make_unit("D32", "供电公司")
    assert [group.source.kind for group in find(office, "供电公司").groups][:1] == ["unit"]


def test_of_too_many_the_best_are_ranked(world: County, office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """An old exact hit is not lost behind newer ones that merely hold the word."""
    monkeypatch.setattr(rules, "COUNTED", 3)
    for name in ["海川", "东海川", "西海川", "南海川", "北海川", "中海川"]:
        make_project(world, name=name)
    (group,) = find(office, "海川").groups
    assert [row.title for row in rows_at(group.places)] == ["海川", "中海川", "北海川"]
    assert group.more


def test_a_void_project_and_what_hangs_on_it_is_not_found(world: County, office: User) -> None:
    project = make_project(world, name="海川冷链仓")
    today = clock.today()
    solver = world[Role.PROJECT_OFFICE].member.unit
    acts.run(obstacle_add, by=office, project_id=project.pk, block=Block("land", "海川路未批", today, solver.pk, today))
    assert set(kinds(find(office, "海川"))) == {"project", "obstacle"}
    asked = acts.run(void_ask, by=office, project_id=project.pk, reason="录入了两次")
    acts.run(void_decide, by=world[Role.GOVERNMENT_OFFICE], request_id=asked.pk, seen=asked.version, approve=True)
    assert kinds(find(office, "海川")) == {}


# Syntax, lengths ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    ['"', "*", "OR", "AND NOT", "NEAR(", "NEAR(海 川, 2)", "%", "_", "'", "\\", "c:", "{w c} : 海", "^海", "海*", "海 OR 川", ":*",
     "海' | '川", "<->", "!", "&", "\x00海", "海\ud83c", "😀", "⑴", "İ", "a" * 5000, "海" * 5000, "海 " * 3000, "a-b_c.d/e", "-", "1e999",
     "𠮷野家", "ÀÉ", "ß", "ﬁ"],
)  # fmt: skip
def test_no_input_is_an_error(world: County, office: User, typed: str) -> None:
    make_project(world, name="海川冷链仓")
    find(office, typed)


def test_operators_are_words(world: County, office: User) -> None:
    make_project(world, name="海川冷链仓")
    make_project(world, name="山禾冷链仓")
    assert titles(find(office, "海川 OR 山禾")) == []
    assert titles(find(office, "海川*")) == ["海川冷链仓"]


@given(typed=st.text(max_size=60))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_can_be_asked(world: County, office: User, typed: str) -> None:
    find(office, typed)


@given(
    name=st.text(st.sampled_from("龙腾海川化工园区AB12-（）· "), min_size=1, max_size=16).filter(str.strip),
    start=st.integers(0, 15),
    length=st.integers(1, 8),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_part_of_a_chinese_name_finds_it(world: County, office: User, name: str, start: int, length: int) -> None:
    member = make_member(world.unit, f"甲{name}")
    part = "".join(char for char in member.name[start : start + length] if char in "甲龙腾海川化工园区")
    if part and part in member.name:
        assert member.name in titles(find(office, part), "member")


# Who sees what --------------------------------------------------------------------------------------------------------


def test_each_role_finds_what_it_may_see_and_no_more(world: County) -> None:
    """Counts and titles of search are those of the guarded reads, for everybody."""
    office = world[Role.PROJECT_OFFICE]
    own = make_project(world, name="海川一号")
    foreign = make_project(world, name="海川二号", unit=world.township, officer=world.township.head)
    for project in (own, foreign):
        give(project, "proposal", office, title=f"海川建议书{project.pk}")
    for role, user in world.cast.items():
        allowed = set(Project.objects.visible_to(user).values_list("name", flat=True))
        found = find(user, "海川")
        assert set(titles(found)) == allowed, role
        assert kinds(found).get("evidence", 0) == len(allowed), role
        assert kinds(found).get("project", 0) == len(allowed), role
    assert {role for role in world.cast if find(world[role], "海川").groups} == {
        Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU, Role.STATISTICS_BUREAU,
        Role.SUPERVISOR, Role.DISCIPLINE_OFFICE, Role.CONVENOR, Role.UNIT_HEAD, Role.UNIT_OFFICER,
    }  # fmt: skip
    assert set(titles(find(world[Role.UNIT_HEAD], "海川"))) == {"海川一号"}


def test_what_cannot_be_seen_takes_no_place_of_what_can(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "COUNTED", 2)
    make_project(world, name="海川一号")
    for number in range(5):
        make_project(world, name=f"海川外{number}", unit=world.township, officer=world.township.head)
    (group,) = find(world[Role.UNIT_HEAD], "海川").groups
    assert [row.title for row in rows_at(group.places)] == ["海川一号"]
    assert not group.more


def test_banks_and_enterprises_find_no_unit_person_or_company(world: County) -> None:
    make_company("海川公司")
    make_unit("D33", "海川局", head="海川人")
    for role in (Role.BANK_CLERK, Role.ENTERPRISE_CLERK, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        assert kinds(find(world[role], "海川")) == {}, role


@pytest.mark.parametrize("typed", [PHONE, "138 1234 5678", "138-1234-5678", "+8613812345678", "１３８１２３４５６７８"])
def test_a_whole_telephone_finds_its_person_for_who_may_see_numbers(world: County, typed: str) -> None:
    member = make_member(world.unit, "海川生", phone=PHONE)
    may = {role for role, user in world.cast.items() if titles(find(user, typed), "member") == [member.name]}
    assert may == {
        Role.COUNTY_LEADER, Role.GOVERNMENT_OFFICE, Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU, Role.SUPERVISOR,
        Role.UNIT_HEAD, Role.UNIT_OFFICER,
    }  # fmt: skip
    others = [user for role, user in world.cast.items() if role not in may]
    assert all(find(user, typed).groups == [] for user in others)


@pytest.mark.parametrize("typed", ["1381234567", "12345678", "13812345679", "138", f"{PHONE}1"])
def test_part_of_a_telephone_finds_nobody(world: County, office: User, typed: str) -> None:
    make_member(world.unit, "海川生", phone=PHONE)
    assert titles(find(office, typed), "member") == []


def test_the_index_holds_no_personal_number(world: County, office: User) -> None:
    make_member(world.unit, "海川生", phone=PHONE)
    project = make_project(world, name="海川冷链仓", summary=f"联系人海川生 {PHONE}，身份证 139921198001011234")
    acts.run(project_edit, by=office, project_id=project.pk, seen=project.version, changes={"remark": PHONE})
    with connection.cursor() as cursor:
        for table in ("search_row", *(["search_fts"] if connection.vendor == "sqlite" else [])):
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608 (fixed names)
            held = str(cursor.fetchall())
            assert PHONE not in held
            assert "139921198001011234" not in held


def test_queries_are_few_however_much_is_found(world: County, office: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(typed: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            found = find(User.objects.get(pk=office.pk), typed)
            rows_at([place for group in found.groups for place in group.places])
        return len(caught)

    for number in range(3):
        make_project(world, name=f"海川{number}")
    few = asked("海川")
    for number in range(3, 20):
        make_project(world, name=f"海川{number}")
    assert asked("海川") == few <= 4
    monkeypatch.setattr(rules, "COUNTED", 5)
    assert asked("海川") == few + 1
    assert asked(PHONE) <= 4
