"""Reads and writes of the API, each with what it needs of the caller, and what it may answer."""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Annotated, Any, Literal, Protocol
from uuid import UUID, uuid5

from django.core.files.uploadedfile import UploadedFile as Uploaded
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from ninja import Header, Path, Router, Status, UploadedFile
from ninja.decorators import decorate_view
from ninja.params import functions
from pydantic import Field

from luodi.kernel import acts
from luodi.kernel.acts import Actor
from luodi.kernel.api.fields import LARGEST_ID, Fields, body_of, bound
from luodi.kernel.api.problems import Fault, Invalid, Problem, Refusal
from luodi.kernel.http import ActForm
from luodi.kernel.models import RequestKey

Given = dict[str, Any]
REFUSALS = (401, 403, 404, 422, 429)
KEYS = UUID("6d1a1f0e-6a63-4d0b-9f0e-1c0a86c8e3d5")
"""Under which a caller's keys are his own: two callers may take the same UUID."""


class Caller(Protocol):
    """Who asks: a person, as far as his token reaches."""

    @property
    def user(self) -> Any: ...

    def require(self, *actions: str) -> None:
        """Raise PermissionDenied where no role of his may any of them, Refusal 403 "scope_missing" where his token may not."""

    def reach(self, actions: Sequence[str]) -> None:
        """Raise Refusal 403 "scope_missing" where none of the actions is within the token's scopes."""


class ApiRequest(HttpRequest):
    """A request that passed authentication. For annotations."""

    auth: Caller


def answers(out: Any, *statuses: int, status: int = 200) -> dict[int, Any]:
    """What an operation may answer: its own, and the refusals."""
    return {status: out, **dict.fromkeys(sorted({*REFUSALS, *statuses}), Problem)}


# Reads --------------------------------------------------------------------------------------------------------------


