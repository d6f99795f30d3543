"""What somebody had filled in when his session ended: kept sealed for a while, and given back to him alone, unsent.

The draft of a form is its address and its fields, without passwords and files. It lies in the session that
follows, sealed under the installation's key, with the account it belongs to. docs/adr/0009-sign-in.md.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import timedelta

from django.http import HttpRequest, QueryDict

from luodi.kernel import clock
from luodi.kernel.personal import seal_text, unseal_text

KEY = "draft"
"""Where the session keeps it."""
PURPOSE = "draft"
KEPT = timedelta(hours=12)
MOST_BYTES = 1024 * 1024
NEVER_KEPT = re.compile(r"csrfmiddlewaretoken|password|credential|secret", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Draft:
    """A form as it was sent: whose, to which address, what. `files`: some had been chosen, and must be again."""

    user_id: int
    address: str
    body: str
    files: bool

    def fill(self, request: HttpRequest) -> None:
        """Make the request look as the form did when it was sent, without its files. Django reads the body when asked to, so
        that a view may still choose how uploads are taken."""
        request.method = request.META["REQUEST_METHOD"] = "POST"
        request.content_type = request.META["CONTENT_TYPE"] = "application/x-www-form-urlencoded"
        for read in ("_post", "_files"):
            request.__dict__.pop(read, None)
        request.__dict__["_body"] = self.body.encode()
        request.__dict__["_dont_enforce_csrf_checks"] = True  # nothing can be done by it


def kept(request: HttpRequest, user_id: int) -> str:
    """The sealed draft of what was sent ("" where there is nothing worth keeping, or too much)."""
    fields = QueryDict(mutable=True)
    for name, values in request.POST.lists():
        if not NEVER_KEPT.search(name):
            fields.setlist(name, values)
    body = fields.urlencode()
    if not body or len(body) > MOST_BYTES:
        return ""
    told = [user_id, request.get_full_path(), body, bool(request.FILES), int(clock.now().timestamp())]
    return seal_text(PURPOSE, json.dumps(told))


def opened(sealed: str, user_id: int) -> Draft | None:
    """The draft, where it belongs to this account and is not too old."""
    try:
        owner, address, body, files, at = json.loads(unseal_text(PURPOSE, sealed))
    except ValueError:  # the installation's secret was changed meanwhile
        return None
    if owner != user_id or clock.now().timestamp() - at > KEPT.total_seconds():
        return None
    return Draft(owner, address, body, files)
