"""Requests as the server gets them: the WSGI application itself, called in this process.

Everything runs that runs in service: signals, the whole middleware (CSRF on), session and account read from the
database, templates. What is left out is the server's own part (granian: sockets, HTTP), and the network.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test import RequestFactory

from luodi.config.wsgi import application
from luodi.kernel import clock
from luodi.orgs.models import User
from luodi.orgs.sessions import BEGAN, SEEN, SessionStore

HOST = "127.0.0.1"
TOKEN = "b" * 32


class Browser:
    """One signed-in person. Gives the body, and raises where the status is not the one expected."""

    def __init__(self, user: User) -> None:
        self.application = application
        cookies = {settings.SESSION_COOKIE_NAME: _session(user), settings.CSRF_COOKIE_NAME: TOKEN}
        self.factory = RequestFactory(
            HTTP_HOST=HOST, HTTP_COOKIE="; ".join(f"{name}={value}" for name, value in cookies.items())
        )

    def get(self, address: str) -> bytes:
        return self._ask(self.factory.get(address).environ, 200)

    def get_quick(self, address: str) -> bytes:
        """Ask as htmx does, which gets a part of a page."""
        return self._ask(self.factory.get(address, HTTP_HX_REQUEST="true").environ, 200)

    def post(self, address: str, fields: dict[str, Any]) -> bytes:
        """Send a form that is expected to be accepted (302)."""
        return self._ask(self.factory.post(address, {**fields, "csrfmiddlewaretoken": TOKEN}).environ, 302)

    def _ask(self, environ: dict[str, Any], expected: int) -> bytes:
        told: list[str] = []
        begin: Any = lambda status, _headers, *_rest: told.append(status)  # noqa: E731 (typed as the server's own)
        answer: Any = self.application(environ, begin)
        body = b"".join(answer)
        answer.close()
        if not told[0].startswith(str(expected)):
            raise AssertionError(f"{environ['PATH_INFO']}: {told[0]}\n{body.decode()[:2000]}")
        return body


def _session(user: User) -> str:
    now = int(clock.now().timestamp())
    session = SessionStore()
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            BEGAN: now,
            SEEN: now,
        }
    )
    session.save()
    return str(session.session_key)
