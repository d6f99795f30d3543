"""Entering and editing projects."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from stdnum.cn.uscc import is_valid as is_valid_uscc

from luodi.kernel import acts, clock
from luodi.kernel.canonical import plain
from luodi.kernel.chinese import name_key, pinyin_of, visible_text
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Company, Industry, Member, Region, RoleGrant, Theme, Unit, User
from luodi.orgs.rules import Role as SystemRole
from luodi.orgs.services.units import company_find_or_create
from luodi.projects import permissions
from luodi.projects.models import (
    Assignment,
    CodeCounter,
    ImportBatch,
    Kind,
    Project,
    ProjectFigures,
    StageChange,
    YearFigure,
)
from luodi.projects.models.labels import TEXTS
from luodi.projects.rules import (
    EARLY,
    LEDGER_MOST,
    LONGEST,
    PATHS,
    RESPONSIBLE_KINDS,
    Importance,
    Role,
    Stage,
    Track,
    days_fault,
    needs_named_people,
)
from luodi.projects.services import figures
from luodi.subjects.models import Party, Subject, TimelineEntry
from luodi.subjects.services import party_add, party_end, tell

NATIONAL_CODE = re.compile(r"^\d{4}-\d{6}-\d{2}-\d{2}-\d{6}$")
"""GB/T 40058-2021 and the form used before 2020-11 (domain.md 8.1); the check digit's rule is not public, so form only."""

EDITABLE = frozenset(
    {
        "name",
        "kind",
        "industry",
        "theme",
        "township",
        "latitude",
        "longitude",
        "investor",
        "national_code",
        "summary",
        "remark",
        "total_investment_cny",
        "declared_before_cny",
        "land_mu",
        "jobs",
        "annual_tax_cny",
        "started_on",
        "committed_finish_on",
    }
)
AMOUNTS = {
    "total_investment_cny": LEDGER_MOST,
    "declared_before_cny": LEDGER_MOST,
    "annual_tax_cny": LEDGER_MOST,
    "land_mu": 10**7,
    "jobs": 10**6,
}
"""The most that a figure may say: beyond it, somebody mistook the unit."""


PAIRED = ("latitude", "longitude", "started_on", "committed_finish_on")


@dataclass(slots=True)
class Entry:
    """A project to be entered. `opening_stage` is given where it enters later than planned (期初)."""

    name: str
    track: Track
    unit: Unit
    officer: Member
    leader: Member | None = None
    principal: Member | None = None
    supervisor: Member | None = None
    importance: Importance = Importance.ORDINARY
    opening_stage: Stage | None = None
    kind: Kind | None = None
    industry: Industry | None = None
    theme: Theme | None = None
    township: Region | None = None
    latitude: Decimal | None = None
    longitude: Decimal | None = None
    investor: Company | None = None
    national_code: str = ""
    summary: str = ""
    remark: str = ""
    total_investment_cny: Decimal | None = None
    declared_before_cny: Decimal | None = None
    land_mu: Decimal | None = None
    jobs: int | None = None
    annual_tax_cny: Decimal | None = None
    started_on: date | None = None
    committed_finish_on: date | None = None
    year_planned_cny: Decimal | None = None
    year_declared_cny: Decimal | None = None
    helpers: list[Unit] = field(default_factory=list)

    @property
    def stage(self) -> Stage:
        return self.opening_stage or Stage.PLANNED

    @property
    def people(self) -> list[Member]:
        named = (self.officer, self.leader, self.principal, self.supervisor)
        return [member for member in named if member is not None]


def project_create(*, by: User, entry: Entry, investor_name: str = "", investor_uscc: str = "") -> Project:
    """Enter one project. It is answered for from this moment on. The investor is found by code or name, else made.

    Errors: DomainError "forbidden" | "name_missing" | "name_taken" | "leader_missing" | "leader_not_leader" |
    "officer_left" | "national_code_form" | "stage_of_track" | "unit_unknown" | "member_unknown" | "amount_wrong" |
    "township_unknown" | "uscc_wrong" | "investor_missing" | "start_in_future" | "finish_before_start" | "text_long" |
    "place_half".
    """
    acts.lock(Member.objects.filter(pk__in=[entry.unit.head_id, *(who.pk for who in entry.people)]))
    if entry.unit.region_id not in by.region_ids:
        raise DomainError("unit_unknown", _("没有这个单位。"), field="unit")
    if why := permissions.why_not_create(by, entry.unit.pk):
        raise Forbidden(why)
    entry.investor = investor_told(entry.unit.region_id, investor_name, investor_uscc) or entry.investor
    return projects_insert([entry])[0]


