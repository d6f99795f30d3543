"""The scenes of staged.py: what each project is, who answers for it, and what is open of it on the last day. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from luodi.demo.life import Walk
from luodi.demo.steps import Step
from luodi.projects.rules import START_PROOF, Stage, Track, gate_from

SUPERVISOR = 1  # the one who has an account to sign in with; the first is the head of his office
PARTY_SECRETARY, MAYOR, DEPUTY, CONVENOR = 0, 3, 4, 5  # places among the county's leaders


@dataclass(frozen=True, slots=True)
class Scene:
    """One project: what it is, who answers for it, where it stands, and what is open of it."""

    name: str
    track: str
    kind: str
    industry: str
    township: str
    unit: str
    leader: int
    stage: Stage
    open: tuple[Callable[[Open], None], ...]
    supervisor: int | None = None
    importance: str = "ordinary"
    total_wan: int = 0
    changes: dict[str, Any] = field(default_factory=dict)


class Open:
    """Writes what is open at the end of a scene, counting working days back from the last day."""

    def __init__(self, walk: Walk) -> None:
        self.walk, self.days, self.last, self.blocks = walk, walk.days, walk.frame.horizon, 0

    def write(self, before: int, slot: int, verb: str, **args: Any) -> None:
        day = self.days.add(self.last, -before) if before else self.last
        self.walk.steps.append(Step(day, slot, self.walk.draft.number, len(self.walk.steps), verb, args))

    def day(self, working_days: int) -> date:
        return self.days.add(self.last, working_days) if working_days else self.last


def block(solver: str, kind: str, title: str, due: int, *, solved: str = "") -> Callable[[Open], None]:
    """An obstacle of the last three weeks, promised for so many working days from the last; open, or said to be solved."""

    def write(scene: Open) -> None:
        scene.blocks += 1
        label = f"scene{scene.blocks}"
        scene.write(
            15,
            0,
            "block",
            label=label,
            kind=kind,
            title=title,
            since=scene.day(-16),
            promised=scene.day(due),
            measure="",
            total=None,
            solver=solver,
        )
        if solved:
            scene.write(1, 0, "solve", label=label, result=solved)

    return write


def moved(days: int, reason: str) -> Callable[[Open], None]:
    """A request to move the committed finish, two working days old."""

    def write(scene: Open) -> None:
        committed = scene.walk.committed or scene.last
        wanted = max(committed, scene.last) + timedelta(days)
        scene.write(2, 0, "move", wanted=wanted, reason=reason)

    return write


def suspended(before: int, reason: str) -> Callable[[Open], None]:
    """A request to suspend that waits for the leader."""

    def write(scene: Open) -> None:
        scene.write(before, 0, "suspend", reason=reason, again=scene.last + timedelta(90))

    return write


def asked(scene: Open) -> None:
    """The next gate asked three working days ago, waiting for its recogniser."""
    draft = scene.walk.draft
    gate = gate_from(Track(draft.track), scene.walk.stage)
    assert gate is not None
    kinds = [*gate.evidence, *(option.kinds[0] for option in gate.options if option is START_PROOF)]
    if "national_code" in gate.fields and not scene.walk.coded:
        code = scene.walk.national_code(scene.day(-5))
        scene.write(5, 1, "edit", changes={"national_code": code}, reason="已在在线平台赋码")
    happened = scene.day(-6)
    scene.write(3, 1, "give", kinds=kinds, dated=happened, gate=gate.code)
    scene.write(3, 1, "ask", happened=happened, gate=gate.code)


def learned(scene: Open) -> None:
    """A lesson that waits to be accepted."""
    cause, otherwise, applies = scene.walk.words["done"][4]
    scene.write(2, 0, "lesson", cause=cause, otherwise=otherwise, applies=applies)


def failing(scene: Open) -> None:
    """Given up: the lesson is accepted, the explanation waits for the government office."""
    whose, story, why, otherwise = scene.walk.words["causes"]["investor"]
    scene.write(12, 0, "lesson", cause=why, otherwise=otherwise, applies="所有招商项目的签约阶段")
    scene.write(7, 2, "lesson_yes")
    scene.write(
        1,
        1,
        "end",
        kind="given_up",
        story=f"{story}两次催告未果，建议终止。",
        causes=[("investor", whose)],
        left="前期费用 18 万元由县财政列支，土地已退回储备。",
        chance="possible",
        again=scene.last + timedelta(200),
    )


SCENES = (
    Scene(
        "云枣核桃红枣精深加工（一期）",
        "investment",
        "food",
        "13",
        "T03",
        "T03",
        DEPUTY,
        Stage.BUILDING,
        (
            block("D27", "utilities", "供电增容方案未定，影响设备安装", -8),
            block("D03", "land", "进厂道路征地未报批", 3),
            block("D10", "utilities", "进厂道路接口未批", 2, solved="接口方案已批，路政许可已送项目单位。"),
            moved(50, "冬停与供电增容推迟，拟把设备安装与消防并行，争取少晚十天。"),
        ),
        SUPERVISOR,
        "county",
        32_000,
        {"investor": "柏川云枣食品有限公司", "helpers": ("D07", "B02", "E01")},
    ),
    Scene(
        "南峪抽水供水工程",
        "public",
        "water",
        "76",
        "T12",
        "D09",
        MAYOR,
        Stage.BUILDING,
        (
            suspended(2, "上级要求复核水源地保护区边界，批复前不宜施工。"),
            block("T03", "other", "管线过境与河湾镇两村土地补偿未谈妥", 4),
        ),
        SUPERVISOR,
        "county",
        21_800,
    ),
    Scene(
        "河湾冷链仓",
        "investment",
        "logistics",
        "59",
        "T03",
        "T03",
        MAYOR,
        Stage.BUILDING,
        (block("D09", "utilities", "消防水池取水许可未办", 2), block("D11", "approval", "文物勘探意见未出", 5)),
        None,
        "ordinary",
        9_200,
    ),
    Scene(
        "北岭风情民宿群",
        "investment",
        "tourism",
        "61",
        "T14",
        "T14",
        DEPUTY,
        Stage.PREPARING,
        (suspended(3, "投资方股东变更，出资计划待重新签字确认。"),),
        None,
        "ordinary",
        8_200,
    ),
    Scene(
        "古驿红色教育基地提升",
        "public",
        "tourism",
        "88",
        "T05",
        "D11",
        PARTY_SECRETARY,
        Stage.BUILDING,
        (suspended(1, "布展大纲需报上级审定，审定前暂停展陈施工。"),),
        None,
        "city",
        12_800,
    ),
    Scene(
        "县城南环路改造",
        "public",
        "road",
        "48",
        "T01",
        "D10",
        CONVENOR,
        Stage.BUILDING,
        (
            suspended(2, "管线迁改方案重新论证，迁改完成前无法摊铺。"),
            moved(40, "管线迁改滞后，入冬前无法完成面层，拟开春复工后两班作业。"),
        ),
        SUPERVISOR,
        "county",
        48_500,
    ),
    Scene(
        "柏川粮食储备库",
        "public",
        "other",
        "59",
        "T16",
        "D01",
        MAYOR,
        Stage.PREPARING,
        (asked,),
        None,
        "ordinary",
        6_400,
    ),
    Scene(
        "松岭道地药材仓储",
        "investment",
        "logistics",
        "59",
        "T10",
        "T10",
        DEPUTY,
        Stage.SIGNED,
        (failing,),
        None,
        "ordinary",
        6_500,
    ),
    Scene(
        "青禾牧业万头奶山羊",
        "investment",
        "agriculture",
        "03",
        "T03",
        "D07",
        MAYOR,
        Stage.BUILDING,
        (learned,),
        None,
        "county",
        20_500,
    ),
    Scene(
        "红崖光伏支架生产线",
        "investment",
        "factory",
        "33",
        "T04",
        "T04",
        DEPUTY,
        Stage.PREPARING,
        (block("D02", "other", "投资方增资补充协议未签", -3), asked),
        SUPERVISOR,
        "county",
        26_000,
    ),
)
