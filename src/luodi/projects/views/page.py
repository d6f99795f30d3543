"""The page of one project: what is, what is missing, what happened, who answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Prefetch
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from luodi.engines.workdays import WorkCalendar
from luodi.facts.models import Fact, FactEvidence, FactShare
from luodi.kernel import clock, money
from luodi.kernel.calendar import work_calendar
from luodi.kernel.http import AuthedRequest
from luodi.orgs import deputies
from luodi.orgs.models import User
from luodi.projects import permissions, selectors
from luodi.projects.models import (
    Ask,
    Assignment,
    CommitmentChange,
    Ending,
    Lesson,
    Obstacle,
    Project,
    StageChange,
    Suspension,
    VoidRequest,
    YearFigure,
)
from luodi.projects.models.labels import END_KINDS, FACT_KINDS, GATES, IMPORTANCE, ROLES, STAGES, TRACKS
from luodi.projects.rules import EARLY, PATHS, Lamp, Role, Stage, Thresholds, Track, calendar_share, project_lamp
from luodi.projects.views import past
from luodi.subjects.forms import NoteForm
from luodi.subjects.selectors import timeline_of
from luodi.web import parts

MenuRow = tuple[bool, str, str]
"""Whether this person may, the words, and the name of the address (with the role after a space)."""
TABS = ("overview", "evidence", "money", "obstacles", "people", "lessons", "history")


def project_page(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    """One project. 404 when it may not be seen. `?tab=` chooses the tab, `?on=2026-06-30` the end of a past day."""
    return past.project_on(request, uuid, _shown)


def _shown(request: AuthedRequest, user: User, uuid: UUID, on: date | None) -> HttpResponse:
    """The page for `user`. `on`: the past day that is shown, on which nothing can be done."""
    people = ("leader__unit", "principal__unit", "officer__unit", "supervisor__unit")
    around_it = ("subject", "unit__head", "region", "township", "investor", "kind", "industry", "theme", "figures")
    rows = Project.objects.visible_to(user).with_year(clock.today()).select_related(*around_it, "suspension", *people)
    project: Any = get_object_or_404(rows, subject__uuid=uuid)
    project.shown_on = on
    around = selectors.Around(project)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    waiting = _open(user, around)
    waiting = [one | {"href": "", "mine": False} for one in waiting] if on else waiting
    first = next((one for one in waiting if one["mine"]), None)
    entries = timeline_of(project.subject_id, most=200 if tab == "history" else 15)
    return render(
        request,
        "projects/page.html",
        {
            "project": project,
            "lamp": _lamp(project, around.rules.thresholds),
            "steps": _steps(around),
            "facts": _facts(user, project),
            "tab": tab,
            "tabs": _tabs(project, tab),
            "gate": _gate(user, around, primary=first is None),
            "entries": entries,
            "entry_count": around.entry_count,
            "people": _people(user, around),
            "note_form": NoteForm(),
            "acts": [] if on else _acts(user, project),
            "may_note": user.may("project.note"),
            "open": waiting,
            "first": first,
            "history_href": _tab(project, "history"),
            "now": f"{project.get_absolute_url()}?tab={tab}",
            "kept": [("tab", tab)],
            **past.on_page(on),
            "template": f"projects/tabs/{tab}.html",
            **CONTENT[tab](user, around, request.GET),
        },
    )


def _tab(project: Any, tab: str) -> str:
    """The address of one tab. A phone goes down to it at once; on a wide screen it is in sight anyway."""
    day = f"&on={project.shown_on}" if project.shown_on else ""
    return f"{project.get_absolute_url()}?tab={tab}{day}#tabs"


def _lamp(project: Any, thresholds: Thresholds) -> Lamp:
    return project_lamp(
        stage=Stage(project.stage),
        suspended=project.suspended,
        planned=project.year_planned_cny or Decimal(0),
        declared=project.year_declared_cny or Decimal(0),
        earliest_due=project.figures.obstacle_due_on,
        today=clock.today(),
        thresholds=thresholds,
    )


def _steps(around: selectors.Around) -> list[parts.Step]:
    project = around.project
    spent = selectors.days_in_stages(around.stages, clock.today())
    path = PATHS[Track(project.track)]
    at = path.index(Stage(project.stage)) if project.stage in path else len(path)
    steps = []
    for place, stage in enumerate(path):
        state: parts.StepState = (
            "now" if place == at else "todo" if place > at else "done" if stage in spent else "skipped"
        )
        on, days = spent.get(stage, (None, 0))
        promised = project.committed_finish_on if stage == Stage.COMPLETED and place > at else None
        note = _("%(days)s 天") % {"days": days} if stage in spent and place <= at else ""
        if state == "skipped" and project.opening_stage in path[place:]:
            note = _("入库以前")
        if stage == project.opening_stage and project.unproved:
            note = _("期初，未认定")
        steps.append(
            parts.Step(STAGES[stage], state, on if place <= at else promised, note, _("承诺") if promised else "")
        )
    return steps


def _facts(user: User, project: Any) -> list[parts.Fact]:
    planned, declared = project.year_planned_cny or Decimal(0), project.year_declared_cny or Decimal(0)
    due = calendar_share(clock.today())
    share = f"{declared / planned:.1%}" if planned else "—"
    late = (
        project.committed_finish_on is not None
        and project.committed_finish_on < clock.today()
        and project.stage in PATHS[Track(project.track)][: PATHS[Track(project.track)].index(Stage.COMPLETED)]
    )
    return [
        parts.Fact(
            _("年度投资（填报）"),
            str(money.yi(declared)),
            _("/ %(plan)s 亿元") % {"plan": money.yi(planned)},
            _("%(share)s，时序 %(due)s") % {"share": share, "due": f"{due:.1%}"},
            _tab(project, "money"),
        ),
        parts.Fact(
            _("到位资金（认定）"),
            str(money.yi(project.figures.money_arrived_cny)),
            _("亿元"),
            "",
            _tab(project, "money"),
        ),
        parts.Fact(
            _("总投资"),
            str(money.yi(project.total_investment_cny)) if project.total_investment_cny is not None else "—",
            _("亿元"),
        ),
        parts.Fact(
            _("承诺竣工"),
            str(project.committed_finish_on or "—"),
            "",
            _("已过承诺日") if late else "",
            _tab(project, "history"),
            late=late,
        ),
        parts.Fact(
            _("专人"),
            str(project.officer),
            "",
            str(project.officer.unit),
            reverse("member_page", args=[project.officer_id]) if user.may("unit.see") else "",
        ),
    ]


def _tabs(project: Any, current: str) -> list[parts.Tab]:
    labels: dict[str, tuple[Any, int | None]] = {
        "overview": (_("概况"), None),
        "evidence": (_("佐证"), None),
        "money": (_("资金"), None),
        "obstacles": (_("堵点"), project.figures.open_obstacle_count),
        "people": (_("责任链"), None),
        "lessons": (_("经验"), None),
        "history": (_("变动"), None),
    }
    return [parts.Tab(label, _tab(project, key), count, key == current) for key, (label, count) in labels.items()]


# The gate -----------------------------------------------------------------------------------------------------------


def _gate(user: User, around: selectors.Around, *, primary: bool) -> parts.Gate | None:
    """What is still missing for the next gate, where each is given, who may press the button, and why I may not.

    `primary`: nothing else on the page is more mine to do. Who only reads finds words instead of the button, and no link to a form that he may not send.
    """
    project: Any = around.project
    state = selectors.gate_state(project, around)
    if state is None:
        return None
    why = permissions.why_not_work(user, project, "gate.ask")
    deputies.sign_with(around.hands, (item.evidence for item in state.items))
    items = [_gate_item(user, project, item) for item in state.items]
    lacking = len(state.missing)
    names = {"gate": state.label, "all": len(items), "missing": lacking}
    if state.proves_opening:
        title = _("补认定期初“%(gate)s”要 %(all)s 件，还缺 %(missing)s 件") % names
    else:
        title = _("%(gate)s要 %(all)s 件，还缺 %(missing)s 件") % names
    if state.ask is not None:
        return replace(_gate_asked(user, around, state, title, items), primary=primary)
    recognised = _recognised_by(around, project.unit_id)
    if project.shown_on:
        return parts.Gate(title, items, why=recognised)
    if why:
        return parts.Gate(title, items, why=why + recognised)
    if project.suspended:
        why = _("项目暂停中，恢复后才能申报。")
    elif lacking:
        why = _("备齐后才能申报。") + recognised
    return parts.Gate(
        title,
        items,
        _("申报%(gate)s") % {"gate": state.label},
        enabled=not why,
        href=reverse("gate_ask", args=[project.subject.uuid]),
        why=why or recognised,
        primary=primary,
    )


def _gate_asked(
    user: User, around: selectors.Around, state: selectors.GateState, title: str, items: list[parts.GateItem]
) -> parts.Gate:
    ask = state.ask
    assert ask is not None
    told = _("%(who)s（%(unit)s）已申报。") % {"who": ask.asked_by, "unit": ask.asked_unit}
    if not user.may("gate.recognise"):
        return parts.Gate(title, items, why=told + _recognised_by(around, ask.asked_unit_id))
    why = selectors.why_not_recognise(user, around.project, ask, around)
    return parts.Gate(
        title,
        items,
        _("认定%(gate)s") % {"gate": state.label},
        enabled=not why,
        href=reverse("ask", args=[ask.pk]),
        why=told + (f"{_recognised_by(around, ask.asked_unit_id)}{why}" if why else ""),
    )


def _recognised_by(around: selectors.Around, asker_unit_id: int) -> str:
    names = "、".join(row.name for row in selectors.recognisers(around, asker_unit_id=asker_unit_id)[:3])
    return _("由 %(names)s 认定，认定人不得是责任单位、申报单位的人，也不得是专人或督办人。") % {
        "names": names or _("项目办")
    }


def _gate_item(user: User, project: Project, item: selectors.GateItem) -> parts.GateItem:
    if item.evidence is not None and item.sort not in {"field", "lessons"}:
        piece = item.evidence
        return parts.GateItem(
            item.label,
            True,
            reverse("evidence_file", args=[piece.pk]),
            str(piece.added_by),
            clock.local_date(piece.added_at),
        )
    return parts.GateItem(item.label, item.done, _where_given(user, project, item))


def _where_given(user: User, project: Project, item: selectors.GateItem) -> str:
    """The page on which this person gives what a gate asks; "" where he may not."""
    uuid, people = project.subject.uuid, {"principal": Role.PRINCIPAL, "leader": Role.LEADER}
    if item.sort == "lessons":
        return _tab(project, "lessons")
    if item.code in people:
        why = permissions.why_not_hand_over(user, project, people[item.code])
        return "" if why else reverse("hand_over", args=[uuid, people[item.code]])
    if permissions.why_not_work(user, project, "project.edit" if item.sort == "field" else "evidence.add"):
        return ""
    if item.sort == "field":
        return reverse("project_edit", args=[uuid]) + f"#id_{item.code}"
    return reverse("evidence_add", args=[uuid]) + f"?kind={item.kinds[0]}"


# What can be done ---------------------------------------------------------------------------------------------------


def _acts(user: User, project: Project) -> list[parts.MenuGroup]:
    """The acts that this person may begin on this project, by what they are about; a group without any is left out."""
    work = not permissions.why_not_work(user, project, "project.edit")
    groups = [
        (_("推进"), _acts_forward(user, project, work=work)),
        (_("困难"), _acts_hindered(user, project, work=work)),
        (_("人和单位"), _acts_people(user, project)),
        (_("资料"), [(work, _("编辑"), "project_edit"), (work, _("交佐证"), "evidence_add")]),
        (_("定级"), _acts_grading(user, project)),
        (_("收尾"), _acts_last(user, project, work=work)),
    ]
    found = [
        parts.MenuGroup(
            title, [parts.MenuItem(label, _address(name, project.subject.uuid)) for may, label, name in rows if may]
        )
        for title, rows in groups
    ]
    return [group for group in found if group.items]


def _acts_forward(user: User, project: Project, *, work: bool) -> list[MenuRow]:
    return [
        (work, _("填年度投资"), "figure_set"),
        (work and project.stage not in EARLY, _("申报到位资金"), "money_ask"),
        (project.suspended and not permissions.why_not_resume(user, project), _("恢复"), "suspension_resume"),
    ]


def _acts_hindered(user: User, project: Project, *, work: bool) -> list[MenuRow]:
    pause = not project.suspended and not permissions.why_not_ask_suspension(user, project)
    return [
        (project.live and user.may("obstacle.add"), _("登记堵点"), "obstacle_add"),
        (work and project.committed_finish_on is not None, _("申请改期"), "commitment_ask"),
        (pause, _("申请暂停"), "suspension_ask"),
    ]


def _acts_people(user: User, project: Project) -> list[MenuRow]:
    return [
        (not permissions.why_not_hand_over(user, project, Role.OFFICER), _("交接专人"), f"hand_over {Role.OFFICER}"),
        (not permissions.why_not_hand_over(user, project, Role.UNIT), _("换责任单位"), "hand_over_unit"),
    ]


def _acts_grading(user: User, project: Project) -> list[MenuRow]:
    grade = not permissions.why_not_grade(user, project)
    promising = _("不再有眉目") if project.promising else _("列为有眉目")
    return [
        (grade, _("定重要程度"), "project_grade"),
        (grade and project.stage in EARLY, promising, "project_promising"),
    ]


def _acts_last(user: User, project: Project, *, work: bool) -> list[MenuRow]:
    return [
        (work, _("写经验"), "lesson_propose"),
        (work and project.stage == Stage.OPERATING, _("成功终结"), "ending_done"),
        (work, _("终止"), "ending_give_up"),
        (project.live and user.may("void.ask"), _("录入作废"), "void_ask"),
    ]


def _address(name: str, uuid: UUID) -> str:
    url, _space, role = name.partition(" ")
    return reverse(url, args=[uuid, role] if role else [uuid])


DECISIONS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "commitment_decide": (gettext_lazy("核改期"), ("commitment.decide",)),
    "suspension_decide": (gettext_lazy("答复暂停"), ("suspension.decide",)),
    "ending": (gettext_lazy("看说明并答复"), ("ending.accept", "ending.close")),
    "void_decide": (gettext_lazy("答复作废"), ("void.approve",)),
}
"""The pages that settle what waits: the word of the button, and the actions of which one makes it the reader's to try."""


