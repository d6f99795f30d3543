"""The demo county as data: its units, members and townships, and the hundred counties of the demo province. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

COUNTY = "139921"
PROVINCE = ("139000", "演示省")
CITIES = (("139900", "演示东市"), ("139800", "演示西市"))
COUNTIES_OF_CITY = 50
ENTERPRISE = ("E01", "柏川云枣食品有限公司", "云枣食品")
HEAD_POSTS = {
    "department": "局长",
    "township": "乡镇长",
    "office": "主任",
    "bank": "行长",
    "enterprise": "总经理",
}
SURNAMES = "张李王赵钱周吴郑孙陈冯褚卫蒋沈韩杨朱秦许何吕施孔曹严华金魏陶姜戚谢邹喻柏水窦章云苏潘葛范彭鲁韦马苗方"
ONES = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """One unit of the county, with the people that the product papers put there by name."""

    code: str
    name: str
    short: str
    kind: str
    aliases: tuple[str, ...]
    region: str  # of the township that it governs, "" where it governs none
    named: tuple[tuple[str, str, bool], ...]  # name, post, whether a county leader
    tile: tuple[int | None, int | None] = (None, None)  # column and row of its township on the schematic map


@dataclass(frozen=True, slots=True)
class CountyPlan:
    """One county. `prefix` stands before its accounts' names where a database holds more than one county."""

    code: str
    name: str
    initials: str
    units: tuple[UnitPlan, ...]
    prefix: str = ""

    def unit(self, code: str) -> UnitPlan:
        return next(unit for unit in self.units if unit.code == code)


@cache
def packaged() -> dict[str, Any]:
    """The county as the product papers give it."""
    text = resources.files("luodi.orgs").joinpath("data/county.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


@cache
def words() -> dict[str, Any]:
    """What people of the demo say and write."""
    text = resources.files("luodi.demo").joinpath("data/words.json").read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def county_plan(code: str = COUNTY, *, many: bool = False) -> CountyPlan:
    """The county of this code: 柏川县 itself, or one like it."""
    own = code == COUNTY
    name = packaged()["county"]["name"] if own else f"演示{code[3:]}县"
    rows = [_unit(row, code) for row in packaged()["units"]]
    enterprise = UnitPlan(ENTERPRISE[0], ENTERPRISE[1], ENTERPRISE[2], "enterprise", (), "", ())
    return CountyPlan(
        code, name, "BC" if own else f"C{code[3:]}", (*rows, enterprise), f"{code}-" if many and not own else ""
    )


def _unit(row: dict[str, Any], county: str) -> UnitPlan:
    named = [m for m in packaged()["members"] if m["unit"] == row["code"]]
    region = str(row.get("region", ""))
    return UnitPlan(
        row["code"],
        row["name"],
        row["short"],
        row["kind"],
        tuple(row["aliases"]),
        county + region[6:] if region else "",
        tuple((m["name"], m["post"], m["leader"]) for m in named),
        tuple(row.get("tile", (None, None))),
    )


def county_codes(count: int = len(CITIES) * COUNTIES_OF_CITY) -> list[str]:
    """The codes of the province's counties, 柏川县 first."""
    codes = [str(int(city) + n) for city, _name in CITIES for n in range(1, COUNTIES_OF_CITY + 1)]
    return [COUNTY, *(code for code in codes if code != COUNTY)][:count]


def fictional_names() -> Iterator[str]:
    """Names that nobody has, each once: surname and number. Those that the papers place in a unit are left out."""
    taken = {m["name"] for m in packaged()["members"]}
    numbers = [*ONES, *("十" + one for one in ONES[:9])]
    for number in numbers:
        for surname in SURNAMES:
            if surname + number not in taken:
                yield surname + number
