"""What an import looks things up in: the county as the database knows it, in a constant number of queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from importlib import resources
from typing import Any

from luodi.engines.ledger import (
    CompanyRef,
    Context,
    MemberRef,
    ProjectRef,
    UnitRef,
    Value,
    context_from_county,
)
from luodi.engines.ledger.texts import squeezed
from luodi.kernel.chinese import name_key
from luodi.orgs.models import Company, Industry, Member, Region, RoleGrant, Unit, User
from luodi.orgs.rules import Role as SystemRole
from luodi.projects.models import Kind, Project, YearFigure

DEMO = "luodi.orgs"
SHORTEST_PART = 2
"""Characters of a word that may stand for a kind's whole name: 水利 for 水利供水."""


@dataclass(slots=True)
class Book:
    """A project of the library with what its year figures say. `year` is the ledger's."""

    project: Project
    year: int
    figures: list[YearFigure]

    @property
    def of_year(self) -> list[YearFigure]:
        return [figure for figure in self.figures if figure.year == self.year]

    @property
    def declared_in_years(self) -> Decimal:
        return sum((figure.declared_cny for figure in self.figures), Decimal(0))

    @property
    def declared(self) -> Decimal | None:
        """Declared from the first day to now; None where nobody said anything."""
        before = self.project.declared_before_cny
        return None if before is None and not self.figures else (before or Decimal(0)) + self.declared_in_years


