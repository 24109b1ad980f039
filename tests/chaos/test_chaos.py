"""Several clients want at random, and tools, daemon and keeper are killed at random. Then what is said must be what is.

`CONTROL_CENTER_CHAOS` is how many seconds it lasts, `CONTROL_CENTER_SEED` what chance begins with.
"""

from __future__ import annotations

import os
import random
import re
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

import httpx
import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for
from tests.fakes.marked import all_views, marked, what_is

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell; tests/windows has its like")

SECONDS = float(os.environ.get("CONTROL_CENTER_CHAOS", "25"))
CLIENTS = 3
OFTEN = "restart: {when: always, max_restarts: 1000, max_delay: 0.2s}"
COUNTS = "echo begin; i=0; while :; do echo line $i; i=$((i+1)); sleep 0.05; done"
SERVICES = f"""
services:
  counts0: {{command: [sh, -c, '{COUNTS}'], {OFTEN}, autostart: true}}
  counts1: {{command: [sh, -c, '{COUNTS}'], {OFTEN}, autostart: true, lifetime: persistent}}
  counts2: {{command: [sh, -c, '{COUNTS}'], {OFTEN}, lifetime: session}}
  crashes: {{command: [sh, -c, 'sleep 0.4; exit 3'], restart: {{max_restarts: 3, max_delay: 0.5s}}}}
  ends: {{command: [sleep, '0.3'], restart: never}}
  stubborn: {{command: [sh, -c, "trap '' TERM; while :; do sleep 0.1; done"], stop: {{timeout: 0.4s}}, {OFTEN}}}
  family: {{command: [sh, -c, 'sleep 301 & setsid sleep 302 & exec sleep 300'], {OFTEN}}}
  base: {{command: [sleep, '300'], start_seconds: 0.2s, {OFTEN}}}
  middle: {{command: [sleep, '300'], depends_on: [base], start_seconds: 0.1s, {OFTEN}}}
  top: {{command: [sleep, '300'], depends_on: [middle, counts0], {OFTEN}}}
  checked: {{command: [sleep, '300'], health: {{command: ['true'], interval: 0.5s}}, {OFTEN}}}
"""
NAMES = re.findall(r"^  (\w+):", SERVICES, re.MULTILINE)


class Client(threading.Thread):
    """Wants something again and again until told to leave. `faults` has the answers that no client should get."""

    def __init__(self, address: str, seed: int) -> None:
        super().__init__()
        self._address = address
        self._chance = random.Random(seed)
        self._leaving = threading.Event()
        self.faults: list[str] = []
        self.answers: Counter[int] = Counter()

    def run(self) -> None:
        with httpx.Client(base_url=self._address, timeout=30, trust_env=False) as http:
            while not self._leaving.wait(self._chance.uniform(0, 0.3)):
                try:
                    self._want(http)
                except httpx.TransportError:
                    continue  # the daemon is gone at the moment

    def _want(self, http: httpx.Client) -> None:
        service, wish = self._chance.choice(NAMES), self._chance.choice(["start", "start", "stop", "restart", "look"])
        answer = http.get("/api/services") if wish == "look" else http.post(f"/api/services/{service}/{wish}")
        self.answers[answer.status_code] += 1
        if answer.status_code == 500:
            self.faults.append(f"{wish} {service}: {answer.text}")

    def leave(self) -> None:
        self._leaving.set()
        self.join()


class Killer:
    def __init__(self, daemon: Daemon, seed: int) -> None:
        self._daemon = daemon
        self._chance = random.Random(seed)
        self.killed: Counter[str] = Counter()

    def strike(self) -> None:
        whom = self._chance.choices(["tool", "daemon", "keeper", "both"], [20, 3, 2, 1])[0]
        self.killed[whom] += 1
        if whom == "tool":
            self._kill_a_tool()
        if whom in {"keeper", "both"}:
            self._kill_keeper()
        if whom in {"daemon", "both"}:
            self._daemon.kill()
            time.sleep(self._chance.choice([0, 0, 0.5]))
            self._daemon.start()

    def _kill_a_tool(self) -> None:
        number = self._chance.choice([signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
        if pids := sorted(marked(self._daemon.data_dir)):
            try:
                os.kill(self._chance.choice(pids), number)
            except ProcessLookupError:
                pass  # it has just ended by itself

    def _kill_keeper(self) -> None:
        """None is there for the moment in which a new one starts."""
        try:
            os.kill(self._daemon.keeper_pid, signal.SIGKILL)
        except (KeyError, ProcessLookupError):
            pass


@pytest.mark.timeout(240 + 2 * SECONDS)
def test_what_is_said_after_chaos_is_what_is(daemons: Callable[..., Daemon], seed: int) -> None:
    daemon = daemons(SERVICES)
    clients = [Client(daemon.address, seed + number) for number in range(1, CLIENTS + 1)]
    killer = Killer(daemon, seed)
    for client in clients:
        client.start()
    pause = random.Random(seed)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        time.sleep(pause.uniform(0, 0.4))
        killer.strike()
    for client in clients:
        client.leave()
    told = f"seed {seed}, killed {dict(killer.killed)}, answered {dict(sum((c.answers for c in clients), Counter()))}"
    assert [fault for client in clients for fault in client.faults] == [], told
    views = what_is(daemon, told)
    for service in ("counts0", "counts1", "counts2"):
        _counts_without_gaps(daemon, service, told)
    _all_can_be_stopped(
        daemon, [name for name, view in views.items() if view["status"] in {"running", "waiting"}], told
    )
    output = daemon.output.read_text(errors="replace")
    assert "Traceback" not in output, f"{told}\n{output}"
    assert daemon.events("keeper.lost") or not killer.killed["keeper"], told


def _counts_without_gaps(daemon: Daemon, service: str, told: str) -> None:
    """Each of its lives begins with `begin` and counts on from 0; only the last line of a life may be cut."""
    expected: int | None = None
    for line in daemon.log(service).splitlines():
        if "begin" in line:
            expected = 0
        elif expected is not None and line.startswith("line ") and line[5:].isdigit():
            assert int(line[5:]) == expected, f"{told}: {service}: {line}, not {expected}"
            expected += 1


def _all_can_be_stopped(daemon: Daemon, up: list[str], told: str) -> None:
    for service in up:
        answer = daemon.post(service, "stop")
        assert answer.status_code == 200, f"{told}: {service}: {answer.text}"
        assert answer.json()["status"] == "stopped", f"{told}: {service}"
    assert marked(daemon.data_dir) == {}, told
    wait_for(lambda: not psutil.Process(daemon.keeper_pid).children(), 2, f"{told}: all are reaped")
    assert all(view["pid"] is None or not alive(view["pid"]) for view in all_views(daemon).values()), told
