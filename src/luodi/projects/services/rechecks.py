"""A second look at facts: drawn by lot when they are recognised, taken by an office that did not recognise them."""

from __future__ import annotations

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from luodi.facts.models import Fact
from luodi.kernel import acts, clock
from luodi.kernel.errors import DomainError, Forbidden
from luodi.orgs.models import User
from luodi.projects import permissions
from luodi.projects.models import FactRecheck
from luodi.projects.rules import is_drawn, says_nothing
from luodi.projects.selectors import rechecks_of
from luodi.rulebook.selectors import value
from luodi.subjects.services import tell

SALT = "luodi.recheck"


def draw(fact: Fact) -> FactRecheck | None:
    """Draw lots for a fact just sealed, within its act. The lot is a keyed digest: neither asker nor recogniser knows it."""
    digest = salted_hmac(SALT, f"{fact.pk}:{fact.subject.uuid}", algorithm="sha256").digest()
    percent = value(fact.region_id, "thresholds", "recheck_percent", clock.today())
    if not is_drawn(digest, int(str(percent))):
        return None
    return acts.insert(FactRecheck(region_id=fact.region_id, fact=fact, drawn_at=acts.current().at))


def recheck_record(*, by: User, recheck_id: int, seen: int, holds: bool, note: str = "") -> FactRecheck:
    """Say what the second look found. A fact that does not hold then waits to be revoked; it counts until it is.

    Errors: FactRecheck.DoesNotExist; DomainError "forbidden" | "revoked_already" | "recheck_done" | "note_missing";
    StaleVersion.
    """
    row = acts.lock_one(rechecks_of(by).select_related("fact__subject"), recheck_id)
    if why := permissions.why_not_recheck(by, row.fact):
        raise Forbidden(why)
    if row.fact.revoked_by_id is not None:
        raise DomainError("revoked_already", _("这条认定已经撤销，不用再复核。"))
    if row.state == "held":
        raise DomainError("recheck_done", _("这条认定已经复核成立，请刷新页面。"))
    if says_nothing(note):
        raise DomainError("note_missing", _("请写明看了什么、依据是什么。"), field="note")
    state = "held" if holds else "broken"
    acts.update(row, seen=seen, state=state, checked_by=by.member, checked_at=acts.current().at, note=note.strip())
    tell(row.fact.subject, f"recheck.{state}", gate=row.fact.gate, note=note.strip())
    return row
