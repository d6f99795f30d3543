"""Reading projects and what belongs to them. Every read begins with what the person may see."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, cast
from uuid import UUID

import django_filters
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from ninja import Query, Router, Schema
from pydantic import Field, create_model

from luodi.kernel import clock
from luodi.kernel.api.fields import LARGEST_ID
from luodi.kernel.api.operations import ApiRequest, NumberPath, read
from luodi.kernel.api.paging import Cursor, Limit, Page, page_of
from luodi.kernel.api.problems import Invalid
from luodi.kernel.words import kept
from luodi.orgs.models import Industry, Region, Theme, User
from luodi.projects import selectors
from luodi.projects.api import shapes
from luodi.projects.forms.library import ProjectFilter
from luodi.projects.models import (
    Ask,
    AskEvidence,
    AskShare,
    Assignment,
    CommitmentChange,
    Ending,
    Kind,
    Lesson,
    Obstacle,
    Project,
    Suspension,
    VoidRequest,
    YearFigure,
)
from luodi.projects.selectors.library import library, lines, with_lamp
from luodi.projects.selectors.rulebook import thresholds_of

router = Router(tags=["projects"])
"""Shared with the writes: one path has one place, whatever its methods."""
PEOPLE = ("subject", "unit__head", "officer", "leader", "principal", "supervisor", "suspension", "investor")


def tagged(response: HttpResponse, row: Any) -> Any:
    """The row, with its version as ETag."""
    response["ETag"] = f'"{row.version}"'
    return row


def paged(rows: QuerySet[Any], cursor: str, limit: int, *, at: str = "") -> dict[str, Any]:
    items, following = page_of(rows, cursor, limit, at=at)
    return {"items": items, "next": following}


# The library --------------------------------------------------------------------------------------------------------


def _filters() -> type[Schema]:
    """The library's own filters as parameters: one list of them for page and API."""
    kinds = {name: _parameter(one) for name, one in ProjectFilter.base_filters.items()}
    return cast(type[Schema], create_model("ProjectFilters", __base__=Schema, **cast(Any, kinds)))


def _parameter(one: Any) -> tuple[Any, Any]:
    told: Any = {"title": kept(one.label)}
    if isinstance(one, django_filters.TypedMultipleChoiceFilter):
        return list[Annotated[int, Field(ge=1, le=LARGEST_ID)]], Field(default_factory=list, max_length=200, **told)
    if isinstance(one, django_filters.MultipleChoiceFilter):
        codes: Any = tuple(str(code) for code, _label in one.extra["choices"])
        code: Any = Literal[codes]
        return list[code], Field(default_factory=list, max_length=50, **told)
    if isinstance(one, django_filters.BooleanFilter):
        return bool | None, Field(None, **told)
    if isinstance(one, django_filters.DateFilter):
        return date | None, Field(None, **told)
    if isinstance(one, django_filters.NumberFilter):
        return Annotated[int, Field(ge=1, le=LARGEST_ID)] | None, Field(None, **told)
    return Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")], Field("", **told)


Filters = _filters()


@read(
    router, "/projects", Page[shapes.ProjectLine], action="project.see",
    parameters={*ProjectFilter.base_filters, "cursor", "limit"},
)  # fmt: skip
def project_list(request: ApiRequest, filters: Annotated[Filters, Query(...)], cursor: Cursor, limit: Limit) -> Any:  # type: ignore[valid-type]  # made of the filters
    """The library, newest entry first, with the same filters as its page."""
    today = clock.today()
    user = request.auth.user
    by_region = thresholds_of(user.region_ids, today)
    found = ProjectFilter(request.GET, library(user, today, by_region), user=user)
    if not found.form.is_valid():
        raise Invalid(found.form, query=True)
    ids, following = page_of(found.rows.only("pk"), cursor, limit)
    return {"items": lines([row.pk for row in ids], today, by_region), "next": following}


