"""One text to many WebSocket clients: our way of serving samples beside the usual ways, on the same server.

    python -m benchmarks.websocket [--clients 1000] [--rounds 5] [--messages 3000]

Ways: `naive` makes the JSON anew for each client and waits for each in turn; `text once` makes it once and waits for
each in turn, which is the floor; `ours` is `serve_latest`. First the time from a broadcast of 2 KB until the last
client has it; then ten clients of which one stops reading, and how late the others get their messages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import selectors
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import SimpleNamespace

import uvicorn
from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from backend.api.sockets import ignore_frames, serve_latest
from backend.core.bus import Latest
from benchmarks.goals import Figure, median, ratio
from benchmarks.measure import show

WAYS = ("naive", "text once", "ours")
FIGURES = [100000.5 + number for number in range(200)]  # 2 KB as text, and as costly to encode as figures are
PACE = 0.002
PATIENCE = 15.0
TURNS = 3
HEADER = 4  # of a WebSocket frame of this size


def message() -> dict[str, object]:
    return {"at": f"{time.monotonic():020.6f}", "figures": FIGURES}


SIZE = HEADER + len(json.dumps(message()))
AT = slice(HEADER + len('{"at": "'), HEADER + len('{"at": "') + 20)


def serve(way: str) -> None:
    """Listens, prints the port, and broadcasts as often as a line of standard input says."""
    app = FastAPI()
    app.state.center = SimpleNamespace(closing=asyncio.Event())
    latest: Latest[str] = Latest()
    clients: set[WebSocket] = set()

    @app.websocket("/ws")
    async def follow(websocket: WebSocket) -> None:
        if way == "ours":
            await serve_latest(websocket, latest)
            return
        await websocket.accept()
        clients.add(websocket)
        await ignore_frames(websocket)
        clients.discard(websocket)

    async def broadcast() -> None:
        if way == "ours":
            latest.publish(json.dumps(message()))
            return
        content = message()
        text = json.dumps(content)
        for client in tuple(clients):
            with suppress(WebSocketDisconnect):
                await client.send_text(json.dumps(content) if way == "naive" else text)

    async def run() -> None:
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http="httptools",
            ws="websockets-sansio",
            ws_per_message_deflate=False,
            lifespan="off",
            log_level="error",
        )
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.bind(("127.0.0.1", 0))
        bound.listen(2048)
        serving = asyncio.create_task(uvicorn.Server(config).serve(sockets=[bound]))
        print(bound.getsockname()[1], flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            for _ in range(int(line)):
                await broadcast()
                await asyncio.sleep(PACE)
        serving.cancel()
        os._exit(0)

    asyncio.run(run())


@contextmanager
def server(way: str) -> Iterator[tuple[subprocess.Popen[str], int]]:
    command = [sys.executable, "-m", "benchmarks.websocket", "--serve", way]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield process, int(process.stdout.readline())
    finally:
        process.kill()
        process.communicate()


class Client:
    """Takes messages apart by their size; `delays` are milliseconds between sending and reading."""

    def __init__(self, port: int, *, room: int | None = None) -> None:
        self.socket = socket.socket()
        if room is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(
            b"GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Key: MTIzNDU2Nzg5MDEyMzQ1Ng==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self.socket.recv(1)
        self.socket.setblocking(False)
        self._waiting = bytearray()
        self.delays: list[float] = []

    def read(self) -> None:
        self._waiting += self.socket.recv(1 << 20)
        now = time.monotonic()
        while len(self._waiting) >= SIZE:
            sent_at = float(self._waiting[AT])
            del self._waiting[:SIZE]
            self.delays.append(1000 * (now - sent_at))


def broadcast(process: subprocess.Popen[str], count: int) -> None:
    assert process.stdin
    process.stdin.write(f"{count}\n")
    process.stdin.flush()


def read_until(clients: list[Client], count: int, patience: float) -> bool:
    """False if a client still lacks messages when nothing has come for so long."""
    with selectors.DefaultSelector() as ready:
        for client in clients:
            ready.register(client.socket, selectors.EVENT_READ, client)
        while any(len(client.delays) < count for client in clients):
            events = ready.select(patience)
            if not events:
                return False
            for key, _ in events:
                key.data.read()
    return True


def fan_out(way: str, count: int, rounds: int) -> list[float]:
    """Milliseconds until the last client has a broadcast, by round."""
    times = []
    with server(way) as (process, port):
        clients = [Client(port) for _ in range(count)]
        time.sleep(0.5)
        for number in range(rounds + 1):
            broadcast(process, 1)
            if not read_until(clients, number + 1, PATIENCE):
                raise SystemExit(f"{way}: a message was lost")
            times.append(max(client.delays[-1] for client in clients))
        for client in clients:
            client.socket.close()
    return times[1:]


def with_a_stalled_one(way: str, messages: int, *, stalled: bool) -> tuple[float, int]:
    """The 99th percentile of how late nine clients are (ms), and how many messages the slowest of them got."""
    with server(way) as (process, port):
        clients = [Client(port) for _ in range(9)]
        tenth = Client(port, room=4096 if stalled else None)
        time.sleep(0.5)
        broadcast(process, messages)
        if stalled:
            read_until(clients, messages, 3.0)
        else:
            read_until([*clients, tenth], messages, 3.0)
        delays = sorted(delay for client in clients for delay in client.delays)
        for client in (*clients, tenth):
            client.socket.close()
    return statistics.quantiles(delays, n=100)[98], min(len(client.delays) for client in clients)


def fan_out_in_turns(count: int, rounds: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(TURNS):
        for way in WAYS:
            taken[way] += fan_out(way, count, rounds)
    return taken


@dataclass(frozen=True, slots=True)
class Stalled:
    """How late nine clients are when all read, and beside one that does not (ms); how many messages they got then."""

    alone: float
    beside: float
    got: int


def stalled(way: str, messages: int) -> Stalled:
    turns = [
        (with_a_stalled_one(way, messages, stalled=False), with_a_stalled_one(way, messages, stalled=True))
        for _ in range(TURNS)
    ]
    return Stalled(
        median(late for (late, _), _ in turns),
        median(late for _, (late, _) in turns),
        min(got for _, (_, got) in turns),
    )


def figures(clients: int = 1000, rounds: int = 5, messages: int = 3000) -> Iterator[Figure]:
    taken = fan_out_in_turns(clients, rounds)
    beside = ", ".join(f"{way}: {median(times):.1f} ms" for way, times in taken.items())
    yield Figure(f"2 KB to {clients:,} WebSocket clients", ratio(taken["ours"], taken["text once"]), "x", 1.3, beside)
    found = stalled("ours", messages)
    if found.got < 0.9 * messages:
        raise SystemExit(f"beside a client that does not read, the others got {found.got} of {messages} messages")
    beside = f"p99 of lateness {found.alone:.2f} ms, then {found.beside:.2f} ms"
    yield Figure("the nine others, one of ten not reading", found.beside / found.alone, "x", 1.2, beside)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--clients", type=int, default=1000)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--messages", type=int, default=3000)
    arguments.add_argument("--serve", choices=WAYS, help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.serve:
        serve(given.serve)
        return
    taken = fan_out_in_turns(given.clients, given.rounds)
    show(f"A broadcast of 2 KB to {given.clients} clients, until the last has it", taken, against="text once")
    print(f"\nNine clients beside one that stops reading, {given.messages} broadcasts: 99th percentile of lateness")
    for way in WAYS:
        found = stalled(way, given.messages)
        went_on = found.got > 0.9 * given.messages
        verdict = f"{found.beside / found.alone:.2f} x" if went_on else f"stopped after {found.got} messages"
        print(f"  {way:<9}  all read {found.alone:7.2f} ms   one stalled {found.beside:7.2f} ms   {verdict}")


if __name__ == "__main__":
    main()
