"""What a form says of a field that is wrong: in the house's manner, what to do, instead of the framework's sentences."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import translation
from django.utils.translation import gettext_lazy as _

Words = Mapping[str, Any]

OF_ANY: Words = {
    "required": _("请填写“%(label)s”。"),
    "max_length": _("最多 %(limit_value)d 个字，现在有 %(show_value)d 个，请写短些。"),
    "min_length": _("至少要 %(limit_value)d 个字，现在有 %(show_value)d 个，请补充。"),
    "max_value": _("不能大于 %(limit_value)s，请核对。"),
    "min_value": _("不能小于 %(limit_value)s，请核对。"),
    "max_digits": _("数字太长，最多 %(max)s 位，请核对单位。"),
    "max_whole_digits": _("小数点前最多 %(max)s 位，请核对单位。"),
    "max_decimal_places": _("小数点后最多 %(max)s 位，请改短。"),
    "null_characters_not_allowed": _("里面有看不见的字符，请删掉后重新输入。"),
}
OF_CHOICE: Words = {
    "required": _("请选择“%(label)s”。"),
    "invalid_choice": _("刚才选的不在可选的里面，请从列表里重选。"),
    "invalid_list": _("刚才选的不在可选的里面，请从列表里重选。"),
}
BY_CLASS: tuple[tuple[type[forms.Field], Words], ...] = (
    (forms.FileField, {"required": _("请选择一个文件。"), "missing": _("请选择一个文件。"), "invalid": _("文件没有传上来，请重新选择。"),
                       "empty": _("文件是空的，请换一个。")}),
    (forms.BooleanField, {"required": _("请先勾选“%(label)s”。")}),
    (forms.ChoiceField, OF_CHOICE),
    (forms.DateField, {"invalid": _("没有这一天：日期按 2026-11-23 的样子写。")}),
    (forms.JSONField, {"invalid": _("表单不完整，请刷新这一页再填。")}),
    (forms.DecimalField, {"invalid": _("请只填数字，例如 1816 或 3.5。")}),
    (forms.IntegerField, {"invalid": _("请填整数，例如 12。")}),
)  # fmt: skip
"""The narrower class first: a DecimalField is an IntegerField, too."""
OF_ROW: Words = {
    "blank": _("请填写“%(label)s”。"),
    "null": _("请填写“%(label)s”。"),
    "invalid_choice": OF_CHOICE["invalid_choice"],
    "max_length": OF_ANY["max_length"],
    "unique": _("已经有一个一样的，请换一个。"),
    "max_value": OF_ANY["max_value"],
    "min_value": OF_ANY["min_value"],
}
"""Of a row that its own fields refuse, whatever the form let through."""
BOUNDS = {"max_value": MaxValueValidator.message, "min_value": MinValueValidator.message}
"""What the framework says where a bound has no sentence of its own."""


def kept(text: Any) -> str:
    """A lazy text in the house's own language, for what is kept or described once for all: not in that of who happens to ask."""
    with translation.override(settings.LANGUAGE_CODE):
        return str(text or "")


class Worded(forms.BaseForm):
    """A form that speaks so. What a field says for itself (`error_messages=`) stands."""

    def full_clean(self) -> None:
        for name, field in self.fields.items():
            reword(field, label=str(field.label or name))
        super().full_clean()


def reword(field: forms.Field, *, label: str) -> None:
    """Put the house's words in the place of the framework's."""
    stock: dict[str, Any] = {}
    for parent in reversed(type(field).__mro__):
        stock |= getattr(parent, "default_error_messages", {})
    for code, words in words_of(field).items():
        if field.error_messages.get(code, stock.get(code)) == stock.get(code):
            field.error_messages[code] = str(words) % {"label": label} if "%(label)s" in str(words) else words


def words_of(field: forms.Field) -> Words:
    own: Words = next((words for kind, words in BY_CLASS if isinstance(field, kind)), {})
    known = {**OF_ANY, **own}
    if isinstance(field, forms.FileField):
        del known["max_length"]  # its own is about the name of the file, and takes other values
    return known


def of_row(faults: list[ValidationError], *, label: str) -> list[ValidationError]:
    """The faults of one field of a row, in the house's words where they are the framework's."""
    return [_fault(fault, label) for fault in faults]


def _fault(fault: ValidationError, label: str) -> ValidationError:
    said = OF_ROW.get(fault.code or "")
    stock = BOUNDS.get(fault.code or "")
    if said is None or (stock is not None and fault.message != stock):
        return fault
    return ValidationError(said, fault.code, {**(fault.params or {}), "label": label})
