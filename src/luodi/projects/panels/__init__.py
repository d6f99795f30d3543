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
from luodi.orgs.models import User
from luodi.projects.models import Project, labels
from luodi.projects.panels import acts
from luodi.projects.panels.checks import deep_checks
from luodi.projects.panels.desk import own_imports
from luodi.projects.panels.duties import KINDS, answered_by, people_of
from luodi.projects.panels.rulebook import GATE_OPTIONS, LAMPS, RECHECKS
from luodi.projects.panels.searching import SOURCES
from luodi.projects.panels.verbs import VERBS
from luodi.projects.rules import PERSONAL, Role
from luodi.projects.services import people
from luodi.projects.services.figures import TURNS_JOB, turns_job
from luodi.projects.services.imports.applying import apply_job, forget_job
from luodi.projects.services.imports.undoing import undo_job


def register() -> None:
    acts.register()
    registry.add_verbs(*VERBS)
    registry.add_subject(
        registry.SubjectKind(
            "project",
            _("项目"),
            _url,
            lambda user: Project.objects.visible_to(user).values("subject_id"),
            lambda user: Project.objects.visible_to(user).listed().values("subject_id"),
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
    registry.add_duties(*KINDS)
    registry.PEOPLE["project"] = people_of
    registry.ANSWERS_FOR.append(answered_by)
    registry.DESK.append(own_imports)
    registry.add_search(*SOURCES)
    registry.HOLDINGS.append(holdings)
    registry.HEAD_CHANGES.append(people.follow_head)
    registry.ESTATES.append(registry.Estate(people.held_by, people.hold_all, people.hand_all_over))
    registry.CHECKS.append(deep_checks)
    registry.add_table(GATE_OPTIONS)
    registry.add_thresholds(LAMPS)
    registry.add_thresholds(RECHECKS)
    registry.add_job_kinds(
        registry.JobKind(
            "projects.import", _("导入台账"), lambda job: reverse("import", args=[job.arguments["batch"]]), lasting=True
        ),
        registry.JobKind(
            "projects.import_undo",
            _("撤销导入"),
            lambda job: reverse("import_undo", args=[job.arguments["batch"]]),
            lasting=True,
        ),
        registry.JobKind("projects.forget", _("销毁导入的原件"), lasting=True),
        registry.JobKind(TURNS_JOB, _("按新规则重算变灯日"), lasting=True),
    )
    registry.JOBS["projects.import"] = apply_job
    registry.JOBS["projects.forget"] = forget_job
    registry.JOBS["projects.import_undo"] = undo_job
    registry.JOBS[TURNS_JOB] = turns_job


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


def holdings(viewer: User, member_ids: Sequence[int]) -> Iterable[registry.Holding]:
    """How many live projects, of those the viewer may see, each member answers for, by role. Four queries, however many members."""
    for role in PERSONAL:
        column = f"{role}_id"
        rows = (
            Project.objects.visible_to(viewer)
            .live()
            .filter(**{f"{column}__in": member_ids})
            .values(column)
            .annotate(n=Count("pk"))
            .order_by()
        )
        for row in rows:
            href = f"{reverse('project_list')}?{role}={row[column]}"
            label = _("项目%(role)s") % {"role": labels.ROLES[role]}
            yield registry.Holding(row[column], label, row["n"], href, people.held_code(role), own=role == Role.OFFICER)
