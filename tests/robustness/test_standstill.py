"""The daemon is halted (SIGSTOP) and continued, longer than any probe waits.

`CONTROL_CENTER_HALT_SECONDS=60` halts it for as long as one may wish.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import closing

import pytest

from tests.fakes.daemon import Daemon, alive, wait_for
from tests.robustness.fleet import TICK, assert_untouched, fleet, pids, services, start_all, told

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGSTOP")

HALT_SECONDS = float(os.environ.get("CONTROL_CENTER_HALT_SECONDS", "7"))


def free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def test_tools_are_unharmed_and_what_happened_meanwhile_is_dealt_with(daemons: Callable[..., Daemon]) -> None:
    """A tool that answers is never taken for unwell, however nervous its check."""
    port = free_port()
    nervous = "interval: 0.2s, timeout: 0.5s, failures: 1"
    daemon = daemons(
        fleet(
            4,
            f"ticker: {{command: {TICK}}}",
            f"web: {{command: [{sys.executable}, -m, http.server, '{port}', --bind, 127.0.0.1], "
            f"health: {{http: 'http://127.0.0.1:{port}/', {nervous}}}}}",
            f"tcp: {{command: [sleep, '600'], health: {{tcp: {port}, {nervous}}}}}",
            "session: {command: [sleep, '600'], lifetime: session}",
            "killed: {command: [sleep, '600'], start_seconds: 0.1s}",
            "ending: {command: [sh, -c, 'sleep 600 & wait; exit 3'], restart: never}",
        )
    )
    before = start_all(daemon)
    wait_for(lambda: all(services(daemon)[one]["health"] == "healthy" for one in ("web", "tcp")))
    killed, ending = before.pop("killed"), before.pop("ending")
    lines = len(daemon.log("ticker").splitlines())
    changes = {service: daemon.events("service.health", service) for service in ("web", "tcp")}

    assert daemon.process is not None
    daemon.process.send_signal(signal.SIGSTOP)
    continued_at = time.monotonic() + HALT_SECONDS
    os.kill(killed, signal.SIGKILL)
    os.kill(ending, signal.SIGKILL)
    wait_for(lambda: time.monotonic() > continued_at, HALT_SECONDS + 5)
    assert [service for service, pid in before.items() if not alive(pid)] == []
    daemon.process.send_signal(signal.SIGCONT)

    wait_for(lambda: pids(daemon)["killed"] not in {None, killed}, 5, "what was killed meanwhile runs again")
    assert daemon.is_("ending", "exited")["exit_text"] == "SIGKILL (9)"
    resumed = told(daemon, "daemon.resumed")
    assert HALT_SECONDS - 2 < resumed["payload"]["seconds"] < HALT_SECONDS + 10
    probed = daemon.http.get("/api/services/web/health").json()["probes"][-1]["at"]
    wait_for(lambda: daemon.http.get("/api/services/web/health").json()["probes"][-1]["at"] > probed)
    assert {service: len(daemon.events("service.health", service)) for service in changes} == {
        service: len(events) for service, events in changes.items()
    }
    assert_untouched(daemon, before)
    assert len(daemon.log("ticker").splitlines()) >= lines + HALT_SECONDS * 5, "its log goes on through it"
