"""The description (OpenAPI 3.1), as far as the framework does not tell it: scopes, media types and headers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from luodi.kernel.api.operations import Write
from luodi.kernel.api.problems import MEDIA_TYPE
from luodi.orgs.rules import TOKEN_SCOPES

DESCRIPTIONS = {
    400: "The request cannot be read, or a header is missing or wrong.",
    401: "No valid token.",
    403: "The person's role or the token's scopes do not allow it; `detail` says who may.",
    404: "There is no such thing, or the person cannot see it.",
    409: "A rule says no to how things stand; `code` names it.",
    412: "Somebody else changed it meanwhile; `version` is the present one.",
    413: "Too large.",
    422: "Something sent is wrong; `errors` names each part.",
    428: "If-Match is missing.",
    429: "The token asks too often; Retry-After says for how long to wait.",
}
TEXT = {"schema": {"type": "string"}}
HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"description": "Bearer.", **TEXT}},
    429: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer", "minimum": 1}}},
}
ETAG = {"ETag": {"description": "The version, quoted, for If-Match.", **TEXT}}


def finished(schema: Any, writes: Mapping[str, Write]) -> Any:
    """The framework's description with what it leaves out."""
    for path in schema["paths"].values():
        for operation in path.values():
            _finish(operation)
    return schema


def _finish(operation: Any) -> None:
    scopes = scopes_of(operation.get("x-permission", ()))
    operation["security"] = [{"TokenAuth": scopes}]
    for status, answer in operation["responses"].items():
        code = int(status)
        if code < 400:
            if _has_version(answer):
                answer["headers"] = ETAG
            continue
        answer["description"] = DESCRIPTIONS[code]
        answer["content"] = {MEDIA_TYPE: next(iter(answer["content"].values()))}
        if code in HEADERS:
            answer["headers"] = HEADERS[code]


def _has_version(answer: Any) -> bool:
    named = str(answer.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", ""))
    return named.endswith(VERSIONED)


VERSIONED = (
    "/ProjectOut", "/ProjectDetail", "/AskOut", "/ObstacleOut", "/CommitmentOut", "/SuspensionOut", "/EndingOut",
    "/LessonOut", "/VoidOut", "/FigureOut", "/ImportOut", "/UnitOut", "/MemberOut", "/CompanyOut",
)  # fmt: skip
"""Shapes that tell a version; whoever answers with one alone tells it as ETag too."""


def scopes_of(actions: Any) -> list[str]:
    """The scopes of which a token needs one."""
    return [scope for scope, held in TOKEN_SCOPES.items() if held & set(actions)]
