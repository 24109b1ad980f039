"""`GET /api/config` of a real daemon: what is in force, what is wrong with the file, and no secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from tests.fakes.daemon import Daemon, wait_for

DEFINITIONS = """
services:
  clock:
    command: ["${center:python}", "-u", "${center:root}/examples/clock.py", --port, "18510", --every, "0.2"]
    port: 18510
    env: {KEY: "${env:OUR_OWN_KEY}", OPEN: plain}
"""


def config(daemon: Daemon) -> dict[str, Any]:
    answer = daemon.http.get("/api/config")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_tells_what_is_in_force_and_follows_the_file(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS, OUR_OWN_KEY="the-secret-itself")
    found = config(daemon)
    assert (found["state"], found["faults"], found["path"]) == ("in_force", [], str(daemon.config))
    assert found["applied_at"]
    assert found["changed_at"]
    clock = found["services"]["clock"]
    assert (clock["port"], clock["cwd"]) == (18510, str(daemon.folder))
    assert clock["env"] == {"KEY": "•••", "OPEN": "plain"}
    assert "the-secret-itself" not in daemon.http.get("/api/config").text

    daemon.config.write_text(DEFINITIONS.replace("port: 18510", "prot: 18510"), encoding="utf-8")
    found = wait_for(lambda: (now := config(daemon))["state"] == "faulty" and now)
    assert list(found["services"]) == ["clock"]
    (fault,) = found["faults"]
    assert fault == {
        "severity": "error",
        "line": 5,
        "column": 5,
        "path": "services.clock.prot",
        "message": "`prot` is not a key of services.clock",
        "hint": "Did you mean `port`?",
        "excerpt": "prot: 18510",
    }

    daemon.config.write_text(DEFINITIONS + "  more: {command: ['${center:python}', -V]}\n", encoding="utf-8")
    wait_for(lambda: daemon.http.get("/api/services/more").status_code == 200)
    assert config(daemon)["state"] == "in_force"
    assert [event["type"] for event in daemon.events("config.refused")] == ["config.refused"]
    assert [event["payload"]["added"] for event in daemon.events("config.applied")] == [["clock"], ["more"]]


def test_the_demo_clock_runs_shows_its_page_and_leaves_in_order(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS, OUR_OWN_KEY="the-secret-itself")
    assert daemon.post("clock", "start", wait="running").status_code == 200
    wait_for(lambda: "heartbeat 2" in daemon.log("clock"))
    page = httpx.get("http://127.0.0.1:18510/", trust_env=False)
    assert page.status_code == 200
    assert "Demo clock" in page.text
    daemon.post("clock", "stop")
    daemon.is_("clock", "stopped")
    assert "stopped after" in daemon.log("clock")
