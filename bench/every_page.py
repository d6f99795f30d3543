"""Promise: no page asks the database more than twelve times, nor more often in a larger county."""

from __future__ import annotations

from django.urls import reverse

from bench.asking import Browser
from bench.county import Town
from bench.measuring import queries_of
from bench.project_page import address
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
    for first in ("unit_list", "desk"):  # what a process asks once, and the visit that the desk writes down
        office.get(reverse(first))
    return {name: queries_of(office.get, where) for name, where in addresses(town).items()}
