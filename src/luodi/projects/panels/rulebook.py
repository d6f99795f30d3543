"""The tables of rules that belong to projects: options of the gates, and the numbers by which lamps turn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.engines.ruletables import Column, Fault, Row
from luodi.files.models import KIND_LABELS
from luodi.kernel import clock
from luodi.kernel.rule_tables import Effect, RuleTable, Threshold, ThresholdGroup
from luodi.projects.models.labels import GATES as GATE_LABELS
from luodi.projects.models.labels import OPTIONS as OPTION_LABELS
from luodi.projects.models.labels import STAGES, TRACKS
from luodi.projects.rules import GATES, PATHS, RECHECK_PERCENT, USUAL, Lamp
from luodi.projects.selectors.rulebook import (
    HUNDRED,
    OPTIONS,
    accepted_in,
    as_thresholds,
    asks_by_options,
    lamps_turned,
)
from luodi.projects.services.figures import ask_turns

# Options of the gates ------------------------------------------------------------------------------------------------


def _rows() -> list[Row]:
    return [
        {"option": option.code, "kind": kind, "accepted": True} for option in OPTIONS.values() for kind in option.kinds
    ]


def _check(rows: Sequence[Row]) -> Iterator[Fault]:
    """A county narrows what proves a point; something must be left to prove it with."""
    for code, kinds in accepted_in(rows).items():
        if not kinds:
            place = next(n for n, row in enumerate(rows) if row["option"] == code)
            yield Fault(place, "accepted", _("至少要留一种，否则谁也过不了这一关。"))


def _ask_effects(
    region_id: int, _now: Sequence[Row], then: Sequence[Row], _valid_from: date, user: Any
) -> Iterator[Effect]:
    accepted = accepted_in(then)
    lacking, enough = asks_by_options(user, region_id, accepted)
    for code, label, found in (
        ("lacking", _("在等认定的申报，佐证会不够"), lacking),
        ("enough", _("在等认定的申报，佐证仍然够"), enough),
    ):
        query = [("state", code), *((option, kind) for option, kinds in accepted.items() for kind in kinds)]
        yield Effect(label, len(found), f"{reverse('ask_effect')}?{urlencode(query)}")


def _fixed() -> list[tuple[str, str]]:
    """What a county cannot edit, and why: the order of stages, the separation of duties, the evidence that law asks."""
    stages = [
        (f"{TRACKS[track]}·{_('阶段的次序')}", " → ".join(str(STAGES[stage]) for stage in path))
        for track, path in PATHS.items()
    ]
    evidence = [
        (f"{TRACKS[gate.track]}·{GATE_LABELS[gate.code]}", "、".join(str(KIND_LABELS[kind]) for kind in gate.evidence))
        for gate in GATES
    ]
    why = _("各县的阶段和必备佐证一致，数字才能相加、相比；次序和必备的不能改，能改的只有上面的选项。")
    apart = _("申报的人、责任单位、有份额的单位和专人、督办人不能认定自己的项目；这是防假数的底线，哪个县也不能改。")
    return [(str(_("为什么不能改")), str(why)), (str(_("谁能认定")), str(apart)), *stages, *evidence]


GATE_OPTIONS = RuleTable(
    code="gate_options",
    label=_("关口的选项"),
    intro=_("一项要求可以用几种佐证来证明的，县里定认哪几种；只能收窄，不能放宽。"),
    columns=(
        Column("option", _("要证明的"), "choice", choices=tuple(OPTION_LABELS.items())),
        Column("kind", _("佐证"), "choice", choices=tuple(KIND_LABELS.items())),
        Column("accepted", _("认"), "flag"),
    ),
    key=("option", "kind"),
    defaults=_rows,
    fixed_rows=True,
    check=_check,
    effects=_ask_effects,
    beside=_fixed,
)

# Second looks ---------------------------------------------------------------------------------------------------------

RECHECKS = ThresholdGroup(
    numbers=(
        Threshold(
            "recheck_percent", _("每一百条认定抽几条复核"), _("条"), Decimal(RECHECK_PERCENT), Decimal(1), HUNDRED
        ),
    ),
)

# Lamps ---------------------------------------------------------------------------------------------------------------

LAMP_WORDS = {
    Lamp.RED: _("今天会变红灯的项目"),
    Lamp.YELLOW: _("今天会变黄灯的项目"),
    Lamp.BLUE: _("今天会变蓝灯的项目"),
    Lamp.GREEN: _("今天会变绿灯的项目"),
}


def _lamp_check(numbers: Mapping[str, Decimal]) -> Iterator[tuple[str, Any]]:
    if numbers["behind_red"] <= numbers["behind_yellow"]:
        yield "behind_red", _("红灯要比黄灯落后得更多。")


def _lamp_effects(
    region_id: int, now: Mapping[str, Decimal], then: Mapping[str, Decimal], _valid_from: date, user: Any
) -> Iterator[Effect]:
    turned = lamps_turned(user, region_id, as_thresholds(now), as_thresholds(then), clock.today())
    for lamp, words in LAMP_WORDS.items():
        query = urlencode({"to": lamp.value, "was": packed(now), "now": packed(then)})
        yield Effect(words, len(turned.get(lamp, ())), f"{reverse('lamp_effect')}?{query}")


def packed(numbers: Mapping[str, Decimal]) -> str:
    """The numbers of the lamps as they stand in an address: yellow_red_days."""
    return "_".join(f"{numbers[number.name].normalize():f}" for number in LAMPS.numbers)


def unpacked(text: str) -> dict[str, Decimal] | None:
    """The numbers of an address; None where they are not three numbers within their bounds."""
    words = text.split("_")
    if len(words) != len(LAMPS.numbers) or not all(
        word.isascii() and word.replace(".", "", 1).isdecimal() for word in words
    ):
        return None
    numbers = {number.name: Decimal(word) for number, word in zip(LAMPS.numbers, words, strict=True)}
    within = all(number.least <= numbers[number.name] <= number.most for number in LAMPS.numbers)
    return numbers if within else None


def _lamp_applied(region_id: int, _numbers: Mapping[str, Decimal], _by: Any) -> None:
    ask_turns(region_id)


LAMPS = ThresholdGroup(
    numbers=(
        Threshold(
            "behind_yellow", _("投资完成比时间进度落后多少亮黄灯"), _("个百分点"), USUAL.behind_yellow * HUNDRED, Decimal(1),
            HUNDRED, whole=False,
        ),
        Threshold(
            "behind_red", _("投资完成比时间进度落后多少亮红灯"), _("个百分点"), USUAL.behind_red * HUNDRED, Decimal(1), HUNDRED,
            whole=False,
        ),
        Threshold(
            "obstacle_warn_days", _("堵点到承诺日前几天亮蓝灯"), _("天"), Decimal(USUAL.obstacle_warn_days), Decimal(0),
            Decimal(90),
        ),
    ),
    check=_lamp_check,
    effects=_lamp_effects,
    applied=_lamp_applied,
)  # fmt: skip