def investor_told(region_id: int, name: str, uscc: str) -> Company | None:
    """The company that a form names, None where it names none. Errors: "investor_missing" for a code alone; "uscc_wrong"."""
    if name.strip():
        return investor_of(region_id, name, uscc)
    if uscc.strip():
        raise DomainError(
            "investor_missing",
            _("填了统一社会信用代码，还要填投资方的名称；没有投资方的，把代码也清空。"),
            field="investor_name",
        )
    return None


def investor_of(region_id: int, name: str, uscc: str) -> Company:
    """The investing company. Errors: "uscc_wrong" when the code's check character does not fit (GB 32100-2015)."""
    code = uscc.strip().upper()
    if code and not is_valid_uscc(code):
        raise DomainError(
            "uscc_wrong",
            _("统一社会信用代码不对：应为 18 位，且末位校验相符。请对照营业执照核对。"),
            field="investor_uscc",
        )
    return company_find_or_create(region_id=region_id, name=name.strip(), uscc=code)


def projects_insert(entries: Sequence[Entry], *, batch: ImportBatch | None = None) -> list[Project]:
    """Enter many projects of one county within the act that runs; permission is the caller's. All of them or none."""
    if not entries:
        return []
    region = entries[0].unit.region
    _check_all(entries, region)
    _hold_people(entries)
    at = acts.current().at
    codes = _next_codes(region, clock.local_date(at).year, len(entries))
    subjects = acts.insert_many(
        [Subject(region=region, kind="project", title=visible_text(entry.name).strip()) for entry in entries]
    )
    made = acts.insert_many(
        [_row(entry, subject, code, at, batch) for entry, subject, code in zip(entries, subjects, codes, strict=True)]
    )
    ids = [project.pk for project in made]
    acts.note_written(
        Assignment.objects.filter(project_id__in=ids).select_related("project").order_by("project_id", "pk")
    )
    acts.insert_many([StageChange(project=p, was="", now=p.stage, on=p.stage_on, at=at) for p in made])
    acts.insert_many(
        [party for project, entry in zip(made, entries, strict=True) for party in _parties(project, entry, at)]
    )
    acts.insert_many([year for project, entry in zip(made, entries, strict=True) for year in _year(project, entry, at)])
    acts.insert_many([_entered(project, at) for project in made])
    ProjectFigures.objects.bulk_create([ProjectFigures(project=project) for project in made])
    figures.rebuild(ids)
    return made


def _check_all(entries: Sequence[Entry], region: Region) -> None:
    keys = [name_key(entry.name) for entry in entries]
    taken = set(Project.objects.live().filter(region=region, name_key__in=keys).values_list("name_key", flat=True))
    leaders = _leaders(region)
    if any(entry.unit.region_id != region.pk or entry.unit.kind not in RESPONSIBLE_KINDS for entry in entries):
        raise DomainError("unit_unknown", _("责任单位要从本县的部门、机关和乡镇中选。"), field="unit")
    for entry, key in zip(entries, keys, strict=True):
        if not key:
            raise DomainError("name_missing", _("请填写项目名称。"), field="name")
        if key in taken:
            raise DomainError("name_taken", _("已有同名的在册项目：%(name)s。") % {"name": entry.name}, field="name")
        taken.add(key)
        entry.principal = entry.principal or entry.unit.head
        _check_people(entry, leaders)
        check_national_code(entry.national_code)
        check_amounts({name: getattr(entry, name) for name in AMOUNTS})
        check_township(entry.township, region.pk)
        check_texts({name: getattr(entry, name) for name in LONGEST})
        check_place(entry.latitude, entry.longitude)
        check_days(entry.started_on, entry.committed_finish_on)
        if entry.stage not in PATHS[entry.track]:
            raise DomainError("stage_of_track", _("这类项目没有这个阶段。"), field="opening_stage")


