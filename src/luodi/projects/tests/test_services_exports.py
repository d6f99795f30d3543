"""Taking the library away: what is in the file, why it is taken, and the line that stays."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from python_calamine import CalamineWorkbook

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects.api.shapes import ProjectLine
from luodi.projects.models import LibraryExport
from luodi.projects.services.exports import library_export
from luodi.projects.tests.factories import County, make_project, make_world
from luodi.projects.views.export import FIELDS

pytestmark = pytest.mark.django_db
EXPORT = "/projects/export"


@pytest.fixture
def world() -> County:
    return make_world()


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    return client


def sent(client: Client, address: str = EXPORT, **told: Any) -> Any:
    return client.post(address, {"kind": "xlsx", **told})


def table(answer: Any) -> list[list[Any]]:
    assert answer.status_code == 200, answer.content.decode()[:500]
    return CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()


def test_excel_holds_what_is_on_show(world: County) -> None:
    make_project(
        world, name="=1+1冷库", total_investment_cny=Decimal("260000000"), committed_finish_on=date(2027, 6, 30)
    )
    make_project(world, name="乙冷库")
    client = sign_in(world[Role.PROJECT_OFFICE])
    heads, *rows = table(sent(client, f"{EXPORT}?cols=total&cols=due&sort=name"))
    assert heads == ["编号", "项目名称", "类型", "灯", "重要程度", "有眉目", "总投资（亿元）", "承诺竣工"]
    found = {row[1]: row for row in rows}
    assert found["=1+1冷库"][6:] == [2.6, date(2027, 6, 30)]  # text stayed text, money a number, the day a day
    assert set(found) == {"=1+1冷库", "乙冷库"}
    assert [row[1] for row in table(sent(client, f"{EXPORT}?q=乙"))[1:]] == ["乙冷库"]


def test_csv_holds_all_for_programs(world: County) -> None:
    project = make_project(world, name="@SUM冷库", total_investment_cny=Decimal("260000000.50"))
    answer = sent(sign_in(world[Role.PROJECT_OFFICE]), kind="csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    (row,) = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert row["name"] == "'@SUM冷库"
    assert (row["total_investment_cny"], row["stage"]) == ("260000000.50", "planned")
    assert row["uuid"] == str(project.subject.uuid)


def test_the_columns_for_programs_are_those_of_the_api() -> None:
    assert list(FIELDS) == list(ProjectLine.model_fields)


def test_each_file_is_a_line_of_the_audit_log_the_same_form_again_too(world: County) -> None:
    make_project(world, name="甲冷库")
    client = sign_in(world[Role.PROJECT_OFFICE])
    for _again in range(2):
        assert sent(client, f"{EXPORT}?q=%E7%94%B2&stage=planned").status_code == 200
    first, second = LibraryExport.objects.order_by("pk")
    assert first.pk != second.pk
    assert (first.asked, first.count, first.member) == ("q=甲&stage=planned", 1, world[Role.PROJECT_OFFICE].member)
    assert AuditEntry.objects.filter(body__contains="projects.libraryexport").count() == 2


def test_no_telephone_is_kept_of_what_was_asked(world: County) -> None:
    given: dict[str, Any] = {"kind": "csv", "asked": "q=13800138000", "count": 1}
    made = acts.run(library_export, by=world[Role.PROJECT_OFFICE], reason="给13800138000核对", **given)
    assert "138001" not in made.asked + made.reason
    assert made.asked.startswith("q=")


def test_above_a_thousand_rows_the_reason_is_asked(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("甲冷库", "乙冷库"):
        make_project(world, name=name)
    for module in ("services.exports", "views.export", "views.library"):
        monkeypatch.setattr(f"luodi.projects.{module}.EXPORT_ASKS_REASON", 1)
    client = sign_in(world[Role.PROJECT_OFFICE])
    assert f'href="{EXPORT}?"' in client.get("/projects/").content.decode()  # to the page, not away at once
    page = client.get(EXPORT).content.decode()
    assert "请写明用途" in page
    refused = sent(client, reason="无")
    assert refused.status_code == 422
    assert "有 2 行，超过 1 行，请写明用途。" in refused.content.decode()
    assert not LibraryExport.objects.exists()
    assert len(table(sent(client, reason="报市发改委季度汇总"))) == 3
    assert LibraryExport.objects.get().reason == "报市发改委季度汇总"


def test_too_many_and_none_are_refused(world: County, monkeypatch: pytest.MonkeyPatch) -> None:
    client = sign_in(world[Role.PROJECT_OFFICE])
    assert "没有什么可导出" in sent(client).content.decode()
    make_project(world, name="甲冷库")
    make_project(world, name="乙冷库")
    for module in ("services.exports", "views.export"):
        monkeypatch.setattr(f"luodi.projects.{module}.EXPORT_MOST", 1)
    answer = sent(client)
    assert answer.status_code == 422
    assert "有 2 行，一次最多导出 1 行：请加条件，分几次导出。" in answer.content.decode()
    assert not LibraryExport.objects.exists()


def test_refusals_have_their_codes(world: County) -> None:
    def code_of(by: User, **told: Any) -> str:
        given: dict[str, Any] = {"kind": "csv", "asked": "", "count": 1, "reason": "", **told}
        with pytest.raises(DomainError) as refused:
            acts.run(library_export, by=by, **{"reason": given.pop("reason")}, **given)
        return refused.value.code

    office = world[Role.PROJECT_OFFICE]
    assert code_of(world[Role.BANK_CLERK]) == "forbidden"
    assert code_of(office, count=0) == "export_empty"
    assert code_of(office, count=10_001, reason="汇总上报") == "export_many"
    assert code_of(office, count=1001, reason="略") == "reason_missing"


@pytest.mark.parametrize(("count", "reason"), [(1001, ""), (10_001, "汇总上报")])
def test_the_database_holds_the_same(world: County, count: int, reason: str) -> None:
    member = world[Role.PROJECT_OFFICE].member
    row = LibraryExport(
        region_id=member.region_id, member=member, at=clock.now(), kind="csv", count=count, reason=reason
    )
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()
