"""`kill -9` of the daemon, at rest and amid its work: whoever ran runs on, once, and nothing said is untrue.

`CONTROL_CENTER_ROUNDS` is how often it is killed amid its work.
"""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.fakes.daemon import Daemon, alive, wait_for
from tests.fakes.marked import all_views, marked, what_is

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell; tests/windows has its like")

Make = Callable[..., Daemon]

ROUNDS = int(os.environ.get("CONTROL_CENTER_ROUNDS", "25"))
TALKATIVE = 6
ENDINGS = {  # what ends while no daemon is there → restart policy, and what comes of it
    "told": ("exit 9", "never", "exited", 9),
    "well": ("exit 3", "{when: on-failure, exit_codes: [0, 3]}", "exited", 3),
    "failed": ("exit 7", "{when: on-failure, max_restarts: 0}", "failed", 7),
    "again": ("exit 0", "always", "running", 0),
    "killed": ("kill -9 $$", "on-failure", "running", None),
}


def _hundred(folder: Path) -> str:
    lines = ["services:"]
    for name, (end, restart, _, _) in ENDINGS.items():
        os.mkfifo(folder / name)
        # The second life finds no pipe to read from, and stays.
        script = (
            f"if [ -p {folder / name} ]; then read x < {folder / name}; rm {folder / name}; {end}; fi; exec sleep 300"
        )
        lines.append(f"  {name}: {{command: [sh, -c, '{script}'], restart: {restart}, autostart: true}}")
    for number in range(TALKATIVE):
        script = "i=0; while :; do echo line $i; i=$((i+1)); sleep 0.05; done"
        lines.append(f"  talkative{number}: {{command: [sh, -c, '{script}'], autostart: true}}")
    for number in range(100 - TALKATIVE - len(ENDINGS)):
        lines.append(f"  quiet{number}: {{command: [sleep, '300'], autostart: true}}")
    return "\n".join(lines)


def _all_run(daemon: Daemon) -> dict[str, dict[str, Any]] | None:
    views = all_views(daemon)
    return views if all(view["status"] == "running" for view in views.values()) else None


def test_a_hundred_services_neither_notice_nor_double(daemons: Make, tmp_path: Path) -> None:
    daemon = daemons(_hundred(tmp_path))
    before = wait_for(lambda: _all_run(daemon), 40)
    assert len(before) == 100
    assert len(marked(daemon.data_dir)) >= 100
    daemon.kill()
    for name in ENDINGS:
        (tmp_path / name).write_text("now\n")
    wait_for(lambda: not any(alive(before[name]["pid"]) for name in ENDINGS))
    daemon.start()
    wait_for(
        lambda: all(all_views(daemon)[name]["status"] == ENDINGS[name][2] for name in ENDINGS), 20, "ends are handled"
    )
    after = all_views(daemon)
    for name, view in after.items():
        if name not in ENDINGS:
            same = ("pid", "started_at", "status", "restarts")
            assert [view[key] for key in same] == [before[name][key] for key in same], name
            since = time.time() - datetime.fromisoformat(view["started_at"]).timestamp()
            assert view["uptime_seconds"] == pytest.approx(since, abs=2)
            assert abs(psutil.Process(view["pid"]).create_time() - time.time() + view["uptime_seconds"]) < 2
    for name, (_, _, status, code) in ENDINGS.items():
        assert (after[name]["exit_code"], after[name]["status"]) == (code, status)
        assert after[name]["restarts"] == (1 if status == "running" else 0)
    assert after["killed"]["exit_text"] == "SIGKILL (9)"
    trees = Counter(marked(daemon.data_dir).values())
    assert len(trees) == 97, "a hundred less the three that ended and stay ended"
    for number in range(TALKATIVE):
        _goes_on_without_a_gap(daemon, f"talkative{number}")


def _goes_on_without_a_gap(daemon: Daemon, service: str) -> None:
    seen = len(daemon.log(service).splitlines())
    wait_for(lambda: len(daemon.log(service).splitlines()) > seen)
    lines = daemon.log(service).splitlines()
    assert lines[:-1] == [f"line {number}" for number in range(len(lines) - 1)]


# In the middle of starts and stops


VARIED = """
defaults: {start_seconds: 0.1s}
services:
  plain: {command: [sleep, '100000']}
  bystander: {command: [sleep, '100000'], autostart: true}
  stubborn: {command: [sh, -c, "trap '' TERM; while :; do sleep 0.1; done"], stop: {timeout: 0.3s}}
  family: {command: [sh, -c, 'sleep 100001 & setsid sleep 100002 & exec sleep 100000'], stop: {timeout: 1s}}
  slow: {command: [sh, -c, "trap 'sleep 0.2; exit 0' TERM; while :; do sleep 0.02; done"], stop: {timeout: 5s}}
  needs: {command: [sleep, '100000'], depends_on: [plain]}
"""


@pytest.mark.timeout(60 + 16 * ROUNDS)
def test_at_any_moment_of_starts_and_stops(daemons: Make, seed: int) -> None:
    chance = random.Random(seed)
    daemon = daemons(VARIED)
    bystander = daemon.is_("bystander", "running")["pid"]
    for number in range(ROUNDS):
        wishes = [
            (
                chance.choice(["plain", "stubborn", "family", "slow", "needs"]),
                chance.choice(["start", "stop", "restart"]),
            )
            for _ in range(chance.randint(1, 4))
        ]
        asking = [threading.Thread(target=_ask, args=(daemon.address, *wish)) for wish in wishes]
        for thread in asking:
            thread.start()
        time.sleep(chance.choice([chance.uniform(0, 0.02), chance.uniform(0, 0.5)]))
        before = marked(daemon.data_dir)
        daemon.kill()
        for thread in asking:
            thread.join()
        daemon.start()
        told = f"seed {seed}, round {number}: {wishes}"
        views = what_is(daemon, told)
        assert views["bystander"]["pid"] == bystander, f"{told}: {views['bystander']}"
        touched = {service for service, _ in wishes}
        for service, view in views.items():
            if service not in touched | {"plain"} and view["pid"] is not None:
                assert view["pid"] in before, f"{told}: {service} was not touched and has another process"


def _ask(address: str, service: str, wish: str) -> None:
    try:
        httpx.post(f"{address}/api/services/{service}/{wish}", timeout=30, trust_env=False)
    except httpx.TransportError:
        pass  # the daemon was killed before it answered
