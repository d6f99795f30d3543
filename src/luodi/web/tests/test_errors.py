from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import RequestFactory

from luodi.web import errors


@pytest.mark.parametrize(
    ("status", "words"), [(400, "没看懂这次请求"), (403, "这件事您不能做"), (404, "没有这一页"), (500, "系统出错了")]
)
def test_an_error_says_what_to_do_next(status: int, words: str) -> None:
    request = RequestFactory().get("/x/")
    views = {400: errors.bad_request, 403: errors.forbidden, 404: errors.not_found}
    answer = views[status](request, Exception("inner")) if status in views else errors.server_error(request)
    assert answer.status_code == status
    page = answer.content.decode()
    assert words in page
    assert "inner" not in page
    assert "回工作台" in page


class Broken:
    """An account that the database cannot give any more."""

    @property
    def is_authenticated(self) -> bool:
        raise ConnectionError("the database is gone")


def test_an_error_of_the_frame_itself_still_gives_a_page(caplog: pytest.LogCaptureFixture) -> None:
    request = RequestFactory().get("/x/")
    request.user = Broken()  # type: ignore[assignment]  # only what the page asks
    answer = errors.server_error(request)
    assert answer.status_code == 500
    assert "系统出错了" in answer.content.decode()
    assert "could not be drawn" in caplog.text


def test_a_refusal_shows_its_own_words() -> None:
    answer = errors.forbidden(RequestFactory().get("/x/"), PermissionDenied("只有项目办能认定。"))
    assert "只有项目办能认定。" in answer.content.decode()


def test_an_old_page_is_refused_in_plain_words() -> None:
    answer = errors.csrf_failure(RequestFactory().post("/x/"), reason="CSRF token missing")
    assert answer.status_code == 403
    page = answer.content.decode()
    assert "这一页放得太久了" in page
    assert "token missing" not in page


@pytest.mark.parametrize(
    ("span", "words"),
    [(timedelta(minutes=15), "15 分钟后再登录"), (timedelta(seconds=61), "2 分钟后"), (None, "暂时不能登录")],
)
def test_a_locked_out_person_learns_for_how_long(span: timedelta | None, words: str) -> None:
    assert words in render_to_string("web/locked.html", {"cooloff_timedelta": span})
