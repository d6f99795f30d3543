"""Repeat, time, count: what one promise came to."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice
from typing import Any, TypeVar

from django.db import connection
from django.test.utils import CaptureQueriesContext

REPEATS = 200
WARM_UP = 20
MOST_QUERIES = 12
COUNTED = 10
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one thing done many times. `cpu` is this process's own share of the median."""

    name: str
    aim_ms: float | None
    median: float
    p95: float
    cpu: float
    queries: int
    most_queries: int | None = None

    @property
    def met(self) -> bool | None:
        """Whether the aim was reached (None: none was set)."""
        if self.aim_ms is None:
            return None
        return self.p95 < self.aim_ms and (self.most_queries is None or self.queries <= self.most_queries)


@dataclass(frozen=True, slots=True)
class Rate:
    """Acts by many threads at once: how many a second, and whether all is there afterwards."""

    name: str
    threads: int
    acts: int
    per_second: float
    retried: int
    lost: int
    intact: bool

    @property
    def met(self) -> bool:
        return self.intact and not self.lost and not self.retried


@dataclass(frozen=True, slots=True)
class Growth:
    """Queries of one page in a small and in the whole county, the same request."""

    name: str
    small: int
    whole: int

    @property
    def met(self) -> bool:
        return self.whole <= self.small and self.whole <= MOST_QUERIES


@dataclass(slots=True)
class Report:
    """All that was measured on one database."""

    database: str
    size: dict[str, int] = field(default_factory=dict)
    timings: list[Timing] = field(default_factory=list)
    growth: list[Growth] = field(default_factory=list)
    rates: list[Rate] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Report:
        return cls(
            plain["database"],
            plain["size"],
            [Timing(**row) for row in plain["timings"]],
            [Growth(**row) for row in plain["growth"]],
            [Rate(**row) for row in plain["rates"]],
        )


def timed(
    name: str,
    work: Callable[[T], object],
    cases: Iterable[T],
    *,
    prepare: Callable[[T], T] = lambda case: case,
    aim_ms: float | None = None,
    most_queries: int | None = None,
) -> Timing:
    """Do `work` for each case in turn, 200 times after a warm-up; `prepare` readies a case outside the time."""
    turns = list(islice(cycle(cases), WARM_UP + REPEATS))
    wall, cpu = [], []
    for turn in turns:
        case = prepare(turn)
        begun, begun_cpu = time.perf_counter(), time.process_time()
        work(case)
        wall.append((time.perf_counter() - begun) * 1000)
        cpu.append((time.process_time() - begun_cpu) * 1000)
    wall, cpu = wall[WARM_UP:], cpu[WARM_UP:]
    queries = max(queries_of(work, prepare(turn)) for turn in turns[:COUNTED])
    return Timing(name, aim_ms, statistics.median(wall), p95(wall), statistics.median(cpu), queries, most_queries)


def queries_of(work: Callable[[T], object], case: T) -> int:
    """How many statements reach the database, BEGIN and COMMIT among them."""
    with CaptureQueriesContext(connection) as caught:
        work(case)
    return len(caught)


def p95(values: Sequence[float]) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[94]


def said(text: str) -> None:
    """Tell the person who waits; the result goes elsewhere."""
    print(f"  {text}", flush=True)
