"""阈值: the common table of numbers, each registered by the app that it belongs to (registry.add_thresholds)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from luodi.engines.ruletables import Column, Fault, Row
from luodi.kernel.registry import THRESHOLDS as GROUPS
from luodi.kernel.rule_tables import Effect, RuleTable, Threshold, ThresholdGroup
from luodi.rulebook.selectors import numbers


def _all() -> dict[str, Threshold]:
    return {number.name: number for group in GROUPS for number in group.numbers}


def _names() -> list[tuple[str, str]]:
    return [(number.name, f"{number.label}（{number.unit}）") for number in _all().values()]


def _defaults() -> list[Row]:
    return [{"name": number.name, "value": number.default} for number in _all().values()]


def _check(rows: Sequence[Row]) -> Iterator[Fault]:
    """Bounds of each number; then what its own app says of its numbers together."""
    known, places = _all(), {str(row["name"]): place for place, row in enumerate(rows)}
    found = [fault for place, row in enumerate(rows) for fault in _bounds(place, row, known[str(row["name"])])]
    yield from found
    if found:
        return
    for group in GROUPS:
        for name, text in group.check(_own(group, rows)) if group.check else ():
            yield Fault(places[name], "value", text)


def _bounds(place: int, row: Row, number: Threshold) -> Iterator[Fault]:
    value = Decimal(str(row["value"]))
    if not number.least <= value <= number.most:
        bounds: dict[str, object] = {"least": number.least, "most": number.most}
        yield Fault(place, "value", "要在 %(least)s 到 %(most)s 之间。", bounds)
    elif number.whole and value != value.to_integral_value():
        yield Fault(place, "value", _("请填整数。"))


def _own(group: ThresholdGroup, rows: Iterable[Row]) -> Mapping[str, Decimal]:
    names = {number.name for number in group.numbers}
    return {name: value for name, value in numbers(rows).items() if name in names}


def _effects(region_id: int, now: Sequence[Row], then: Sequence[Row], valid_from: date, user: Any) -> Iterator[Effect]:
    for group in GROUPS:
        was, wanted = _own(group, now), _own(group, then)
        if group.effects and was != wanted:
            yield from group.effects(region_id, was, wanted, valid_from, user)


def _applied(region_id: int, rows: Sequence[Row], by: Any) -> None:
    for group in GROUPS:
        if group.applied:
            group.applied(region_id, _own(group, rows), by)


THRESHOLDS = RuleTable(
    code="thresholds",
    label=_("预警和时限的数字"),
    intro=_("什么时候亮灯、提前几天提醒、多久要重看。每个数字属于一项功能，项数由系统定，县里只定数值。"),
    columns=(
        Column("name", _("数字"), "choice", choices=_names),
        Column("value", _("数值"), "decimal", least=Decimal(0), most=Decimal(1_000_000)),
    ),
    key=("name",),
    defaults=_defaults,
    fixed_rows=True,
    check=_check,
    effects=_effects,
    applied=_applied,
)
