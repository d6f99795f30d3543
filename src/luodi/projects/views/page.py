"""The page of one project: what is, what is missing, what happened, who answers."""

from __future__ import annotations

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

from luodi.facts.models import Fact, FactEvidence, FactShare
from luodi.kernel import clock, money
from luodi.kernel.http import AuthedRequest
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
from luodi.projects.rules import EARLY, PATHS, Lamp, Role, Stage, Track, calendar_share, project_lamp
from luodi.subjects.forms import NoteForm
from luodi.subjects.selectors import timeline_of
from luodi.web import parts

TABS = ("overview", "evidence", "money", "obstacles", "people", "lessons", "history")


def project_page(request: AuthedRequest, uuid: UUID) -> HttpResponse:
    """One project. 404 when it may not be seen. `?tab=` chooses the tab."""
    people = ("leader__unit", "principal__unit", "officer__unit", "supervisor__unit")
    rows = (
        Project.objects.visible_to(request.user)
        .with_year(clock.today())
        .select_related(
            "subject",
            "unit__head",
            "region",
            "township",
            "investor",
            "kind",
            "industry",
            "theme",
            "figures",
            "suspension",
            *people,
        )
    )
    project = get_object_or_404(rows, subject__uuid=uuid)
    around = selectors.Around(project)
    tab = request.GET.get("tab", "")
    tab = tab if tab in TABS else "overview"
    entries = timeline_of(project.subject_id, most=200 if tab == "history" else 15)
    return render(
        request,
        "projects/page.html",
        {
            "project": project,
            "lamp": _lamp(project),
            "steps": _steps(around),
            "facts": _facts(project),
            "tab": tab,
            "tabs": _tabs(project, tab),
            "gate": _gate(request.user, around),
            "entries": entries,
            "entry_count": around.entry_count,
            "people": _people(around),
            "note_form": NoteForm(),
            "acts": _acts(request.user, project),
            "may_note": request.user.may("project.note"),
            "open": _open(request.user, around),
            "template": f"projects/tabs/{tab}.html",
            **CONTENT[tab](request.user, around, request.GET),
        },
    )


