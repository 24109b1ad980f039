"""Ports over HTTP, from a real daemon with a service whose child listens."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for

CHILD = """
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(600)
"""
LISTENING_CHILD = f"import subprocess, sys, time\nsubprocess.Popen([sys.executable, '-c', {CHILD!r}])\ntime.sleep(600)"
DEFINITIONS = json.dumps(
    {"services": {"web": {"command": [sys.executable, "-c", LISTENING_CHILD], "start_seconds": 0.1}}}
)


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(tmp_path_factory.mktemp("ports"), DEFINITIONS)
    made.start()
    made.post("web", "start").raise_for_status()
    yield made
    made.close()


def get(daemon: Daemon, path: str = "", **query: Any) -> Any:
    answer = daemon.http.get(f"/api/system/ports{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_port_of_a_services_child_is_the_services(daemon: Daemon) -> None:
    port = int(wait_for(lambda: daemon.log("web").strip()))
    (row,) = get(daemon, start=port, end=port)["ports"]
    assert row["pid"] != daemon.service("web")["pid"]
    assert row | {"pid": 0} == {
        "port": port, "protocol": "tcp", "address": "127.0.0.1", "pid": 0, "process_name": row["process_name"],
        "status": "LISTEN", "service": "web",
    }  # fmt: skip
    look = get(daemon, f"/{port}")
    assert (look["port"], look["state"]) == (port, "used")
    assert look["owners"] == [
        {"pid": row["pid"], "name": row["process_name"], "address": "127.0.0.1", "protocol": "tcp", "service": "web"}
    ]
    assert "web" in look["detail"]


def test_the_range_is_that_of_the_settings_unless_asked_for_another(daemon: Daemon) -> None:
    found = get(daemon)
    assert (found["start"], found["end"], found["count"]) == (3000, 9000, len(found["ports"]))
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        found = get(daemon, start=port - 1, end=port)
    assert (found["start"], found["end"]) == (port - 1, port)
    assert [row["pid"] for row in found["ports"] if row["port"] == port] == [os.getpid()]


def test_the_daemons_own_port_is_named_as_its_own(daemon: Daemon) -> None:
    look = get(daemon, f"/{daemon.http.base_url.port}")
    assert look["state"] == "used"
    assert "Control Center itself" in look["detail"]


def test_a_port_that_nobody_has_is_free(daemon: Daemon) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert get(daemon, f"/{port}") == {"port": port, "state": "free", "detail": f"Port {port} is free.", "owners": []}


@pytest.mark.parametrize("query", [{"start": 0}, {"end": 65536}, {"start": "first"}])
def test_a_port_that_cannot_be_is_refused_with_what_is_wrong(daemon: Daemon, query: dict[str, Any]) -> None:
    answer = daemon.http.get("/api/system/ports", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == f"query.{next(iter(query))}"


def test_an_empty_range_is_refused_with_what_to_do(daemon: Daemon) -> None:
    answer = daemon.http.get("/api/system/ports", params={"start": 9001})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "empty_range")
    assert "not above the end" in answer.json()["detail"]


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_number_that_is_no_port_is_refused(daemon: Daemon, port: str) -> None:
    assert daemon.http.get(f"/api/system/ports/{port}").status_code == 422
