"""Another program holds the database: `BEGIN EXCLUSIVE`, longer than anything of ours waits for it.

`CONTROL_CENTER_HOLD_SECONDS=30` holds it for as long as one may wish.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from functools import partial

import httpx

from tests.database.conftest import locked
from tests.fakes.daemon import Daemon, wait_for
from tests.robustness.fleet import (
    SLEEP,
    all_events,
    all_stored,
    assert_untouched,
    fleet,
    pids,
    seconds_of,
    start_all,
    told,
)

HOLD_SECONDS = float(os.environ.get("CONTROL_CENTER_HOLD_SECONDS", "4"))


def once_another_runs(daemon: Daemon, killed: int) -> httpx.Response:
    """The first answer that tells of another process in the place of the killed one."""

    def answer() -> httpx.Response | None:
        found = daemon.http.get("/api/services/moved")
        return found if found.json()["pid"] not in {None, killed} else None

    mended: httpx.Response = wait_for(answer, what="a crash is mended")
    return mended


def test_services_are_moved_at_once_while_the_database_is_held(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(fleet(8, f"moved: {{command: {SLEEP}, start_seconds: 0.1s}}"))
    before = start_all(daemon)
    before.pop("moved")
    wait_for(lambda: all_stored(daemon), what="all so far is written")
    with locked(daemon.data_dir / "control-center.db"):
        released_at = time.monotonic() + HOLD_SECONDS
        turns = 0
        while time.monotonic() < released_at or turns < 2:
            assert seconds_of(daemon, lambda: daemon.post("moved", "stop")) < 1
            assert seconds_of(daemon, lambda: daemon.post("moved", "start")) < 1
            killed = pids(daemon)["moved"]
            os.kill(killed, signal.SIGKILL)
            assert seconds_of(daemon, partial(once_another_runs, daemon, killed)) < 1
            turns += 1
            wait_for(lambda: time.monotonic() > released_at or daemon.is_("moved", "running"))
        held = told(daemon, "database.unavailable")
        assert (held["stored"], held["payload"]) == (False, {"reason": "another program holds its lock"})
        assert not [event for event in daemon.events("service.exited", "moved") if event["stored"]]
        assert_untouched(daemon, before)
    back = told(daemon, "database.back")
    assert back["payload"]["seconds"] >= HOLD_SECONDS - 1
    wait_for(lambda: all_stored(daemon), what="all is written")
    assert len(all_events(daemon, type="service.launched", subject="moved")) == 1 + 2 * turns, "each once"
    seqs = [event["seq"] for event in all_events(daemon)]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    assert_untouched(daemon, before)
