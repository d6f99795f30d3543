"""A wrong field says what to do, in the house's words, whatever form it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django import forms
from django.core.exceptions import ValidationError
from django.urls import get_resolver
from django.utils.datastructures import MultiValueDict

from luodi.kernel import words
from luodi.kernel.http import ActForm
from luodi.orgs.forms import SignInForm


class Sample(words.Worded, forms.Form):
    title = forms.CharField(label="名称", max_length=4)
    kind = forms.ChoiceField(label="类别", choices=[("a", "甲"), ("b", "乙")])
    proofs = forms.TypedMultipleChoiceField(label="凭证", coerce=int, choices=[(1, "一")])
    on = forms.DateField(label="日期")
    share = forms.DecimalField(label="份额", max_value=99, decimal_places=2)
    jobs = forms.IntegerField(label="人数", min_value=0)
    file = forms.FileField(label="文件")
    sure = forms.BooleanField(label="确定")
    own = forms.CharField(label="自己说的", error_messages={"required": "请写下原因，至少 20 字。"})


GOOD: dict[str, Any] = {
    "title": "冷链仓",
    "kind": "a",
    "proofs": ["1"],
    "on": "2026-11-23",
    "share": "3.5",
    "jobs": "80",
    "sure": "on",
    "own": "写了",
}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("title", "", "请填写“名称”。"),
        ("title", "河湾冷链仓", "最多 4 个字，现在有 5 个，请写短些。"),
        ("title", "河\0", "里面有看不见的字符，请删掉后重新输入。"),
        ("kind", "", "请选择“类别”。"),
        ("kind", "c", "刚才选的不在可选的里面，请从列表里重选。"),
        ("proofs", [], "请选择“凭证”。"),
        ("proofs", ["7"], "刚才选的不在可选的里面，请从列表里重选。"),
        ("on", "2026-02-30", "没有这一天：日期按 2026-11-23 的样子写。"),
        ("share", "三成", "请只填数字，例如 1816 或 3.5。"),
        ("share", "100", "不能大于 99，请核对。"),
        ("share", "3.555", "小数点后最多 2 位，请改短。"),
        ("jobs", "3.5", "请填整数，例如 12。"),
        ("jobs", "-1", "不能小于 0，请核对。"),
        ("file", "", "请选择一个文件。"),
        ("sure", "", "请先勾选“确定”。"),
        ("own", "", "请写下原因，至少 20 字。"),
    ],
)
def test_a_wrong_field_says_what_to_do(name: str, value: Any, said: str) -> None:
    form = Sample(GOOD | {name: value}, MultiValueDict())
    assert form.errors[name] == [said]


def test_what_is_right_is_not_complained_of() -> None:
    assert list(Sample(GOOD, MultiValueDict()).errors) == ["file"]


def test_a_row_refused_by_its_own_fields_is_told_so_too() -> None:
    faults = ValidationError({"title": [ValidationError("stock", "blank"), ValidationError("我们的话", "ours")]})
    said = words.of_row(faults.error_dict["title"], label="名称")
    assert [fault.messages for fault in said] == [["请填写“名称”。"], ["我们的话"]]


def forms_of(parent: type[Any]) -> Iterator[type[Any]]:
    for child in parent.__subclasses__():
        yield child
        yield from forms_of(child)


def stock(field: forms.Field) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for parent in reversed(type(field).__mro__):
        if parent.__module__.startswith("django."):
            found |= getattr(parent, "default_error_messages", {})
    return found


def test_no_form_of_ours_speaks_as_the_framework_does() -> None:
    assert get_resolver().url_patterns  # imports every form
    known: list[Any] = [SignInForm, *(form for form in forms_of(ActForm) if form.__module__.startswith("luodi."))]
    assert len(known) > 30
    for form in known:
        for name, field in form.base_fields.items():
            spoken = deepcopy(field)
            words.reword(spoken, label=name)
            left = {code for code, said in stock(field).items() if spoken.error_messages[code] == said}
            assert left <= {"max_length", "contradiction"}, (form, name)
