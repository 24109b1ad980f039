"""What is kept of a provider's own words: whatever they are, a database stores it and JSON can tell it again."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import islice
from typing import Any

DEEPEST = 8  # objects in one another; what providers tell of their use has three
MOST_PARTS = 100  # of one object or list
LARGEST = 1 << 53
LONGEST_TEXT = 500  # characters


def kept(words: Mapping[str, Any]) -> dict[str, Any]:
    """The same, without what is deeper, more or longer than anybody tells of the use of a call."""
    return _named(words, 1)


def text(value: str) -> str:
    """Half a character (a lone surrogate, which JSON can spell and no file can hold) becomes a `?`."""
    return value[:LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8")


def _named(words: Mapping[str, Any], depth: int) -> dict[str, Any]:
    return {text(name): _value(value, depth) for name, value in islice(words.items(), MOST_PARTS)}


def _value(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return text(value)
    if isinstance(value, dict | list) and depth == DEEPEST:
        return None
    if isinstance(value, dict):
        return _named(value, depth + 1)
    if isinstance(value, list):
        return [_value(one, depth + 1) for one in value[:MOST_PARTS]]
    return value if _tellable(value) else None


def _tellable(value: float | None) -> bool:
    """Whether JSON can tell it: no infinity, and no number that readers take for another."""
    return value is None or (math.isfinite(value) and abs(value) < LARGEST)
