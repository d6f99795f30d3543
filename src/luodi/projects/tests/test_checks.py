"""`doctor --deep` finds what a hand in the database has damaged; an untouched county is whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from luodi.facts.models import Fact
from luodi.kernel import acts, clock, guards
from luodi.orgs.rules import Role
from luodi.projects.models import Project
from luodi.projects.panels.checks import deep_checks
from luodi.projects.rules import Stage
from luodi.projects.services.commitments import suspension_ask
from luodi.projects.tests.factories import bring_to, make_project, make_world

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ({"stage": "building"}, ["最后一次阶段变动", "关口 prepare", "关口 start"]),
        ({"stage": "ended", "end_kind": "done"}, ["被接受的说明和经验"]),
        ({"void": True}, ["没有批准"]),
    ],
)
def test_a_damaged_project_is_found(damage: dict[str, Any], said: list[str]) -> None:
    world = make_world()
    project = bring_to(make_project(world), Stage.SIGNED, world)
    assert list(deep_checks()) == []
    with guards.lifted("projects_project"):
        Project.objects.filter(pk=project.pk).update(**damage)
    found = "\n".join(deep_checks())
    for words in said:
        assert words in found


def test_a_fact_whose_amount_is_not_the_sum_of_its_vouchers_is_found() -> None:
    world = make_world()
    project = bring_to(make_project(world), Stage.SIGNED, world)
    with guards.lifted("facts_fact"):
        Fact.objects.filter(subject=project.subject, gate="sign").update(amount_cny=1)
    assert "金额与凭证之和不一致" in "\n".join(deep_checks())


def test_a_column_without_its_link_of_the_chain_is_found() -> None:
    world = make_world()
    project = make_project(world)
    with guards.lifted("projects_project"):
        Project.objects.filter(pk=project.pk).update(supervisor=world[Role.SUPERVISOR].member_id)
    assert "supervisor与分工记录不一致" in "\n".join(deep_checks())


def test_a_pause_that_nobody_agreed_to_is_found() -> None:
    world = make_world()
    project = make_project(world)
    pause = pause_of(project, world)
    with guards.lifted("projects_project"):
        Project.objects.filter(pk=project.pk).update(suspension=pause)
    assert "暂停与暂停申请不一致" in "\n".join(deep_checks())


def pause_of(project: Project, world: Any) -> Any:
    """A suspension that was asked for and waits."""
    again = clock.today() + timedelta(days=30)
    reason = "等投资方董事会的决定再看"
    return acts.run(suspension_ask, by=world[Role.UNIT_HEAD], project_id=project.pk, reason=reason, look_again_on=again)
