"""Which unit or township is meant. Rules: docs/domain/ledger.md#units."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field

from luodi.engines.ledger.model import Context, UnitRef
from luodi.engines.ledger.texts import half_width, squeezed, strip_parentheses

_SEPARATORS = re.compile(r"[、,，;；/\n\\|+&]|\s{1,}")
_WORDS_BETWEEN = re.compile(r"和|及|与|会同|联合")
_LABEL = re.compile(r"^(牵头单位|责任单位|配合单位|主办单位|协办单位|主办|协办|牵头|配合|主责|责任)[:]?")
_ROLE_AFTER = re.compile(r"(牵头|配合|主办|协办|负责|等)$")
_WHOLE = re.compile(
    r"^(全县|县域|各乡镇|各镇|全域|多个乡镇|相关乡镇|有关乡镇|跨乡镇|县内|各乡镇\(?区\)?|全县各乡镇|县直|\d+个乡镇)"
)
_COMPANY_TAIL = re.compile(r"(公司|集团|厂|合作社|中心|支行|银行)$")
MOST_NEAR = 100
"""Unknown names for which a near one is looked for: it is slow, and after a hundred the column is wrong."""
_GENERIC_TAILS = ("人民政府", "政府", "党委", "管委会")


@dataclass(frozen=True, slots=True)
class UnitsRead:
    """`first` is None where the first name is unknown; `unknown` keeps the other unknown names."""

    first: UnitRef | None
    others: tuple[UnitRef, ...] = ()
    unknown: tuple[str, ...] = ()
    near: str = ""
    rest: str = ""
    """Text behind the unit's name in the same cell (a person)."""


@dataclass(slots=True)
class UnitBook:
    """Looks units up by every name they go by. Remembers what it has looked up."""

    context: Context
    _names: dict[str, UnitRef] = field(default_factory=dict)
    _read: dict[str, UnitsRead] = field(default_factory=dict)
    _by_length: list[str] = field(default_factory=list)
    _asked: int = 0

    def __post_init__(self) -> None:
        for unit in self.context.units:
            for name in (unit.name, unit.short, *unit.aliases):
                if name:
                    self._names.setdefault(squeezed(name), unit)
        for unit in self.context.units:
            for name in _derived(unit):
                self._names.setdefault(squeezed(name), unit)
        self._by_length = sorted(self._names, key=lambda name: (-len(name), name))

    def by_code(self, code: str) -> UnitRef | None:
        return next((unit for unit in self.context.units if unit.code == code), None)

    def find(self, text: str) -> UnitRef | None:
        """The one unit that `text` names, or None."""
        key = squeezed(text)
        for candidate in self._spellings(key):
            if candidate in self._names:
                return self._names[candidate]
        return None

    def _spellings(self, key: str) -> list[str]:
        county = squeezed(self.context.county)
        bare = squeezed(strip_parentheses(key))
        out = [key, bare]
        for prefix in (f"{county}人民政府", county, county[:-1], "我县", "本县", "县", "县级"):
            out += [text.removeprefix(prefix) for text in (key, bare) if text.startswith(prefix)]
        out += [text.removesuffix(tail) for text in tuple(out) for tail in _GENERIC_TAILS if text.endswith(tail)]
        return [text for text in out if text]

    def read(self, text: str) -> UnitsRead:
        """Read a cell that names one unit or several; the first is responsible."""
        if text not in self._read:
            self._read[text] = self._read_new(text)
        return self._read[text]

    def _read_new(self, text: str) -> UnitsRead:
        whole = self.find(_bare_name(text))
        if whole is not None:
            return UnitsRead(whole)
        names = _split(text)
        if len(names) == 1 and (parts := self._split_by_words(names[0])):
            names = parts
        found = [(name, self.find(name)) for name in names]
        if not found:
            return UnitsRead(None)
        first = found[0][1]
        others = tuple(dict.fromkeys(unit for _, unit in found[1:] if unit is not None and unit is not first))
        unknown = tuple(name for name, unit in found[1:] if unit is None)
        return UnitsRead(first, others, unknown, "" if first else self._near(found[0][0]))

    def read_all(self, text: str) -> tuple[tuple[UnitRef, ...], tuple[str, ...]]:
        """Every unit that the cell names, and the names that nobody bears."""
        read = self.read(text)
        known = (*((read.first,) if read.first else ()), *read.others)
        lost = () if read.first else tuple(_split(text)[:1])
        return known, (*lost, *read.unknown)

    def _split_by_words(self, text: str) -> list[str]:
        """Split at 和, 及, 与, unless that cuts a unit's own name (文化广电和旅游局)."""
        for found in _WORDS_BETWEEN.finditer(text):
            head, tail = text[: found.start()], text[found.end() :]
            if self.find(head) is not None and tail:
                return [head, *(self._split_by_words(tail) or [tail])]
        return []

    def _near(self, text: str) -> str:
        if _COMPANY_TAIL.search(text) or len(text) > 20 or self._asked >= MOST_NEAR:
            return ""
        self._asked += 1
        close = difflib.get_close_matches(squeezed(text), self._by_length, n=1, cutoff=0.6)
        return self._names[close[0]].name if close else ""

    def read_with_person(self, text: str) -> UnitsRead:
        """Read `水利局 张一` or `水利局张一`: the unit, and the rest."""
        plain = half_width(text)
        parts = [part for part in re.split(r"[\s:;,、/()]+", plain) if part]
        if parts and (unit := self.find(parts[0])) is not None:
            return UnitsRead(unit, rest=" ".join(parts[1:]))
        key = squeezed(plain)
        for name in self._by_length:
            if len(name) > 1 and key.startswith(name):
                return UnitsRead(self._names[name], rest=key[len(name) :])
        return self.read(text)

    def within(self, text: str) -> UnitRef | None:
        """A unit whose name stands in `text` (a title). The longest name wins."""
        key = squeezed(text)
        for name in self._by_length:
            if len(name) >= 3 and name in key:
                return self._names[name]
        return None


