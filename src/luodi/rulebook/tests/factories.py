"""Changes of rules for tests, made through the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Protocol

from luodi.engines.ruletables import Row
from luodi.kernel import acts, clock
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.rulebook import selectors
from luodi.rulebook.models import TableVersion
from luodi.rulebook.services import version_decide, version_propose


class Cast(Protocol):
    def __getitem__(self, role: Role, /) -> User: ...


def numbers(**changed: int) -> list[Row]:
    """The rows of the table `thresholds`, some of them changed."""
    rows = selectors.table_of("thresholds").defaults()
    return [{**row, "value": Decimal(changed.get(str(row["name"]), Decimal(str(row["value"]))))} for row in rows]


def base_of(user: User, code: str, day: date) -> int | None:
    """What a proposer's preview compares with."""
    home = selectors.home_of(selectors.table_of(code), user.member.region)
    found = selectors.version_in_force(home.pk, code, day)
    return found.pk if found else None


def propose(cast: Cast, code: str, rows: Sequence[Row], valid_from: date | None = None) -> TableVersion:
    by, day = cast[Role.PROJECT_OFFICE], valid_from or clock.today()
    base = base_of(by, code, day)
    return acts.run(version_propose, by=by, table=code, rows=rows, valid_from=day, note="柏政发〔2026〕3号", base=base)


def put_in_force(cast: Cast, code: str, rows: Sequence[Row], valid_from: date | None = None) -> TableVersion:
    version = propose(cast, code, rows, valid_from)
    by = cast[Role.GOVERNMENT_OFFICE]
    base = base_of(by, code, version.valid_from)
    return acts.run(version_decide, by=by, version_id=version.pk, seen=version.version, base=base, agree=True)
