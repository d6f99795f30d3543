from __future__ import annotations

from typing import Any

import pytest

from luodi.kernel import acts, clock
from luodi.kernel.acts import Actor
from luodi.kernel.errors import NoAct
from luodi.kernel.registry import VERBS
from luodi.orgs.models import Region, Unit
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import SETUP, make_cast, make_unit
from luodi.subjects.models import Party, Subject, TimelineEntry
from luodi.subjects.services import party_add, party_end, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def subject() -> Subject:
    return acts.run(insert, by=SETUP, region=make_unit("D01", "发展和改革局").region)


def insert(*, by: Actor, region: Region) -> Subject:
    return acts.insert(Subject(region=region, kind="unheard-of", title="某件事"))


def join(*, by: Actor, subject: Subject, unit: Unit, role: str) -> None:
    party_add(subject, unit, role)


def leave(*, by: Actor, subject: Subject, unit: Unit, role: str) -> None:
    party_end(subject, unit, role)


def test_an_association_is_made_once_ended_once_and_may_begin_anew(subject: Subject) -> None:
    call: dict[str, Any] = {"by": SETUP, "subject": subject, "unit": Unit.objects.get(), "role": "helper"}
    acts.run(join, **call)
    acts.run(join, **call)
    assert Party.objects.filter(until=None).count() == 1
    acts.run(leave, **call)
    acts.run(leave, **call)
    acts.run(join, **call)
    assert sorted(until is None for until in Party.objects.values_list("until", flat=True)) == [False, True]


def test_what_happens_is_told_within_its_act_and_in_known_words(subject: Subject) -> None:
    def say(*, by: Actor, verb: str) -> TimelineEntry:
        return tell(subject, verb, note="记一笔", day=clock.today())

    with pytest.raises(NoAct):
        tell(subject, "note")
    with pytest.raises(KeyError):
        acts.run(say, by=SETUP, verb="never.heard")
    entry = acts.run(say, by=SETUP, verb="note")
    assert (entry.values, entry.by_id) == ({"day": clock.today().isoformat()}, None)
    assert "note" in VERBS


def test_a_subject_of_a_kind_without_a_rule_is_seen_by_nobody(subject: Subject) -> None:
    for user in make_cast(Role.COUNTY_LEADER, Role.PROJECT_OFFICE, Role.AUDIT_ADMIN).values():
        assert not Subject.objects.visible_to(user).exists()
