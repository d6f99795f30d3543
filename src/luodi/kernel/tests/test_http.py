"""From a form to an act and back."""

from __future__ import annotations

from typing import Any

import pytest
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import RequestFactory

from luodi.kernel.acts import Actor, System
from luodi.kernel.errors import DomainError, Forbidden, StaleVersion
from luodi.kernel.http import ActForm, AuthedRequest, EditForm, Outcome, perform, sent
from luodi.kernel.models import CalendarYear, RequestKey

pytestmark = pytest.mark.django_db


class NameForm(ActForm):
    name = forms.CharField(max_length=10)


class RenameForm(EditForm):
    name = forms.CharField(max_length=10)


def request_of(**data: str) -> AuthedRequest:
    request: Any = RequestFactory().post("/things/", data)
    request.user = System("tester")
    return request  # type: ignore[no-any-return]


def filled(form: type[ActForm], **data: str) -> dict[str, str]:
    return {"request_key": str(form()["request_key"].value()), "name": "甲", **data}


def act(service: Any, form: type[ActForm] = NameForm, **data: str) -> tuple[Outcome[Any], ActForm]:
    request = request_of(**filled(form, **data))
    bound = form(sent(request))
    return perform(request, service, bound, **bound.arguments()), bound


def greet(*, by: Actor, name: str, seen: int = 0) -> str:
    return f"{by.audit_name} {name}"


def test_a_good_form_gives_the_services_answer() -> None:
    outcome, _form = act(greet)
    assert outcome.ok
    assert outcome.value == "system:tester 甲"


def test_the_version_goes_to_the_service_as_seen() -> None:
    def service(*, by: Actor, name: str, seen: int) -> int:
        return seen

    outcome, _form = act(service, RenameForm, version="7")
    assert outcome.value == 7


def test_each_shown_form_has_its_own_key_and_keeps_it_while_it_is_shown() -> None:
    first, second = NameForm(), NameForm()
    assert first["request_key"].value() == first["request_key"].value() != second["request_key"].value()


def test_the_same_form_twice_acts_once_and_a_changed_one_acts_again() -> None:
    done: list[str] = []

    def service(*, by: Actor, name: str) -> int:
        done.append(name)
        return len(done)

    data = filled(NameForm)
    for said, expected in [({}, 1), ({}, 1), ({"name": "乙"}, 2), ({}, 1)]:
        request = request_of(**data | said)
        form = NameForm(sent(request))
        assert perform(request, service, form, **form.arguments()).value == expected
    assert done == ["甲", "乙"]
    assert RequestKey.objects.count() == 2


def test_a_refused_form_can_be_sent_again() -> None:
    answers = iter([DomainError("no", "不行"), None])

    def service(*, by: Actor, name: str) -> str:
        if error := next(answers):
            raise error
        return "done"

    data = filled(NameForm)
    outcomes = []
    for _time in (1, 2):
        request = request_of(**data)
        form = NameForm(sent(request))
        outcomes.append(perform(request, service, form, **form.arguments()).ok)
    assert outcomes == [False, True]


@pytest.mark.parametrize(("field", "beside"), [("name", "name"), ("", "__all__"), ("elsewhere", "__all__")])
def test_a_refusal_stands_beside_its_field(field: str, beside: str) -> None:
    def service(*, by: Actor, name: str) -> None:
        raise DomainError("no", "不行", field=field)

    outcome, form = act(service)
    assert not outcome.ok
    assert form.errors == {beside: ["不行"]}
    with pytest.raises(ValueError, match="no answer"):
        _ = outcome.value


def test_who_may_not_gets_the_403_page_and_what_is_not_there_the_404() -> None:
    def forbidden(*, by: Actor, name: str) -> None:
        raise Forbidden("归项目办办。")

    def missing(*, by: Actor, name: str) -> None:
        CalendarYear.objects.get(year=1)

    with pytest.raises(PermissionDenied, match="归项目办办"):
        act(forbidden)
    with pytest.raises(Http404):
        act(missing)


def test_a_conflict_keeps_the_present_row_and_takes_its_version() -> None:
    class Row:
        version = 9

    def service(*, by: Actor, name: str, seen: int) -> None:
        raise StaleVersion("别人也改了", current=Row())

    outcome, form = act(service, RenameForm, version="7")
    assert not outcome.ok
    assert form.conflict.version == 9
    assert form["version"].value() == "9"
    assert form["name"].value() == "甲"


def test_faults_of_the_rows_own_fields_stand_beside_them() -> None:
    def service(*, by: Actor, name: str) -> None:
        raise ValidationError({"name": ["太长"], "hidden": ["也不对"]})

    _outcome, form = act(service)
    assert form.errors == {"name": ["太长"], "__all__": ["也不对"]}


@pytest.mark.parametrize("wrong", [{"request_key": ""}, {"request_key": "x"}, {"version": ""}, {"version": "x"}])
def test_a_broken_hidden_field_is_told_of_the_whole_form(wrong: dict[str, str]) -> None:
    outcome, form = act(greet, RenameForm, **{"version": "1"} | wrong)
    assert not outcome.ok
    assert list(form.errors) == ["__all__"]


def test_a_wrong_form_runs_nothing() -> None:
    def service(*, by: Actor, name: str) -> None:
        raise AssertionError("must not run")

    outcome, form = act(service, name="")
    assert not outcome.ok
    assert list(form.errors) == ["name"]


def test_nobody_acts_anonymously() -> None:
    request: Any = request_of(**filled(NameForm))
    request.user = AnonymousUser()
    with pytest.raises(AttributeError):
        perform(request, greet, NameForm(sent(request)), name="甲")
