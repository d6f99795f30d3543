from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from django.urls import path

from luodi.kernel.registry import NavEntry
from luodi.web import context, gallery

urlpatterns = [
    path(route, gallery.components, name=name)
    for route, name in [("", "desk"), ("projects/", "projects"), ("projects/map/", "map"), ("units/", "units")]
]
ENTRIES = [
    NavEntry("admin", 50, "单位", "units", action="units.manage"),
    NavEntry("build", 31, "地图", "map"),
    NavEntry("build", 30, "项目库", "projects", "p"),
    NavEntry("desk", 1, "今天", "desk", "h"),
]


class Person(SimpleNamespace):
    def __str__(self) -> str:
        return str(self.name)


@dataclass
class Account:
    actions: set[str] = field(default_factory=set)
    is_authenticated: bool = True
    acting: str = ""
    member: Any = field(
        default_factory=lambda: Person(
            name="赵四", unit=SimpleNamespace(short="发改局"), region=SimpleNamespace(name="柏川县")
        )
    )

    def may(self, action: str) -> bool:
        return action in self.actions


@pytest.fixture(autouse=True)
def _pages(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(context, "NAV", ENTRIES)
    with override_settings(ROOT_URLCONF=__name__):
        yield


def request_of(user: object, address: str = "/") -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = user  # type: ignore[assignment]  # only what ShellUser asks
    return request


def shell(user: object, address: str = "/") -> Any:
    return context.shell(request_of(user, address))["shell"]


def test_a_group_without_a_page_that_i_may_open_is_not_shown() -> None:
    assert [g.key for g in shell(Account()).groups] == ["desk", "build"]
    assert [g.key for g in shell(Account({"units.manage"})).groups] == ["desk", "build", "admin"]


def test_pages_stand_in_their_order() -> None:
    assert [str(p.label) for p in shell(Account()).groups[1].pages] == ["项目库", "地图"]


@pytest.mark.parametrize(
    ("address", "page"), [("/", "今天"), ("/projects/12/", "项目库"), ("/projects/map/", "地图"), ("/elsewhere/", None)]
)
def test_the_page_is_known_by_its_address(address: str, page: str | None) -> None:
    current = shell(Account(), address).current
    assert (current and next(p.label for p in current.pages if p.current)) == page


def test_it_says_who_i_am_and_in_which_county() -> None:
    frame = shell(Account())
    assert (frame.user_name, frame.user_unit, frame.region) == ("赵四", "发改局", "柏川县")


def test_nobody_signed_in_has_no_frame() -> None:
    assert not shell(AnonymousUser())
