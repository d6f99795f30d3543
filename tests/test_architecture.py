"""What the layering of imports cannot say: who writes, who asks the clock, who reads the environment, what is documented."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from luodi.config import env
from tools.settings_page import PAGE, page

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "luodi"


@cache
def tree(path: str) -> ast.Module:
    return ast.parse((SOURCE / path).read_text(encoding="utf-8"), path)


@cache
def sources() -> list[str]:
    """All of the product's own code; tests and migrations aside."""
    found = (path.relative_to(SOURCE) for path in sorted(SOURCE.rglob("*.py")))
    return [str(path) for path in found if not {"tests", "migrations"} & set(path.parts)]


def calls(path: str) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, ast.Call))


def unlisted(found: set[tuple[str, str]], listed: dict[str, dict[str, str]]) -> tuple[list[str], list[str]]:
    """What is done where no reason is given; and reasons given for what is no longer done."""
    known = {(path, what) for path, reasons in listed.items() for what in reasons}
    return sorted(map(": ".join, found - known)), sorted(map(": ".join, known - found))


# Writes -------------------------------------------------------------------------------------------------------------

ORM = {
    "save", "create", "get_or_create", "update_or_create", "bulk_create", "bulk_update", "delete", "_raw_delete",
    "asave", "acreate", "aget_or_create", "aupdate_or_create", "abulk_create", "abulk_update", "aupdate", "adelete",
}  # fmt: skip
READING_SQL = re.compile(r"\s*(SELECT|PRAGMA|EXPLAIN)\b")

