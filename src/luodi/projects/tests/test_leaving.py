"""离任交接: everything a person holds goes over in one act, or he stays."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import acts
from luodi.kernel.errors import StaleVersion
from luodi.obligations.models import Obligation
from luodi.obligations.services.keeping import check
from luodi.orgs.models import Member, RoleGrant, Unit, User
from luodi.orgs.rules import Role
from luodi.orgs.services.units import member_change, member_leave, unit_head_change
from luodi.orgs.tests.factories import make_member, make_person, make_unit
from luodi.projects.models import Assignment, Project
from luodi.projects.panels.checks import deep_checks
from luodi.projects.rules import Role as Duty
from luodi.projects.rules import Stage
from luodi.projects.services.people import hand_over
from luodi.projects.tests.factories import County, ask, bring_to, make_project, make_world, other_member
from luodi.projects.tests.refusals import refused
from luodi.subjects.models import TimelineEntry

pytestmark = pytest.mark.django_db
NOTE = "合同、图纸已交，用地批文还没下来"


@pytest.fixture
def world() -> County:
    return make_world()


def leave(by: User, member: Member, note: str = NOTE, **to: int | None) -> dict[str, Any]:
    """The arguments of a leaving; successors by role of projects, `head` by the unit's headship."""
    codes = {("unit.head" if role == "head" else f"project.{role}"): pk for role, pk in to.items()}
    version = Member.objects.get(pk=member.pk).version
    return {"by": by, "member_id": member.pk, "seen": version, "successors": codes, "note": note}


def give(world: County, project: Project, role: Duty, member: Member) -> None:
    office = world[Role.PROJECT_OFFICE]
    acts.run(hand_over, by=office, project_id=project.pk, role=role, member_id=member.pk, note="接手")


def held_by(member: Member) -> dict[str, int]:
    roles = (Duty.LEADER, Duty.PRINCIPAL, Duty.OFFICER, Duty.SUPERVISOR)
    found = {role: Project.objects.live().filter(**{f"{role}_id": member.pk}).count() for role in roles}
    return {str(role): count for role, count in found.items() if count}


def test_all_that_he_holds_goes_over_in_one_act(world: County) -> None:
    officer, lee = world.officer.member, other_member(world)
    watcher = world[Role.SUPERVISOR].member
    projects = [make_project(world) for _ in range(3)]
    give(world, projects[0], Duty.SUPERVISOR, officer)
    give(world, projects[1], Duty.PRINCIPAL, officer)
    office = world[Role.PROJECT_OFFICE]
    acts.run(member_leave, **leave(office, officer, officer=lee.pk, principal=lee.pk, supervisor=watcher.pk))
    assert held_by(officer) == {}
    assert held_by(lee) == {"officer": 3, "principal": 1}
    assert held_by(watcher) == {"supervisor": 1}
    last = Assignment.objects.filter(project=projects[0], role="officer").latest("seq")
    assert (last.seq, last.member_id, last.note, last.by_id) == (2, lee.pk, NOTE, office.member_id)
    told = TimelineEntry.objects.filter(subject=projects[2].subject, verb="people.handed_over").latest("pk")
    assert (told.note, told.values) == (NOTE, {"role": "officer", "was": "张一", "now": "李二"})
    gone = User.objects.get(pk=world.officer.pk)
    assert (gone.member.state, gone.is_active, gone.roles) == ("left", False, frozenset())
    assert list(deep_checks()) == []
    assert list(check()) == []


def test_what_is_missing_or_wrong_is_refused_and_nothing_goes_over(world: County) -> None:
    officer, lee, office = world.officer.member, other_member(world), world[Role.PROJECT_OFFICE]
    project = make_project(world)
    gone = make_member(world.unit, "走了", state="left")
    refused("successor_missing", member_leave, field="project.officer", **leave(office, officer))
    refused("successor_self", member_leave, field="project.officer", **leave(office, officer, officer=officer.pk))
    refused("note_missing", member_leave, field="note", **leave(office, officer, "", officer=lee.pk))
    refused("note_missing", member_leave, field="note", **leave(office, officer, "。", officer=lee.pk))
    refused("member_unknown", member_leave, field="project.officer", **leave(office, officer, officer=gone.pk))
    refused("member_unknown", member_leave, field="project.officer", **leave(office, officer, officer=10**9))
    leader = world[Role.COUNTY_LEADER].member
    refused("leader_not_leader", member_leave, field="project.leader", **leave(office, leader, leader=lee.pk))
    give(world, project, Duty.SUPERVISOR, officer)
    refused("member_unknown", member_leave, **leave(office, officer, officer=lee.pk, supervisor=gone.pk))
    assert held_by(officer) == {"officer": 1, "supervisor": 1}
    refused("successor_missing", member_leave, field="project.supervisor", **leave(office, officer, officer=lee.pk))
    acts.run(member_leave, **leave(office, officer, officer=lee.pk, supervisor=None))
    assert Project.objects.get(pk=project.pk).supervisor_id is None, "nobody, where that was said"


