"""Roles, actions, and which role may do what: the one table of permissions. Pure.

docs/reference/permissions.md is generated from here; tests/test_permission_matrix.py holds it against a second table
written by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member is in the system. Labels: labels.ROLE_LABELS."""

    COUNTY_LEADER = "county_leader"
    GOVERNMENT_OFFICE = "government_office"
    PROJECT_OFFICE = "project_office"
    INVESTMENT_BUREAU = "investment_bureau"
    STATISTICS_BUREAU = "statistics_bureau"
    UNIT_HEAD = "unit_head"
    UNIT_OFFICER = "unit_officer"
    SUPERVISOR = "supervisor"
    DISCIPLINE_OFFICE = "discipline_office"
    CONVENOR = "convenor"
    BANK_CLERK = "bank_clerk"
    ENTERPRISE_CLERK = "enterprise_clerk"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"


class Scope(StrEnum):
    """How far a role sees business rows. Whatever the scope, what a member is Party to is added."""

    COUNTY = "county"
    UNIT = "unit"
    PARTY = "party"
    NOTHING = "nothing"


R = Role
ADMINS = frozenset({R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN})
"""Three administrators apart from all business (GB/T 22239-2019, 三员分立): they see no business row."""

SCOPES: dict[Role, Scope] = {
    R.COUNTY_LEADER: Scope.COUNTY,
    R.GOVERNMENT_OFFICE: Scope.COUNTY,
    R.PROJECT_OFFICE: Scope.COUNTY,
    R.INVESTMENT_BUREAU: Scope.COUNTY,
    R.STATISTICS_BUREAU: Scope.COUNTY,
    R.SUPERVISOR: Scope.COUNTY,
    R.DISCIPLINE_OFFICE: Scope.COUNTY,
    R.CONVENOR: Scope.COUNTY,
    R.UNIT_HEAD: Scope.UNIT,
    R.UNIT_OFFICER: Scope.UNIT,
    R.BANK_CLERK: Scope.PARTY,
    R.ENTERPRISE_CLERK: Scope.PARTY,
    R.SYSTEM_ADMIN: Scope.NOTHING,
    R.SECURITY_ADMIN: Scope.NOTHING,
    R.AUDIT_ADMIN: Scope.NOTHING,
}

BUSINESS = frozenset(set(Role) - ADMINS)
GOVERNMENT = frozenset(BUSINESS - {R.BANK_CLERK, R.ENTERPRISE_CLERK})
UNITS = frozenset({R.UNIT_HEAD, R.UNIT_OFFICER})
OFFICES = frozenset({R.PROJECT_OFFICE, R.INVESTMENT_BUREAU})


@dataclass(frozen=True, slots=True)
class Action:
    """One thing that can be done, and the roles that may try it. Rules about the single row come on top of it."""

    name: str
    roles: frozenset[Role]


def _actions(table: dict[str, frozenset[Role]]) -> dict[str, Action]:
    return {name: Action(name, roles) for name, roles in table.items()}


ACTIONS = _actions(
    {
        # reading
        "desk.see": BUSINESS,
        "project.see": BUSINESS,
        "project.export": GOVERNMENT,
        "unit.see": GOVERNMENT,
        "person.see_contact": frozenset(
            {R.COUNTY_LEADER, R.GOVERNMENT_OFFICE, R.PROJECT_OFFICE, R.INVESTMENT_BUREAU, R.SUPERVISOR} | UNITS
        ),
        # the project's own life
        "project.create": OFFICES | UNITS,
        "project.edit": OFFICES | UNITS,
        "project.import": OFFICES,
        "project.grade": frozenset({R.PROJECT_OFFICE}),
        "project.note": GOVERNMENT,
        "evidence.add": OFFICES | UNITS,
        "gate.ask": OFFICES | UNITS,
        "gate.recognise": frozenset({R.PROJECT_OFFICE, R.STATISTICS_BUREAU}),
        "fact.revoke": frozenset({R.PROJECT_OFFICE, R.STATISTICS_BUREAU}),
        "fact.recheck": frozenset({R.PROJECT_OFFICE, R.STATISTICS_BUREAU, R.GOVERNMENT_OFFICE}),
        "commitment.ask": OFFICES | UNITS,
        "commitment.decide": frozenset({R.COUNTY_LEADER, R.GOVERNMENT_OFFICE, R.PROJECT_OFFICE}),
        "assignment.hand_over": OFFICES | {R.UNIT_HEAD},
        "assignment.supervisor": frozenset({R.PROJECT_OFFICE, R.GOVERNMENT_OFFICE}),
        "suspension.ask": OFFICES | UNITS | {R.COUNTY_LEADER},
        "suspension.decide": frozenset({R.COUNTY_LEADER}),
        "suspension.resume": OFFICES | UNITS | {R.COUNTY_LEADER},
        "obstacle.add": OFFICES | UNITS | {R.COUNTY_LEADER, R.SUPERVISOR, R.GOVERNMENT_OFFICE},
        "obstacle.work": OFFICES | UNITS,
        "obstacle.confirm": OFFICES | UNITS | {R.SUPERVISOR},
        "ending.propose": OFFICES | UNITS,
        "ending.accept": frozenset({R.GOVERNMENT_OFFICE}),
        "ending.close": frozenset({R.PROJECT_OFFICE, R.STATISTICS_BUREAU}),
        "lesson.accept": frozenset({R.PROJECT_OFFICE, R.GOVERNMENT_OFFICE, R.UNIT_HEAD}),
        "lesson.answer": OFFICES | UNITS,
        "void.ask": OFFICES,
        "void.approve": frozenset({R.GOVERNMENT_OFFICE}),
        # obligations
        "obligation.stop": frozenset({R.PROJECT_OFFICE, R.GOVERNMENT_OFFICE, R.SUPERVISOR}),
        "excuse.ask": OFFICES | UNITS | {R.GOVERNMENT_OFFICE, R.STATISTICS_BUREAU, R.COUNTY_LEADER},
        "excuse.decide": frozenset({R.GOVERNMENT_OFFICE, R.SUPERVISOR}),
        # units and people
        "unit.head": frozenset({R.GOVERNMENT_OFFICE}),
        "unit.head_leave": frozenset({R.GOVERNMENT_OFFICE}),
        "member.manage": frozenset({R.PROJECT_OFFICE, R.UNIT_HEAD}),
        "delegation.give": GOVERNMENT,
        # the rules themselves: proposed by one office, put in force by another
        "rule.propose": frozenset({R.PROJECT_OFFICE}),
        "rule.decide": frozenset({R.GOVERNMENT_OFFICE}),
        # administration, apart from all business
        "account.manage": frozenset({R.SECURITY_ADMIN}),
        "role.grant": frozenset({R.SECURITY_ADMIN}),
        "audit.read": frozenset({R.AUDIT_ADMIN}),
        "system.operate": frozenset({R.SYSTEM_ADMIN}),
    }
)

