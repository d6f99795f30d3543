"""What is due from a person in projects: derived at read time, each line with the one page that settles it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from luodi.kernel import clock
from luodi.kernel.registry import DeskLine
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.projects import permissions
from luodi.projects.models import (
    Ask,
    CommitmentChange,
    Ending,
    ImportBatch,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
)
from luodi.projects.models.labels import END_KINDS, GATES
from luodi.projects.selectors import why_not_recognise_each

Visible = QuerySet[Project, Any]
LOOK_AHEAD = timedelta(days=7)
MOST = 200


def due_from(user: User) -> Iterable[DeskLine]:
    """All lines of one person, in no order. A constant number of queries."""
    if not user.may("desk.see"):
        return
    visible = Project.objects.visible_to(user).live().values("pk")
    for source in (
        _asks,
        _commitments,
        _suspensions,
        _obstacles,
        _lessons,
        _endings,
        _voids,
        _openings,
    ):
        yield from source(user, visible)
    yield from _imports(user)


def _page(project: Project, tab: str = "") -> str:
    return f"{project.get_absolute_url()}{f'?tab={tab}' if tab else ''}"


def _asks(user: User, visible: Visible) -> Iterator[DeskLine]:
    if not user.may("gate.recognise"):
        return
    asks = Ask.objects.filter(state="asked", project__in=visible).select_related(
        "project__subject", "asked_by", "asked_unit"
    )
    found = list(asks.order_by("asked_at")[:MOST])
    refusals = why_not_recognise_each(user, found)
    for ask in found:
        if not refusals[ask.pk]:
            yield DeskLine(
                f"ask-{ask.pk}",
                _("认定“%(name)s”%(gate)s") % {"name": ask.project.name, "gate": GATES.get(ask.gate, _("到位资金"))},
                _("发生在 %(day)s，认定人不得是申报单位的人") % {"day": ask.happened_on},
                reverse("ask", args=[ask.pk]),
                _("认定"),
                since=clock.local_date(ask.asked_at),
                waiting=f"{ask.asked_by} · {ask.asked_unit}",
            )


def _commitments(user: User, visible: Visible) -> Iterator[DeskLine]:
    if not user.may("commitment.decide"):
        return
    rows = CommitmentChange.objects.filter(state="asked", project__in=visible)
    for change in rows.select_related("project__subject", "asked_by__unit").order_by("asked_at")[:MOST]:
        if not permissions.why_not_decide_commitment(user, change):
            yield DeskLine(
                f"commitment-{change.pk}",
                _("“%(name)s”申请改期：%(was)s → %(now)s")
                % {"name": change.project.name, "was": change.was, "now": change.wanted},
                change.reason,
                reverse("commitment_decide", args=[change.pk]),
                _("核改期"),
                since=clock.local_date(change.asked_at),
                waiting=f"{change.asked_by} · {change.asked_by.unit}",
            )


def _suspensions(user: User, visible: Visible) -> Iterator[DeskLine]:
    """Those that wait for my answer, and my own that have come to the day to look again."""
    mine = Q(project__principal=user.member_id) | Q(project__leader=user.member_id) | Q(project__officer=user.member_id)
    wanted = Q(state="agreed", look_again_on__lte=clock.today() + LOOK_AHEAD) & mine
    if user.may("suspension.decide"):
        wanted |= Q(state="asked")
    rows = Suspension.objects.filter(wanted, project__in=visible).select_related(
        "project__leader", "project__subject", "asked_by__unit"
    )
    for row in rows.order_by("asked_at")[:MOST]:
        if row.state == "agreed":
            yield _look(row)
        elif not permissions.why_not_decide_suspension(user, row.project):
            yield _answer_suspension(row)


def _look(row: Suspension) -> DeskLine:
    return DeskLine(
        f"look-{row.pk}",
        _("“%(name)s”暂停到了再看的日子") % {"name": row.project.name},
        row.reason,
        _page(row.project),
        _("去看"),
        due_on=row.look_again_on,
    )


def _answer_suspension(row: Suspension) -> DeskLine:
    return DeskLine(
        f"suspension-{row.pk}",
        _("“%(name)s”申请暂停") % {"name": row.project.name},
        row.reason,
        reverse("suspension_decide", args=[row.pk]),
        _("答复"),
        since=clock.local_date(row.asked_at),
        waiting=f"{row.asked_by} · {row.asked_by.unit}",
    )


def _obstacles(user: User, visible: Visible) -> Iterator[DeskLine]:
    """Those that my unit must solve, and those said to be solved that I must confirm."""
    mine = Q(project__officer=user.member_id) | Q(project__supervisor=user.member_id)
    ours = Q(solver_unit=user.member.unit_id)
    wanted = Q(state="solved") & mine & ~ours
    if user.may("obstacle.work"):
        wanted |= Q(state="open") & ours
    rows = Obstacle.objects.filter(wanted, project__in=visible).select_related(
        "project__subject", "solver_unit", "solved_by"
    )
    for row in rows.order_by("state", "promised_on")[:MOST]:
        yield _solve(row) if row.state == "open" else _confirm(row)


def _solve(row: Obstacle) -> DeskLine:
    return DeskLine(
        f"obstacle-{row.pk}",
        _("解决堵点：%(title)s") % {"title": row.title},
        row.project.name,
        reverse("obstacle", args=[row.pk]),
        _("报进展"),
        due_on=row.promised_on,
    )


def _confirm(row: Obstacle) -> DeskLine:
    return DeskLine(
        f"confirm-{row.pk}",
        _("确认堵点已解决：%(title)s") % {"title": row.title},
        row.result,
        reverse("obstacle", args=[row.pk]),
        _("确认"),
        since=clock.local_date(row.solved_at or row.added_at),
        waiting=f"{row.solved_by} · {row.solver_unit}",
    )


def _lessons(user: User, visible: Visible) -> Iterator[DeskLine]:
    if not {Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE} & user.roles:
        return
    rows = Lesson.objects.filter(state="proposed", project__in=visible).select_related(
        "project__subject", "proposed_by__unit"
    )
    for row in rows.order_by("proposed_at")[:MOST]:
        if not permissions.why_not_accept_lesson(user, row):
            yield DeskLine(
                f"lesson-{row.pk}",
                _("“%(name)s”写下一条经验") % {"name": row.project.name},
                row.otherwise,
                reverse("lesson", args=[row.pk]),
                _("看经验"),
                since=clock.local_date(row.proposed_at),
                waiting=f"{row.proposed_by} · {row.proposed_by.unit}",
            )


def _endings(user: User, visible: Visible) -> Iterator[DeskLine]:
    if not (user.may("ending.accept") or user.may("ending.close")):
        return
    rows = Ending.objects.filter(state="proposed", project__in=visible).select_related(
        "project__subject", "proposed_by__unit"
    )
    for row in rows.order_by("proposed_at")[:MOST]:
        if not permissions.why_not_accept_ending(user, row):
            yield DeskLine(
                f"ending-{row.pk}",
                _("“%(name)s”申请%(kind)s终结") % {"name": row.project.name, "kind": END_KINDS[row.kind]},
                row.story,
                reverse("ending", args=[row.pk]),
                _("看说明"),
                since=clock.local_date(row.proposed_at),
                waiting=f"{row.proposed_by} · {row.proposed_by.unit}",
            )


def _voids(user: User, visible: Visible) -> Iterator[DeskLine]:
    if not user.may("void.approve"):
        return
    rows = VoidRequest.objects.filter(state="asked", project__in=visible).select_related(
        "project__subject", "asked_by__unit"
    )
    for row in rows.order_by("asked_at")[:MOST]:
        yield DeskLine(
            f"void-{row.pk}",
            _("“%(name)s”申请录入作废") % {"name": row.project.name},
            row.reason,
            reverse("void_decide", args=[row.pk]),
            _("答复"),
            since=clock.local_date(row.asked_at),
            waiting=f"{row.asked_by} · {row.asked_by.unit}",
        )


def _openings(user: User, visible: Visible) -> Iterator[DeskLine]:
    """One line for all: they are many after an import, and a page lists them."""
    rows = Project.objects.filter(pk__in=visible).exclude(opening_stage="").filter(opening_proved_on=None)
    mine = rows.filter(Q(officer=user.member_id) | Q(principal=user.member_id)).count()
    if mine:
        yield DeskLine(
            "openings",
            _("%(count)s 个期初项目还没有认定") % {"count": mine},
            _("补齐佐证、申报认定以后才计数"),
            reverse("opening_list"),
            _("去补"),
        )


def _imports(user: User) -> Iterator[DeskLine]:
    """My imports: a preview that waits, one that is being written, and for a day what came of one."""
    if not user.may("project.import"):
        return
    lately = clock.now() - timedelta(days=1)
    mine = ImportBatch.objects.filter(importer=user.member_id)
    rows = mine.filter(Q(state__in=["preview", "applying"]) | Q(state="done", finished_at__gte=lately))
    for row in rows.only("pk", "name", "state", "uploaded_at", "counts").order_by("-uploaded_at")[:5]:
        text, button = _import_words(row)
        yield DeskLine(
            f"import-{row.pk}",
            _("导入“%(name)s”") % {"name": row.name},
            text,
            reverse("import", args=[row.pk]),
            button,
            since=clock.local_date(row.uploaded_at),
        )


def _import_words(row: ImportBatch) -> tuple[str, str]:
    if row.state == "applying":
        return _("正在入库，可以离开"), _("看进度")
    if row.state == "done":
        return _("已经入库"), _("看结果")
    return _("预览没有接受，什么都还没有写"), _("看预览")
