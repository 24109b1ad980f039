"""Nothing holds up the event loop for more than 50 ms while 100 services are started, watched, killed and stopped.

What is measured of each callback is the processor time that it used and the time for which it slept: on a busy machine
the wall clock would blame it for others.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.app import open_center
from backend.config import Settings
from backend.services.supervisor import Supervisor
from tests.database.waiting import until
from tests.fakes.following import follow
from tests.robustness.fleet import fleet

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells how long a thread waited for its turn"
)

COUNT = 100
MOST = 0.05  # seconds of processor time
ASLEEP = 0.25  # seconds; a thread also sleeps while another one has the interpreter
KILLED = 20


@pytest.fixture
def stalls(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, float]]:
    """Seconds by callback, of those that took too long."""
    found: dict[str, float] = {}
    run = asyncio.Handle._run
    turns = os.open("/proc/thread-self/schedstat", os.O_RDONLY)

    def waited() -> float:
        """Seconds for which this thread could have run and had no processor."""
        return int(os.pread(turns, 100, 0).split()[1]) / 1e9

    def timed(handle: asyncio.Handle) -> None:
        cpu, wall, queued = time.thread_time(), time.monotonic(), waited()
        run(handle)
        used = time.thread_time() - cpu
        slept = time.monotonic() - wall - (waited() - queued) - used
        if used > MOST or slept > ASLEEP:
            found[repr(handle)] = round(max(used, slept), 3)

    monkeypatch.setattr(asyncio.Handle, "_run", timed)
    gc.collect()
    gc.freeze()  # as the daemon does: all that the tests have loaded is none of its business
    yield found
    gc.unfreeze()
    monkeypatch.undo()
    os.close(turns)


async def live_through(supervisor: Supervisor) -> None:
    """As a busy minute of a person: all started, a page open, some killed, all stopped."""

    def all_are(status: str) -> bool:
        return all(view.status == status for view in supervisor.board.views())

    names = [view.id for view in supervisor.board.views()]
    page = asyncio.ensure_future(anext(follow(supervisor.board.live)))
    await asyncio.gather(*(supervisor.wishes.start(name) for name in names))
    await until(lambda: all_are("running"), 30)
    for view in supervisor.board.views()[:KILLED]:
        assert view.pid is not None
        os.kill(view.pid, signal.SIGKILL)
    await until(lambda: all_are("running") and sum(view.restarts for view in supervisor.board.views()) == KILLED, 30)
    await asyncio.gather(*(supervisor.wishes.stop(name, 20) for name in names))
    assert all_are("stopped")
    await page


def test_the_watch_sees_a_callback_that_computes_and_one_that_sleeps(stalls: dict[str, float]) -> None:
    def computes() -> None:
        until_then = time.thread_time() + 2 * MOST
        while time.thread_time() < until_then:
            pass

    async def stall() -> None:
        loop = asyncio.get_running_loop()
        loop.call_soon(computes)
        loop.call_soon(time.sleep, 1.2 * ASLEEP)
        await asyncio.sleep(0.01)

    asyncio.run(stall())
    assert len(stalls) == 2
    assert any("computes" in one for one in stalls)
    assert any("sleep" in one for one in stalls)


async def test_nothing_holds_up_the_loop_with_a_hundred_services(tmp_path: Path, stalls: dict[str, float]) -> None:
    (tmp_path / "control-center.yaml").write_text(fleet(COUNT), encoding="utf-8")
    settings = Settings.model_validate({"data_dir": tmp_path / "data", "config_dir": tmp_path})
    settings.data_dir.mkdir()
    async with open_center(settings) as center:
        stalls.clear()
        await live_through(center.supervisor)
        found = dict(stalls)
        await center.supervisor.close()
    assert found == {}
