"""The frame of every page: which pages this person may open, and who they are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from luodi.kernel.registry import NAV, SEARCH, NavEntry
from luodi.web.parts import Shell, ShellGroup, ShellPage, ShellUser

GROUPS = {
    "desk": _("工作台"),
    "win": _("引得来"),
    "keep": _("留得住"),
    "build": _("建设好"),
    "steer": _("管起来"),
    "admin": _("系统"),
}


def shell(request: HttpRequest) -> dict[str, object]:
    """`shell` for the templates; None while nobody is signed in. Reckoned only when a template asks for it."""
    return {"shell": SimpleLazyObject(lambda: _shell(request))}


def _shell(request: HttpRequest) -> Shell | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    return shell_of(cast(ShellUser, user), path=request.path, typed=request.GET.get("q", ""))


def shell_of(user: ShellUser, *, path: str, typed: str = "") -> Shell:
    entries = openable(NAV, user)
    search_url = reverse("search") if any(user.may(source.action) for source in SEARCH.values()) else ""
    return Shell(
        groups=grouped(entries, current=current_url(entries, path)),
        user_name=str(user.member),
        user_unit=user.member.unit.short,
        region=user.member.region.name,
        search_url=search_url,
        searched=typed if path == search_url else "",
        acting=user.acting,
    )


def openable(entries: Iterable[NavEntry], user: ShellUser) -> list[NavEntry]:
    return sorted((e for e in entries if not e.action or user.may(e.action)), key=lambda e: e.order)


def current_url(entries: Iterable[NavEntry], path: str) -> str:
    """The page under which `path` lies: the longest address that begins it (the root only for itself)."""
    urls = {reverse(e.url_name) for e in entries}
    under = [url for url in urls if path == url or (url != get_script_prefix() and path.startswith(url))]
    return max(under, key=len, default="")


def grouped(entries: Iterable[NavEntry], *, current: str) -> list[ShellGroup]:
    """The groups that have at least one page, in the order of the rail."""
    pages: dict[str, list[ShellPage]] = {key: [] for key in GROUPS}
    for entry in entries:
        url = reverse(entry.url_name)
        pages[entry.group].append(ShellPage(entry.label, url, entry.letter, current=url == current))
    return [
        ShellGroup(key, label, pages[key][0].url, pages[key], current=any(p.current for p in pages[key]))
        for key, label in GROUPS.items()
        if pages[key]
    ]
