"""The body of an operation is its form: what a page asks, the API asks, under the same names, and refuses alike.

Shapes are told beforehand (as JSON schema) and refused by pydantic; then the form itself is bound and asked, so that no
rule stands here. Amounts are decimal texts in the unit that the field's name says (`_cny`: yuan); days are 2026-11-23.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from django import forms
from django.http import QueryDict
from ninja import Schema
from pydantic import BeforeValidator, ConfigDict, Field, StrictBool, create_model

from luodi.kernel.http import HIDDEN_FIELDS
from luodi.kernel.words import kept

Fields = Mapping[str, forms.Field]
LARGEST_ID = 2**63 - 1


def whole(value: Any) -> Any:
    """3.0 is an integer too, as JSON schema counts."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Id = Annotated[int, Field(strict=True, ge=1, le=LARGEST_ID), BeforeValidator(whole)]
Day = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$", json_schema_extra={"format": "date"})]


class Body(Schema):
    model_config = ConfigDict(extra="forbid")


def body_of(
    name: str, fields: Fields, *, partial: bool = False, more: Mapping[str, Any] | None = None
) -> type[Body] | None:
    """A model of what is sent for these form fields; None where nothing is asked.

    `partial`: every field may be left out, and stays then as it is. `more` are parts that are no field of the form,
    by name, each with its type, or with its type and what holds where it is left out.
    """
    shapes = {label: shape if isinstance(shape, tuple) else (shape, ...) for label, shape in (more or {}).items()}
    for label, field in fields.items():
        if label not in HIDDEN_FIELDS and not isinstance(field, forms.FileField):
            shapes[label] = _shape(field, partial=partial)
    return create_model(name, __base__=Body, **cast(Any, shapes)) if shapes else None


def _shape(field: forms.Field, *, partial: bool) -> tuple[Any, Any]:
    kind: Any = _kind(field)
    told: dict[str, Any] = {"title": kept(field.label)}
    if field.help_text:
        told["description"] = kept(field.help_text)
    if field.required and not partial:
        return kind, Field(..., **told)
    if isinstance(field, forms.BooleanField):
        return kind, Field(default=False, **told)
    return (kind if partial and field.required else kind | None), Field(default=None, **told)


def _kind(field: forms.Field) -> Any:
    for known, kind in KINDS:
        if isinstance(field, known):
            return kind(field)
    raise TypeError(f"no JSON for {type(field).__name__}")


def _decimal(field: Any) -> Any:
    places = getattr(field, "held_places", field.decimal_places)
    return Annotated[str, Field(pattern=rf"^\d{{1,16}}(\.\d{{1,{places}}})?$", json_schema_extra={"format": "decimal"})]


def _integer(field: Any) -> Any:
    low = -LARGEST_ID if field.min_value is None else field.min_value
    high = LARGEST_ID if field.max_value is None else field.max_value
    return Annotated[int, Field(strict=True, ge=low, le=high), BeforeValidator(whole)]


def _text(field: Any) -> Any:
    return Annotated[str, Field(min_length=1 if field.required else 0, max_length=field.max_length)]


def _codes(field: Any) -> list[str]:
    """The codes of a choice that is the same for everybody; none where rows are chosen from."""
    if getattr(field, "of_rows", False):
        return []
    return [str(code) for code, _label in field.choices if code != ""]


def _choice(field: Any) -> Any:
    codes = _codes(field)
    if not codes:
        return Id
    return StrictBool if set(codes) == {"0", "1"} else Literal[tuple(codes)]


def _choices(field: Any) -> Any:
    codes = _codes(field)
    one: Any = Literal[tuple(codes)] if codes else Id
    return Annotated[list[one], Field(max_length=500)]


KINDS: list[tuple[type[forms.Field], Callable[[Any], Any]]] = [
    (forms.BooleanField, lambda _field: StrictBool),
    (forms.DateField, lambda _field: Day),
    (forms.MultipleChoiceField, _choices),
    (forms.ChoiceField, _choice),
    (forms.DecimalField, _decimal),
    (forms.IntegerField, _integer),
    (forms.CharField, _text),
]


def bound(fields: Fields, told: Mapping[str, Any], kept: Mapping[str, Any]) -> QueryDict:
    """What a browser would send for these fields: `told` of the request, and `kept`, what the form shows at first."""
    data = QueryDict(mutable=True)
    for name, field in fields.items():
        if name in told:
            data.setlist(name, list(_sent(field, told[name])))
        elif name in kept:
            drawn = field.widget.format_value(field.prepare_value(kept[name]))
            data.setlist(name, drawn if isinstance(drawn, list) else [] if drawn is None else [str(drawn)])
    return data


def _sent(field: forms.Field, value: Any) -> Iterable[str]:
    if value is None or (value is False and isinstance(field, forms.BooleanField)):
        return []
    if isinstance(value, bool):
        return ["on" if isinstance(field, forms.BooleanField) else str(int(value))]
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(field, forms.DecimalField):
        return [str(field.prepare_value(Decimal(value)))]
    return [str(value)]
