"""What a test may not do, refused at collection; and in CI, nothing is skipped."""

from __future__ import annotations

import os
from collections.abc import Generator

import pytest
from django.test import TestCase, TransactionTestCase

FLUSHING_FIXTURES = {
    "transactional_db",
    "live_server",
    "django_db_reset_sequences",
    "django_db_serialized_rollback",
}
ONLY = {"only_sqlite": "sqlite", "only_postgres": "postgres"}


def flushes(item: pytest.Item) -> bool:
    """Whether the test would end with TRUNCATE or DELETE of every table, which guards refuse."""
    marker = item.get_closest_marker("django_db")
    if marker and (any(marker.args) or {"transaction", "reset_sequences"} & {k for k, v in marker.kwargs.items() if v}):
        return True
    if FLUSHING_FIXTURES & set(getattr(item, "fixturenames", ())):
        return True
    case = getattr(item, "cls", None)
    return bool(case and issubclass(case, TransactionTestCase) and not issubclass(case, TestCase))


def mixes(item: pytest.Item) -> bool:
    names = getattr(item, "fixturenames", ())
    return "live" in names and ("db" in names or item.get_closest_marker("django_db") is not None)


def belongs(item: pytest.Item, database: str) -> bool:
    return all(database == wanted for marker, wanted in ONLY.items() if item.get_closest_marker(marker) is not None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    refused = [f"{i.nodeid}: flush meets our guards; use the fixture `live`" for i in items if flushes(i)]
    refused += [f"{i.nodeid}: `live` and `db` are two databases; use one" for i in items if mixes(i)]
    if refused:
        raise pytest.UsageError("\n".join(refused))
    database = os.environ.get("LUODI_TEST_DB", "sqlite")
    elsewhere = [item for item in items if not belongs(item, database)]
    config.hook.pytest_deselected(items=elsewhere)
    items[:] = [item for item in items if belongs(item, database)]


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.CallInfo[None], None]:
    """Turn a skip into a failure when CI=true: a missing browser or server must not look green."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":
        report.outcome = "failed"
        report.longrepr = f"skipped, which CI does not allow: {report.longrepr}"