def read(router: Router, path: str, out: Any, *, action: str, **more: Any) -> Callable[[Any], Any]:
    """Offer a GET to whoever may `action`. Parameters that nobody knows are refused: a slip in a filter must not
    answer with everything."""

    def add(view: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(view, eval_str=True)
        parameters = more.pop("parameters", None) or set(signature.parameters)

        @wraps(view)
        def checked(request: ApiRequest, **values: Any) -> Any:
            _refuse_unknown(request.GET, parameters)
            request.auth.require(action)
            return view(request, **values)

        checked.__signature__ = signature  # type: ignore[attr-defined]  # ninja would read names in this module's light
        extra = {"x-permission": [action], **more.pop("openapi_extra", {})}
        router.add_api_operation(
            path, ["GET"], checked, response=more.pop("response", None) or answers(out), operation_id=view.__name__,
            url_name=view.__name__, summary=_summary(view), openapi_extra=extra, **more,
        )  # fmt: skip
        return view

    return add


def _summary(view: Callable[..., Any]) -> str:
    return (inspect.getdoc(view) or "").partition("\n")[0]


def _refuse_unknown(query: QueryDict, known: set[str]) -> None:
    said = _("没有这个参数。")
    found = [Fault(pointer=f"?{name}", code="parameter_unknown", detail=said) for name in query if name not in known]
    if found:
        raise Refusal(422, "parameter_unknown", said, found)


# Writes -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sent:
    """One request to write, as its operation's own functions see it."""

    user: Any
    row: Any
    form: Any
    told: Given
    """The form's cleaned values, without the hidden ones."""
    seen: int | None
    more: Given
    """Parts of the body that are no field of the form, the path's own parameters, and `prepared`."""
    names: frozenset[str] = frozenset()
    """What the body named, whatever it said of it."""


def straight(sent: Sent) -> Given:
    """The form's values are the service's arguments."""
    return sent.told


@dataclass(frozen=True, slots=True)
class Write:
    """An operation that writes: a path, the form whose fields it takes, and the one service that it runs.

    `actions` are the permissions of which the service asks one; they give the token's scope. `find` gives the row among
    what the person may see; its id goes to the service as `target`. `edits`: If-Match must name the row's version,
    which the service takes as `seen`. `fields`: only these of the form. `more`: parts of the body that are no field.
    `receiver` takes the file in where it must not touch the disk. `prepare` is long work that is done before the act, and given as `more["prepared"]`.
    """

    name: str
    path: str
    service: Callable[..., Any]
    actions: tuple[str, ...]
    out: Any
    summary: str
    form: type[ActForm] | None = None
    make: Callable[[type[Any], Any, Any], Callable[..., Any]] | None = None
    find: Callable[[Any, Given], Any] | None = None
    target: str = ""
    arguments: Callable[[Sent], Given] = straight
    method: Literal["POST", "PATCH"] = "POST"
    edits: bool = False
    more_statuses: tuple[int, ...] = ()
    fields: tuple[str, ...] | None = None
    drawn: Callable[[], Fields] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    kept: Callable[[Any], Given] | None = None
    file: str = ""
    receiver: Callable[[HttpRequest], FileUploadHandler] | None = None
    prepare: Callable[[Sent], Any] | None = None
    creates: bool = False

    @property
    def asked(self) -> Fields:
        """The form's fields that the body has."""
        if self.form is None:
            return {}
        every: Fields = self.drawn() if self.drawn else self.form.base_fields
        return {name: one for name, one in every.items() if self.fields is None or name in self.fields}

    @property
    def statuses(self) -> tuple[int, ...]:
        found = {400, 409, *self.more_statuses} | ({412, 428} if self.edits else set())
        return tuple(sorted({*found, 413} if self.asked else found))


def offer(router: Router, *writes: Write) -> None:
    """Offer writes on a router."""
    for write in writes:
        status = 201 if write.creates else 200
        router.add_api_operation(
            write.path,
            [write.method],
            _view(write),
            response=answers(write.out, *write.statuses, status=status),
            operation_id=write.name,
            url_name=write.name,
            summary=write.summary,
            openapi_extra={"x-permission": list(write.actions)},
        )


KeyHeader = Annotated[
    UUID,
    Header(
        ...,
        alias="Idempotency-Key",
        description="A new UUID for each thing to be done; the same again for the same request, which then is done once.",
    ),
]
OptionalKey = Annotated[UUID | None, Header(None, alias="Idempotency-Key", description="As for POST; optional here.")]
MatchHeader = Annotated[
    Annotated[str, Field(pattern=r'^"\d{1,9}"$')],
    Header(..., alias="If-Match", description='The version that you saw, as ETag tells it: "3".'),
]
NumberPath = Annotated[int, Path(ge=1, le=LARGEST_ID)]
FORM: Any = functions.Form(...)
BODY: Any = functions.Body(...)
TYPES: dict[str, Any] = {"uuid": UUID, "int": NumberPath, "slug": str}


def _view(write: Write) -> Callable[..., Any]:
    """A function of the shape that the operation has, so that the framework reads, checks and documents it."""
    more = dict(write.more)
    partial = write.method == "PATCH"
    body = body_of(f"{_camel(write.name)}In", write.asked, partial=partial, more=more)
    parameters = [_parameter("request", inspect.Parameter.empty), _parameter("response", HttpResponse)]
    paths = path_parameters(write.path)
    parameters += [_parameter(name, kind) for name, kind in paths.items()]
    parameters.append(_parameter("key", OptionalKey if partial else KeyHeader))
    if write.edits:
        parameters.append(_parameter("match", MatchHeader))
    if body is not None:
        parameters.append(_parameter("body", Annotated[body, FORM if write.file else BODY]))
    if write.file:
        parameters.append(_parameter("upload", Annotated[UploadedFile, functions.File(..., alias=write.file)]))

    def view(request: ApiRequest, **values: Any) -> Any:
        return _perform(write, request, values, set(paths))

    view.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    view.__name__ = write.name
    view.__doc__ = write.summary
    return decorate_view(_received_by(write.receiver))(view) if write.receiver else view


def _received_by(receiver: Callable[[HttpRequest], FileUploadHandler]) -> Callable[[Any], Any]:
    """Settle how a file is taken in, before anything reads the request."""

    def decorated(run: Callable[..., Any]) -> Callable[..., Any]:
        def received(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            request.upload_handlers = [receiver(request)]
            return run(request, *args, **kwargs)

        return received

    return decorated


def path_parameters(path: str) -> dict[str, Any]:
    found = [part.strip("{}").partition(":") for part in path.split("/") if part.startswith("{")]
    return {name: TYPES[kind] for kind, _colon, name in found}


def _parameter(name: str, annotation: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation)


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _perform(write: Write, request: ApiRequest, values: Given, paths: set[str]) -> Any:
    if write.find is None:
        request.auth.require(*write.actions)
    request.auth.reach(write.actions)
    user = request.auth.user
    told = values["body"].model_dump(exclude_unset=True) if "body" in values else {}
    upload: Uploaded[Any] | None = values.get("upload")
    seen = int(values["match"].strip('"')) if write.edits else None
    path = {name: values[name] for name in paths}
    key = uuid5(KEYS, f"{user.audit_name} {values['key']}") if values["key"] else None
    asked = {"operation": write.name, "path": path, "told": told, "seen": seen, "file": _told_of(upload)}
    prepared = None
    if write.prepare and not (key and RequestKey.objects.filter(pk=key).exists()):
        prepared = write.prepare(_sent(write, user, path, told, upload, seen))

    def work() -> Any:
        sent = _sent(write, user, {**path, "prepared": prepared}, told, upload, seen)
        return _ran(write, sent)

    answer = acts.run(requested, by=user, key=key, asked=asked, work=work)
    if hasattr(answer, "version"):
        values["response"]["ETag"] = f'"{answer.version}"'
    return Status(201 if write.creates else 200, answer)


def requested(*, by: Actor, asked: Given, work: Callable[[], Any]) -> Any:
    """A request as one act. Its key is claimed before anything is looked up: the same request sent again answers as
    the first did, also where the first has changed what it would find. The audit names the service within."""
    return work()


def _sent(write: Write, user: Any, path: Given, told: Given, upload: Uploaded[Any] | None, seen: int | None) -> Sent:
    row = write.find(user, path) if write.find else None
    more = path | {name: told[name] for name in write.more if name in told}
    form = _form(write, user, row, told, upload, seen)
    cleaned = form.arguments() if form else {}
    cleaned.pop("seen", None)
    wanted = {name: value for name, value in cleaned.items() if write.fields is None or name in write.fields}
    return Sent(user, row, form, wanted, seen, more, frozenset(told))


def _form(
    write: Write, user: Any, row: Any, told: Given, upload: Uploaded[Any] | None, seen: int | None
) -> ActForm | None:
    """The page's own form, bound to what was sent. Raises Invalid where it says no."""
    if write.form is None:
        return None
    make = write.make(write.form, user, row) if write.make else write.form
    empty: ActForm = make()
    kept = write.kept(row) if write.kept else {}
    data = bound(empty.fields, told, kept)
    data["request_key"] = str(KEYS)
    data["version"] = str(seen or 0)
    files = MultiValueDict({write.file: [upload]} if upload is not None else {})
    form: ActForm = make(data, files, initial=kept)
    if not form.is_valid():
        raise Invalid(form)
    return form


def _ran(write: Write, sent: Sent) -> Any:
    arguments = dict(write.arguments(sent))
    reason = arguments.pop("reason", "")
    if write.target:
        arguments[write.target] = sent.row.pk
    if "seen" in inspect.signature(write.service).parameters:
        arguments.setdefault("seen", sent.seen)
    return acts.run(write.service, by=sent.user, reason=reason, **arguments)


def _told_of(upload: Uploaded[Any] | None) -> list[Any]:
    """Name and hash of a file, by which the same request is known again."""
    if upload is None:
        return []
    digest = hashlib.sha256()
    for chunk in upload.chunks():
        digest.update(chunk)
    upload.seek(0)
    return [upload.name, digest.hexdigest()]