def _check_people(entry: Entry, leaders: set[int]) -> None:
    needed = needs_named_people(entry.stage, entry.importance, promising=False)
    if Role.LEADER in needed and entry.leader is None:
        raise DomainError("leader_missing", _("重点项目和签约（前期）以后的项目要有包联领导。"), field="leader")
    if entry.leader is not None and entry.leader.pk not in leaders:
        raise DomainError("leader_not_leader", _("包联领导要从县领导中选。"), field="leader")
    if any(who.region_id != entry.unit.region_id for who in entry.people):
        raise DomainError("member_unknown", _("责任人要从本县的人员中选。"), field="officer")


def _hold_people(entries: Sequence[Entry]) -> None:
    """Keep all who will answer from leaving meanwhile, and refuse who has left: what was read before may be old."""
    named = {who.pk for entry in entries for who in entry.people}
    left = {member.pk for member in acts.lock(Member.objects.filter(pk__in=named)) if member.state == "left"}
    for entry in entries:
        if entry.officer.pk in left:
            raise DomainError("officer_left", _("专人已离任，请另选一人。"), field="officer")
        if any(who.pk in left for who in entry.people):
            raise DomainError("member_unknown", _("责任人里有人已经离任，请另选在岗的人。"), field="officer")


def _leaders(region: Region) -> set[int]:
    grants = RoleGrant.objects.filter(region=region, role=SystemRole.COUNTY_LEADER, until=None)
    return set(grants.values_list("member_id", flat=True))


def check_national_code(code: str) -> None:
    if code and not NATIONAL_CODE.match(code):
        raise DomainError(
            "national_code_form",
            _("全国投资项目代码的形式是 2305-139921-04-01-123456，请核对。"),
            field="national_code",
        )


def check_township(township: Region | None, region_id: int) -> None:
    if township is not None and (township.level != "township" or township.parent_id != region_id):
        raise DomainError("township_unknown", _("所在乡镇要从本县的乡镇中选。"), field="township")


def check_amounts(given: Mapping[str, Any]) -> None:
    """No figure is negative or beyond all measure (an amount in yuan, land in mu, jobs in persons)."""
    for name, most in AMOUNTS.items():
        value = given.get(name)
        if value is not None and not (Decimal(value).is_finite() and 0 <= value <= most):
            raise DomainError("amount_wrong", _("数值不能为负，也不能大得离谱，请核对单位。"), field=name)


def check_texts(given: Mapping[str, Any]) -> None:
    """No text of a project's own is longer than LONGEST says."""
    for name, most in LONGEST.items():
        if len(given.get(name) or "") > most:
            raise DomainError(
                "text_long",
                _("%(label)s最多 %(most)s 字，现在有 %(count)s 字，请写短些。")
                % {"label": TEXTS[name], "most": most, "count": len(given[name])},
                field=name,
            )


def check_place(latitude: Decimal | None, longitude: Decimal | None) -> None:
    """A place is told by both or not at all."""
    if (latitude is None) != (longitude is None):
        missing = "latitude" if latitude is None else "longitude"
        raise DomainError("place_half", _("纬度和经度要一起填，或者都不填。"), field=missing)


def check_days(started_on: date | None, finish_on: date | None, *, field: str = "committed_finish_on") -> None:
    """A declared start is past, and the finish does not lie before it; `field`: beside which the second is said."""
    fault = days_fault(started_on=started_on, finish_on=finish_on, today=clock.today())
    if fault == "start_in_future":
        raise DomainError(
            fault, _("开工日期在今天以后。还没有开工的，请先空着；打算哪天开工写在备注里。"), field="started_on"
        )
    if fault == "finish_before_start":
        raise DomainError(
            fault,
            _("承诺竣工 %(finish)s 早于开工日期 %(start)s，请核对。") % {"finish": finish_on, "start": started_on},
            field=field,
        )


def _next_codes(region: Region, year: int, count: int) -> list[str]:
    """Take the next numbers of the county's year; whoever comes at the same time waits."""
    CodeCounter.objects.bulk_create([CodeCounter(region=region, year=year)], ignore_conflicts=True)
    counter = acts.lock(CodeCounter.objects.filter(region=region, year=year))[0]
    first = counter.last + 1
    CodeCounter.objects.filter(pk=counter.pk).update(last=counter.last + count)
    return [f"{region.initials or region.code}-{year}-{number:04d}" for number in range(first, first + count)]


