"""Two clocks compared: a machine that slept, a daemon that was halted, a wall clock that was set back."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from backend.services.supervisor import suspension
from tests.database.waiting import until
from tests.fakes.clock import TurnedClock


class TwoClocks(TurnedClock):
    """Goes on by a tick at each look; `jump` is what each clock does besides."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.jumps: list[tuple[float, float]] = []

    def now(self) -> datetime:
        self.looks += 1
        if self.looks % 2 == 0:  # the second look of a tick
            wall, mono = self.jumps.pop(0) if self.jumps else (0.0, 0.0)
            self._now += timedelta(seconds=suspension.TICK + wall)
            self._monotonic += suspension.TICK + mono
        return super().now()


@pytest.mark.parametrize(
    ("jump", "told"),
    [
        ((3600.0, 0.0), [("resumed", 3600.0)]),  # Linux: the monotonic clock stands still in a sleep
        ((3600.0, 3600.0), [("resumed", 3600.0)]),  # elsewhere, and in a process that is halted, it goes on
        ((-3600.0, 0.0), [("set back", 3600.0)]),
        ((-3540.0, 60.0), [("resumed", 60.0)]),
        ((4.0, 0.0), []),
        ((-4.0, 0.0), []),
    ],
)
async def test_what_is_told(
    jump: tuple[float, float], told: list[tuple[str, float]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suspension, "TICK", 0.001)
    clock = TwoClocks()
    clock.jumps = [(0.0, 0.0), jump]
    heard: list[tuple[str, float]] = []
    watching = asyncio.ensure_future(
        suspension.watch_for_suspension(
            clock,
            lambda seconds: heard.append(("resumed", round(seconds, 1))),
            lambda seconds: heard.append(("set back", round(seconds, 1))),
        )
    )
    await until(lambda: clock.looks > 8)
    watching.cancel()
    assert heard == told