def _lamp(project: Any) -> Lamp:
    return project_lamp(
        stage=Stage(project.stage),
        suspended=project.suspended,
        planned=project.year_planned_cny or Decimal(0),
        declared=project.year_declared_cny or Decimal(0),
        earliest_due=project.figures.obstacle_due_on,
        today=clock.today(),
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


def _facts(project: Any) -> list[parts.Fact]:
    planned, declared = project.year_planned_cny or Decimal(0), project.year_declared_cny or Decimal(0)
    page = project.get_absolute_url()
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
            f"{page}?tab=money",
        ),
        parts.Fact(
            _("到位资金（认定）"), str(money.yi(project.figures.money_arrived_cny)), _("亿元"), "", f"{page}?tab=money"
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
            f"{page}?tab=history",
            late=late,
        ),
        parts.Fact(
            _("专人"),
            str(project.officer),
            "",
            str(project.officer.unit),
            reverse("member_page", args=[project.officer_id]),
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
    page = project.get_absolute_url()
    return [parts.Tab(label, f"{page}?tab={key}", count, key == current) for key, (label, count) in labels.items()]


# The gate -----------------------------------------------------------------------------------------------------------


def _gate(user: User, around: selectors.Around) -> parts.Gate | None:
    """What is still missing for the next gate, where each is given, who may press the button, and why I may not."""
    project = around.project
    state = selectors.gate_state(project, around)
    if state is None:
        return None
    items = [_gate_item(project, item) for item in state.items]
    lacking = len(state.missing)
    names = {"gate": state.label, "all": len(items), "missing": lacking}
    if state.proves_opening:
        title = _("补认定期初“%(gate)s”要 %(all)s 件，还缺 %(missing)s 件") % names
    else:
        title = _("%(gate)s要 %(all)s 件，还缺 %(missing)s 件") % names
    if state.ask is not None:
        return _gate_asked(user, around, state, title, items)
    why = permissions.why_not_work(user, project, "gate.ask")
    if project.suspended:
        why = _("项目暂停中，恢复后才能申报。")
    elif not why and lacking:
        why = _("备齐后才能申报。") + _recognised_by(around, project.unit_id)
    return parts.Gate(
        title,
        items,
        _("申报%(gate)s") % {"gate": state.label},
        enabled=not why,
        href=reverse("gate_ask", args=[project.subject.uuid]),
        why=why or _recognised_by(around, project.unit_id),
    )


def _gate_asked(
    user: User, around: selectors.Around, state: selectors.GateState, title: str, items: list[parts.GateItem]
) -> parts.Gate:
    ask = state.ask
    assert ask is not None
    why = selectors.why_not_recognise(user, around.project, ask, around)
    told = _("%(who)s（%(unit)s）已申报。") % {"who": ask.asked_by, "unit": ask.asked_unit}
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


def _gate_item(project: Project, item: selectors.GateItem) -> parts.GateItem:
    uuid = project.subject.uuid
    if item.sort == "field":
        people = {"principal": Role.PRINCIPAL, "leader": Role.LEADER}
        href = (
            reverse("hand_over", args=[uuid, people[item.code]])
            if item.code in people
            else reverse("project_edit", args=[uuid]) + f"#id_{item.code}"
        )
        return parts.GateItem(item.label, item.done, href)
    if item.sort == "lessons":
        return parts.GateItem(item.label, item.done, f"{project.get_absolute_url()}?tab=lessons")
    if item.evidence is not None:
        piece = item.evidence
        return parts.GateItem(
            item.label,
            True,
            reverse("evidence_file", args=[piece.pk]),
            piece.added_by.name,
            clock.local_date(piece.added_at),
        )
    return parts.GateItem(item.label, False, reverse("evidence_add", args=[uuid]) + f"?kind={item.kinds[0]}")


# What can be done ---------------------------------------------------------------------------------------------------


def _acts(user: User, project: Project) -> list[tuple[str, str]]:
    """The acts that this person may begin on this project, as label and address, in the order of a project's life."""
    uuid = project.subject.uuid
    work = not permissions.why_not_work(user, project, "project.edit")
    grade = not permissions.why_not_grade(user, project)
    found = [
        (work, _("编辑"), "project_edit"),
        (work, _("交佐证"), "evidence_add"),
        (work, _("填年度投资"), "figure_set"),
        (work and project.stage not in EARLY, _("申报到位资金"), "money_ask"),
        (project.live and user.may("obstacle.add"), _("登记堵点"), "obstacle_add"),
        (not permissions.why_not_hand_over(user, project, Role.OFFICER), _("交接专人"), f"hand_over {Role.OFFICER}"),
        (not permissions.why_not_hand_over(user, project, Role.UNIT), _("换责任单位"), "hand_over_unit"),
        (work and project.committed_finish_on is not None, _("申请改期"), "commitment_ask"),
        (grade, _("定重要程度"), "project_grade"),
        (
            grade and project.stage in EARLY,
            _("不再有眉目") if project.promising else _("列为有眉目"),
            "project_promising",
        ),
        (
            not project.suspended and not permissions.why_not_ask_suspension(user, project),
            _("申请暂停"),
            "suspension_ask",
        ),
        (project.suspended and not permissions.why_not_resume(user, project), _("恢复"), "suspension_resume"),
        (work, _("写经验"), "lesson_propose"),
        (work and project.stage == Stage.OPERATING, _("成功终结"), "ending_done"),
        (work, _("终止"), "ending_give_up"),
        (project.live and user.may("void.ask"), _("录入作废"), "void_ask"),
    ]
    return [(label, _address(name, uuid)) for may, label, name in found if may]


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
        found.append({"kind": "info", "text": text, "href": ""})
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


def _people(around: selectors.Around) -> list[parts.Person]:
    project = around.project
    since_of = {row.word: row.at for row in around.assignments}
    found = []
    for role in Role:
        holder = getattr(project, role)
        page = "unit_page" if role == Role.UNIT else "member_page"
        href = reverse(page, args=[holder.pk]) if holder else ""
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
    resting = FactEvidence.objects.filter(evidence__subject_id=project.subject_id, fact__revoked_by=None)
    return {
        "evidence": around.evidence,
        "held": set(resting.filter(fact__state="recognised").values_list("evidence_id", flat=True)),
        "gate_facts": [
            (fact, GATES.get(fact.gate, FACT_KINDS.get(fact.kind, fact.kind))) for fact in facts if fact.gate
        ],
        "may_add": not permissions.why_not_work(user, project, "evidence.add"),
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
    rows = list(Obstacle.objects.filter(project=project).select_related("solver_unit"))
    today = clock.today()
    return {
        "open_obstacles": [
            (row, row.lamp(today), (today - row.since_on).days) for row in rows if row.state != "confirmed"
        ],
        "past_obstacles": [row for row in rows if row.state == "confirmed"],
        "today": today,
        "may_add": project.live and user.may("obstacle.add"),
    }


def _people_tab(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    """The chain of people, and who answered at the end of a past day where one is asked for (`?on=2026-06-30`)."""
    project = around.project
    on = _day(query.get("on", ""))
    rows = (
        Assignment.objects.filter(project=project)
        .select_related("member__unit", "unit", "by")
        .order_by("-from_at", "-pk")
    )
    duties = [
        (role, ROLES[role], getattr(project, role), permissions.why_not_hand_over(user, project, role))
        for role in Role
        if role != Role.UNIT
    ]
    answered = selectors.answered_at_end_of(project.pk, on) if on else []
    return {"assignments": list(rows), "duties": duties, "on": on, "answered": answered, "today": clock.today()}


def _day(text: str) -> date | None:
    """A civil date as a form sends it; None for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _lessons(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    own = Lesson.objects.filter(project=project).select_related("decided_unit", "proposed_by")
    endings = Ending.objects.filter(project=project).prefetch_related("causes").select_related("decided_by", "minutes")
    return {
        "own": list(own) if around.of("lesson") else [],
        "fitting": [(lesson, selectors.answer_to(lesson)) for lesson in around.fitting],
        "endings": list(endings) if around.of("ending") else [],
        "may_work": not permissions.why_not_work(user, project, "ending.propose"),
        "may_answer": not permissions.why_not_work(user, project, "lesson.answer"),
    }


def _history(user: User, around: selectors.Around, query: QueryDict) -> dict[str, Any]:
    project = around.project
    return {
        "changes": list(CommitmentChange.objects.filter(project=project).select_related("asked_by", "decided_by")),
        "suspensions": list(
            Suspension.objects.filter(project=project).select_related("asked_by", "decided_by", "resumed_by")
        ),
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
