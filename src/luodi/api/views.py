"""The description of the API, for programs and for people. Whoever is signed in or has a token may read it."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from luodi.api.root import api
from luodi.kernel.api.problems import explained, not_signed_in
from luodi.kernel.http import AuthedRequest
from luodi.orgs.api import TokenAuth


@cache
def described() -> Any:
    """The description: the same for everybody, so reckoned once."""
    return api.get_openapi_schema()


@require_GET
def api_schema(request: HttpRequest) -> HttpResponse:
    """The description as OpenAPI 3.1, to a token, or to a session where no token is sent."""
    if "Authorization" in request.headers:
        try:
            caller = TokenAuth()(request)
        except Exception as error:
            answer = explained(error)
            if answer is None:
                raise
            return answer
        if caller is None:
            return not_signed_in()
    return JsonResponse(described(), json_dumps_params={"ensure_ascii": False})


@require_GET
def api_docs(request: AuthedRequest) -> HttpResponse:
    """The description as a page."""
    schema = described()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            groups.setdefault(operation["tags"][0], []).append(_told(schema, path, method, operation))
    return render(request, "api/docs.html", {"schema": schema["info"], "groups": groups})


def _told(schema: Any, path: str, method: str, operation: Any) -> dict[str, Any]:
    body: tuple[str, Any] = next(iter(operation.get("requestBody", {}).get("content", {}).items()), ("", {}))
    fields = _resolved(schema, body[1].get("schema", {})) if body[1] else {}
    required = set(fields.get("required", ()))
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "scopes": operation["security"][0]["TokenAuth"],
        "parameters": operation["parameters"],
        "media_type": body[0],
        "fields": [
            {"name": name, "title": one.get("title", ""), "kind": _kind(one), "required": name in required}
            for name, one in fields.get("properties", {}).items()
        ],
        "answers": ", ".join(str(status) for status in operation["responses"]),
    }


def _resolved(schema: Any, one: Any) -> Any:
    if "$ref" in one:
        return schema["components"]["schemas"][one["$ref"].rsplit("/", 1)[-1]]
    return one


def _kind(one: Any) -> str:
    """The type of a field in a word: string (date), integer, one of its codes."""
    kinds = [one, *one.get("anyOf", ())]
    if codes := next((kind["enum"] for kind in kinds if "enum" in kind), None):
        return " | ".join(str(code) for code in codes)
    found: Any = next((kind for kind in kinds if kind.get("type") not in (None, "null")), {})
    format_ = f" ({found['format']})" if "format" in found else ""
    return f"{found.get('type', '')}{format_}"


def api_missing(request: HttpRequest) -> HttpResponse:
    """Every other address below the API's."""
    raise Http404