ACTIONS_OF: dict[Role, frozenset[str]] = {
    role: frozenset(action.name for action in ACTIONS.values() if role in action.roles) for role in Role
}

READ = "read"
"""The scope that every token has: who writes must see what he writes on."""
BEYOND_TOKENS = frozenset(
    {
        "project.export",
        "person.see_contact",
        "account.manage",
        "role.grant",
        "audit.read",
        "system.operate",
        "delegation.give",
    }
)
"""What no token reaches: files of the whole library, telephone numbers, the work of the three administrators, and giving
away what one may do oneself."""
SEEING = frozenset({"desk.see", "project.see", "unit.see"})
IN_PERSON = BEYOND_TOKENS | {
    "gate.ask",
    "gate.recognise",
    "fact.revoke",
    "fact.recheck",
    "ending.close",
    "project.import",
    "unit.head",
    "unit.head_leave",
}
"""What nobody does for another. Recognition cannot be delegated (mission.md, Member, Delegation), nor therefore what is asked
of it; an import belongs to who uploaded it; who becomes a head gets a role that outlasts any delegation. Discipline and
awards join this set when they come."""
DELEGABLE = frozenset(ACTIONS) - IN_PERSON - SEEING
OWN_ACTS = ("orgs.services.tokens.", "orgs.services.factors.", "orgs.services.accounts.", "orgs.services.delegations.")
"""Acts by which an account looks after itself, by the beginning of their names: no deputy does them."""
LONGEST_DELEGATION = 366
"""Calendar days, first and last included: a permission that nobody renews ends."""


def _token_scopes() -> dict[str, frozenset[str]]:
    """The actions of each scope: those of reading, and each group of acts under the first word of its actions."""
    scopes: dict[str, frozenset[str]] = {READ: SEEING}
    for name in ACTIONS:
        if name not in BEYOND_TOKENS | scopes[READ]:
            scope = name.partition(".")[0]
            scopes[scope] = scopes.get(scope, frozenset()) | {name}
    return scopes


TOKEN_SCOPES = _token_scopes()
"""The scopes of API tokens, derived from ACTIONS. A token can do what its person may and its scopes hold."""


SECOND_FACTOR_ROLES: frozenset[Role] = ADMINS | ACTIONS["gate.recognise"].roles
"""Who signs in with a second factor, where the county does not say otherwise: administrators, and whoever recognises
(GB/T 22239-2019 8.1.4.1 d); docs/domain/orgs.md#second-factor)."""
REQUIRED, OPTIONAL = "must", "may"
IDLE_MINUTES = (5, 60)
"""How short and how long a county may let an unused session live."""
TILE_COLUMNS, TILE_ROWS = (1, 5), (1, 20)
"""Where a township's tile may stand on the schematic map of its county (docs/domain/projects.md#map)."""


HEADED = "unit.head"
"""The headship of a unit among what a member holds."""


def incompatible(roles: frozenset[Role]) -> str:
    """Say why one member may not hold these roles together ("" = he may).

    An administrator holds no second role of any kind: the three are apart from business and from one another.
    """
    if roles & ADMINS and len(roles) > 1:
        return "admin_apart"
    return ""
