"""A workbook in the old binary form, written by hand: what no writer that we have would write. [MS-XLS], [MS-CFB]."""

from __future__ import annotations

import struct

NUMBER, TEXT, ERROR, FORMULA_ERROR = "number", "text", "error", "formula error"


def record(kind: int, body: bytes = b"") -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def cell(row: int, column: int, kind: str, value: object) -> bytes:
    place = struct.pack("<HHH", row, column, 0)
    if kind == NUMBER:
        return record(0x0203, place + struct.pack("<d", value))
    if kind == ERROR:
        return record(0x0205, place + struct.pack("<BB", value, 1))
    if kind == FORMULA_ERROR:
        result = struct.pack("<BBBBHH", 2, 0, value, 0, 0, 0xFFFF)
        return record(0x0006, place + result + struct.pack("<HIH", 0, 0, 3) + b"\x1e\x01\x00")
    text = str(value)
    return record(0x0204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))


def xls(
    sheets: dict[str, list[tuple[int, int, str, object]]], hidden_rows: list[int], hidden_columns: list[int]
) -> bytes:
    """Each sheet's cells as row, column, kind and value; the same rows and columns are hidden in each."""
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0x0DBB, 0x07CC, 0, 6))
    substreams = [_sheet(cells, hidden_rows, hidden_columns) for cells in sheets.values()]
    names = [struct.pack("<BB", len(name), 1) + name.encode("utf-16-le") for name in sheets]
    place = len(begin) + sum(10 + len(name) for name in names) + 4
    bounds = b""
    for name, body in zip(names, substreams, strict=True):
        bounds += record(0x0085, struct.pack("<IBB", place, 0, 0) + name)
        place += len(body)
    return _compound(begin + bounds + record(0x000A) + b"".join(substreams))


def _sheet(cells: list[tuple[int, int, str, object]], hidden_rows: list[int], hidden_columns: list[int]) -> bytes:
    begin = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0x0DBB, 0x07CC, 0, 6))
    rows, columns = max(c[0] for c in cells) + 1, max(c[1] for c in cells) + 1
    out = begin + b"".join(record(0x007D, struct.pack("<HHHHHH", c, c, 2048, 15, 1, 0)) for c in hidden_columns)
    out += record(0x0200, struct.pack("<IIHHH", 0, rows, 0, columns, 0))
    out += b"".join(record(0x0208, struct.pack("<HHHHHHI", r, 0, columns, 255, 0, 0, 0x0120)) for r in hidden_rows)
    return out + b"".join(cell(*one) for one in cells) + record(0x000A)


def _compound(stream: bytes) -> bytes:
    """The stream as "Workbook" of a compound file; long enough to need no small sectors."""
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // 512)
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, count + 2), 0xFFFFFFFE]
    assert len(fat) <= 128
    head = bytes.fromhex("D0CF11E0A1B11AE1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(10)
    head += struct.pack("<IIIIIIIII", 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0, 0) + b"\xff" * 432
    folder = _entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + _entry("Workbook", 2, 0xFFFFFFFF, 2, len(stream))
    sectors = struct.pack("<128I", *fat, *[0xFFFFFFFF] * (128 - len(fat))), folder.ljust(512, b"\0"), stream
    return head + b"".join(part.ljust(-(-len(part) // 512) * 512, b"\0") for part in sectors)


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le") + b"\0\0"
    head = text.ljust(64, b"\0") + struct.pack("<HBBIII", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
    return head + bytes(36) + struct.pack("<IQ", start, size)
