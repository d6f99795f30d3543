"""Operations of the API × roles, as tests/api_expectations.py says; and no service without its operation."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import URLResolver, get_resolver

from luodi.api.root import WRITES, api
from luodi.orgs.rules import ACTIONS, TOKEN_SCOPES
from luodi.orgs.tests.factories import make_token
from tests import api_expectations as expected
from tests import api_world, matrix_world
from tests.matrix_expectations import ACTORS, ADMINISTRATORS, INNER
from tests.matrix_world import World
from tests.plugins.database import Built
from tests.test_permission_matrix import API, patterns, services, short, undone

OPERATIONS: dict[str, tuple[str, str, Any]] = {
    operation["operationId"]: (method, path, operation)
    for path, methods in api.get_openapi_schema()["paths"].items()
    for method, operation in methods.items()
}


@pytest.fixture
def world(built: Built) -> World:
    return built(matrix_world.build)


@pytest.fixture(autouse=True)
def no_limit(settings: Any) -> None:
    settings.LUODI_API_BURST = 10_000


def test_every_operation_has_its_row_and_every_row_its_operation() -> None:
    reads = {name for name, (method, _path, _operation) in OPERATIONS.items() if method == "get"}
    assert {name for name, _what in expected.READS} == reads
    assert {name for name, _what in expected.WRITES} == set(OPERATIONS) - reads == set(WRITES) == set(api_world.CALLS)


def test_every_address_of_the_api_is_described() -> None:
    mounted = [entry for entry in _resolvers(get_resolver()) if entry.namespace == API]
    names = {str(pattern.name) for resolver in mounted for pattern in patterns(resolver)}
    assert names <= set(OPERATIONS) | {"api-root"}
    paths = {str(pattern.pattern) for resolver in mounted for pattern in patterns(resolver)}
    assert len(paths) == len({path for _method, path, _operation in OPERATIONS.values()}) + 1


def _resolvers(resolver: URLResolver) -> list[URLResolver]:
    found = [entry for entry in resolver.url_patterns if isinstance(entry, URLResolver)]
    return found + [deeper for entry in found for deeper in _resolvers(entry)]


def test_every_service_is_offered_or_said_why_not() -> None:
    offered = {f"{short(write.service.__module__)}.{write.service.__name__}" for write in WRITES.values()}
    assert offered | set(expected.NOT_OFFERED) | set(INNER) == set(services())
    assert not offered & set(expected.NOT_OFFERED)


def test_every_operation_names_a_permission_that_a_scope_holds() -> None:
    within = {action for actions in TOKEN_SCOPES.values() for action in actions}
    for name, (_method, _path, operation) in OPERATIONS.items():
        actions = set(operation.get("x-permission", ()))
        assert actions <= set(ACTIONS) & within, name
        assert actions or name == "me"
        assert operation["security"][0]["TokenAuth"] or name == "me"


OUTCOMES = {200: "done", 201: "done", 401: "unknown", 403: "refused", 404: "hidden", 422: "invalid"}


def outcome(answer: Any) -> str:
    if answer.streaming:
        b"".join(answer)
        return OUTCOMES[answer.status_code]
    assert answer.status_code in OUTCOMES, (answer.status_code, answer.content.decode())
    return OUTCOMES[answer.status_code]


@pytest.mark.slow
@pytest.mark.parametrize("actor", sorted(ACTORS))
def test_every_read_answers_as_written(world: World, actor: str) -> None:
    caller, wrong = api_world.caller_of(world, actor), []
    for (name, what), row in expected.READS.items():
        answer = caller.get(api_world.address(world, name, what, OPERATIONS[name][1]))
        right = row.expected(actor)
        if name in {"import_one", "import_rows"} and actor in expected.IMPORTS_HIDDEN:
            right = "hidden"
        if (got := outcome(answer)) != right:
            wrong.append(f"{name} {what}: {got}, not {right}")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("actor", sorted(ACTORS))
def test_every_write_is_done_for_whom_it_is_written(world: World, actor: str) -> None:
    caller, wrong = api_world.caller_of(world, actor), []
    for (name, what), row in expected.WRITES.items():
        with undone():
            answer = caller.send(api_world.on(world, name, what))
        if (got := outcome(answer)) != row.expected(actor):
            wrong.append(f"{name} {what}: {got}, not {row.expected(actor)}: {answer.content.decode()[:200]}")
        if got != "done":
            wrong += api_world.not_english(answer.json())
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("actor", sorted(ADMINISTRATORS))
def test_no_answer_to_an_administrator_names_a_project_or_company(world: World, actor: str) -> None:
    caller, names = api_world.caller_of(world, actor), matrix_world.business_names()
    for name, what in expected.READS:
        answer = caller.get(api_world.address(world, name, what, OPERATIONS[name][1]))
        text = answer.content.decode()
        assert [one for one in names if one in text] == [], name


@pytest.mark.slow
def test_a_token_without_the_scope_does_nothing(world: World) -> None:
    """Reading alone: every write is refused, and says which scope it wants."""
    caller = api_world.Caller(make_token(world.actors["project_office"], "read").text)
    for (name, what), row in expected.WRITES.items():
        if "project_office" not in row.done:
            continue
        with undone():
            answer = caller.send(api_world.on(world, name, what))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), name
