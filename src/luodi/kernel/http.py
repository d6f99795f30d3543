"""From a page's form to an act and back: the one way in which views write.

    class RenameForm(EditForm):
        name = forms.CharField(label=_("名称"), max_length=80)

    def rename(request: AuthedRequest, pk: int) -> HttpResponse:
        unit = get_object_or_404(Unit.objects.visible_to(request.user), pk=pk)
        form = RenameForm(sent(request), initial={"version": unit.version, "name": unit.name})
        if request.method == "POST":
            outcome = perform(request, unit_rename, form, unit_id=pk, **form.arguments())
            if outcome.ok:
                return redirect("unit_page", outcome.value.pk)
        return shown(request, "orgs/rename.html", form, unit=unit)

The template draws the hidden fields with `{% for bound in form.hidden_fields %}{{ bound }}{% endfor %}`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from uuid import UUID, uuid4, uuid5

from django import forms
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from luodi.kernel import acts, audit, canonical, words
from luodi.kernel.errors import DomainError, Forbidden, HeldBack, StaleVersion
from luodi.kernel.models import Versioned
from luodi.kernel.personal import PersonalField
from luodi.kernel.words import Worded

if TYPE_CHECKING:
    from django.contrib.auth.models import _User  # mypy's plugin reads the configured account model into it

T = TypeVar("T")
UNPROCESSABLE = 422
HIDDEN_FIELDS = ("request_key", "version")
INCOMPLETE = {"required": _("表单不完整，请刷新这一页再填。"), "invalid": _("表单不完整，请刷新这一页再填。")}


class AuthedRequest(HttpRequest):
    """A request that passed orgs' `SignedIn`: its user is an account, never anonymous. For annotations."""

    user: _User


class ActForm(Worded, forms.Form):
    """A form whose sending is one act. `request_key` is made when the form is shown, so that sending it twice acts once."""

    request_key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4, error_messages=INCOMPLETE)
    conflict: Any = None
    """After a StaleVersion: the row as it stands now, for `{% diff_table %}`. Sending again then replaces it."""

    def full_clean(self) -> None:
        """What is wrong with a hidden field is said of the whole form: nobody can see the field."""
        super().full_clean()
        faults = [self.errors.pop(name) for name in list(self.errors) if name in HIDDEN_FIELDS]
        if faults:
            self.add_error(None, ValidationError(faults[0].data))

    def opened_with(self, row: Any) -> dict[str, Any]:
        """What the hidden fields say of the row that the form shows, so that it can be told whether it moved on."""
        return {"version": row.version}

    def arguments(self) -> dict[str, Any]:
        """The cleaned values as arguments of the service, without the hidden ones (incomplete while the form is wrong)."""
        right = self.is_valid()
        told = {name: value for name, value in self.cleaned_data.items() if name not in HIDDEN_FIELDS}
        return self.meaning(told) if right else told

    def meaning(self, told: dict[str, Any]) -> dict[str, Any]:
        """What the cleaned values of a right form mean to the service, for page and API alike. As they stand, unless a form
        says otherwise."""
        return told


class EditForm(ActForm):
    """A form that changes a Versioned row: give `initial={"version": row.version}`; the service takes it as `seen`."""

    version = forms.IntegerField(widget=forms.HiddenInput, error_messages=INCOMPLETE)

    def arguments(self) -> dict[str, Any]:
        found = super().arguments()
        return found | {"seen": self.cleaned_data.get("version")}

    def shown_of(self, row: Any) -> dict[str, Any]:
        """What the form shows at first of a row, by field. Forms whose fields are not the row's own say it themselves."""
        plain = {f.name for f in row._meta.concrete_fields if not f.is_relation and not isinstance(f, PersonalField)}
        return {name: getattr(row, name) for name in self.fields if name in plain - set(HIDDEN_FIELDS)}

    def differences(self) -> list[tuple[Any, str, str]]:
        """After a conflict: label, mine and theirs of each field in which the two differ."""
        found = []
        for name, value in self.shown_of(self.conflict).items():
            if name in self.fields and name not in HIDDEN_FIELDS:
                field = self.fields[name]
                mine, theirs = _sent_of(self, name), _as_sent(field, value)
                if mine != theirs:
                    named = {str(code): str(label) for code, label in getattr(field, "choices", ())}
                    found.append((field.label, named.get(mine, mine), named.get(theirs, theirs)))
        return found


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What came of a form: done, with the service's answer, or refused, with the reasons in the form."""

    ok: bool
    answer: T | None = None

    @property
    def value(self) -> T:
        """The service's answer. Only for an outcome that is ok."""
        if not self.ok:
            raise ValueError("a refused act has no answer")
        return self.answer  # type: ignore[return-value]  # a service may well answer None, and then T is None


