"""Form fields of projects: amounts are typed in 万元 and held in yuan."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _

from luodi.kernel.money import WAN
from luodi.web.fields import DayInput

MOST_WAN = Decimal(10**11)


class WanField(forms.DecimalField):
    """An amount typed in 万元; its cleaned value is yuan (Decimal, two decimals)."""

    held_places = 2
    """Decimals of the yuan that it holds: the API takes those."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", MOST_WAN)
        kwargs.setdefault("decimal_places", 6)
        super().__init__(
            error_messages={"min_value": _("金额不能为负数。"), "max_value": _("金额大得离谱，请核对单位是不是万元。")},
            **kwargs,
        )

    def clean(self, value: Any) -> Any:
        wan = super().clean(value)
        return None if wan is None else (wan * WAN).quantize(Decimal("0.01"))

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, Decimal):
            return f"{(value / WAN).normalize():f}"
        return value


def day(label: Any, *, required: bool = True, **kwargs: Any) -> forms.DateField:
    """A civil date, picked from the browser's calendar."""
    return forms.DateField(label=label, required=required, widget=DayInput(), **kwargs)


class Prose(forms.CharField):
    """Lines of text; a line break counts as one character, as the browser counts it."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


def text(label: Any, *, rows: int = 3, required: bool = True, **kwargs: Any) -> forms.CharField:
    said = {"max_length": _("最多 %(limit_value)s 字，现在有 %(show_value)s 字，请写短些。")}
    kwargs.setdefault("error_messages", said)
    return Prose(label=label, required=required, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class OneOf(forms.ChoiceField):
    """One of some rows, chosen from a select; the cleaned value is the row itself, or None where empty is allowed.

    Rows offered as a queryset are read when the select is drawn; a form that is sent reads only the chosen one.
    """

    of_rows = True
    """The API takes the row's id."""

    def __init__(self, *, label: Any, required: bool = True, empty: Any = "—", **kwargs: Any) -> None:
        self.offered: Iterable[models.Model] = ()
        self.name: Callable[[Any], str] = str
        self.chosen: dict[str, models.Model | None] = {}
        self.empty = empty
        super().__init__(label=label, required=required, **kwargs)

    def offer(self, rows: Iterable[models.Model], name: Callable[[Any], str] = str) -> None:
        """Give the rows to choose from."""
        self.offered, self.name, self.chosen = rows, name, {}
        self.choices = self._named

    def _named(self) -> list[tuple[str, str]]:
        return [("", self.empty), *((str(row.pk), self.name(row)) for row in self.offered)]

    def valid_value(self, value: Any) -> bool:
        return self._row(str(value)) is not None

    def clean(self, value: Any) -> Any:
        return self._row(super().clean(value))

    def _row(self, value: str) -> models.Model | None:
        if value not in self.chosen:
            self.chosen[value] = self._found(value)
        return self.chosen[value]

    def _found(self, value: str) -> models.Model | None:
        if isinstance(self.offered, models.QuerySet) and not self.offered.query.is_sliced:
            rows: Iterable[models.Model] = self.offered.filter(pk=int(value))[:1] if value.isdecimal() else ()
        else:
            rows = self.offered
        return next((row for row in rows if str(row.pk) == value), None)
