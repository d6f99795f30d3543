"""Message catalogues: compile them without the gettext programs, and check them.

    python tools/messages.py compile      every django.po and djangojs.po to .mo
    python tools/messages.py check        nothing fuzzy, placeholders kept, wanted paths translated,
                                          and every text of the source in the catalogue
    python tools/messages.py extract      bring the catalogue up to the source (needs xgettext)

Chinese is the language of the msgids; an entry that is missing in `en` falls back to it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "src" / "luodi"
CATALOGUE = SOURCE / "locale" / "en" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")
# Where nothing may stay untranslated: what one meets before signing in, and while setting up a second factor. Matched against an entry's origins.
WANTED = re.compile(
    r"^(orgs/(views/(sign_in|second_step|openid|security)|services/factors|mfa|passwords|middleware|sessions)"
    r"|orgs/templates/orgs/(security|totp|passkey|codes)|web/templates/(registration/|web/locked))"
)


def catalogues() -> list[Path]:
    return sorted((ROOT / "src").glob("luodi/**/locale/*/LC_MESSAGES/*.po"))


def compile_all() -> None:
    for path in catalogues():
        polib.pofile(str(path)).save_as_mofile(str(path.with_suffix(".mo")))


def translations(entry: polib.POEntry) -> list[str]:
    return [text for text in (entry.msgstr, *entry.msgstr_plural.values()) if text]


def faults(path: Path) -> Iterator[str]:
    for entry in polib.pofile(str(path), check_for_duplicates=True):
        where = f"{path.relative_to(ROOT)}:{entry.linenum}: {entry.msgid!r}"
        if entry.obsolete:
            yield f"{where}: obsolete"
            continue
        if entry.fuzzy:
            yield f"{where}: fuzzy"
        if not entry.translated() and any(WANTED.search(origin) for origin, _line in entry.occurrences):
            yield f"{where}: untranslated, and {entry.occurrences[0][0]} must be complete"
        kept = set(PLACEHOLDER.findall(entry.msgid))
        for text in translations(entry):
            if set(PLACEHOLDER.findall(text)) != kept:
                yield f"{where}: the placeholders differ: {text!r}"


def extract(source: Path) -> None:
    """Run Django's makemessages on `source`, a tree like src/luodi with its `locale` folder."""
    arguments = ["makemessages", "-l", "en", "--no-wrap", "--no-obsolete", "--add-location", "file"]
    command = [sys.executable, "-m", "django", *arguments, "--ignore", "tests", "--ignore", "static", "-v", "0"]
    subprocess.run(command, cwd=source, check=True)


def texts(path: Path) -> set[tuple[str | None, str]]:
    return {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(path)) if not entry.obsolete}


def stale() -> Iterator[str]:
    """What the source says and the catalogue does not, and the reverse; from a copy, nothing is changed."""
    catalogue = CATALOGUE.relative_to(SOURCE)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "luodi"
        shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("static", "__pycache__", "tests"))
        extract(copy)
        wanted, kept = texts(copy / catalogue), texts(CATALOGUE)
    for _context, text in sorted(wanted - kept, key=str):
        yield f"not in the catalogue (run `make messages`): {text!r}"
    for _context, text in sorted(kept - wanted, key=str):
        yield f"no longer in the source (run `make messages`): {text!r}"


def check() -> int:
    found = [fault for path in catalogues() for fault in faults(path)]
    if shutil.which("xgettext") and CATALOGUE.exists():
        found += stale()
    elif os.environ.get("CI") == "true":
        found.append("xgettext or the catalogue is missing: the source cannot be compared with it")
    else:
        print("messages: no xgettext (Debian: gettext) or no catalogue; the source is not compared with it")
    for fault in found:
        print(fault)
    print(f"messages: {len(catalogues())} catalogues, {len(found)} faults")
    return 1 if found else 0


def main() -> int:
    if sys.argv[1:] == ["compile"]:
        compile_all()
        return 0
    if sys.argv[1:] == ["extract"]:
        CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
        extract(SOURCE)
        return 0
    if sys.argv[1:] == ["check"]:
        return check()
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
