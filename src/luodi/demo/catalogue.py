"""Kinds of project as a county has them: what they are called, who carries them, what they cost and how long. Pure."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Pattern:
    """One kind of project. Amounts in 万元, days are working days of building; `unit` T = the township's own."""

    track: str
    kind: str
    industry: str
    unit: str
    townships: tuple[str, ...]
    least_wan: int
    most_wan: int
    least_days: int
    most_days: int
    outdoors: bool
    weight: int
    things: tuple[str, ...]
    summary: str


@cache
def patterns() -> tuple[Pattern, ...]:
    text = resources.files("luodi.demo").joinpath("data/catalogue.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(_pattern(row) for row in csv.reader(lines, delimiter="\t"))


def _pattern(row: list[str]) -> Pattern:
    track, kind, industry, unit, townships, least, most, least_days, most_days, outdoors, weight, things, summary = row
    return Pattern(
        track,
        kind,
        industry,
        unit,
        tuple(townships.split()),
        int(least),
        int(most),
        int(least_days),
        int(most_days),
        outdoors == "1",
        int(weight),
        tuple(things.split(",")),
        summary,
    )
