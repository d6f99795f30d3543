"""Undoing an import on its pages, as a browser without script sends it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.orgs.models import Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person
from luodi.projects.models import ImportBatch, Project
from luodi.projects.services.projects import project_edit
from luodi.projects.tests.ledger_county import (
    another_importer,
    imported,
    imported_after_another,
    ledger,
    make_ledger_county,
    plain_row,
    work,
)
from luodi.projects.tests.test_imports_views import hidden

pytestmark = pytest.mark.django_db
WHY = "整份台账传错了年度"
BUTTON = "撤销这次导入"


@pytest.fixture
def office() -> User:
    return make_ledger_county()


@pytest.fixture
def page(client: Client, office: User) -> Any:
    client.force_login(office)
    return client


def at(name: str, batch: ImportBatch) -> str:
    return reverse(name, args=[batch.pk])


def text(page: Any, url: str) -> str:
    answer = page.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def send(page: Any, batch: ImportBatch, reason: str = WHY) -> Any:
    url = at("import_undo", batch)
    return page.post(url, {**hidden(page.get(url)), "reason": reason})


def touched(by: User, name: str) -> Project:
    project = Project.objects.get(name__endswith=name)
    acts.run(project_edit, by=by, project_id=project.pk, seen=project.version, changes={"remark": "补充"})
    return project


def test_plan_then_progress_then_result(page: Any, office: User):
    other = another_importer()
    imported(office, ledger([plain_row(1)]))
    batch = imported(office, ledger([plain_row(1, total=9000), plain_row(2), plain_row(3)]))
    kept = touched(other, "0003")
    here = at("import_undo", batch)
    assert here in text(page, at("import", batch))
    assert here in text(page, reverse("import_list"))
    before = text(page, here)
    assert "会留着不动的" in before
    assert kept.get_absolute_url() in before
    assert f"{other.member.name} {other.member.unit.short}" in before
    assert "总投资" in text(page, f"{here}?what=restored")
    assert "青石镇水厂改造0002" in text(page, f"{here}?what=void")
    assert not Project.objects.filter(void=True).exists()
    assert send(page, batch).url == here
    assert "正在撤销" in text(page, here)
    assert page.get(at("import", batch)).url == here
    assert page.get(at("import_undo_progress", batch)).url == here
    work()
    after = text(page, here)
    assert "已撤销的导入" in after
    assert WHY in after
    assert kept.get_absolute_url() in after
    assert other.member.name in after
    assert "青石镇水厂改造0002" in text(page, f"{here}?what=void")
    history = text(page, f"{kept.get_absolute_url()}?tab=history")
    assert "撤销导入时留着" in history
    assert WHY in history


def test_undone_import_is_called_undone(page: Any, office: User):
    batch = imported(office, ledger([plain_row(1)]))
    send(page, batch)
    work()
    for url in (reverse("import_list"), at("import", batch)):
        told = text(page, url)
        assert "已撤销" in told
        assert "放弃" not in told
        assert BUTTON not in told
        assert f"?batch={batch.pk}" not in told


def test_progress_is_shown_to_the_script_and_sends_it_on(page: Any, office: User):
    batch = imported(office, ledger([plain_row(1)]))
    send(page, batch)
    by_script = {"HX-Request": "true"}
    assert "0 / 1" in page.get(at("import_undo_progress", batch), headers=by_script).content.decode()
    work()
    assert page.get(at("import_undo_progress", batch), headers=by_script)["HX-Redirect"] == at("import_undo", batch)


def test_reason_is_asked_for(page: Any, office: User):
    batch = imported(office, ledger([plain_row(1)]))
    answer = send(page, batch, "无")
    assert answer.status_code == 422
    assert "请写明为什么撤销" in answer.content.decode()
    assert ImportBatch.objects.get().state == "done"


def test_pressing_twice_undoes_once(page: Any, office: User):
    batch = imported(office, ledger([plain_row(1)]))
    url = at("import_undo", batch)
    form = {**hidden(page.get(url)), "reason": WHY}
    assert [page.post(url, form).status_code, page.post(url, form).status_code] == [302, 200]
    work()
    assert ImportBatch.objects.get().undo_counts == {"void": 1}


def test_after_a_day_the_reason_stands_in_place_of_the_button(page: Any, office: User):
    batch = imported(office, ledger([plain_row(1)]))
    assert batch.undo_until is not None
    with clock.standing_at(batch.undo_until + timedelta(seconds=1)):
        page.force_login(office)
        for name in ("import", "import_undo"):
            told = text(page, at(name, batch))
            assert "入库满一天以后不能再撤销" in told
            assert 'name="reason"' not in told
        listed = text(page, reverse("import_list"))
        assert "入库满一天以后不能再撤销" in listed
        assert at("import_undo", batch) not in listed


def test_an_import_that_wrote_nothing_offers_no_undo(page: Any, office: User):
    batch = imported_after_another(office)
    for url in (at("import", batch), at("import_undo", batch), reverse("import_list")):
        told = text(page, url)
        assert "没有写成任何项目" in told
        assert 'name="reason"' not in told
    assert at("import_undo", batch) not in text(page, at("import", batch))


def test_project_office_undoes_a_colleagues_import(page: Any, office: User):
    other = another_importer()
    batch = imported(other, ledger([plain_row(1)]), "招商局台账.xlsx")
    assert page.get(at("import", batch)).status_code == 404
    assert at("import_undo", batch) in text(page, reverse("import_list"))
    send(page, batch)
    work()
    assert Project.objects.get().void
    assert "已撤销" in text(page, reverse("import_list"))
    page.force_login(other)
    assert "已撤销的导入" in text(page, at("import", batch))


def test_who_neither_imported_nor_is_the_office_finds_nothing(page: Any, office: User):
    batch = imported(office, ledger([plain_row(1)]))
    page.force_login(another_importer())
    assert page.get(at("import_undo", batch)).status_code == 404
    assert page.get(at("import_undo_progress", batch)).status_code == 404
    page.force_login(make_person(Unit.objects.get(name="水利局"), "某办事员", Role.UNIT_OFFICER))
    assert page.get(at("import_undo", batch)).status_code == 403


def test_queries_do_not_grow_with_the_rows(page: Any, office: User):
    first = imported(office, ledger([plain_row(n) for n in range(1, 4)]))
    with_few = queries_of(page, at("import_undo", first))
    many = imported(office, ledger([plain_row(n) for n in range(10, 40)]))
    assert queries_of(page, at("import_undo", many)) <= with_few


def queries_of(page: Any, url: str) -> int:
    with CaptureQueriesContext(connection) as found:
        assert page.get(url).status_code == 200
    return len(found)
