"""The account of a request: read anew each time by SQL that is written once."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from luodi.kernel import acts
from luodi.orgs.models import RoleGrant, User
from luodi.orgs.rules import Role
from luodi.orgs.services.accounts import account_switch, role_end
from luodi.orgs.sessions import Accounts
from luodi.orgs.tests.factories import make_cast

pytestmark = pytest.mark.django_db


def everything(user: User) -> dict[str, object]:
    own = {name: value for name, value in vars(user).items() if not name.startswith("_")}
    return own | {"member": vars(user.member)["name"], "unit": str(user.member.unit), "region": str(user.member.region)}


def test_it_gives_what_the_queryset_gives() -> None:
    cast = make_cast()
    for user in cast.values():
        found = Accounts().get_user(user.pk)
        assert found is not None
        assert everything(found) == everything(User.objects.get(pk=user.pk))
    assert Accounts().get_user(10**9) is None


def test_one_query_with_whose_it_is() -> None:
    pk = make_cast()[Role.UNIT_HEAD].pk
    with CaptureQueriesContext(connection) as asked:
        user = Accounts().get_user(pk)
        assert user is not None
        assert str(user.member.unit)
        assert user.member.region.name
        assert Role.UNIT_HEAD in user.roles
    assert len(asked) == 1


def test_what_changes_is_seen_at_the_next_request() -> None:
    """Nothing is kept but the SQL: a role that ends, an account that is shut."""
    cast = make_cast()
    security, supervisor = cast[Role.SECURITY_ADMIN], cast[Role.SUPERVISOR]
    before = Accounts().get_user(supervisor.pk)
    assert before is not None
    assert before.roles == {Role.SUPERVISOR}
    acts.run(role_end, by=security, grant_id=RoleGrant.objects.get(member=supervisor.member, until=None).pk)
    after = Accounts().get_user(supervisor.pk)
    assert after is not None
    assert after.roles == frozenset()
    acts.run(account_switch, by=security, user_id=supervisor.pk, active=False)
    assert Accounts().get_user(supervisor.pk) is None
