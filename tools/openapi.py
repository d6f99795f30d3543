"""Writes docs/reference/openapi.json, the description of the API: `python -m tools.openapi`."""

from __future__ import annotations

import json
import os
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "openapi.json"


def page() -> str:
    """The description as text, the same wherever it is made. Needs Django set up."""
    from luodi.api.root import api

    return json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "luodi.config.settings")
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
