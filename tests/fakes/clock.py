"""A clock that tests turn by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from backend.core.clock import SystemClock


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


class ShiftedClock(SystemClock):
    """The system's clocks, with a wall clock that somebody sets."""

    def __init__(self) -> None:
        self._shift = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self._shift

    def set_by(self, seconds: float) -> None:
        self._shift += timedelta(seconds=seconds)
