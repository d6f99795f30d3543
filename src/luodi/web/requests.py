"""Every request has a number, is counted and timed, and leaves one line in the log (of `luodi.requests`)."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable

from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from luodi.kernel import logs, metrics

logger = logging.getLogger("luodi.requests")


class Observed:
    """The outermost middleware. It asks the database nothing: the account is told only where the request itself read it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began = time.monotonic()
        number = secrets.token_hex(6)
        request.META["luodi.request"] = number
        with logs.within(f"request:{number}") as here:
            answer = self.get_response(request)
            user = getattr(request, "_cached_user", None)
            here.who = getattr(user, "audit_name", "")
            self._note(request, answer, time.monotonic() - began)
        answer.headers["X-Request-Id"] = number
        return answer

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        if isinstance(error, DatabaseError):
            metrics.DATABASE_ERRORS.labels(type(error).__name__).inc()

    def _note(self, request: HttpRequest, answer: HttpResponseBase, seconds: float) -> None:
        """A view is told by its name: an address may hold what somebody looked for."""
        match = request.resolver_match
        view, method = (match.url_name or "-") if match else "-", request.method or "-"
        metrics.REQUEST_SECONDS.labels(view, method, answer.status_code).observe(seconds)
        fields = {"view": view, "method": method, "status": answer.status_code, "ms": round(seconds * 1000, 1)}
        logger.info("%s %s %s", method, view, answer.status_code, extra={"fields": fields})
