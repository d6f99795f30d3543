"""The results as a table to read, and as docs/benchmarks.md between its markers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bench.measuring import MOST_QUERIES, REPEATS, Growth, Rate, Report, Timing

BEGIN, END = (
    "<!-- bench:begin (written by `make bench`; what stands outside the markers is kept) -->",
    "<!-- bench:end -->",
)
FRAME = f"# Benchmarks\n\n{BEGIN}\n{END}\n"
METHOD = (
    f"Server time in milliseconds, of {REPEATS} repeats after a warm-up: the WSGI application is called in process, just as "
    "the server calls it, with the whole middleware (CSRF on), session and account from the database; without sockets and "
    "network. `CPU` is the share of the median that this process computed; the rest it waited (disk, PostgreSQL, or other "
    "processes of a busy machine). Queries count BEGIN and COMMIT, and are the most that one of ten requests made. "
    "Aims are held against p95."
)


def aim(row: Timing) -> str:
    if row.aim_ms is None:
        return "—"
    return f"< {row.aim_ms:g} ms" + (f", ≤ {row.most_queries} queries" if row.most_queries else "")


def verdict(met: bool | None) -> str:
    return {True: "met", False: "**missed**", None: "—"}[met]


def timings(rows: Sequence[Timing]) -> list[list[str]]:
    head = ["what", "median", "p95", "CPU", "queries", "aim", ""]
    return [
        head,
        *(
            [
                row.name,
                f"{row.median:.1f}",
                f"{row.p95:.1f}",
                f"{row.cpu:.1f}",
                str(row.queries),
                aim(row),
                verdict(row.met),
            ]
            for row in rows
        ),
    ]


def rates(rows: Sequence[Rate]) -> list[list[str]]:
    head = ["what", "acts", "acts/s", "tried again", "links lost", "chain", "aim", ""]
    return [
        head,
        *(
            [
                row.name,
                str(row.acts),
                f"{row.per_second:.0f}",
                str(row.retried),
                str(row.lost),
                "whole" if row.intact else "broken",
                "no deadlock, no lost link",
                verdict(row.met),
            ]
            for row in rows
        ),
    ]


def growths(rows: Sequence[Growth]) -> list[list[str]]:
    head = ["queries of", "200 projects", "2,000 projects", "aim", ""]
    return [
        head,
        *(
            [row.name, str(row.small), str(row.whole), f"no more, and ≤ {MOST_QUERIES}", verdict(row.met)]
            for row in rows
        ),
    ]


def drawn(cells: list[list[str]]) -> str:
    """A Markdown table, which reads as well on a terminal."""
    widths = [max(len(row[column]) for row in cells) for column in range(len(cells[0]))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def table(where: dict[str, str], reports: Sequence[Report]) -> str:
    parts = ["\n".join(f"- {name}: {value}" for name, value in where.items()), METHOD]
    for report in reports:
        held = ", ".join(f"{count:,} {name}" for name, count in report.size.items())
        parts += [
            f"## {report.database}",
            held,
            drawn(timings(report.timings)),
            drawn(rates(report.rates)),
            drawn(growths(report.growth)),
        ]
    return "\n\n".join(parts)


def write(path: Path, where: dict[str, str], reports: Sequence[Report]) -> None:
    """Put the table between the markers. Raises ValueError where a paper has lost them."""
    paper = path.read_text(encoding="utf-8") if path.exists() else FRAME
    before, begin, rest = paper.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{path.name} has lost its markers {BEGIN} … {END}")
    path.write_text(f"{before}{begin}\n\n{table(where, reports)}\n\n{end}{after}", encoding="utf-8")
