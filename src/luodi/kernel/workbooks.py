"""Reading a workbook that somebody uploaded: xlsx, xls or csv bytes to sheets of plain cells.

The bytes are distrusted. What a file is, its content says, not its name; sizes and the area of cells
are measured before the reader that allocates them is let near, and that reader runs in a process of its own. See docs/domain/ledger.md#files.
"""

from __future__ import annotations

import csv
import io
import json
import re
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path, PurePath
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from luodi.engines.sheets import Cell, Merge, Sheet
from luodi.kernel.workbook_child import EXIT_ENCRYPTED, EXIT_TOO_MUCH, MAX_TEXT, put

MAX_BYTES = 20 * 1024 * 1024
MAX_UNPACKED = 300 * 1024 * 1024
MAX_PART_RATIO = 200
"""Spreadsheet XML packs 10 to 40 times; a bomb a thousand times."""
RATIO_FREE = 4 * 1024 * 1024
"""Parts that unpack to less than this may pack as well as they like."""
MAX_PARTS = 3000
MAX_ROWS = 50_000
MAX_COLUMNS = 500
MAX_CELLS = 2_000_000
"""Rows × columns of one sheet, empty cells counted: the reader allocates the whole rectangle."""
MAX_SHEETS = 100


class WorkbookError(Exception):
    """The file cannot be read. `code` is stable, `message` for people."""

    def __init__(self, code: str, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return str(self.message)


def _refuse(code: str, **params: object) -> WorkbookError:
    text = MESSAGES[code]
    return WorkbookError(code, str(text) % params if params else text)


MESSAGES: dict[str, str | Promise] = {
    "empty": _("文件是空的。"),
    "too_large": _("文件有 %(size)s MB，最多 %(limit)s MB。请删去图片和多余的工作表后再传。"),
    "broken": _("文件已损坏，读不出来。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再传。"),
    "bomb": _("文件解压后大得不正常，已拒绝。请把表格内容复制到新的工作簿，另存后再传。"),
    "encrypted": _("文件设有密码，读不出来。请去掉密码后再传。"),
    "wrong_type": _("“%(name)s”不是表格：内容是%(what)s。请上传 .xlsx、.xls 或 .csv 文件。"),
    "text_as_workbook": _("“%(name)s”的内容是纯文本，不是 Excel 文件。请把扩展名改为 .csv，或用 Excel 另存为 .xlsx。"),
    "web_table": _("“%(name)s”其实是网页格式的表格。请用 Excel 或 WPS 打开它，另存为 .xlsx 后再传。"),
    "encoding": _("看不出文件的编码。请另存为“CSV UTF-8（逗号分隔）”或 .xlsx 后再传。"),
    "control_characters": _("文本里有不该有的控制字符（第 %(line)s 行），文件可能已损坏。请另存为 .xlsx 后再传。"),
    "quotes": _("第 %(line)s 行的引号没有配对。请改好，或另存为 .xlsx 后再传。"),
    "too_many_rows": _("“%(sheet)s”有 %(rows)s 行，最多 %(limit)s 行。请分成几个文件，或删去表格下方多余的行。"),
    "too_many_columns": _("“%(sheet)s”有 %(columns)s 列，最多 %(limit)s 列。请删去表格右方多余的列。"),
    "too_many_cells": _("“%(sheet)s”有 %(rows)s 行、%(columns)s 列，太大了。请删去表格下方和右方多余的格子。"),
    "too_much_text": _("文件里的文字太多。请把表格内容复制到新的工作簿，另存后再传。"),
    "too_many_sheets": _("文件有 %(count)s 张工作表，最多 %(limit)s 张。"),
}


def read_workbook(name: str, data: bytes, *, max_bytes: int = MAX_BYTES) -> list[Sheet]:
    """Read all sheets, in order. Formulas give the value that was last reckoned and stored.

    Errors: WorkbookError with a code of MESSAGES. Give the size first to `refuse_size` where it is
    known before the bytes are.
    """
    refuse_size(len(data), max_bytes=max_bytes)
    if not data:
        raise _refuse("empty")
    kind = _sniff(name, data)
    if kind == "csv":
        return [_read_csv(name, data)]
    if kind == "xlsx":
        _prove_zip(data)
        return _read_excel(data)
    return _read_excel(data, _xls_marks(_prove_xls(name, data)))


def refuse_size(size: int, *, max_bytes: int = MAX_BYTES) -> None:
    """Refuse by the size alone, so that 200 MB are never read."""
    if size > max_bytes:
        raise _refuse("too_large", size=-(-size // 2**20), limit=max_bytes // 2**20)


# --- what it is

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_MAGIC: tuple[tuple[bytes, Promise | str], ...] = (
    (b"%PDF", _("PDF 文件")),
    (b"\x89PNG", _("图片")),
    (b"\xff\xd8\xff", _("图片")),
    (b"GIF8", _("图片")),
    (b"BM", _("图片")),
    (b"Rar!", _("压缩包")),
    (b"7z\xbc\xaf", _("压缩包")),
    (b"\x1f\x8b", _("压缩包")),
    (b"MZ", _("程序")),
    (b"\x7fELF", _("程序")),
    (b"SQLite format 3", _("数据库")),
    (b"{\\rtf", _("Word 文件")),
)


def _sniff(name: str, data: bytes) -> str:
    """xlsx, xls or csv by content; anything else is refused with what it is."""
    if data.startswith(_OLE):
        return "xls"
    if data.startswith(b"PK"):
        return _sniff_zip(name, data)
    for magic, what in _MAGIC:
        if data.startswith(magic) and not (magic in (b"BM", b"MZ") and _is_plain(data[:512])):
            raise _refuse("wrong_type", name=name, what=what)
    head = data[:2048].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if head.startswith((b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"mime-version")):
        raise _refuse("web_table", name=name)
    if PurePath(name).suffix.lower() in (".xlsx", ".xls", ".xlsm", ".et"):
        if _is_plain(data[:2048]):
            raise _refuse("text_as_workbook", name=name)
        raise _refuse("broken")
    return "csv"


def _is_plain(head: bytes) -> bool:
    return not re.search(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]", head)


def _sniff_zip(name: str, data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error, EOFError) as error:
        raise _refuse("broken") from error
    if any(part.lower() == "xl/workbook.xml" for part in names):
        return "xlsx"
    if "[Content_Types].xml" in names and any(part.startswith("word/") for part in names):
        raise _refuse("wrong_type", name=name, what=_("Word 文件"))
    if any(part.startswith("ppt/") for part in names):
        raise _refuse("wrong_type", name=name, what=_("演示文稿"))
    if "xl/workbook.bin" in names:
        raise _refuse("wrong_type", name=name, what=_("二进制工作簿（.xlsb）"))
    if "mimetype" in names and "content.xml" in names:
        raise _refuse("wrong_type", name=name, what=_("OpenDocument 文件"))
    raise _refuse("wrong_type", name=name, what=_("压缩包"))


# --- xlsx: a zip of XML

_VALUED_CELL = re.compile(rb"<(?:\w+:)?c\s([^<>]*?)(?<!/)>(?!</(?:\w+:)?c>)")
_REFERENCE = re.compile(rb"(?:^|\s)r\s*=\s*[\"']([A-Za-z]{1,8})(\d{1,9})[\"']")
_CELL_OPENS = re.compile(rb"<(?:\w+:)?c[\s>]")
_CHUNK = 1 << 20


def _prove_zip(data: bytes) -> None:
    """Unpack every part once, counting, and measure the sheets. The directory's own sizes are
    believed only where they condemn the file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, struct.error, EOFError) as error:
        raise _refuse("broken") from error
    if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
        raise _refuse("bomb")
    total = 0
    for part in parts:
        if part.flag_bits & 0x1:
            raise _refuse("encrypted")
        measure = _Area(part.filename)
        for chunk in _unpacked(data, part):
            total += len(chunk)
            if total > MAX_UNPACKED:
                raise _refuse("bomb")
            measure.take(chunk)
        measure.close()


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's true content in pieces, whatever the directory says of its size."""
    start = part.header_offset
    header = data[start : start + 30]
    if len(header) < 30 or not header.startswith(b"PK\x03\x04"):
        raise _refuse("broken")
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    body = start + 30 + name_length + extra_length
    packed = memoryview(data)[body : body + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise _refuse("broken")
    yield from _inflated(packed, part.file_size)


def _inflated(packed: memoryview, told: int) -> Iterator[bytes]:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    size, feed = 0, bytes(packed)
    while not stream.eof:
        try:
            chunk = stream.decompress(feed, _CHUNK)
        except zlib.error as error:
            raise _refuse("broken") from error
        feed = stream.unconsumed_tail
        if not chunk and not feed:
            break
        size += len(chunk)
        if size > max(told, RATIO_FREE) or size > max(RATIO_FREE, MAX_PART_RATIO * len(packed)):
            raise _refuse("bomb")
        yield chunk


class _Area:
    """Measures the rectangle of valued cells of a sheet's XML, piece by piece."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.is_sheet = (
            not name.lower().endswith((".png", ".jpeg", ".jpg", ".bin", ".vml", ".emf", ".wmf"))
            and "sharedstrings" not in name.lower()
        )
        self.rest = b""
        self.rows = self.columns = 0
        self.shape: set[tuple[bytes, int]] = set()

    def take(self, chunk: bytes) -> None:
        if not self.is_sheet:
            return
        text = self.rest + chunk
        if b"\x00" in text[:4096] and self.name.lower().endswith((".xml", ".rels")):
            raise _refuse("broken")  # UTF-16: no office program writes it, and it would hide cells
        cut = text.rfind(b"<")
        whole, self.rest = (text[:cut], text[cut:]) if cut > 0 and len(text) - cut < 4096 else (text, b"")
        self._measure(whole)

    def close(self) -> None:
        if self.is_sheet:
            self._measure(self.rest)

    def _measure(self, text: bytes) -> None:
        if not _CELL_OPENS.search(text):
            return
        for found in _VALUED_CELL.finditer(text):
            reference = _REFERENCE.search(found[1])
            if reference is None:
                continue
            row, column = int(reference[2]), _column_number(reference[1])
            if row > self.rows or column > self.columns:
                self.rows, self.columns = max(row, self.rows), max(column, self.columns)
                _check_area(PurePath(self.name).stem, self.rows, self.columns)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _check_area(sheet: str, rows: int, columns: int) -> None:
    if rows > MAX_ROWS:
        raise _refuse("too_many_rows", sheet=sheet, rows=rows, limit=MAX_ROWS)
    if columns > MAX_COLUMNS:
        raise _refuse("too_many_columns", sheet=sheet, columns=columns, limit=MAX_COLUMNS)
    if rows * columns > MAX_CELLS:
        raise _refuse("too_many_cells", sheet=sheet, rows=rows, columns=columns)


# --- xls: records in an OLE2 file

_CELL_RECORDS = {0x0006, 0x00D6, 0x00FD, 0x0203, 0x0204, 0x0205, 0x027E, 0x0002, 0x0003, 0x0004, 0x0005, 0x0007}
_MULTIPLE_RECORDS = {0x00BD, 0x00BE}
_BOF, _FILEPASS = 0x0809, 0x002F


def _prove_xls(name: str, data: bytes) -> bytes:
    """Measure the sheets of an xls and find a password, before the reader allocates them; gives the workbook's stream."""
    if "EncryptedPackage".encode("utf-16-le") in data[: 1 << 20] or "EncryptedPackage".encode("utf-16-le") in data:
        raise _refuse("encrypted")
    try:
        stream = _ole_stream(data, ("Workbook", "Book"))
    except (struct.error, IndexError, ValueError) as error:
        raise _refuse("broken") from error
    if stream is None:
        raise _refuse("wrong_type", name=name, what=_("Word 文件或其他 Office 文件"))
    sheet = rows = columns = 0
    for kind, body in _records(stream):
        if kind == _FILEPASS:
            raise _refuse("encrypted")
        if kind & 0x00FF == _BOF & 0x00FF and kind in (0x0009, 0x0209, 0x0409, _BOF):
            sheet, rows, columns = sheet + 1, 0, 0
        elif (kind in _CELL_RECORDS or kind in _MULTIPLE_RECORDS) and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            if kind in _MULTIPLE_RECORDS:
                column = max(column, struct.unpack_from("<H", body, len(body) - 2)[0])
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            _check_area(f"Sheet{max(1, sheet - 1)}", rows, columns)
    if sheet > MAX_SHEETS + 1:
        raise _refuse("too_many_sheets", count=sheet - 1, limit=MAX_SHEETS)
    return stream


_EOF, _BOUNDSHEET, _BOOLERR, _FORMULAS, _ROW, _COLINFO = (
    0x000A,
    0x0085,
    0x0205,
    (0x0006, 0x0206, 0x0406),
    0x0208,
    0x007D,
)
_XLS_ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}


class _Marks:
    """What the reader does not tell of a sheet of an xls: error values, hidden rows and columns. From 0."""

    def __init__(self) -> None:
        self.errors: list[tuple[int, int, str]] = []
        self.hidden_rows: list[int] = []
        self.hidden_columns: list[int] = []

    def take(self, kind: int, body: bytes) -> None:
        if kind == _BOOLERR and len(body) >= 8 and body[7]:
            self._error(body, body[6])
        elif kind in _FORMULAS and len(body) >= 14 and body[6] == 2 and body[12:14] == b"\xff\xff":
            self._error(body, body[8])
        elif kind == _ROW and len(body) >= 14 and body[12] & 0x20:
            self.hidden_rows.append(struct.unpack_from("<H", body)[0])
        elif kind == _COLINFO and len(body) >= 10 and body[8] & 0x01:
            first, last = struct.unpack_from("<HH", body)
            self.hidden_columns += range(first, min(last + 1, MAX_COLUMNS))

    def _error(self, body: bytes, code: int) -> None:
        row, column = struct.unpack_from("<HH", body)
        self.errors.append((row, column, _XLS_ERRORS.get(code, "#N/A")))


def _xls_marks(stream: bytes) -> list[_Marks]:
    """For each worksheet, in the book's order ([MS-XLS] 2.4.28 BoundSheet8, 2.4.24 BoolErr, 2.4.127 Formula)."""
    found = []
    for kind, body in _records(stream):
        if kind == _EOF:
            break
        if kind == _BOUNDSHEET and len(body) >= 6 and body[5] == 0:
            found.append(_sheet_marks(stream, struct.unpack_from("<I", body)[0]))
    return found


def _sheet_marks(stream: bytes, place: int) -> _Marks:
    """The sheet whose first record stands at `place`; a chart within it is a stream of its own and left alone."""
    marks, depth = _Marks(), 0
    for kind, body in _records(stream, place):
        depth += (kind == _BOF) - (kind == _EOF)
        if depth <= 0:
            break
        if depth == 1:
            marks.take(kind, body)
    return marks


def _records(stream: bytes, place: int = 0) -> Iterator[tuple[int, bytes]]:
    while place + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + length]
        place += 4 + length


def _ole_stream(data: bytes, names: tuple[str, ...]) -> bytes | None:
    """One stream of an OLE2 file ([MS-CFB]); None where no such stream stands in its directory."""
    shift, mini_shift = struct.unpack_from("<HH", data, 30)
    if shift not in (9, 12) or mini_shift != 6:
        raise ValueError("sector size")
    size = 1 << shift
    fat_count, first_directory, _transaction, cutoff, first_mini_fat = struct.unpack_from("<IIIII", data, 44)
    fat = _fat(data, size, fat_count)
    directory = _chain(data, fat, first_directory, size)
    entries = [directory[n : n + 128] for n in range(0, len(directory) - 127, 128)]
    for entry in entries:
        name = entry[: max(0, struct.unpack_from("<H", entry, 64)[0] - 2)].decode("utf-16-le", "replace")
        if name not in names or entry[66] != 2:
            continue
        start, length = struct.unpack_from("<II", entry, 116)
        if length >= cutoff:
            return _chain(data, fat, start, size)[:length]
        mini = _chain(data, fat, struct.unpack_from("<I", entries[0], 116)[0], size)
        mini_fat = list(struct.iter_unpack("<I", _chain(data, fat, first_mini_fat, size)))
        return _chain(b"\0" * 64 + mini, [n for (n,) in mini_fat], start, 64)[:length]
    return None


def _fat(data: bytes, size: int, count: int) -> list[int]:
    sectors = [n for n in struct.unpack_from("<109I", data, 76) if n < 0xFFFFFFFA]
    following, _count = struct.unpack_from("<II", data, 68)
    while following < 0xFFFFFFFA and len(sectors) < count:
        place = (following + 1) * size
        numbers = struct.unpack_from(f"<{size // 4}I", data, place)
        sectors += [n for n in numbers[:-1] if n < 0xFFFFFFFA]
        following = numbers[-1]
    table: list[int] = []
    for sector in sectors[:count]:
        table += struct.unpack_from(f"<{size // 4}I", data, (sector + 1) * size)
    return table


def _chain(data: bytes, fat: list[int], start: int, size: int) -> bytes:
    """Follow a chain of sectors; a circle is a broken file."""
    out: list[bytes] = []
    sector = start
    while sector < 0xFFFFFFFA:
        if len(out) > len(fat):
            raise ValueError("circle")
        out.append(data[(sector + 1) * size : (sector + 2) * size])
        sector = fat[sector]
    return b"".join(out)


# --- the reader, in a process of its own

_CHILD = Path(__file__).with_name("workbook_child.py")
_SECONDS = 90


def _read_excel(data: bytes, marks: Sequence[_Marks] = ()) -> list[Sheet]:
    command = [sys.executable, "-I", str(_CHILD)]
    try:
        done = subprocess.run(  # noqa: S603  # our own file, no shell, nothing of the user's on the command line
            command, input=data, capture_output=True, timeout=_SECONDS, check=False, env={}
        )
    except subprocess.TimeoutExpired as error:
        raise _refuse("broken") from error
    if done.returncode == EXIT_ENCRYPTED:
        raise _refuse("encrypted")
    if done.returncode == EXIT_TOO_MUCH:
        raise _refuse("too_much_text")
    if done.returncode != 0:
        raise _refuse("broken")
    sheets = json.loads(done.stdout)
    if len(sheets) > MAX_SHEETS:
        raise _refuse("too_many_sheets", count=len(sheets), limit=MAX_SHEETS)
    for sheet, mark in zip(sheets, marks, strict=False):
        for row, column, text in mark.errors:
            put(sheet["rows"], row, column, text)
        sheet |= {"hidden_rows": mark.hidden_rows, "hidden_columns": mark.hidden_columns}
    return [_sheet(sheet) for sheet in sheets]


def _sheet(told: dict[str, Any]) -> Sheet:
    rows = [[_cell(value) for value in row] for row in told["rows"]]
    _check_area(told["name"], len(rows), max(map(len, rows), default=0))
    merged = (Merge(top, left, bottom, right) for top, left, bottom, right in told["merged"])
    whole = tuple(merge for merge in merged if merge.bottom >= merge.top and merge.right >= merge.left)
    hidden = frozenset(told["hidden_rows"]), frozenset(told["hidden_columns"])
    return Sheet(told["name"], rows, whole, told["hidden"], *hidden)


def _cell(value: str | int | float | bool | list[str] | None) -> Cell:
    if isinstance(value, list):
        (text,) = value
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return value


# --- csv

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _read_csv(name: str, data: bytes) -> Sheet:
    text = _decoded(data)
    if found := _CONTROL.search(text):
        raise _refuse("control_characters", line=text.count("\n", 0, found.start()) + 1)
    sheet = PurePath(name).stem[:31] or "CSV"
    rows: list[list[Cell]] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    try:
        for row in reader:
            rows.append([value[:MAX_TEXT] or None for value in row])
            _check_area(sheet, len(rows), len(row))
    except csv.Error as error:
        raise _refuse("quotes", line=reader.line_num) from error
    return Sheet(sheet, rows)


def _decoded(data: bytes) -> str:
    """UTF-8, else GB18030, each strict; UTF-16 only with its mark."""
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    encodings = ["utf-16"] if wide else ["utf-8-sig", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if encoding != "gb18030" or _reads_as_chinese(text):
            return text
    raise _refuse("encoding")


def _reads_as_chinese(text: str) -> bool:
    """Nearly any bytes decode as GB18030; real text keeps to the common characters of GB 2312."""
    wide = [char for char in text if ord(char) > 127]
    common = sum(_is_common(char) for char in wide)
    return common * 10 >= len(wide) * 9


def _is_common(char: str) -> bool:
    try:
        code = char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return code[0] <= 0xF7


def _delimiter(text: str) -> str:
    """The sign that splits the first lines into the most, and the most even, columns."""
    lines = [line for line in text.splitlines()[:50] if line.strip()]
    best, most = ",", 0.0
    for sign in (",", "\t", ";", "，", "|"):
        counts = [line.count(sign) for line in lines]
        usual = max(set(counts), key=lambda n: (counts.count(n), n)) if counts else 0
        score = usual * (counts.count(usual) / len(counts)) if usual else 0.0
        if score > most:
            best, most = sign, score
    return best
