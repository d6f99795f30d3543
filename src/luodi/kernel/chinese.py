"""Chinese names: a key to compare them by, and the pinyin that orders and finds them."""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin


def name_key(name: str) -> str:
    """The form in which two spellings of a name are the same: full width to half, no spaces, nothing unseen, lower case."""
    return re.sub(r"\s+", "", visible_text(unicodedata.normalize("NFKC", name))).lower()


def visible_text(text: str) -> str:
    """The text without characters that nobody sees: control and format characters (zero-width spaces, bidi overrides)."""
    return "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf"} or char in "\n\t")


def pinyin_of(name: str, most: int = 200) -> str:
    """Syllables, a space, then initials: "baichuan xian|bcx" lets both be found, and orders by sound."""
    syllables = lazy_pinyin(name, errors=str.lower)
    initials = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=str.lower))
    return f"{''.join(syllables)}|{initials}"[:most]