def perform(
    request: AuthedRequest, service: Callable[..., T], form: ActForm, *, reason: str = "", **arguments: Any
) -> Outcome[T]:
    """Run `service` as one act by the signed-in user, once for one sending of the form.

    A refusal goes into the form: beside its field where it names one, else over the whole form; StaleVersion leaves
    the present row in `form.conflict`, and the form then carries the present version, so that who has compared both
    can send again. The same form sent again unchanged gives the first answer; changed, it is a new act. A form that is
    only shown again (`acts.holding_back`) is not ok, and has no reason against it.

    Raises PermissionDenied for Forbidden (the 403 page tells the message), and Http404 where the service finds no
    such visible row.
    """
    if not form.is_valid():
        return Outcome(ok=False)
    key = _key_of(request, form.cleaned_data["request_key"])
    try:
        answer = acts.run(service, by=request.user, reason=reason, key=key, **arguments)
    except Forbidden as error:
        raise PermissionDenied(str(error.message)) from error
    except ObjectDoesNotExist as error:
        raise Http404 from error
    except HeldBack:
        return Outcome(ok=False)
    except StaleVersion as error:
        _take_conflict(form, error)
    except DomainError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error.message))
    except ValidationError as error:
        _add_faults(form, error)
    else:
        return Outcome(ok=True, answer=answer)
    return Outcome(ok=False)


def sent(request: HttpRequest) -> QueryDict | None:
    """What was sent, for a form that is bound only when it was: `RenameForm(sent(request), initial=…)`."""
    return request.POST if request.method == "POST" else None


def shown(request: HttpRequest, template: str, form: forms.BaseForm, /, **context: Any) -> HttpResponse:
    """Render a page with `form`; status 422 where the form was refused, so that htmx and tests can tell."""
    status = UNPROCESSABLE if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def _key_of(request: HttpRequest, request_key: UUID) -> UUID:
    """The act's key: the form's own with what was sent. Going back, changing a field and sending again is a new act."""
    sent = {name: values for name, values in request.POST.lists() if name != "csrfmiddlewaretoken"}
    files = [[name, file.name, file.size] for name, files in request.FILES.lists() for file in files]
    return uuid5(request_key, canonical.dumps([request.path, sent, files]))


def _take_conflict(form: ActForm, error: StaleVersion) -> None:
    form.conflict = error.current
    data = QueryDict(mutable=True)
    data.update(form.data)
    if isinstance(form, EditForm) and isinstance(error.current, Versioned):
        data.update(_left_alone(form, error.current))
    data.update({form.add_prefix(name): str(value) for name, value in form.opened_with(error.current).items()})
    form.data = data
    form.add_error(None, str(error.message))


def _left_alone(form: EditForm, current: Any) -> dict[str, str]:
    """The fields that the sender left as he found them, each with what the other saved meanwhile: sending again must not
    undo what he never touched."""
    opened = audit.row_of_version(type(current), current.pk, form.cleaned_data["version"])
    if opened is None:
        return {}
    was, now = form.shown_of(opened), form.shown_of(current)
    untouched = [
        name
        for name in was
        if name in form.fields
        and name not in HIDDEN_FIELDS
        and _sent_of(form, name) == _as_sent(form.fields[name], was[name])
    ]
    return {form.add_prefix(name): _as_sent(form.fields[name], now[name]) for name in untouched}


def _sent_of(form: forms.Form, name: str) -> str:
    raw = form.fields[name].widget.value_from_datadict(form.data, form.files, form.add_prefix(name))
    return "" if raw is None else str(raw).replace("\r\n", "\n").strip()


def _as_sent(field: forms.Field, value: Any) -> str:
    """What a browser sends of a field that shows this value and is left alone."""
    drawn = field.widget.format_value(field.prepare_value(value))
    if isinstance(drawn, list):
        drawn = drawn[0] if drawn else ""
    return "" if drawn is None else str(drawn).replace("\r\n", "\n").strip()


def _add_faults(form: ActForm, error: ValidationError) -> None:
    """A row that its own fields refuse (too long, not one of the choices)."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, faults in error.error_dict.items():
        field = form.fields.get(name)
        said = words.of_row(faults, label=str(field.label or name)) if field else faults
        form.add_error(name if field else None, said)
