"""Probes against real servers, commands and logs; and the stop ladder's call and command."""

from __future__ import annotations

import asyncio
import http.server
import os
import re
import socket
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path
from typing import ClassVar

import pytest

from backend.core.clock import Clock, SystemClock
from backend.services.definitions.model import HealthCheck, ServiceSpec
from backend.services.processes.growth import Growth
from backend.services.supervisor.calls import call
from backend.services.supervisor.health import Probed
from backend.services.supervisor.probes import CannotAsk, Sighting, check_of, probe, watch_health
from tests.fakes.clock import TurnedClock
from tests.fakes.daemon import Daemon, wait_for


class Tool(http.server.BaseHTTPRequestHandler):
    status = 200
    posted: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.send_response(type(self).status)
        self.end_headers()

    def do_POST(self) -> None:
        type(self).posted.append(self.path)
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def server() -> Iterator[http.server.HTTPServer]:
    Tool.status, Tool.posted = 200, []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tool) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def spec(tmp_path: Path, **more: object) -> ServiceSpec:
    return ServiceSpec(
        id="a",
        name="A",
        command=("x",),
        cwd=tmp_path,
        log_file=tmp_path / "a.log",
        **more,  # type: ignore[arg-type]
    )


def watched(
    check: HealthCheck,
    tmp_path: Path,
    growth: Growth | None = None,
    *,
    clock: Clock | None = None,
    probed: list[Probed] | None = None,
) -> AsyncGenerator[Sighting]:
    growth = growth or Growth(lambda path, on: None)
    each = probed.append if probed is not None else lambda one: None
    return watch_health(check, spec(tmp_path), {}, growth, 0, clock=clock or SystemClock(), each=each)


async def test_http_is_well_below_400_and_not_well_above(server: http.server.HTTPServer, tmp_path: Path) -> None:
    check = HealthCheck(http=f"http://127.0.0.1:{server.server_port}/health")
    assert await probe(check, tmp_path, {}) is None
    Tool.status = 503
    assert await probe(check, tmp_path, {}) == f"{check.http} answered 503"


async def test_what_does_not_answer_is_not_well(tmp_path: Path, unused_tcp_port: int) -> None:
    assert await probe(HealthCheck(tcp=unused_tcp_port), tmp_path, {}) == f"nobody listens on port {unused_tcp_port}"
    trouble = await probe(HealthCheck(http=f"http://127.0.0.1:{unused_tcp_port}/"), tmp_path, {})
    assert trouble is not None
    slow = HealthCheck(command=(sys.executable, "-c", "import time; time.sleep(60)"), timeout=0.2)
    assert await probe(slow, tmp_path, {}) == "no answer within 0.2 s"


@contextmanager
def no_descriptors_left() -> Iterator[None]:
    import resource

    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
async def test_when_we_have_no_descriptors_left_that_says_nothing_of_the_tool(
    server: http.server.HTTPServer, tmp_path: Path
) -> None:
    port = server.server_port
    checks = [
        HealthCheck(tcp=port),
        HealthCheck(http=f"http://127.0.0.1:{port}/"),
        HealthCheck(command=(sys.executable, "-c", "")),
    ]
    for check in checks:
        with no_descriptors_left(), pytest.raises(CannotAsk, match="Too many open files"):
            await probe(check, tmp_path, {})
    probed: list[Probed] = []
    check = HealthCheck(tcp=port, interval=0.05, failures=1)
    async with aclosing(watched(check, tmp_path, probed=probed)) as sightings:
        assert [(await anext(sightings)).health for _ in range(2)] == ["starting", "healthy"]
        coming = asyncio.ensure_future(anext(sightings))
        with no_descriptors_left():
            assert not (await asyncio.wait({coming}, timeout=0.3))[0]
        probed.clear()
        while not probed:
            await asyncio.sleep(0.01)
        assert probed[0].ok
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


async def test_a_command_says_by_its_exit_code(tmp_path: Path) -> None:
    assert await probe(HealthCheck(command=(sys.executable, "-c", "")), tmp_path, {}) is None
    failing = HealthCheck(command=(sys.executable, "-c", "raise SystemExit(3)"))
    assert await probe(failing, tmp_path, {}) == f"{sys.executable} ended with exit code 3"


async def test_health_is_starting_until_the_first_success(server: http.server.HTTPServer, tmp_path: Path) -> None:
    Tool.status = 503
    url = f"http://127.0.0.1:{server.server_port}/"
    async with aclosing(watched(HealthCheck(http=url, interval=0.05, failures=200), tmp_path)) as sightings:
        assert await anext(sightings) == Sighting("starting")
        coming = asyncio.ensure_future(anext(sightings))
        assert not (await asyncio.wait({coming}, timeout=0.2))[0]
        Tool.status = 200
        assert await coming == Sighting("healthy")