class County:
    """The people, units, companies and projects of one county, by the names that ledgers give."""

    def __init__(self, region: Region, *, viewer: User | None = None) -> None:
        self.region = region
        self.viewer = viewer

    @cached_property
    def units(self) -> list[Unit]:
        rows = Unit.objects.filter(region=self.region, active=True).select_related("head", "governs")
        return list(rows.prefetch_related("aliases"))

    @cached_property
    def unit_by_name(self) -> dict[str, Unit]:
        return {unit.name: unit for unit in self.units}

    @cached_property
    def township_names(self) -> dict[int, str]:
        """The name of the unit that governs a region, by the region's id."""
        return {unit.governs_id: unit.name for unit in self.units if unit.governs_id and unit.kind == "township"}

    @cached_property
    def members(self) -> list[Member]:
        return list(Member.objects.serving().filter(region=self.region).select_related("unit", "person").order_by("pk"))

    @cached_property
    def holders(self) -> dict[str, set[int]]:
        """Who leads the county, and who supervises, by role."""
        roles = [SystemRole.COUNTY_LEADER, SystemRole.SUPERVISOR]
        grants = RoleGrant.objects.filter(region=self.region, role__in=roles, until=None)
        found: dict[str, set[int]] = {role.value: set() for role in roles}
        for role, member in grants.values_list("role", "member_id"):
            found[role].add(member)
        return found

    @cached_property
    def leaders(self) -> dict[str, Member]:
        ids = self.holders[SystemRole.COUNTY_LEADER]
        return {squeezed(member.name): member for member in reversed(self.members) if member.pk in ids}

    def member(self, unit: Unit, name: str) -> Member | None:
        """The unit's member of this name; of two, the one who has been there longer."""
        return self._by_unit.get((unit.pk, squeezed(name)))

    @cached_property
    def _by_unit(self) -> dict[tuple[int, str], Member]:
        return {(member.unit_id, squeezed(member.name)): member for member in reversed(self.members)}

    def add_member(self, member: Member) -> Member:
        """Let a member who was just made be found by the rows that follow."""
        self._by_unit[member.unit_id, squeezed(member.name)] = member
        return member

    def supervisor(self, name: str) -> Member | None:
        """Whom a name means: a supervisor of that name, else the only member of that name; None where it is not clear."""
        named = [member for member in self.members if squeezed(member.name) == squeezed(name)]
        by_role = [member for member in named if member.pk in self.holders[SystemRole.SUPERVISOR]]
        found = by_role or named
        return found[0] if len(found) == 1 else None

    @cached_property
    def kinds(self) -> list[Kind]:
        return list(Kind.objects.all())

    @cached_property
    def industries(self) -> dict[str, Industry]:
        """By code and by name, the broader one first."""
        rows = Industry.objects.order_by("-level")
        found = list(rows)
        return {name_key(industry.name): industry for industry in found} | {i.code: i for i in found}

    def kind_of(self, text: str) -> Kind | Industry | None:
        """The kind or industry that a ledger's word means; None where it means neither, or more than one kind."""
        key = name_key(text)
        exact = next((kind for kind in self.kinds if name_key(kind.name) == key), None) or self.industries.get(key)
        if exact is not None or len(key) < SHORTEST_PART:
            return exact
        near = [kind for kind in self.kinds if key in name_key(kind.name) or name_key(kind.name) in key]
        return near[0] if len(near) == 1 else None

    # As the engine wants it --------------------------------------------------------------------------------------

    def context(self, today: date, books: dict[str, Book]) -> Context:
        units = tuple(
            UnitRef(unit.code, unit.name, unit.short, tuple(a.alias for a in unit.aliases.all()), unit.kind)
            for unit in self.units
        )
        code = {unit.pk: unit.code for unit in self.units}
        leaders = self.holders[SystemRole.COUNTY_LEADER]
        members = tuple(MemberRef(m.name, code[m.unit_id], m.pk in leaders) for m in self.members if m.unit_id in code)
        companies = Company.objects.filter(region=self.region).exclude(uscc="").values_list("name", "uscc")
        return Context(
            today, self.region.name, units, members, tuple(CompanyRef(*row) for row in companies),
            tuple(ProjectRef(key, self.values_of(b), b.project.name, b.project.national_code) for key, b in books.items()),
        )  # fmt: skip

    def books(self, year: int, ids: list[int] | None = None) -> dict[str, Book]:
        """The live projects that the importer may see, by key (their id as text)."""
        rows = Project.objects.all() if self.viewer is None else Project.objects.visible_to(self.viewer)
        rows = rows.live().filter(region=self.region)
        if ids is not None:
            rows = rows.filter(pk__in=ids)
        related = ("unit", "officer", "leader", "principal", "supervisor", "investor", "kind", "industry", "subject")
        found = {str(project.pk): Book(project, year, []) for project in rows.select_related(*related)}
        for figure in YearFigure.objects.filter(project_id__in=rows.values("pk")):
            if (book := found.get(str(figure.project_id))) is not None:
                book.figures.append(figure)
        return found

    def values_of(self, book: Book) -> dict[str, Value]:
        """A project in the words of the engine's RowResult.values, empty fields left out."""
        project = book.project
        people = {role: getattr(project, role) for role in ("leader", "principal", "officer", "supervisor")}
        told: dict[str, Any] = {
            "name": project.name, "national_code": project.national_code, "unit": project.unit.name,
            "township": self.township_names.get(project.township_id or 0, ""), "track": project.track,
            "investor": project.investor.name if project.investor else "",
            "uscc": project.investor.uscc if project.investor else "",
            "total_investment": project.total_investment_cny, "declared_investment": book.declared,
            "stage": project.stage, "started_on": project.started_on, "end_on": project.committed_finish_on,
            "summary": project.summary, "note": project.remark, "land_mu": project.land_mu, "jobs": project.jobs,
            "tax": project.annual_tax_cny, "importance": project.importance,
            "kind": str(project.kind or project.industry or ""),
            **{role: member.name for role, member in people.items() if member is not None},
        }  # fmt: skip
        if book.of_year:
            told["year_planned"] = sum((figure.planned_cny for figure in book.of_year), Decimal(0))
            told["year_declared"] = sum((figure.declared_cny for figure in book.of_year), Decimal(0))
        return {name: value for name, value in told.items() if value not in (None, "")}


def demo_context(today: date) -> Context:
    """The packaged demo county, for a preview without a database."""
    return context_from_county(demo_county(), today)


def demo_county() -> dict[str, Any]:
    text = resources.files(DEMO).joinpath("data/county.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
