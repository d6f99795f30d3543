"""Sessions in the database, each known by its account: for SESSION_ENGINE, and for who looks at or ends his own; the account of a request.

Sessions are no business rows: no act, no audit entry (docs/adr/0003). Their ends go to the log `luodi.sign_in`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from luodi.kernel import clock
from luodi.kernel.personal import keyed_digest
from luodi.kernel.prepared import PreparedRead
from luodi.orgs.models import Session, User

BEGAN, SEEN, STRONG, AGENT = "began", "seen", "second", "agent"
"""What a session keeps: when it began and was last used (seconds), whether a second factor was shown, the browser's name."""


class SessionStore(DatabaseStore):
    """Django's, with columns for what a list of sessions asks. The browser's name is told to its owner alone."""

    @classmethod
    def get_model_class(cls) -> Any:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row: Any = super().create_model_instance(data)
        owner = data.get(SESSION_KEY)
        row.account_id = int(owner) if owner else None
        row.began_at, row.seen_at = _instant(data.get(BEGAN)), _instant(data.get(SEEN))
        row.agent = str(data.get(AGENT, ""))[:200]
        return row


ACCOUNT = PreparedRead(lambda pk: User.objects.filter(pk=pk))


class Accounts(ModelBackend):
    """Django's, for AUTHENTICATION_BACKENDS; the account of each request by a prepared read."""

    def get_user(self, user_id: int) -> User | None:
        user = ACCOUNT.first(user_id)
        return user if user is not None and self.user_can_authenticate(user) else None


def _instant(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


BROWSERS = (("Edg", "Edge"), ("QQBrowser", "QQ"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Version", "Safari"))
"""By what it writes into its name, the more special before the more general."""
MACHINES = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"))


def plain_agent(agent: str) -> str:
    """A browser's name as people know it: `Chrome 128 · Windows`; what is not known, as it is."""
    found = ((name, re.search(rf"{word}/(\d+)", agent)) for word, name in BROWSERS)
    browser = next((f"{name} {number[1]}" for name, number in found if number), agent)
    machine = next((name for word, name in MACHINES if word in agent), "Linux" if "Linux" in agent else "")
    return " · ".join(filter(None, (browser, machine)))


@dataclass(frozen=True, slots=True)
class Seen:
    """A session as its owner sees it. `name` tells it apart without giving its key away."""

    name: str
    agent: str
    began_at: datetime | None
    seen_at: datetime | None
    this: bool


def of_account(account_id: int, *, own_key: str | None) -> list[Seen]:
    """The sessions that have not run out, the newest use first. One query."""
    rows = Session.objects.filter(account_id=account_id, expire_date__gt=clock.now()).order_by("-seen_at")
    return [
        Seen(_name(row.session_key), plain_agent(row.agent), row.began_at, row.seen_at, row.session_key == own_key)
        for row in rows
    ]


def end_one(account_id: int, name: str) -> bool:
    """End the session of this name, where the account has such a one."""
    for row in Session.objects.filter(account_id=account_id):
        if _name(row.session_key) == name:
            row.delete()
            return True
    return False


def end_all(account_id: int, *, but: str | None = None) -> int:
    """End the account's sessions, except the one with the key `but`; give how many."""
    return int(Session.objects.filter(account_id=account_id).exclude(session_key=but).delete()[0])


def _name(key: str) -> str:
    return keyed_digest("session", key)[:16]
