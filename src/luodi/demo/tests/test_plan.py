"""The plan alone, without a database: the same from the same seed, and each life in an order that can be lived."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

import pytest

from luodi.demo import plan
from luodi.demo.catalogue import patterns
from luodi.demo.companies import credit_code
from luodi.demo.county import COUNTY, county_codes, county_plan, fictional_names, packaged, words
from luodi.demo.drafts import Frame
from luodi.demo.evidence import docx, pdf, png
from luodi.demo.steps import Days, in_winter
from luodi.engines.workdays import WorkCalendar
from luodi.kernel.content import recognise
from luodi.projects.rules import LEAST_LESSON, Stage, lesson_fault

TODAY = date(2026, 6, 17)
FIRST = plan.first_day(TODAY)


@pytest.fixture(scope="module")
def frame() -> Frame:
    span = timedelta(1600)
    days = Days(WorkCalendar(first=FIRST - span, last=TODAY + span))
    return Frame(county_plan(), days, FIRST, days.last_before(TODAY), words())


def test_same_seed_gives_the_same_lives(frame: Frame) -> None:
    once, again = (plan.plan_lives(frame, "luodi", 120) for _n in range(2))
    assert once == again
    assert once != plan.plan_lives(frame, "another", 120)
    assert len(once) == 120
    assert len({life.draft.name for life in once}) == 120


def test_steps_keep_to_working_days_between_entry_and_horizon(frame: Frame) -> None:
    working = set(frame.days.working)
    for life in plan.plan_lives(frame, "luodi", 150):
        assert [step.verb for step in life.steps].count("enter") == 1
        assert min(life.steps, key=lambda step: step.order).verb == "enter"
        assert all(life.draft.entered <= step.day <= frame.horizon for step in life.steps)
        assert all(step.day in working for step in life.steps)


def test_nothing_follows_an_accepted_end(frame: Frame) -> None:
    ended = 0
    for life in plan.plan_lives(frame, "luodi", 300):
        ordered = sorted(life.steps, key=lambda step: step.order)
        if any(step.verb == "end_yes" for step in ordered):
            ended += 1
            assert ordered[-1].verb == "end_yes"
    assert ended > 10


def test_outdoor_work_rests_in_winter(frame: Frame) -> None:
    starts = [
        step.args["happened"]
        for life in plan.plan_lives(frame, "luodi", 400)
        if life.draft.outdoors and not life.draft.opening
        for step in life.steps
        if step.verb == "ask" and step.args["gate"] in {"start", "complete"}
    ]
    resting = sum(in_winter(day) for day in starts)
    assert len(starts) > 100
    assert resting < len(starts) * 0.1


def test_catalogue_fits_the_county() -> None:
    units = {unit.code for unit in county_plan().units}
    for pattern in patterns():
        assert pattern.unit == "T" or pattern.unit in units
        assert pattern.townships == ("*",) or set(pattern.townships) <= units
        assert 0 < pattern.least_wan < pattern.most_wan
        assert (pattern.industry in words()["trades"]) or pattern.track == "public"


def test_lessons_of_the_demo_are_lessons() -> None:
    told = [text for _whose, _story, *texts in words()["causes"].values() for text in texts]
    told += [text for cause, otherwise, _applies in words()["done"] for text in (cause, otherwise)]
    assert [text for text in told if lesson_fault(text)] == []
    assert min(len(text) for text in told) >= LEAST_LESSON


def test_names_are_fictional_and_each_given_once() -> None:
    names = list(fictional_names())
    assert len(names) == len(set(names)) > 400
    assert not set(names) & {member["name"] for member in packaged()["members"]}
    assert Counter(len(name) for name in names).keys() <= {2, 3}


def test_province_has_a_hundred_counties_with_the_demo_county_first() -> None:
    codes = county_codes()
    assert (len(codes), len(set(codes)), codes[0]) == (100, 100, COUNTY)
    assert "139901" in codes


def test_files_are_what_their_names_say() -> None:
    for name, data in (("a.pdf", pdf("one")), ("a.png", png("one")), ("a.docx", docx("合同"))):
        assert recognise(name, data).kind == name[2:]
        assert len(data) < 1200


def test_credit_codes_have_the_right_check_character() -> None:
    from random import Random

    from stdnum.cn import uscc

    assert uscc.is_valid(credit_code(COUNTY, Random(3)))


def test_first_day_of_a_leap_day_is_in_february() -> None:
    assert plan.first_day(date(2028, 2, 29)) == date(2025, 2, 28)
    assert Stage.PLANNED in set(Stage)
