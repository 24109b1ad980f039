"""`rm -r` of the log folder while services write into it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.robustness.fleet import TICK, assert_untouched, fleet, start_all, told

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete what is open")


def test_services_go_on_and_their_logs_begin_anew(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(fleet(3, f"ticker: {{command: {TICK}}}", f"other: {{command: {TICK}}}"))
    before = start_all(daemon)
    wait_for(lambda: "tick 10" in daemon.log("ticker"))
    folder = daemon.data_dir / "logs"
    shutil.rmtree(folder)
    lost = told(daemon, "service.log_lost")
    assert lost["subject"] in {"ticker", "other"}
    for service in ("ticker", "other"):
        live = folder / f"{service}.log"
        wait_for(lambda: live.exists() and live.stat().st_size > 50, what=f"{live} is there again")  # noqa: B023
        wait_for(lambda: "tick" in daemon.log(service), what="the new log is shown")  # noqa: B023
    assert_untouched(daemon, before)
    assert daemon.post("s001", "restart").json()["status"] in {"starting", "running"}
