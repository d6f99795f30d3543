"""Two people at one table at the same moment; what raw writes may not do; what an older release had kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from luodi.kernel import clock, guards
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_cast, make_county
from luodi.projects.selectors.rulebook import rules_of
from luodi.projects.tests.test_invariants_races import do, together
from luodi.rulebook.models import TableVersion
from luodi.rulebook.services import version_decide, version_propose, version_withdraw
from luodi.rulebook.tests.factories import numbers, propose
from tests.plugins.database import LiveDatabase

Cast = dict[Role, User]


def make_office() -> Cast:
    make_county()
    return make_cast(Role.PROJECT_OFFICE, Role.GOVERNMENT_OFFICE)


def decide(cast: Cast, version: TableVersion, *, agree: bool) -> Any:
    by, told = cast[Role.GOVERNMENT_OFFICE], {"version_id": version.pk, "seen": version.version}
    return do(version_decide, by, **told, base=None, agree=agree, reason="再算一遍")


# Two at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("first", [True, False])
def test_a_proposal_is_decided_once(live: LiveDatabase, first: bool) -> None:
    cast = make_office()
    version = propose(cast, "thresholds", numbers(behind_yellow=15))
    assert together(decide(cast, version, agree=first), decide(cast, version, agree=not first)) == (
        "",
        "decided_already",
    )
    assert TableVersion.objects.get().state == ("in_force" if first else "refused")


@pytest.mark.slow
def test_it_is_not_taken_back_while_it_is_put_in_force(live: LiveDatabase) -> None:
    cast = make_office()
    version = propose(cast, "thresholds", numbers(behind_yellow=15))
    takes = do(version_withdraw, cast[Role.PROJECT_OFFICE], version_id=version.pk, seen=version.version)
    assert together(decide(cast, version, agree=True), takes) == ("", "decided_already")


@pytest.mark.slow
def test_one_proposal_waits_at_a_time(live: LiveDatabase) -> None:
    cast = make_office()

    def proposing(yellow: int) -> Any:
        return do(
            version_propose, cast[Role.PROJECT_OFFICE], table="thresholds", rows=numbers(behind_yellow=yellow),
            valid_from=clock.today(), note="依据", base=None,
        )  # fmt: skip

    codes = together(proposing(15), proposing(16))
    assert codes[0] == ""
    assert codes[1] in {"proposed_already", "constraint.tableversion_one_open"}
    assert TableVersion.objects.count() == 1


# Raw ------------------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"state": "in_force", "decided_by": "office", "decided_at": "now"}, "tableversion_decided_by_another"),
        (
            {"state": "refused", "decided_by": "office", "decided_at": "now", "reason": "x"},
            "tableversion_decided_by_another",
        ),
        ({"state": "refused", "decided_by": "government", "decided_at": "now"}, "tableversion_refused_says_why"),
        ({"state": "in_force"}, "tableversion_decided_by_someone"),
        ({"state": "in_force", "decided_by": "government"}, "tableversion_decided_by_someone"),
        ({"decided_by": "government"}, "tableversion_decided_by_someone"),
        ({"applied_at": "now"}, "tableversion_applied_in_force"),
    ],
)
def test_the_database_refuses_a_decision_that_is_none(columns: dict[str, str], constraint: str) -> None:
    cast = make_office()
    version = propose(cast, "thresholds", numbers(behind_yellow=15))
    words: dict[str, Any] = {
        "office": cast[Role.PROJECT_OFFICE].member, "government": cast[Role.GOVERNMENT_OFFICE].member, "now": clock.now(),
    }  # fmt: skip
    changes = {name: words.get(value, value) for name, value in columns.items()}
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        TableVersion.objects.filter(pk=version.pk).update(**changes)
    assert guards.explained(refused.value).code == f"constraint.{constraint}"
    right = {"state": "in_force", "decided_by": words["government"], "decided_at": clock.now()}
    assert TableVersion.objects.filter(pk=version.pk).update(**right) == 1


# From a release before ------------------------------------------------------------------------------------------------


def migrate(name: str) -> Any:
    executor = MigrationExecutor(connection)
    executor.migrate([("projects", name)])
    return MigrationExecutor(connection).loader.project_state([("projects", name)]).apps


def newest() -> str:
    ((_app, name),) = MigrationExecutor(connection).loader.graph.leaf_nodes("projects")
    return str(name)


@pytest.mark.slow
def test_what_counties_accepted_moves_into_the_rulebook(live: LiveDatabase) -> None:
    region, day = make_county(), clock.today()
    guards.remove()
    before = migrate("0003_lamp_turns").get_model("projects", "GateChoice")
    told = {"region_id": region.pk, "option": "start_proof", "source": "柏政发〔2025〕9号"}
    before.objects.create(**told, kind="piling_photo", valid_from=day - timedelta(days=30), valid_to=day)
    before.objects.create(**told, kind="equipment_photo", valid_from=day - timedelta(days=10))
    migrate(newest())
    guards.install()
    found = [rules_of(region.pk, day - timedelta(days=days)).accepted["start_proof"] for days in (40, 20, 5, 0)]
    everything = ("foundation_photo", "piling_photo", "equipment_photo")
    assert found == [everything, ("piling_photo",), ("piling_photo", "equipment_photo"), ("equipment_photo",)]
    assert {version.note for version in TableVersion.objects.all()} == {"柏政发〔2025〕9号"}
    assert all(version.proposed_by is None and version.applied_at for version in TableVersion.objects.all())
    assert guards.differences() == []
