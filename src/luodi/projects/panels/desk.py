"""What a person's own imports came to, for his desk; all else that is due stands there as obligations (panels/duties.py)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.registry import DeskLine
from luodi.orgs.models import User
from luodi.projects.models import ImportBatch


def own_imports(user: User) -> Iterator[DeskLine]:
    """My imports: a preview that waits, one that is being written, and for a day what came of one."""
    if not user.may("project.import"):
        return
    lately = clock.now() - timedelta(days=1)
    mine = ImportBatch.objects.filter(Q(importer=user.member_id) | Q(undone_by=user.member_id))
    over = Q(state="done", finished_at__gte=lately) | Q(state="undone", undone_at__gte=lately)
    rows = mine.filter(Q(state__in=["preview", "applying", "undoing"]) | over)
    for row in rows.only("pk", "name", "state", "uploaded_at", "counts").order_by("-uploaded_at")[:5]:
        text, button = _import_words(row)
        yield DeskLine(
            f"import-{row.pk}",
            _("导入“%(name)s”") % {"name": row.name},
            text,
            reverse("import_undo" if row.state in ("undoing", "undone") else "import", args=[row.pk]),
            button,
            since=clock.local_date(row.uploaded_at),
        )


def _import_words(row: ImportBatch) -> tuple[str, str]:
    if row.state == "applying":
        return _("正在入库，可以离开"), _("看进度")
    if row.state == "undoing":
        return _("正在撤销，可以离开"), _("看进度")
    if row.state == "undone":
        return _undone_words(row.undo_counts), _("看结果")
    if row.state == "done":
        return _("已经入库"), _("看结果")
    return _("预览没有接受，什么都还没有写"), _("看预览")


def _undone_words(counts: dict[str, int]) -> str:
    told = {
        "void": counts.get("void", 0),
        "restored": counts.get("restored", 0) + counts.get("partly", 0),
        "left": counts.get("left", 0) + counts.get("partly", 0),
    }
    return _("已经撤销：%(void)s 个作废，%(restored)s 个恢复，%(left)s 个有留着没动的") % told
