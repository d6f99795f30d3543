"""Track, stage and importance. Rules: docs/domain/ledger.md#stages, #tracks."""

from __future__ import annotations

import re
from datetime import date

from luodi.engines.ledger.draft import LONGEST, Draft
from luodi.engines.ledger.stages import (
    FINISHED,
    PUBLIC_INSTEAD,
    STAGE_LABELS,
    TRACK_LABELS,
    StageWord,
    is_public_money,
    read_stage,
    track_word,
)
from luodi.engines.ledger.texts import is_dash, is_pending, squeezed

IMPORTANCE = (
    ("国家", "province"),
    ("省", "province"),
    ("市", "city"),
    ("县", "county"),
    ("区", "county"),
    ("重点", "county"),
    ("是", "county"),
)
"""Words within a cell and the terms of projects.rules.Importance, highest first."""


def read_track(draft: Draft) -> None:
    track = track_word(draft.raw("category")) if draft.raw("category") else ""
    track = track or draft.section.track
    if not track:
        investor = str(draft.values.get("investor", ""))
        public = bool(investor) and (is_public_money(investor) or _is_government(draft, investor))
        track = "public" if public else draft.section.title_track or "investment"
        draft.values["track"] = track
        if track == draft.section.title_track:
            return
        draft.say("note", "track", "track_assumed", value=investor, track=TRACK_LABELS[track])
    draft.values["track"] = track


def _is_government(draft: Draft, investor: str) -> bool:
    unit = draft.books.units.find(investor)
    return unit is not None and unit.is_government


def read_stage_cell(draft: Draft) -> None:
    stage = _stage_written(draft)
    if stage is None:
        return
    if draft.values["track"] == "public" and stage in PUBLIC_INSTEAD:
        instead = PUBLIC_INSTEAD[stage]
        value = draft.text("stage") or draft.section.words
        draft.say("note", "stage", "stage_public", value=value, stage=STAGE_LABELS[instead])
        stage = instead
    draft.values["stage"] = stage
    end_on = draft.values.get("end_on")
    if stage in FINISHED and isinstance(end_on, date):
        draft.say("note", "end_on", "finish_declared", value=end_on.isoformat())


def _stage_written(draft: Draft) -> str | None:
    """The stage of ticks, of the cell, of the progress, of the heading, in this order; `planned`
    where none tells it; None (with an error) for a project that has ended."""
    text = draft.text("stage")
    if draft.ticks and not text:
        if len(draft.ticks) > 1:
            draft.say(
                "note",
                "stage",
                "stage_several",
                value="、".join(draft.ticks),
                stage=STAGE_LABELS[str(read_stage(draft.ticks[-1]).stage)],
            )
        return read_stage(draft.ticks[-1]).stage
    if text and not is_dash(text) and not is_pending(text):
        return _stage_of_cell(draft, text)
    progress = draft.text("progress")[:LONGEST]
    read = _read_progress(progress)
    if read.kind in ("suspended", "terminated"):
        return _stage_of_cell(draft, progress)
    if progress and read.stage:
        draft.say("note", "stage", "stage_from_progress", value=progress[:40], stage=STAGE_LABELS[read.stage])
        return read.stage
    if draft.section.stage:
        stage = "preparing" if draft.section.stage == "building" and _starts_later(draft) else draft.section.stage
        draft.say("note", "stage", "stage_from_section", value=draft.section.words, stage=STAGE_LABELS[stage])
        return stage
    draft.say("note", "stage", "stage_missing")
    return "planned"


def _read_progress(text: str) -> StageWord:
    """What a report of progress tells of the stage; 65% is under way, 100% built."""
    share = re.fullmatch(r"(\d{1,3})(?:\.\d+)?%", squeezed(text))
    if share and 0 < int(share[1]) <= 100:
        return StageWord("completed" if int(share[1]) == 100 else "building", "inside")
    return read_stage(text)


def _stage_of_cell(draft: Draft, text: str) -> str | None:
    read = read_stage(text)
    if read.kind == "terminated":
        draft.say("error", "stage", "stage_terminated", value=text[:40])
        return None
    if read.kind == "suspended":
        started = draft.values.get("started_on")
        begun = "工" in text or (isinstance(started, date) and started <= draft.books.context.today)
        stage = "building" if begun or draft.values.get("declared_investment") else "planned"
        draft.say("note", "stage", "stage_suspended", value=text[:40], stage=STAGE_LABELS[stage])
        return stage
    if read.stage is None:
        draft.say("note", "stage", "stage_unknown")
        return "planned"
    if read.kind == "inside":
        draft.say("note", "stage", "stage_by_words", value=text[:40], stage=STAGE_LABELS[read.stage])
    return read.stage


def _starts_later(draft: Draft) -> bool:
    started = draft.values.get("started_on")
    return isinstance(started, date) and started > draft.books.context.today


def read_importance(draft: Draft) -> None:
    text = squeezed(draft.raw("importance"))
    if not text:
        return
    if text in ("否", "一般", "普通", "非重点") or is_dash(text):
        draft.values["importance"] = "ordinary"
        return
    draft.values["importance"] = next((term for word, term in IMPORTANCE if word in text), "ordinary")