def _open(user: User, around: selectors.Around) -> list[dict[str, Any]]:
    """What waits for somebody's decision, told on top of the page with the page that settles it."""
    project = around.project
    waiting: list[tuple[str, str, int]] = []
    for row in around.of("commitment"):
        waiting.append(
            (_("申请改期：%(was)s → %(now)s，待决定") % {"was": row.on, "now": row.until}, "commitment_decide", row.pk)
        )
    for row in around.of("suspension"):
        waiting.append((_("已申请暂停，待包联领导同意"), "suspension_decide", row.pk))
    for row in around.of("ending"):
        if row.name == "proposed":
            waiting.append((_("已提出%(kind)s终结，待接受") % {"kind": END_KINDS[row.word]}, "ending", row.pk))
    for row in around.of("void"):
        waiting.append((_("已申请录入作废，待政府办公室批准"), "void_decide", row.pk))
    found: list[dict[str, Any]] = []
    for text, url, pk in waiting:
        button, actions = DECISIONS[url]
        mine = any(user.may(action) for action in actions)
        found.append(
            {
                "kind": "warn",
                "text": text,
                "href": reverse(url, args=[pk]),
                "button": button if mine else _("去看"),
                "mine": mine,
            }
        )
    if project.suspended and project.suspension:
        text = _("暂停中：%(reason)s。%(day)s 再看。") % {
            "reason": project.suspension.reason,
            "day": project.suspension.look_again_on,
        }
        found.append({"kind": "info", "text": text, "href": "", "mine": False})
    if project.void:
        last = (
            VoidRequest.objects.filter(project=project, state="approved")
            .select_related("same_as__subject", "decided_by")
            .first()
        )
        other = last.same_as if last else None
        text = _("录入作废：%(reason)s") % {"reason": last.reason if last else ""}
        href = other.get_absolute_url() if other else ""
        found.append({"kind": "bad", "text": text, "href": href, "button": _("去看"), "mine": False})
    return found


