"""The page of one act: what it will do, its form, what somebody else did meanwhile."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict

from luodi.kernel.http import ActForm, shown
from luodi.web.parts import DiffRow, Text


def act_page(
    request: HttpRequest, form: ActForm, *, title: Text, button: Text, back: str, intro: Text = "", danger: bool = False
) -> HttpResponse:
    """One form with one button. `intro` says what will happen; `danger` marks what cannot be taken back."""
    context: dict[str, Any] = {"title": title, "button": button, "back": back, "intro": intro, "danger": danger}
    if form.conflict is not None and hasattr(form, "differences"):
        context["differences"] = [DiffRow(*row) for row in form.differences()]
    return shown(request, "orgs/act.html", form, **context)


def words_of(query: QueryDict) -> str:
    """What was typed into a list's search; without the NUL that no database takes."""
    return query.get("q", "").replace("\0", "").strip()
