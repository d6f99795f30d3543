"""Numbers that may be a person's, hidden in texts for logs. Knows nothing of Django: the log begins before it does."""

from __future__ import annotations

import re

HIDDEN = "••••"


def without_numbers(text: str) -> str:
    """Text for logs: runs of digits long enough for a telephone or identity number, and mail addresses, hidden."""
    return re.sub(r"\d[\d -]{5,}\d[Xx]?|[\w.+-]+@[\w.-]+", HIDDEN, text)
