"""The API itself. Each app brings its routers; here they are mounted, in the order in which the paper tells them."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.parser import Parser
from ninja.renderers import JSONRenderer

from luodi.api.schema import finished
from luodi.facts import api as facts
from luodi.files import api as files
from luodi.kernel.api.operations import Write
from luodi.kernel.api.problems import install
from luodi.obligations import api as obligations
from luodi.orgs import api as orgs
from luodi.projects.api import imports, reads, writes
from luodi.rulebook import api as rulebook
from luodi.search import api as search
from luodi.subjects import api as subjects

DESCRIPTION = """Whatever a page of Luodi shows or does, for programs, by the same services and under the same rules.

A token (账号 → 接口令牌) acts for the person who made it, within its scopes. Writes take an `Idempotency-Key`; edits take
`If-Match` with the version that the ETag told. Lists go on by cursor. Refusals are problem details (RFC 9457) in the
language of `Accept-Language` (zh-hans, en). Amounts are yuan as decimal texts; days are civil days in Asia/Shanghai;
instants are UTC. A project's UUID is its subject's."""


class StrictParser(Parser):
    """JSON as RFC 8259 has it: no NaN, no Infinity."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_refuse)


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no JSON")


class Readable(JSONRenderer):
    """Chinese as it is written, not as escapes three times as long."""

    json_dumps_params = {"ensure_ascii": False}


class Api(NinjaAPI):
    def get_openapi_schema(self, **kwargs: Any) -> Any:
        return finished(super().get_openapi_schema(**kwargs), WRITES)


api = Api(
    title="Luodi",
    version="1",
    description=DESCRIPTION,
    openapi_url=None,
    docs_url=None,
    urls_namespace="api-1",
    auth=orgs.TokenAuth(),
    parser=StrictParser(),
    renderer=Readable(),
)
install(api)
ROUTED = (reads, subjects, files, facts, obligations, imports, orgs, rulebook, search)
for router in (part.router for part in ROUTED):
    api.add_router("", router)

WRITES: dict[str, Write] = {
    write.name: write for part in (writes, subjects, obligations, imports, orgs, rulebook) for write in part.WRITES
}
"""Every operation that writes, by name: what it asks, which service it runs, which permission that service asks."""
