"""The language of the pages: Chinese, unless this browser chose another."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation


class ByChoice:
    """Follow the choice kept in the cookie (set by `set_language`), not the browser's own setting: county offices work
    in Chinese on machines that often say English."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            answer = self.get_response(request)
            answer.headers.setdefault("Content-Language", language)
            return answer
