"""What a daemon with twenty services takes while nobody looks and while one dashboard is open, beside Glances' server.

The three take turns. Counted is the processor time of daemon and keeper together; the services only sleep. One
dashboard is its four sockets. Glances is asked for everything every 2 s, as its own page asks.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from pathlib import Path
from threading import Thread

import httpx
import psutil
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from benchmarks.goals import Figure
from benchmarks.peers import free_port, running
from benchmarks.supervisor import SLEEPERS, all_run, daemon_pid, processor_time, proportional_memory
from benchmarks.system import processes
from tests.fakes.daemon import Daemon

SERVICES = 20
PROCESSES = 500
SOCKETS = ("services", "system", "runs", "events")
ROUNDS = 2
SECONDS = 20.0
UNSEEN = 11.0  # seconds until nobody has looked for a while
TICK = 2.0


@contextmanager
def looking(daemon: Daemon) -> Iterator[None]:
    """One dashboard: its sockets, read as fast as they tell."""

    def read(socket: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            for _ in socket:
                pass

    with ExitStack() as open_:
        for name in SOCKETS:
            address = daemon.address.replace("http", "ws", 1)
            socket = open_.enter_context(connect(f"{address}/api/{name}/ws", proxy=None))
            Thread(target=read, args=(socket,), daemon=True).start()
        time.sleep(TICK)
        yield


@contextmanager
def glances(program: Path) -> Iterator[tuple[int, Callable[[], float]]]:
    """Its pid, and how to ask it once, which tells how many milliseconds it took."""
    port = free_port()
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False)

    def ask() -> float:
        begun = time.perf_counter()
        client.get("/api/4/all").raise_for_status()
        return 1000 * (time.perf_counter() - begun)

    def answers() -> None:
        try:
            ask()
        except httpx.TransportError as error:
            raise ConnectionError from error

    command = [str(program), "--webserver", "--port", str(port), "--bind", "127.0.0.1", "--disable-check-update"]
    with client, running(command, answers):
        (pid,) = (one.pid for one in psutil.Process().children() if str(port) in one.cmdline())
        yield pid, ask


def share(pids: Sequence[int], meanwhile: Callable[[], object] = lambda: None) -> float:
    """Percent of one processor; `meanwhile` is done every tick."""
    before, begun = processor_time(*pids), time.monotonic()
    while time.monotonic() < begun + SECONDS:
        meanwhile()
        time.sleep(TICK)
    return 100 * (processor_time(*pids) - before) / (time.monotonic() - begun)


def figures(program: Path | None) -> Iterator[Figure]:
    definitions = "services:\n" + "".join(SLEEPERS.splitlines(keepends=True)[:SERVICES])
    unseen: list[float] = []
    seen: list[float] = []
    theirs: list[float] = []
    asked: list[float] = []
    with tempfile.TemporaryDirectory() as name, processes(PROCESSES):
        daemon = Daemon(Path(name), definitions)
        try:
            daemon.start()
            all_run(daemon, SERVICES)
            pids = (daemon_pid(daemon), daemon.keeper_pid)
            with glances(program) if program else nullcontext() as peer:
                for _ in range(ROUNDS):
                    time.sleep(UNSEEN)
                    unseen.append(share(pids))
                    with looking(daemon):
                        seen.append(share(pids))
                    if peer:
                        theirs.append(share([peer[0]], lambda: asked.append(peer[1]())))
                beside = ""
                if peer:
                    beside = f"Glances polled every 2 s: {statistics.median(theirs):.2f} %"
                    memory_of_peer = f", Glances {proportional_memory(peer[0]):.1f}"
                else:
                    memory_of_peer = ""
            memory = [proportional_memory(pid) for pid in pids]
        finally:
            daemon.close()
    yield Figure("20 services, history on, nobody looks", statistics.median(unseen), "% core", 0.5, beside)
    yield Figure("the same, one dashboard open, 500 processes", statistics.median(seen), "% core", 1.0, beside)
    parts = f"daemon {memory[0]:.1f}, keeper {memory[1]:.1f}{memory_of_peer}"
    yield Figure("memory of daemon and keeper (PSS)", sum(memory), "MB", 90.0, parts)
