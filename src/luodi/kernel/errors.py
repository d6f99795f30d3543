"""What the domain says when it says no. Codes are stable; messages are for people, in their language."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise


class DomainError(Exception):
    """A rule says no. `field` names the form field beside which the message belongs ("" = the whole form)."""

    def __init__(self, code: str, message: str | Promise, *, field: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.field = field

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class Forbidden(DomainError):
    """The person may see the thing, but not do this with it. The message says who may."""

    def __init__(self, message: str | Promise, *, code: str = "forbidden") -> None:
        super().__init__(code, message)


class StaleVersion(DomainError):
    """Somebody else changed the row since the form was opened. `current` is the row as it is now."""

    def __init__(self, message: str | Promise, *, current: Any) -> None:
        super().__init__("stale_version", message)
        self.current = current


class HeldBack(RuntimeError):
    """A form is only being shown again as it was filled in: nothing may be done by it (`acts.holding_back`)."""


class BrokenAct(RuntimeError):
    """A nested act failed and its error was swallowed: the outer act must not commit."""


class NoAct(RuntimeError):
    """Something tried to write outside `kernel.run`."""


class LockOrder(RuntimeError):
    """Rows must be locked in the order (table, id); see docs/adr/0003-one-path-for-writes.md."""
