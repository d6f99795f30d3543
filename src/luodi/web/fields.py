"""How one form field is drawn: its classes, and the ids that tie hint and error to the control."""

from __future__ import annotations

from typing import Literal

from django import forms
from django.forms import BaseForm, BoundField
from django.forms.widgets import CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select, Widget
from django.utils.safestring import SafeString

Shape = Literal["hidden", "check", "group", "plain"]


class DayInput(forms.DateInput):
    """A date field that browsers open as a calendar; always 2026-11-23, whatever the language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, object] | None = None) -> None:
        super().__init__(attrs=attrs, format="%Y-%m-%d")


def shape_of(bound: BoundField) -> Shape:
    widget = bound.field.widget
    if bound.is_hidden:
        return "hidden"
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "group"
    return "check" if isinstance(widget, CheckboxInput) else "plain"


def css_class(widget: Widget, *, invalid: bool) -> str:
    """Bootstrap's class for the control, after those that the form itself gave."""
    if isinstance(widget, CheckboxInput | RadioSelect | CheckboxSelectMultiple):
        own = "form-check-input"
    else:
        own = "form-select" if isinstance(widget, Select) else "form-control"
    given = str(widget.attrs.get("class", ""))
    return " ".join(part for part in (given, own, "is-invalid" if invalid else "") if part)


def described_by(bound: BoundField, *, hint: str) -> str:
    ids = []
    if hint:
        ids.append(f"{bound.auto_id}_hint")
    if bound.errors:
        ids.append(f"{bound.auto_id}_error")
    return " ".join(ids)


def control(bound: BoundField, *, hint: str) -> SafeString:
    """The widget itself; Django adds `required` and `aria-invalid`."""
    attrs: dict[str, str | bool] = {"class": css_class(bound.field.widget, invalid=bool(bound.errors))}
    described = described_by(bound, hint=hint)
    if described:
        attrs["aria-describedby"] = described
    return bound.as_widget(attrs=attrs)


def error_links(form: BaseForm) -> list[tuple[str, str]]:
    """(anchor, label) of each field that must be mended, in the order of the form."""
    links = []
    for name in form.errors:
        if name in form.fields:
            bound = form[name]
            links.append((bound.id_for_label or bound.auto_id, str(bound.label)))
    return links
