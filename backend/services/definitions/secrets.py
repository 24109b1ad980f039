"""Which values are kept out of what is shown, and how they are struck out."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "•••"
_COMMON = {"true", "false", "none", "null", "localhost", "127.0.0.1", "0.0.0.0"}  # noqa: S104  # a word, not an address to bind
_SHORT_NUMBER = re.compile(r"\d{1,5}")


def worth_hiding(value: str) -> bool:
    """Whether it can be struck out wherever it stands: a port or a `true` would take half of every text along."""
    return len(value) >= 4 and value.lower() not in _COMMON and not _SHORT_NUMBER.fullmatch(value)


def hide(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret struck out, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text