def _row(entry: Entry, subject: Subject, code: str, at: datetime, batch: ImportBatch | None) -> Project:
    name = visible_text(entry.name).strip()
    opening = entry.opening_stage if entry.opening_stage not in (None, Stage.PLANNED) else None
    return Project(
        region_id=subject.region_id,
        subject=subject,
        code=code,
        name=name,
        name_key=name_key(name),
        pinyin=pinyin_of(name, 400),
        track=entry.track.value,
        stage=entry.stage.value,
        stage_on=_opening_on(entry, at),
        opening_stage=opening.value if opening else "",
        importance=entry.importance.value,
        kind=entry.kind,
        industry=entry.industry,
        theme=entry.theme,
        township=entry.township,
        latitude=entry.latitude,
        longitude=entry.longitude,
        investor=entry.investor,
        national_code=entry.national_code,
        summary=entry.summary,
        remark=entry.remark,
        total_investment_cny=entry.total_investment_cny,
        declared_before_cny=entry.declared_before_cny,
        land_mu=entry.land_mu,
        jobs=entry.jobs,
        annual_tax_cny=entry.annual_tax_cny,
        started_on=entry.started_on,
        committed_finish_on=entry.committed_finish_on,
        unit=entry.unit,
        officer=entry.officer,
        leader=entry.leader,
        principal=entry.principal,
        supervisor=entry.supervisor,
        entered_at=at,
        entered_batch=batch,
    )


def _opening_on(entry: Entry, at: datetime) -> date:
    """The day the stage began as far as it is known: the declared start for what is building, else the day of entry."""
    today = clock.local_date(at)
    if entry.opening_stage == Stage.BUILDING and entry.started_on and entry.started_on <= today:
        return entry.started_on
    return today


def _parties(project: Project, entry: Entry, at: datetime) -> list[Party]:
    units = [("responsible", entry.unit)]
    if entry.township is not None and (own := entry.township.governing_units.first()) and own.pk != entry.unit.pk:
        units.append(("township", own))
    units += [("helper", unit) for unit in dict.fromkeys(entry.helpers) if unit.pk != entry.unit.pk]
    return [Party(subject=project.subject, unit=unit, role=role, since=at) for role, unit in units]


def _year(project: Project, entry: Entry, at: datetime) -> list[YearFigure]:
    if entry.year_planned_cny is None and entry.year_declared_cny is None:
        return []
    source = "fiscal" if project.track == Track.PUBLIC else "own"
    return [
        YearFigure(
            project=project,
            year=clock.local_date(at).year,
            source=source,
            planned_cny=entry.year_planned_cny or 0,
            declared_cny=entry.year_declared_cny or 0,
        )
    ]


def _entered(project: Project, at: datetime) -> TimelineEntry:
    act = acts.current()
    verb = "project.opened" if project.opening_stage else "project.entered"
    return TimelineEntry(
        subject=project.subject,
        at=at,
        by_id=getattr(act.by, "member_id", None),
        verb=verb,
        values={"stage": project.stage, "unit": str(project.unit), "officer": str(project.officer)},
    )


def project_edit(
    *, by: User, project_id: int, seen: int, changes: dict[str, Any], investor: tuple[str, str] | None = None
) -> Project:
    """Change a project's own facts. The committed finish is set here once; after that it moves only by request.

    `investor` is name and credit code of another company, found or made.

    Errors: Project.DoesNotExist; DomainError "forbidden" | "name_missing" | "name_taken" | "national_code_form" |
    "commitment_by_request" | "field_unknown" | "amount_wrong" | "township_unknown" | "uscc_wrong" | "investor_missing" |
    "start_in_future" | "finish_before_start" | "text_long" | "place_half"; StaleVersion.
    """
    told_of = ("subject", "unit", "officer", "kind", "industry", "theme", "township", "investor")
    project = acts.lock_one(Project.objects.visible_to(by).select_related(*told_of), project_id)
    if why := permissions.why_not_work(by, project, "project.edit"):
        raise Forbidden(why)
    if unknown := set(changes) - EDITABLE:
        raise DomainError("field_unknown", ", ".join(sorted(unknown)))
    check_national_code(changes.get("national_code") or "")
    check_amounts(changes)
    check_township(changes.get("township"), project.region_id)
    check_texts(changes)
    if investor is not None:
        changes = {**changes, "investor": investor_told(project.region_id, *investor)}
    _check_commitment(project, changes)
    _check_changed(project, changes)
    was = {name: getattr(project, name) for name in changes}
    if "name" in changes:
        changes = {**changes, **_renamed(project, changes["name"])}
    changed = acts.update(project, seen=seen, **changes)
    _follow(project, changed)
    for name in [name for name in changed if name in EDITABLE]:
        tell(
            project.subject,
            "project.edited",
            field=name,
            was=_told(was[name]),
            now=_told(getattr(project, name)),
            note=acts.current().reason,
        )
    return project


