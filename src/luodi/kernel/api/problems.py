"""Refusals as problem details (RFC 9457): one shape for every status of 400 and above."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    RequestDataTooBig,
    SuspiciousOperation,
    ValidationError,
)
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled
from ninja.errors import ValidationError as WrongRequest
from pydantic import Field

from luodi.kernel.errors import DomainError, Forbidden, StaleVersion

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:luodi:problem:"


class Fault(Schema):
    """What is wrong with one part of what was sent."""

    pointer: str = Field(
        description="JSON pointer into the body (/name), or ?name of a parameter, or the header's name."
    )
    code: str
    detail: str


class Problem(Schema):
    """A refusal (RFC 9457). `code` is stable; `detail` is for people, in the language of Accept-Language."""

    type: str = Field(description="urn:luodi:problem: and the code.")
    title: str = Field(description="The status in words.")
    status: int
    code: str
    detail: str
    errors: list[Fault] = Field(description="Each part that is wrong, where the refusal is about parts.")
    version: int | None = Field(None, description="The row's present version, where somebody else changed it.")


class Refusal(Exception):
    """The API itself says no, before any service is asked."""

    def __init__(self, status: int, code: str, detail: str, errors: Iterable[Fault] = ()) -> None:
        super().__init__(code)
        self.status, self.code, self.detail, self.errors = status, code, detail, list(errors)


class Invalid(Exception):
    """A form refuses what was sent."""

    def __init__(self, form: BaseForm, *, query: bool = False) -> None:
        super().__init__("invalid")
        self.form, self.query = form, query


def problem(
    status: int, code: str, detail: str, errors: Iterable[Fault] = (), *, version: int | None = None
) -> HttpResponse:
    """The answer that tells a refusal."""
    body = Problem(
        type=TYPE + code,
        title=HTTPStatus(status).phrase,
        status=status,
        code=code,
        detail=detail,
        errors=list(errors),
        version=version,
    )
    text = json.dumps(body.model_dump(), ensure_ascii=False)
    return HttpResponse(text, status=status, content_type=MEDIA_TYPE)


def explained(error: Exception) -> HttpResponse | None:
    """The refusal that an exception means; None for one that is a fault of ours."""
    found = next((explain for kinds, explain in EXPLAINED if isinstance(error, kinds)), None)
    return found(error) if found else None


def not_signed_in(_error: Any = None) -> HttpResponse:
    detail = _("请用有效的接口令牌：Authorization: Bearer 后面写令牌。令牌可能写错、过期或已撤销，或者账号停用了。")
    answer = problem(401, "token_wrong", detail)
    answer["WWW-Authenticate"] = 'Bearer realm="luodi"'
    return answer


def not_found(_error: Any = None) -> HttpResponse:
    return problem(404, "not_found", _("没有这一项，或者您看不到它。"))


def _throttled(error: Any) -> HttpResponse:
    answer = problem(429, "too_many_requests", _("这个令牌问得太密，请按 Retry-After 说的秒数等一等。"))
    answer["Retry-After"] = str(error.wait or 1)
    return answer


def _forbidden(error: Any) -> HttpResponse:
    said = str(error.message if isinstance(error, Forbidden) else error)
    return problem(403, getattr(error, "code", "forbidden"), said or _("您的角色不能办这件事。"))


def _stale(error: Any) -> HttpResponse:
    return problem(412, error.code, str(error.message), version=getattr(error.current, "version", None))


def _domain(error: Any) -> HttpResponse:
    """Beside a field it is about what was sent (422), else about how things stand (409)."""
    said = str(error.message)
    if error.code == "request_key_reused":
        return problem(422, error.code, _("这个 Idempotency-Key 已经用在别的请求上，请换一个新的。"))
    if error.field:
        return problem(422, error.code, said, [Fault(pointer=f"/{error.field}", code=error.code, detail=said)])
    return problem(409, error.code, said)


def _form(error: Any) -> HttpResponse:
    start = "?" if error.query else "/"
    found = [
        Fault(
            pointer="" if name == "__all__" else f"{start}{name}",
            code=fault["code"] or "invalid",
            detail=str(fault["message"]),
        )
        for name, faults in error.form.errors.get_json_data().items()
        for fault in faults
    ]
    return _invalid(found)


def _row(error: Any) -> HttpResponse:
    """A row that its own fields refuse (too long, not one of the choices)."""
    by_field = error.message_dict if hasattr(error, "error_dict") else {"__all__": error.messages}
    return _invalid(
        [
            Fault(pointer="" if name == "__all__" else f"/{name}", code="invalid", detail=str(said))
            for name, texts in by_field.items()
            for said in texts
        ]
    )


def _invalid(found: list[Fault]) -> HttpResponse:
    detail = found[0].detail if len(found) == 1 else _("有 %(count)d 处不对，见 errors。") % {"count": len(found)}
    return problem(422, "invalid", detail, found)


def _request(error: Any) -> HttpResponse:
    """What does not have the documented shape. Its words are the validator's, in English, beside our own."""
    for fault in error.errors:
        if fault["loc"][0] == "header":
            return _header(str(fault["loc"][-1]), missing=fault["type"] == "missing")
    return _invalid([_fault(fault) for fault in error.errors])


