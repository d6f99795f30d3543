"""What the code cites of its papers is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
CITED = re.compile(r"(docs/[\w./-]+\.md)(?:#([\w-]+))?")
NAMED = re.compile(r"""(?:id|name)=["']([\w-]+)["']|\{#([\w-]+)\}""")
HEADING = re.compile(r"^#+\s+(.+)$", re.MULTILINE)


def citations() -> list[tuple[str, str, str]]:
    """File that cites, paper, anchor ("" = the whole paper)."""
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
    return [
        (str(file.relative_to(ROOT)), paper, anchor or "")
        for file in files
        for paper, anchor in CITED.findall(file.read_text(encoding="utf-8"))
    ]


def anchors(paper: Path) -> set[str]:
    text = paper.read_text(encoding="utf-8")
    named = {one or other for one, other in NAMED.findall(text)}
    return named | {re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-") for title in HEADING.findall(text)}


@pytest.mark.parametrize(("file", "paper", "anchor"), sorted(set(citations())))
def test_cited_paper_and_anchor_exist(file: str, paper: str, anchor: str):
    assert (ROOT / paper).exists(), f"{file} cites {paper}"
    if anchor:
        assert anchor in anchors(ROOT / paper), f"{file} cites {paper}#{anchor}"