async def test_health_that_was_there_can_be_lost(server: http.server.HTTPServer, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{server.server_port}/"
    async with aclosing(watched(HealthCheck(http=url, interval=0.05, failures=2), tmp_path)) as sightings:
        assert [(await anext(sightings)).health for _ in range(2)] == ["starting", "healthy"]
        Tool.status = 500
        lost = await anext(sightings)
        assert (lost.health, lost.lost, lost.trouble) == ("unhealthy", True, f"{url} answered 500")


async def test_one_that_never_gets_well_is_unhealthy_and_never_lost(tmp_path: Path, unused_tcp_port: int) -> None:
    check = HealthCheck(tcp=unused_tcp_port, interval=0.05, failures=2)
    async with aclosing(watched(check, tmp_path)) as sightings:
        assert (await anext(sightings)).health == "starting"
        seen = await anext(sightings)
    assert (seen.health, seen.lost) == ("unhealthy", False)


async def test_a_line_of_the_log_is_health(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"loading\nserver rea")
    growth = Growth(lambda path, on: None)
    check = HealthCheck(log_line=re.compile("server ready"))
    async with aclosing(watched(check, tmp_path, growth)) as sightings:
        assert (await anext(sightings)).health == "starting"
        coming = asyncio.ensure_future(anext(sightings))
        await asyncio.sleep(0.1)
        assert not coming.done()
        with log.open("ab") as file:
            file.write(b"dy at 8188\n")
        growth.tell(str(log))
        assert (await coming).health == "healthy"


async def test_each_answer_is_told_with_its_time(server: http.server.HTTPServer, tmp_path: Path) -> None:
    check = HealthCheck(http=f"http://127.0.0.1:{server.server_port}/", interval=0.01, failures=2)
    probed: list[Probed] = []
    async with aclosing(watched(check, tmp_path, probed=probed)) as sightings:
        assert [(await anext(sightings)).health for _ in range(2)] == ["starting", "healthy"]
        Tool.status = 500
        assert (await anext(sightings)).health == "unhealthy"
    assert [one.ok for one in probed][-3:] == [True, False, False]
    assert probed[-1].trouble == f"{check.http} answered 500"
    assert all(0 < one.seconds < 2 for one in probed)


async def test_what_was_asked_before_a_sleep_of_the_machine_counts_for_nothing(tmp_path: Path) -> None:
    clock = TurnedClock()
    answers = tmp_path / "answers"
    answers.write_text("exit 0")
    check = HealthCheck(command=("sh", str(answers)), interval=0.01, failures=3)
    probed: list[Probed] = []
    async with aclosing(watched(check, tmp_path, clock=clock, probed=probed)) as sightings:
        assert [(await anext(sightings)).health for _ in range(2)] == ["starting", "healthy"]
        coming = asyncio.ensure_future(anext(sightings))
        answers.write_text("exit 1")
        while sum(not one.ok for one in probed) < 2:
            await asyncio.sleep(0)
        clock.turn(3600)
        assert (await coming).health == "unhealthy"
    assert sum(not one.ok for one in probed) >= 5, "two before the sleep, and three of its own after it"


async def test_an_answer_that_is_no_http_is_not_well(tmp_path: Path) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await probe(HealthCheck(http=url), tmp_path, {}) == f"{url} does not speak HTTP"


async def test_an_interim_answer_is_not_the_answer(tmp_path: Path) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await probe(HealthCheck(http=url), tmp_path, {}) is None


async def test_an_answer_may_come_in_pieces(tmp_path: Path) -> None:
    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for piece in (b"HT", b"TP/1.1 1", b"00 Continue\r\n\r", b"\nHTTP/1.1 204 No Con", b"tent\r\n\r\n"):
            await asyncio.sleep(0.01)
            writer.write(piece)
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert await call("GET", url) == 204


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
async def test_localhost_is_either_loopback(address: str, tmp_path: Path) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {address}")
    with listener:
        check = HealthCheck(tcp=listener.getsockname()[1])
        assert await probe(check, tmp_path, {}) is None
    assert await probe(check, tmp_path, {}) == f"nobody listens on port {check.tcp}"


async def test_a_refusal_says_by_whom(tmp_path: Path, unused_tcp_port: int) -> None:
    with pytest.raises(ConnectionRefusedError, match=f"127.0.0.1.*{unused_tcp_port}"):
        await call("GET", f"http://localhost:{unused_tcp_port}/")


def test_a_declared_port_is_a_check_that_never_restarts(tmp_path: Path) -> None:
    check = check_of(spec(tmp_path, port=8188), 8188)
    assert check is not None
    assert (check.tcp, check.restart) == (8188, False)
    assert check_of(spec(tmp_path), None) is None


@pytest.mark.skipif(sys.platform == "win32", reason="speaks POSIX shell")
def test_a_stop_calls_first_then_commands_then_signals(
    daemons: Callable[..., Daemon], server: http.server.HTTPServer, tmp_path: Path
) -> None:
    daemon = daemons(f"""
services:
  polite:
    command: [sh, -c, "trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done"]
    stop: {{http: "http://127.0.0.1:{server.server_port}/stop", command: [touch, "{tmp_path}/asked"], timeout: 3s}}
""")
    daemon.post("polite", "start")
    wait_for(lambda: "ready" in daemon.log("polite"))
    assert daemon.post("polite", "stop").json()["status"] == "stopped"
    assert Tool.posted == ["/stop"]
    assert (tmp_path / "asked").exists()
    assert daemon.service("polite")["exit_code"] == 0
