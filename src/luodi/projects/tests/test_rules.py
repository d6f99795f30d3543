from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from luodi.files.rules import KINDS, Shape
from luodi.files.rules import missing as missing_of_kind
from luodi.projects.rules import (
    BEHIND_RED,
    BEHIND_YELLOW,
    EARLY,
    GATES,
    MONEY_KINDS,
    NAMED,
    PATHS,
    START_PROOF,
    Importance,
    Lamp,
    Role,
    Stage,
    Stake,
    Track,
    Turns,
    accepted_kinds,
    calendar_share,
    forbidden_wording,
    gate_from,
    gate_into,
    gates_from_on,
    lesson_fault,
    needs_named_people,
    obstacle_lamp,
    pace_lamp,
    pace_turns,
    project_lamp,
    recogniser_faults,
    wrong_moves,
)

# Stages and gates ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("track", Track)
def test_gates_are_the_steps_of_the_path_and_nothing_else(track: Track) -> None:
    path = PATHS[track]
    own = [(g.source, g.target) for g in GATES if g.track == track]
    assert own == list(itertools.pairwise(path))
    assert gate_from(track, path[-1]) is None
    assert gate_into(track, path[0]) is None
    assert gate_from(track, Stage.ENDED) is gate_into(track, Stage.ENDED) is None


@pytest.mark.parametrize("track", Track)
def test_wrong_moves_are_all_but_one_step_ahead(track: Track) -> None:
    path = PATHS[track]
    wrong = {(was, now) for of, was, now in wrong_moves() if of == track}
    assert len(wrong) == len(path) * (len(Stage) - 1) - (len(path) - 1)
    assert not wrong & set(itertools.pairwise(path))
    assert {(was, Stage.ENDED) for was in path} <= wrong


def test_public_projects_neither_negotiate_nor_sign() -> None:
    assert not {Stage.NEGOTIATING, Stage.SIGNED} & set(PATHS[Track.PUBLIC])


def test_every_gate_asks_evidence_that_exists_and_counts_what_it_asks() -> None:
    for gate in GATES:
        kinds = {*gate.evidence, *(kind for option in gate.options for kind in option.kinds)}
        assert kinds <= set(KINDS), gate
        assert kinds, gate
        assert set(gate.amount_from) <= set(gate.evidence), gate
        assert all(KINDS[kind].countable for kind in gate.amount_from), gate


def test_money_is_proved_by_vouchers_alone() -> None:
    assert {KINDS[kind].shape for kind in MONEY_KINDS} == {Shape.VOUCHER}
    assert [kind for kind in MONEY_KINDS if not KINDS[kind].countable] == ["fiscal_allocation", "resettlement_advance"]


def test_signing_asks_both_reviews_and_the_people() -> None:
    sign = next(g for g in GATES if g.code == "sign")
    assert {"fair_competition_review", "legal_review", "contract"} <= set(sign.evidence)
    assert {"principal", "leader", "committed_finish_on"} <= set(sign.fields)


def test_gates_from_on_gives_the_rest_and_knows_its_track() -> None:
    assert [g.code for g in gates_from_on(Track.INVESTMENT, "start")] == ["start", "complete", "operate"]
    assert [g.code for g in gates_from_on(Track.PUBLIC, "prepare")] == ["prepare", "start", "complete", "operate"]
    with pytest.raises(KeyError):
        gates_from_on(Track.PUBLIC, "sign")


def test_a_county_narrows_an_option_and_never_widens_it() -> None:
    assert accepted_kinds(START_PROOF, []) == START_PROOF.kinds
    assert accepted_kinds(START_PROOF, ["piling_photo"]) == ("piling_photo",)
    assert accepted_kinds(START_PROOF, ["piling_photo", "site_photo"]) == ("piling_photo",)
    assert accepted_kinds(START_PROOF, ["site_photo"]) == START_PROOF.kinds


@pytest.mark.parametrize(
    ("shape", "names"),
    [
        (Shape.DOCUMENT, []),
        (Shape.PERMIT, ["number", "issuer", "dated_on"]),
        (Shape.CONTRACT, ["number", "issuer", "dated_on", "amount_cny"]),
        (Shape.VOUCHER, ["number", "issuer", "dated_on", "amount_cny"]),
        (Shape.PHOTO, ["place", "dated_on"]),
    ],
)
def test_each_shape_of_evidence_names_what_it_lacks(shape: Shape, names: list[str]) -> None:
    kind = next(kind for kind in KINDS.values() if kind.shape is shape)
    assert missing_of_kind(kind, {}) == names
    assert missing_of_kind(kind, dict.fromkeys(names, "x")) == []
    assert missing_of_kind(kind, dict.fromkeys(names, 0)) == []


