"""Who hears of a late duty, and why a clock may stand. Pure."""

from __future__ import annotations

from enum import StrEnum


class Hears(StrEnum):
    """Whom a step of a ladder reaches: the debtor, his unit's head, who supervises the subject, the leader behind it."""

    PERSON = "person"
    UNIT_HEAD = "unit_head"
    SUPERVISOR = "supervisor"
    LEADER = "leader"


class StopReason(StrEnum):
    """The listed reasons for which a clock stands. `suspended` follows the subject's own suspension and is nobody's choice."""

    SUSPENDED = "suspended"
    HIGHER = "higher"
    DEBTOR_WAITS = "debtor_waits"
    WEATHER = "weather"


CHOSEN = (StopReason.HIGHER, StopReason.DEBTOR_WAITS, StopReason.WEATHER)
"""The reasons that a person may give."""

MOST_EXTENDED = 90
"""Calendar days from today to which an excuse may at most move a due day."""

MOST_HELD = "most_held"
"""The county's number (rulebook): who does more things than that himself has too much. `USUAL_MOST` holds until it sets one."""
USUAL_MOST = 30

OFFICES = ("project_office", "government_office", "statistics_bureau", "supervisor", "county_leader")
"""Roles (orgs) whose holder's unit owes what is asked of an office: who holds one no longer may have been it."""
