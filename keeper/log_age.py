"""When something of a log is too old to stay."""

from __future__ import annotations

import math
from collections.abc import Iterable


class Age:
    """`limit` in seconds, None for none; all times are epoch seconds."""

    def __init__(self, limit: float | None) -> None:
        self._limit = limit
        self._begun = math.inf
        self._expires = math.inf

    @property
    def limited(self) -> bool:
        return self._limit is not None

    def begin(self, now: float) -> None:
        """The first byte of the live segment came then."""
        self._begun = now
        if self._limit is not None:
            self._expires = min(self._expires, now + self._limit)

    def expired(self, now: float) -> bool:
        """Whether to look for what is too old."""
        return now >= self._expires

    def live_is_old(self, now: float) -> bool:
        return self._limit is not None and now - self._begun > self._limit

    def staying(self, ends: Iterable[float], *, live: bool) -> None:
        """When the last byte of each segment that stays came; `live` says that the live one has bytes. The oldest tells
        when to look again."""
        if self._limit is not None:
            self._expires = min([*ends, *([self._begun] if live else [])], default=math.inf) + self._limit
