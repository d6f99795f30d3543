"""Cells as text: what offices type, made comparable."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from luodi.engines.sheets import Cell

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060\ufeff]")
DASHES = frozenset(
    {"/", "\\", "-", "--", "---", "—", "——", "―", "–", "_", "无", "暂无", "没有", "N/A", "n/a", "NA", "空"}
)
PENDING = frozenset(
    {
        "待定",
        "未定",
        "暂定",
        "待确定",
        "未确定",
        "另定",
        "待议",
        "待明确",
        "待落实",
        "待测算",
        "待核算",
        "待估算",
        "待核定",
        "待批复",
        "测算中",
    }
)
NOBODY = frozenset({"不详", "暂缺", "空缺", "缺", "待定人选", "人选待定", "暂无人选", "无人", "未明确"})
"""Besides DASHES and PENDING, in a cell for people."""
DITTO = frozenset({"同上", "〃", '"', "''", "″", "同 上", "..", "..."})
EXCEL_ERRORS = frozenset({"#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#GETTING_DATA"})
UNRECKONED = "#公式!"
"""What the reader of workbooks puts for a formula whose result was never stored (kernel/workbook_child.py)."""
_PAIRED = str.maketrans("（）【】〔〕［］｛｝：；，．！％＋－／", "()[]()[]{}:;,.!%+-/")


def cell_text(cell: Cell) -> str:
    """The cell as a person reads it; a whole number without its .0; line breaks kept."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    if isinstance(cell, float):
        return number_text(cell)
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d") if cell.time() == datetime.min.time() else cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, date):
        return cell.isoformat()
    return _clean(str(cell))


def _clean(text: str) -> str:
    if text.isprintable():  # no line break, no control or zero-width sign, no wide space
        return text.strip()
    for odd, plain in (("\r\n", "\n"), ("\r", "\n"), ("\u00a0", " "), ("\u3000", " "), ("\t", " ")):
        text = text.replace(odd, plain)
    lines = (line.strip() for line in _CONTROL.sub("", text).split("\n"))
    return "\n".join(line for line in lines if line)


def number_text(number: float) -> str:
    """A float to the 15 digits that Excel itself keeps, without exponent where that is readable."""
    if number != number or number in (float("inf"), float("-inf")):
        return str(number)
    if number == int(number) and abs(number) < 1e18:
        return str(int(number))
    return format(number, ".15g")


def one_line(text: str) -> str:
    """Spaces and line breaks collapsed to one space."""
    return " ".join(text.split())


def unwrapped(text: str) -> str:
    """A name on one line; where it was wrapped between two Chinese characters nothing stands between."""
    return one_line(re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n(?=[\u3000-\u9fff\uff00-\uffef])", "", text))


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones (NFKC), spaces collapsed."""
    if text.isascii():
        return one_line(text)
    return one_line(unicodedata.normalize("NFKC", text.translate(_PAIRED)))


def squeezed(text: str) -> str:
    """For matching only: half-width, no space at all, upper case."""
    return half_width(text).replace(" ", "").upper()


def project_key(name: str) -> str:
    """What two spellings of one project's name share: without spaces, quotes and width."""
    return re.sub(r"[\"'“”‘’《》<>·•,;。.、]", "", squeezed(name))


def is_dash(text: str) -> bool:
    return squeezed(text) in DASHES or text.strip() in DASHES


def is_pending(text: str) -> bool:
    return squeezed(text) in PENDING


def is_nobody(text: str) -> bool:
    """Whether a cell for people, or one name of it, says that there is none yet."""
    return squeezed(text) in NOBODY or is_pending(text)


def is_ditto(text: str) -> bool:
    return text.strip() in DITTO


def is_failed_formula(text: str) -> bool:
    """An error value of Excel, or a formula whose result was never stored."""
    return text in EXCEL_ERRORS or text == UNRECKONED


def looks_like_formula(text: str) -> bool:
    """Text that a spreadsheet would take for a formula if it were written back unguarded."""
    return bool(re.match(r"^(=|@|[+\-](?=[^\d\s.,(—-]))", text)) and len(text) > 1


def strip_parentheses(text: str) -> str:
    return re.sub(r"[(\[【〔（][^)\]】〕）]*[)\]】〕）]", "", text).strip()
