"""What a file really is, told from its bytes and not from its name; and the text of a Word file."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from defusedxml import ElementTree
from django.utils.translation import gettext as _

MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 200
MOST_MEMBERS = 5000
ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WORD_TEXT = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}t"


class WrongFile(ValueError):
    """The file cannot be taken; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Content:
    """What the bytes are: a short kind and the media type under which they are served as a download."""

    kind: str
    media_type: str


PDF = Content("pdf", "application/pdf")
JPEG = Content("jpeg", "image/jpeg")
PNG = Content("png", "image/png")
DOCX = Content("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
XLSX = Content("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
OFD = Content("ofd", "application/ofd")
OFFICE_97 = Content("office97", "application/msword")
SUFFIXES = {
    ".pdf": PDF,
    ".jpg": JPEG,
    ".jpeg": JPEG,
    ".png": PNG,
    ".docx": DOCX,
    ".xlsx": XLSX,
    ".ofd": OFD,
    ".doc": OFFICE_97,
    ".xls": OFFICE_97,
}
ALLOWED = ("PDF", "OFD", "Word", "Excel", "JPG", "PNG")


def recognise(name: str, data: bytes) -> Content:
    """Tell what a file is. Raises WrongFile for what is empty, unknown, broken, a bomb, or not what its name says."""
    if not data:
        raise WrongFile(_("文件是空的，请重新选择。"))
    wanted = SUFFIXES.get(PurePath(name).suffix.lower())
    if wanted is None:
        raise WrongFile(_("只收 %(kinds)s 文件。") % {"kinds": _("、").join(ALLOWED)})
    found = _sniff(data)
    if found != wanted:
        raise WrongFile(_("文件内容与扩展名不符，请确认没有改错名字，另存后再传。"))
    return found


def _sniff(data: bytes) -> Content | None:
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data.startswith(OLE):
        return OFFICE_97
    return _sniff_zip(data) if data.startswith(ZIP) else None


def _sniff_zip(data: bytes) -> Content | None:
    names = check_zip(data)
    if "word/document.xml" in names:
        return DOCX
    if "xl/workbook.xml" in names:
        return XLSX
    return OFD if "OFD.xml" in names else None


def check_zip(data: bytes) -> set[str]:
    """The names inside a zip that unpacks to a sane size. Raises WrongFile for a broken one and for a bomb."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = packed.infolist()
    except zipfile.BadZipFile as error:
        raise WrongFile(_("文件已损坏，打不开。请在电脑上打开确认后重新保存再传。")) from error
    size = sum(member.file_size for member in members)
    if size > MOST_UNPACKED or size > max(len(data), 1) * MOST_RATIO or len(members) > MOST_MEMBERS:
        raise WrongFile(_("文件解压后过大，不能接收。请拆分后再传。"))
    return {member.filename for member in members}


def word_text(data: bytes) -> str:
    """All text of a .docx, headers and notes included. Raises WrongFile where it cannot be read."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            parts = [n for n in packed.namelist() if n.startswith("word/") and n.endswith(".xml")]
            return "".join(_part_text(packed.read(name)) for name in parts)
    except (zipfile.BadZipFile, ElementTree.ParseError) as error:
        raise WrongFile(_("这份 Word 文件打不开，请另存后再传。")) from error


def _part_text(xml: bytes) -> str:
    return "".join(node.text or "" for node in ElementTree.fromstring(xml).iter(WORD_TEXT))
