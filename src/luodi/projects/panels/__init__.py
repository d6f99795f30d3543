"""What projects give to the registry: subject kind, verbs, pages, desk lines, who answers for what, deep checks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from luodi.files.models import KIND_LABELS
from luodi.kernel import money, registry
from luodi.projects.models import Project, labels
from luodi.projects.panels.checks import deep_checks
from luodi.projects.panels.desk import due_from
from luodi.projects.panels.verbs import VERBS
from luodi.projects.rules import Role
from luodi.projects.services.imports.applying import apply_job, forget_job
from luodi.projects.services.people import follow_head


def register() -> None:
    registry.add_verbs(*VERBS)
    registry.add_subject(
        registry.SubjectKind(
            "project", _("项目"), _url, lambda user: Project.objects.visible_to(user).values("subject_id")
        )
    )
    registry.add_nav(
        registry.NavEntry("build", 40, _("项目库"), "project_list", "p", "project.see"),
        registry.NavEntry("build", 41, _("堵点"), "obstacle_list", "o", "project.see"),
        registry.NavEntry("build", 42, _("待认定"), "ask_list", "a", "gate.recognise"),
        registry.NavEntry("build", 43, _("期初待证"), "opening_list", "", "project.see"),
        registry.NavEntry("build", 44, _("导入"), "import_list", "i", "project.import"),
    )
    for code, show in _shown().items():
        registry.SHOWN_AS[code] = show
    registry.DESK.append(due_from)
    registry.HOLDINGS.append(holdings)
    registry.HEAD_CHANGES.append(follow_head)
    registry.CHECKS.append(deep_checks)
    registry.JOBS["projects.import"] = apply_job
    registry.JOBS["projects.forget"] = forget_job


def _url(subject: Any) -> str:
    return reverse("project", args=[subject.uuid])


def _shown() -> dict[str, Any]:
    tables: dict[str, Mapping[Any, Any]] = {
        "stage": labels.STAGES,
        "importance": labels.IMPORTANCE,
        "end_kind": labels.END_KINDS,
        "gate": {**labels.GATES, "": _("到位资金")},
        "role": labels.ROLES,
        "source": labels.SOURCES,
        "field": _field_words(),
        "evidence_kind": KIND_LABELS,
    }
    shown: dict[str, Any] = {
        code: (lambda value, table=table: str(table.get(value, value))) for code, table in tables.items()
    }
    shown["money"] = lambda value: f"{money.wan(Decimal(value)).normalize():,f} {_('万元')}"
    return shown


def _field_words() -> dict[str, Any]:
    return {field.name: field.verbose_name for field in Project._meta.concrete_fields}


def holdings(member_ids: Sequence[int]) -> Iterable[registry.Holding]:
    """How many live projects each member answers for, by role. Four queries, whatever the number of members."""
    for role in (Role.LEADER, Role.PRINCIPAL, Role.OFFICER, Role.SUPERVISOR):
        column = f"{role}_id"
        rows = (
            Project.objects.live()
            .filter(**{f"{column}__in": member_ids})
            .values(column)
            .annotate(n=Count("pk"))
            .order_by()
        )
        for row in rows:
            href = f"{reverse('project_list')}?{role}={row[column]}"
            yield registry.Holding(row[column], _("项目%(role)s") % {"role": labels.ROLES[role]}, row["n"], href)
