"""What a column's heading means. Rules: docs/domain/ledger.md#columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from luodi.engines.ledger.fields import BY_NAME, FIELDS, IGNORED_HEADINGS
from luodi.engines.ledger.texts import half_width

_YEAR = re.compile(r"(20\d\d)年?度?")
_MONTHS = re.compile(r"\d{1,2}(月份?)?(-|至|~|—)\d{1,2}月份?|\d{1,2}月份?|上半年|[一二三四]季度")
_AS_OF = re.compile(r"^(截[至止]到?|至)(.*?(底|末|目前|日前|上年|去年|\d+月份?|\d+日)+)")
_MONEY = re.compile(r"亿元|百万元|万元|千元|(?<=[(:,/、 ])元(?=[)、,/ ]|$)|^元$")
_AREA = re.compile(r"亩|公顷|平方米|㎡|平米")
_BRACKETS = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_UNIT_TAIL = re.compile(r"[,:/]?(单位)?[:]?(亿元|百万元|万元|千元|公顷|平方米|㎡)$")
_SIGNS = re.compile(r"[\s:;,、/.\-_*#'\"“”]+")
_GENERIC = frozenset(
    {
        "姓名",
        "名称",
        "单位",
        "时间",
        "日期",
        "电话",
        "职务",
        "内容",
        "计划",
        "实际",
        "完成",
        "联系电话",
        "联系方式",
        "手机",
        "手机号",
        "手机号码",
        "地点",
        "投资",
        "情况",
        "类别",
        "类型",
        "级别",
        "领导",
        "代码",
        "说明",
        "号",
        "年限",
        "总额",
    }
)
_OTHERS_PEOPLE = re.compile(r"业主|投资方|投资主体|投资人|客商|企业|领导|法人|甲方|公司|建设单位|配合|协办")
_COMPANY_AND_CODE = re.compile(r"(企业|投资|业主|公司|单位).*[及和与].*信用代码")
_BOTH_PEOPLE = re.compile(
    r"领导(姓名)?[和及与]?(项目)?(专人|责任人|联系人|专班)|(专人|责任人|联系人)[和及与](包联|分包|联系|包保)?领导"
)

_EXACT: dict[str, str] = {}
for _field in FIELDS:
    for _word in _field.exact:
        _EXACT.setdefault(_SIGNS.sub("", half_width(_word)).upper(), _field.name)
_IGNORED = frozenset(_SIGNS.sub("", half_width(word)) for word in IGNORED_HEADINGS)
_INSIDE = sorted(
    ((word, field.name) for field in FIELDS for word in field.inside),
    key=lambda item: (-len(item[0]), [field.name for field in FIELDS].index(item[1])),
)
_IGNORED_INSIDE = (
    "存在问题",
    "完成率",
    "产值",
    "签约时间",
    "签约日期",
    "困难",
    "建议",
    "资金来源",
    "完成比例",
    "本月",
    "当月",
    "上年完成",
    "去年完成",
    "下步",
    "下一步",
    "新增",
    "占比",
    "到位",
    "百分比",
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading's parts from top to leaf, and what they say beside the field."""

    field: str | None
    confidence: float
    money_unit: str
    area_unit: str
    year: int | None


def match_heading(parts: tuple[str, ...]) -> Heading:
    """Find the field of a column from its headings, top first."""
    field, confidence = _match(tuple(_key(part) for part in parts))
    joined = half_width("/".join(parts))
    money, area, year = money_unit(joined), _AREA.search(joined), _YEAR.search(joined)
    return Heading(field, confidence, money, area[0] if area else "", int(year[1]) if year else None)


def money_unit(text: str) -> str:
    """亿元, 万元, 千元 or 元 as a heading or title names it; the last one, which is nearest the leaf."""
    found = _MONEY.findall(text)
    return str(found[-1]) if found else ""


@lru_cache(maxsize=20_000)
def exact_field(text: str) -> str | None:
    """The field of which `text` is the very heading: for finding headings in the middle of a sheet."""
    key = _key(text)
    return None if key in _GENERIC else _EXACT.get(key)


@lru_cache(maxsize=20_000)
def _key(text: str) -> str:
    plain = half_width(text)
    plain = _BRACKETS.sub("", plain) or plain.strip("()[]")
    plain = _SIGNS.sub("", _UNIT_TAIL.sub("", plain.replace(" ", ""))).upper()
    plain = plain.removeprefix("其中") or plain
    as_of = _AS_OF.sub("", plain)
    plain = as_of or plain
    months = _MONTHS.search(_YEAR.sub("", plain))
    plain = _YEAR.sub("年度", plain)
    plain = _MONTHS.sub("" if "年度" in plain or "本年" in plain else "年度", plain, count=1) if months else plain
    return plain


@lru_cache(maxsize=20_000)
def _match(keys: tuple[str, ...]) -> tuple[str | None, float]:
    keys = tuple(key for key in keys if key)
    if not keys:
        return None, 0.0
    leaf, above, joined = keys[-1], "".join(keys[:-1]), "".join(keys)
    if leaf in _IGNORED or joined in _IGNORED or (leaf.startswith("是否") and leaf not in _EXACT):
        return None, 1.0
    if _BOTH_PEOPLE.search(joined) and leaf not in _EXACT:
        return "leader_officer", 1.0
    if _EXACT.get(leaf) == "officer_phone":
        return (None, 0.8) if _is_others(above, "officer_phone") else ("officer_phone", 1.0)
    for key in (joined, "".join(keys[-2:])):
        if key in _EXACT and not (len(keys) > 1 and _is_others(above, _EXACT[key])):
            return _EXACT[key], 1.0
    if leaf in _EXACT and (leaf not in _GENERIC or not above):
        field = _EXACT[leaf]
        return (None, 0.8) if _is_others(above, field) else (field, 1.0)
    return _match_inside(leaf, above, joined)


def _match_inside(leaf: str, above: str, joined: str) -> tuple[str | None, float]:
    if any(word in joined for word in _IGNORED_INSIDE):
        return None, 0.8
    if _COMPANY_AND_CODE.search(joined):
        return "investor", 0.9
    for text in (leaf, joined):
        if text in _GENERIC and above:
            continue
        for word, field in _INSIDE:
            if word in text:
                return (None, 0.6) if _is_others(above or leaf, field) else (field, 0.7)
    return (_EXACT[leaf], 0.5) if leaf in _EXACT else (None, 0.0)


def _is_others(above: str, field: str) -> bool:
    """联系人 under 业主, 电话 under 领导: somebody else's."""
    if field == "officer_phone":
        return bool(_OTHERS_PEOPLE.search(above))
    return field == "officer" and bool(_OTHERS_PEOPLE.search(above))


def field_kind(name: str | None) -> str:
    return BY_NAME[name].kind if name else "ignored"
