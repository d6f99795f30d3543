"""The address of a list carries its filters, its order and its columns; these functions change one and keep the rest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import urlencode

from django.http import QueryDict

from luodi.web.parts import FilterMenu


def with_values(query: QueryDict, **values: str | int | None) -> str:
    """The query string with `values` put in their place; None takes the key out. Always begins with `?`."""
    changed = dict(query.lists())
    for key, value in values.items():
        if value is None:
            changed.pop(key, None)
        else:
            changed[key] = [str(value)]
    return f"?{urlencode(changed, doseq=True)}"


def without(query: QueryDict, key: str, value: str = "") -> str:
    """The query string without `key`, or without one `value` of it. The page number goes too."""
    changed = query.copy()
    left = [v for v in changed.getlist(key) if value and v != value]
    changed.setlist(key, left)
    changed.pop("page", None)
    return f"?{changed.urlencode()}"


def kept(query: QueryDict, *, without: Iterable[str]) -> list[tuple[str, str]]:
    """What a form must carry along as hidden fields: all but its own keys, and the page number."""
    dropped = {"page", *without}
    return [(key, value) for key, values in query.lists() if key not in dropped for value in values]


def keys_of(menus: Sequence[FilterMenu]) -> list[str]:
    keys: list[str] = []
    for menu in menus:
        keys += [f"{menu.key}_from", f"{menu.key}_to"] if menu.kind == "dates" else [menu.key]
    return keys
