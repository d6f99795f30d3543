"""What a reader sees when something went wrong: what happened, and what to do next."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The text of a PermissionDenied says who may; it is shown as it is."""
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _page(request, "403.html", 403, said=said)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Touches neither database nor context processors: they may be what broke."""
    return HttpResponse(render_to_string("500.html"), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For CSRF_FAILURE_VIEW; the reason is for the log, not for the reader."""
    return _page(request, "403_csrf.html", 403)


def _page(request: HttpRequest, template: str, status: int, **context: str) -> HttpResponse:
    return HttpResponse(render_to_string(template, context, request=request), status=status)
