"""Services added, changed and removed through the API of a real daemon, as the dashboard and scripts do it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from tests.fakes.daemon import Daemon, alive, wait_for

FILE = """# ours
services:

  # the first
  one:
    command: ["${center:python}", -c, "import time; time.sleep(600)"]   # sleeps
    env: {KEY: "${env:OUR_OWN_KEY}"}
"""
SLEEP = ["${center:python}", "-c", "import time; time.sleep(600)"]


def add(daemon: Daemon, dry_run: bool = False, **body: Any) -> httpx.Response:
    return daemon.http.post("/api/services", json=body, params={"dry_run": dry_run})


def test_a_service_is_there_when_the_answer_comes(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(FILE)
    answer = add(daemon, id="two", definition={"command": SLEEP, "description": "the second"})
    assert answer.status_code == 201, answer.text
    found = answer.json()
    assert found["plan"] == {"added": ["two"], "changed": [], "removed": [], "unchanged": 1}
    assert [(view["id"], view["status"]) for view in found["services"]] == [("two", "stopped")]
    assert daemon.config.read_text(encoding="utf-8").startswith(FILE)
    assert daemon.post("two", "start", wait="running").status_code == 200
    assert add(daemon, id="two", definition={"command": SLEEP}).json()["error_code"] == "service_exists"
