"""What the audit administrator and the system administrator look after. Neither sees a business row here."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from luodi.kernel import audit, doctor
from luodi.kernel.http import AuthedRequest
from luodi.orgs import selectors
from luodi.orgs.permissions import require


def audit_log(request: AuthedRequest) -> HttpResponse:
    require(request.user, "audit.read")
    return _log(request)


@require_POST
def audit_verify(request: AuthedRequest) -> HttpResponse:
    """Reckon the chains now and show what was found. It writes nothing; POST, since it is long work."""
    require(request.user, "audit.read")
    return _log(request, audit.verify())


def _log(request: AuthedRequest, verdict: audit.Verdict | None = None) -> HttpResponse:
    before = request.GET.get("before", "")
    acts, more = selectors.newest_acts(request.user, before=int(before) if before.isdecimal() else None)
    names = selectors.region_names(request.user)
    context = {
        "acts": acts,
        "heads": [(names.get(head.chain, head.chain), head) for head in selectors.audit_heads(request.user)],
        "older": acts[-1].first_entry if more else None,
        "verdict": verdict,
    }
    return render(request, "orgs/audit_log.html", context)


def system_state(request: AuthedRequest) -> HttpResponse:
    require(request.user, "system.operate")
    found = doctor.examine()
    context = {
        "findings": sorted(found, key=lambda finding: ORDER.index(finding.level)),
        "bad": sum(finding.level == "bad" for finding in found),
    }
    return render(request, "orgs/system_state.html", context)


ORDER = ("bad", "warn", "note", "ok")
