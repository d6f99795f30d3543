"""Reading one project's row, cell by cell. Rules: docs/domain/ledger.md."""

from __future__ import annotations

import re

from luodi.engines.ledger.companies import read_national_code, read_uscc
from luodi.engines.ledger.draft import Draft
from luodi.engines.ledger.figure_cells import read_amounts, read_dates, read_numbers
from luodi.engines.ledger.people_cells import read_leader, read_officer, read_others
from luodi.engines.ledger.place_cells import read_helping_units, read_investor, read_township, read_unit, settle_unit
from luodi.engines.ledger.stage_cells import read_importance, read_stage_cell, read_track
from luodi.engines.ledger.texts import is_dash, unwrapped

TEXT_FIELDS = ("summary", "progress", "kind", "note")


def read_cells(draft: Draft) -> None:
    """Read all cells, in the order in which they lean on each other."""
    _name(draft)
    _codes(draft)
    read_unit(draft)
    read_township(draft)
    settle_unit(draft)
    read_helping_units(draft)
    read_investor(draft)
    read_amounts(draft)
    read_dates(draft)
    read_track(draft)
    read_stage_cell(draft)
    read_importance(draft)
    read_leader(draft)
    read_officer(draft)
    read_others(draft)
    read_numbers(draft)
    _texts(draft)


def _name(draft: Draft) -> None:
    name = _bare_name(unwrapped(draft.raw("name")), draft.text("seq"))
    if draft.has_failed("name"):
        return
    if not name or is_dash(name):
        draft.say("error", "name", "name_missing")
        return
    draft.values["name"] = draft.limited("name", name)
    draft.warn_formula("name", name)


def _bare_name(name: str, seq: str) -> str:
    """Without a footnote's asterisk, and without the row's own number where that stands before the name too."""
    name = name.strip("*※★ ")
    found = re.match(r"(\d{1,4})\s*[.、．]\s*(?=\D)", name)
    return name[found.end() :] if found and found[1] == seq.rstrip(".、．") else name


def _codes(draft: Draft) -> None:
    draft.take_code("uscc", read_uscc(draft.cell("uscc") if draft.raw("uscc") else None))
    if draft.raw("national_code"):
        draft.take_code("national_code", read_national_code(draft.text("national_code")))


def _texts(draft: Draft) -> None:
    for name in TEXT_FIELDS:
        text = draft.raw(name)
        if not text or is_dash(text):
            continue
        draft.values[name] = draft.limited(name, text)
        draft.warn_formula(name, text)