def _people(user: User, around: selectors.Around) -> list[parts.Person]:
    project = around.project
    since_of = {row.word: row.at for row in around.assignments}
    found = []
    for role in Role:
        holder = getattr(project, role)
        page = "unit_page" if role == Role.UNIT else "member_page"
        href = reverse(page, args=[holder.pk]) if holder and user.may("unit.see") else ""
        at = since_of.get(role.value)
        since = clock.local_date(at) if at else None
        found.append(
            parts.Person(
                ROLES[role], str(holder or ""), href, since, str(holder.unit) if holder and role != Role.UNIT else ""
            )
        )
    return found


# Tabs ---------------------------------------------------------------------------------------------------------------


def _overview(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    p = around.project
    pairs = [
        parts.Pair(_("类型"), TRACKS[p.track]),
        parts.Pair(_("重要程度"), IMPORTANCE[p.importance]),
        parts.Pair(_("项目类别"), str(p.kind or "")),
        parts.Pair(_("行业"), str(p.industry or "")),
        parts.Pair(_("专题"), str(p.theme or "")),
        parts.Pair(_("所在乡镇"), p.township.name if p.township else ""),
        parts.Pair(_("投资方"), str(p.investor or "")),
        parts.Pair(_("统一社会信用代码"), p.investor.uscc if p.investor else ""),
        parts.Pair(_("全国投资项目代码"), p.national_code),
        parts.Pair(
            _("以前年度已完成投资"),
            f"{money.wan(p.declared_before_cny)} {_('万元')}" if p.declared_before_cny is not None else "",
        ),
        parts.Pair(_("用地"), f"{p.land_mu} {_('亩')}" if p.land_mu is not None else ""),
        parts.Pair(_("带动就业"), f"{p.jobs} {_('人')}" if p.jobs is not None else ""),
        parts.Pair(
            _("预计年税收"), f"{money.wan(p.annual_tax_cny)} {_('万元')}" if p.annual_tax_cny is not None else ""
        ),
        parts.Pair(_("开工日期（填报）"), str(p.started_on or "")),
        parts.Pair(_("位置"), f"{p.latitude}, {p.longitude}" if p.latitude is not None else ""),
        parts.Pair(_("备注"), p.remark),
    ]
    return {"pairs": pairs}


def _evidence(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    facts = Fact.objects.filter(subject_id=project.subject_id, state="recognised").select_related(
        "recognised_by", "revoked_by__by"
    )
    deputies.sign_with(around.hands, around.evidence)
    resting = FactEvidence.objects.filter(evidence__subject_id=project.subject_id, fact__revoked_by=None)
    return {
        "evidence": around.evidence,
        "held": set(resting.filter(fact__state="recognised").values_list("evidence_id", flat=True)),
        "gate_facts": [
            (fact, GATES.get(fact.gate, FACT_KINDS.get(fact.kind, fact.kind))) for fact in facts if fact.gate
        ],
        "why_not_add": permissions.why_not_add_evidence(user, project),
        "may_revoke": user.may("fact.revoke") and project.live,
        "asks": Ask.objects.filter(project=project)
        .exclude(state="recognised")
        .select_related("asked_by", "decided_by")[:20],
    }


def _money(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    shares = Prefetch("shares", FactShare.objects.select_related("unit"))
    facts = Fact.objects.filter(subject_id=project.subject_id, kind="money_arrived", state="recognised")
    return {
        "figures": list(YearFigure.objects.filter(project=project)),
        "money_facts": list(facts.select_related("recognised_by", "revoked_by__by").prefetch_related(shares)),
        "money_asks": _money_asks(around),
        "may_work": not permissions.why_not_work(user, project, "project.edit"),
        "may_revoke": user.may("fact.revoke") and project.live,
    }


def _money_asks(around: selectors.Around) -> list[Ask]:
    ids = [row.pk for row in around.of("ask") if not row.word]
    return list(Ask.objects.filter(pk__in=ids).select_related("asked_by")) if ids else []


def _obstacles(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    rows = list(project.obstacles.select_related("solver_unit"))
    today, warn_days = clock.today(), around.rules.thresholds.obstacle_warn_days
    pending = [row for row in rows if row.state != "confirmed"]
    days = [day for row in pending for day in (row.since_on, row.promised_on)]
    calendar = work_calendar(min([*days, today]), max([*days, today]))
    why_not_add = permissions.why_not_add_obstacle(user, project)
    return {
        "open_obstacles": [
            (row, row.lamp(today, warn_days), *_spans(row, calendar, today)) for row in pending if project.live
        ],
        "left_obstacles": [row for row in pending if not project.live],
        "past_obstacles": [row for row in rows if row.state == "confirmed"],
        "estimated": bool(days) and calendar.estimated(min(days), max([*days, today])),
        "may_add": not why_not_add,
        "why_not_add": why_not_add,
    }


def _spans(row: Obstacle, calendar: WorkCalendar, today: date) -> tuple[int, int]:
    """Working days since it blocks, and to the day it is promised for (below 0: behind it)."""
    return calendar.between(row.since_on, today), calendar.between(today, row.promised_on)


def _people_tab(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    rows = Assignment.objects.filter(project=project).select_related("member__unit", "unit", "by")
    duties = [
        (role, ROLES[role], getattr(project, role), permissions.why_not_hand_over(user, project, role))
        for role in Role
        if role != Role.UNIT
    ]
    assignments = list(rows.order_by("-from_at", "-pk"))
    deputies.sign_with(around.hands, assignments)
    return {"assignments": assignments, "duties": duties}


def _lessons(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    own = Lesson.objects.filter(project=project).select_related("decided_unit", "proposed_by")
    endings = Ending.objects.filter(project=project).prefetch_related("causes").select_related("decided_by", "minutes")
    lessons = list(own) if around.of("lesson") else []
    ends = list(endings) if around.of("ending") else []
    deputies.sign_with(around.hands, lessons, ends)
    return {
        "own": lessons,
        "fitting": [(lesson, selectors.answer_to(lesson)) for lesson in around.fitting],
        "endings": ends,
        "may_work": not permissions.why_not_work(user, project, "ending.propose"),
        "may_answer": not permissions.why_not_work(user, project, "lesson.answer"),
    }


def _history(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    changes = list(CommitmentChange.objects.filter(project=project).select_related("asked_by", "decided_by"))
    suspended = Suspension.objects.filter(project=project).select_related("asked_by", "decided_by", "resumed_by")
    suspensions = list(suspended)
    deputies.sign_with(around.hands, changes, suspensions)
    return {
        "changes": changes,
        "suspensions": suspensions,
        "stages": list(StageChange.objects.filter(project=project).order_by("-at", "-pk")),
    }


CONTENT = {
    "overview": _overview,
    "evidence": _evidence,
    "money": _money,
    "obstacles": _obstacles,
    "people": _people_tab,
    "lessons": _lessons,
    "history": _history,
}
