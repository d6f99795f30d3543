"""Files that are broken, hostile or not what they seem: each a clear refusal, nothing half read."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from datetime import date
from pathlib import Path

import pytest
import xlsxwriter

from luodi.engines.sheets import Cell, Merge
from luodi.kernel.workbooks import MESSAGES, WorkbookError, read_workbook, refuse_size
from tests.biff import ERROR, FORMULA_ERROR, NUMBER, TEXT, xls

FOLDER = Path(__file__).resolve().parent / "fixtures/ledgers"
OLE = bytes.fromhex("D0CF11E0A1B11AE1")


def refused(name: str, data: bytes) -> str:
    with pytest.raises(WorkbookError) as caught:
        read_workbook(name, data)
    assert caught.value.code in MESSAGES
    assert str(caught.value), "a refusal says something"
    assert "%(" not in str(caught.value)
    return caught.value.code


def book(*rows: list[object], strings_only: bool = False) -> bytes:
    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False}
    with xlsxwriter.Workbook(out, options) as workbook:
        sheet = workbook.add_worksheet("表")
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                sheet.write(number, column, str(value) if strings_only else value)
    return out.getvalue()


def with_sheet(xml: bytes, *, told: int | None = None, texts: str = "") -> bytes:
    """A workbook whose only sheet is `xml`; `told` is a false size for the zip's directory."""
    instead: dict[str, bytes | str] = {"xl/worksheets/sheet1.xml": xml}
    if texts:
        instead["xl/sharedStrings.xml"] = texts
    source = zipfile.ZipFile(io.BytesIO(book(["x"])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.namelist():
            archive.writestr(part, instead.get(part) or source.read(part))
    data = out.getvalue()
    return data if told is None else lie(data, len(xml), told)


def lie(data: bytes, true: int, told: int) -> bytes:
    return data.replace(struct.pack("<I", true), struct.pack("<I", told))


def sheet_xml(body: bytes) -> bytes:
    start = (
        b'<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    return start + body + b"</sheetData></worksheet>"


# --- size and kind


def test_too_large_is_refused_by_its_size_alone() -> None:
    with pytest.raises(WorkbookError) as caught:
        refuse_size(200 * 1024 * 1024)
    assert caught.value.code == "too_large"
    assert "200 MB" in str(caught.value)
    assert refused("a.xlsx", b"PK" + bytes(20 * 1024 * 1024)) == "too_large"


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("a.xlsx", b"", "empty"),
        ("a.xlsx", b"PK\x03\x04 and no more", "broken"),
        ("a.xlsx", b"\x00\x01\x02\x03" * 100, "broken"),
        ("a.xls", OLE + bytes(600), "broken"),
        ("a.xls", OLE, "broken"),
        ("a.xlsx", b"%PDF-1.7 ...", "wrong_type"),
        ("a.xlsx", b"\x89PNG\r\n\x1a\n", "wrong_type"),
        ("a.csv", b"\xff\xd8\xff\xe0", "wrong_type"),
        ("a.xlsx", "项目名称,总投资\n".encode(), "text_as_workbook"),
        ("a.xls", b"<html><table><tr><td>1</td></tr></table></html>", "web_table"),
        ("a.xls", b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "web_table"),
    ],
)
def test_what_is_no_table_is_refused_by_name(name: str, data: bytes, code: str) -> None:
    assert refused(name, data) == code


@pytest.mark.parametrize(
    ("part", "what"),
    [("word/document.xml", "Word"), ("ppt/presentation.xml", "演示"), ("xl/workbook.bin", "xlsb"), ("a.txt", "压缩包")],
)
def test_other_zips_under_a_workbooks_name_are_named(part: str, what: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<x/>")
        archive.writestr(part, "x")
    with pytest.raises(WorkbookError) as caught:
        read_workbook("台账.xlsx", out.getvalue())
    assert caught.value.code == "wrong_type"
    assert what in str(caught.value)


def test_office_kind_is_told_by_content_not_by_name() -> None:
    assert read_workbook("a.xls", book(["是xlsx"]))[0].rows == [["是xlsx"]]
    assert read_workbook("a.xlsx", (FOLDER / "old.xls").read_bytes())[0].name == "项目表"


# --- bombs


def test_bomb_is_refused() -> None:
    assert refused("a.xlsx", with_sheet(sheet_xml(b" " * 40_000_000))) == "bomb"


def test_bomb_that_lies_about_its_size_is_refused() -> None:
    xml = sheet_xml(b" " * 40_000_000)
    assert refused("a.xlsx", with_sheet(xml, told=1000)) == "bomb"


def test_bomb_of_many_parts_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        for number in range(3100):
            archive.writestr(f"xl/{number}.xml", "")
    assert refused("a.xlsx", out.getvalue()) == "bomb"


@pytest.mark.parametrize("quote", ['"', "'"])
@pytest.mark.parametrize(
    ("reference", "code"), [("A1048576", "too_many_rows"), ("XFD1", "too_many_columns"), ("RZ50000", "too_many_cells")]
)
def test_one_far_cell_is_refused_before_its_rectangle_is_allocated(reference: str, code: str, quote: str) -> None:
    cell = f"<row><c t='n' r={quote}{reference}{quote}><v>1</v></c></row>".encode()
    assert refused("a.xlsx", with_sheet(sheet_xml(cell))) == code


def test_far_formats_without_value_do_no_harm() -> None:
    body = b'<row r="1"><c r="A1"><v>1</v></c><c r="XFD1" s="1"/></row><row r="1048576"><c r="A1048576" s="1"/></row>'
    assert read_workbook("a.xlsx", with_sheet(sheet_xml(body)))[0].rows == [[1]]


def test_far_cell_of_an_xls_is_refused() -> None:
    data = bytearray((FOLDER / "old.xls").read_bytes())
    place = data.find(struct.pack("<HH", 0x027E, 10))
    assert place > 0, "old.xls holds a number (an RK record)"
    data[place + 4 : place + 8] = struct.pack("<HH", 65535, 255)
    assert refused("a.xls", bytes(data)) == "too_many_rows"


def test_xls_that_asks_for_a_terabyte_does_not_take_the_server_with_it() -> None:
    data = bytearray((FOLDER / "old.xls").read_bytes())
    place = data.find(struct.pack("<HH", 0x0200, 14))
    assert place > 0, "old.xls tells its dimensions"
    struct.pack_into("<II", data, place + 4, 0, 0xFFFFFFF0)
    struct.pack_into("<HH", data, place + 12, 0, 0xFFF0)
    try:
        read_workbook("a.xls", bytes(data))
    except WorkbookError as error:
        assert error.code == "broken"  # noqa: PT017  # a reader that ignores the lie is as right


def test_one_long_text_repeated_everywhere_is_refused() -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 2001))
    texts = (
        f'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>{"长" * 32_000}</t></si></sst>'
    )
    assert refused("a.xlsx", with_sheet(sheet_xml(cells.encode()), texts=texts)) == "too_much_text"


