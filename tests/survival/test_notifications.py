"""Messages through kills of the daemon: a crash loop is one that counts, and what was to be told is told."""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.receivers import Answer, Hook, hooked

if sys.platform == "win32":
    pytest.skip("programs of POSIX", allow_module_level=True)

LOOP = """
services:
  loops: {{name: Loops, command: [sh, -c, "exit 3"], autostart: true, restart: {{max_restarts: 4, window: 60}}}}
notifications:
  group: 5s
  targets: {{hook: "http://127.0.0.1:{port}/T01AB2CD3"}}
"""
RUNS = """
modules:
  fails: {{name: Fails, command: [sh, -c, "exit 2"]}}
  works: {{name: Works, command: ["true"]}}
notifications:
  group: {group}
  targets: {{hook: {{url: "http://127.0.0.1:{port}/T01AB2CD3", on: [run_failed, run_finished]}}}}
"""


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as one:
        yield one


def test_a_crash_loop_is_told_once_with_its_count_and_no_address_is_shown(
    daemons: Callable[..., Daemon], hook: Hook
) -> None:
    daemon = daemons(LOOP.format(port=hook.port))
    daemon.is_("loops", "failed")
    wait_for(lambda: daemon.events("notification.delivered"))
    (posted,) = hook.got
    assert posted.path == "/T01AB2CD3"
    assert posted.document["title"].startswith("Loops crashed 5 times in ")
    assert posted.document["title"].endswith(" and is not started again")
    assert posted.document["count"] == 5
    shown = [
        daemon.http.get(f"/api/{path}").text for path in ("notifications/targets", "notifications/deliveries", "events")
    ]
    assert [text for text in shown if "T01AB2CD3" in text or str(hook.port) in text] == []
    assert "http://…" in shown[0]
    assert "T01AB2CD3" not in daemon.output.read_text()


def test_every_run_is_told_of_whenever_the_daemon_is_killed(
    daemons: Callable[..., Daemon], hook: Hook, seed: int
) -> None:
    """At least once: one that is killed between sending and recording sends again, with the same id."""
    chance = random.Random(seed)
    daemon = daemons(RUNS.format(port=hook.port, group="0.1s"))
    for _ in range(4):
        assert daemon.http.post("/api/runs", json={"module_id": "fails"}).status_code == 202
        time.sleep(chance.uniform(0, 0.6))  # about when it is heard of, sent, recorded
        daemon.kill()
        daemon.start()

    def told() -> int:
        counted = {posted.document["id"]: posted.document["count"] for posted in hook.got}
        return sum(counted.values())

    wait_for(lambda: told() >= 4)
    assert (told(), len(daemon.events("run.failed"))) == (4, 4)


def test_a_queue_waits_for_a_server_that_is_down_while_daemons_come_and_go(
    daemons: Callable[..., Daemon], hook: Hook
) -> None:
    hook.answer = Answer(500)
    daemon = daemons(RUNS.format(port=hook.port, group="0s"))
    for module in ("fails", "works"):
        assert daemon.http.post("/api/runs", json={"module_id": module}).status_code == 202
    wait_for(lambda: daemon.events("notification.failed"))
    wait_for(lambda: len(daemon.http.get("/api/notifications/deliveries").json()["deliveries"]) == 2)
    daemon.stop()
    daemon.start()
    (target,) = daemon.http.get("/api/notifications/targets").json()["targets"]
    assert (target["waiting"], target["held_by"], target["trouble"]) == (
        2,
        "retry",
        "it answers 500 Internal Server Error",
    )
    hook.answer = Answer()
    assert daemon.http.post("/api/notifications/deliveries/1/retry").json()["state"] == "sent"
    wait_for(lambda: len(hook.got) == 2)  # the other one need not be asked for
    assert sorted(hook.titles) == ["Fails failed", "Works has finished"]
