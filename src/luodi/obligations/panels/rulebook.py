"""The tables by which a county sets its own limits and ladders, and what a change of them or of the calendar would move."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.engines.ruletables import Column, Fault, Row
from luodi.kernel.registry import DUTIES
from luodi.kernel.rule_tables import Effect, RuleTable, Threshold, ThresholdGroup
from luodi.obligations.models import HEARS_LABELS, Obligation
from luodi.obligations.rules import MOST_HELD, USUAL_MOST


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.code, kind.label) for kind in DUTIES.values()]


def _limits() -> list[Row]:
    return [{"kind": kind.code, "allowed": kind.allowed} for kind in DUTIES.values()]


def _rungs() -> list[Row]:
    return [
        {"kind": kind.code, "rung": number, "after": after, "hears": hears}
        for kind in DUTIES.values()
        for number, (after, hears) in enumerate(kind.rungs, start=1)
    ]


def _rising(rows: Sequence[Row]) -> Iterator[Fault]:
    """Each rung of a kind later than the one before it; every kind keeps one."""
    for place, (row, before) in enumerate(zip(rows[1:], rows, strict=False), start=1):
        if row["kind"] == before["kind"] and int(str(row["after"])) <= int(str(before["after"])):
            yield Fault(place, "after", _("要比上一级晚。"))
    for kind in DUTIES.values():
        if not any(row["kind"] == kind.code for row in rows):
            yield Fault(-1, "", _("“%(kind)s”至少要留一级。"), {"kind": kind.label})


def _open_ones(
    region_id: int, now: Sequence[Row], then: Sequence[Row], _valid_from: date, user: Any
) -> Iterator[Effect]:
    """What is open keeps the limit and ladder of the day it was opened: how much of it there is, of the kinds that change."""
    was, wanted = _by_kind(now), _by_kind(then)
    for code, kind in DUTIES.items():
        if was.get(code) != wanted.get(code):
            rows = Obligation.objects.visible_to(user).open().filter(region_id=region_id, kind=code)
            label = _("在办的“%(kind)s”，仍按开办那天的规则") % {"kind": kind.label}
            yield Effect(label, rows.count(), f"{reverse('obligation_list')}?kind={code}")


def _by_kind(rows: Sequence[Row]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        found.setdefault(str(row["kind"]), []).append(tuple(value for name, value in row.items() if name != "kind"))
    return found


LIMITS = RuleTable(
    code="limits",
    label=_("应办事项的时限"),
    intro=_("每种事从哪天起、几个工作日内要办完。有承诺日的（堵点、暂停再看）按承诺日，不看这里。"),
    columns=(
        Column("kind", _("事项"), "choice", choices=_kinds),
        Column("allowed", _("时限"), "integer", unit=_("工作日"), least=1, most=120),
    ),
    key=("kind",),
    defaults=_limits,
    fixed_rows=True,
    effects=_open_ones,
)
LADDERS = RuleTable(
    code="ladders",
    label=_("逾期升级的阶梯"),
    intro=_("到期前后第几个工作日告知谁；负数是到期以前。事情开办那天的阶梯一直用到办完。"),
    columns=(
        Column("kind", _("事项"), "choice", choices=_kinds),
        Column("rung", _("级"), "integer", least=1, most=9),
        Column("after", _("到期后"), "integer", unit=_("工作日"), least=-30, most=120),
        Column("hears", _("告知谁"), "choice", choices=[(who.value, label) for who, label in HEARS_LABELS.items()]),
    ),
    key=("kind", "rung"),
    defaults=_rungs,
    check=_rising,
    effects=_open_ones,
)


BURDEN = ThresholdGroup(
    numbers=(
        Threshold(
            MOST_HELD, _("一个人名下最多几件事，再多算过多"), _("件"), Decimal(USUAL_MOST), Decimal(1), Decimal(1000)
        ),
    ),
    order=1,
)


def calendar_effects(freed: frozenset[date], worked: frozenset[date], user: Any) -> Iterator[Effect]:
    """Open duties counted in working days between whose first and last day a changed day lies."""
    days = sorted(freed | worked)
    if not days:
        return
    rows = Obligation.objects.visible_to(user).open().filter(promised_on=None, extended_to=None)
    spans = rows.filter(opened_on__lt=days[-1], due_on__gte=days[0]).values_list("opened_on", "due_on")
    moved = sum(any(due is not None and opened < day <= due for day in days) for opened, due in spans)
    if moved:
        yield Effect(_("时限会跟着挪的应办事项"), moved, reverse("obligation_list"))
