"""Saying what is refused: `refused("code", service, by=…, …)` runs an act that must fail for this reason and leave nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from luodi.kernel import acts
from luodi.kernel.errors import DomainError
from luodi.kernel.models import AuditEntry
from luodi.orgs.models import User


def refused(
    code: str, service: Callable[..., Any], *, by: User, reason: str = "", field: str | None = None, **arguments: Any
) -> DomainError:
    """Run the service and see it refused with this code, in words, with nothing written."""
    before = AuditEntry.objects.count()
    with pytest.raises(DomainError) as caught:
        acts.run(service, by=by, reason=reason, **arguments)
    assert caught.value.code == code, caught.value
    assert field is None or caught.value.field == field
    message = str(caught.value.message)
    assert any("\u4e00" <= char <= "\u9fff" for char in message), f"{code} says nothing to its reader: {message!r}"
    assert AuditEntry.objects.count() == before
    return caught.value
