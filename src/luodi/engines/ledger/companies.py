"""Credit codes and project codes. Rules: docs/domain/ledger.md#companies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from stdnum.cn import uscc

from luodi.engines.ledger.texts import is_dash, is_nobody, squeezed, strip_parentheses
from luodi.engines.sheets import Cell

ALPHABET = frozenset("0123456789ABCDEFGHJKLMNPQRTUWXY")
_LABEL = re.compile(r"^((统一)?社会信用代码|信用代码|项目代码|代码)(证号|号码|号)?[:]?")
_UNDER_WAY = re.compile(
    r"^(正在|尚在|还在|已)?(办理|申请|注册|申报|审批|报批)(中|之中)?$|^(待|未|尚未|暂未|正在?)(办|办理|申请|注册|取得|申报|补|补充)$"
)
"""What stands in the place of a code that is still to come."""
_NATIONAL = re.compile(r"^\d{4}-\d{6}-\d{2}-\d{2}-\d{6}$")


@dataclass(frozen=True, slots=True)
class Code:
    text: str | None
    code: str = ""
    is_error: bool = False
    params: Mapping[str, str] = field(default_factory=dict)


def read_uscc(cell: Cell) -> Code:
    """A unified social credit code (GB 32100-2015), its check character proved. Never raises."""
    if cell is None or cell == "":
        return Code(None)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return Code(None, "uscc_number", is_error=True)
    text = re.sub(r"[\s\-.]", "", _LABEL.sub("", squeezed(str(cell))))
    if not text or _is_to_come(str(cell)):
        return Code(None, "uscc_dash" if str(cell).strip() else "")
    if len(text) != 18:
        return Code(None, "uscc_length", is_error=True, params={"count": str(len(text))})
    strange = "".join(sorted(set(text) - ALPHABET))
    if strange:
        return Code(None, "uscc_letters", is_error=True, params={"letters": strange})
    right = uscc.calc_check_digit(text[:17])
    if text[-1] != right:
        return Code(None, "uscc_check", is_error=True, params={"right": right})
    return Code(text)


def _is_to_come(text: str) -> bool:
    bare = _LABEL.sub("", squeezed(text))
    bare = strip_parentheses(bare) or bare.strip("()")
    return not bare or is_dash(bare) or is_nobody(bare) or bool(_UNDER_WAY.match(bare))


def read_national_code(text: str) -> Code:
    """The national investment project code (GB/T 40058-2021), old and new form; only its form is
    checked, since the reckoning of its check character is not public."""
    if _is_to_come(text):
        return Code(None, "" if is_dash(text) else "national_code_dash")
    plain = _LABEL.sub("", squeezed(text)).replace("—", "-").replace("–", "-")
    if not _NATIONAL.match(plain):
        return Code(plain, "national_code_odd")
    month = int(plain[2:4])
    if not plain.startswith(("19", "200", "201")) and not 1 <= month <= 12 and not plain.startswith("2020"):
        return Code(plain, "national_code_odd")
    return Code(plain)


def company_key(name: str) -> str:
    """What two spellings of one company's name share."""
    return re.sub(r"[.,·]", "", squeezed(name))
