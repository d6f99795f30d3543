"""The wizard, page by page, as a browser without script sends it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from luodi.kernel.models import Job
from luodi.kernel.workbooks import MAX_BYTES, read_workbook
from luodi.orgs.models import Member, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_person
from luodi.projects.models import ImportBatch, Project
from luodi.projects.services.imports.reading import kept_rows
from luodi.projects.tests.ledger_county import (
    HEADS,
    LEDGERS,
    accepted,
    another_importer,
    imported,
    ledger,
    make_ledger_county,
    plain_row,
    sample,
    uploaded,
    work,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(request: pytest.FixtureRequest) -> User:
    """The project office; of a county with all its units where the test asks for them."""
    return make_ledger_county(whole=getattr(request, "param", False))


WHOLE = pytest.mark.parametrize("office", [True], indirect=True, ids=["whole"])


@pytest.fixture
def page(client: Client, office: User) -> Any:
    client.force_login(office)
    return client


def hidden(answer: Any, action: str = "") -> dict[str, str]:
    """The hidden fields of the page's first form (with this action)."""
    html = answer.content.decode()
    start = (
        html.index(f'action="{action}')
        if action
        else html.index('method="post" enctype')
        if "enctype" in html
        else html.index("<main")
    )
    form = html[start : html.index("</form>", start)]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def send_file(page: Any, data: bytes, name: str = "台账.xlsx") -> Any:
    form = hidden(page.get(reverse("import_new")))
    return page.post(reverse("import_new"), {**form, "file": SimpleUploadedFile(name, data)})


def fields_of(answer: Any) -> dict[str, str]:
    """All fields of the columns page as they stand."""
    found = hidden(answer)
    html = answer.content.decode()
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected>', body)
        found[name] = chosen[1] if chosen else ""
    return found


@WHOLE
def test_wizard_takes_the_sample_with_two_rows_corrected(page: Any, office: User):
    answer = send_file(page, sample())
    batch = ImportBatch.objects.get()
    assert answer.url == reverse("import_columns", args=[batch.pk])
    columns = page.get(answer.url)
    assert "项目名称" in columns.content.decode()
    assert page.post(answer.url, fields_of(columns)).url == reverse("import", args=[batch.pk])
    rows_url, here = reverse("import_rows", args=[batch.pk]), reverse("import", args=[batch.pk])
    wrong = batch.counts["wrong"]
    sheet = "2026年重点项目台账"
    for row, cell, value in ((17, "total_investment", "5亿"), (24, "total_investment", "12000")):
        form = hidden(page.get(here), rows_url)
        page.post(rows_url, {**form, "action": "correct", "sheet": sheet, "row": row, f"cell-{cell}": value})
    batch.refresh_from_db()
    assert batch.counts["wrong"] == wrong - 2
    assert (
        page.post(
            reverse("import_accept", args=[batch.pk]), hidden(page.get(here), reverse("import_accept", args=[batch.pk]))
        ).url
        == here
    )
    assert "正在入库" in page.get(here).content.decode()
    work()
    result = page.get(here).content.decode()
    batch.refresh_from_db()
    assert batch.state == "done"
    assert f"?batch={batch.pk}" in result
    assert Project.objects.filter(entered_batch=batch).count() == batch.counts["made"] == batch.counts["new"]
    assert Project.objects.get(name="古驿镇华宇温泉康养度假区建设项目").total_investment_cny == 500_000_000


@WHOLE
def test_a_correction_says_what_was_cut(office: User, page: Any):
    batch = uploaded(office, ledger([plain_row(1, unit="没有这个局")]))
    here, rows_url = reverse("import", args=[batch.pk]), reverse("import_rows", args=[batch.pk])
    told = page.get(here).content.decode()
    assert "（滞后）" not in told
    assert "<dt>track</dt>" not in told
    cells = {"cell-unit": "水利局", "cell-name": "长" * 428}
    form = hidden(page.get(here), rows_url) | {"action": "correct", "sheet": "台账", "row": 2}
    assert "只取前 200 字" in page.post(rows_url, form | cells, follow=True).content.decode()