# People -------------------------------------------------------------------------------------------------------------

ALWAYS = {Role.UNIT, Role.OFFICER}


@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.ENDED])
@pytest.mark.parametrize("importance", Importance)
@pytest.mark.parametrize("promising", [False, True])
def test_who_must_be_named(stage: Stage, importance: Importance, promising: bool) -> None:
    needed = needs_named_people(stage, importance, promising=promising)
    assert needed >= ALWAYS
    assert (Role.PRINCIPAL in needed) == (promising or stage not in EARLY)
    assert (Role.LEADER in needed) == (importance is not Importance.ORDINARY or stage not in EARLY)
    assert Role.SUPERVISOR not in needed


def test_early_and_named_stages_leave_no_live_stage_out() -> None:
    assert set(Stage) - {Stage.ENDED} == EARLY | NAMED
    assert not EARLY & NAMED


STAKE = Stake(
    responsible_unit=1, asker_unit=2, share_units=frozenset({1, 3}), officers=frozenset({11, 12}),
    supervisors=frozenset({13}), project_office_units=frozenset({8}),
)  # fmt: skip
OF_OFFICE = replace(STAKE, responsible_unit=8, share_units=frozenset({8}))


@pytest.mark.parametrize(
    ("stake", "member", "unit", "statistics", "faults"),
    [
        (STAKE, 20, 8, False, []),
        (STAKE, 20, 1, False, ["responsible_unit"]),
        (STAKE, 20, 2, False, ["asker_unit"]),
        (STAKE, 20, 3, False, ["share_unit"]),
        (STAKE, 12, 8, False, ["officer"]),
        (STAKE, 13, 8, False, ["supervisor"]),
        (STAKE, 20, 9, True, ["project_office_only"]),
        (STAKE, 12, 1, True, ["responsible_unit", "officer", "project_office_only"]),
        (OF_OFFICE, 20, 9, True, []),
        (OF_OFFICE, 20, 9, False, ["statistics_only"]),
        (OF_OFFICE, 20, 8, False, ["responsible_unit", "statistics_only"]),
        (replace(STAKE, asker_unit=8), 20, 9, True, []),
        (replace(STAKE, share_units=frozenset({1, 8})), 20, 9, True, []),
        (replace(STAKE, share_units=frozenset({1, 9, 8})), 20, 9, True, ["share_unit"]),
    ],
)
def test_every_reason_against_a_recogniser_is_named(
    stake: Stake, member: int, unit: int, statistics: bool, faults: list[str]
) -> None:
    assert recogniser_faults(stake, member=member, unit=unit, statistics=statistics) == faults


# Lessons ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "无", " 无 ", "无。", "无！", "没有", "没 有", "暂无", "暂时没有", "略", "（略）", "同上", "见附件", "无经验",
        "无教训", "无经验教训", "没有什么经验教训",
        "没有特别的经验可总结", "目前暂无", "none", "None", "ＮＯＮＥ", "N/A", "n.a.", "nil", "—", "——", "-", "/", "…", "。。。。。。。。。。。。",
        "无无无无无无无无无无无无", "暂无暂无暂无暂无暂无暂无", "没有，没有，没有，没有", "\u200b\u200b无\u200b", "无\n\n\n无", "", "   ", "\u3000",
        "★★★★★★★★★★★★",
    ],
)  # fmt: skip
def test_nothing_is_no_lesson_however_it_is_spelled(text: str) -> None:
    assert lesson_fault(text) == "empty"


@pytest.mark.parametrize(
    "text", ["要早办", "手续要早办早批", "加强领导", "测试测试测试测试测试测试", "aaaaaaaaaaaaaaaa", "1212121212121212"]
)
def test_too_little_is_no_lesson(text: str) -> None:
    assert lesson_fault(text) == "short"


