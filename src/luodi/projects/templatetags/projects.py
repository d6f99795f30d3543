"""Small filters of the project pages."""

from __future__ import annotations

from typing import Any

from django import template

register = template.Library()


@register.filter
def at(table: dict[str, Any], key: str) -> Any:
    """The entry of a table, or "" where it has none."""
    return table.get(key, "")