def test_circle_in_an_xls_is_broken_not_endless() -> None:
    data = bytearray((FOLDER / "old.xls").read_bytes())
    fat = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    for entry in range(128):
        struct.pack_into("<I", data, fat + 4 * entry, 0)
    assert refused("a.xls", bytes(data)) == "broken"


def test_entities_of_xml_are_not_unfolded() -> None:
    xml = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    xml += sheet_xml(b'<row r="1"><c r="A1" t="str"><v>&b;</v></c></row>').split(b"?>", 1)[1]
    try:
        sheets = read_workbook("a.xlsx", with_sheet(xml))
    except WorkbookError as error:
        assert error.code == "broken"  # noqa: PT017  # either answer is right
    else:
        assert "aaaa" not in str(sheets[0].rows)


# --- passwords


def test_encrypted_xlsx_says_so() -> None:
    directory = "EncryptedPackage".encode("utf-16-le")
    assert refused("a.xlsx", OLE + bytes(1000) + directory + bytes(600)) == "encrypted"


def test_encrypted_xls_says_so() -> None:
    data = bytearray((FOLDER / "old.xls").read_bytes())
    place = data.find(struct.pack("<HH", 0x0809, 16)) + 20
    struct.pack_into("<H", data, place, 0x002F)
    assert refused("a.xls", bytes(data)) == "encrypted"


# --- damage


@pytest.mark.parametrize("name", ["sample.xlsx", "old.xls"])
def test_damaged_files_are_refused_or_read_never_worse(name: str) -> None:
    data = (FOLDER / name).read_bytes()
    dice = random.Random(20260701)  # which bytes are hurt, the same each time
    for _ in range(60):
        hurt = bytearray(data[: dice.randrange(1, len(data))] if dice.random() < 0.2 else data)
        for _ in range(dice.randrange(1, 12)):
            hurt[dice.randrange(len(hurt))] = dice.randrange(256)
        try:
            read_workbook(name, bytes(hurt))
        except WorkbookError as error:
            assert error.code in MESSAGES  # noqa: PT017  # reading it is as right as refusing it


def test_damaged_sheet_is_not_read_in_part() -> None:
    data = with_sheet(sheet_xml(b'<row r="1"><c r="A1"><v>1</v></c></row>').replace(b"</sheetData>", b"<broken"))
    assert refused("a.xlsx", data) == "broken"