def _fault(error: dict[str, Any]) -> Fault:
    source, *rest = error["loc"]
    names = [str(part) for part in rest if part != "body"]
    pointer = f"?{'.'.join(names)}" if source in ("query", "path") else "".join(f"/{name}" for name in names)
    return Fault(pointer=pointer, code=error["type"], detail=error["msg"])


def _header(name: str, *, missing: bool) -> HttpResponse:
    words = {
        "Idempotency-Key": _("请在 Idempotency-Key 里写一个新的 UUID：同一请求重发时用同一个，就只办一次。"),
        "If-Match": _('请在 If-Match 里写您所看到的版本，如 "3"（就是答复里的 ETag）。'),
    }
    codes = {"Idempotency-Key": "idempotency_key_missing", "If-Match": "version_missing"}
    status = 428 if name == "If-Match" and missing else 400
    code = codes[name] if missing else "header_wrong"
    return problem(status, code, words[name], [Fault(pointer=name, code=code, detail=words[name])])


def _refusal(error: Any) -> HttpResponse:
    return problem(error.status, error.code, error.detail, error.errors)


def _unreadable(_error: Any) -> HttpResponse:
    return problem(400, "unreadable", _("请求的内容读不出来，请核对格式。"))


def _too_large(_error: Any) -> HttpResponse:
    return problem(413, "too_large", _("请求的内容太大。"))


EXPLAINED: list[tuple[type[Exception] | tuple[type[Exception], ...], Callable[[Any], HttpResponse]]] = [
    (Refusal, _refusal),
    (Invalid, _form),
    (WrongRequest, _request),
    (AuthenticationError, not_signed_in),
    (Throttled, _throttled),
    (StaleVersion, _stale),
    ((Forbidden, PermissionDenied), _forbidden),
    (DomainError, _domain),
    (ValidationError, _row),
    ((ObjectDoesNotExist, Http404), not_found),
    (RequestDataTooBig, _too_large),
    ((HttpError, SuspiciousOperation, MultiPartParserError), _unreadable),
]
"""Which refusal each exception means. The first that fits holds."""


def install(api: NinjaAPI) -> None:
    """Let the API answer exceptions so; what is a fault of ours goes on to Django, which logs it."""

    def handle(request: HttpRequest, error: Any) -> HttpResponse:
        answer = explained(error)
        if answer is None:
            raise error
        return answer

    for kinds, _explain in EXPLAINED:
        for kind in kinds if isinstance(kinds, tuple) else (kinds,):
            api.add_exception_handler(kind, handle)
    api.add_exception_handler(Exception, handle)


def of_status(status: int) -> HttpResponse:
    """For what Django itself refused: a method that is not offered, a host that is not ours, a fault of ours."""
    words = {
        404: ("not_found", _("没有这个地址。")),
        405: ("method_not_allowed", _("这个地址不用这种方法，见 Allow。")),
        413: ("too_large", _("请求的内容太大。")),
    }
    if status >= 500:
        return problem(status, "server_error", _("系统出错了，已经记下。请稍后再试，还不行请找系统管理员。"))
    code, detail = words.get(status, ("unreadable", _("请求的内容读不出来，请核对格式。")))
    return problem(status, code, detail)
