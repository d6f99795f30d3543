"""A county, its units, people and accounts for tests, made through the services. Needs `db` or `live`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.test import Client

from luodi.kernel import acts, clock
from luodi.kernel.acts import Actor, System
from luodi.orgs.deputies import standing_for
from luodi.orgs.models import ApiToken, Delegation, Factor, Member, Region, Unit, User
from luodi.orgs.rules import DELEGABLE, TOKEN_SCOPES, Role
from luodi.orgs.services import accounts, factors, units
from luodi.orgs.services.delegations import delegation_give
from luodi.orgs.services.tokens import token_create

SETUP = System("tests", frozenset({"system.setup", "account.manage", "role.grant"}))
PASSWORD = "Zhuanren-2026"
COUNTY = "139921"


def make_county(code: str = COUNTY, name: str = "柏川县", initials: str = "BC") -> Region:
    """The county of this code; a second call gives the same one."""
    found: Region | None = Region.objects.filter(code=code).first()
    return found or _region(code, name, "county", None, initials)


def make_township_region(code: str, name: str, *, county: Region | None = None) -> Region:
    return _region(code, name, "township", county or make_county())


def _region(code: str, name: str, level: str, parent: Region | None, initials: str = "") -> Region:
    return acts.run(
        units.region_create,
        by=SETUP,
        code=code,
        name=name,
        level=level,
        parent=parent,
        valid_from=date(2020, 1, 1),
        initials=initials,
    )


def make_unit(
    code: str = "D01",
    name: str = "发展和改革局",
    *,
    short: str = "",
    kind: str = "department",
    head: str = "",
    head_post: str = "局长",
    region: Region | None = None,
    governs: Region | None = None,
    aliases: Iterable[str] = (),
) -> Unit:
    """An active unit with its head (named after its code where no name is given), who has no account and no role."""
    return acts.run(
        units.unit_create,
        by=SETUP,
        region=region or make_county(),
        code=code,
        name=name,
        short=short or name,
        kind=kind,
        head_name=head or f"首{code}",
        head_post=head_post,
        governs=governs,
        aliases=tuple(aliases),
    )


def make_township(code: str = "T01", name: str = "河湾镇", *, region_code: str = "", head: str = "") -> Unit:
    """A township's government, with the region that it governs."""
    governed = make_township_region(region_code or f"{COUNTY}{code[1:].zfill(3)}", name)
    return make_unit(code, name, kind="township", head=head, head_post="镇长", governs=governed)


def make_member(
    unit: Unit, name: str = "张一", *roles: Role, post: str = "", phone: str = "", state: str = "active"
) -> Member:
    """A member who holds the roles, without an account."""
    member = acts.run(_insert, by=SETUP, unit=unit, name=name, post=post, phone=phone, state=state)
    grant(member, *roles)
    return member


def _insert(*, by: Actor, unit: Unit, name: str, post: str, phone: str, state: str) -> Member:
    return units.member_insert(unit, name=name, post=post, phone=phone, state=state)


def grant(member: Member, *roles: Role) -> None:
    for role in roles:
        acts.run(accounts.role_grant, by=SETUP, member=member, role=role)


def make_user(
    member: Member, *roles: Role, username: str = "", password: str = PASSWORD, must_change: bool = False
) -> User:
    """An account for the member (`u<id>` where no name is given), with more roles where wanted."""
    grant(member, *roles)
    name = username or f"u{member.pk}"
    return acts.run(
        accounts.account_create, by=SETUP, member=member, username=name, password=password, must_change=must_change
    )


def make_person(unit: Unit, name: str, *roles: Role, phone: str = "") -> User:
    """A member with roles and an account, in one call; `.member` is the member."""
    return make_user(make_member(unit, name, *roles, phone=phone))


SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def code_of(secret: str = SECRET, *, later: int = 0) -> str:
    """What an authenticator app shows now, or `later` periods of 30 seconds from now."""
    return str(format_hotp_value(hotp_value(secret, int(clock.now().timestamp()) // 30 + later)))


def give_factor(user: User, secret: str = SECRET) -> list[Factor]:
    """Let the account sign in with an authenticator app: its factor and its recovery codes."""
    return acts.run(factors.totp_set_up, by=user, secret=secret, code=code_of(secret, later=-1))


def make_token(user: User, *scopes: str, days: int = 30) -> ApiToken:
    """A token of the user with these scopes (all where none is named); `.text` is the token itself."""
    until = clock.today() + timedelta(days=days)
    return acts.run(token_create, by=user, name="报表", scopes=list(scopes or TOKEN_SCOPES), expires_on=until)


def make_delegation(principal: User, deputy: User, *actions: str, days: int = 30) -> Delegation:
    """What the principal lets the deputy do for him from today (all that he may delegate where nothing is named)."""
    named = list(actions) or sorted(DELEGABLE & principal.actions)
    today = clock.today()
    told: dict[str, Any] = {"from_on": today, "until_on": today + timedelta(days=days), "reason": "联络员协助"}
    return acts.run(delegation_give, by=principal, deputy_id=deputy.member_id, actions=named, **told)


def stand_in(principal: User, deputy: User, *actions: str) -> User:
    """The principal's account in the deputy's hands."""
    found = standing_for(deputy, make_delegation(principal, deputy, *actions).pk)
    assert found is not None
    return found


HOMES: dict[Role, tuple[str, str]] = {
    Role.COUNTY_LEADER: ("O02", "县政府"),
    Role.GOVERNMENT_OFFICE: ("O03", "政府办公室"),
    Role.PROJECT_OFFICE: ("D01", "发展和改革局"),
    Role.INVESTMENT_BUREAU: ("D02", "招商局"),
    Role.STATISTICS_BUREAU: ("D20", "统计局"),
    Role.UNIT_HEAD: ("D09", "水利局"),
    Role.UNIT_OFFICER: ("D09", "水利局"),
    Role.SUPERVISOR: ("O04", "督查室"),
    Role.DISCIPLINE_OFFICE: ("O05", "纪委监委"),
    Role.CONVENOR: ("O02", "县政府"),
    Role.BANK_CLERK: ("B01", "农商银行"),
    Role.ENTERPRISE_CLERK: ("E01", "远山集团"),
    Role.SYSTEM_ADMIN: ("O06", "大数据中心"),
    Role.SECURITY_ADMIN: ("O06", "大数据中心"),
    Role.AUDIT_ADMIN: ("O06", "大数据中心"),
}
"""Where the person of each role sits in `make_cast`: code and name of the unit."""
KINDS = {"D": "department", "O": "office", "B": "bank", "E": "enterprise"}


def make_cast(*roles: Role) -> dict[Role, User]:
    """One account for each role (all where none is named), each in the unit of HOMES. The unit head really heads his unit."""
    cast: dict[Role, User] = {}
    for role in roles or tuple(Role):
        code, name = HOMES[role]
        unit = Unit.objects.filter(code=code).first() or make_unit(code, name, kind=KINDS[code[0]])
        heads = unit.head if role is Role.UNIT_HEAD else None
        member = heads or make_member(unit, f"人{role.value}")
        cast[role] = make_user(member, role, username=role.value)
    return cast


def submit(client: Client, url: str, /, *, to: str = "", **values: Any) -> Any:
    """Open the page at `url`, fill its context's `form` and send it (to the same address, or `to`), as a browser would."""
    page = client.get(url)
    assert page.status_code == 200, (url, page.status_code)
    form = page.context["form"]
    kept = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    sent = {form.add_prefix(name): value for name, value in values.items()}
    return client.post(to or url, kept | sent)
