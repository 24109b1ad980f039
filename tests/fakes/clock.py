"""A clock that tests turn by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class TurnedClock:
    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = start
        self._monotonic = 1000.0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    def turn(self, seconds: float) -> None:
        """Both clocks go on by `seconds`."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds
