"""The packaged demo county in the database, as the sample ledger speaks of it, made through the services."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from luodi.kernel import acts, jobs
from luodi.kernel.acts import Actor
from luodi.kernel.models import Job
from luodi.orgs.models import Member, Region, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services import accounts, units
from luodi.orgs.tests.factories import COUNTY, SETUP, grant, make_county, make_user
from luodi.projects.models import ImportBatch
from luodi.projects.services.imports.county import demo_county
from luodi.projects.services.imports.reading import read_upload
from luodi.projects.services.imports.wizard import import_accept, import_upload

LEDGERS = Path(__file__).resolve().parents[4] / "tests/fixtures/ledgers"
PLAIN_UNITS = ("水利局", "青石镇")
HEADS = ["项目名称", "责任单位", "所在乡镇", "总投资（万元）", "进展阶段", "竣工时间", "包联领导", "专人", "电话"]


def make_ledger_county(*, whole: bool = False) -> User:
    """Units, aliases, members and leaders of county.json; where it need not be `whole`, only the units that have members
    and those of `plain_row`. Gives the project office's account (of 发改局)."""
    if not Region.objects.filter(code=COUNTY).exists():
        acts.run(_county, by=SETUP, whole=whole)
    return make_user(_clerk("D01"), Role.PROJECT_OFFICE, username="office")


def _clerk(code: str) -> Member:
    """The first member of a unit who is not its head."""
    member: Member = Member.objects.filter(unit__code=code, heads=None).order_by("pk")[0]
    return member


def _county(*, by: Actor, whole: bool) -> None:
    data = demo_county()
    wanted = {person["unit"] for person in data["members"]}
    region = make_county()
    made: dict[str, Unit] = {}
    for number, unit in enumerate(data["units"]):
        if whole or unit["code"] in wanted or unit["name"] in PLAIN_UNITS:
            made[unit["code"]] = _unit(by, region, number, unit)
    for person in data["members"]:
        member = units.member_insert(made[person["unit"]], name=person["name"], post=person.get("post", ""))
        if person.get("leader"):
            accounts.role_grant(by=by, member=member, role=Role.COUNTY_LEADER)


def _unit(by: Actor, region: Region, number: int, unit: dict[str, Any]) -> Unit:
    governs = None
    if unit["kind"] == "township":
        code = f"{COUNTY}{number:03}"
        governs = units.region_create(
            by=by, code=code, name=unit["name"], level="township", parent=region, valid_from=date(2020, 1, 1)
        )
    return units.unit_create(
        by=by, region=region, code=unit["code"], name=unit["name"], short=unit["short"], kind=unit["kind"],
        head_name=f"首{unit['code']}", head_post="主要领导", governs=governs, aliases=tuple(unit.get("aliases", ())),
    )  # fmt: skip


def another_importer(name: str = "second") -> User:
    member = _clerk("D02")
    grant(member, Role.INVESTMENT_BUREAU)
    return make_user(member, username=name)


def sample() -> bytes:
    return (LEDGERS / "sample.xlsx").read_bytes()


def ledger(rows: Iterable[list[Any]], heads: list[str] | None = None) -> bytes:
    """An xlsx of one sheet with a heading; dates and numbers as given, texts never as formulas."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("台账")
    for number, row in enumerate([heads or HEADS, *rows]):
        sheet.write_row(number, 0, row)
    book.close()
    return out.getvalue()


def plain_row(number: int, **changes: Any) -> list[Any]:
    values = {
        "name": f"青石镇水厂改造{number:04}", "unit": "水利局", "township": "青石镇", "total": 1200 + number, "stage": "在建",
        "end": "2027-06-30", "leader": "乙副县长", "officer": "孙七", "phone": f"139{number:08}",
    }  # fmt: skip
    return list((values | changes).values())


def uploaded(by: User, data: bytes, name: str = "台账.xlsx") -> ImportBatch:
    return acts.run(import_upload, by=by, reading=read_upload(by, name, data))


def accepted(by: User, batch: ImportBatch) -> Job:
    batch = acts.run(import_accept, by=by, batch_id=batch.pk, seen=batch.version)
    assert batch.job is not None
    return batch.job


def imported(by: User, data: bytes, name: str = "台账.xlsx") -> ImportBatch:
    """Upload, accept and write, as the worker would."""
    batch = uploaded(by, data, name)
    accepted(by, batch)
    work()
    return ImportBatch.objects.get(pk=batch.pk)


def work() -> None:
    """Do what is due; a job that failed stands with its failure."""
    jobs.work_once()
    failed = Job.objects.exclude(failure="").values_list("failure", flat=True)
    assert not list(failed)


def imported_after_another(by: User) -> ImportBatch:
    """An import whose only row somebody else entered between its acceptance and its job: it wrote nothing."""
    batch, first = uploaded(by, ledger([plain_row(1)])), uploaded(another_importer(), ledger([plain_row(1)]))
    accepted(User.objects.get(member_id=first.importer_id), first)
    accepted(by, batch)
    work()
    return ImportBatch.objects.get(pk=batch.pk)
