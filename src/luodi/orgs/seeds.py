"""Code tables that every installation starts with."""

from __future__ import annotations

from importlib import resources
from typing import Any

from luodi.orgs.models import Industry


def seed_industries(**_kwargs: Any) -> None:
    """Enter sections and divisions of GB/T 4754-2017 where the table is empty; the full table can be imported later."""
    if Industry.objects.exists():
        return
    section: Industry | None = None
    for code, name in industry_rows():
        if code.isalpha():
            section = Industry.objects.create(code=code, name=name, level=1)
        else:
            Industry.objects.create(code=code, name=name, level=2, parent=section)


def industry_rows() -> list[tuple[str, str]]:
    """Code and name of the 20 sections and 97 divisions, each division after its section."""
    text = resources.files("luodi.orgs").joinpath("data/industries.tsv").read_text(encoding="utf-8")
    return [(code, name) for code, _tab, name in (line.partition("\t") for line in text.splitlines())]
