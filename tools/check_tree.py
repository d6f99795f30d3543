"""What no file of the tree may hold. Looks at every file that git tracks or would track."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 2 * 1024 * 1024


@dataclass(frozen=True)
class Rule:
    wrong: re.Pattern[str]
    why: str
    where: re.Pattern[str] = re.compile("")
    elsewhere: re.Pattern[str] = re.compile("(?!)")


def anywhere(*parts: str) -> re.Pattern[str]:
    """A pattern written in pieces, so that this file does not hold what it looks for."""
    return re.compile("".join(parts))


TEMPLATE = re.compile(r"templates/.*\.html$")
RULES = [
    Rule(
        anywhere(r"pypi", r"\.org|pythonhosted", r"\.org|registry\.npmjs", r"|registry\.yarnpkg|deb\.debian", r"\.org"),
        "names a registry's host: every office has its own mirror",
    ),
    Rule(anywhere(r"(?<![\w.>-])/wo", r"rk/"), "names a path of one machine"),
    Rule(anywhere(r"^(<{7}|>{7}) "), "holds a conflict of a merge"),
    Rule(anywhere(r"\b(TO", r"DO|FIX", r"ME|XX", r"X)\b"), "holds a note for later: do it, or file an issue"),
    Rule(
        anywhere(r"transaction", r"\s*=\s*True"),
        "flush meets the guards: use the fixture `live`",
        where=re.compile(r"(^|/)tests/.*\.py$"),
    ),
    Rule(
        anywhere(r"[\s\"']sty", r"le\s*="),
        "holds an inline style, which the content security policy refuses",
        where=TEMPLATE,
    ),
    Rule(
        anywhere(r"<scr", r"ipt(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")[^>]*>"),
        "holds an inline script, which the content security policy refuses",
        where=TEMPLATE,
    ),
    Rule(
        anywhere(r"\son(click|change|submit|load|input)\s*="),
        "holds an inline handler, which the content security policy refuses",
        where=TEMPLATE,
    ),
    Rule(anywhere(r"\|\s*sa", r"fe\b|mark_sa", r"fe\("), "trusts text as HTML: use format_html", where=TEMPLATE),
    Rule(
        anywhere(r"os\.(environ|getenv)"),
        "reads the environment: only luodi/config/env.py does",
        where=re.compile(r"^src/luodi/.*\.py$"),
        elsewhere=re.compile(r"luodi/config/(env|wsgi)\.py$|luodi/cli|/tests/"),
    ),
    Rule(anywhere(r"\"resolved\": *\"http"), "names the host of each package", where=re.compile("package-lock")),
]
NAMES_REFUSED = re.compile(r"(^|/)(utils|helpers|common|managers|signals)\.py$")


def files() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name and (ROOT / name).is_file())


def text_of(name: str) -> str | None:
    try:
        return (ROOT / name).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return None


def faults(name: str) -> Iterator[str]:
    if NAMES_REFUSED.search(name):
        yield f"{name}: a name that says nothing of what is in it"
    if (ROOT / name).stat().st_size > LARGEST:
        yield f"{name}: over {LARGEST} bytes"
        return
    text = text_of(name)
    if text is None:
        return
    rules = [rule for rule in RULES if rule.where.search(name) and not rule.elsewhere.search(name)]
    for number, line in enumerate(text.splitlines(), 1):
        for rule in rules:
            if rule.wrong.search(line):
                yield f"{name}:{number}: {rule.why}: {line.strip()[:100]}"


def main() -> int:
    names = files()
    found = [fault for name in names for fault in faults(name)]
    for fault in found:
        print(fault)
    print(f"tree: {len(names)} files, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
