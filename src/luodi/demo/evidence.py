"""Files of the demo: small, valid, each unlike any other; and what is told of them."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from luodi.files.rules import KINDS, Shape
from luodi.files.services import Proof, Upload
from luodi.projects.models import Project

ISSUERS = {
    "approval": "行政审批局",
    "land_approval": "自然资源和规划局",
    "planning_permit": "自然资源和规划局",
    "environment_approval": "生态环境分局",
    "construction_permit": "行政审批局",
    "business_licence": "市场监督管理局",
    "completion_acceptance": "住房和城乡建设局",
    "fire_acceptance": "住房和城乡建设局",
    "completion_filing": "住房和城乡建设局",
}
PREFIXES = {"bank_slip": "HD", "invoice": "FP", "land_payment": "TD", "capital_verification": "YZ", "contract": "HT"}


@dataclass(frozen=True, slots=True)
class Piece:
    """Evidence to be made: its kind, its day, its serial number in the county, an amount where its kind has one."""

    kind: str
    dated_on: date
    serial: int
    amount_cny: Decimal | None = None


def proof_of(piece: Piece, project: Project, county: str) -> Proof:
    """What is told of a piece, as its kind asks."""
    shape = KINDS[piece.kind].shape
    if shape is Shape.DOCUMENT:
        return Proof(piece.kind)
    if shape is Shape.PHOTO:
        return Proof(piece.kind, dated_on=piece.dated_on, place=f"{project.township or project.unit}施工现场")
    investor = project.investor.name if project.investor else "县财政"
    amount = piece.amount_cny
    if shape is Shape.CONTRACT and amount is None:
        amount = project.total_investment_cny
    issuer = ISSUERS.get(piece.kind, investor)
    number = f"{PREFIXES.get(piece.kind, county[2:])}〔{piece.dated_on.year}〕{piece.serial:06d}号"
    return Proof(piece.kind, number=number, issuer=issuer, dated_on=piece.dated_on, amount_cny=amount)


def upload_of(piece: Piece, county: str, rng: Random) -> Upload:
    """A picture for a photograph, now and then Word for a contract, else a PDF."""
    mark = f"{county}-{piece.serial:06d}"
    name = f"{piece.kind}-{piece.serial:06d}"
    if KINDS[piece.kind].shape is Shape.PHOTO:
        return Upload(f"{name}.png", png(mark))
    if piece.kind == "contract" and rng.random() < 0.3:
        privilege = "乙方享受土地款返还。" if rng.random() < 0.06 else ""
        return Upload(f"{name}.docx", docx(f"投资合同 {mark}。甲乙双方约定如下。{privilege}"))
    return Upload(f"{name}.pdf", pdf(f"{mark} {piece.kind} {piece.dated_on}"))


def pdf(text: str) -> bytes:
    """One page with one line of ASCII."""
    page = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
    objects = [
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(page)}>>\nstream\n{page}\nendstream",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    body, places = "%PDF-1.4\n", []
    for number, text_of in enumerate(objects, 1):
        places.append(len(body))
        body += f"{number} 0 obj{text_of}endobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 6\n0000000000 65535 f \n{table}trailer<</Size 6/Root 1 0 R>>\nstartxref\n{len(body)}\n%%EOF\n"
    return (body + end).encode("ascii")


def png(text: str) -> bytes:
    """A few grey points, with the text as a comment."""
    shade = zlib.crc32(text.encode()) % 160 + 60
    rows = b"".join(b"\x00" + bytes([(shade + row * 5) % 256] * 8) for row in range(6))
    chunks = [
        (b"IHDR", struct.pack(">IIBBBBB", 8, 6, 8, 0, 0, 0, 0)),
        (b"tEXt", b"Comment\x00" + text.encode("latin-1")),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


def docx(text: str) -> bytes:
    """A Word file of one paragraph."""
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
        f'"application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml"'
        f' ContentType="{MAIN}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r1" Type="{OFFICE}"'
        ' Target="word/document.xml"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>',
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, xml in parts.items():
            file.writestr(zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0)), f'<?xml version="1.0" encoding="UTF-8"?>{xml}')
    return packed.getvalue()


def day_of(kind: str, happened: date, asked: date, rng: Random) -> date:
    """The day that a piece bears: photographs and contracts the day itself, permits some days before; never after the asking."""
    if KINDS[kind].shape in {Shape.PHOTO, Shape.CONTRACT} and kind != "construction_contract":
        return min(happened, asked)
    return min(happened, asked) - timedelta(rng.randint(0, 12))
