"""Durations, sizes and shares as people write them, as numbers."""

from __future__ import annotations

import re
from functools import lru_cache

SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "y": 31_536_000}
BYTES = {
    "": 1,
    "B": 1,
    "KB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
DURATION_HINT = "Write seconds, or a number with s, m, h, d or y: 10s, 5m, 2h, 7d"
SIZE_HINT = "Write bytes, or a number with KB, MB, GB or TB: 10MB, 2GB"
SHARE_HINT = "Write percent of one core: 150% is one core and a half"
_QUANTITY = re.compile(r"([-+]?\d+(?:\.\d+)?)\s?([A-Za-z]*)")


class WrongValue(ValueError):
    """The text is not a value of its kind. `hint` says how to write it."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


@lru_cache(maxsize=1024)
def duration(text: str) -> float:
    """Seconds. Raises `WrongValue`."""
    return _quantity(text, SECONDS, "a duration", DURATION_HINT)


@lru_cache(maxsize=1024)
def size(text: str) -> int:
    """Bytes. Raises `WrongValue`."""
    return round(_quantity(text, BYTES, "a size", SIZE_HINT))


def share(text: str) -> float:
    """Percent of one core. Raises `WrongValue`."""
    if not text.endswith("%"):
        raise WrongValue(f"`{text}` is not a share of the processor", SHARE_HINT)
    value = _quantity(text[:-1], {"": 1}, "a share of the processor", SHARE_HINT)
    if value == 0:
        raise WrongValue("a share of 0% lets nothing run", SHARE_HINT)
    return value


def _quantity(text: str, units: dict[str, int], kind: str, hint: str) -> float:
    found = _QUANTITY.fullmatch(text)
    if found is None:
        raise WrongValue(f"`{text}` is not {kind}", hint)
    number, unit = found.groups()
    if unit not in units:
        raise WrongValue(f"`{unit}` is not a unit of {kind}", hint)
    value = float(number) * units[unit]
    if value < 0:
        raise WrongValue(f"`{text}` is negative", hint)
    if value > 2**53:
        raise WrongValue(f"`{text}` is too large", hint)
    return value