def test_nothing_is_written_before_acceptance(page: Any):
    send_file(page, sample())
    for name in ("import_columns", "import", "import_left"):
        page.get(reverse(name, args=[ImportBatch.objects.get().pk]))
    assert not Project.objects.exists()
    assert not Member.objects.filter(state="listed").exists()


def test_same_upload_form_twice_makes_one_import(page: Any):
    form = hidden(page.get(reverse("import_new")))
    answers = [
        page.post(reverse("import_new"), {**form, "file": SimpleUploadedFile("台账.xlsx", ledger([plain_row(1)]))})
        for _n in range(2)
    ]
    assert ImportBatch.objects.count() == 1
    assert answers[0].url == answers[1].url


def test_accepting_twice_writes_once(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    url = reverse("import_accept", args=[batch.pk])
    form = hidden(page.get(reverse("import", args=[batch.pk])), url)
    page.post(url, form)
    page.post(url, form)
    work()
    page.post(url, form)
    assert Job.objects.filter(kind="projects.import").count() == Project.objects.count() == 1


def test_acceptance_shows_the_new_preview_first_where_the_library_moved_on(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1), plain_row(2)]))
    url = reverse("import_accept", args=[batch.pk])
    form = hidden(page.get(reverse("import", args=[batch.pk])), url)
    imported(another_importer(), ledger([plain_row(1)]))
    answer = page.post(url, form, follow=True)
    assert "重新核对" in answer.content.decode()
    batch.refresh_from_db()
    assert (batch.state, batch.counts["new"], batch.counts["same"]) == ("preview", 1, 1)
    page.post(url, hidden(answer, url))
    batch.refresh_from_db()
    assert batch.state == "applying"


def bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 400_000_000)
    return out.getvalue()


BAD_FILES: dict[str, tuple[str, bytes, str]] = {
    "empty": ("台账.xlsx", b"", "文件是空的"),
    "broken": ("台账.xlsx", b"PK\x03\x04" + b"x" * 100, "已损坏"),
    "pdf": ("台账.xlsx", b"%PDF-1.7", "PDF"),
    "too large": ("台账.xlsx", b"PK\x03\x04" + bytes(MAX_BYTES), "最多 20 MB"),
    "encoding": ("台账.csv", b"\xff\xfb\xfa\x81\x20\xfe\xfe\xff\xff\x00", "编码"),
    "no table": ("台账.csv", "今天天气很好".encode(), "没有项目表"),
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_refused_beside_the_field(page: Any, name: str):
    file, data, words = BAD_FILES[name]
    answer = send_file(page, data, file)
    assert answer.status_code == 422
    error = re.search(r'id="id_file_error">(.*?)</div>', answer.content.decode(), re.S)
    assert error is not None
    assert words in error[1]
    assert not ImportBatch.objects.exists()


@pytest.mark.slow
def test_zip_bomb_is_refused_beside_the_field(page: Any):
    answer = send_file(page, bomb())
    assert answer.status_code == 422
    assert "解压后大得不正常" in answer.content.decode()


@pytest.mark.slow
def test_file_of_200_mb_is_counted_and_thrown_away(page: Any, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("tempfile.NamedTemporaryFile", None)
    answer = send_file(page, bytes(200 * 1024 * 1024))
    assert answer.status_code == 422
    assert "200 MB" in answer.content.decode()


def test_no_file_is_said_beside_the_field(page: Any):
    answer = page.post(reverse("import_new"), hidden(page.get(reverse("import_new"))))
    assert answer.status_code == 422
    assert "请选择一个文件" in answer.content.decode()


def test_upload_needs_the_forms_own_token(office: User):
    client = Client(enforce_csrf_checks=True)
    client.force_login(office)
    answer = client.post(reverse("import_new"), {"file": SimpleUploadedFile("台账.csv", b"x")})
    assert answer.status_code == 403


def test_impossible_day_is_shown_with_the_field_that_mends_it(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1, end="2026-02-30"), plain_row(2)]))
    html = page.get(reverse("import", args=[batch.pk])).content.decode()
    assert "2026年2月只有 28 天" in html
    assert 'name="cell-end_on"' in html
    assert "青石镇水厂改造0002" not in html


