"""Leader, officer and the others. Rules: docs/domain/ledger.md#people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from luodi.engines.ledger.draft import Draft
from luodi.engines.ledger.people import (
    PeopleRead,
    looks_like_name,
    looks_like_office,
    read_people,
    read_phone,
    without_posts,
    without_title,
    without_unnamed,
)
from luodi.engines.ledger.stages import LEADER_STAGES, STAGE_LABELS
from luodi.engines.ledger.texts import is_dash, is_nobody, squeezed


def read_leader(draft: Draft) -> None:
    read = _people_of(draft, "leader")
    if not read.names and draft.raw("leader_officer"):
        both = _people_of(draft, "leader_officer")
        read = PeopleRead(tuple(name for name in both.names if _known_leader(draft, name)))
    if not read.names:
        _leader_needed(draft)
        return
    _say_several(draft, "leader", read)
    known = _known_leader(draft, read.names[0])
    if known is not None:
        draft.values["leader"] = known
        written = draft.text("leader") if len(read.names) == 1 else read.names[0]
        if squeezed(known) not in squeezed(written):
            draft.say("note", "leader", "person_title", value=written or read.names[0], name=known)
    elif not _default_leader(draft):
        draft.say("error", "leader", "leader_unknown", value=read.names[0])


def _people_of(draft: Draft, name: str) -> PeopleRead:
    text = draft.raw(name)
    return _named(draft, name, text) if text and not is_dash(text) else PeopleRead(())


def _named(draft: Draft, source: str, text: str) -> PeopleRead:
    """Who is named in the text; what is no person there is told and left out."""
    read = read_people(text)
    people = (_named_one(draft, source, name) for name in read.names)
    return replace(read, names=tuple(name for name in people if name))


def _named_one(draft: Draft, source: str, written: str) -> str:
    if is_nobody(written):
        draft.say_once("note", source, "person_none", value=written)
        return ""
    if _is_known(draft, written):
        return written
    if looks_like_office(written) or draft.books.units.find(written) is not None:
        draft.say_once("note", source, "person_unit", value=written)
        return ""
    name = without_unnamed(written)
    if name != written:
        draft.say_once("note", source, "people_unnamed", value=written, name=name)
    return name


def _is_known(draft: Draft, name: str) -> bool:
    return any(squeezed(name) in people for people in draft.books.people.values())


def _known_leader(draft: Draft, name: str) -> str | None:
    key = squeezed(name)
    leaders = draft.books.leaders
    if key in leaders:
        return leaders[key]
    inside = [leader for known, leader in leaders.items() if known in key]
    return inside[0] if len(inside) == 1 else draft.books.leaders_bare.get(without_posts(key))


def _leader_needed(draft: Draft) -> None:
    stage, track = str(draft.values.get("stage", "")), str(draft.values.get("track", "investment"))
    is_key = draft.values.get("importance", "ordinary") != "ordinary"
    if stage not in LEADER_STAGES[track] and not is_key:
        return
    if _default_leader(draft):
        return
    if stage in LEADER_STAGES[track]:
        draft.say("error", "leader", "leader_missing", stage=STAGE_LABELS[stage])
    else:
        draft.say("error", "leader", "leader_missing_key")


def _default_leader(draft: Draft) -> bool:
    known = _known_leader(draft, draft.defaults["leader"]) if draft.defaults.get("leader") else None
    if known is None:
        return False
    draft.values["leader"] = known
    draft.say("note", "leader", "default_used", default=known)
    return True


def _say_several(draft: Draft, name: str, read: PeopleRead) -> None:
    if len(read.names) > 1:
        draft.say("note", name, "people_several", first=read.names[0], others="、".join(read.names[1:]))


def read_officer(draft: Draft) -> None:
    source, read = _officer_cell(draft)
    if read.names:
        _say_several(draft, source, read)
        _set_officer(draft, source, read.names[0])
    elif draft.defaults.get("officer"):
        draft.values["officer"] = draft.defaults["officer"]
        draft.say("note", "officer", "default_used", default=draft.defaults["officer"])
    else:
        draft.say("note", "officer", "officer_missing")
    _phone(draft, source, read)


def _officer_cell(draft: Draft) -> tuple[str, PeopleRead]:
    own = _people_of(draft, "officer")
    if own != PeopleRead(()):
        return "officer", own
    both = _people_of(draft, "leader_officer")
    if both.names:
        others = tuple(name for name in both.names if not _known_leader(draft, name))
        return "leader_officer", replace(both, names=others)
    if draft.raw("unit_officer"):
        rest = draft.books.units.read_with_person(draft.raw("unit_officer")).rest
        return "unit_officer", _named(draft, "unit_officer", rest)
    return "officer", PeopleRead(())


def _set_officer(draft: Draft, source: str, written: str) -> None:
    known = draft.books.people.get(draft.unit.code, {}) if draft.unit else {}
    name = _person(draft, written, known)
    if name != written:
        draft.say("note", source, "person_title", value=written, name=name)
    draft.values["officer"] = known.get(squeezed(name), name)
    if not looks_like_name(name):
        draft.say("note", source, "person_odd", value=written)
    if draft.unit is None or squeezed(name) in known:
        return
    other = _home_of(draft, name)
    if other:
        draft.say("note", "officer", "officer_elsewhere", value=name, unit=draft.unit.name, other=other)
    else:
        draft.say("note", "officer", "officer_unknown", value=name, unit=draft.unit.name)


def _person(draft: Draft, written: str, known: Mapping[str, str]) -> str:
    """The name without the unit before it and the title behind it."""
    for prefix in (draft.unit.name, draft.unit.short, *draft.unit.aliases) if draft.unit else ():
        if prefix and written.startswith(prefix) and len(written) >= len(prefix) + 2:
            written = written.removeprefix(prefix)
    return without_title(written, frozenset(known))


def _home_of(draft: Draft, name: str) -> str:
    for code, people in draft.books.people.items():
        if squeezed(name) in people and (unit := draft.books.units.by_code(code)) is not None:
            return unit.name
    return ""


def _phone(draft: Draft, source: str, read: PeopleRead) -> None:
    cell = draft.raw("officer_phone")
    own = read_phone(cell) if cell and not is_dash(cell) else PeopleRead(())
    phones = own.phones or read.phones
    if phones:
        draft.values["officer_phone"] = phones[0]
    if len(phones) > 1:
        draft.say("note", "officer_phone", "phone_several", value=cell, first=phones[0], others="、".join(phones[1:]))
    bad = own.bad_phone or ("" if phones else read.bad_phone)
    if bad:
        draft.say("note", "officer_phone", "phone_odd", value=bad)


def read_others(draft: Draft) -> None:
    for name in ("principal", "supervisor"):
        read = _people_of(draft, name)
        if not read.names:
            continue
        _say_several(draft, name, read)
        _known_person(draft, name, read.names[0])


def _known_person(draft: Draft, name: str, written: str) -> None:
    """The principal is looked for in the responsible unit, the supervisor in the county."""
    if name == "principal":
        own = draft.books.people.get(draft.unit.code, {}) if draft.unit else {}
        found = own.get(squeezed(_person(draft, written, own)))
    else:
        keys = (squeezed(written), squeezed(without_title(written, frozenset())))
        found = next((people[key] for people in draft.books.people.values() for key in keys if key in people), None)
    if found is not None:
        draft.values[name] = found
    elif name == "principal" and draft.unit is not None:
        draft.say("note", name, "person_unknown", value=written, unit=draft.unit.name)
    elif name == "supervisor":
        draft.say("note", name, "supervisor_unknown", value=written)
