"""500 services: started, listed, left alone by a daemon that is killed, found again, stopped."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable

import httpx
import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for
from tests.robustness.fleet import assert_untouched, fleet, pids, services

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="500 processes take minutes under the rig")

COUNT = 500
TOGETHER = 20  # requests under way at a time


async def post_to_all(daemon: Daemon, action: str) -> None:
    async with httpx.AsyncClient(base_url=daemon.address, timeout=60, trust_env=False) as client:
        room = asyncio.Semaphore(TOGETHER)

        async def post(service: str) -> None:
            async with room:
                (await client.post(f"/api/services/{service}/{action}")).raise_for_status()

        await asyncio.gather(*(post(service) for service in services(daemon)))


def ready_and_all_known(daemon: Daemon) -> float:
    """Seconds from the first answer of a new daemon until it knows all again."""
    daemon.start()
    begun = time.monotonic()
    wait_for(lambda: sum(one["pid"] is not None for one in services(daemon).values()) == COUNT, 5, "all are known")
    return time.monotonic() - begun


@pytest.mark.timeout(120)
def test_five_hundred_services_live_through_a_killed_daemon(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(fleet(COUNT))
    asyncio.run(post_to_all(daemon, "start"))
    wait_for(lambda: all(one["status"] == "running" for one in services(daemon).values()), 30, "all run")
    before = pids(daemon)
    assert len(set(before.values())) == COUNT
    listed = min(_seconds_of_list(daemon) for _ in range(5))
    assert listed < 0.25, f"a list of {COUNT} took {listed:.3f} s"

    daemon.kill()
    assert [service for service, pid in before.items() if not alive(pid)] == []
    assert ready_and_all_known(daemon) < 5
    assert_untouched(daemon, before)
    assert psutil.Process(daemon.keeper_pid).num_fds() < 3 * COUNT + 50

    asyncio.run(post_to_all(daemon, "stop"))
    assert {one["status"] for one in services(daemon).values()} == {"stopped"}
    assert [service for service, pid in before.items() if alive(pid)] == []
    wait_for(lambda: psutil.Process(daemon.keeper_pid).num_fds() < 50, what="the keeper holds nothing of them")


def _seconds_of_list(daemon: Daemon) -> float:
    begun = time.monotonic()
    services(daemon)
    return time.monotonic() - begun
