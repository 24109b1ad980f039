"""The machine over HTTP and WebSockets, from a real daemon with a real busy service."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import psutil
import pytest
from websockets.asyncio.client import ClientConnection, connect

from backend import __version__
from backend.api.schemas.system import SystemStats
from tests.fakes.daemon import Daemon, wait_for

BUSY_CHILD = """
import subprocess, sys, time
print(subprocess.Popen([sys.executable, "-c", "while True: pass"]).pid, flush=True)
time.sleep(600)
"""
DEFINITIONS = json.dumps({
    "services": {
        "busy": {"command": [sys.executable, "-c", BUSY_CHILD, "--token=${env:BUSY_TOKEN}"], "start_seconds": 0.1},
    }
})  # fmt: skip


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(tmp_path_factory.mktemp("system"), DEFINITIONS, WS_UPDATE_INTERVAL="0.2", BUSY_TOKEN="s3cretvalue")
    made.start()
    made.post("busy", "start").raise_for_status()
    yield made
    made.close()


def get(daemon: Daemon, path: str, **query: Any) -> Any:
    answer = daemon.http.get(f"/api/system/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def follow(daemon: Daemon, **options: Any) -> connect:
    return connect(daemon.address.replace("http", "ws", 1) + "/api/system/ws", proxy=None, **options)


async def stats(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), 10))


def test_figures_have_every_member_of_the_contract(daemon: Daemon) -> None:
    found = get(daemon, "stats")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(found["timestamp"])).total_seconds()) < 10
    assert set(found["cpu"]) == {"usage_percent", "count", "frequency", "per_core"}
    assert set(found["cpu"]["frequency"]) == {"current", "min", "max"}
    assert set(found["memory"]) == {"total", "available", "used", "percent", "total_gb", "used_gb", "available_gb"}
    assert set(found["disk"]) == {"total", "used", "free", "percent", "total_gb", "used_gb", "free_gb", "path"}
    assert found["network"].keys() == {"bytes_sent", "bytes_received", "sent_per_second", "received_per_second"}
    assert len(found["cpu"]["per_core"]) == found["cpu"]["count"] == psutil.cpu_count()
    assert found["memory"]["total"] == psutil.virtual_memory().total


def test_the_busy_child_of_a_service_is_on_top_with_the_services_id(daemon: Daemon) -> None:
    child = int(wait_for(lambda: daemon.log("busy").strip()))
    row = wait_for(lambda: _busy(daemon, child), what="it is among the first ten with more than 10 percent")
    assert row["service"] == "busy"
    assert set(row) == {
        "pid", "name", "cpu_percent", "memory_percent", "memory_bytes", "status", "username", "command", "started_at",
        "service",
    }  # fmt: skip


def _busy(daemon: Daemon, child: int) -> dict[str, Any] | None:
    rows = get(daemon, "processes", limit=10)["processes"]
    assert len(rows) == 10
    return next((row for row in rows if row["pid"] == child and row["cpu_percent"] > 10), None)


def test_the_count_is_of_all_processes(daemon: Daemon) -> None:
    def apart() -> int:
        return abs(int(get(daemon, "processes", limit=10)["count"]) - len(psutil.pids()))

    wait_for(lambda: apart() <= 3, what="they are as many as the system tells; some come and go meanwhile")


def test_processes_by_memory_are_in_that_order(daemon: Daemon) -> None:
    sizes = [row["memory_bytes"] or 0 for row in get(daemon, "processes", sort="memory", limit=1000)["processes"]]
    assert sizes == sorted(sizes, reverse=True)


def test_secrets_of_services_are_not_in_command_lines(daemon: Daemon) -> None:
    pid = daemon.service("busy")["pid"]
    answer = daemon.http.get("/api/system/processes", params={"limit": 1000})
    assert "s3cretvalue" not in answer.text
    row = next(row for row in answer.json()["processes"] if row["pid"] == pid)
    assert "--token=" in row["command"]


def test_a_services_own_usage_has_its_children(daemon: Daemon) -> None:
    view = wait_for(
        lambda: (found := daemon.service("busy"))["cpu_percent"] and found["cpu_percent"] > 10 and found,
        what="the usage of the service has its child's",
    )
    assert view["memory_bytes"] > 10_000_000


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 1001}, {"limit": "many"}, {"sort": "name"}])
def test_a_question_that_makes_no_sense_is_answered_with_what_is_wrong(daemon: Daemon, query: dict[str, Any]) -> None:
    answer = daemon.http.get("/api/system/processes", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"] == f"query.{next(iter(query))}"


def test_what_the_machine_is(daemon: Daemon) -> None:
    found = get(daemon, "info")
    assert found["totalMemory"] == psutil.virtual_memory().total
    assert found["cpuCores"] == psutil.cpu_count()
    assert found["uptime"] == pytest.approx(time.time() - psutil.boot_time(), abs=30)
    assert found["app_version"] == __version__
    assert set(found) == {
        "os", "hostname", "python", "uptime", "platform", "platform_release", "platform_version", "arch", "processor",
        "totalMemory", "cpuCores", "cpuCoresPhysical", "boot_time", "app_version",
    }  # fmt: skip


async def test_a_socket_gets_figures_at_once_and_then_at_the_interval(daemon: Daemon) -> None:
    async with follow(daemon) as client:
        first, second, third = [await stats(client) for _ in range(3)]
    assert first["type"] == "system_stats"
    assert first.keys() - {"type"} == SystemStats.model_fields.keys() < get(daemon, "stats").keys()
    assert first["timestamp"] < second["timestamp"] < third["timestamp"]


async def test_what_a_client_sends_changes_nothing(daemon: Daemon) -> None:
    async with follow(daemon) as client:
        await client.send("hello")
        await client.send(b"\x00\xff")
        for _ in range(3):
            assert (await stats(client))["type"] == "system_stats"


async def test_clients_get_the_same_samples(daemon: Daemon) -> None:
    async with follow(daemon) as one, follow(daemon) as other:
        mine = [(await stats(one))["timestamp"] for _ in range(5)]
        yours = [(await stats(other))["timestamp"] for _ in range(5)]
    assert len(set(mine) & set(yours)) >= 4


def test_nobody_watching_costs_no_processor_time(daemon: Daemon) -> None:
    assert daemon.process is not None
    process = psutil.Process(daemon.process.pid)
    wait_for(lambda: spent_in(process, 1.0) < 0.1, 20, "the daemon is quiet")


def spent_in(process: psutil.Process, seconds: float) -> float:
    before = sum(process.cpu_times()[:2])
    time.sleep(seconds)
    return float(sum(process.cpu_times()[:2]) - before)


def test_this_process_belongs_to_no_service(daemon: Daemon) -> None:
    rows = get(daemon, "processes", limit=1000)["processes"]
    assert next(row for row in rows if row["pid"] == os.getpid())["service"] is None
