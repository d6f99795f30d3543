"""What a row is: project, heading, sum, remark, blank. Rules: docs/domain/ledger.md#skipped."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from luodi.engines.ledger.model import TableGuess
from luodi.engines.ledger.texts import half_width, squeezed

_SUM = re.compile(r"^.{0,16}(小计|合计|总计|共计|累计|汇总|总和)([:(,\d].*)?$")
_ONLY_SUM = re.compile(r"^(小计|合计|总计|共计|累计):?$")
_SIGNED = r"(填报|填表|制表|编制|编报|报送|审核|复核|校核|审批|审定|经办|签发)"
_SIGNATURE = re.compile(
    rf"^({_SIGNED}(人|员|单位|部门|日期|时间|签字|签名)+(\(.*\))?(:|$)|{_SIGNED}:"
    r"|(填报|填表|制表|审核|复核|经办|单位负责人|联系电话|签字|签名|(单位)?(盖章|公章))(\(.*\))?(:|$))"
)
"""A line for those who filled the ledger in and signed it, whatever stands further right."""
_SERIAL = re.compile(r"^\d{1,5}[.、]?$")
_REMARK = re.compile(
    r"^(注|备注|说明|填表说明|附注|填报[单位人日期时间]*|填表[单位人日期时间]*|制表[单位人日期时间]*|编制[单位人日期时间]*|审核[人签字]*|审批人?|单位负责人|主要领导|分管领导|联系人|联系电话|数据来源|统计时间|截止时间|报送[单位人日期时间]*|签字|盖章|打印日期)(\(.*\))?[:]"
)
_REMARK_TOO = re.compile(r"^(注|备注|说明)\d*[:.、]|^[※*]|^以上(数据|项目)|^第\d+页|^共\d+页|^\(此?表")
_NUMBERED = re.compile(
    r"^(\(?[一二三四五六七八九十]{1,3}\)?[、.,:]|\([一二三四五六七八九十]{1,3}\)|第[一二三四五六七八九十]+[类部批章][、:]?|[ⅠⅡⅢⅣⅤ][、.])"
)
_LOWER = re.compile(r"^\([一二三四五六七八九十]{1,3}\)")
_COUNTED = re.compile(r"\((共?计?)?\d+[个项](.*)?\)$|[::]?共?\d+个$")
_HEADING_END = re.compile(r"(类|项目|板块|领域|产业|方面|阶段|工程类)(\(.*\))?[:]?$")
LONGEST = 200
"""Characters of a cell that decide what the row is."""
_CHINESE_NUMERAL = re.compile(r"^\(?[一二三四五六七八九十]{1,3}\)?[、.]?$")


@dataclass(frozen=True, slots=True)
class RowKind:
    """`skip` is the reason code, "" for a project; `heading` the text of a section heading."""

    skip: str = ""
    heading: str = ""
    is_lower: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a table keeps what tells a project from a heading; -1 for a column that it lacks."""

    name: int
    seq: int
    telling: tuple[int, ...]
    """Unit, leader, stage, officer, township …: a heading or sum has nothing there."""
    labels: tuple[tuple[int, frozenset[str]], ...]
    first_row: int

    @classmethod
    def of(cls, table: TableGuess) -> Frame:
        where = {column.field: column.index for column in reversed(table.columns) if column.field}
        telling = ("unit", "unit_officer", "leader", "officer", "township", "investor", "stage", "started_on", "end_on")
        labels = tuple((c.index, frozenset(squeezed(part) for part in c.label.split("/"))) for c in table.columns)
        return cls(
            where.get("name", -1),
            where.get("seq", -1),
            tuple(where[name] for name in telling if name in where and where[name] != where.get("name")),
            labels,
            table.first_row,
        )


def row_kind(own: Sequence[str], frame: Frame, row: int) -> RowKind:
    """Tell what the row is from its own cells, merged areas not filled; `row` counts from 1."""
    filled = [(index, text) for index, text in enumerate(own) if text]
    if not filled:
        return RowKind("skip_blank")
    if _repeats_header(own, frame):
        return RowKind("skip_repeated_header")
    if row == frame.first_row and _numbers_columns([text for _, text in filled]):
        return RowKind("skip_header")
    first = half_width(filled[0][1][:LONGEST])
    name = half_width(own[frame.name][:LONGEST]) if 0 <= frame.name < len(own) else ""
    told = any(index != filled[0][0] and index < len(own) and own[index] for index in frame.telling)
    if _SIGNATURE.match(first) or (not told and (_REMARK.match(first) or _REMARK_TOO.match(first))):
        return RowKind("skip_remark")
    if _ONLY_SUM.match(name.replace(" ", "")) or (_is_sum(first, name, own, frame) and not told):
        return RowKind("skip_sum")
    if len(filled) == 1 and filled[0][0] == frame.seq and _SERIAL.match(first):
        return RowKind("skip_serial")
    if not told and (heading := _heading(filled, first, name, frame)):
        return RowKind("skip_section", heading, bool(_LOWER.match(first)))
    return RowKind()


def _repeats_header(own: Sequence[str], frame: Frame) -> bool:
    """Half of the row or more are words of the heading; of the lower line of two, all, and two are enough."""
    hits = sum(
        index < len(own) and bool(own[index]) and squeezed(own[index]) in labels for index, labels in frame.labels
    )
    filled = sum(bool(text) for text in own)
    return (hits >= 3 and hits * 2 >= filled) or hits == filled >= 2


def _numbers_columns(texts: list[str]) -> bool:
    """A line under the heading that numbers the columns: 1 2 3 4, or 甲 乙 1 2."""
    numbers = [int(text) for text in texts if text.isdecimal() and len(text) <= 3]
    return (
        len(numbers) >= 3
        and len(numbers) >= len(texts) - 3
        and numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    )


def _is_sum(first: str, name: str, own: Sequence[str], frame: Frame) -> bool:
    seq = half_width(own[frame.seq]) if 0 <= frame.seq < len(own) else ""
    return any(_SUM.match(text.replace(" ", "")) for text in (first, name, seq) if text)


def _heading(filled: list[tuple[int, str]], first: str, name: str, frame: Frame) -> str:
    """The heading's text, or "" for a project."""
    distinct = {text for _, text in filled}
    if _CHINESE_NUMERAL.match(first) and filled[0][0] == frame.seq and name:
        return name
    if _NUMBERED.match(first) or (_COUNTED.search(first) and not first.isdecimal()):
        return first
    if len(distinct) > 1 or first.isdecimal():
        return ""
    only_name = filled[0][0] == frame.name and len(filled) == 1
    return first if not only_name or _HEADING_END.search(first) else ""


def is_numbered(text: str) -> bool:
    """一、… or （一）…"""
    return bool(_NUMBERED.match(half_width(text[:LONGEST])))


def heading_words(heading: str) -> str:
    """一、续建项目（2个） → 续建项目."""
    return _COUNTED.sub("", _NUMBERED.sub("", half_width(heading))).strip(" :")
