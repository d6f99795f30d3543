"""What machines ask: does it live, is it ready, how is it doing. None of it names a secret, a person or a row."""

from __future__ import annotations

import hmac
import ipaddress
import time

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from luodi.kernel import doctor, metrics

KEPT_SECONDS = 5.0
FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP")
_ready_at = -KEPT_SECONDS


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process answers. Asks nothing of the database."""
    return HttpResponse("ok\n", content_type="text/plain")


@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Whether work may be sent here: database, migrations, guards, a living worker; 503 where one is missing.

    What was well a few seconds ago is not looked at again, since anybody may ask.
    """
    global _ready_at
    now = time.monotonic()
    if now - _ready_at < KEPT_SECONDS:
        return JsonResponse({"ready": True})
    found = doctor.readiness()
    if ready := all(found.values()):
        _ready_at = now
    return JsonResponse({"ready": ready, **found}, status=200 if ready else 503)


@require_safe
def prometheus(request: HttpRequest) -> HttpResponse:
    """Metrics, for who asks from this very machine, or brings the token."""
    if not _may_read(request):
        raise PermissionDenied(_("指标只供本机，或持 LUODI_METRICS_TOKEN 的采集程序。"))
    return HttpResponse(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")


def _may_read(request: HttpRequest) -> bool:
    """A proxy on this machine speaks from loopback for the whole world, and says so in a header."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    token = settings.LUODI_METRICS_TOKEN
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    if any(name in request.META for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
