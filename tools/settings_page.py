"""Writes docs/reference/settings.md from the table in luodi/config/env.py: `python -m tools.settings_page`."""

from __future__ import annotations

from pathlib import Path

from luodi.config import env

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "settings.md"
HEAD = """# Settings

Read from the environment, by luodi/config/env.py alone, when a process starts. A setting that cannot be read stops it
with a sentence that names the setting. Any but DATABASE_URL may stand in a file: `NAME_FILE` is then the file's path.

Written by `python -m tools.settings_page`; do not edit.

| Setting | What it is for | Where it is not given |
| --- | --- | --- |
"""


def page() -> str:
    rows = (
        f"| `{one.name}` | {one.meaning} | {f'`{one.default}`' if one.default else 'empty'} |\n" for one in env.SETTINGS
    )
    return HEAD + "".join(rows)


if __name__ == "__main__":
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