WRITES: dict[str, dict[str, str]] = {
    "kernel/acts.py": {
        "row.save": "the one path itself",
        "type(rows[0])._default_manager.bulk_create": "the one path itself",
        "cursor.execute": "deferred foreign keys are checked before the act ends",
    },
    "kernel/audit.py": {
        "AuditEntry.objects.bulk_create": "links, sealed by an act",
        "AuditHead.objects.bulk_create": "the first head of a chain",
        "head.save": "the head moves with its links",
        "cursor.execute": "one snapshot to verify in",
    },
    "kernel/asof.py": {
        "cursor.execute": "one SELECT of images",
        "memory.connection.execute": "tables of the database of memory, in which nothing is kept",
        "memory.connection.executemany": "rows of the past, into the database of memory alone",
    },
    "cli.py": {"commands.execute": "Django runs a command: no SQL"},
    "kernel/guards.py": {"cursor.execute": "triggers are made by SQL"},
    "projects/selectors/around.py": {"cursor.execute": "one SELECT in place of eleven; it writes nothing"},
    "kernel/upkeep.py": {"cursor.execute": "ANALYZE: statistics of SQLite, no row of ours"},
    "kernel/jobs.py": {
        "Job.objects.create": "asked for within an act; no business row",
        "Job.objects.filter(pk=job.pk, done_at=None, leased_until=held).update": "marks, within an act",
        "Job.objects.filter(pk=job.pk, done_at=None).update": "a failure outlives the act that failed",
        "free.update": "a lease is taken between acts",
    },
    "kernel/periodic.py": {
        "PeriodicRun.objects.create": "a slot, in the act that asks for its job; no business row",
        "Job.objects.filter(pk__in=ids).delete": "slots run two months ago, within an act; no business row",
    },
    "kernel/queue.py": {
        "WorkerSeen.objects.update_or_create": "a worker says that it lives; no business row",
        "WorkerSeen.objects.filter(name=name()).delete": "a worker says that it ends",
        "WorkerSeen.objects.filter(seen_at__lt=now - FORGOTTEN).delete": "workers that ended long ago",
    },
    "kernel/restores.py": {
        "storage.delete": "a damaged copy of a file gives way to the backup's",
        "storage.save": "bytes of a backup go to storage",
    },
    "kernel/snapshots.py": {"cursor.execute": "SELECT of whole tables by name; it writes nothing"},
    "kernel/personal.py": {
        "cls.objects.create": "a key is made before the row that it seals",
        "self.save": "erasure destroys a key; the act that orders it is recorded",
    },
    "kernel/request_keys.py": {
        "RequestKey.objects.bulk_create": "the first statement of an act",
        "RequestKey.objects.filter(pk=key).update": "its answer",
    },
    "kernel/seeds.py": {
        "CalendarDay.objects.bulk_create": "the calendar that every installation starts with",
        "CalendarYear.objects.bulk_create": "the calendar that every installation starts with",
    },
    "obligations/services/visits.py": {
        "DeskVisit.objects.get_or_create": "when somebody looked at his desk: no business row",
        "DeskVisit.objects.filter(pk=found.pk).update": "when somebody looked at his desk: no business row",
    },
    "rulebook/services.py": {
        "CalendarDay.objects.filter(day__year=year).delete": "a read model of the version in force, which is recorded",
        "CalendarDay.objects.bulk_create": "a read model of the version in force, which is recorded",
        "CalendarYear.objects.filter(year=year).delete": "a read model of the version in force, which is recorded",
        "CalendarYear.objects.bulk_create": "a read model of the version in force, which is recorded",
    },
    "orgs/seeds.py": {"Industry.objects.create": "industries that every installation starts with"},
    "orgs/services/accounts.py": {"user.save": "the hash of a password; the same act records that it changed"},
    "search/services.py": {
        "cursor.execute": "the words of the index, which no model holds; and its statistics",
        "cursor.executemany": "the index, derived from recorded rows; within the act that wrote them, or rebuilt",
        "SearchRow.objects.filter(pk__in=places).delete": "the index, derived from recorded rows",
    },
    "search/selectors.py": {"cursor.execute": "one SELECT over all kinds; it writes nothing"},
    "orgs/services/factors.py": {
        "Factor.objects.filter(pk__in=[factor.pk for factor in factors]).delete": "a secret that is to be gone; the same act records it",
    },
    "orgs/sessions.py": {
        "row.delete": "sessions are no business rows",
        "Session.objects.filter(account_id=account_id).exclude(session_key=but).delete": "sessions are no business rows",
    },
    "orgs/services/tokens.py": {
        "ApiUse.objects.bulk_create": "a token's meter, begun with its token; no business row",
        "meter.filter(full_until_ms__lte=latest).update": "the meter of a request, which is no act",
    },
    "files/services.py": {"default_storage.save": "bytes go to storage; their row goes through the act"},
    "projects/seeds.py": {"Kind.objects.bulk_create": "kinds that every installation starts with"},
    "projects/services/figures.py": {
        "ProjectFigures.objects.bulk_create": "a read model, rebuilt from recorded rows",
        "ProjectYear.objects.bulk_create": "a read model, rebuilt from recorded rows",
    },
    "projects/services/projects.py": {
        "ProjectFigures.objects.bulk_create": "a read model, begun with its project",
        "CodeCounter.objects.bulk_create": "a counter, within the act",
        "CodeCounter.objects.filter(pk=counter.pk).update": "a counter, within the act",
    },
    "projects/services/imports/applying.py": {
        "ImportedRow.objects.bulk_create": "what an import did, row by row: the rows themselves are recorded",
    },
    "projects/services/imports/undoing.py": {
        "UndoneProject.objects.bulk_create": "what an undo did, project by project: the rows themselves are recorded",
    },
}
"""Writes that do not go through `acts.insert`, `acts.insert_many` or `acts.update`, each with its reason."""


def writes(call: ast.Call) -> bool:
    """A queryset's `update` takes keywords alone; a dict's or a hash's, what it adds."""
    if not isinstance(call.func, ast.Attribute) or ast.unparse(call.func.value) == "acts":
        return False
    name = call.func.attr
    if name in {"execute", "executemany"}:
        first = call.args[0] if call.args else None
        return not (isinstance(first, ast.Constant) and READING_SQL.match(str(first.value)))
    return name in ORM or (name == "update" and bool(call.keywords) and not call.args)


def test_writes_go_through_acts() -> None:
    found = {(path, ast.unparse(call.func)) for path in sources() for call in calls(path) if writes(call)}
    assert unlisted(found, WRITES) == ([], [])


