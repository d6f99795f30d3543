"""Roles × actions, addresses × roles, services × roles: as tests/matrix_expectations.py says, and nothing left out.

A new action, address or service without a row there fails; so does a row whose action, address or service is gone.
Each try is undone, so that all are made on the same county.
"""

from __future__ import annotations

import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.transaction import Atomic
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

import luodi
from luodi.kernel import acts, queue, registry
from luodi.kernel.errors import Forbidden
from luodi.kernel.registry import DESK
from luodi.orgs.models import User
from luodi.orgs.rules import ACTIONS, SCOPES, Role
from luodi.projects.services.imports.wizard import batches_of
from tests import matrix_calls, matrix_world
from tests import matrix_expectations as expected
from tests.matrix_world import World
from tests.plugins.database import Built
from tools import permissions_page

SOURCE = Path(luodi.__file__).parent
ACTORS = sorted(expected.ACTORS)
API = "api-1"
"""Its operations have a matrix of their own: tests/test_api_matrix.py."""
SIGNED_IN = sorted(expected.SIGNED_IN)
ADMINISTRATORS = sorted(expected.ADMINISTRATORS)


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside is not done. Acts want to be outermost, and take this for a test's own frame."""
    frame = Atomic(DEFAULT_DB_ALIAS, savepoint=True, durable=False)
    frame._from_testcase = True  # type: ignore[attr-defined]  # as django.test.TestCase marks its own
    with frame:
        yield
        connection.set_rollback(True)


@pytest.fixture
def world(built: Built) -> World:
    return built(matrix_world.build)


# Roles × actions ------------------------------------------------------------------------------------------------------


def test_each_role_may_what_is_written() -> None:
    assert {role.value for role in Role} == expected.ROLES
    assert {name: {role.value for role in action.roles} for name, action in ACTIONS.items()} == expected.ACTIONS


def test_each_role_sees_as_far_as_is_written() -> None:
    written = {role: scope for scope, roles in expected.SCOPES.items() for role in roles}
    assert {role.value: scope.value for role, scope in SCOPES.items()} == written


ASKED = re.compile(r"\b(?:may|_must|require|why_not_work|who_may)\((?:[^()\"]|\([^()]*\))*\"([a-z_]+\.[a-z_]+)\"")
OF_THE_INSTALLATION = {"system.setup"}
"""Asked of the system itself; no person's role holds it."""


def test_every_action_is_asked_for_and_every_question_has_its_action() -> None:
    texts = [path.read_text(encoding="utf-8") for path in SOURCE.rglob("*.py") if "tests" not in path.parts]
    asked = {name for text in texts for name in ASKED.findall(text)}
    assert asked == set(ACTIONS) | OF_THE_INSTALLATION


def test_the_page_about_permissions_is_as_generated() -> None:
    assert permissions_page.PAGE.read_text(encoding="utf-8") == permissions_page.page(), (
        "run: python -m tools.permissions_page"
    )


# Addresses × actors ---------------------------------------------------------------------------------------------------


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            if entry.namespace != API:
                yield from patterns(entry)
        else:
            yield entry


def test_every_address_has_its_row() -> None:
    found = list(patterns(get_resolver()))
    assert [str(entry.pattern) for entry in found if not entry.name] == []
    assert {entry.name for entry in found} == {name for name, _what in [*expected.PAGES, *expected.DECISIONS]}


def test_an_address_of_a_project_is_tried_on_ones_own_and_a_foreign_one() -> None:
    tried: dict[str, set[str]] = {}
    for name, what in [*expected.PAGES, *expected.DECISIONS]:
        tried.setdefault(name, set()).add(what.partition(" ")[0])
    for entry in patterns(get_resolver()):
        of_project = "<uuid:" in str(entry.pattern) or entry.name in matrix_world.DECIDED
        if of_project:
            assert tried[str(entry.name)] >= {"own", "foreign"}, entry.name


