"""The pages of the rules as their readers see them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from luodi.kernel import clock, registry
from luodi.kernel.registry import DESK
from luodi.orgs.models import User
from luodi.orgs.rules import Role
from luodi.orgs.tests.factories import make_cast, make_county
from luodi.rulebook.models import TableVersion
from luodi.rulebook.tests import toy
from luodi.rulebook.tests.factories import numbers, propose, put_in_force
from luodi.rulebook.tests.toy import rung

pytestmark = pytest.mark.django_db
Cast = dict[Role, User]


@pytest.fixture
def cast(monkeypatch: pytest.MonkeyPatch) -> Cast:
    monkeypatch.setitem(registry.TABLES, toy.LADDERS.code, toy.LADDERS)
    make_county()
    return make_cast()


def sign_in(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="luodi.orgs.sessions.Accounts")
    return client


def typed(form: Any) -> dict[str, Any]:
    """What a browser sends of a form that is left as it was shown."""
    found = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False:
            found[bound.html_name] = "on" if value is True else value
    return found


def opened(client: Client, code: str = "toy_ladders") -> dict[str, Any]:
    return typed(client.get(reverse("rule_propose", args=[code])).context["form"]) | {"note": "柏政发〔2026〕3号"}


def sent(client: Client, told: dict[str, Any], do: str, code: str = "toy_ladders") -> Any:
    return client.post(reverse("rule_propose", args=[code]), told | {"do": do})


def tomorrow() -> date:
    return clock.today() + timedelta(days=1)


def test_a_table_of_every_kind_of_column_is_typed_previewed_and_proposed(cast: Cast) -> None:
    client = sign_in(cast[Role.PROJECT_OFFICE])
    told = opened(client)
    assert told["count"] == 3
    del told["0-sends"]
    told |= {"0-after_days": "2", "0-weight": "2.5", "1-share": "12.5", "1-who": "officer", "2-until": "2027-03-01"}
    page = sent(client, told, "preview")
    assert page.status_code == 200
    changed = [(row.name, [(cell.mine, cell.theirs) for cell in row.cells]) for row in page.context["changes"]]
    assert changed == [
        ("报表 · 1", [("1", "2"), ("1.5", "2.5"), ("是", "否")]),
        ("报表 · 2", [("包联领导", "专人"), ("10%", "12.5%")]),
        ("首问 · 1", [("2026-12-31", "2027-03-01")]),
    ]
    assert not TableVersion.objects.exists()
    done = sent(client, typed(page.context["form"]), "save")
    version = TableVersion.objects.get()
    assert (done.status_code, done["Location"]) == (302, reverse("rule_version", args=[version.pk]))
    assert [row.cells["after_days"] for row in version.rows.all()] == [2, 3, 0]
    assert "{" not in str(client.get(done["Location"]).context["lines"])


def test_rows_are_added_and_dropped_without_losing_what_was_typed(cast: Cast) -> None:
    client = sign_in(cast[Role.PROJECT_OFFICE])
    told = opened(client) | {"1-remark": "记得催"}
    added = typed(sent(client, told, "add").context["form"])
    assert (int(added["count"]), added["1-remark"], added.get("3-kind")) == (4, "记得催", None)
    dropped = typed(sent(client, added, "drop-0").context["form"])
    assert (int(dropped["count"]), dropped["0-remark"], dropped["1-kind"]) == (3, "记得催", "inquiry")
    assert typed(sent(client, dropped, "edit").context["form"])["0-remark"] == "记得催"
    preview = sent(client, dropped, "preview")  # the empty row at the end is no row
    assert [(row.kind, row.name) for row in preview.context["changes"]] == [
        ("changed", "报表 · 2"),
        ("removed", "报表 · 1"),
    ]


def test_what_is_wrong_stands_beside_its_cell(cast: Cast) -> None:
    client = sign_in(cast[Role.PROJECT_OFFICE])
    told = opened(client) | {"0-after_days": "91", "1-kind": "weather", "2-rung": "", "1-until": "gestern"}
    page = sent(client, told, "preview")
    assert page.status_code == 422
    assert set(page.context["form"].errors) == {"1-kind", "1-until"}, "first what cannot be read"
    told |= {"1-kind": "report", "1-until": ""}
    assert set(sent(client, told, "preview").context["form"].errors) == {"0-after_days", "2-rung"}
    told |= {"0-after_days": "5", "2-rung": "1"}
    page = sent(client, told, "preview")
    assert dict(page.context["form"].errors) == {"1-after_days": ["要比上一级晚。"]}
    assert "要比上一级晚" in page.content.decode()
    past = told | {"0-after_days": "1", "2-after_days": "7", "valid_from": str(clock.today() - timedelta(days=1))}
    assert set(sent(client, past, "save").context["form"].errors) == {"valid_from"}
    for day in (past["valid_from"], "0001-01-01", "9999-12-31"):
        page = sent(client, past | {"valid_from": day}, "preview")
        assert (page.status_code, set(page.context["form"].errors)) == (422, {"valid_from"}), day


def test_a_fault_found_in_order_stands_where_the_row_was_typed(cast: Cast) -> None:
    """The rungs are typed from the last to the first; it is the second, typed first, that comes too early."""
    client = sign_in(cast[Role.PROJECT_OFFICE])
    told = opened(client) | {"0-rung": "2", "0-after_days": "3", "1-rung": "1", "1-after_days": "4"}
    page = sent(client, told, "preview")
    assert dict(page.context["form"].errors) == {"0-after_days": ["要比上一级晚。"]}


def test_a_preview_overtaken_by_another_version_is_reckoned_anew(cast: Cast) -> None:
    client = sign_in(cast[Role.PROJECT_OFFICE])
    told = opened(client, "thresholds") | {"0-value": "15", "valid_from": str(tomorrow())}
    page = sent(client, told, "preview", "thresholds")
    put_in_force(cast, "thresholds", numbers(behind_yellow=12))
    again = sent(client, typed(page.context["form"]), "save", "thresholds")
    assert again.status_code == 422
    assert "又有一版规则生效" in again.content.decode()
    assert [(cell.mine, cell.theirs) for row in again.context["changes"] for cell in row.cells] == [("12", "15")]
    now = typed(again.context["form"]) | {"base": again.context["preview"].base_id}
    assert sent(client, now, "save", "thresholds").status_code == 302


def test_a_decision_refused_shows_why_and_a_second_press_does_nothing_twice(cast: Cast) -> None:
    version = propose(cast, "toy_ladders", [rung("report", 1, 4)], tomorrow())
    client, page = sign_in(cast[Role.GOVERNMENT_OFFICE]), reverse("rule_version", args=[version.pk])
    told = typed(client.get(page).context["form"])
    refused = client.post(page, told | {"do": "refuse", "base": ""})
    assert refused.status_code == 422
    assert "不批准要写明理由" in refused.content.decode()
    assert client.post(page, told | {"do": "nothing"}).status_code == 422
    for _press in range(2):
        client.post(page, told | {"do": "refuse", "base": "", "answer": "再算一遍"})
    version.refresh_from_db()
    assert (version.state, version.reason, version.version) == ("refused", "再算一遍", 2)
    seen = client.get(page)
    assert seen.context["choices"] == []
    assert "再算一遍" in seen.content.decode()
    amended = sign_in(cast[Role.PROJECT_OFFICE]).get(
        f"{reverse('rule_propose', args=['toy_ladders'])}?from={version.pk}"
    )
    assert typed(amended.context["form"])["0-after_days"] == 4


def test_all_versions_stay_readable_and_the_present_one_is_marked(cast: Cast) -> None:
    first = put_in_force(cast, "thresholds", numbers(behind_yellow=15))
    second = put_in_force(cast, "thresholds", numbers(behind_yellow=20), tomorrow())
    waiting = propose(cast, "thresholds", numbers(behind_yellow=25), tomorrow() + timedelta(days=1))
    client = sign_in(cast[Role.BANK_CLERK])
    page = client.get(reverse("rule_table", args=["thresholds"])).context
    assert (page["current"], page["coming"], page["waiting"]) == (first, [second], waiting)
    assert page["lines"][0][1] == "15"
    with clock.standing_at(clock.now() + timedelta(days=1)):
        later = sign_in(cast[Role.BANK_CLERK]).get(reverse("rule_table", args=["thresholds"]))
        assert later.context["lines"][0][1] == "20"
    old = client.get(reverse("rule_version", args=[first.pk])).context
    assert [(cell.mine, cell.theirs) for row in old["changes"] for cell in row.cells] == [("10", "15")]


def test_the_list_tells_each_table_in_a_constant_number_of_queries(cast: Cast) -> None:
    client = sign_in(cast[Role.UNIT_OFFICER])
    client.get(reverse("rule_list"))

    def asked() -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(reverse("rule_list")).status_code == 200
        return len(caught)

    few = asked()
    put_in_force(cast, "thresholds", numbers(behind_yellow=15))
    propose(cast, "toy_ladders", [rung("report", 1, 4)])
    assert asked() == few
    states = {state.table.code: state for state in client.get(reverse("rule_list")).context["states"]}
    assert {"thresholds", "gate_options", f"calendar_{clock.today().year}"} <= set(states)
    assert states["toy_ladders"].waiting is not None
    assert states["gate_options"].current is None


def test_who_decides_finds_it_on_his_desk_and_nobody_else_does(cast: Cast) -> None:
    propose(cast, "thresholds", numbers(behind_yellow=15), tomorrow())

    def lines(role: Role) -> list[str]:
        return [line.title for source in DESK for line in source(cast[role])]

    assert len(lines(Role.GOVERNMENT_OFFICE)) == 1
    assert "预警和时限的数字" in lines(Role.GOVERNMENT_OFFICE)[0]
    assert lines(Role.PROJECT_OFFICE) == lines(Role.COUNTY_LEADER) == []


@pytest.mark.parametrize("code", ["weather", "calendar_1999"])
def test_an_unknown_table_is_not_there(cast: Cast, code: str) -> None:
    client = sign_in(cast[Role.PROJECT_OFFICE])
    assert client.get(reverse("rule_table", args=[code])).status_code == 404
    assert client.get(reverse("rule_propose", args=[code])).status_code == 404
