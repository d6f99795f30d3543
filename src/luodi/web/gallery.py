"""Every component with its states, for developers, with made-up things of a made-up county."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django import forms
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.html import format_html

from luodi.web.fields import DayInput
from luodi.web.figures import day
from luodi.web.parts import (
    Chip,
    Column,
    DiffRow,
    Fact,
    FilterBar,
    FilterMenu,
    FilterOption,
    Gate,
    GateItem,
    MenuGroup,
    MenuItem,
    Pair,
    Person,
    Step,
    Tab,
    TimelineEntry,
    WaitRow,
    WizardStep,
    WorkRow,
)

STEPS = [
    Step("谋划储备", "done", date(2024, 3, 11), "118 天"),
    Step("在谈", "done", date(2024, 7, 7), "92 天"),
    Step("签约", "done", date(2024, 10, 7), "203 天"),
    Step("审批", "skipped"),
    Step("前期", "done", date(2025, 4, 28), "357 天"),
    Step("在建", "now", date(2026, 4, 20), "第 218 天"),
    Step("竣工", "todo", date(2027, 6, 30), word="承诺"),
    Step("投产达效", "todo", date(2027, 9, 30), word="计划"),
]
ALL_DONE = [Step("签约", "done", date(2024, 10, 7)), Step("在建", "done", date(2025, 4, 28)), Step("竣工", "done")]
GATE_ITEMS = [
    GateItem("质量监督阶段报告", True, "#", "住建局 卫三", date(2026, 11, 6)),
    GateItem("工程款支付台账", True, "#", "河湾镇 吴七", date(2026, 11, 20)),
    GateItem("消防验收意见", False, "#", "消防大队 严四", date(2027, 6, 18)),
    GateItem("竣工验收备案表", False, "#", "住建局 卫三", date(2027, 6, 30)),
]
ACTS = [
    MenuGroup("推进", [MenuItem("填年度投资", "#"), MenuItem("申报到位资金", "#")]),
    MenuGroup("困难", [MenuItem("登记堵点", "#"), MenuItem("申请改期", "#"), MenuItem("申请暂停", "#")]),
    MenuGroup("收尾", [MenuItem("写经验", "#"), MenuItem("终止", "#")]),
]
FACTS = [
    Fact("年度投资", "1.12", "/ 1.60 亿元", "70.0%，应到 93.8%", "#"),
    Fact("到位资金", "1.86", "/ 3.20 亿元", format_html('58.1%，凭证 <a class="ld-n" href="#">{} 件</a>', 14), "#"),
    Fact("承诺竣工", day(date(2027, 6, 30)), sub="改期 1 次，另 1 次待核", href="#"),
    Fact("预测竣工 P80", day(date(2027, 8, 19)), sub="晚 36 个工作日", href="#", late=True),
    Fact("专人", "张一", sub="包联 乙副县长"),
]
TABS = [
    Tab("概况", "#", current=True),
    Tab("堵点", "#", 2),
    Tab("证据", "#", 14),
    Tab("责任链", "#"),
    Tab("经验", "#", 0),
]
TIMELINE = [
    TimelineEntry("2026-11-23 08:40", "系统", "灯", "预警", "滞后", "预测 P80 晚 36 个工作日", key=True),
    TimelineEntry("2026-11-20 17:12", "张一 状态报告", "自报，屋面完成 85%", lamp="yellow", quote="外线电缆未到。"),
    TimelineEntry(date(2026, 10, 9), "专人交接", was="王三", now="张一", note="当日交接，无空档", href="#"),
    TimelineEntry("", "入库以前", "没有记录"),
]
PEOPLE = [
    Person("包联领导", "乙副县长", "#"),
    Person("责任领导", "丙镇长", "#"),
    Person("专人", "张一", "#", date(2026, 10, 9)),
    Person("督办人"),
]
PAIRS = [
    Pair("总投资", "3.20 亿元", "#"),
    Pair("项目法人", "柏川云枣食品有限公司", note="招商局引进"),
    Pair("建设地点", ""),
]
WORK = [
    WorkRow("逾期", "答复远山集团", "1 个工作日", "首问件；我局是首问单位", "#", "答复客商", lamp="red", primary=True),
    WorkRow("临期", "进厂道路征地 3.2 亩未报批", "还有 4 个工作日", "资规局 沈六", "#", "列入会议", lamp="yellow"),
    WorkRow("17:30 前", "核河湾镇改期申请", "今天", "理由：冬停与供电增容", "#", "核改期"),
    WorkRow("周五", "看第 19 次联席会议的议题"),
]
WAITS = [
    WaitRow("李二 · 督查室 · 已等 3 个工作日", "等您说明“北岭民宿群”连 7 周无进展", "#", "答复"),
    WaitRow("钱十 · 卫健局 · 今天", "等您看县医院传染病区的图纸"),
]
FILTERS = FilterBar(
    chips=[Chip("重点", "是", "?"), Chip("阶段", "签约、前期、在建", "?")],
    menus=[
        FilterMenu("lamp", "灯", options=[FilterOption("red", "滞后", True, 11, "red"), FilterOption("green", "正常")]),
        FilterMenu("unit", "单位", "one", [FilterOption("hw", "河湾镇"), FilterOption("jt", "交通局")]),
        FilterMenu("due", "承诺日", "dates"),
        FilterMenu("q", "项目名称", "text"),
    ],
    columns=[Column("name", "项目"), Column("unit", "责任单位"), Column("due", "承诺竣工", False)],
)
WIZARD = [
    WizardStep("选文件", "done"),
    WizardStep("对列名", "done"),
    WizardStep("看预览，改错", "now"),
    WizardStep("入库", "todo"),
]
ROWS = [
    ("red", "云枣核桃红枣精深加工（一期）", "河湾镇", Decimal("320000000"), Decimal("0.70"), Decimal("0.94"), 4),
    ("yellow", "县城南环路改造", "交通局", Decimal("485000000"), Decimal("0.792"), Decimal("0.96"), 4),
    ("green", "古驿红色教育基地提升", "文旅局", Decimal("128000000"), Decimal("0.96"), Decimal("0.95"), 5),
]


METERS = [("没有开始", 0, 1, None), ("落后", 0.70, 1, 0.94), ("跟上", 0.96, 1, 0.95), ("超过计划", 1.3, 1, 1)]
STATES = ["grey", "green", "blue", "yellow", "red", "mended", "paused"]
PAGES = Paginator(range(86), 16)
SHEET = [("省级计划项目库通知", "省发改委", "2"), ("可研批复", "县审批局", "")]
COLOURS = ["paper", "sheet", "wash", "press", "line-2", "ctl", "ink", "ink-2", "ink-3", "indigo", "indigo-tint",
           "green", "green-tint", "yellow", "yellow-tint", "red", "red-tint", "grey", "grey-tint"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    title: str
    href: str = "#search"
    about: str = ""
    of: str = ""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class FoundKind:
    kind: str
    label: str
    count: str
    hits: list[Found]
    href: str = "#search"
    more: bool = False


FOUND = [
    FoundKind(
        "project",
        "项目",
        "12",
        [
            Found("云枣核桃红枣精深加工（一期）", about="河湾镇 · 在建"),
            Found("云台文旅索道", about="文旅局", ended=True),
        ],
        more=True,
    ),
    FoundKind("obstacle", "堵点", "1", [Found("供电增容方案未定", of="云枣核桃红枣精深加工（一期）")]),
]


class SampleForm(forms.Form):
    total = forms.DecimalField(label="总投资", initial="3.20")
    end_on = forms.DateField(label="承诺竣工", widget=DayInput())
    unit = forms.ChoiceField(label="责任单位", choices=[("hw", "河湾镇"), ("jt", "交通局")])
    reason = forms.CharField(label="为什么改", widget=forms.Textarea(attrs={"rows": 2}), help_text="会进入记录。")
    kind = forms.ChoiceField(label="类别", choices=[("a", "政府"), ("b", "企业")], widget=forms.RadioSelect)
    agreed = forms.BooleanField(label="我已核对")
    file = forms.FileField(label="证据", help_text="pdf、jpg，不超过 20 MB")
    code = forms.CharField(label="项目编号", initial="BC-2025-0212", disabled=True, help_text="入库时编定，不能改。")
    sources = forms.MultipleChoiceField(
        label="资金来源",
        choices=[("own", "企业自筹"), ("loan", "银行贷款"), ("fiscal", "财政资金")],
        widget=forms.CheckboxSelectMultiple,
        initial=["own"],
    )

    def clean_end_on(self) -> date:
        end_on: date = self.cleaned_data["end_on"]
        if end_on < date(2026, 11, 23):
            raise forms.ValidationError("承诺竣工不能早于今天。")
        return end_on

    def clean_reason(self) -> str:
        reason: str = self.cleaned_data["reason"]
        if len(reason) < 20:
            raise forms.ValidationError("写清原因和措施，至少 20 字。")
        return reason


def gates() -> list[Gate]:
    """Shut with its reason, open, open as the first thing to do, and one that asks nothing of the reader."""
    why = "备齐后由 陈五 或 王三 认定。认定人不得是申报单位（河湾镇）的人，所以您不能按。"
    return [
        Gate("转“竣工”要 4 件证据，已备 2 件，还缺 2 件", GATE_ITEMS, "转为竣工", why=why),
        Gate("转“竣工”要 2 件证据，已备齐", GATE_ITEMS[:2], "转为竣工", enabled=True, dialog="sample-dialog"),
        Gate("进入“前期”要 1 件证据，已备齐", GATE_ITEMS[:1], "申报", enabled=True, href="#gates", primary=True),
        Gate("“竣工”已申报，等统计局认定", GATE_ITEMS[:1], why="张一 2026-11-20 申报，已等 3 个工作日。"),
    ]


def pages() -> list[Page[int]]:
    """The first, one in the middle, the last, and one of a list that holds nothing."""
    return [*(PAGES.get_page(number) for number in (1, 2, PAGES.num_pages)), Paginator[int]([], 16).get_page(1)]


def components(request: HttpRequest) -> HttpResponse:
    broken = SampleForm({"total": "3.20", "end_on": "2026-02-28", "unit": "hw", "reason": "天冷"}, auto_id="broken_%s")
    context = {
        "states": STATES,
        "paths": [STEPS, ALL_DONE],
        "gates": gates(),
        "facts": FACTS,
        "tabs": TABS,
        "acts": ACTS,
        "timeline": TIMELINE,
        "people": PEOPLE,
        "pairs": PAIRS,
        "work": WORK,
        "waits": WAITS,
        "bar": FILTERS,
        "wizard": WIZARD,
        "form": broken,
        "fresh": SampleForm(auto_id="fresh_%s"),
        "asked": SampleForm(auto_id="asked_%s"),
        "decided": SampleForm(auto_id="decided_%s"),
        "ended": SampleForm(auto_id="ended_%s"),
        "rows": ROWS,
        "sum": sum(row[3] for row in ROWS),
        "meters": METERS,
        "pages": pages(),
        "sheet": SHEET,
        "found": FOUND,
        "colours": COLOURS,
        "diff": [DiffRow("年度计划", "1.60 亿元", "1.50 亿元")],
        "amounts": [Decimal("18160000"), Decimal("112000000"), Decimal("35000"), None],
        "day": date(2026, 11, 23),
    }
    return render(request, "web/gallery.html", context)