class Buttons(HTMLParser):
    """The buttons of a page's main form, each with whether it can be pressed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside = False
        self.found: dict[str, bool] = {}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag == "form":
            self.inside = "ld-form" in (told.get("class") or "").split()
        elif tag == "button" and self.inside and told.get("type") == "submit":
            self.found[told.get("value") or ""] = "disabled" not in told

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False


def client_of(world: World, actor: str) -> Client:
    client = Client()
    if actor != "anonymous":
        client.force_login(world.actors[actor], backend="luodi.orgs.sessions.Accounts")
    return client


def asked(world: World, client: Client, name: str, what: str, *, post: bool) -> Any:
    """Open an address, or send to it; what that does is undone, signing out included."""
    url = reverse(name, args=matrix_world.arguments(world, name, what))
    if name == "evidence_file":
        matrix_world.store_file(world, what)
    if name == "readyz":
        queue.say_alive()
    cookies = dict(client.cookies)
    with undone():
        data = {"request_key": str(uuid4()), **matrix_world.sent(world, name)}
        answer = client.post(url, data) if post else client.get(url)
        if answer.streaming:
            b"".join(answer)
    client.cookies.clear()
    client.cookies.update(cookies)
    return answer


def outcome(answer: Any, *, post: bool) -> str:
    if answer.status_code == 302:
        to_sign_in = answer["Location"].startswith(reverse("sign_in"))
        return "sign-in" if to_sign_in else "open" if post else "moved"
    if answer.status_code in (403, 404):
        return {403: "refused", 404: "hidden"}[answer.status_code]
    assert answer.status_code == 200, (answer.status_code, answer.content.decode()[:400])
    buttons = {} if answer.streaming else Buttons(answer.content.decode(errors="replace")).found
    return "told" if buttons and not any(buttons.values()) else "open"


def reasons(answer: Any) -> list[str]:
    """Why this person may not, as the page was given it."""
    context = answer.context
    return [choice.why for choice in context["choices"]] if "choices" in context else [context["page"].why]


@pytest.mark.slow
@pytest.mark.parametrize("actor", ACTORS)
def test_every_address_answers_as_written(world: World, actor: str) -> None:
    client, wrong = client_of(world, actor), []
    for (name, what), row in expected.PAGES.items():
        answer = asked(world, client, name, what, post=row.post)
        got = outcome(answer, post=row.post and name != "set_language")
        if got != row.expected(actor):
            wrong.append(f"{name} {what}: {got}, not {row.expected(actor)}")
        elif got == "told" and not all(why and why in answer.content.decode() for why in reasons(answer)):
            wrong.append(f"{name} {what}: does not say why not")
    assert wrong == []


@pytest.mark.slow
@pytest.mark.parametrize("actor", ACTORS)
def test_every_decision_is_offered_to_whom_it_is_written(world: World, actor: str) -> None:
    client, wrong = client_of(world, actor), []
    for (name, what), row in expected.DECISIONS.items():
        answer = asked(world, client, name, what, post=False)
        got = outcome(answer, post=False)
        pressed = {code for code, can in Buttons(answer.content.decode()).found.items() if can}
        if (got, pressed) != (row.expected(actor), row.pressed_by(actor)):
            right = f"{row.expected(actor)} {sorted(row.pressed_by(actor))}"
            wrong.append(f"{name} {what}: {got} {sorted(pressed)}, not {right}")
        elif got == "told" and not all(why and why in answer.content.decode() for why in reasons(answer)):
            wrong.append(f"{name} {what}: does not say why not")
    assert wrong == []


@pytest.mark.slow
def test_nothing_is_done_by_a_link(world: World) -> None:
    who_signs_out = {"county_leader"}
    for (name, what), row in expected.PAGES.items():
        if row.post and name != "set_language":  # Django's own, which by GET changes nothing and leads back
            actor = min(row.open or who_signs_out)
            assert asked(world, client_of(world, actor), name, what, post=False).status_code == 405, name


@pytest.mark.slow
def test_who_is_refused_is_told_who_may(world: World) -> None:
    client = client_of(world, "bank_clerk")
    for name in ("unit_list", "account_list", "project_export", "project_new", "import_list", "audit_log"):
        page = asked(world, client, name, "", post=False).content.decode()
        assert "这件事归" in page, name


# Services × actors ----------------------------------------------------------------------------------------------------


def services() -> dict[str, Callable[..., Any]]:
    """Every public function of a services module that is told who acts: by `projects.gates.gate_ask` and the like."""
    found: dict[str, Callable[..., Any]] = {}
    for module in pkgutil.walk_packages(luodi.__path__, "luodi."):
        if "services" not in module.name.split(".") or "tests" in module.name.split("."):
            continue
        for name, function in inspect.getmembers(import_module(module.name), inspect.isfunction):
            told = inspect.signature(function).parameters.get("by")
            own = function.__module__ == module.name and not name.startswith("_")
            if own and told is not None and told.kind is inspect.Parameter.KEYWORD_ONLY:
                found[f"{short(module.name)}.{name}"] = function
    return found


def short(module: str) -> str:
    return ".".join(part for part in module.split(".")[1:] if part != "services")


def test_every_service_has_its_row() -> None:
    assert set(services()) == {name for name, _what in expected.SERVICES} | set(expected.INNER)
    assert not {name for name, _what in expected.SERVICES} & set(expected.INNER)


def test_every_service_has_a_name_in_the_audit_log() -> None:
    names = {f"{service.__module__.removeprefix('luodi.')}.{service.__name__}" for service in services().values()}
    assert names == {name for name in registry.ACTS if not name.startswith("demo.")}
    assert set(registry.FORMER_ACTS.values()) <= names
    assert not set(registry.FORMER_ACTS) & names


def tried(world: World, actor: str, service: Callable[..., Any], name: str, what: str) -> str:
    """Whether it was done: "" or the refusal. Any other error shows, since the arguments are valid."""
    return tried_by(User.objects.get(pk=world.actors[actor].pk), world, service, name, what)


def tried_by(by: User, world: World, service: Callable[..., Any], name: str, what: str) -> str:
    """The same by an account, which may be in a deputy's hands."""
    with undone():
        arguments = matrix_calls.call(world, name, what)
        try:
            acts.run(service, by=by, reason=matrix_world.REASON, **arguments)
        except (Forbidden, ObjectDoesNotExist) as refusal:
            return type(refusal).__name__
    return ""