def test_wrong_checksum_is_broken() -> None:
    crc = zlib.crc32(sheet_xml(b""))
    data = with_sheet(sheet_xml(b"")).replace(struct.pack("<I", crc), struct.pack("<I", crc ^ 1))
    assert refused("a.xlsx", data) == "broken"


# --- cells


def test_formulas_give_their_stored_value_and_formula_text_stays_text() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet()
        sheet.write_formula(0, 0, "=1+1", None, 2)
        sheet.write_string(0, 1, "=1+1")
        sheet.write_string(0, 2, "+cmd|' /C calc'!A0")
    assert read_workbook("a.xlsx", out.getvalue())[0].rows == [[2, "=1+1", "+cmd|' /C calc'!A0"]]


def test_cells_keep_their_kinds() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"}) as workbook:
        sheet = workbook.add_worksheet("甲")
        sheet.write_datetime(0, 0, date(2026, 2, 28))
        sheet.write_number(0, 1, 1.5)
        sheet.write_number(0, 2, 7)
        sheet.write_boolean(0, 3, True)
        sheet.write_string(1, 0, "2026-02-30")
        sheet.merge_range("C2:D3", "并")
        workbook.add_worksheet("乙").hide()
    first, second = read_workbook("a.xlsx", out.getvalue())
    expected: list[list[Cell]] = [
        [date(2026, 2, 28), 1.5, 7, True],
        ["2026-02-30", None, "并", None],
        [None, None, None, None],
    ]
    assert first.rows[:2] == expected[:2]
    assert first.merged == (Merge(1, 2, 2, 3),)
    assert (first.hidden, second.hidden) == (False, True)


# --- csv


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        ("项目名称,总投资\n甲,1\n".encode(), [["项目名称", "总投资"], ["甲", "1"]]),
        ("项目名称,总投资\r\n甲,1\r\n".encode("utf-8-sig"), [["项目名称", "总投资"], ["甲", "1"]]),
        ("项目名称\t总投资\n甲\t1\n".encode("gb18030"), [["项目名称", "总投资"], ["甲", "1"]]),
        ("项目名称;总投资\n甲;1,5\n".encode(), [["项目名称", "总投资"], ["甲", "1,5"]]),
        ("项目名称\t总投资\n甲\t1\n".encode("utf-16"), [["项目名称", "总投资"], ["甲", "1"]]),
        ('"甲\n乙",1\n'.encode(), [["甲\n乙", "1"]]),
        ("甲,,\n".encode(), [["甲", None, None]]),
    ],
)
def test_text_is_read_in_its_encoding_and_with_its_sign(data: bytes, rows: list[list[Cell]]) -> None:
    (sheet,) = read_workbook("台账.csv", data)
    assert (sheet.name, sheet.rows) == ("台账", rows)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("项目名称\x00,总投资\n".encode(), "control_characters"),
        ("甲,1\n乙,\x1b2\n".encode(), "control_characters"),
        ("專案名稱,總投資額,開工日期\n綠園農業,壹億,待確認\n".encode("big5"), "encoding"),
        ("naïve,façade,déjà vu\n".encode("latin-1"), "encoding"),
        ('甲,"乙\n丙,1\n'.encode(), "quotes"),
        (b"," * 600 + b"\n", "too_many_columns"),
        (b"a\n" * 50_001, "too_many_rows"),
    ],
)
def test_text_that_is_no_clean_table_is_refused(data: bytes, code: str) -> None:
    assert refused("台账.csv", data) == code


# --- what the reader does not tell


def test_error_values_and_hidden_lines_of_an_xls_arrive() -> None:
    first = [
        (0, 0, TEXT, "项目名称"),
        (0, 1, TEXT, "总投资"),
        (1, 0, TEXT, "甲水库"),
        (1, 1, ERROR, 0x17),
        (2, 1, NUMBER, 5.0),
    ]
    second = [(0, 0, TEXT, "x"), (3, 2, FORMULA_ERROR, 0x07), (4, 0, TEXT, "y")]
    one, two = read_workbook("a.xls", xls({"表": first, "表二": second}, [1, 2], [1]))
    assert one.rows == [["项目名称", "总投资"], ["甲水库", "#REF!"], [None, 5]]
    assert (two.name, two.rows[3]) == ("表二", [None, None, "#DIV/0!"])
    assert (sorted(one.hidden_rows), sorted(one.hidden_columns)) == ([1, 2], [1])


def test_hidden_rows_and_columns_of_an_xlsx_arrive() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        sheet = workbook.add_worksheet("表")
        for row in range(5):
            sheet.write_row(row, 0, ["a", "b", "c"])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 400, None, None, {"hidden": True})
    (read,) = read_workbook("a.xlsx", out.getvalue())
    assert (len(read.rows), sorted(read.hidden_rows), sorted(read.hidden_columns)) == (5, [2], [1, 2])
