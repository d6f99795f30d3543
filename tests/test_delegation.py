"""乙代甲: what a deputy may do of each service, that it is written down with every row, and that what bars either bars both."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError
from luodi.obligations.models import Excuse, Obligation
from luodi.obligations.services import clocks
from luodi.orgs import deputies
from luodi.orgs.labels import DELEGABLE_LABELS
from luodi.orgs.models import DelegatedAct, Delegation, User
from luodi.orgs.rules import ACTIONS, DELEGABLE, IN_PERSON, SEEING, Role
from luodi.orgs.services.units import member_leave, unit_head_change
from luodi.orgs.tests.factories import make_delegation, make_member, make_person, make_unit, make_user, stand_in
from luodi.projects.models import CommitmentChange, Project, VoidRequest
from luodi.projects.rules import Importance
from luodi.projects.services import commitments, ends
from luodi.projects.services.projects import project_grade
from luodi.projects.tests.factories import County, make_project, make_world
from luodi.rulebook.services import version_decide
from luodi.rulebook.tests.factories import base_of, numbers, propose
from luodi.subjects.models import TimelineEntry
from luodi.subjects.services import note_add
from tests import matrix_expectations as expected
from tests import matrix_world
from tests.matrix_world import World
from tests.plugins.database import Built
from tests.test_permission_matrix import services, tried_by

pytestmark = pytest.mark.django_db

IN_PERSON_SERVICES = {
    # recognition, and what is asked of it (issue 2, item 5; mission.md, Member, Delegation)
    "projects.gates.gate_ask", "projects.gates.ask_recognise", "projects.gates.ask_return", "projects.gates.ask_withdraw",
    "projects.gates.fact_revoke", "projects.gates.money_ask", "projects.rechecks.recheck_record",
    # one's own account
    "orgs.accounts.password_change", "orgs.tokens.token_create", "orgs.tokens.token_revoke", "orgs.factors.totp_set_up",
    "orgs.factors.passkey_add", "orgs.factors.codes_make", "orgs.factors.factor_remove", "orgs.factors.code_use",
    "orgs.factors.passkey_use", "orgs.delegations.delegation_give", "orgs.delegations.delegation_end",
    # who becomes a head gets a role that outlasts any delegation
    "orgs.units.unit_head_change",
    # a file of the library is taken by who answers for it
    "projects.exports.library_export",
    # an import belongs to who uploaded it
    "projects.imports.wizard.import_upload", "projects.imports.wizard.import_revise",
    "projects.imports.wizard.import_accept",
    "projects.imports.wizard.import_drop", "projects.imports.undoing.import_undo",
}  # fmt: skip
"""Written by hand; the code does not read it. To them come those that no role of the government has."""


@pytest.fixture
def world(built: Built) -> World:
    return built(matrix_world.build)


@pytest.fixture
def county() -> County:
    return make_world()


@pytest.fixture
def secretary() -> User:
    """Of a unit of his own, with a part in nothing."""
    return make_person(make_unit("O91", "联络处"), "秘书", Role.CONVENOR)


def test_each_action_is_done_in_person_or_has_words_for_being_delegated() -> None:
    assert set(DELEGABLE_LABELS) == DELEGABLE
    assert set(ACTIONS) == DELEGABLE | IN_PERSON | SEEING
    assert {"gate.recognise", "fact.revoke", "fact.recheck", "ending.close"} <= IN_PERSON


@pytest.mark.slow
def test_a_deputy_does_what_he_was_given_and_nothing_else(world: World, secretary: User) -> None:
    """Each service, for the first of those of the government who may: done with all that can be delegated, or in person only;
    and done by nobody who was given nothing."""
    found, done, wrong = services(), set(), []
    for (name, what), may in expected.SERVICES.items():
        actors = sorted(may & expected.GOVERNMENT)
        if not actors:
            continue
        principal = User.objects.get(pk=world.actors[actors[0]].pk)
        account = _account(principal, secretary)
        refusal = tried_by(account, world, found[name], name, what)
        if not refusal:
            done.add((name, what))
        elif not _in_person(name, what):
            wrong.append(f"{name} {what} by {actors[0]}: {refusal}")
        account = _account(principal, secretary)
        assert account.delegation is not None
        account.delegation.actions = []
        if not tried_by(account, world, found[name], name, what):
            wrong.append(f"{name} {what} by {actors[0]}: done though nothing was given")
    assert "\n".join(wrong) == ""
    assert [(name, what) for name, what in done if _in_person(name, what)] == []
    assert set(found) >= IN_PERSON_SERVICES


def _in_person(name: str, what: str) -> bool:
    """A success is closed as facts are recognised; the explanation of a failure may be accepted through another. A head is
    let go with the next one named, who gets his role."""
    head = name == "orgs.units.member_leave" and what.endswith("head")
    return head or name in IN_PERSON_SERVICES or (name.startswith("projects.ends.ending_") and what.endswith(" done"))


def _account(principal: User, deputy: User) -> User:
    held = Delegation.objects.filter(principal=principal.member_id, deputy=deputy.member_id, ended_at=None).first()
    found = deputies.standing_for(deputy, (held or make_delegation(principal, deputy)).pk)
    assert found is not None
    return found


# Written down -----------------------------------------------------------------------------------------------------------


def test_every_row_of_a_deputys_act_says_through_whom(county: County, secretary: User) -> None:
    leader, project = county[Role.COUNTY_LEADER], make_project(county)
    account = stand_in(leader, secretary, "project.note")
    entry = acts.run(note_add, by=account, subject_id=project.subject_id, text="已到现场看过")
    assert entry.by_id == leader.member_id
    done = DelegatedAct.objects.get(model="subjects.timelineentry", object_id=entry.pk)
    assert (done.principal_id, done.deputy_id, done.delegation) == (
        leader.member_id,
        secretary.member_id,
        account.delegation,
    )
    acts.run(note_add, by=leader, subject_id=project.subject_id, text="本人又看过")
    assert DelegatedAct.objects.count() == 1, "what he does himself is his own"


def test_pages_say_who_did_it_for_whom(county: County, secretary: User, client: Client) -> None:
    leader, project = county[Role.COUNTY_LEADER], make_project(county)
    acts.run(note_add, by=stand_in(leader, secretary, "project.note"), subject_id=project.subject_id, text="看过")
    client.force_login(county[Role.PROJECT_OFFICE])
    words = f"{secretary.member.name}代{leader.member.name}"
    assert words in client.get(project.get_absolute_url()).content.decode()
    client.force_login(leader)
    assert words in client.get(reverse("desk")).content.decode(), "the principal reads what was done in his name"


def test_the_audit_log_names_both(county: County, secretary: User) -> None:
    leader, project = county[Role.COUNTY_LEADER], make_project(county)
    account = stand_in(leader, secretary, "project.note")
    acts.run(note_add, by=account, subject_id=project.subject_id, text="看过")
    from luodi.kernel.models import AuditEntry
    from luodi.orgs.selectors import actor_names

    actor = AuditEntry.objects.get(model="subjects.timelineentry", service="subjects.services.note_add").actor
    assert actor == f"user:{leader.pk}/{secretary.pk}"
    assert actor_names([actor])[actor].startswith(f"{secretary.member.name}代{leader.member.name} ")


# Bars both --------------------------------------------------------------------------------------------------------------


def refused(service: Any, by: User, **told: Any) -> str:
    with pytest.raises(DomainError) as error:
        acts.run(service, by=by, **told)
    return error.value.code


def asked_commitment(county: County, by: User) -> CommitmentChange:
    project = make_project(county, committed_finish_on=clock.today() + timedelta(days=90))
    wanted = clock.today() + timedelta(days=180)
    return acts.run(
        commitments.commitment_ask, by=by, project_id=project.pk, wanted=wanted, reason="汛期停工一个月，设备晚到两周"
    )


def test_who_asked_does_not_decide_for_another(county: County) -> None:
    """He asked himself; the leader who may decide it does so not through him."""
    asker = county.officer
    change = asked_commitment(county, asker)
    told: dict[str, Any] = {"change_id": change.pk, "seen": change.version, "agree": True}
    account = stand_in(county[Role.COUNTY_LEADER], asker, "commitment.decide")
    assert refused(commitments.commitment_decide, account, **told) == "forbidden"
    acts.run(commitments.commitment_decide, by=county[Role.COUNTY_LEADER], **told)


def test_who_asked_for_another_does_not_decide_himself(county: County) -> None:
    office = county[Role.PROJECT_OFFICE]
    change = asked_commitment(county, stand_in(county.officer, office, "commitment.ask"))
    told: dict[str, Any] = {"change_id": change.pk, "seen": change.version, "agree": True}
    assert change.asked_by_id == county.officer.member_id
    assert refused(commitments.commitment_decide, office, **told) == "forbidden"


def test_who_asked_for_one_does_not_decide_for_another(county: County, secretary: User) -> None:
    change = asked_commitment(county, stand_in(county.officer, secretary, "commitment.ask"))
    account = stand_in(county[Role.COUNTY_LEADER], secretary, "commitment.decide")
    assert (
        refused(commitments.commitment_decide, account, change_id=change.pk, seen=change.version, agree=True)
        == "forbidden"
    )


def test_a_colleague_of_the_asker_does_not_decide_for_a_leader(county: County) -> None:
    """A unit that may not decide does not through one of its people."""
    colleague = make_person(county.unit, "同事", Role.UNIT_OFFICER)
    change = asked_commitment(county, county.officer)
    account = stand_in(county[Role.COUNTY_LEADER], colleague, "commitment.decide")
    assert (
        refused(commitments.commitment_decide, account, change_id=change.pk, seen=change.version, agree=True)
        == "forbidden"
    )


def test_the_principal_of_a_project_does_not_agree_to_its_rest_for_the_leader(county: County) -> None:
    head, project = county[Role.UNIT_HEAD], make_project(county)
    until = clock.today() + timedelta(days=60)
    asked = acts.run(
        commitments.suspension_ask,
        by=head,
        project_id=project.pk,
        reason="等省里的土地批复下来再说",
        look_again_on=until,
    )
    leader = User.objects.get(member=Project.objects.get(pk=project.pk).leader_id)
    account = stand_in(leader, head, "suspension.decide")
    told: dict[str, Any] = {"suspension_id": asked.pk, "seen": asked.version, "agree": True}
    assert refused(commitments.suspension_decide, account, **told) == "forbidden"
    acts.run(commitments.suspension_decide, by=leader, **told)


def test_a_colleague_of_who_asked_does_not_decide_for_another_office(county: County, secretary: User) -> None:
    """One office asks, another decides: with a borrowed role a single office would do both."""
    office, government, head = county[Role.PROJECT_OFFICE], county[Role.GOVERNMENT_OFFICE], county[Role.UNIT_HEAD]
    colleague = make_person(office.member.unit, "发改同事", Role.PROJECT_OFFICE)
    project = make_project(county)
    void = acts.run(ends.void_ask, by=office, project_id=project.pk, reason="与另一条重复录入", same_as_id=None)
    account = stand_in(government, colleague, "void.approve", "rule.decide")
    assert refused(ends.void_decide, account, request_id=void.pk, seen=void.version, approve=True) == "forbidden"

    day = clock.today() + timedelta(days=30)
    version, base = propose(county, "thresholds", numbers(behind_yellow=15), day), base_of(office, "thresholds", day)
    assert (
        refused(version_decide, account, version_id=version.pk, seen=version.version, base=base, agree=True)
        == "forbidden"
    )

    asked = acts.run(
        commitments.suspension_ask, by=head, project_id=project.pk, reason="等省里的土地批复下来再说",
        look_again_on=clock.today() + timedelta(days=60),
    )  # fmt: skip
    leader = User.objects.get(member=Project.objects.get(pk=project.pk).leader_id)
    officer = make_person(county.unit, "同事", Role.UNIT_OFFICER)
    told: dict[str, Any] = {"suspension_id": asked.pk, "seen": asked.version, "agree": True}
    assert refused(commitments.suspension_decide, stand_in(leader, officer, "suspension.decide"), **told) == "forbidden"
    acts.run(commitments.suspension_decide, by=stand_in(leader, secretary, "suspension.decide"), **told)


def test_who_decides_is_not_of_the_office_that_wrote_the_ask(county: County) -> None:
    """The other way round: a deputy of the government office asks for the project office."""
    office, government = county[Role.PROJECT_OFFICE], county[Role.GOVERNMENT_OFFICE]
    writer = make_person(government.member.unit, "政府办同事", Role.GOVERNMENT_OFFICE)
    project = make_project(county)
    account = stand_in(office, writer, "void.ask")
    void = acts.run(ends.void_ask, by=account, project_id=project.pk, reason="与另一条重复录入", same_as_id=None)
    assert refused(ends.void_decide, government, request_id=void.pk, seen=void.version, approve=True) == "forbidden"


def test_nobody_makes_a_head_for_another(county: County) -> None:
    """Who becomes a head has a role that outlasts the delegation."""
    assert {"unit.head", "unit.head_leave"} <= IN_PERSON
    account = stand_in(county[Role.GOVERNMENT_OFFICE], county.officer, "project.note")
    unit = county.unit
    told: dict[str, Any] = {"unit_id": unit.pk, "member_id": county.officer.member_id, "seen": unit.version}
    assert refused(unit_head_change, account, **told) == "forbidden"


@pytest.mark.parametrize("number", ["0", "01", "１", "99999999"])
def test_an_address_of_no_delegation_is_never_ones_own(county: County, number: str) -> None:
    client = Client()
    client.force_login(county.officer)
    assert client.get(f"/as/{number}/").status_code in {403, 404}


def test_who_asked_to_void_does_not_approve_it_for_the_government_office(county: County) -> None:
    office, project = county[Role.PROJECT_OFFICE], make_project(county)
    asked = acts.run(ends.void_ask, by=office, project_id=project.pk, reason="与另一条重复录入", same_as_id=None)
    account = stand_in(county[Role.GOVERNMENT_OFFICE], office, "void.approve")
    assert refused(ends.void_decide, account, request_id=asked.pk, seen=asked.version, approve=True) == "forbidden"
    assert VoidRequest.objects.get().state == "asked"


def test_who_asked_for_time_does_not_grant_it_for_the_government_office(county: County) -> None:
    asked_commitment(county, county.officer)
    duty = Obligation.objects.get(kind="commitment")
    debtor = make_person(duty.unit, "欠办人", Role.PROJECT_OFFICE)
    until = clock.today() + timedelta(days=20)
    excuse = acts.run(clocks.excuse_ask, by=debtor, obligation_id=duty.pk, until=until, reason="等上级批复")
    account = stand_in(county[Role.GOVERNMENT_OFFICE], debtor, "excuse.decide")
    assert refused(clocks.excuse_decide, account, excuse_id=excuse.pk, seen=excuse.version, agree=True) == "forbidden"
    assert Excuse.objects.get().state == "asked"


# Beginning and end ------------------------------------------------------------------------------------------------------


def test_it_holds_from_its_first_day_to_the_end_of_its_last(county: County, secretary: User) -> None:
    held = make_delegation(county[Role.COUNTY_LEADER], secretary, days=3)
    for days, stands in ((0, True), (3, True), (4, False)):
        with clock.standing_at(clock.now() + timedelta(days=days)):
            assert (deputies.standing_for(secretary, held.pk) is not None) is stands, days


def test_it_ends_with_either_leaving(county: County, secretary: User) -> None:
    leader, office = county[Role.COUNTY_LEADER], county[Role.PROJECT_OFFICE]
    given = make_delegation(leader, secretary)
    held = make_delegation(secretary, county[Role.SUPERVISOR])
    member = secretary.member
    acts.run(member_leave, by=office, member_id=member.pk, seen=member.version, note="交清")
    assert not Delegation.objects.filter(pk__in=[given.pk, held.pk], ended_at=None).exists()
    assert deputies.standing_for(secretary, given.pk) is None


def test_a_shut_account_is_acted_for_by_nobody_and_acts_for_nobody(county: County, secretary: User) -> None:
    leader = county[Role.COUNTY_LEADER]
    held = make_delegation(leader, secretary)
    User.objects.filter(pk=leader.pk).update(is_active=False)
    assert deputies.standing_for(secretary, held.pk) is None


def test_who_was_made_an_administrator_stands_for_nobody(county: County, secretary: User) -> None:
    held = make_delegation(county[Role.COUNTY_LEADER], secretary)
    admin = make_user(make_member(secretary.member.unit, "管理员"), Role.AUDIT_ADMIN)
    Delegation.objects.filter(pk=held.pk)
    assert deputies.standing_for(admin, held.pk) is None, "it is not his"
    secretary.__dict__["roles"] = frozenset({Role.AUDIT_ADMIN})
    assert deputies.standing_for(secretary, held.pk) is None


# Pages ------------------------------------------------------------------------------------------------------------------


def test_a_deputys_addresses_stay_with_his_principal(county: County, secretary: User, client: Client) -> None:
    leader, project = county[Role.COUNTY_LEADER], make_project(county)
    held = make_delegation(leader, secretary, "project.note")
    client.force_login(secretary)
    page = client.get(f"/as/{held.pk}{project.get_absolute_url()}").content.decode()
    assert f"{secretary.member.name}代{leader.member.name}" in page
    assert "在项目上记一笔" in page
    assert f'href="/as/{held.pk}/projects/' in page
    assert 'href="/projects/' not in page
    answer = client.post(
        f"/as/{held.pk}{reverse('note_add', args=[project.subject_id])}",
        {"text": "已到现场看过", "request_key": uuid4()},
    )
    assert answer["Location"].startswith(f"/as/{held.pk}/")
    assert TimelineEntry.objects.get(verb="note").by_id == leader.member_id


def test_another_persons_delegation_opens_nothing(county: County, secretary: User, client: Client) -> None:
    held = make_delegation(county[Role.COUNTY_LEADER], secretary)
    client.force_login(county[Role.SUPERVISOR])
    assert client.get(f"/as/{held.pk}/").status_code == 403
    assert client.get("/as/999999/").status_code == 403
    assert Client().get(f"/as/{held.pk}/").status_code == 302


def test_neither_api_nor_account_is_another_persons(county: County, secretary: User, client: Client) -> None:
    held = make_delegation(county[Role.COUNTY_LEADER], secretary)
    client.force_login(secretary)
    assert client.get(f"/as/{held.pk}/api/v1/me").status_code == 404
    assert client.get(f"/as/{held.pk}/as/{held.pk}/").status_code == 404
    page = client.get(f"/as/{held.pk}{reverse('token_list')}").content.decode()
    assert "data-acting" not in page
    assert f'href="/as/{held.pk}' not in page, "one's own pages lead to one's own pages"


def test_giving_and_ending_through_the_pages(county: County, secretary: User, client: Client) -> None:
    leader = county[Role.COUNTY_LEADER]
    client.force_login(leader)
    form = {
        "deputy": secretary.member_id, "actions": ["suspension.decide"], "from_on": clock.today().isoformat(),
        "until_on": (clock.today() + timedelta(days=9)).isoformat(), "reason": "外出学习", "request_key": uuid4(),
    }  # fmt: skip
    wrong = client.post(reverse("delegation_give"), {**form, "until_on": clock.today() - timedelta(days=1)})
    assert (wrong.status_code, "结束日不能早于开始日" in wrong.content.decode()) == (422, True)
    assert client.post(reverse("delegation_give"), form).status_code == 302
    assert client.post(reverse("delegation_give"), form).status_code == 302, "sent twice, given once"
    held = Delegation.objects.get()
    client.force_login(secretary)
    assert f"/as/{held.pk}/" in client.get(reverse("desk")).content.decode()
    assert f"/as/{held.pk}/" in client.get(reverse("delegation_list")).content.decode()
    assert client.post(reverse("delegation_end", args=[held.pk]), {"request_key": uuid4()}).status_code == 302
    assert client.get(f"/as/{held.pk}/").status_code == 403


def test_what_a_person_page_tells(county: County, secretary: User, client: Client) -> None:
    leader = county[Role.COUNTY_LEADER]
    make_delegation(leader, secretary)
    client.force_login(county[Role.PROJECT_OFFICE])
    for member in (leader.member, secretary.member):
        page = client.get(reverse("member_page", args=[member.pk])).content.decode()
        assert f"{secretary.member.name}代{leader.member.name}" in page


def test_a_deputy_does_not_use_up_what_is_new_to_his_principal(county: County, secretary: User, client: Client) -> None:
    leader, project = county[Role.COUNTY_LEADER], make_project(county)
    held = make_delegation(leader, secretary)
    acts.run(project_grade, by=county[Role.PROJECT_OFFICE], project_id=project.pk, seen=project.version,
             importance=Importance.COUNTY, reason="列入县重点")  # fmt: skip
    client.force_login(secretary)
    client.get(f"/as/{held.pk}/")
    from luodi.obligations.models import DeskVisit

    assert not DeskVisit.objects.filter(member=leader.member_id).exists()
