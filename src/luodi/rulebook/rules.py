"""Which version of a table is in force on a day, and whether it may begin on one. Pure. Source: docs/domain/rulebook.md."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

MOST_ROWS = 400
"""Of one table: beyond it a page is no longer a table that somebody reads."""


class State(StrEnum):
    PROPOSED = "proposed"
    IN_FORCE = "in_force"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Dated(Protocol):
    @property
    def valid_from(self) -> date: ...


D = TypeVar("D", bound=Dated)


def in_force_on(decided: Iterable[D], day: date) -> D | None:
    """Of versions put in force, the one with the latest first day that is not after `day`; None: the code's defaults.

    Two never begin on one day (constraint tableversion_one_on_a_day). Source: docs/domain/rulebook.md#in-force.
    """
    return max((one for one in decided if one.valid_from <= day), key=lambda one: one.valid_from, default=None)


def may_begin_on(valid_from: date, today: date) -> bool:
    """Never on a day that has passed: what was decided then was decided under the rules of then."""
    return valid_from >= today
