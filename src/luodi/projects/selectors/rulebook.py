"""What a county's rulebook says of projects: when lamps turn, which kinds of evidence prove a point of a gate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from luodi.engines.ruletables import Row
from luodi.orgs.models import User
from luodi.projects.models import Ask, AskEvidence, Project
from luodi.projects.rules import (
    GATES,
    Lamp,
    Stage,
    Thresholds,
    Track,
    accepted_kinds,
    gates_from_on,
    project_lamp,
)
from luodi.rulebook.selectors import numbers, rows_of_tables, thresholds

HUNDRED = Decimal(100)
OPTIONS = {option.code: option for gate in GATES for option in gate.options}
"""The points of the gates in which counties differ, by code."""


def thresholds_of(region_ids: Iterable[int], on: date) -> dict[int, Thresholds]:
    """When lamps turn on a civil day, by county. One query, none where no county is named."""
    ids = list(region_ids)
    found = thresholds(ids, on) if ids else {}
    return {pk: as_thresholds(points) for pk, points in found.items()}


def as_thresholds(points: Mapping[str, Decimal]) -> Thresholds:
    """The rulebook holds points (10), the rules shares (0.10)."""
    return Thresholds(
        behind_yellow=points["behind_yellow"] / HUNDRED,
        behind_red=points["behind_red"] / HUNDRED,
        obstacle_warn_days=int(points["obstacle_warn_days"]),
    )


@dataclass(frozen=True, slots=True)
class ProjectRules:
    """What one county's rulebook says of its projects on a day."""

    thresholds: Thresholds
    accepted: dict[str, tuple[str, ...]]


def rules_of(region_id: int, on: date) -> ProjectRules:
    """When lamps turn, and the kinds that the county accepts for each option of the gates, on a civil day. One query."""
    found = rows_of_tables([region_id], ["thresholds", "gate_options"], on)
    return ProjectRules(
        as_thresholds(numbers(found[region_id, "thresholds"])), accepted_in(found[region_id, "gate_options"])
    )


def accepted_in(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    """The kinds accepted for each option, of rows of the table `gate_options`."""
    found: dict[str, list[str]] = {code: [] for code in OPTIONS}
    for row in rows:
        if row["accepted"]:
            found[str(row["option"])].append(str(row["kind"]))
    return {code: tuple(kinds) for code, kinds in found.items()}


# What a change would do ----------------------------------------------------------------------------------------------


def lamps_turned(user: User, region_id: int, was: Thresholds, wanted: Thresholds, today: date) -> dict[Lamp, list[int]]:
    """The live projects that the user may see whose lamp would be another today, by the lamp that it would be.

    One query; exact, by rules.project_lamp.
    """
    rows: Any = Project.objects.visible_to(user).live().filter(region_id=region_id, suspension=None).with_year(today)
    found: dict[Lamp, list[int]] = {}
    for pk, stage, planned, declared, due in rows.order_by("pk").values_list(
        "pk", "stage", "year_planned_cny", "year_declared_cny", "figures__obstacle_due_on"
    ):
        told = {
            "stage": Stage(stage), "suspended": False, "planned": planned or Decimal(0), "declared": declared or Decimal(0),
            "earliest_due": due, "today": today,
        }  # fmt: skip
        lamp = project_lamp(**told, thresholds=wanted)
        if lamp != project_lamp(**told, thresholds=was):
            found.setdefault(lamp, []).append(pk)
    return found


def asks_by_options(
    user: User, region_id: int, accepted: Mapping[str, Sequence[str]]
) -> tuple[list[int], list[int]]:  # fmt: skip
    """Of the open asks that the user may see at gates with an option: those whose evidence would not do, and those whose would.

    Two queries.
    """
    projects = Project.objects.visible_to(user).live().filter(region_id=region_id)
    asks = Ask.objects.filter(state="asked", project__in=projects.values("pk"), gate__in=_gates_with_options())
    rows = list(asks.order_by("pk").values_list("pk", "project__track", "gate"))
    told: dict[int, set[str]] = {pk: set() for pk, _track, _gate in rows}
    for pk, kind in AskEvidence.objects.filter(ask__in=told).values_list("ask_id", "evidence__kind"):
        told[pk].add(kind)
    lacking: list[int] = []
    enough: list[int] = []
    for pk, track, code in rows:
        (enough if _has_options(track, code, told[pk], accepted) else lacking).append(pk)
    return lacking, enough


def _gates_with_options() -> set[str]:
    return {gate.code for gate in GATES if gate.options}


def _has_options(track: str, code: str, told: set[str], accepted: Mapping[str, Sequence[str]]) -> bool:
    gate = gates_from_on(Track(track), code)[0]
    return all(told & set(accepted_kinds(option, accepted.get(option.code, ()))) for option in gate.options)
