"""The wall clock is set back an hour under a running center: nothing of the supervisor's counts by it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.app import open_center
from backend.center import Center
from backend.config import Settings
from backend.database.history import Told, page
from backend.database.repositories.events import Filter
from backend.services.supervisor.views import ServiceView
from tests.database.waiting import until
from tests.fakes.clock import ShiftedClock
from tests.fakes.daemon import alive

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")

HOUR = 3600.0
DEFINITIONS = """
defaults: {start_seconds: 0.1s}
services:
  steady: {command: [sleep, '600']}
  killed: {command: [sleep, '600'], restart: {max_restarts: 2, window: 60s, max_delay: 0.4s}}
"""


@asynccontextmanager
async def opened(folder: Path, clock: ShiftedClock) -> AsyncIterator[Center]:
    (folder / "control-center.yaml").write_text(DEFINITIONS, encoding="utf-8")
    settings = Settings.model_validate({"data_dir": folder / "data", "config_dir": folder})
    settings.data_dir.mkdir()
    async with open_center(settings, clock=clock) as center:
        try:
            yield center
        finally:
            await center.supervisor.close()


def view(center: Center, service: str) -> ServiceView:
    return center.supervisor.board.view(center.supervisor.entry(service))


async def running(center: Center, service: str, but: int | None = None) -> int:
    """The pid, once it runs with another one than `but`."""
    await until(lambda: view(center, service).status == "running" and view(center, service).pid != but)
    pid = view(center, service).pid
    assert pid is not None
    return pid


async def test_windows_delays_uptime_and_the_order_of_events_stay_right(tmp_path: Path) -> None:
    clock = ShiftedClock()
    async with opened(tmp_path, clock) as center:
        begun = time.monotonic()
        for service in ("steady", "killed"):
            await center.supervisor.wishes.start(service)
        steady, first = await running(center, "steady"), await running(center, "killed")
        os.kill(first, signal.SIGKILL)
        second = await running(center, "killed", but=first)

        clock.set_by(-HOUR)
        set_back = center.journal.last_seq
        os.kill(second, signal.SIGKILL)
        await until(lambda: view(center, "killed").status == "backoff")
        retry_at = view(center, "killed").retry_at
        assert retry_at is not None
        assert 0 < (retry_at - clock.now()).total_seconds() < 0.6, "a delay, not an hour"
        third = await running(center, "killed", but=second)
        os.kill(third, signal.SIGKILL)
        await until(lambda: view(center, "killed").status == "failed")
        assert view(center, "killed").reason == "SIGKILL (9); 2 restarts within 60 s", "the window goes on"

        seen = view(center, "steady")
        lived = time.monotonic() - begun
        assert seen.pid == steady
        assert alive(steady)
        assert seen.uptime_seconds is not None
        assert lived - 2 < seen.uptime_seconds <= lived
        found = await until(lambda: _events(center, Filter(types=("clock.set_back",))))
        assert found[0].event.fact.payload["seconds"] == pytest.approx(HOUR, abs=2)

        await center.journal.settled()
        events = [told.event for told in await _events(center, Filter(since=0))]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        after = [event for event in events if event.seq > set_back]
        assert after[0].at < events[0].at, "the time told is the wall clock's"
        told = [event.fact for event in after if event.fact.area == "supervisor"]
        order = [fact.type for fact in told if fact.subject == "killed"]
        assert order[0] == "service.exited"
        assert order[-1] == "service.failed"


async def _events(center: Center, wanted: Filter) -> list[Told]:
    return (await page(center.database, center.journal, wanted, 1000)).events
