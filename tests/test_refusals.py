"""What refuses speaks English too: a program is told in the language that it asked for.

Found in the code, not by provoking each: the texts given to what refuses, those of whole modules that say little else,
and the labels that are filled into them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
import pytest
from django.utils import translation

from luodi.api.root import WRITES
from luodi.files.models import KIND_LABELS
from luodi.orgs.labels import ROLE_LABELS, SCOPE_LABELS
from luodi.projects.models import labels
from tools.messages import CATALOGUE, SOURCE

MARKS = {"_", "gettext", "gettext_lazy"}
REFUSING = {
    "DomainError", "Forbidden", "StaleVersion", "PermissionDenied", "Refusal", "Fault", "problem", "ValidationError",
    "add_error", "WrongFile", "Guard",
}  # fmt: skip
"""What is called with the words of a refusal."""
SAYING = re.compile("_?(why_not|refusal)")
"""Functions that say why not."""
KEYWORDS = {"violation_error_message", "error_messages"}
WHOLE = re.compile(r"(^|/)(services|api)(/|\.py)|(^|/)permissions\.py|guards\.py|kernel/(words|content|workbooks)\.py")
"""Modules whose texts are refusals, or go into them."""
HAN = re.compile(r"[\u3400-\u9fff]")


def name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def texts(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Call) and name_of(one.func) in MARKS and isinstance(one.args[0], ast.Constant):
            yield str(one.args[0].value)


def refusals(tree: ast.Module, *, whole: bool) -> Iterator[str]:
    for node in [tree] if whole else ast.walk(tree):
        called = isinstance(node, ast.Call) and name_of(node.func) in REFUSING
        said = isinstance(node, ast.FunctionDef) and SAYING.match(node.name)
        if whole or called or said or (isinstance(node, ast.keyword) and node.arg in KEYWORDS):
            yield from texts(node)


def modules() -> list[Path]:
    found = (path for path in SOURCE.rglob("*.py") if not {"tests", "migrations", "demo"} & set(path.parts))
    return sorted(found)


def test_every_refusal_has_its_english() -> None:
    english = {entry.msgid: entry.msgstr for entry in polib.pofile(str(CATALOGUE))}
    wanting, count = [], 0
    for path in modules():
        place = path.relative_to(SOURCE).as_posix()
        for text in refusals(ast.parse(path.read_text(encoding="utf-8")), whole=bool(WHOLE.search(place))):
            count += 1
            if not english.get(text) or HAN.search(english[text]):
                wanting.append(f"{place}: {text}")
    assert wanting == []
    assert count > 400, "the code is read"


def test_what_is_found_in_the_code() -> None:
    """By each of the ways in which a refusal is written."""
    tree = ast.parse(
        'raise DomainError("a", _("甲") % {})\nform.add_error("x", _("乙"))\n'
        'def why_not_go(user): return _("丙")\nUnique(violation_error_message=_("丁"))\nprint(_("戊"))\n'
    )
    assert set(refusals(tree, whole=False)) == {"甲", "乙", "丙", "丁"}
    assert set(refusals(tree, whole=True)) == {"甲", "乙", "丙", "丁", "戊"}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_what_an_operation_asks_is_called_in_english(write: Any) -> None:
    with translation.override("en"):
        assert {name: str(one.label) for name, one in write.asked.items() if HAN.search(str(one.label))} == {}


@pytest.mark.parametrize(
    "words",
    [
        ROLE_LABELS, SCOPE_LABELS, KIND_LABELS, labels.ROLES, labels.STAGES, labels.GATES, labels.FIELDS, labels.TEXTS,
        labels.OPTIONS, labels.CAUSES,
    ],
)  # fmt: skip
def test_what_is_filled_into_a_refusal_is_english(words: Any) -> None:
    with translation.override("en"):
        assert [str(word) for word in words.values() if HAN.search(str(word))] == []
