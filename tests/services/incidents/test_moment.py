"""One moment of the past, of a real daemon."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.core.events import Event, Fact
from backend.services.incidents.past_states import past_of
from tests.fakes.daemon import Daemon, wait_for

TALKS = "import time\nfor number in range(10**6): print('tick', number, flush=True); time.sleep(0.05)"
RUNS = "modules:\n  slow: {command: [%s, -c, 'import time; print(\"at work\", flush=True); time.sleep(600)']}\n"


def definitions() -> str:
    services = {name: {"command": [sys.executable, "-c", TALKS], "restart": "never"} for name in ("one", "two")}
    return f"services: {json.dumps(services)}\n" + RUNS % json.dumps(sys.executable)


def moment(daemon: Daemon, at: datetime, **query: Any) -> dict[str, Any]:
    answer = daemon.http.get("/api/moment", params={"at": at.isoformat(), **query})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def states(found: dict[str, Any]) -> dict[str, str]:
    return {service["id"]: service["status"] for service in found["services"]}


def test_a_moment_shows_what_was_so_then(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(definitions())
    before = datetime.now(UTC)
    daemon.post("one", "start", wait="running")
    run = daemon.http.post("/api/modules/slow/run", json={}).json()["run_id"]
    wait_for(lambda: daemon.http.get(f"/api/runs/{run}").json()["status"] == "running", what="it runs")
    wait_for(lambda: "tick 60" in daemon.log("one"), what="it has talked for a while")
    during = datetime.now(UTC)
    daemon.post("one", "stop")
    daemon.post("two", "start", wait="running")
    daemon.http.delete(f"/api/runs/{run}").raise_for_status()
    wait_for(lambda: daemon.http.get(f"/api/runs/{run}").json()["status"] == "cancelled", what="it is cancelled")
    wait_for(lambda: all(event["stored"] for event in daemon.events("service.started")), what="all is stored")

    found = moment(daemon, during)
    assert states(found)["one"] == "running"
    assert "two" not in states(found)
    assert [one["run_id"] for one in found["runs"]] == [run]
    [one] = [log for log in found["logs"] if log["service"] == "one"]
    times = [datetime.fromisoformat(line["timestamp"]) for line in one["lines"]]
    assert any(at < during for at in times)
    assert times == sorted(times)
    messages = [line["message"] for line in one["lines"]]
    assert all(message.startswith("tick ") for message in messages)
    numbers = [int(message.split()[1]) for message in messages]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert "service.started" in [event["type"] for event in found["events"]]
    assert [event["seq"] for event in found["events"]] == sorted(event["seq"] for event in found["events"])

    after = moment(daemon, datetime.now(UTC))
    assert (states(after)["one"], states(after)["two"], after["runs"]) == ("stopped", "running", [])
    earlier = moment(daemon, before - timedelta(days=1))
    assert (earlier["services"], earlier["logs"], earlier["events"]) == ([], [], [])
    assert datetime.fromisoformat(earlier["known_from"]) > before - timedelta(hours=1)
    near = moment(daemon, during, window="1s")["events"]
    assert all(abs(datetime.fromisoformat(event["at"]) - during) <= timedelta(seconds=1) for event in near)
    daemon.post("two", "stop")


@pytest.mark.parametrize(
    "query",
    [
        *({}, {"at": "2026-01-01T00:00:00"}, {"at": "2999-01-01T00:00:00Z"}, {"at": "0001-01-01T00:00:00+14:00"}),
        *({"at": "2026-01-01T00:00:00Z", "window": "2h"}, {"at": "2026-01-01T00:00:00Z", "window": "soon"}),
    ],
)
def test_what_is_no_moment_is_refused(daemons: Callable[..., Daemon], query: dict[str, str]) -> None:
    assert daemons("").http.get("/api/moment", params=query).status_code == 422


def events(*told: tuple[str, dict[str, Any]]) -> list[Event]:
    """The newest first."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Event(seq, at + timedelta(seconds=seq), Fact("supervisor", f"service.{what}", "one", payload=payload))
        for seq, (what, payload) in reversed(list(enumerate(told, 1)))
    ]


def test_health_is_that_of_the_present_life() -> None:
    unhealthy = {"health": "unhealthy", "reason": "silent"}
    past = past_of(events(("starting", {}), ("started", {}), ("health", unhealthy)), 0)
    assert past is not None
    assert (past.status, past.health, past.event_seq) == ("running", "unhealthy", 2)
    past = past_of(events(("started", {}), ("health", unhealthy), ("exited", {"exit": "exit code 1"})), 0)
    assert past is not None
    assert (past.status, past.health, past.reason) == ("exited", "none", "exit code 1")
    past = past_of(events(("health", unhealthy), ("stopped", {}), ("starting", {})), 0)
    assert past is not None
    assert (past.status, past.health) == ("starting", "none")


def test_what_a_later_daemon_did_not_find_had_ended() -> None:
    past = past_of(events(("starting", {}), ("started", {})), daemon_since=3)
    assert past is not None
    assert past.status == "stopped"
    past = past_of(events(("starting", {}), ("failed", {})), daemon_since=3)
    assert past is not None
    assert past.status == "failed"


def test_nothing_is_said_of_what_nobody_told() -> None:
    assert past_of(events(("health", {"health": "healthy"})), 0) is None
