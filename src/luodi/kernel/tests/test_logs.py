from __future__ import annotations

import json
import logging

import pytest

from luodi.kernel import logs


def record(message: str, *arguments: object, error: BaseException | None = None) -> logging.LogRecord:
    exc_info = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("luodi.test", logging.INFO, __file__, 1, message, arguments, exc_info)


def test_json_says_what_belongs_together_and_hides_numbers() -> None:
    try:
        raise ValueError("身份证 110101199003074514")
    except ValueError as error:
        broken = record("电话 %s", "138 2407 8617", error=error)
    with logs.within("request:ab12", "user:7"):
        told = json.loads(logs.Json().format(broken))
    assert (told["within"], told["who"], told["message"]) == ("request:ab12", "user:7", "电话 ••••")
    assert "ValueError: 身份证 ••••" in told["trace"]
    assert told["at"].endswith("+00:00")


def test_a_line_is_one_line_and_hides_numbers() -> None:
    with logs.within("job:3"):
        assert logs.Line().format(record("mail a.b@c.cn")).endswith("INFO luodi.test [job:3] mail ••••")
    assert "[" not in logs.Line().format(record("nothing"))


@pytest.mark.parametrize("form", [logs.Line(), logs.Json()])
def test_what_lies_within_ends_with_it(form: logging.Formatter) -> None:
    with logs.within("request:1") as outer:
        with logs.within("job:2"):
            assert "job:2" in form.format(record("x"))
        outer.who = "user:9"
        assert "user:9" in form.format(record("x"))
    assert "request:1" not in form.format(record("x"))
