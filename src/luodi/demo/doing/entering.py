"""Projects come in: the offices by their monthly ledger, in one act for each; officers one by one."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from luodi.demo.companies import credit_code
from luodi.demo.live import Town
from luodi.demo.steps import Draft, Step, yuan
from luodi.kernel import acts
from luodi.kernel.errors import Forbidden
from luodi.orgs.models import Company, Member, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import company_find_or_create
from luodi.projects import permissions
from luodi.projects.rules import Importance, Stage, Track
from luodi.projects.services import projects
from luodi.projects.services.projects import Entry
from luodi.subjects.services import party_add

BATCH = 50
OUTSIDE = {"B": "bank", "E": "enterprise"}
"""Units outside the government, by the first letter of their codes, and how they are associated."""


def enter(town: Town, steps: Sequence[Step]) -> None:
    """Bring projects in: the offices by their monthly ledger, in one act for each; officers one by one."""
    drafts = [town.drafts[step.number] for step in steps]
    for office in (Role.PROJECT_OFFICE, Role.INVESTMENT_BUREAU):
        own = [draft for draft in drafts if draft.entered_by == office]
        for start in range(0, len(own), BATCH):
            acts.run(ledger_enter, by=town.any_of(office), town=town, drafts=own[start : start + BATCH])
    for draft in drafts:
        if draft.entered_by == "officer":
            officer = town.cast.user(_officer(town, draft).pk)
            acts.run(ledger_enter, by=officer, town=town, drafts=[draft])


def ledger_enter(*, by: User, town: Town, drafts: Sequence[Draft]) -> None:
    """Enter some lines of a ledger, with the companies that stand in it."""
    for draft in drafts:
        if why := permissions.why_not_create(by, town.cast.units[draft.unit].pk):
            raise Forbidden(why)
    made = projects.projects_insert([_entry(town, draft) for draft in drafts])
    for draft, project in zip(drafts, made, strict=True):
        town.pks[draft.number] = project.pk
        for code in draft.helpers:
            if role := OUTSIDE.get(code[0]):
                party_add(project.subject, town.cast.units[code], role)


def _officer(town: Town, draft: Draft) -> Member:
    return town.cast.officers[draft.unit][draft.officer]


def _entry(town: Town, draft: Draft) -> Entry:
    leaders, supervisors = town.cast.roles[Role.COUNTY_LEADER], town.cast.roles[Role.SUPERVISOR]
    helpers = [code for code in draft.helpers if code[0] not in OUTSIDE]
    return Entry(
        name=draft.name,
        track=Track(draft.track),
        unit=town.cast.units[draft.unit],
        officer=_officer(town, draft),
        leader=None if draft.leader is None else leaders[draft.leader % len(leaders)].member,
        supervisor=None if draft.supervisor is None else supervisors[draft.supervisor % len(supervisors)].member,
        importance=Importance(draft.importance),
        opening_stage=Stage(draft.opening) if draft.opening else None,
        kind=town.kinds[draft.kind],
        industry=town.industries[draft.industry],
        theme=None if draft.theme is None else town.cast.themes[draft.theme],
        township=town.cast.townships[draft.township],
        investor=_company(town, draft.investor),
        national_code=draft.national_code,
        summary=draft.summary,
        total_investment_cny=yuan(draft.total_wan),
        land_mu=Decimal(draft.land_mu) if draft.land_mu else None,
        jobs=draft.jobs,
        annual_tax_cny=yuan(draft.tax_wan) if draft.tax_wan else None,
        started_on=draft.started,
        committed_finish_on=draft.committed,
        helpers=[town.cast.units[code] for code in helpers],
    )


def _company(town: Town, name: str) -> Company | None:
    if not name:
        return None
    county = town.cast.county
    code = credit_code(county.code, Random(f"{county.code} {name}"))
    return company_find_or_create(region_id=county.pk, name=name, uscc=code)
