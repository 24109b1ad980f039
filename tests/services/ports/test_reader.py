"""Real sockets of this process and of children, read and looked at."""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import subprocess
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from backend.services.ports import Listener, PortReader
from backend.services.ports.tables import PsutilTable, SocketTable, choose_table

CHILD = """
import socket, sys
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""
FORKING = """
import os, socket, sys, time
server = socket.create_server(("127.0.0.1", 0))
forked = os.fork()
if forked == 0:
    time.sleep(60)
print(server.getsockname()[1], forked, flush=True)
sys.stdin.readline()
server.close()
print("closed", flush=True)
os.wait()
"""


@pytest.fixture
def sockets() -> Iterator[Callable[..., socket.socket]]:
    with ExitStack() as stack:

        def bound(
            address: str, kind: int = socket.SOCK_STREAM, port: int = 0, *, reuse_port: bool = False
        ) -> socket.socket:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            found = stack.enter_context(socket.socket(family, kind))
            if reuse_port:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            found.bind((address, port))
            if kind == socket.SOCK_STREAM:
                found.listen()
            return found

        yield bound


@contextmanager
def child(script: str = CHILD) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def port_of(bound: socket.socket) -> int:
    return int(bound.getsockname()[1])


@pytest.fixture
def reader() -> PortReader:
    return PortReader()


@pytest.mark.parametrize("table", [choose_table, PsutilTable], ids=["chosen", "psutil"])
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM], ids=["tcp", "udp"])
@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
async def test_a_bound_socket_is_listed_with_protocol_address_pid_and_name(
    sockets: Callable[..., socket.socket], table: Callable[[], SocketTable], kind: int, address: str
) -> None:
    port = port_of(sockets(address, kind))
    (row,) = await PortReader(table=table()).listeners(port, port)
    protocol, status = ("tcp", "LISTEN") if kind == socket.SOCK_STREAM else ("udp", "NONE")
    assert (row.port, row.protocol, row.status, row.address, row.pid) == (port, protocol, status, address, os.getpid())
    assert row.name
    assert "py" in row.name.lower()


async def test_a_port_of_a_child_process_is_the_childs(reader: PortReader) -> None:
    with child() as process:
        port = int(line(process))
        (row,) = await reader.listeners(port, port)
        assert row.pid == process.pid
    assert await reader.listeners(port, port) == []


async def test_rows_are_ascending_within_the_range_both_ends_included(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    ports = sorted(port_of(sockets("127.0.0.1")) for _ in range(5))
    rows = await reader.listeners(ports[1], ports[3])
    mine = [row.port for row in rows if row.pid == os.getpid()]
    assert mine == ports[1:4]
    assert [row.port for row in rows] == sorted(row.port for row in rows)


async def test_sockets_that_share_a_port_in_one_process_are_one_row(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    port = port_of(sockets("127.0.0.1", reuse_port=True))
    sockets("127.0.0.1", port=port, reuse_port=True)
    assert len(await reader.listeners(port, port)) == 1


async def test_processes_that_share_a_port_are_a_row_each(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    port = port_of(sockets("127.0.0.1", reuse_port=True))
    script = CHILD.replace(
        'socket.create_server(("127.0.0.1", 0))', f'socket.create_server(("127.0.0.1", {port}), reuse_port=True)'
    )
    with child(script) as process:
        line(process)
        assert {row.pid for row in await reader.listeners(port, port)} == {os.getpid(), process.pid}


async def test_a_connected_udp_socket_is_not_listed(sockets: Callable[..., socket.socket], reader: PortReader) -> None:
    server, client = sockets("127.0.0.1", socket.SOCK_DGRAM), sockets("127.0.0.1", socket.SOCK_DGRAM)
    client.connect(server.getsockname())
    assert await reader.listeners(port_of(client), port_of(client)) == []


async def test_established_connections_are_not_listed(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    server = sockets("127.0.0.1")
    with socket.create_connection(server.getsockname()) as client:
        port = port_of(client)
        assert await reader.listeners(port, port) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
async def test_a_listener_inherited_by_a_fork_belongs_to_the_parent_and_then_to_the_child_that_kept_it(
    reader: PortReader,
) -> None:
    with child(FORKING) as process:
        port, forked = map(int, line(process).split())
        assert await owner(reader, port) == process.pid
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
        assert line(process) == "closed"
        assert await owner(reader, port) == forked
        os.kill(forked, 9)


async def owner(reader: PortReader, port: int) -> int | None:
    (row,) = await reader.listeners(port, port)
    return row.pid


async def test_the_service_that_owns_the_process_is_told(sockets: Callable[..., socket.socket]) -> None:
    port = port_of(sockets("127.0.0.1"))
    asked: list[Collection[int]] = []

    async def owner_of(pids: Collection[int]) -> Mapping[int, str]:
        asked.append(set(pids))
        return {os.getpid(): "comfyui"}

    reader = PortReader(owner_of)
    (row,) = await reader.listeners(port, port)
    assert row.service == "comfyui"
    assert asked == [{os.getpid()}]
    report = await reader.look(port)
    assert [found.service for found in report.owners] == ["comfyui"]


async def test_a_listener_that_comes_later_is_found_by_the_same_reader(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    for _ in range(3):
        port = port_of(sockets("127.0.0.1"))
        assert await owner(reader, port) == os.getpid()


async def test_a_listener_on_which_clients_wait_is_told_as_before(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    port = port_of(sockets("127.0.0.1"))
    before = await reader.listeners(port, port)
    with socket.create_connection(("127.0.0.1", port)), socket.create_connection(("127.0.0.1", port)):
        assert await reader.listeners(port, port) == before
    assert [row.pid for row in before] == [os.getpid()]


@pytest.mark.skipif(sys.platform != "linux", reason="two tables exist on Linux only")
async def test_both_tables_agree(sockets: Callable[..., socket.socket]) -> None:
    for address in ("127.0.0.1", "::1"):
        sockets(address)
        sockets(address, socket.SOCK_DGRAM)

    def mine(rows: list[Listener]) -> set[Listener]:
        return {row for row in rows if row.pid == os.getpid()}

    ours, theirs = (mine(table.read(lambda _: True)) for table in (choose_table(), PsutilTable()))
    assert ours == theirs
    assert len(ours) >= 4


async def test_where_only_own_processes_may_be_seen_their_listeners_are_listed(
    sockets: Callable[..., socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    import psutil

    def refused(_: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refused)
    port = port_of(sockets("127.0.0.1"))
    assert await owner(PortReader(table=PsutilTable()), port) == os.getpid()


# what a server that asks for the port would meet


async def free_port(address: str = "127.0.0.1") -> int:
    with socket.socket() as probe:
        probe.bind((address, 0))
        return port_of(probe)


async def test_a_port_that_nobody_has_is_free(reader: PortReader) -> None:
    report = await reader.look(await free_port())
    assert (report.state, report.owners) == ("free", ())


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1", "::"])
async def test_a_port_with_a_listener_on_loopback_or_everywhere_is_used(reader: PortReader, address: str) -> None:
    script = CHILD.replace(
        'socket.create_server(("127.0.0.1", 0))',
        f'socket.create_server(("{address}", 0), family=socket.AF_INET6 if ":" in "{address}" else socket.AF_INET)',
    )
    with child(script) as process:
        report = await reader.look(int(line(process)))
    assert report.state == "used"
    assert [(found.pid, found.address) for found in report.owners] == [(process.pid, address)]
    assert f"(pid {process.pid})" in report.detail


async def test_a_port_of_our_own_is_said_to_be_ours(sockets: Callable[..., socket.socket], reader: PortReader) -> None:
    report = await reader.look(port_of(sockets("127.0.0.1")))
    assert "Control Center itself" in report.detail


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no second loopback address by themselves")
async def test_a_port_taken_on_another_address_is_elsewhere(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    report = await reader.look(port_of(sockets("127.0.0.2")))
    assert report.state == "elsewhere"
    assert [found.address for found in report.owners] == ["127.0.0.2"]


async def test_a_port_used_over_udp_only_is_free_and_says_so(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    report = await reader.look(port_of(sockets("127.0.0.1", socket.SOCK_DGRAM)))
    assert report.state == "free"
    assert "over UDP" in report.detail
    assert [found.protocol for found in report.owners] == ["udp"]


async def test_a_port_that_is_bound_but_not_listened_on_is_used_by_somebody_unseen(reader: PortReader) -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        report = await reader.look(port_of(bound))
    assert (report.state, report.owners) == ("used", ())


async def test_a_port_whose_connections_are_still_closing_is_free(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    server = sockets("127.0.0.1")
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client = socket.create_connection(server.getsockname())
    accepted, _ = server.accept()
    port = port_of(server)
    accepted.close()  # the side that closes first keeps the port in TIME_WAIT
    assert client.recv(1) == b""
    client.close()
    server.close()
    assert (await reader.look(port)).state == "free"


async def test_looking_never_connects(sockets: Callable[..., socket.socket], reader: PortReader) -> None:
    server = sockets("127.0.0.1")
    await reader.look(port_of(server))
    await reader.listeners(1, 65535)
    assert select.select([server], [], [], 0)[0] == []


AS_NOBODY = """
import asyncio, json, os
from backend.services.ports import PortReader
reader = PortReader()
asyncio.run(reader.look(65535))  # what is imported late is imported now: afterwards its files may be out of reach
if os.geteuid() == 0:
    os.setgroups([]); os.setgid(65534); os.setuid(65534)
report = asyncio.run(reader.look(%d))
print(json.dumps([report.state, report.detail]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux keeps low ports for privileged programs")
async def test_a_low_port_is_reserved_for_those_who_are_not_privileged(sockets: Callable[..., socket.socket]) -> None:
    lowest = int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text(encoding="ascii"))
    if lowest <= 1:
        pytest.skip("this machine lets everybody bind every port")
    taken = {row.port for row in await PortReader().listeners(1, lowest)}
    port = next(port for port in range(lowest - 1, 0, -1) if port not in taken)
    run = subprocess.run([sys.executable, "-c", AS_NOBODY % port], capture_output=True, text=True, check=True)
    state, detail = json.loads(run.stdout)
    assert state == "reserved"
    assert f"choose {lowest} or above" in detail


async def test_many_who_ask_at_once_are_answered_alike(
    sockets: Callable[..., socket.socket], reader: PortReader
) -> None:
    port = port_of(sockets("127.0.0.1"))
    answers = await asyncio.gather(*(reader.listeners(port, port) for _ in range(20)))
    assert all(answer == answers[0] and len(answer) == 1 for answer in answers)