def test_models_have_no_save_or_delete_of_their_own() -> None:
    """A `save` with effects would be a second path."""
    found = [
        f"{path}: {kind.name}.{method.name}"
        for path in sources()
        for kind in ast.walk(tree(path))
        if isinstance(kind, ast.ClassDef)
        for method in kind.body
        if isinstance(method, ast.FunctionDef) and method.name in {"save", "delete"}
    ]
    assert found == []


def test_no_signal_but_those_of_migrations() -> None:
    found = {
        (path, ast.unparse(call.func))
        for path in sources()
        for call in calls(path)
        if isinstance(call.func, ast.Attribute) and call.func.attr == "connect" and "migrate" not in ast.unparse(call)
        if "socket" not in ast.unparse(call) and "sqlite3" not in ast.unparse(call)
    }
    assert found == set()


# The clock ----------------------------------------------------------------------------------------------------------

CLOCK = re.compile(
    r"\b(datetime|date|timezone|dt)\.(now|utcnow|today|localtime|localdate|utcfromtimestamp)\b"
    r"|\btime\.(time|time_ns|localtime|gmtime|monotonic|perf_counter|strftime)\b|\bNow\(\)|CURRENT_(DATE|TIME)"
)
CLOCK_IMPORTS = {"time": {"time", "localtime", "gmtime"}, "django.utils.timezone": {"now", "localdate", "localtime"}}

ASKS_THE_TIME: dict[str, dict[str, str]] = {
    "kernel/clock.py": {"datetime.now": "the one clock"},
    "kernel/jobs.py": {"time.monotonic": "how long a job took; no date comes of it"},
    "web/requests.py": {"time.monotonic": "how long a request took; no date comes of it"},
    "orgs/views/health.py": {"time.monotonic": "how old the last look is; no date comes of it"},
    "demo/management/commands/demo.py": {"time.monotonic": "how long building took; no date comes of it"},
}


def asks_the_time(path: str) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call) and (found := CLOCK.match(ast.unparse(node.func))):
            yield found[0]
        if isinstance(node, ast.ImportFrom) and node.module in CLOCK_IMPORTS:
            yield from (name.name for name in node.names if name.name in CLOCK_IMPORTS[node.module])
        if isinstance(node, ast.keyword) and node.arg in {"auto_now", "auto_now_add"}:
            yield node.arg


def test_nothing_else_asks_the_machine_for_the_time() -> None:
    found = {(path, what) for path in sources() for what in asks_the_time(path)}
    assert unlisted(found, ASKS_THE_TIME) == ([], [])


# The environment -----------------------------------------------------------------------------------------------------

SETS_ONE = "names Django's settings, as Django wants it"
READS_ENVIRONMENT = {
    "config/env.py": {"os.environ": "the one reader"},
    "config/wsgi.py": {"os.environ": SETS_ONE},
    "cli.py": {"os.environ": SETS_ONE},
}


def test_one_file_reads_the_environment() -> None:
    found = {
        (path, ast.unparse(node))
        for path in sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv", "environb"}
    }
    assert unlisted(found, READS_ENVIRONMENT) == ([], [])


def test_every_setting_is_documented() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tools.settings_page"


def test_every_setting_that_is_read_is_listed() -> None:
    """Names are given to the reader as literals, so that a typing slip is found here and not in service."""
    readers = {"text", "flag", "number", "words", "secret", "choice"}
    read = {
        str(call.args[0].value)
        for call in calls("config/settings.py")
        if ast.unparse(call.func).removeprefix("env.") in readers and isinstance(call.args[0], ast.Constant)
    }
    assert read <= set(env.KNOWN)
    assert read | {"LUODI_DATA", "DATABASE_URL"} == set(env.KNOWN)


# Layers -------------------------------------------------------------------------------------------------------------


