"""Tells that the database takes nothing, and that it does again: whoever looks at events later shall know why some of
them were stored late. A trouble that passes at once, such as the lock of a backup, is none."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from backend.core.clock import Clock
from backend.core.events import Fact

LASTING = 1.0  # seconds that a trouble lasts before it is told


class Outage:
    """`heard` is for `Database.on_trouble`; `tell` is the journal's, which keeps what is told meanwhile."""

    def __init__(self, tell: Callable[[Fact], object], clock: Clock) -> None:
        self._tell = tell
        self._clock = clock
        self._reason: str | None = None
        self._since = 0.0
        self._told = False
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, reason: str | None) -> None:
        """Why the last write failed or still waits; None when one succeeded."""
        if reason is None:
            self._over()
        elif self._reason is None:
            self._since = self._clock.monotonic()
            self._timer = asyncio.get_running_loop().call_later(LASTING, self._lasts)
        self._reason = reason

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _lasts(self) -> None:
        self._told = True
        self._tell(Fact("database", "database.unavailable", payload={"reason": self._reason}))

    def _over(self) -> None:
        self.close()
        if self._told:
            self._told = False
            seconds = round(self._clock.monotonic() - self._since, 1)
            self._tell(Fact("database", "database.back", payload={"reason": self._reason, "seconds": seconds}))
