"""Projects by the township in which they lie."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, QuerySet

from luodi.projects.rules import Lamp
from luodi.projects.selectors.library import RANKS

Lamps = dict[Lamp, int]


def by_township(rows: QuerySet[Any]) -> dict[int | None, Lamps]:
    """How many projects of each lamp lie in each township (None: not said), of rows with a lamp's rank. One query."""
    counted = rows.order_by().values("township_id", "lamp_rank").annotate(n=Count("pk"))
    found: dict[int | None, Lamps] = {}
    for township, rank, count in counted.values_list("township_id", "lamp_rank", "n"):
        found.setdefault(township, {})[RANKS[rank]] = count
    return found


def together(lamps: Iterable[Lamps]) -> Lamps:
    """What several townships add up to, in the order in which lamps are listed."""
    found = list(lamps)
    sums = {lamp: sum(one.get(lamp, 0) for one in found) for lamp in RANKS}
    return {lamp: count for lamp, count in sums.items() if count}
