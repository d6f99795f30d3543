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

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("min_value", 0)
        kwargs.setdefault("max_value", MOST_WAN)
        kwargs.setdefault("decimal_places", 6)
        super().__init__(
            error_messages={"min_value": _("金额不能为负数。"), "max_value": _("金额大得离谱，请核对单位是不是万元。")}, **kwargs
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


def text(label: Any, *, rows: int = 3, required: bool = True, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, required=required, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class OneOf(forms.ChoiceField):
    """One of some rows, chosen from a select; the cleaned value is the row itself, or None where empty is allowed."""

    def __init__(self, *, label: Any, required: bool = True, empty: Any = "—", **kwargs: Any) -> None:
        self.rows: dict[str, models.Model] = {}
        self.empty = empty
        super().__init__(label=label, required=required, **kwargs)

    def offer(self, rows: Iterable[models.Model], name: Callable[[Any], str] = str) -> None:
        """Give the rows to choose from."""
        found = list(rows)
        self.rows = {str(row.pk): row for row in found}
        self.choices = [("", self.empty), *((str(row.pk), name(row)) for row in found)]

    def clean(self, value: Any) -> Any:
        return self.rows.get(super().clean(value))
