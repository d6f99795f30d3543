"""Cells that name units, places and companies. Rules: docs/domain/ledger.md#units, #companies."""

from __future__ import annotations

import re

from luodi.engines.ledger.companies import read_uscc
from luodi.engines.ledger.draft import Draft
from luodi.engines.ledger.model import UnitRef
from luodi.engines.ledger.texts import half_width, is_dash, is_pending, unwrapped

_CODE_BEHIND = re.compile(r"[\s(（:：]*(?:统一社会信用代码[:：]?)?\s*(?<![0-9A-Z])([0-9A-Z]{18})(?![0-9A-Z])\s*[)）]?")


def read_unit(draft: Draft) -> None:
    text = draft.raw("unit")
    read = draft.books.units.read(text) if text and not is_dash(text) else None
    name = "unit"
    if read is None and draft.raw("unit_officer"):
        name = "unit_officer"
        text = draft.raw(name)
        read = draft.books.units.read_with_person(text)
    if read is None:
        return
    if read.first is None:
        _unknown_unit(draft, name, read.near)
        return
    _set_unit(draft, read.first)
    if read.others:
        others = "、".join(unit.name for unit in read.others)
        draft.values["helping_units"] = others
        draft.say("note", name, "unit_helping", first=read.first.name, others=others)
    for unknown in read.unknown:
        draft.say("note", name, "unit_helping_unknown", value=unknown)


def read_helping_units(draft: Draft) -> None:
    """A column of its own for the helping units; those of the unit's cell stay."""
    text = draft.raw("helping_units")
    if not text or is_dash(text) or is_pending(text):
        return
    known, unknown = draft.books.units.read_all(text)
    names = [*filter(None, str(draft.values.get("helping_units", "")).split("、")), *(unit.name for unit in known)]
    others = [name for name in dict.fromkeys(names) if name != draft.values.get("unit")]
    if others:
        draft.values["helping_units"] = "、".join(others)
    for name in unknown:
        draft.say("note", "helping_units", "unit_helping_unknown", value=name)


def _set_unit(draft: Draft, unit: UnitRef) -> None:
    draft.unit = unit
    draft.values["unit"] = unit.name


def _unknown_unit(draft: Draft, name: str, near: str) -> None:
    if _default_unit(draft, name):
        return
    if near:
        draft.say("error", "unit", "unit_unknown_near", value=draft.text(name), near=near)
    else:
        draft.say("error", "unit", "unit_unknown", value=draft.text(name))


def _default_unit(draft: Draft, name: str) -> bool:
    unit = draft.books.units.find(draft.defaults.get("unit", ""))
    if unit is None:
        return False
    _set_unit(draft, unit)
    draft.say("note", "unit", "default_used", value=draft.text(name), default=unit.name)
    return True


def read_township(draft: Draft) -> None:
    text = draft.text("township")
    if not text or is_dash(text) or is_pending(text):
        return
    read = draft.books.townships.read(draft.raw("township"))
    if read.first is None:
        draft.say("note", "township", "township_whole" if read.kind == "whole" else "township_unknown")
        return
    draft.values["township"] = read.first.name
    if read.others:
        others = "、".join(unit.name for unit in read.others)
        draft.say("note", "township", "township_several", first=read.first.name, others=others)
    elif read.kind == "part":
        draft.say("note", "township", "township_part", township=read.first.name)


def settle_unit(draft: Draft) -> None:
    """No unit written: the chosen one; else, in a ledger without that column, the township or
    the office of the title."""
    if draft.unit is not None or any(p.field == "unit" and p.level == "error" for p in draft.problems):
        return
    if _default_unit(draft, "unit"):
        return
    has_column = "unit" in draft.columns or "unit_officer" in draft.columns
    titled = None if has_column or not draft.title_unit else draft.books.units.find(draft.title_unit)
    place = None if has_column else draft.books.units.find(str(draft.values.get("township", "")))
    if titled is not None:
        _set_unit(draft, titled)
        draft.say("note", "unit", "unit_from_title", unit=titled.name)
        if titled.kind == "township" and "township" not in draft.values:
            draft.values["township"] = titled.name
    elif place is not None:
        _set_unit(draft, place)
        draft.say("note", "unit", "unit_from_township", unit=place.name)
    else:
        draft.say("error", "unit", "unit_missing")


def read_investor(draft: Draft) -> None:
    text = draft.raw("investor")
    if not text or is_dash(text) or is_pending(text):
        if "uscc" in draft.values:
            draft.say("note", "uscc", "uscc_alone")
        return
    draft.warn_formula("investor", text)
    text = _without_code(draft, text)
    names = [
        part
        for part in re.split(r"[、;；\n]|,(?!\s*(?:Ltd|Inc|Co)\b)", half_width(text.replace("\n", "、")))
        if part.strip()
    ]
    first = names[0].strip() if names else text
    if len(names) > 1:
        draft.say(
            "note",
            "investor",
            "investor_several",
            first=first,
            others="、".join(name.strip() for name in names[1:]),
        )
        draft.values["investor"] = draft.limited("investor", first)
    else:
        draft.values["investor"] = draft.limited("investor", unwrapped(text))


def _without_code(draft: Draft, text: str) -> str:
    """A company's name with its credit code in the same cell."""
    found = _CODE_BEHIND.search(text)
    if found is None or draft.raw("uscc"):
        return text
    draft.take_code("uscc", read_uscc(found[1]), found[1])
    return (text[: found.start()] + text[found.end() :]).strip()
