"""A table of rules as an app may register one: ladders, several rungs for each kind, with every kind of column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from luodi.engines.ruletables import Column, Fault, Row
from luodi.kernel.rule_tables import Effect, RuleTable

CALLS: list[tuple[int, tuple[Row, ...]]] = []


def rung(kind: str, number: int, after: int, who: str = "officer", **more: Any) -> Row:
    usual: dict[str, Any] = {
        "kind": kind, "rung": number, "after_days": after, "who": who, "weight": Decimal("1.5"), "share": Decimal(10),
        "sends": True, "until": date(2026, 12, 31), "remark": "",
    }  # fmt: skip
    return {**usual, **more}


def _check(rows: Sequence[Row]) -> Iterator[Fault]:
    """Each rung later than the one before it."""
    for place, (row, before) in enumerate(zip(rows[1:], rows, strict=False), start=1):
        if row["kind"] == before["kind"] and int(str(row["after_days"])) <= int(str(before["after_days"])):
            yield Fault(place, "after_days", "要比上一级晚。")


def _effects(region_id: int, now: Sequence[Row], then: Sequence[Row], valid_from: date, user: Any) -> Iterator[Effect]:
    yield Effect("会改时限的事", abs(len(now) - len(then)), f"/rules/?from={valid_from}&region={region_id}")


LADDERS = RuleTable(
    code="toy_ladders",
    label="催办阶梯",
    intro="到期以后第几天提醒谁。",
    columns=(
        Column("kind", "事项", "choice", choices=(("report", "报表"), ("inquiry", "首问"))),
        Column("rung", "级", "integer", least=1, most=9),
        Column("after_days", "到期后", "integer", unit="工作日", least=0, most=90),
        Column("who", "提醒谁", "choice", choices=(("officer", "专人"), ("leader", "包联领导"))),
        Column("weight", "权重", "decimal", least=Decimal(0), places=1, required=False),
        Column("share", "比例", "percent", least=Decimal(0), most=Decimal(100), required=False),
        Column("sends", "发消息", "flag", required=False),
        Column("until", "用到", "date", required=False),
        Column("remark", "备注", "text", required=False, length=20),
    ),
    key=("kind", "rung"),
    defaults=lambda: [rung("report", 1, 1), rung("report", 2, 3, "leader"), rung("inquiry", 1, 0)],
    check=_check,
    effects=_effects,
    applied=lambda region_id, rows, _by: CALLS.append((region_id, tuple(rows))),
)
