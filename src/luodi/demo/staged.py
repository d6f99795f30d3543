"""A dozen projects laid out by hand, so that on the last day there is work on every desk that can have some. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from luodi.demo import extras
from luodi.demo.catalogue import patterns
from luodi.demo.drafts import Frame, Inventor
from luodi.demo.life import Walk
from luodi.demo.scenes import SCENES, Open, Scene
from luodi.demo.steps import Draft, Life, Step
from luodi.projects.rules import Track

BEGUN = -360
"""Working days before the last at which the first of them is entered: time enough for four gates and a winter."""
OPENING = ("云台文旅索道", "public", "tourism", "88", "T11", "D11")
TWIN = "河湾冷链仓"


def staged_lives(frame: Frame, inventor: Inventor, rng: Random) -> list[Life]:
    """The scenes, one project under way that nobody has proved, and one entered twice."""
    lives = [_scene(frame, inventor, rng, number, scene) for number, scene in enumerate(SCENES)]
    lives.append(_opening(frame, inventor, len(lives)))
    lives.append(_twin(frame, inventor, len(lives), next(life.draft for life in lives if life.draft.name == TWIN)))
    return lives


def _scene(frame: Frame, inventor: Inventor, rng: Random, number: int, scene: Scene) -> Life:
    entered = frame.days.add(frame.horizon, BEGUN + number * 3)
    draft = _draft(
        inventor, number, entered, (scene.name, scene.track, scene.kind, scene.industry, scene.township, scene.unit)
    )
    draft = replace(
        draft,
        leader=scene.leader,
        supervisor=scene.supervisor,
        importance=scene.importance,
        total_wan=scene.total_wan,
        build_days=220,
        **scene.changes,
    )
    walk = Walk(frame, draft, Random(rng.getrandbits(64)), inventor.national_code)
    walk.brought_to(scene.stage)
    extras.add_figures(walk)
    end = Open(walk)
    for write in scene.open:
        write(end)
    return Life(draft, tuple(walk.steps))


def _draft(inventor: Inventor, number: int, entered: date, told: tuple[str, str, str, str, str, str]) -> Draft:
    name, track, kind, industry, township, unit = told
    pattern = next(p for p in patterns() if (p.track, p.kind, p.industry) == (track, kind, industry))
    inventor.names.add(name)
    made = inventor.draft(number, entered, pattern=pattern)
    return replace(
        made,
        name=name,
        township=township,
        unit=unit,
        officer=0,
        helpers=(),
        entered_by=_office(track),
        importance="ordinary",
        supervisor=None,
    )


def _office(track: str) -> str:
    return "investment_bureau" if track == Track.INVESTMENT else "project_office"


def _opening(frame: Frame, inventor: Inventor, number: int) -> Life:
    entered = frame.days.add(frame.horizon, -40)
    draft = inventor.opened(_draft(inventor, number, entered, OPENING))
    return Life(draft, (Step(entered, 0, number, 0, "enter", {}),))


def _twin(frame: Frame, inventor: Inventor, number: int, of: Draft) -> Life:
    """河湾冷链仓 entered once more by the township, and asked away two days ago."""
    entered = frame.days.add(frame.horizon, -20)
    asked_on = frame.days.add(frame.horizon, -2)
    draft = inventor.twin(number, of, entered)
    reason = "与另一条是同一个项目，乡镇和招商局各录了一次。"
    steps = (
        Step(entered, 0, number, 0, "enter", {}),
        Step(asked_on, 1, number, 1, "void_ask", {"reason": reason, "same_as": of.number}),
    )
    return Life(draft, steps)
