"""Names and telephones in one cell. Rules: docs/domain/ledger.md#people."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from luodi.engines.ledger.texts import half_width, squeezed

_MOBILE = r"(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}"
_LANDLINE = r"(?:0\d{2,3}[-) ]?)?[2-9]\d{6,7}(?:-\d{1,5})?"
_PHONE = re.compile(rf"(?<!\d)({_MOBILE}|{_LANDLINE})(?!\d)")
_FIGURES = re.compile(r"\d[\d -]{4,}\d")
_SEPARATORS = re.compile(r"[、,;/\\|&+]|\s+|(?:和|及)(?=.{2})")
_LABEL = re.compile(r"^(联系人|责任人|负责人|专人|姓名|手机号?|电话|联系电话|联系方式|包联领导|领导|TEL|Tel|tel)[:]?")
_TITLES = re.compile(
    r"(副?(局长|镇长|乡长|书记|主任|科长|股长|站长|所长|经理|总经理|董事长|部长|县长|主席|队长|行长|处长)|同志|科员|干部|先生|女士|四级调研员|一级主任科员)$"
)
_PURE_TITLE = re.compile(
    r"(县委|县政府|政府|党组|党委|党支部|党工委|常务|常委|第一|分管)*副?(书记|县长|常委|局长|镇长|乡长|主任|科长|股长|站长|所长|经理|总经理|董事长|部长|主席|队长|行长|处长|组长|调研员)|同志|先生|女士|职务|姓名"
)
_BODY = r"(?:中共)?(?:县委|县政府|县人民政府|人民政府|县人大|人大|县政协|政协|县纪委|县领导|政府|党委)(?:常委会|常务委员会)?(?:办公室|办)?"
_POST = (
    rf"(?:{_BODY})?(?:常务|第一|党组|分管|组织部|宣传部|统战部|武装部|政法委|纪委)*(?:副|代理?)?"
    r"(?:县长|书记|常委|部长|主任|主席|局长|镇长|乡长|调研员|同志)"
)
_BEFORE_NAME = re.compile(rf"^(?:{_POST}|{_BODY})(?=.)")
_BEHIND_NAME = re.compile(rf"(?<=.){_POST}$")
_ONLY_BODY = re.compile(rf"(?:分管|主管|牵头|主抓|包联|挂职)|(?:{_BODY})?党组成员|{_BODY}")
_UNNAMED = re.compile(r"等([\d一二两三四五六七八九十]{1,3}[人名位]?|人)?$")
_LOOSE_UNNAMED = re.compile(r"[\s、,]{1,9}(?=等([\d一二两三四五六七八九十]{1,3}[人名位]?|人)?$)")
_OFFICE = re.compile(r"办公室$|.{2}(科|股|局|镇|乡)$")
"""Two characters before the ending: 李科 may be a name."""
_NAME = re.compile(r"^[\u4e00-\u9fff·]{2,5}$|^[A-Za-z][A-Za-z .]{1,40}$")


@dataclass(frozen=True, slots=True)
class PeopleRead:
    """`names` as written, first one first; `phones` as figures only; `bad_phone` where one is off."""

    names: tuple[str, ...]
    phones: tuple[str, ...] = ()
    bad_phone: str = ""


def read_people(text: str) -> PeopleRead:
    """Split a cell into names and telephones; `张 一` is one name, `张一 李二` are two."""
    plain = half_width(text.replace("\n", "、"))
    phones = tuple(_figures(found) for found in _PHONE.findall(plain))
    rest = _PHONE.sub(" ", plain)
    bad = _FIGURES.search(rest)
    if bad:
        rest = rest.replace(bad[0], " ")
    rest = _LOOSE_UNNAMED.sub("", re.sub(r"[():]", " ", _join_spaced_name(rest)))
    names = (_LABEL.sub("", part).strip(" .-") for part in _SEPARATORS.split(rest))
    kept = (name for name in names if name and not _PURE_TITLE.fullmatch(name) and not _ONLY_BODY.fullmatch(name))
    return PeopleRead(tuple(dict.fromkeys(kept)), phones, bad[0] if bad else "")


def read_phone(text: str) -> PeopleRead:
    """A cell for telephones alone."""
    read = read_people(text)
    if read.phones or read.bad_phone:
        return read
    return PeopleRead(read.names, (), text)


def _figures(found: str) -> str:
    digits = re.sub(r"[^\d-]", "", found)
    mobile = re.sub(r"\D", "", found)
    if len(mobile) in (11, 13) and re.match(r"(86)?1[3-9]", mobile):
        return mobile[-11:]
    return digits


def _join_spaced_name(text: str) -> str:
    """Names of two characters are often set with a space between them."""
    return re.sub(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])\s+([\u4e00-\u9fff])(?![\u4e00-\u9fff])", r"\1\2", text)


def without_title(name: str, known: Collection[str]) -> str:
    """`张一副局长` → `张一` where that leaves a name; a name that is known as written stays."""
    if name in known:
        return name
    bare = re.sub(r"^(副?(局长|镇长|乡长|书记|主任|县长|科长))(?=.{2,3}$)", "", _TITLES.sub("", name))
    return bare if len(bare) >= 2 else name


def without_posts(name: str) -> str:
    """县委副书记甲, 甲副县长 → 甲: what is left when posts and bodies fall on either side; for comparing only."""
    before = None
    while before != name:
        before, name = name, _BEHIND_NAME.sub("", _BEFORE_NAME.sub("", name))
    return name


def without_unnamed(name: str) -> str:
    """`赵四等3人` → `赵四` where that leaves a name."""
    bare = _UNNAMED.sub("", name)
    return bare if len(bare) >= 2 else name


def looks_like_office(name: str) -> bool:
    return bool(_OFFICE.search(name))


def looks_like_name(name: str) -> bool:
    return bool(_NAME.match(name))


def same_person(one: str, other: str) -> bool:
    return squeezed(one) == squeezed(other)
