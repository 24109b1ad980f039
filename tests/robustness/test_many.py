"""500 services: started, listed, left alone by a daemon that is killed, found again, stopped with it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for
from tests.robustness.fleet import assert_untouched, fleet, pids, services

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="500 processes take minutes under the rig")

COUNT = 500


@pytest.mark.timeout(180)
def test_five_hundred_services_live_through_a_killed_daemon(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons("defaults: {autostart: true}\n" + fleet(COUNT))
    wait_for(lambda: all(one["status"] == "running" for one in services(daemon).values()), 60, "all run")
    before = pids(daemon)
    assert len(set(before.values())) == COUNT
    listed = min(_seconds_of_list(daemon) for _ in range(5))
    assert listed < 1, f"a list of {COUNT} took {listed:.3f} s"

    daemon.kill()
    assert [service for service, pid in before.items() if not alive(pid)] == []
    daemon.start()
    wait_for(lambda: all(one["status"] == "running" for one in services(daemon).values()), 30, "all are known again")
    assert_untouched(daemon, before)
    keeper = daemon.keeper_pid
    assert psutil.Process(keeper).num_fds() < 3 * COUNT + 50

    daemon.stop()
    assert [service for service, pid in before.items() if alive(pid)] == []
    wait_for(lambda: not psutil.pid_exists(keeper), what="the keeper holds nothing any more")


def _seconds_of_list(daemon: Daemon) -> float:
    begun = time.monotonic()
    services(daemon)
    return time.monotonic() - begun