@read(router, "/choices", shapes.Choices, action="project.see")
def choices(request: ApiRequest) -> Any:
    """The ids that a project's fields take: kinds, industries, themes, townships, units, leaders."""
    county = request.auth.user.member.region_id
    return {
        "kinds": Kind.objects.order_by("pk"),
        "industries": Industry.objects.filter(level__lte=2),
        "themes": Theme.objects.filter(region_id=county),
        "townships": Region.objects.townships_of([county]),
        "units": selectors.responsible_units_of(county) if request.auth.user.may("unit.see") else [],
        "leaders": selectors.county_leaders(county) if request.auth.user.may("unit.see") else [],
    }


# One project --------------------------------------------------------------------------------------------------------


def project_of(user: User, path: dict[str, Any]) -> Project:
    """The project of this UUID among what the person may see. Raises Project.DoesNotExist."""
    found: Project = Project.objects.visible_to(user).select_related(*PEOPLE).get(subject__uuid=path["uuid"])
    return found


def _one(request: ApiRequest, uuid: UUID) -> Project:
    return project_of(request.auth.user, {"uuid": uuid})


@read(router, "/projects/{uuid:uuid}", shapes.ProjectDetail, action="project.see")
def project(request: ApiRequest, response: HttpResponse, uuid: UUID) -> Any:
    """One project. The ETag is its version."""
    today = clock.today()
    user = request.auth.user
    rows = with_lamp(Project.objects.visible_to(user).with_year(today), today, thresholds_of(user.region_ids, today))
    return tagged(response, rows.select_related("subject", "figures").get(subject__uuid=uuid))


@read(router, "/projects/{uuid:uuid}/gate", shapes.NextGate, action="project.see")
def project_gate(request: ApiRequest, uuid: UUID) -> Any:
    """The next gate, with all that it asks and what is missing."""
    state = selectors.gate_state(_one(request, uuid))
    if state is None:
        return {"gate": None}
    items = [
        shapes.GateItemOut(
            sort=item.sort,
            code=item.code,
            label=item.label,
            done=item.done,
            evidence_id=item.evidence.pk if item.evidence else None,
            kinds=list(item.kinds),
        )
        for item in state.items
    ]
    gate = shapes.GateOut(
        code=state.gate.code,
        label=state.label,
        proves_opening=state.proves_opening,
        items=items,
        missing=[item.code for item in state.missing],
        ask_id=state.ask.pk if state.ask else None,
    )
    return {"gate": gate}


@read(router, "/projects/{uuid:uuid}/assignments", Page[shapes.AssignmentOut], action="project.see")
def assignments(request: ApiRequest, uuid: UUID, cursor: Cursor, limit: Limit) -> Any:
    """Who has had which role, newest first."""
    rows = Assignment.objects.filter(project=_one(request, uuid))
    return paged(rows.select_related("project__subject", "member", "unit"), cursor, limit)


Day = Annotated[date | None, Query(None, description="A civil day; today where it is left out.")]


@read(router, "/projects/{uuid:uuid}/answerers", list[shapes.AnswererOut], action="project.see")
def answerers(request: ApiRequest, uuid: UUID, on: Day) -> Any:
    """Who answered for the project at the end of a day, by role."""
    return selectors.answered_at_end_of(_one(request, uuid).pk, on or clock.today())


@read(router, "/projects/{uuid:uuid}/lessons/fitting", list[shapes.FittingLesson], action="project.see")
def fitting_lessons(request: ApiRequest, uuid: UUID) -> Any:
    """Accepted lessons that fit this project, and what it answered."""
    found = []
    for lesson in selectors.lessons_that_fit(_one(request, uuid)):
        answer = selectors.answer_to(lesson)
        told = {name: getattr(lesson, name) for name in ("id", "cause", "otherwise", "applies_to")}
        found.append(told | {"answer": answer.answer if answer else "", "why": answer.why if answer else ""})
    return found


# What belongs to projects -------------------------------------------------------------------------------------------

ASK_PARTS = (Prefetch("shares", AskShare.objects.order_by("pk")), Prefetch("lines", AskEvidence.objects.order_by("pk")))