def _check_commitment(project: Project, changes: dict[str, Any]) -> None:
    if "committed_finish_on" not in changes or project.committed_finish_on is None:
        return
    if changes["committed_finish_on"] != project.committed_finish_on:
        raise DomainError(
            "commitment_by_request",
            _("承诺竣工日定了以后，只能提改期申请，由另一个人决定。"),
            field="committed_finish_on",
        )


def _check_changed(project: Project, changes: dict[str, Any]) -> None:
    """Place and days as they would then stand. Where nothing of a pair is changed it is left alone: a start may have been
    recognised that lies after the promised finish, and is no fault of who corrects the name."""
    now = {name: changes.get(name, getattr(project, name)) for name in PAIRED}
    changed = {name for name in PAIRED if now[name] != getattr(project, name)}
    if changed & {"latitude", "longitude"}:
        check_place(now["latitude"], now["longitude"])
    if changed & {"started_on", "committed_finish_on"}:
        beside = "committed_finish_on" if "committed_finish_on" in changed else "started_on"
        check_days(now["started_on"], now["committed_finish_on"], field=beside)


def _renamed(project: Project, name: str) -> dict[str, str]:
    name = visible_text(name).strip()
    if name == project.name:
        return {"name": project.name}
    key = name_key(name)
    if not key:
        raise DomainError("name_missing", _("请填写项目名称。"), field="name")
    if Project.objects.live().filter(region_id=project.region_id, name_key=key).exclude(pk=project.pk).exists():
        raise DomainError("name_taken", _("已有同名的在册项目：%(name)s。") % {"name": name}, field="name")
    return {"name": name, "name_key": key, "pinyin": pinyin_of(name, 400)}


def _follow(project: Project, changed: list[str]) -> None:
    """What else must agree with the changed fields: the township's association, the subject's title (locks in this order)."""
    if "township" in changed:
        _associate_township(project)
    if "name" in changed:
        acts.update(acts.lock_one(Subject.objects.all(), project.subject_id), title=project.name)


def _associate_township(project: Project) -> None:
    """The township in which it lies sees it, and the one in which it does not lie no longer does."""
    units = list(project.township.governing_units.all()) if project.township is not None else []
    held = Party.objects.filter(subject=project.subject, role="township", until=None)
    for party in held.exclude(unit__in=units).select_related("unit"):
        party_end(project.subject, party.unit, "township")
    for unit in units:
        party_add(project.subject, unit, "township")


def _told(value: Any) -> Any:
    return str(value) if hasattr(value, "pk") else plain(value)


def project_grade(*, by: User, project_id: int, seen: int, importance: Importance) -> Project:
    """Set the importance. A key project needs its county leader. Errors: "forbidden" | "leader_missing"."""
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_grade(by, project):
        raise Forbidden(why)
    if importance != Importance.ORDINARY and project.leader_id is None:
        raise DomainError("leader_missing", _("列为重点之前，请先定下包联领导。"), field="importance")
    was = project.importance
    if acts.update(project, seen=seen, importance=importance.value):
        tell(project.subject, "project.graded", was=was, now=importance.value, note=acts.current().reason)
    return project


def project_mark_promising(*, by: User, project_id: int, seen: int, promising: bool) -> Project:
    """Say, with a reason, that a planned or negotiated project is promising 有眉目, or no longer is.

    Errors: "forbidden" | "not_early" | "reason_missing" | "principal_missing".
    """
    project = acts.lock_one(Project.objects.visible_to(by), project_id)
    if why := permissions.why_not_grade(by, project):
        raise Forbidden(why)
    if promising and project.stage not in EARLY:
        raise DomainError("not_early", _("只有谋划储备和在谈的项目才谈得上“有眉目”。"))
    if not acts.current().reason.strip():
        raise DomainError("reason_missing", _("请写明理由。"), field="reason")
    if promising and project.principal_id is None:
        raise DomainError("principal_missing", _("有眉目的项目要先定下责任领导。"))
    if acts.update(project, seen=seen, promising=promising):
        verb = "project.promising" if promising else "project.not_promising"
        tell(project.subject, verb, note=acts.current().reason)
    return project
