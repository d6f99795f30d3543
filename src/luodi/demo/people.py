"""Regions, units, members and accounts of a demo county, made through the services of orgs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from luodi.demo.county import CITIES, HEAD_POSTS, PROVINCE, CountyPlan, UnitPlan, fictional_names
from luodi.kernel import acts
from luodi.kernel.acts import Actor, System
from luodi.orgs.models import Member, Region, Theme, Unit, User
from luodi.orgs.rules import OPTIONAL, REQUIRED, Role
from luodi.orgs.services import accounts, units
from luodi.orgs.services.sign_in_rules import second_factor_ask

SYSTEM = System("demo", frozenset({"system.setup", "account.manage", "role.grant"}))
PASSWORD = "Baichuan-2026"  # noqa: S105 (printed for everybody to see; a demo county holds nothing real)
NOTHING_REAL = "演示县没有真实数据，不强制两步验证"
VALID_FROM = date(2020, 1, 1)
MEMBERS = 400
OFFICERS = 3  # who hand in and ask, in each unit that carries projects
WORKING = ("department", "township")


@dataclass(frozen=True, slots=True)
class Seat:
    """An account to sign in with: whose it is, by unit and name ("" = the unit's head, "+" = somebody new)."""

    username: str
    unit: str
    name: str
    post: str
    roles: tuple[Role, ...]


R = Role
SEATS = (
    Seat("county_leader", "O02", "甲县长", "县长", (R.COUNTY_LEADER,)),
    Seat("county_leader_2", "O02", "乙副县长", "副县长", (R.COUNTY_LEADER,)),
    Seat("county_leader_3", "O01", "丙书记", "县委书记", (R.COUNTY_LEADER,)),
    Seat("convenor", "O02", "戊副县长", "副县长", (R.COUNTY_LEADER, R.CONVENOR)),
    Seat("government_office", "O02", "+", "科员", (R.GOVERNMENT_OFFICE,)),
    Seat("project_office", "D01", "李二", "科员", (R.PROJECT_OFFICE,)),
    Seat("project_office_2", "D01", "+", "项目办副主任", (R.PROJECT_OFFICE,)),
    Seat("investment_bureau", "D02", "钱五", "科员", (R.INVESTMENT_BUREAU,)),
    Seat("statistics_bureau", "D22", "+", "科员", (R.STATISTICS_BUREAU,)),
    Seat("unit_head", "T03", "", "", (R.UNIT_HEAD,)),
    Seat("unit_officer", "T03", "+", "经办人", (R.UNIT_OFFICER,)),
    Seat("unit_head_2", "D09", "", "", (R.UNIT_HEAD,)),
    Seat("unit_officer_2", "D11", "张一", "科员", (R.UNIT_OFFICER,)),
    Seat("supervisor", "O03", "+", "督查员", (R.SUPERVISOR,)),
    Seat("discipline_office", "O04", "+", "科员", (R.DISCIPLINE_OFFICE,)),
    Seat("bank_clerk", "B02", "+", "客户经理", (R.BANK_CLERK,)),
    Seat("enterprise_clerk", "E01", "+", "项目经理", (R.ENTERPRISE_CLERK,)),
    Seat("system_admin", "D15", "+", "系统管理员", (R.SYSTEM_ADMIN,)),
    Seat("security_admin", "D15", "+", "安全管理员", (R.SECURITY_ADMIN,)),
    Seat("audit_admin", "D15", "+", "审计管理员", (R.AUDIT_ADMIN,)),
)
"""One account for each role at least, and a second person wherever an act needs two."""
MORE = (
    ("O01", "丁常委", "县委常委", R.COUNTY_LEADER),
    ("O02", "己副县长", "副县长", R.COUNTY_LEADER),
    ("O01", "庚部长", "县委常委", R.COUNTY_LEADER),
    ("D01", "+", "科员", R.PROJECT_OFFICE),
    ("D02", "+", "科员", R.INVESTMENT_BUREAU),
    ("O02", "+", "科员", R.GOVERNMENT_OFFICE),
    ("O03", "+", "督查员", R.SUPERVISOR),
    ("O03", "+", "督查员", R.SUPERVISOR),
    ("O03", "+", "督查员", R.SUPERVISOR),
)
"""Who else acts in the three years, without a password."""
HEAD_ROLES = {"O02": R.GOVERNMENT_OFFICE, "O03": R.SUPERVISOR, "O04": R.DISCIPLINE_OFFICE}


@dataclass(slots=True)
class Cast:
    """Who acts in one county: its units, and its accounts by member and by role, in the order they were made."""

    county: Region
    units: dict[str, Unit] = field(default_factory=dict)
    townships: dict[str, Region] = field(default_factory=dict)
    themes: list[Theme] = field(default_factory=list)
    users: dict[int, User] = field(default_factory=dict)
    roles: dict[Role, list[User]] = field(default_factory=lambda: defaultdict(list))
    officers: dict[str, list[Member]] = field(default_factory=lambda: defaultdict(list))

    def user(self, member_id: int | None) -> User:
        return self.users[member_id or 0]

    def head(self, unit: str) -> User:
        return self.users[self.units[unit].head_id or 0]


class Settlers:
    """Fills one county with its people, a unit at a time."""

    def __init__(self, plan: CountyPlan, county: Region, themes: list[list[str]], members: int) -> None:
        self.plan = plan
        self.cast = Cast(county)
        self.names = fictional_names()
        self.themes = themes
        self.spare = self._spare(members)
        self.phones = 0

    def _spare(self, members: int) -> list[int]:
        """How many more each unit gets so that the county has `members` in all."""
        wanted = members - sum(self._needed(unit) for unit in self.plan.units)
        count = len(self.plan.units)
        return [max(0, wanted // count + (n < wanted % count)) for n in range(count)]

    def _needed(self, unit: UnitPlan) -> int:
        people = self._people(unit)
        officers = sum(R.UNIT_OFFICER in roles for _name, _post, roles, _username in people)
        return 1 + len(people) + (max(0, OFFICERS - officers) if unit.kind in WORKING else 0)

    @staticmethod
    def _people(unit: UnitPlan) -> list[tuple[str, str, tuple[Role, ...], str]]:
        """Who has a place of his own in the unit: name ("+" = new), post, roles, username ("" = no password)."""
        found = [(s.name, s.post, s.roles, s.username) for s in SEATS if s.unit == unit.code and s.name]
        found += [(name, post, (role,), "") for code, name, post, role in MORE if code == unit.code]
        known = {name for name, *_rest in found}
        found += [(name, post, (R.UNIT_OFFICER,), "") for name, post, leader in unit.named if name not in known]
        return found

    def settle(self, tick: Callable[[], None]) -> Cast:
        for number, unit in enumerate(self.plan.units):
            acts.run(self._unit, by=SYSTEM, unit=unit, spare=self.spare[number])
            tick()
        acts.run(self._themes, by=SYSTEM)
        return self.cast

    def _themes(self, *, by: Actor) -> None:
        rows = [
            Theme(region=self.cast.county, name=name, lead_unit=self.cast.units[lead]) for name, lead in self.themes
        ]
        self.cast.themes = acts.insert_many(rows)

    def _unit(self, *, by: Actor, unit: UnitPlan, spare: int) -> None:
        governs = self._township(unit) if unit.region else None
        made = acts.run(
            units.unit_create,
            by=by,
            region=self.cast.county,
            code=unit.code,
            name=unit.name,
            short=unit.short,
            kind=unit.kind,
            head_name=next(self.names),
            head_post=HEAD_POSTS[unit.kind],
            governs=governs,
            aliases=unit.aliases,
        )
        self.cast.units[unit.code] = made
        self._head(by, made)
        for name, post, roles, username in self._people(unit):
            self._person(by, made, name, post, roles, username)
        while unit.kind in WORKING and len(self.cast.officers[unit.code]) < OFFICERS:
            self._person(by, made, "+", "经办人", (R.UNIT_OFFICER,), "")
        for _n in range(spare):
            self._member(made, "+", "科员")

    def _township(self, unit: UnitPlan) -> Region:
        made = acts.run(
            units.region_create,
            by=SYSTEM,
            code=unit.region,
            name=unit.name,
            level="township",
            parent=self.cast.county,
            valid_from=VALID_FROM,
            tile=unit.tile,
        )
        self.cast.townships[unit.code] = made
        return made

    def _head(self, by: Actor, unit: Unit) -> None:
        head = unit.head
        assert head is not None
        seat = next((seat for seat in SEATS if seat.unit == unit.code and not seat.name), None)
        if unit.kind not in {"bank", "enterprise"}:
            role = HEAD_ROLES.get(unit.code, R.UNIT_HEAD)
            self._account(by, head, (role,), seat.username if seat else "")

    def _person(self, by: Actor, unit: Unit, name: str, post: str, roles: tuple[Role, ...], username: str) -> None:
        member = self._member(unit, name, post)
        self._account(by, member, roles, username)
        if R.UNIT_OFFICER in roles:
            self.cast.officers[unit.code].append(member)

    def _account(self, by: Actor, member: Member, roles: tuple[Role, ...], username: str) -> None:
        open_account(by, self.cast, member, roles, username, self.plan.prefix)

    def _member(self, unit: Unit, name: str, post: str) -> Member:
        self.phones += 1
        phone = f"100{int(self.plan.code) % 10_000:04d}{self.phones:04d}"  # no such number is given out
        return units.member_insert(unit, name=next(self.names) if name == "+" else name, post=post, phone=phone)


def open_account(
    by: Actor, cast: Cast, member: Member, roles: tuple[Role, ...], username: str = "", prefix: str = ""
) -> User:
    """An account with the roles; with a password where it has a name to sign in by."""
    for role in roles:
        acts.run(accounts.role_grant, by=by, member=member, role=role)
    user = acts.run(
        accounts.account_create,
        by=by,
        member=member,
        username=prefix + (username or f"m{member.pk}"),
        password=PASSWORD if username and not prefix else None,
        must_change=False,
    )
    cast.users[member.pk] = user
    for role in roles:
        cast.roles[role].append(user)
    return user


def make_county(plan: CountyPlan, *, parent: Region | None) -> Region:
    region = acts.run(
        units.region_create,
        by=SYSTEM,
        code=plan.code,
        name=plan.name,
        level="county",
        parent=parent,
        valid_from=VALID_FROM,
        initials=plan.initials,
    )
    return acts.run(second_factor_ask, by=SYSTEM, reason=NOTHING_REAL, region=region, asked=OPTIONAL)


def ask_no_second_factor() -> None:
    """Let everybody of a demo sign in with the password alone, also in one that was built before there was anything to ask."""
    for region in Region.objects.filter(level="county", second_factor=REQUIRED):
        acts.run(second_factor_ask, by=SYSTEM, reason=NOTHING_REAL, region=region, asked=OPTIONAL)


def make_province() -> Iterator[Region]:
    """The province and its cities, the cities given one by one."""
    root = _region(PROVINCE, "province", None)
    for city in CITIES:
        yield _region(city, "city", root)


def _region(named: tuple[str, str], level: str, parent: Region | None) -> Region:
    return acts.run(
        units.region_create, by=SYSTEM, code=named[0], name=named[1], level=level, parent=parent, valid_from=VALID_FROM
    )
