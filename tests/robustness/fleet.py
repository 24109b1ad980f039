"""Many small tools, and what must be so of them after any trouble: each still there, under the pid that it had."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.fakes.daemon import Daemon, alive, wait_for

SLEEP = "[sleep, '600']"
TICK = "[sh, -c, 'i=0; while :; do echo tick $i; i=$((i+1)); sleep 0.05; done']"


def fleet(count: int, *blocks: str) -> str:
    """Definitions of `count` sleepers and whatever else is given, a line each."""
    sleepers = (f"s{number:03d}: {{command: {SLEEP}, start_seconds: 0.1s}}" for number in range(count))
    return "services:\n" + "".join(f"  {line}\n" for line in (*sleepers, *blocks))


def services(daemon: Daemon) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in daemon.http.get("/api/services").json()["services"]}


def start_all(daemon: Daemon, seconds: float = 30.0) -> dict[str, int]:
    """The pid of each, once all of them run."""
    for service in services(daemon):
        daemon.post(service, "start").raise_for_status()
    wait_for(lambda: all(one["status"] == "running" for one in services(daemon).values()), seconds, "all run")
    return pids(daemon)


def pids(daemon: Daemon) -> dict[str, int]:
    return {service: one["pid"] for service, one in services(daemon).items()}


def assert_untouched(daemon: Daemon, before: Mapping[str, int]) -> None:
    now = services(daemon)
    assert {service: now[service]["pid"] for service in before} == before
    assert {now[service]["status"] for service in before} == {"running"}
    assert [service for service, pid in before.items() if not alive(pid)] == []


def seconds_of(daemon: Daemon, act: Callable[[], httpx.Response]) -> float:
    """How long a request took that must succeed, without the time for which the machine had no processor for it."""
    assert daemon.process is not None
    taking_part = ("self", str(daemon.process.pid), str(daemon.keeper_pid))
    begun, queued = time.monotonic(), sum(map(_queued, taking_part))
    act().raise_for_status()
    return time.monotonic() - begun - (sum(map(_queued, taking_part)) - queued)


def _queued(pid: str) -> float:
    """Seconds for which the first thread of a process could have run and had to wait; Linux alone tells."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[1]) / 1e9
    except FileNotFoundError:
        return 0.0


def all_events(daemon: Daemon, **query: str) -> list[dict[str, Any]]:
    """Oldest first."""
    found: list[dict[str, Any]] = []
    since = 0
    while page := daemon.http.get("/api/events", params={**query, "since": since, "limit": 1000}).json()["events"]:
        found += page
        since = page[-1]["seq"]
    return found


def told(daemon: Daemon, type_: str, seconds: float = 15.0) -> dict[str, Any]:
    """The newest event of a type, once there is one."""
    event: dict[str, Any] = wait_for(lambda: daemon.events(type_), seconds, f"{type_} is told")[-1]
    return event


def all_stored(daemon: Daemon) -> bool:
    return all(event["stored"] for event in all_events(daemon))
