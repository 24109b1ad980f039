"""Finding who listens on ports 3000 to 9000 over TCP and UDP, with their processes, beside the usual ways.

    python -m benchmarks.ports [--listeners 50] [--rounds 9]

The listeners are spread over ten processes. Every way must find all of them, or the measurement is of no use and stops.
"""

from __future__ import annotations

import argparse
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil

from backend.services.ports.tables import PsutilTable, SocketTable, choose_table
from benchmarks.goals import Figure, median
from benchmarks.measure import Way, in_turns, show

START, END = 3000, 9000
FIRST = 7000
HOLDERS = 10
SS = "ss -Hltunp"
PSUTIL = "psutil.net_connections with names"
FIRST_LOOK = "ours, first look, with owners"
REMEMBERED = "ours, owners remembered"
HOLDER = """
import socket, sys
held = []
for port in map(int, sys.argv[1:]):
    held.append(socket.create_server(("127.0.0.1", port)))
print("ready", flush=True)
sys.stdin.read()
"""


@contextmanager
def listeners(count: int) -> Iterator[set[int]]:
    ports = list(range(FIRST, FIRST + count))
    holders = []
    try:
        for number in range(HOLDERS):
            command = [sys.executable, "-I", "-S", "-c", HOLDER, *map(str, ports[number::HOLDERS])]
            holders.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        for holder in holders:
            if not holder.stdout or holder.stdout.readline() != b"ready\n":
                raise SystemExit(f"ports {FIRST} to {FIRST + count} are not all free: the measurement needs them")
        yield set(ports)
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()


def wanted(port: int) -> bool:
    return START <= port <= END


def connect_one_by_one() -> set[int]:
    found = set()
    for port in range(START, END + 1):
        with socket.socket() as client:
            client.settimeout(0.2)
            if client.connect_ex(("127.0.0.1", port)) == 0:
                found.add(port)
    return found


def psutil_connections() -> set[int]:
    found = set()
    for row in psutil.net_connections("inet"):
        waits = row.status == psutil.CONN_LISTEN or (row.type == socket.SOCK_DGRAM and not row.raddr)
        if waits and row.laddr and wanted(row.laddr.port):
            if row.pid:
                psutil.Process(row.pid).name()
            found.add(row.laddr.port)
    return found


def ss() -> set[int]:
    output = subprocess.run(["ss", "-Hltunp"], capture_output=True, text=True, check=True).stdout
    return {int(line.split()[4].rpartition(":")[2]) for line in output.splitlines()}


def ours(make: Callable[[], SocketTable], *, remember: bool) -> Way:
    kept = make()

    def read() -> set[int]:
        return {row.port for row in (kept if remember else make()).read(wanted)}

    return read


def all_ways() -> dict[str, Way]:
    return {
        "connect to each port": connect_one_by_one,
        PSUTIL: psutil_connections,
        **({SS: ss} if shutil.which("ss") else {}),
        "ours by psutil": ours(PsutilTable, remember=True),
        FIRST_LOOK: ours(type(choose_table()), remember=False),
        REMEMBERED: ours(choose_table, remember=True),
    }


def measure(count: int, rounds: int) -> dict[str, list[float]]:
    ways = all_ways()
    with listeners(count) as ports:
        for name, way in ways.items():
            missed = ports - set(way())  # type: ignore[call-overload]
            if missed:
                raise SystemExit(f"{name} missed {len(missed)} of {len(ports)} listeners")
        return in_turns(ways, rounds)


def figures(count: int = 500, rounds: int = 9) -> Iterator[Figure]:
    taken = measure(count, rounds)
    beside = ", ".join(f"{name.split()[0]}: {median(taken[name]):.1f} ms" for name in (SS, PSUTIL) if name in taken)
    yield Figure(f"{count} listeners with owners, first look", median(taken[FIRST_LOOK]), "ms", 12.0, beside)
    yield Figure(f"{count} listeners, owners remembered", median(taken[REMEMBERED]), "ms", 2.0, beside)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--listeners", type=int, default=50)
    arguments.add_argument("--rounds", type=int, default=9)
    given = arguments.parse_args()
    taken = measure(given.listeners, given.rounds)
    title = f"{given.listeners} listeners among ports {START} to {END}, {len(psutil.pids())} processes"
    show(title, taken, against=SS if SS in taken else PSUTIL)


if __name__ == "__main__":
    main()
