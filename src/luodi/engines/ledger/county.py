"""The context of the packaged demo county, for a preview without a database."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from luodi.engines.ledger.model import Context, MemberRef, UnitRef


def context_from_county(data: Mapping[str, Any], today: date) -> Context:
    """Build the context from the parsed `orgs/data/county.json`; reading the file is the caller's."""
    units = tuple(
        UnitRef(unit["code"], unit["name"], unit["short"], tuple(unit.get("aliases", ())), unit["kind"])
        for unit in data["units"]
    )
    members = tuple(MemberRef(m["name"], m["unit"], bool(m.get("leader", False))) for m in data["members"])
    return Context(today, data["county"]["name"], units, members)
