"""Stage words and tracks. Rules: docs/domain/ledger.md#stages, #tracks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from luodi.engines.ledger.texts import squeezed

STAGE_LABELS = {
    "planned": "谋划储备",
    "negotiating": "在谈",
    "signed": "签约",
    "preparing": "前期",
    "building": "在建",
    "completed": "竣工",
    "operating": "投产达效",
}
ORDER = tuple(STAGE_LABELS)
FINISHED = frozenset({"completed", "operating"})
"""Stages in which the ledger's finish is declared, no promise."""
TRACK_LABELS = {"investment": "产业项目", "public": "政府投资项目"}
PUBLIC_INSTEAD = {"negotiating": "planned", "signed": "preparing"}
"""A public project knows neither negotiation nor contract; the stage that asks no more than was said."""
LEADER_STAGES = {
    "investment": frozenset({"signed", "preparing", "building", "completed", "operating"}),
    "public": frozenset({"preparing", "building", "completed", "operating"}),
}
"""Stages in which a live project may not be without leader (mission.md M2)."""


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


WORDS: dict[str, tuple[str, ...]] = {
    "planned": _words(
        """
        谋划 谋划储备 储备 谋划阶段 储备阶段 策划 论证 策划包装 谋划包装
        谋划推进 储备库 规划 意向 线索 推介 拟谋划 可研论证 拟建 待建
        """
    ),
    "negotiating": _words(
        """
        在谈 洽谈 洽谈中 对接 对接中 在谈项目 正在洽谈 跟踪对接 接洽 商谈 谈判
        跟踪洽谈
        """
    ),
    "signed": _words(
        """
        签约 已签约 签订合同 已签合同 签订协议 已签协议 合同签订 签约项目 新签约
        正式签约 签订框架协议
        """
    ),
    "preparing": _words(
        """
        前期 前期手续 拟开工 前期工作 前期阶段 开工准备 准备开工 手续办理
        办理手续 办理前期手续 前期手续办理 前期手续办理中 未开工 待开工 计划开工
        审批 落地 注册 供地 招标 招投标 征地 征地拆迁 三通一平 场地平整
        """
    ),
    "building": _words(
        """
        在建 建设中 续建 已开工 开工 新开工 新建 施工 施工中 正在施工 建设阶段
        在建阶段 开工建设 正在建设 动工 已动工 开工在建 在建项目 续建项目
        主体施工 主体工程 主体封顶 封顶 桩基 打桩 土建 钢结构 基础工程 地基 破土动工 基础施工 主体建设 设备安装 装修 收尾 扫尾 试生产 调试
        """
    ),
    "completed": _words(
        """
        完工 竣工 已完工 已竣工 建成 已建成 竣工验收 竣工项目 全部完工 验收
        """
    ),
    "operating": _words(
        """
        投产 已投产 投产达效 达效 达产 达产达效 投入使用 投运 运营 已投运 投用
        交付使用 正式投产 建成投产 竣工投产 运行 投入运营 投产运营 部分投产
        """
    ),
}
SUSPENDED = ("暂停", "停工", "停建", "缓建", "停缓建", "搁置", "暂缓", "中止", "停滞", "停产")
TERMINATED = ("终止", "流产", "取消", "放弃", "撤销", "退出", "清退", "解约", "失败", "作废", "终结",
              "撤资", "不再实施", "不再建设", "不再推进")  # fmt: skip
