"""Inventing projects: name, place, unit, investor, amount and summary that fit one another. Pure, from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from luodi.demo.catalogue import Pattern, patterns
from luodi.demo.county import CountyPlan
from luodi.demo.steps import Days, Draft
from luodi.projects.rules import PATHS, Track

LEADERS = 7
SUPERVISORS = 4
KEY_SHARE = 0.042
OPENING_STAGES = ("preparing", "building", "building", "completed", "operating")


@dataclass(frozen=True, slots=True)
class Frame:
    """What the whole plan rests on: the county, its days, the first and the last day lived, the words."""

    county: CountyPlan
    days: Days
    first: date
    horizon: date
    words: dict[str, Any]


def _product(thing: str) -> str:
    """What a project makes, without the word for making it."""
    for ending in ("生产线", "制造", "加工", "组装", "生产"):
        thing = thing.removesuffix(ending)
    return thing


class Inventor:
    """Makes drafts one by one, never two of one name."""

    def __init__(self, frame: Frame, rng: Random) -> None:
        self.frame, self.rng = frame, rng
        self.names: set[str] = set()
        self.weights = [pattern.weight for pattern in patterns()]
        self.townships = [unit for unit in frame.county.units if unit.region]

    def draft(self, number: int, entered: date, *, opening: bool = False, pattern: Pattern | None = None) -> Draft:
        """A project of this pattern, or of any."""
        rng = self.rng
        pattern = pattern or rng.choices(patterns(), self.weights)[0]
        township = self._township(pattern)
        unit = township if pattern.unit == "T" else pattern.unit
        thing = rng.choice(pattern.things)
        investor = self._investor(pattern)
        total = self._amount(pattern)
        key = rng.random() < KEY_SHARE * (2.2 if total > pattern.most_wan / 3 else 0.7)
        made = Draft(
            number=number,
            name=self._name(pattern, thing, township, investor),
            track=pattern.track,
            kind=pattern.kind,
            industry=pattern.industry,
            township=township,
            unit=unit,
            officer=rng.randrange(3),
            leader=rng.randrange(LEADERS) if key or rng.random() < 0.7 else None,
            supervisor=rng.randrange(SUPERVISORS) if key else None,
            investor=investor,
            summary=self._summary(pattern, thing, total),
            total_wan=total,
            land_mu=self._land(pattern, total),
            jobs=self._jobs(pattern, total),
            tax_wan=int(total * rng.uniform(0.01, 0.05)) if investor else 0,
            theme=self._theme(pattern),
            importance=self._importance(key),
            helpers=self._helpers(pattern, unit, township),
            entered=entered,
            entered_by=self._entered_by(pattern),
            opening="",
            national_code="",
            committed=None,
            started=None,
            build_days=int(rng.randint(pattern.least_days, pattern.most_days) * 1.15),
            outdoors=pattern.outdoors,
        )
        return self.opened(made) if opening else made

    def twin(self, number: int, of: Draft, entered: date) -> Draft:
        """The same project, entered once more by its township under a name of its own."""
        name = f"{of.name}项目"
        self.names.add(name)
        return replace(
            of,
            number=number,
            name=name,
            entered=entered,
            entered_by="officer",
            importance="ordinary",
            leader=None,
            supervisor=None,
            opening="",
            national_code="",
            committed=None,
            started=None,
        )

    def national_code(self, entered: date) -> str:
        """A code of GB/T 40058-2021's form; its random part is drawn."""
        kind = self.rng.choice(("01", "01", "01", "02", "04"))
        number = self.rng.randrange(100_000, 999_999)
        return f"{entered:%y%m}-{self.frame.county.code}-04-{kind}-{number}"

    def _township(self, pattern: Pattern) -> str:
        if pattern.townships == ("*",) or self.rng.random() < 0.2:
            return self.rng.choice(self.townships).code
        return self.rng.choice(pattern.townships)

    def _investor(self, pattern: Pattern) -> str:
        """A company that nobody has; one brand invests more than once."""
        if pattern.track == Track.PUBLIC:
            return ""
        words = self.frame.words
        return f"{self.rng.choice(words['brands'])}{words['trades'][pattern.industry]}有限公司"

    def _name(self, pattern: Pattern, thing: str, township: str, investor: str) -> str:
        place = self.frame.county.unit(township).short.removesuffix("管委会")
        place = "开发区" if place.endswith("开发区") else place.rstrip("镇乡")
        brand = investor[:2]
        villages: Sequence[str] = self.frame.words["villages"]
        found = self.rng.choice([f"{place}{thing}", f"{brand}{thing}"] if brand else [f"{place}{thing}"])
        for attempt in range(1, 40):
            if found not in self.names:
                break
            village = self.rng.choice(villages)
            found = f"{place}{village}{brand if attempt % 2 else ''}{thing}" + ("（二期）" if attempt > 12 else "")
        while found in self.names:
            found += "续建"
        self.names.add(found)
        return found

    def _summary(self, pattern: Pattern, thing: str, total: int) -> str:
        size = max(2, total // 100)
        return pattern.summary.format(
            thing=_product(thing),
            a=size * self.rng.randint(30, 60),
            n=size * self.rng.randint(20, 90),
            s=max(6, size // 2 + self.rng.randint(2, 40)),
            k=round(max(0.8, total / 420) * self.rng.uniform(0.6, 1.3), 1),
            h=max(40, size * self.rng.randint(8, 30)),
            l=self.rng.randint(1, 5),
        )

    def _amount(self, pattern: Pattern) -> int:
        """Small ones are many; round to what such projects are told in."""
        ratio = pattern.most_wan / pattern.least_wan
        amount = float(pattern.least_wan * ratio ** (self.rng.random() ** 1.7))
        step = 10 if amount < 2000 else 50 if amount < 20_000 else 500
        return max(step, round(amount / step) * step)

    def _land(self, pattern: Pattern, total: int) -> int:
        return int(total / 160 * self.rng.uniform(0.5, 1.4)) if pattern.outdoors else 0

    def _jobs(self, pattern: Pattern, total: int) -> int:
        return max(4, int(total / (60 if pattern.track == Track.INVESTMENT else 500) * self.rng.uniform(0.5, 1.5)))

    def _theme(self, pattern: Pattern) -> int | None:
        themes: dict[str, int] = self.frame.words["theme_of_kind"]
        return themes.get(pattern.kind) if self.rng.random() < 0.4 else None

    def _importance(self, key: bool) -> str:
        return self.rng.choices(("county", "city", "province"), (74, 20, 6))[0] if key else "ordinary"

    def _helpers(self, pattern: Pattern, unit: str, township: str) -> tuple[str, ...]:
        """Who helps: the department where a township carries it, now and then a bank."""
        found = []
        if pattern.unit == "T" and self.rng.random() < 0.5:
            found.append(
                {"factory": "D06", "food": "D07", "agriculture": "D07", "tourism": "D11"}.get(pattern.kind, "D23")
            )
        if pattern.track == Track.INVESTMENT and self.rng.random() < 0.12:
            found.append(f"B0{self.rng.randint(1, 5)}")
        return tuple(code for code in found if code not in {unit, township})

    def _entered_by(self, pattern: Pattern) -> str:
        if self.rng.random() < 0.12:
            return "officer"
        return "investment_bureau" if pattern.track == Track.INVESTMENT else "project_office"

    def opened(self, draft: Draft) -> Draft:
        """The same as a project that was under way before it was entered 期初, with all that its gates ask."""
        stage = self.rng.choice([s for s in OPENING_STAGES if s in PATHS[Track(draft.track)]])
        begun = draft.entered - timedelta(self.rng.randint(60, 320))
        left = max(20, draft.build_days // 2)
        return replace(
            draft,
            opening=stage,
            leader=self.rng.randrange(LEADERS),
            national_code=self.national_code(begun),
            entered_by="project_office",
            started=begun if stage in {"building", "completed", "operating"} else None,
            committed=self.frame.days.add(draft.entered, left, outdoors=draft.outdoors),
        )