@WHOLE
def test_columns_can_be_put_right_by_hand(page: Any, office: User):
    send_file(page, (LEDGERS / "no_header.xlsx").read_bytes())
    batch = ImportBatch.objects.get()
    url = reverse("import_columns", args=[batch.pk])
    form = fields_of(page.get(url))
    refused = page.post(url, form)
    assert refused.status_code == 422
    form |= {"t0-c1": "name", "t0-c2": "unit", "t0-first": "1"}
    assert page.post(url, form).status_code == 302
    names = [row.name for row in kept_rows(ImportBatch.objects.get()) if row.status != "skipped"]
    assert len(names) == 3


def test_two_columns_of_one_meaning_are_refused(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    url = reverse("import_columns", args=[batch.pk])
    answer = page.post(url, fields_of(page.get(url)) | {"t0-c1": "name"})
    assert answer.status_code == 422
    assert "一项只能有一列" in answer.content.decode()


def test_unit_of_money_can_be_chosen(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1, total=2)]))
    url = reverse("import_columns", args=[batch.pk])
    page.post(url, fields_of(page.get(url)) | {"t0-m3": "亿元"})
    batch.refresh_from_db()
    (row,) = [row for row in kept_rows(batch) if row.status != "skipped"]
    assert row.values["total_investment"] == 200_000_000


def test_leader_is_chosen_for_all_rows_in_one_step(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(n, leader="外县长") for n in range(1, 4)]))
    here, url = reverse("import", args=[batch.pk]), reverse("import_rows", args=[batch.pk])
    answer = page.get(here)
    assert "3 行没有包联领导" in answer.content.decode()
    leader = Member.objects.get(name="甲县长")
    page.post(url, {**hidden(answer, url), "leader": leader.pk})
    batch.refresh_from_db()
    assert (batch.counts["new"], batch.counts["wrong"]) == (3, 0)


def test_difference_that_needs_an_act_links_to_it(page: Any, office: User):
    imported(office, ledger([plain_row(1)]))
    batch = uploaded(office, ledger([plain_row(1, stage="竣工", officer="周八", total=9999)]))
    html = page.get(reverse("import", args=[batch.pk])).content.decode()
    uuid = Project.objects.get().subject.uuid
    assert reverse("gate_ask", args=[uuid]) in html
    assert reverse("hand_over", args=[uuid, "officer"]) in html


def test_left_out_rows_come_back_as_text_with_the_reason(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1, name="=1+1水厂", end="2026-02-30"), plain_row(2)]))
    answer = page.get(reverse("import_left", args=[batch.pk]))
    (sheet,) = read_workbook("left.xlsx", answer.content)
    assert sheet.rows[1][0] == "=1+1水厂"
    assert "2026年2月只有 28 天" in str(sheet.rows[1][-2])
    assert len(sheet.rows) == 2
    assert "no-store" in answer["Cache-Control"]


