"""Writes docs/reference/permissions.md from the table in luodi/orgs/rules.py: `python -m tools.permissions_page`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from luodi.orgs.rules import ACTIONS, SCOPES, Role

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "permissions.md"
HEAD = """# Permissions

Which role may try what, from the one table in code (`luodi/orgs/rules.py`). Rules about the single row come on top of
it, each with the reason that it gives: `luodi/orgs/permissions.py`, `luodi/projects/permissions.py`, and for who may
recognise a fact `recogniser_faults` in `luodi/projects/rules.py`. A table written by hand,
`tests/matrix_expectations.py`, holds all three against every role, every address and every service.

Written by `python -m tools.permissions_page`; do not edit.

## How far a role sees

Whatever the scope, what a member's unit is Party to (相关方) is added; `nothing` stays nothing.

"""


def page() -> str:
    scopes = _table(["Role", "Scope"], ([f"`{role.value}`", scope.value] for role, scope in SCOPES.items()))
    roles = list(Role)
    marks = (
        [f"`{action.name}`", *("●" if role in action.roles else "" for role in roles)] for action in ACTIONS.values()
    )
    return f"{HEAD}{scopes}\n## What a role may try\n\n{_table(['Action', *(_short(role) for role in roles)], marks)}"


def _short(role: Role) -> str:
    return role.value.replace("_", " ")


def _table(heads: list[str], rows: Iterable[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
