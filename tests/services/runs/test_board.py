"""Who follows gets the newest list, and costs little however long it is."""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime

from backend.core.clock import SystemClock
from backend.services.runs.board import TIMES, Board
from backend.services.runs.views import RunView
from tests.fakes.following import follow

RUN = RunView("run_20261121_000000_m_00000001", "m", "Module", "queued", datetime(2026, 11, 21, tzinfo=UTC))


async def test_changes_of_one_moment_are_told_once_and_nobody_is_told_of_none() -> None:
    shown: list[int] = []

    def active() -> tuple[RunView, ...]:
        shown.append(1)
        return (RUN,)

    board = Board(active, SystemClock())
    board.changed()
    await asyncio.sleep(0.05)
    assert shown == []  # nobody follows
    told = follow(board.views)
    assert [run["run_id"] for run in json.loads(await anext(told))["runs"]] == [RUN.run_id]
    for _ in range(10):
        board.changed()
    await anext(told)
    assert len(shown) == 2
    await told.aclose()


async def test_a_list_that_takes_long_is_told_rarely_and_its_last_state_always() -> None:
    length, encoded = 1, 0

    def active() -> tuple[RunView, ...]:
        nonlocal encoded
        encoded += 1
        time.sleep(0.01)
        return (RUN,) * length

    board = Board(active, SystemClock())
    told = follow(board.views)
    await anext(told)
    begun = time.monotonic()
    while time.monotonic() < begun + 0.6:
        board.changed()
        await asyncio.sleep(0.001)
    assert 1 < encoded <= 2 + (time.monotonic() - begun) / (0.01 + TIMES * 0.01)
    length = 9
    board.changed()
    while len(json.loads(await asyncio.wait_for(anext(told), 5))["runs"]) != 9:
        pass
    await told.aclose()
