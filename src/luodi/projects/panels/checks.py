"""What `doctor --deep` looks for in projects: everything that services and the database promise, reckoned anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal

from django.db.models import Exists, F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from luodi.facts.models import Fact, FactEvidence, FactShare
from luodi.facts.services import WHOLE
from luodi.projects.models import (
    Assignment,
    Ending,
    Lesson,
    Project,
    ProjectFigures,
    ProjectYear,
    StageChange,
    Suspension,
    VoidRequest,
)
from luodi.projects.rules import PATHS, Gate, Role, Stage, Track, gate_into
from luodi.projects.services.figures import reckoned_figures, reckoned_years

BATCH = 1000
YEAR = ("project_id", "year", "planned_cny", "declared_cny", "yellow_from", "red_from")


def deep_checks() -> Iterable[str]:
    """One sentence for each thing that is not as it should be."""
    yield from _people()
    yield from _facts()
    yield from _ends()
    yield from _pauses()
    ids = list(Project.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        yield from _stages(ids[start : start + BATCH])
        yield from _figures(ids[start : start + BATCH])


def _people() -> Iterator[str]:
    """Column and last link of each role are equal; every project has a chain for every role."""
    for role in Role:
        column = "unit_id" if role == Role.UNIT else "member_id"
        last = Assignment.objects.filter(project=OuterRef("pk"), role=role).order_by("-seq").values(column)[:1]
        count = Assignment.objects.filter(project=OuterRef("pk"), role=role, seq=1).values("pk")[:1]
        rows = Project.objects.annotate(last=Subquery(last), first=Subquery(count))
        for code in rows.filter(first=None).values_list("code", flat=True):
            yield _("%(code)s 没有%(role)s的分工记录") % {"code": code, "role": role}
        for code in rows.filter(_unequal("last", f"{role}_id")).values_list("code", flat=True):
            yield _("%(code)s 的%(role)s与分工记录不一致") % {"code": code, "role": role}


def _unequal(left: str, right: str) -> Q:
    """Two columns differ; nothing is a value like any other here, which SQL's own comparison does not see."""
    one_alone = Q(**{f"{left}__isnull": True, f"{right}__isnull": False}) | Q(
        **{f"{left}__isnull": False, f"{right}__isnull": True}
    )
    return one_alone | (Q(**{f"{left}__isnull": False, f"{right}__isnull": False}) & ~Q(**{left: F(right)}))


def _stages(ids: list[int]) -> Iterator[str]:
    """A stage is the last one told, and rests on a standing fact for each gate after the one at which the project entered."""
    rows = Project.objects.filter(pk__in=ids, void=False)
    facts: dict[int, set[str]] = defaultdict(set)
    for subject_id, code in Fact.objects.standing().filter(subject__project__in=ids).values_list("subject_id", "gate"):
        facts[subject_id].add(code)
    last: dict[int, StageChange] = {}
    for change in StageChange.objects.filter(project__in=ids).order_by("project_id", "at", "pk"):
        last[change.project_id] = change
    for project in rows:
        told = last.get(project.pk)
        if told is not None and told.now != project.stage:
            yield _("%(code)s 的阶段与最后一次阶段变动不一致") % {"code": project.code}
        reached = told.was if told is not None and project.stage == Stage.ENDED else project.stage
        for gate in _gates_behind(project, Stage(reached)):
            if gate.code not in facts[project.subject_id]:
                yield _("%(code)s 过了关口 %(gate)s，却没有认定") % {"code": project.code, "gate": gate.code}


def _gates_behind(project: Project, reached: Stage) -> list[Gate]:
    """The gates that a project at this stage has passed by recognition: those up to its opening stage only when that was proved."""
    path = PATHS[Track(project.track)]
    at = path.index(reached)
    entered = path.index(Stage(project.opening_stage)) if project.opening_stage else 0
    first = entered if project.opening_stage and project.opening_proved_on else entered + 1
    return [gate for stage in path[first : at + 1] if (gate := gate_into(Track(project.track), stage)) is not None]


def _facts() -> Iterator[str]:
    """Shares make a whole, and the amount is what the vouchers contribute."""
    sealed = Fact.objects.filter(state="recognised")
    shares = FactShare.objects.filter(fact=OuterRef("pk")).values("fact").annotate(n=Sum("basis_points")).values("n")
    lines = FactEvidence.objects.filter(fact=OuterRef("pk")).values("fact").annotate(n=Sum("amount_cny")).values("n")
    wrong = ~Q(whole=WHOLE) | (Q(amount_cny__isnull=False) & ~Q(amount_cny=F("counted")))
    rows = sealed.annotate(whole=Subquery(shares), counted=Coalesce(Subquery(lines), Decimal(0)))
    for pk in rows.filter(wrong).values_list("pk", flat=True):
        yield _("认定 %(pk)s 的份额合计不足或超出，或金额与凭证之和不一致") % {"pk": pk}


def _ends() -> Iterator[str]:
    """What has ended was accepted as such, with a lesson; what is void was approved."""
    ended = Project.objects.filter(stage="ended", void=False)
    accepted = Ending.objects.filter(project=OuterRef("pk"), kind=OuterRef("end_kind"), state="accepted")
    lessons = Lesson.objects.filter(project=OuterRef("pk"), state="accepted")
    for code in ended.filter(~Exists(accepted) | ~Exists(lessons)).values_list("code", flat=True):
        yield _("%(code)s 已终结，却没有被接受的说明和经验") % {"code": code}
    approved = VoidRequest.objects.filter(project=OuterRef("pk"), state="approved")
    for code in Project.objects.filter(~Exists(approved), void=True).values_list("code", flat=True):
        yield _("%(code)s 已作废，却没有批准") % {"code": code}


def _pauses() -> Iterator[str]:
    """A project is suspended exactly while an agreed suspension of its own runs."""
    running = Suspension.objects.filter(project=OuterRef("pk"), state="agreed").values("pk")[:1]
    rows = Project.objects.filter(void=False).annotate(running=Subquery(running))
    for code in rows.filter(_unequal("running", "suspension_id")).values_list("code", flat=True):
        yield _("%(code)s 的暂停与暂停申请不一致") % {"code": code}


def _figures(ids: list[int]) -> Iterator[str]:
    """The read models are what a rebuild would give."""
    kept = {
        (f.project_id, f.open_obstacle_count, f.obstacle_due_on, f.money_arrived_cny)
        for f in ProjectFigures.objects.filter(pk__in=ids)
    }
    right = {
        (f.project_id, f.open_obstacle_count, f.obstacle_due_on, f.money_arrived_cny) for f in reckoned_figures(ids)
    }
    for pk in sorted({row[0] for row in kept ^ right}):
        yield _("项目 %(pk)s 的堵点或到位资金汇总与明细不一致") % {"pk": pk}
    years = set(ProjectYear.objects.filter(project_id__in=ids).values_list(*YEAR))
    reckoned = {tuple(getattr(row, name) for name in YEAR) for row in reckoned_years(ids)}
    for pk in sorted({row[0] for row in years ^ reckoned}):
        yield _("项目 %(pk)s 的年度投资汇总与明细不一致") % {"pk": pk}
