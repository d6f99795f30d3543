"""The full table of GB/T 4754, brought in by the installation."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.utils.translation import gettext as _

from luodi.kernel import acts
from luodi.kernel.acts import Actor
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import Industry

CODE = re.compile(r"^(?:[A-T]|\d{2,4})$")


def industries_import(*, by: Actor, rows: Sequence[tuple[str, str]]) -> int:
    """Add groups (3 digits) and classes (4 digits), and correct names; give how many rows were written.

    A group belongs to the division of its first two digits, a class to the group of its first three; sections and
    divisions are there already. Nothing is taken away. Errors: "forbidden" | "industry_code" | "industry_parent".
    """
    if not by.may("system.operate"):
        raise Forbidden(_("行业代码表由系统管理员导入。"))
    known = {industry.code: industry for industry in acts.lock(Industry.objects.all())}
    written = 0
    for code, name in sorted(rows, key=lambda row: (len(row[0]), row[0])):
        if not CODE.match(code) or not name:
            raise DomainError(
                "industry_code",
                _("行业代码不对：%(code)s。代码是一个字母或二到四位数字，后面是名称。") % {"code": code},
            )
        written += _write(known, code, name)
    return written


def _write(known: dict[str, Industry], code: str, name: str) -> bool:
    if code in known:
        return bool(acts.update(known[code], name=name))
    parent = known.get(code[:-1]) if len(code) > 2 else None
    if parent is None:
        raise DomainError("industry_parent", _("行业代码 %(code)s 的上一级不在表里。") % {"code": code})
    known[code] = acts.insert(Industry(code=code, name=name, level=len(code), parent=parent))
    return True
