"""What holds for every answer of the API, also for those that the framework never sees."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from luodi.kernel.api.problems import MEDIA_TYPE, of_status


class ApiAnswers:
    """The caller's language, by Accept-Language alone; problem details for every refusal; nothing kept in any cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not request.path.startswith(settings.LUODI_API_ROOT) or request.path.endswith("/docs"):
            return self.get_response(request)
        language = asked_for(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            answer = self.get_response(request)
            if answer.status_code >= 400 and answer.get("Content-Type") != MEDIA_TYPE:
                answer = _told(answer)
        answer["Content-Language"] = language
        answer.headers.setdefault("Cache-Control", "no-store")
        patch_vary_headers(answer, ["Accept-Language", "Authorization"])
        return answer


def asked_for(request: HttpRequest) -> str:
    """The first of our languages that the caller names; Chinese where he names none."""
    for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if code.partition("-")[0] in ("zh", "en"):
            return "en" if code.startswith("en") else settings.LANGUAGE_CODE
    return settings.LANGUAGE_CODE


def _told(answer: HttpResponseBase) -> HttpResponseBase:
    found = of_status(answer.status_code)
    for name in ("Allow", "Retry-After"):
        if name in answer.headers:
            found[name] = answer.headers[name]
    return found
