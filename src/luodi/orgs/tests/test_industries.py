"""GB/T 4754: sections and divisions are shipped, the rest can be brought in."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.orgs.models import Industry
from luodi.orgs.rules import Role
from luodi.orgs.services.industries import industries_import
from luodi.orgs.tests.factories import make_cast

pytestmark = pytest.mark.django_db


def test_shipped_table_has_all_sections_and_divisions():
    assert Industry.objects.filter(level=1).count() == 20
    assert Industry.objects.filter(level=2, parent__isnull=False).count() == 97
    assert Industry.objects.filter(code="13", parent__code="C").exists()


def test_groups_and_classes_are_brought_in_by_the_system_administrator_only():
    cast = make_cast(Role.SYSTEM_ADMIN, Role.PROJECT_OFFICE)
    rows = [("1311", "稻谷加工"), ("131", "谷物磨制")]
    with pytest.raises(DomainError) as refused:
        acts.run(industries_import, by=cast[Role.PROJECT_OFFICE], rows=rows)
    assert refused.value.code == "forbidden"
    assert acts.run(industries_import, by=cast[Role.SYSTEM_ADMIN], rows=rows) == 2
    assert acts.run(industries_import, by=cast[Role.SYSTEM_ADMIN], rows=rows) == 0
    assert Industry.objects.filter(code="1311", parent__code="131").exists()
    with pytest.raises(DomainError) as refused:
        acts.run(industries_import, by=cast[Role.SYSTEM_ADMIN], rows=[("9991", "没有上级")])
    assert refused.value.code == "industry_parent"


def test_command_reads_a_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    make_cast(Role.SYSTEM_ADMIN)
    path = tmp_path / "行业.csv"
    path.write_text("代码,名称\n131,谷物磨制\n1311,稻谷加工\n说明,不读\n", encoding="utf-8")
    call_command("industries_import", str(path), "--as", "system_admin")
    assert "写入 2 条" in capsys.readouterr().err
