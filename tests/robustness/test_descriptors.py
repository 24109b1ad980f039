"""The daemon may open 128 descriptors, and clients take as many as they can get."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
from websockets.sync.client import connect

from tests.fakes.daemon import Daemon, wait_for
from tests.robustness.fleet import assert_untouched, fleet, pids, seconds_of, start_all, told

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="limits of another process can be set on Linux only")

LIMIT = 128


def limit(daemon: Daemon) -> None:
    """Of the daemon alone: its keeper is a program of its own."""
    import resource

    assert daemon.process is not None
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (LIMIT, LIMIT))


@contextmanager
def live_sockets(daemon: Daemon, count: int) -> Iterator[None]:
    address = daemon.address.replace("http", "ws")
    with ExitStack() as stack:
        for number in range(count):
            path = ("/api/services/ws", "/api/events/ws", "/api/system/ws")[number % 3]
            stack.enter_context(connect(address + path, proxy=None))
        yield


@contextmanager
def idle_connections(daemon: Daemon, count: int) -> Iterator[None]:
    port = int(daemon.port)
    with ExitStack() as stack:
        for _ in range(count):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), 5))
        yield


def test_fifty_services_and_sixty_sockets_fit(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(fleet(50))
    limit(daemon)
    before = start_all(daemon)
    with live_sockets(daemon, 60):
        assert seconds_of(daemon, lambda: daemon.http.get("/api/services")) < 2
        killed = before.pop("s007")
        os.kill(killed, signal.SIGKILL)
        wait_for(lambda: pids(daemon)["s007"] not in {None, killed}, 5, "a crash is mended")
        assert daemon.http.get("/api/system/ports").status_code == 200
        assert daemon.http.get("/api/services/s003/logs").status_code == 200
        assert_untouched(daemon, before)


def test_when_clients_take_all_the_services_go_on_and_it_is_told(daemons: Callable[..., Daemon]) -> None:
    """One that answers is not restarted because we have no descriptor left to ask it."""
    with socket.create_server(("127.0.0.1", 0), backlog=1000) as answering:
        port = answering.getsockname()[1]
        daemon = daemons(
            fleet(5, f"asked: {{command: [sleep, '600'], health: {{tcp: {port}, interval: 0.5s, failures: 1}}}}")
        )
        before = start_all(daemon)
        daemon.is_("asked", "running")
        wait_for(lambda: daemon.service("asked")["health"] == "healthy")
        changes = len(daemon.events("service.health", "asked"))
        limit(daemon)
        with idle_connections(daemon, 2 * LIMIT):
            low = told(daemon, "daemon.descriptors_low", 20)
            assert low["payload"]["limit"] == LIMIT
            killed = before.pop("s003")
            os.kill(killed, signal.SIGKILL)
            wait_for(lambda: pids(daemon)["s003"] not in {None, killed}, 10, "a crash is mended")
            assert_untouched(daemon, before)
        assert seconds_of(daemon, lambda: daemon.post("s003", "restart")) < 5
        assert_untouched(daemon, before)
        assert len(daemon.events("service.health", "asked")) == changes