@dataclass(frozen=True, slots=True)
class TownshipRead:
    first: UnitRef | None
    others: tuple[UnitRef, ...] = ()
    kind: str = "exact"
    """exact; part: an address within it; whole: the whole county; unknown."""


@dataclass(slots=True)
class TownshipBook:
    """Looks up townships, also within an address."""

    units: UnitBook
    _read: dict[str, TownshipRead] = field(default_factory=dict)

    def read(self, text: str) -> TownshipRead:
        if text not in self._read:
            self._read[text] = self._read_new(text)
        return self._read[text]

    def _read_new(self, text: str) -> TownshipRead:
        exact = self._township(text)
        if exact is not None:
            return TownshipRead(exact)
        if _WHOLE.match(squeezed(text)):
            return TownshipRead(None, kind="whole")
        names = _split(text)
        found = [self._in_address(name) for name in names]
        known = list(dict.fromkeys(unit for unit, _ in found if unit is not None))
        if not known:
            return TownshipRead(None, kind="unknown")
        if len(known) == 1:
            return TownshipRead(known[0], kind="exact" if all(exact for _, exact in found) else "part")
        return TownshipRead(known[0], tuple(known[1:]))

    def _township(self, text: str) -> UnitRef | None:
        unit = self.units.find(text)
        return unit if unit is not None and unit.kind == "township" else None

    def _in_address(self, text: str) -> tuple[UnitRef | None, bool]:
        exact = self._township(text)
        if exact is not None:
            return exact, True
        key = squeezed(text)
        for unit in self.units.context.units:
            if unit.kind != "township":
                continue
            names = (unit.name, unit.short, *unit.aliases)
            if any(len(name) >= 3 and squeezed(name) in key for name in names):
                return unit, False
        return None, False


def _bare_name(text: str) -> str:
    return _ROLE_AFTER.sub("", _LABEL.sub("", half_width(text)))


def _split(text: str) -> list[str]:
    """Names of a cell with several; a role in brackets or a label before a name falls away."""
    plain = re.sub(r"\((牵头|配合|主办|协办|责任单位|配合单位)\)", "", half_width(text.replace("\n", "、")))
    plain = re.sub(r"(牵头|负责)[,、;]", "、", plain)
    names = (_bare_name(part) for part in _SEPARATORS.split(plain))
    return [name for name in (name.strip() for name in names) if name]


def _derived(unit: UnitRef) -> list[str]:
    """Names that follow from the full one: a township without 镇 or 乡, with its government."""
    if unit.kind == "township" and unit.name[-1] in "镇乡":
        return [unit.name[:-1], f"{unit.name}人民政府", f"{unit.name}政府", f"{unit.name}党委"]
    return []