def test_supervisors_come_from_the_offices_when_somebody_leaves_too(world: County) -> None:
    lee, head = other_member(world), world[Role.UNIT_HEAD]
    project = make_project(world)
    give(world, project, Duty.SUPERVISOR, lee)
    refused("forbidden", member_leave, **leave(head, lee))
    acts.run(member_leave, **leave(head, world.officer.member, officer=lee.pk))
    assert held_by(lee) == {"officer": 1, "supervisor": 1}


def test_a_head_leaves_with_the_next_one_named_in_the_same_act(world: County) -> None:
    head, lee, office = world[Role.UNIT_HEAD].member, other_member(world), world[Role.GOVERNMENT_OFFICE]
    make_project(world)
    roads = make_unit("D15", "交通局")
    foreign = make_project(world, unit=roads, officer=make_member(roads, "路一"), principal=head)
    early = make_project(world, principal=world.officer.member)
    refused("forbidden", member_leave, **leave(world[Role.PROJECT_OFFICE], head, head=lee.pk, principal=lee.pk))
    refused("forbidden", member_leave, **leave(office, lee))
    refused("successor_missing", member_leave, field="unit.head", **leave(office, head, principal=lee.pk))
    refused("successor_missing", member_leave, field="project.principal", **leave(office, head, head=lee.pk))
    refused(
        "head_elsewhere", member_leave, field="unit.head",
        **leave(office, head, head=foreign.officer_id, principal=lee.pk),
    )  # fmt: skip
    acts.run(member_leave, **leave(office, head, head=lee.pk, principal=roads.head_id))
    assert Unit.objects.get(pk=world.unit.pk).head_id == lee.pk
    assert held_by(lee) == {"principal": 1}, "what goes with the headship"
    assert Assignment.objects.filter(role="principal", member=lee).get().note == NOTE
    assert Project.objects.get(pk=foreign.pk).principal_id == roads.head_id
    assert Project.objects.get(pk=early.pk).principal_id == world.officer.member_id
    heads = RoleGrant.objects.filter(member__unit=world.unit, role=Role.UNIT_HEAD, until=None)
    assert [grant.member_id for grant in heads] == [lee.pk]
    assert Member.objects.get(pk=head.pk).state == "left"
    assert list(deep_checks()) == []


def test_duties_follow_whoever_is_head_or_officer_then(world: County) -> None:
    first = bring_to(make_project(world), Stage.PREPARING, world)
    ask(first, world.officer)
    office = world[Role.PROJECT_OFFICE]
    unit = office.member.unit
    assert Obligation.objects.open().get(kind="ask").member_id == unit.head_id
    new = make_member(unit, "新主任")
    assert unit.head is not None
    acts.run(member_leave, **leave(world[Role.GOVERNMENT_OFFICE], unit.head, head=new.pk))
    assert Obligation.objects.open().get(kind="ask").member_id == new.pk
    assert list(check()) == []
    newer, unit = make_member(unit, "再新主任"), Unit.objects.get(pk=unit.pk)
    acts.run(unit_head_change, by=world[Role.GOVERNMENT_OFFICE], unit_id=unit.pk, member_id=newer.pk, seen=unit.version)
    assert Obligation.objects.open().get(kind="ask").member_id == newer.pk


def test_a_duty_moves_to_the_office_that_is_left(world: County) -> None:
    first = bring_to(make_project(world), Stage.PREPARING, world)
    elsewhere = make_unit("D31", "重点办", kind="office")
    make_person(elsewhere, "后来的", Role.PROJECT_OFFICE)
    ask(first, world.officer)
    other = make_person(elsewhere, "在岗的", Role.PROJECT_OFFICE)
    assert Obligation.objects.open().get(kind="ask").unit_id == world[Role.PROJECT_OFFICE].member.unit_id
    acts.run(member_leave, **leave(other, world[Role.PROJECT_OFFICE].member))
    assert Obligation.objects.open().get(kind="ask").unit_id == elsewhere.pk
    assert list(check()) == []


