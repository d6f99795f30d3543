"""One project's way through its gates, with its delays, or to its honest end. Pure."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from luodi.demo import extras
from luodi.demo.drafts import LEADERS, SUPERVISORS, Frame
from luodi.demo.steps import Draft, Step
from luodi.projects.rules import EARLY, GATES, START_PROOF, Gate, Stage, Track, gate_from, gate_into

WAITS: dict[tuple[str, str], tuple[int, int]] = {
    ("investment", "negotiate"): (30, 240),
    ("investment", "sign"): (45, 330),
    ("investment", "prepare"): (20, 120),
    ("investment", "start"): (60, 380),
    ("investment", "operate"): (25, 160),
    ("public", "prepare"): (60, 400),
    ("public", "start"): (60, 360),
    ("public", "operate"): (15, 110),
}
"""Calendar days, least and most, that a stage takes before its gate; building takes what its work takes."""
FAILS: dict[str, float] = {"planned": 0.045, "negotiating": 0.1, "signed": 0.07, "preparing": 0.035, "building": 0.01}
STUCK: dict[str, float] = {"planned": 0.36, "negotiating": 0.22, "signed": 0.08, "preparing": 0.1}
"""How many of those that reach a stage fail in it, and how many stay in it for good."""
RETURNED = 0.07
ALLOWED = 1.1


class NotYet(Exception):
    """The next step lies beyond the horizon: life goes on there."""


class Walk:
    """Writes the steps of one project, from its entry until the horizon or its end."""

    def __init__(self, frame: Frame, draft: Draft, rng: Random, national_code: Callable[[date], str]) -> None:
        self.frame, self.draft, self.rng, self.days = frame, draft, rng, frame.days
        self.words = frame.words
        self.national_code = national_code
        self.steps: list[Step] = []
        self.day = draft.entered
        self.stage = Stage(draft.opening or "planned")
        self.leader, self.supervisor = draft.leader, draft.supervisor
        self.committed = draft.committed
        self.coded = bool(draft.national_code)
        self.named_on: date | None = draft.entered if draft.opening else None
        self.expected: tuple[date, date] | None = None
        self.built: tuple[date, date] | None = None
        self.pauses: list[tuple[date, date]] = []
        self.ended: date | None = None

    # writing

    def write(self, day: date, slot: int, verb: str, **args: Any) -> None:
        """Raises NotYet beyond the horizon."""
        if day > self.frame.horizon:
            raise NotYet
        self.steps.append(Step(day, slot, self.draft.number, len(self.steps), verb, args))
        self.day = max(self.day, day)

    def after(self, least: int, most: int) -> date:
        """A working day so many calendar days after the present one."""
        return self.days.on_or_after(self.day + timedelta(self.rng.randint(least, most)))

    def soon(self, least: int, most: int, day: date | None = None) -> date:
        """So many working days after `day` (the present one)."""
        return self.days.add(day or self.day, self.rng.randint(least, most))

    # the life

    def live(self, *, unproved: bool) -> None:
        try:
            self.write(self.draft.entered, 0, "enter")
            if self.draft.opening:
                self._prove(unproved=unproved)
            while gate := gate_from(Track(self.draft.track), self.stage):
                self._stage(gate)
            self._done()
        except NotYet:
            pass
        extras.add(self)

    def brought_to(self, stage: Stage) -> None:
        """Without delay through the gates as far as `stage`."""
        self.write(self.draft.entered, 0, "enter")
        while self.stage != stage:
            gate = gate_from(Track(self.draft.track), self.stage)
            assert gate is not None
            happened = self.after(18, 32)
            if gate.code == "start" and self.draft.outdoors:
                happened = self.days.add(happened, 1, outdoors=True)
            self._before(gate, happened, quiet=True)
            self._pass(gate, happened=happened, asked=self.soon(1, 4, happened))
            self._passed(gate, happened)

    def _prove(self, *, unproved: bool) -> None:
        gate = gate_into(Track(self.draft.track), self.stage)
        assert gate is not None
        if self.stage == Stage.BUILDING and self.draft.started:
            self.expected = (self.draft.started, self.committed or self.draft.started)
        if unproved:
            raise NotYet
        day = self.after(15, 150)
        self._pass(gate, happened=self.draft.started or self.draft.entered, asked=day)

    def _stage(self, gate: Gate) -> None:
        """Fail in this stage, stay in it, or come to its gate."""
        luck = self.rng.random()
        fails = FAILS.get(self.stage, 0.0)
        if luck < fails:
            self.day = self.after(40, 260)
            self._give_up()
            raise NotYet
        if luck < fails + STUCK.get(self.stage, 0.0):
            raise NotYet
        self._pause()
        happened = self._gate_day(gate)
        if happened <= self.frame.horizon:
            self._before(gate, happened)
        self._pass(gate, happened=happened, asked=self.soon(1, 8, happened))
        self._passed(gate, happened)

    def _gate_day(self, gate: Gate) -> date:
        if gate.code == "complete":
            return self._built_on()
        least, most = WAITS[self.draft.track, gate.code]
        day = self.after(least, int(least + (most - least) * self.rng.random() ** 0.8))
        if gate.code == "start" and self.draft.outdoors:
            day = self.days.add(day, 1, outdoors=True) if self.rng.random() < 0.96 else day
        return day

    def _built_on(self) -> date:
        """When the work is done: winter stands still for what is outdoors, obstacles lengthen it."""
        slow = self.rng.choices((0.95, 1.12, 1.45), (58, 27, 15))[0] * self.rng.uniform(0.9, 1.1)
        begun = self.built[0] if self.built else self.day
        done = self.days.add(begun, int(self.draft.build_days * slow), outdoors=self.draft.outdoors)
        for since, until in self.pauses:
            if since >= begun:
                done = self.days.on_or_after(done + (until - since))
        self.built = (begun, done)
        return max(done, self.soon(12, 20))

    def _before(self, gate: Gate, happened: date, *, quiet: bool = False) -> None:
        """What is settled on the way to a gate: leader, committed finish, code, lessons of others."""
        day = self.days.add(happened, -self.rng.randint(1, 6))
        day = max(day, self.day)
        if self.stage in EARLY:
            if not quiet:
                extras.early(self, happened)
            self.write(day, 0, "answer")
        if "leader" in gate.fields and self.leader is None:
            self.leader = self.rng.randrange(LEADERS)
            self.write(
                day,
                0,
                "lead",
                leader=self.leader,
                note="签约在即，确定包联领导。" if gate.code == "sign" else "项目转入前期，确定包联领导。",
            )
        if "committed_finish_on" in gate.fields and self.committed is None:
            self._commit(day, happened)
        if "national_code" in gate.fields and not self.coded:
            self.coded = True
            self.write(day, 1, "edit", changes={"national_code": self.national_code(day)}, reason="已在在线平台赋码")

    def _commit(self, day: date, happened: date) -> None:
        """A finish that assumes the usual times, winter reckoned with, and a little room."""
        ways = [code for code in ("prepare", "start") if code in {g.code for g in self._ahead()}]
        days = sum(sum(WAITS[self.draft.track, code]) // 2 for code in ways)
        begun = self.days.on_or_after(happened + timedelta(days))
        self.committed = self.days.add(begun, int(self.draft.build_days * ALLOWED), outdoors=self.draft.outdoors)
        self.expected = (begun, self.committed)
        self.write(day, 1, "edit", changes={"committed_finish_on": self.committed}, reason="按设计工期和冬停推算")

    def _ahead(self) -> list[Gate]:
        own = [gate for gate in GATES if gate.track == self.draft.track]
        return own[1 + next(n for n, gate in enumerate(own) if gate.source == self.stage) :]

    def _pass(self, gate: Gate, *, happened: date, asked: date) -> None:
        """Handed in and asked by the unit, now and then returned, recognised by another."""
        kinds = [*gate.evidence, *(self._choice(option.kinds) for option in gate.options)]
        self.write(asked, 1, "give", kinds=kinds, dated=happened, gate=gate.code)
        self.write(asked, 1, "ask", happened=happened, gate=gate.code)
        if self.rng.random() < RETURNED:
            self.write(self.soon(1, 5), 2, "return", reason=self.rng.choice(self.words["returned"]))
            self.write(self.soon(2, 8), 1, "give", kinds=[self.rng.choice(kinds)], dated=happened, gate=gate.code)
            self.write(self.day, 1, "ask", happened=happened, gate=gate.code)
        self.write(self.soon(1, 7), 3, "recognise", gate=gate.code)

    def _choice(self, kinds: tuple[str, ...]) -> str:
        """Foundations or piling for what is built, equipment for a refit (START_PROOF)."""
        return START_PROOF.kinds[2] if not self.draft.outdoors else self.rng.choice(kinds[:2])

    def _passed(self, gate: Gate, happened: date) -> None:
        self.stage = gate.target
        if self.named_on is None and self.stage not in EARLY:
            self.named_on = self.day
        if gate.code == "start":
            self.built = (happened, happened)
            if self.supervisor is None and self.rng.random() < 0.35:
                self.supervisor = self.rng.randrange(SUPERVISORS)
                self.write(self.soon(1, 5), 2, "watch", supervisor=self.supervisor, note="已开工，确定督办人。")

    # side ways

    def _pause(self) -> None:
        """Suspended by its principal and leader, and resumed some time after the day to look again."""
        if self.stage not in {Stage.SIGNED, Stage.PREPARING, Stage.BUILDING} or self.rng.random() > 0.06:
            return
        asked = self.after(20, 90)
        self._suspend(asked)
        if self.rng.random() < 0.2:
            self.write(self.soon(2, 5), 2, "suspend_no", answer=self.rng.choice(self.words["suspension_no"]))
            return
        self.write(self.soon(2, 5), 2, "suspend_yes")
        since = self.day
        self.pauses.append((since, self.frame.horizon + timedelta(1000)))
        resumed = self.after(60, 190)
        self.write(resumed, 1, "resume", note=self.rng.choice(self.words["resumed"]))
        self.pauses[-1] = (since, resumed)

    def _suspend(self, asked: date) -> None:
        again = asked + timedelta(self.rng.randint(50, 150))
        self.write(asked, 0, "suspend", reason=self.rng.choice(self.words["suspension"]), again=again)

    def _lesson(self, cause: str, otherwise: str, applies: str) -> None:
        self.write(self.soon(1, 8), 0, "lesson", cause=cause, otherwise=otherwise, applies=applies)
        if self.rng.random() < 0.08:
            self.write(self.soon(1, 5), 2, "lesson_no", answer=self.words["lesson_returned"][0])
            self.write(self.soon(1, 6), 0, "lesson", cause=cause, otherwise=otherwise, applies=applies)
        self.write(self.soon(1, 7), 2, "lesson_yes")

    def _done(self) -> None:
        """A year or so in production, then closed with what was learned."""
        if self.rng.random() < 0.35:
            return
        self.day = self.after(200, 460)
        self._lesson(*self.rng.choice(self.words["done"]))
        story = f"{self.draft.name}按计划建成投产，运行平稳，{self.draft.jobs} 人就业，台账和资料已归档。"
        self.write(self.soon(2, 10), 1, "end", kind="done", story=story)
        self.write(self.soon(2, 8), 2, "end_yes")
        self.ended = self.day

    def _give_up(self) -> None:
        """It fails: causes, what is left, what was learned, and an explanation that the government accepts."""
        causes = self.words["causes"]
        own = [c for c in causes if (c in {"investor", "competition", "market"}) <= bool(self.draft.investor)]
        cause = self.rng.choice(own)
        whose, story, why, otherwise = causes[cause]
        self._lesson(
            why,
            otherwise,
            f"{'招商' if self.draft.investor else '政府投资'}项目的{'选址' if whose == 'ours' else '前期'}阶段",
        )
        chance = self.rng.choices(("none", "possible", "likely"), (65, 28, 7))[0]
        self.write(
            self.soon(3, 12),
            1,
            "end",
            kind="given_up",
            story=f"{story}{self.draft.name}经多次协商无果，建议终止。",
            causes=[(cause, whose)],
            left=self.rng.choice(self.words["left_behind"]).format(n=self.rng.randint(3, 60)),
            chance=chance,
            again=self.day + timedelta(self.rng.randint(120, 400)) if chance != "none" else None,
        )
        if self.rng.random() < 0.08:
            self.write(self.soon(2, 6), 2, "end_no", answer=self.words["ending_returned"][0])
            return
        self.write(self.soon(5, 22), 2, "end_yes")
        self.ended = self.day
