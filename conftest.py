"""Chooses the database under test, before Django is set up; loads the plugins of tests/plugins.

LUODI_TEST_DB=sqlite (the default) tests on a SQLite file in a temporary folder;
LUODI_TEST_DB=postgres tests on the server that DATABASE_URL names (tools/postgres.py starts one).
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

import django
import pytest
from hypothesis import settings as hypothesis_settings

FOLDER = tempfile.mkdtemp(prefix="luodi-test-")
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
DATABASE = os.environ.get("LUODI_TEST_DB", "sqlite")

if "DJANGO_SETTINGS_MODULE" in os.environ:
    pytest.exit("Unset DJANGO_SETTINGS_MODULE: settings are read here, after the database is chosen.", 4)
if DATABASE == "sqlite":
    os.environ["DATABASE_URL"] = f"sqlite:///{FOLDER}/unused.sqlite3"
elif DATABASE != "postgres" or not os.environ.get("DATABASE_URL", "").startswith("postgres"):
    pytest.exit(
        "LUODI_TEST_DB is sqlite or postgres; postgres needs a server: "
        "LUODI_TEST_DB=postgres .venv/bin/python tools/postgres.py run --tests -- pytest …",
        4,
    )
for name in [name for name in os.environ if name.startswith("LUODI_")]:
    if name not in ("LUODI_TEST_DB", "LUODI_CHROMIUM"):
        del os.environ[name]  # a developer's own settings decide nothing here
os.environ["LUODI_DATA"] = FOLDER
os.environ["LUODI_SECOND_FACTOR"] = "may"  # tests sign in as recognisers by the hundred; those about it say "must"
os.mkdir(os.path.join(FOLDER, "static"))  # whitenoise warns of a missing folder, and warnings are errors

pytest_plugins = [
    "tests.plugins.network",
    "tests.plugins.strict",
    "tests.plugins.database",
    "tests.plugins.browser",
]

# Two busy cores make any deadline a coin toss; the blob repeats a failure found elsewhere.
hypothesis_settings.register_profile("luodi", deadline=None, print_blob=True, max_examples=50)
hypothesis_settings.load_profile("luodi")


def pytest_configure() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "luodi.config.settings"
    django.setup()
    del os.environ["DJANGO_SETTINGS_MODULE"]  # xdist's workers inherit it, and would read settings too early


def pytest_report_header() -> str:
    return f"luodi: database under test: {DATABASE}, LUODI_DATA: {FOLDER}"
