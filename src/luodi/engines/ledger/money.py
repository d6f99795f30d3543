"""Amounts as offices write them, to yuan. Rules: docs/domain/ledger.md#amounts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from luodi.engines.ledger.texts import half_width, is_dash, is_ditto, is_pending, number_text, strip_parentheses
from luodi.engines.sheets import Cell

CENT = Decimal("0.01")
WAN = Decimal(10_000)
YI = Decimal(100_000_000)
SCALE = {
    "": Decimal(1),
    "元": Decimal(1),
    "千元": Decimal(1000),
    "万": WAN,
    "万元": WAN,
    "百万元": WAN * 100,
    "亿": YI,
    "亿元": YI,
}
ABSURD = YI * 1000
"""1000亿元: more than any project of a county."""
SMALL = WAN
"""A total below one 万元 is no project: the unit slipped."""

WORDS = ("面议", "另议", "商议", "洽谈", "保密", "不详", "未知", "若干")
_CURRENCIES = re.compile(r"美元|美金|USD|\$|欧元|EUR|€|港[元币]|HKD|日元|英镑|£", re.IGNORECASE)
_APPROXIMATE_HEAD = re.compile(
    r"^(大约|约为|约计|大概|预计|估计|概算|暂估|计划|超过|不低于|不少于|不超过|近|约|超|≈|~|≥|>=?)+"
)
_APPROXIMATE_TAIL = re.compile(r"(左右|上下|以上|以下|以内|余|多|\+)+(?=(元|$))")
_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?|\.\d+"
_PART = re.compile(rf"^({_NUMBER})(千万|百万|千|百)?(亿|万)?(余|多)?(元)?(整)?")
_RANGE = re.compile(rf"^({_NUMBER})(千万|百万)?(亿|万)?元?(?:-|~|至|到|—|―|–)+({_NUMBER})(千万|百万)?(亿|万)?元?$")
_MULTIPLE = {
    "千万": Decimal(10_000_000),
    "百万": Decimal(1_000_000),
    "千": Decimal(1000),
    "百": Decimal(100),
    None: Decimal(1),
}
_CHINESE = re.compile(r"(?<![\d.])[零〇一二两三四五六七八九十百千]+(点[零〇一二三四五六七八九]+)?(?=(万|亿|元))")
_FORMAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億圆圓", "一二二三三四五六六七八九十百千万亿元元")
"""The figures of contracts and bank slips."""
_IGNORED = re.compile(r"人民币|RMB|CNY|¥|投资|总计|共|个(?=[亿万千百])|正$|^[*※]+|[。.;*※]+$")
_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}


@dataclass(frozen=True, slots=True)
class Amount:
    """`yuan` is None where there is none; `code` names what to say, "" for nothing."""

    yuan: Decimal | None
    code: str = ""
    is_error: bool = False
    bare: bool = False
    """The cell names no unit, so the heading's holds."""


def read_amount(cell: Cell, unit: str) -> Amount:
    """Read `cell`; a bare number is in `unit` (元, 万元, 亿元; "" counts as 万元). Never raises."""
    if cell is None or cell == "":
        return Amount(None)
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        return _error("amount_unreadable")
    text = number_text(float(cell)) if isinstance(cell, int | float) else half_width(cell).replace(" ", "")
    if not text:
        return Amount(None)
    if is_dash(text) or is_ditto(text):
        return Amount(None, "amount_dash")
    return _read_text(text, SCALE[unit or "万元"])


def _read_text(text: str, scale: Decimal) -> Amount:
    if is_pending(text):
        return Amount(None, "amount_pending")
    if any(word in text for word in WORDS):
        return _error("amount_word")
    if _CURRENCIES.search(text):
        return _error("amount_currency")
    text = _IGNORED.sub("", text.translate(_FORMAL))
    text, approximate = _without_approximation(text)
    if _RANGE.match(text):
        return _error("amount_range")
    negative = bool(re.match(r"^(-|负|\(.*\)$)", text))
    text = text if negative else strip_parentheses(text)
    yuan, bare = _sum_of_parts(text.strip("()").removeprefix("-").removeprefix("负"), scale)
    if yuan is None:
        return _error("amount_unreadable")
    if negative and yuan:
        return _error("amount_negative")
    if yuan > ABSURD:
        return Amount(yuan, "amount_absurd", is_error=True, bare=bare)
    return Amount(yuan, "amount_approximate" if approximate else "", bare=bare)


def _error(code: str) -> Amount:
    return Amount(None, code, is_error=True)


def _without_approximation(text: str) -> tuple[str, bool]:
    plain = _APPROXIMATE_TAIL.sub("", _APPROXIMATE_HEAD.sub("", text))
    plain = re.sub(r"(?<=[\d千百])[余多](?=[万亿])", "", plain)
    return plain, plain != text


def _sum_of_parts(text: str, scale: Decimal) -> tuple[Decimal | None, bool]:
    """`1亿2000万元` is the sum of its parts; a lone number without unit is in `scale`."""
    text = _chinese_digits(text)
    try:
        return _scientific(text, scale) or _parts(text, scale)
    except (InvalidOperation, OverflowError):
        return None, False


def _scientific(text: str, scale: Decimal) -> tuple[Decimal | None, bool] | None:
    if not re.fullmatch(r"\d+(\.\d+)?[eE][+-]?\d{1,2}", text):
        return None
    return (Decimal(text) * scale).quantize(CENT, ROUND_HALF_UP), True


def _parts(text: str, scale: Decimal) -> tuple[Decimal | None, bool]:
    total, rest, last = Decimal(0), text, None
    bare = False
    while rest:
        found = _PART.match(rest)
        if found is None or len(found[0]) == 0 or (found[1].startswith(".") and last is not None):
            return None, False
        factor = _factor(found)
        if factor is None:
            if last is not None:
                return None, False
            factor, bare = scale, True
        if last is not None and factor >= last:
            return None, False
        total += Decimal(found[1].replace(",", "")) * factor
        rest, last = rest[found.end() :], factor
    return (total.quantize(CENT, ROUND_HALF_UP) if last is not None else None), bare


def _factor(found: re.Match[str]) -> Decimal | None:
    """Yuan for one of what was written; None where no unit was written."""
    multiple, unit, yuan = found[2], found[3], found[5]
    if unit is None and yuan is None and multiple not in ("千万", "百万"):
        return None if multiple is None else _MULTIPLE[multiple]
    return _MULTIPLE[multiple] * {"亿": YI, "万": WAN, None: Decimal(1)}[unit]


def _chinese_digits(text: str) -> str:
    """Put 三千 in figures where a unit follows: 三千万元 → 3000万元."""
    return _CHINESE.sub(lambda found: _figure(found[0]), text)


def _figure(chinese: str) -> str:
    whole, _, part = chinese.partition("点")
    total, digit = 0, 0
    for char in whole:
        if char in _DIGITS:
            digit = _DIGITS[char]
        else:
            total += (digit or 1) * {"十": 10, "百": 100, "千": 1000}[char]
            digit = 0
    decimals = "." + "".join(str(_DIGITS[c]) for c in part) if part else ""
    return f"{total + digit}{decimals}"


def say_yuan(yuan: Decimal) -> str:
    """An amount for a sentence: 1.14亿元, 2965万元, 320元."""
    for factor, unit in ((YI, "亿元"), (WAN, "万元")):
        if abs(yuan) >= factor:
            return f"{_plain(yuan / factor)}{unit}"
    return f"{_plain(yuan)}元"


def _plain(number: Decimal) -> str:
    text = format(number.quantize(Decimal("0.0001"), ROUND_HALF_UP), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
