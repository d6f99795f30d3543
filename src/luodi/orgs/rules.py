"""Roles, actions, and which role may do what: the one table of permissions. Pure.

docs/reference/permissions.md is generated from here; tests/test_permission_matrix.py holds it against a second table
written by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """What a member is in the system. Labels: models.ROLE_LABELS."""

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
        # units and people
        "unit.head": frozenset({R.GOVERNMENT_OFFICE}),
        "member.manage": frozenset({R.PROJECT_OFFICE, R.UNIT_HEAD}),
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


def incompatible(roles: frozenset[Role]) -> str:
    """Say why one member may not hold these roles together ("" = he may).

    An administrator holds no second role of any kind: the three are apart from business and from one another.
    """
    if roles & ADMINS and len(roles) > 1:
        return "admin_apart"
    return ""