def imports(path: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def pure() -> list[str]:
    found = [
        path for path in sources() if path.startswith("engines/") or Path(path).stem == "rules" or "/rules/" in path
    ]
    assert len(found) > 10
    return found


@pytest.mark.parametrize("path", pure())
def test_engines_and_rules_know_nothing_of_django(path: str) -> None:
    assert [
        name for name in sorted(imports(path)) if name.split(".")[0] in {"django", "ninja", "sqlite3", "psycopg"}
    ] == []
    own = [name for name in imports(path) if name.startswith("luodi.")]
    assert [name for name in own if not re.match(r"luodi\.(engines|\w+\.rules)\b", name)] == []
    assert not imports(path) & {"random", "secrets", "os", "socket", "requests"}, "pure: no I/O, no chance"


def test_every_app_is_under_the_layers_contract() -> None:
    """import-linter checks only the containers it is told of; a new app must not slip past. The kernel has its own contract."""
    config = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    listed = {name for contract in config["contracts"] for name in contract.get("containers", []) if name != "luodi"}
    models = [*SOURCE.glob("*/models.py"), *SOURCE.glob("*/models/__init__.py")]
    apps = {f"luodi.{path.relative_to(SOURCE).parts[0]}" for path in models}
    assert listed == apps - {"luodi.kernel"}


def test_the_kernel_imports_no_app() -> None:
    apps = {path.name for path in SOURCE.iterdir() if path.is_dir()} - {"kernel", "engines", "config", "__pycache__"}
    found = [
        f"{path}: {name}"
        for path in sources()
        if path.startswith("kernel/")
        for name in imports(path)
        if name.startswith("luodi.") and name.split(".")[1] in apps
    ]
    assert found == []


# Migrations ----------------------------------------------------------------------------------------------------------


def test_migrations_are_named() -> None:
    found = [path.name for path in SOURCE.glob("*/migrations/0*.py")]
    assert [name for name in found if re.match(r"\d{4}_auto", name)] == []
    assert all(re.match(r"\d{4}_[a-z0-9_]+\.py$", name) for name in found)


def test_migrations_import_no_model() -> None:
    """They run on tables as they were then: `apps.get_model` only."""
    for path in SOURCE.glob("*/migrations/0*.py"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"from luodi\.\w+\.(models|services)\b[^\n]* import", text), path


# Templates -----------------------------------------------------------------------------------------------------------

TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
REFUSED_IN_TEMPLATES = {
    r"\sstyle\s*=": "an inline style, which the content security policy refuses",
    r"<style\b": "an inline style sheet, which the content security policy refuses",
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")": "a script in the page, which the policy refuses",
    r"\son[a-z]+\s*=\s*[\"']": "a handler in the page, which the content security policy refuses",
    r"javascript:": "a script in an address",
    r"\|\s*safe\b|{%\s*autoescape off": "text trusted as HTML",
    r"{%\s*now\b": "the machine's time: kernel.clock knows the day",
    r"https?://(?!www\.w3\.org/)": "another host",
}


@pytest.mark.parametrize("pattern", REFUSED_IN_TEMPLATES, ids=list(REFUSED_IN_TEMPLATES.values()))
def test_templates_hold_nothing_that_the_browser_would_refuse(pattern: str) -> None:
    assert TEMPLATES
    found = [
        str(path.relative_to(SOURCE))
        for path in TEMPLATES
        if re.search(pattern, path.read_text(encoding="utf-8"), re.I)
    ]
    assert found == []


# The rules themselves ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "project.save()", "Project.objects.create(name=n)", "rows.filter(pk=1).update(name=n)", "rows.delete()",
        "self.rows.bulk_create(made)", "cursor.execute('UPDATE x')", "cursor.execute(sql)", "rows.update(name=n)",
        "x.get_or_create(name=n)",
    ],
)  # fmt: skip
def test_a_write_is_known_when_it_is_seen(code: str) -> None:
    call = ast.parse(code).body[0].value  # type: ignore[attr-defined]
    assert writes(call)


@pytest.mark.parametrize(
    "code", ["acts.update(row, name=n)", "found.update({'a': 1})", "cursor.execute('SELECT 1')", "digest.update(b'')"]
)
def test_what_is_no_write_is_let_be(code: str) -> None:
    assert not writes(ast.parse(code).body[0].value)  # type: ignore[attr-defined]


def test_the_clock_is_known_when_it_is_asked() -> None:
    for code in ("datetime.now", "date.today", "timezone.now", "time.time", "dt.now", "timezone.localdate"):
        assert CLOCK.match(code), code
    assert not CLOCK.match("clock.today")