@pytest.mark.slow
@pytest.mark.parametrize("actor", SIGNED_IN)
def test_every_service_does_it_for_whom_it_is_written(world: World, actor: str) -> None:
    found, wrong = services(), []
    for (name, what), may in expected.SERVICES.items():
        refusal = tried(world, actor, found[name], name, what)
        if (actor in may) != (not refusal):
            wrong.append(f"{name} {what}: {refusal or 'done'}")
    assert wrong == []


# Administrators -------------------------------------------------------------------------------------------------------


def guarded_reads() -> dict[str, Any]:
    managers = {model.__name__: model._default_manager for model in apps.get_models()}
    return {name: manager.visible_to for name, manager in managers.items() if hasattr(manager, "visible_to")}


@pytest.mark.slow
@pytest.mark.parametrize("actor", ADMINISTRATORS)
def test_an_administrator_sees_no_business_row(world: World, actor: str) -> None:
    user, leader = world.actors[actor], world.actors["county_leader"]
    reads = guarded_reads()
    assert set(reads) >= {"Project", "Subject", "Evidence", "Fact", "Unit", "Member", "Company"}
    for name, visible in reads.items():
        assert visible(leader).exists(), f"{name}: nothing is proved where there is nothing to see"
        assert not visible(user).exists(), name
    assert not batches_of(user).exists()
    assert [line for source in DESK for line in source(user)] == []


@pytest.mark.slow
@pytest.mark.parametrize("actor", ADMINISTRATORS)
def test_no_page_of_an_administrator_names_a_project_or_company(world: World, actor: str) -> None:
    client, names = client_of(world, actor), matrix_world.business_names()
    opened = []
    for (name, what), row in expected.PAGES.items():
        if row.expected(actor) == "open" and name not in {"password_change", "password_change_done"}:
            page = asked(world, client, name, what, post=row.post).content.decode()
            assert [text for text in names if text in page] == [], name
            opened.append(name)
    assert len(opened) > 2
