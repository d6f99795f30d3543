"""What a reader sees when something went wrong: what happened, and what to do next."""

from __future__ import annotations

import logging

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

logger = logging.getLogger("luodi.web")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "400.html", 400)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The text of a PermissionDenied says who may; it is shown as it is."""
    said = str(exception) if isinstance(exception, PermissionDenied) else ""
    return _page(request, "403.html", 403, said=said)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """With the rail where it can still be drawn; without anything of the database where that is what broke."""
    number = request.META.get("luodi.request", "")
    try:
        return _page(request, "500.html", 500, number=number)
    except Exception:  # whatever it is, the reader must get a page
        logger.exception("the page that tells of an error could not be drawn in its frame")
        return HttpResponse(render_to_string("500.html", {"number": number}), status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """For CSRF_FAILURE_VIEW; the reason is for the log, not for the reader."""
    return _page(request, "403_csrf.html", 403)


def _page(request: HttpRequest, template: str, status: int, **context: str) -> HttpResponse:
    """In the frame of every page for who is signed in, so that he can go on; alone for who is not."""
    user = getattr(request, "user", None)
    frame = "base.html" if user is not None and user.is_authenticated else "base_plain.html"
    return HttpResponse(render_to_string(template, {"frame": frame, **context}, request=request), status=status)
