"""Promise: no page asks the database more than twelve times, nor more often in a larger county."""

from __future__ import annotations

from django.urls import reverse

from bench.asking import Browser
from bench.county import Town
from bench.measuring import Report, queries_of, timed
from bench.project_page import address
from luodi.orgs.models import Unit
from luodi.orgs.rules import Role
from luodi.projects.models import Ask, Obstacle, Project
from luodi.projects.views.page import TABS

PLAIN = ("desk", "project_list", "obstacle_list", "ask_list", "opening_list", "import_list", "project_new", "unit_list")
ACTS = (
    "project_edit",
    "evidence_add",
    "gate_ask",
    "hand_over_unit",
    "obstacle_add",
    "lesson_propose",
    "commitment_ask",
)
FILTERED = "?stage=building&stage=preparing&lamp=red&lamp=green"


def addresses(town: Town) -> dict[str, str]:
    """The pages by name; those of one thing are of the fullest project and its unit."""
    project = Project.objects.select_related("subject").get(pk=town.projects[0])
    own, page = [project.subject.uuid], address(project.pk)
    obstacle = Obstacle.objects.filter(project=project).order_by("pk")[0]
    ask = Ask.objects.filter(project=project, state="asked").order_by("pk")[0]
    return {
        **{name: reverse(name) for name in PLAIN},
        "project_list, sorted": f"{reverse('project_list')}?sort=name&page=2",
        "project_list, three filters": f"{reverse('project_list')}{FILTERED}&township={project.township_id}",
        **{f"project, {tab}": f"{page}?tab={tab}" for tab in TABS},
        **{name: reverse(name, args=own) for name in ACTS},
        "obstacle": reverse("obstacle", args=[obstacle.pk]),
        "unit_page": reverse("unit_page", args=[project.unit_id]),
        "member_page": reverse("member_page", args=[project.officer_id]),
        "ask": reverse("ask", args=[ask.pk]),
    }


def counted(town: Town) -> dict[str, int]:
    """Queries of each page, asked by the project office, to be compared between sizes."""
    office = Browser(town.office)
    office.get(reverse("unit_list"))
    return {name: queries_of(office.get, where) for name, where in addresses(town).items()}


def measure(town: Town, report: Report) -> None:
    """How long the other pages take that everybody opens; no aim was set for them."""
    head = next(user for user in town.cast.roles[Role.UNIT_HEAD] if Unit.objects.filter(head=user.member).exists())
    for name, user in (("desk of the project office", town.office), ("desk of a unit's head", head)):
        report.timings.append(timed(name, Browser(user).get, [reverse("desk")]))
