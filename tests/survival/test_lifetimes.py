"""What outlives what: each lifetime under each way in which a daemon leaves."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable

import pytest

from tests.fakes.daemon import Daemon, alive, wait_for
from tests.fakes.marked import marked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals; tests/windows has its like")

Make = Callable[..., Daemon]
LIFETIMES = ("session", "adopt", "persistent")
SERVICES = "services:\n" + "\n".join(
    f"  {lifetime}: {{command: [sh, -c, 'sleep 301 & exec sleep 300'], lifetime: {lifetime}}}" for lifetime in LIFETIMES
)


def _start_all(daemon: Daemon, beside: int = 0) -> dict[str, int]:
    pids = {lifetime: int(daemon.post(lifetime, "start").json()["pid"]) for lifetime in LIFETIMES}
    wait_for(lambda: len(marked(daemon.data_dir)) == 2 * len(LIFETIMES) + beside)
    return pids


def _signalled(number: signal.Signals) -> Callable[[Daemon], None]:
    def leave(daemon: Daemon) -> None:
        assert daemon.process is not None
        daemon.process.send_signal(number)

    return leave


def _asked(daemon: Daemon) -> None:
    assert daemon.http.post("/api/shutdown").status_code < 300


@pytest.mark.parametrize(
    "leave",
    [_signalled(signal.SIGTERM), _signalled(signal.SIGINT), _signalled(signal.SIGHUP), _asked],
    ids=["SIGTERM", "SIGINT", "SIGHUP", "asked over the API"],
)
def test_an_orderly_end_stops_all_but_what_is_persistent(daemons: Make, leave: Callable[[Daemon], None]) -> None:
    daemon = daemons(SERVICES)
    pids = _start_all(daemon)
    leave(daemon)
    assert daemon.process is not None
    daemon.process.wait(20)
    trees = set(marked(daemon.data_dir).values())
    assert [alive(pids[lifetime]) for lifetime in LIFETIMES] == [False, False, True]
    assert len(trees) == 1, "of the others nobody lives, children included"
    daemon.start()
    assert daemon.is_("persistent", "running")["pid"] == pids["persistent"]
    for lifetime in ("session", "adopt"):
        assert daemon.is_(lifetime, "running")["pid"] != pids[lifetime], "what was up comes back"


def test_a_crash_ends_sessions_within_six_seconds_and_nothing_else(daemons: Make) -> None:
    more = "{command: [sleep, '300'], lifetime: session, %s}"
    daemon = daemons(f"{SERVICES}\n  once: {more % 'restart: never'}\n  by_hand: {more % 'autostart: false'}\n")
    for service in ("once", "by_hand"):
        assert daemon.post(service, "start").status_code == 200
    pids = _start_all(daemon, beside=2)
    daemon.kill()
    killed_at = time.monotonic()
    wait_for(lambda: not alive(pids["session"]), 6)
    assert time.monotonic() - killed_at > 3, "a daemon that is only restarted must find it"
    wait_for(lambda: len(marked(daemon.data_dir)) == 4, 1, "the session's child is gone too, and the other sessions")
    daemon.start()
    for lifetime in ("adopt", "persistent"):
        assert daemon.is_(lifetime, "running")["pid"] == pids[lifetime]
    assert daemon.is_("session", "running")["pid"] != pids["session"]
    assert daemon.is_("once", "running")["restarts"] == 0, "what is wanted comes back, and nothing has crashed"
    assert daemon.is_("by_hand", "stopped")["wanted"] == "up", "as after an orderly end"


def test_a_daemon_back_in_time_keeps_its_sessions(daemons: Make) -> None:
    daemon = daemons(SERVICES)
    pids = _start_all(daemon)
    daemon.kill()
    daemon.start()
    assert {lifetime: daemon.is_(lifetime, "running")["pid"] for lifetime in LIFETIMES} == pids