def test_drop_destroys_at_once(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    url = reverse("import_drop", args=[batch.pk])
    page.post(url, hidden(page.get(reverse("import", args=[batch.pk])), url))
    batch.refresh_from_db()
    assert (batch.state, bytes(batch.sealed_file)) == ("dropped", b"")
    assert "已放弃" in page.get(reverse("import", args=[batch.pk])).content.decode()


def test_progress_is_polled_and_sends_on_when_done(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    accepted(office, batch)
    url = reverse("import_progress", args=[batch.pk])
    running = page.get(url, headers={"HX-Request": "true"})
    assert "0 / 1" in running.content.decode()
    assert 'hx-trigger="every 2s"' in running.content.decode()
    work()
    over = page.get(url, headers={"HX-Request": "true"})
    assert over["HX-Redirect"] == reverse("import", args=[batch.pk])


def test_others_imports_are_not_there(client: Client, office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    client.force_login(another_importer())
    for name in ("import", "import_columns", "import_progress", "import_left"):
        assert client.get(reverse(name, args=[batch.pk])).status_code == 404
    for name in ("import_rows", "import_accept", "import_drop"):
        assert client.post(reverse(name, args=[batch.pk])).status_code == 404
    assert batch.name not in client.get(reverse("import_list")).content.decode()


def test_pages_are_shut_to_who_may_not_import(client: Client, office: User):
    batch = uploaded(office, ledger([plain_row(1)]))
    client.force_login(make_person(Unit.objects.get(name="水利局"), "卫三", Role.UNIT_OFFICER))
    assert client.get(reverse("import_list")).status_code == 403
    assert client.get(reverse("import_new")).status_code == 403
    assert client.get(reverse("import", args=[batch.pk])).status_code == 403


def test_preview_takes_no_more_queries_for_more_rows(page: Any, office: User, django_assert_max_num_queries: Any):
    batch = uploaded(office, ledger([plain_row(n, end="2026-02-30") for n in range(60)]))
    with django_assert_max_num_queries(14):
        page.get(reverse("import", args=[batch.pk]))


def test_empty_list_teaches(page: Any):
    assert "还没有导入过台账" in page.get(reverse("import_list")).content.decode()


def test_tabs_add_up_and_what_needs_an_act_has_its_own(page: Any, office: User):
    imported(office, ledger([plain_row(n) for n in range(1, 5)]))
    rows = [
        plain_row(1, leader="甲县长"),
        plain_row(2, total=9999),
        plain_row(3, total=8888, officer="周八"),
        plain_row(4),
    ]
    batch = uploaded(office, ledger([*rows, plain_row(5, unit="某某局")]))
    assert batch.counts == {"new": 0, "changed": 2, "act": 1, "same": 1, "skipped": 1, "wrong": 1}
    html = page.get(reverse("import", args=[batch.pk]) + "?status=act").content.decode()
    assert "包联领导不由导入改变" in html
    assert reverse("hand_over", args=[Project.objects.get(name=rows[0][0]).subject.uuid, "leader"]) in html
    assert "“有改动”里还有 1 行也有要另办的" in html
    assert rows[3][0] not in html
    assert rows[0][0] not in page.get(reverse("import", args=[batch.pk]) + "?status=same").content.decode()


def test_result_lists_what_is_left_to_acts(page: Any, office: User):
    imported(office, ledger([plain_row(1)]))
    batch = imported(office, ledger([plain_row(1, leader="甲县长"), plain_row(2)]))
    html = page.get(reverse("import", args=[batch.pk])).content.decode()
    assert "包联领导不由导入改变" in html
    assert 'href="#acts"' in html


def test_what_all_rows_share_is_said_once_above_them(page: Any, office: User):
    batch = uploaded(office, ledger([plain_row(n, end="2027年6月") for n in range(1, 5)]))
    html = page.get(reverse("import", args=[batch.pk]) + "?status=all").content.decode()
    assert "没有分产业项目和政府投资项目：4 行" in html
    assert "4 行的日期只写到月" in html
    assert "没有分产业项目和政府投资项目，按" not in html
    assert "只写到月，按" not in html


def test_unread_columns_are_named_above_the_rows(page: Any, office: User):
    batch = uploaded(office, ledger([[*plain_row(1), "缺地", "x"]], [*HEADS, "存在问题"]))
    html = page.get(reverse("import", args=[batch.pk])).content.decode()
    assert "“台账”有 2 列没有读：存在问题、K 列。" in html
