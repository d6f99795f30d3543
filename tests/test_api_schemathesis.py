"""Schemathesis walks every operation of the API with every role: no fault of ours, and no answer that is not described.

Half of the requests aim at rows that exist, so that they come as far as forms and services; the others at anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from luodi.api.root import api
from luodi.orgs.tests.factories import make_token
from tests import api_expectations as expected
from tests import api_world, matrix_world
from tests.api_world import API
from tests.matrix_expectations import ACTORS
from tests.matrix_world import World
from tests.plugins.database import Built
from tests.test_permission_matrix import undone

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12
APPLICATION = get_wsgi_application()


def closing(environ: Any, start: Any) -> list[bytes]:
    """The application, with each answer read and closed, as a server does and Schemathesis's client does not."""
    answer: Any = APPLICATION(environ, start)
    try:
        return [b"".join(answer)]
    finally:
        answer.close()


SCHEMA = schemathesis.openapi.from_dict(api.get_openapi_schema())
SCHEMA.app = closing
FOUND: list[Any] = [found.ok() for found in SCHEMA.get_all_operations() if isinstance(found, Ok)]
OPERATIONS = {one.definition.raw["operationId"]: one for one in FOUND}
MODES = st.sampled_from([GenerationMode.POSITIVE, GenerationMode.NEGATIVE])


@pytest.fixture
def world(built: Built) -> World:
    return built(matrix_world.build)


@pytest.fixture
def served(settings: Any) -> Iterator[None]:
    """The application in this process, on the test's own connection, as Django's test client has it."""
    settings.LUODI_API_BURST = 1_000_000
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@dataclass(frozen=True, slots=True)
class Target:
    """A request that would be done, and by whom: what is generated is tried in the place of parts of it."""

    path: dict[str, str]
    body: dict[str, Any]
    row: Any
    actors: list[str]


def targets(world: World, name: str) -> list[Target]:
    """Requests of this operation that would be done, on the projects of the three sides."""
    method, template = OPERATIONS[name].method.upper(), OPERATIONS[name].path
    found = []
    for (one, what), row in (expected.READS if method == "GET" else expected.WRITES).items():
        if one == name and row.done:
            reads = method == "GET"
            call = api_world.read(world, name, what, template) if reads else api_world.on(world, name, what)
            body = {} if call.multipart else call.body
            found.append(Target(parts_of(template, API + call.path), body, call.row, sorted(row.done)))
    return found


def parts_of(template: str, path: str) -> dict[str, str]:
    pairs = zip(template.split("/"), path.split("/"), strict=True)
    return {name.strip("{}"): value for name, value in pairs if name.startswith("{")}


def aimed(case: Any, target: Target, data: Any) -> None:
    """Point the request at a row that exists, at its version, with at most two parts of what was generated."""
    case.path_parameters = dict(target.path)
    if target.body or isinstance(case.body, dict):
        made = case.body if isinstance(case.body, dict) else {}
        kept = data.draw(st.sets(st.sampled_from(sorted(made)), max_size=2)) if made else set()
        if case.media_type == "application/json":
            case.body = target.body | {part: made[part] for part in sorted(kept)}
    if "If-Match" in (case.headers or {}):
        version = type(target.row)._base_manager.get(pk=target.row.pk).version
        case.headers["If-Match"] = f'"{version}"'
    if "Idempotency-Key" in (case.headers or {}):
        case.headers["Idempotency-Key"] = str(uuid.UUID(int=data.draw(st.integers(0, 2**64)), version=4))


@pytest.mark.slow
@pytest.mark.only_sqlite  # minutes of requests; the matrix and the contract of the API are held on both databases
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_fault_and_no_answer_that_is_not_described(world: World, name: str, served: None) -> None:
    tokens = {actor: make_token(user).text for actor, user in world.actors.items()} | {"anonymous": ""}
    assert set(tokens) == ACTORS
    real = targets(world, name)

    @given(data=st.data(), actor=st.sampled_from(sorted(ACTORS)), mode=MODES, aim=st.booleans())
    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    def walk(data: Any, actor: str, mode: GenerationMode, aim: bool) -> None:
        case = data.draw(OPERATIONS[name].as_strategy(generation_mode=mode))
        if aim and real:
            target = data.draw(st.sampled_from(real))
            aimed(case, target, data)
            actor = data.draw(st.sampled_from([actor, *target.actors]))
        headers = {"Authorization": f"Bearer {tokens[actor]}"} if tokens[actor] else {}
        with undone():
            answer = case.call(headers=headers)
        case.validate_response(answer, checks=CHECKS)

    walk()