def test_who_was_changed_meanwhile_is_not_let_go_unseen(world: County) -> None:
    officer, lee, office = world.officer.member, other_member(world), world[Role.PROJECT_OFFICE]
    make_project(world)
    opened = leave(office, officer, officer=lee.pk)
    acts.run(member_change, by=office, member_id=officer.pk, seen=officer.version, name="张一", post="科长")
    with pytest.raises(StaleVersion):
        acts.run(member_leave, **opened)
    assert held_by(officer) == {"officer": 1}
    acts.run(member_leave, **leave(office, officer, officer=lee.pk))
    refused("already_left", member_leave, **leave(office, officer, officer=lee.pk))


def test_queries_do_not_grow_with_the_projects(world: County) -> None:
    office, counts = world[Role.PROJECT_OFFICE], []
    for number in (2, 20):
        old, new = make_member(world.unit, f"旧{number}", Role.UNIT_OFFICER), make_member(world.unit, f"新{number}")
        for _more in range(number):
            make_project(world, officer=old)
        with CaptureQueriesContext(connection) as asked:
            acts.run(member_leave, **leave(office, old, officer=new.pk))
        assert held_by(new) == {"officer": number}
        counts.append(len(asked))
    assert counts[0] == counts[1], counts


# The page ------------------------------------------------------------------------------------------------------------


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def fill(form: Any, **values: Any) -> dict[str, Any]:
    kept = {bound.html_name: bound.value() for bound in form if bound.value() is not None}
    return kept | values


def test_the_page_lists_what_he_holds_and_hands_it_over_once(world: County) -> None:
    officer, lee, client = world.officer.member, other_member(world), signed_in(world[Role.UNIT_HEAD])
    make_project(world)
    url = reverse("member_leave", args=[officer.pk])
    form = client.get(url).context["form"]
    assert [field.name for field in form.visible_fields()] == ["project.officer", "note"]
    assert str(form["project.officer"].label) == "项目专人 1 件，交给"
    offered = {pk for pk, _label in form["project.officer"].field.choices if pk}
    assert lee.pk in offered
    assert officer.pk not in offered
    wrong = client.post(url, fill(form, note=NOTE))
    assert (wrong.status_code, set(wrong.context["form"].errors)) == (422, {"project.officer"})
    told = fill(form, note=NOTE, **{"project.officer": lee.pk})
    done = client.post(url, told)
    assert (done.status_code, done["Location"]) == (302, reverse("unit_page", args=[world.unit.pk]))
    assert held_by(lee) == {"officer": 1}
    again = client.post(url, told)
    assert again.status_code == 302, "the same form twice acts once"
    assert Assignment.objects.filter(role="officer", member=lee).count() == 1


def test_the_page_says_who_must_hand_over_what_this_user_may_not(world: County) -> None:
    lee = other_member(world)
    give(world, make_project(world), Duty.SUPERVISOR, lee)
    page = signed_in(world[Role.UNIT_HEAD]).get(reverse("member_leave", args=[lee.pk]))
    assert "督办人由项目办或政府办公室指定" in page.content.decode()
    assert "交接并办理离任" not in page.content.decode()
    assert (
        "先空着" in signed_in(world[Role.PROJECT_OFFICE]).get(reverse("member_leave", args=[lee.pk])).content.decode()
    )


def test_the_government_office_finds_the_way_to_a_heads_leaving(world: County) -> None:
    head = world[Role.UNIT_HEAD].member
    make_project(world)  # whose principal he is as head: nothing more to choose
    url = reverse("member_leave", args=[head.pk])
    member_page, unit_page = reverse("member_page", args=[head.pk]), reverse("unit_page", args=[head.unit_id])
    office, project_office = signed_in(world[Role.GOVERNMENT_OFFICE]), signed_in(world[Role.PROJECT_OFFICE])
    assert url in office.get(member_page).content.decode()
    assert url not in project_office.get(member_page).content.decode()
    assert url not in project_office.get(unit_page).content.decode()
    form = office.get(url).context["form"]
    assert [field.name for field in form.visible_fields()] == ["unit.head", "note"]
