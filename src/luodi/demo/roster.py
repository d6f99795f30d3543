"""The accounts to sign in with, as a table for a terminal."""

from __future__ import annotations

from unicodedata import east_asian_width

from luodi.demo.people import SEATS
from luodi.orgs.labels import ROLE_LABELS
from luodi.orgs.models import User

HEAD = ("用户名", "姓名", "单位", "职务", "角色")


def roster() -> list[str]:
    """One line for each account, under a heading; those of the packaged seats that this database holds."""
    rows = [HEAD, *(_row(username) for username in (seat.username for seat in SEATS) if _held(username))]
    widths = [max(_width(row[n]) for row in rows) for n in range(len(HEAD))]
    return ["  ".join(_padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _held(username: str) -> bool:
    return bool(User.objects.filter(username=username).exists())


def _row(username: str) -> tuple[str, ...]:
    user = User.objects.get(username=username)
    member = user.member
    roles = "、".join(str(label) for role, label in ROLE_LABELS.items() if role in user.roles)
    return (username, member.name, str(member.unit), member.post, roles)


def _width(text: str) -> int:
    """Columns on a terminal: a Chinese sign takes two."""
    return sum(2 if east_asian_width(sign) in "WF" else 1 for sign in text)


def _padded(text: str, width: int) -> str:
    return text + " " * (width - _width(text))