def visible(model: type[Any], user: User) -> QuerySet[Any]:
    """The rows of a model that belongs to projects, of those that the person may see. Void projects' too."""
    seen = Project.objects.visible_to(user).values("pk")
    rows: QuerySet[Any] = model.objects.filter(project__in=seen).select_related("project__subject")
    if model is Ask:
        return rows.prefetch_related(*ASK_PARTS)
    if model is Ending:
        return rows.prefetch_related("causes")
    return rows.select_related("same_as__subject") if model is VoidRequest else rows


PARTS: tuple[tuple[str, str, type[Any], type[Schema]], ...] = (
    ("asks", "ask", Ask, shapes.AskOut),
    ("obstacles", "obstacle", Obstacle, shapes.ObstacleOut),
    ("commitments", "commitment", CommitmentChange, shapes.CommitmentOut),
    ("suspensions", "suspension", Suspension, shapes.SuspensionOut),
    ("lessons", "lesson", Lesson, shapes.LessonOut),
    ("endings", "ending", Ending, shapes.EndingOut),
    ("voids", "void", VoidRequest, shapes.VoidOut),
    ("figures", "figure", YearFigure, shapes.FigureOut),
)
"""What belongs to projects: its name in addresses, its name alone, its model and its shape."""


def _offer_part(many: str, single: str, model: type[Any], shape: Any) -> None:
    """Three reads of one kind: of all projects, of one project, and one by its id."""
    codes = tuple(str(code) for code, _label in _states(model))
    kind: Any = Literal[codes] if codes else str
    state = Annotated[kind | None, Query(None, description="Only those in this state.")]

    def listed(request: ApiRequest, state: Any, cursor: Cursor, limit: Limit) -> Any:
        return paged(_in_state(visible(model, request.auth.user), state), cursor, limit)

    def of_project(request: ApiRequest, uuid: UUID, cursor: Cursor, limit: Limit) -> Any:
        return paged(visible(model, request.auth.user).filter(project=_one(request, uuid)), cursor, limit)

    def by_id(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
        return tagged(response, visible(model, request.auth.user).get(pk=pk))

    listed.__annotations__["state"] = state
    if codes:
        named = _named(listed, f"{single}_list", f"{many.capitalize()} of all that the person may see, newest first.")
        read(router, f"/{many}", Page[shape], action="project.see")(named)
    named = _named(of_project, f"project_{many}", f"{many.capitalize()} of one project, newest first.")
    read(router, f"/projects/{{uuid:uuid}}/{many}", Page[shape], action="project.see")(named)
    read(router, f"/{many}/{{int:pk}}", shape, action="project.see")(
        _named(by_id, single, f"One {single}. The ETag is its version.")
    )


def _named(view: Any, name: str, told: str) -> Any:
    view.__name__, view.__doc__ = name, told
    return view


def _states(model: type[Any]) -> Any:
    names = {field.name for field in model._meta.concrete_fields}
    return model._meta.get_field("state").choices if "state" in names else ()


def _in_state(rows: QuerySet[Any], state: str | None) -> QuerySet[Any]:
    return rows if state is None else rows.filter(state=state)


for part in PARTS:
    _offer_part(*part)


# A second look at facts ---------------------------------------------------------------------------------------------


Result = Annotated[Literal["due", "held", "broken"] | None, Query(None, description="Only those in this state.")]


@read(router, "/rechecks", Page[shapes.RecheckOut], action="project.see")
def recheck_list(request: ApiRequest, state: Result, cursor: Cursor, limit: Limit) -> Any:
    """Second looks at facts, drawn by lot, newest first."""
    return paged(_in_state(selectors.rechecks_of(request.auth.user), state), cursor, limit)


@read(router, "/rechecks/{int:pk}", shapes.RecheckOut, action="project.see")
def recheck(request: ApiRequest, response: HttpResponse, pk: NumberPath) -> Any:
    """One second look at a fact. The ETag is its version."""
    return tagged(response, selectors.rechecks_of(request.auth.user).get(pk=pk))