@pytest.mark.parametrize(
    "text",
    [
        "地坪要排在十一月十五日之前", "签约前要查征信和涉诉情况", "冬季不能浇筑混凝土地坪，没有经验的施工队尤其如此",
        "用地未批先建会被叫停，要先办用地手续", "Check the investor's debts before signing.",
    ],
)  # fmt: skip
def test_a_lesson_is_a_lesson(text: str) -> None:
    assert lesson_fault(text) == ""


# Lamps --------------------------------------------------------------------------------------------------------------

TODAY = date(2026, 7, 2)  # day 183 of 365


@pytest.mark.parametrize(
    ("planned", "declared", "lamp"),
    [("0", "0", Lamp.GREEN), ("100", "50", Lamp.GREEN), ("100", "41", Lamp.GREEN), ("100", "40", Lamp.YELLOW),
     ("100", "21", Lamp.YELLOW), ("100", "20", Lamp.RED), ("100", "0", Lamp.RED), ("100", "140", Lamp.GREEN)],
)  # fmt: skip
def test_pace_against_the_calendar(planned: str, declared: str, lamp: Lamp) -> None:
    assert pace_lamp(planned=Decimal(planned), declared=Decimal(declared), today=TODAY) is lamp


@given(planned=st.decimals(0, 10**9, places=2), declared=st.decimals(0, 10**9, places=2), year=st.integers(2023, 2028))
def test_the_pace_turns_on_the_first_day_that_is_so_far_behind(planned: Decimal, declared: Decimal, year: int) -> None:
    turns = pace_turns(planned=planned, declared=declared, year=year)
    days = [date(year, 1, 1) + timedelta(days=n) for n in range((date(year, 12, 31) - date(year, 1, 1)).days + 1)]

    def first_behind(points: Decimal) -> date | None:
        # by cross-multiplication, so that no quotient is rounded
        late = (day for n, day in enumerate(days, 1) if n * planned > len(days) * (declared + points * planned))
        return next(late, None)

    assert turns == Turns(yellow=first_behind(BEHIND_YELLOW), red=first_behind(BEHIND_RED))


def test_a_year_is_whole_on_its_last_day_leap_or_not() -> None:
    assert calendar_share(date(2026, 12, 31)) == calendar_share(date(2028, 12, 31)) == 1
    assert calendar_share(date(2028, 1, 1)) == Decimal(1) / 366


@pytest.mark.parametrize(
    ("days", "lamp"), [(None, Lamp.GREEN), (7, Lamp.GREEN), (6, Lamp.BLUE), (0, Lamp.BLUE), (-1, Lamp.RED)]
)
def test_an_obstacle_is_red_the_day_after_its_promise(days: int | None, lamp: Lamp) -> None:
    due = None if days is None else TODAY + timedelta(days=days)
    assert obstacle_lamp(earliest_due=due, today=TODAY) is lamp


@pytest.mark.parametrize(
    ("stage", "suspended", "declared", "due", "lamp"),
    [
        (Stage.BUILDING, False, 50, None, Lamp.GREEN),
        (Stage.BUILDING, False, 0, None, Lamp.RED),
        (Stage.BUILDING, False, 50, -1, Lamp.RED),
        (Stage.BUILDING, False, 35, 3, Lamp.YELLOW),
        (Stage.BUILDING, False, 50, 3, Lamp.BLUE),
        (Stage.BUILDING, True, 0, -1, Lamp.PAUSED),
        (Stage.ENDED, False, 0, -1, Lamp.GREY),
    ],
)
def test_the_lamp_is_the_worst_of_both(
    stage: Stage, suspended: bool, declared: int, due: int | None, lamp: Lamp
) -> None:
    found = project_lamp(
        stage=stage, suspended=suspended, planned=Decimal(100), declared=Decimal(declared),
        earliest_due=None if due is None else TODAY + timedelta(days=due), today=TODAY,
    )  # fmt: skip
    assert found is lamp


# Wording ------------------------------------------------------------------------------------------------------------


def test_forbidden_promises_are_found_through_spaces_and_line_breaks() -> None:
    assert forbidden_wording("前三年税收先 征\n后 返，土地实行零地价") == ["先征后返", "零地价"]
    assert forbidden_wording("依法纳税，按程序供地") == []


@given(st.text(max_size=60))
def test_pure_functions_take_any_text(text: str) -> None:
    assert lesson_fault(text) in {"", "empty", "short"}
    assert isinstance(forbidden_wording(text), list)