SHORT = 12
"""In a longer text 取消 or 暂停 may speak of something else than the project."""
_STOPPED = re.compile(r"(项目|工程|目前|现)(已|处于)?(停工|停建|暂停|缓建|停滞)")
_HOPED = r"(未(?!来)|没有|待|拟|准备|计划|即将|年内|年底|力争|争取|有望|预计)[^,;。.已]{0,12}?"
"""What denies the word behind it, or only hopes for it: 未, 计划2026年."""
_UNSIGNED = re.compile(_HOPED + r"((正式)?签约|(合同)?签订|签署|签(合同|协议))(框架)?(合同|协议)?|签约(在即|前)")
_NEGATED = re.compile(_HOPED + r"(开工|动工)(建设)?|(开工|动工)前")
_UNFINISHED = re.compile(
    _HOPED + r"(完工|竣工|投产|投运|建成|投用|达产|达效|运营|投入使用|交付使用)(验收|达产|达效|使用|运营)?"
)
_DENIED = ((_UNSIGNED, "negotiating"), (_NEGATED, "preparing"), (_UNFINISHED, "building"))
"""What is denied or only hoped for, and the stage before it; the lowest of them holds."""
_EXACT = {squeezed(word): stage for stage, words in WORDS.items() for word in words}
_LONGEST_FIRST = sorted(_EXACT.items(), key=lambda item: (-len(item[0]), -ORDER.index(item[1])))


@dataclass(frozen=True, slots=True)
class StageWord:
    """`stage` is None for an unknown word. `kind`: exact, inside (found within a longer text),
    suspended, terminated, unknown."""

    stage: str | None
    kind: str


def read_stage(text: str) -> StageWord:
    """Find the stage in what an office wrote."""
    key = re.sub(r"[()\[\]]", "", squeezed(text))
    key = re.sub(r"^(已处于|处于|正在|目前|进入)|(阶段|状态|中|项目|期)$", "", key) if key not in _EXACT else key
    if key in _EXACT:
        return StageWord(_EXACT[key], "exact")
    if len(key) <= SHORT and any(word in key for word in TERMINATED):
        return StageWord(None, "terminated")
    if (len(key) <= SHORT and any(word in key for word in SUSPENDED)) or _STOPPED.search(key):
        return StageWord(None, "suspended")
    return _inside(key)


def _inside(key: str) -> StageWord:
    """A longer text: what is denied or only hoped for does not count; the farthest stage holds."""
    told = key
    for pattern, _stage in reversed(_DENIED):
        told = pattern.sub("", told)
    found = [stage for word, stage in _LONGEST_FIRST if len(word) > 1 and word in told]
    if found:
        return StageWord(max(found, key=ORDER.index), "inside")
    before = next((stage for pattern, stage in _DENIED if pattern.search(key)), None)
    return StageWord(before, "inside") if before else StageWord(None, "unknown")


_PUBLIC_HEADING = re.compile(
    r"政府投资|政府性投资|财政投资|财政性|基础设施|民生|社会事业|公共服务|市政|公益|生态环[保境]|生态治理|城建|城乡建设|专项债|国债|中央预算内|交通项目|水利项目|教育|卫生|保障性"
)
_INVESTMENT_HEADING = re.compile(
    r"产业|招商|引资|企业投资|社会投资|民间投资|工业|制造|外资|内资|商贸|现代农业|服务业|文旅项目|旅游项目|新能源"
)


def heading_track(text: str) -> str:
    """Track that a section heading, a sheet's name or a title tells; "" where it tells none or both."""
    public, investment = bool(_PUBLIC_HEADING.search(text)), bool(_INVESTMENT_HEADING.search(text))
    if public and investment:
        both = re.search(r"[和及与、]", text)
        return "public" if not both and re.search(r"政府投资|财政投资", text) else ""
    return "public" if public else "investment" if investment else ""


def track_word(text: str) -> str:
    """Track that a cell of a column 项目类型 tells; "" where it tells none."""
    key = squeezed(text)
    if key in ("政府", "公共", "财政", "政府类"):
        return "public"
    if key in ("企业", "社会", "民营", "市场"):
        return "investment"
    return heading_track(key)


_PUBLIC_MONEY = re.compile(
    r"财政|政府投资|政府$|专项债|专项资金|上级资金|国债|中央预算|预算内|政府性基金|中央资金|省级资金|争取资金|县级资金|国有资金$"
)


def is_public_money(investor: str) -> bool:
    """县财政, 专项债, 上级资金: the state pays, no company stands there."""
    return bool(_PUBLIC_MONEY.search(squeezed(investor))) and not investor.endswith("公司")
