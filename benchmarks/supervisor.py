"""What supervising costs, through the real daemon over HTTP, beside the least that the system itself takes.

    python -m benchmarks.supervisor [--rounds 100]

The floor of a start is asyncio spawning the same program and of a stop signalling and reaping it, both without any
server; that of being ready is importing what the daemon imports. `/health` is asked all the while a tool ignores its
stop signal, and a list of 100 services is read.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tests.fakes.daemon import Daemon, wait_for

SLEEPER = "  s{n}: {{command: [sleep, '1000']}}\n"
DEAF = "  deaf: {command: [sh, -c, \"trap '' TERM; while :; do sleep 1; done\"], stop: {timeout: 10s}}\n"
FAST = "  fast: {command: [sleep, '1000'], restart: {when: always, max_restarts: 1000000, window: 1s}}\n"
IMPORTS = "import fastapi, uvicorn, sqlalchemy.ext.asyncio, aiosqlite, websockets, httptools, psutil, pydantic_settings"


def line(name: str, times: list[float], floor: float | None = None) -> None:
    times = sorted(times)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    ratio = f"{p50 / floor:8.2f} x {p99 / floor:8.2f} x" if floor else ""
    print(f"  {name:<46} p50 {p50:9.2f} ms   p99 {p99:9.2f} ms   {ratio}")


def timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


async def floor_of_start_and_stop(rounds: int) -> tuple[list[float], list[float]]:
    starts, stops = [], []
    for _ in range(rounds):
        begun = time.perf_counter()
        process = await asyncio.create_subprocess_exec("sleep", "1000", start_new_session=True)
        starts.append((time.perf_counter() - begun) * 1000)
        begun = time.perf_counter()
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
        stops.append((time.perf_counter() - begun) * 1000)
    return starts, stops


def start_and_stop(daemon: Daemon, rounds: int) -> None:
    print("\nstart and stop over HTTP (floor: asyncio spawns and reaps the same, without a server)")
    floor_start, floor_stop = asyncio.run(floor_of_start_and_stop(rounds))
    line("floor: spawn", floor_start)
    line("floor: signal and reap", floor_stop)
    starts, stops = [], []
    for _ in range(rounds):
        starts.append(timed(lambda: daemon.post("s0", "start").raise_for_status()))
        stops.append(timed(lambda: daemon.post("s0", "stop").raise_for_status()))
    line("start request to process there", starts, statistics.median(floor_start))
    line("stop request to nothing left", stops, statistics.median(floor_stop))


def restarts(daemon: Daemon, rounds: int) -> None:
    """By the events of the supervisor: from the signal to the new process, first failure of its window each time."""
    print("\nkill -9 of a tool to the new process there")
    times = []
    pid = daemon.post("fast", "start").json()["pid"]
    for _ in range(rounds):
        begun = time.time()
        os.kill(pid, signal.SIGKILL)
        old = pid
        pid = wait_for(lambda old=old: (view := daemon.service("fast"))["pid"] not in {None, old} and view["pid"])
        started = Path(f"/proc/{pid}").stat().st_ctime
        times.append((started - begun) * 1000)
        time.sleep(1.05)  # past the window: the next is a first failure again
    line("kill to new process", times)


def health_during_a_stop(daemon: Daemon) -> None:
    print("\n/health while a tool ignores its stop signal for 10 s")
    daemon.post("deaf", "start")
    time.sleep(0.3)
    stopping = threading.Thread(target=lambda: daemon.post("deaf", "stop", timeout=30))
    calm = [timed(lambda: daemon.http.get("/health")) for _ in range(500)]
    stopping.start()
    during = []
    while stopping.is_alive():
        during.append(timed(lambda: daemon.http.get("/health")))
        time.sleep(0.002)
    stopping.join()
    line("calm", calm)
    line("during the stop", during, statistics.median(calm))
    print(f"  slowest of {len(during)} answers during the stop: {max(during):.1f} ms")


def list_of_100(daemon: Daemon) -> None:
    print("\nGET /api/services with 100 services")
    daemon.http.get("/api/services")
    line("list", [timed(lambda: daemon.http.get("/api/services")) for _ in range(1000)])
    line("one status", [timed(lambda: daemon.http.get("/api/services/s0/status")) for _ in range(1000)])


def ready(folder: Path, rounds: int) -> None:
    print("\nready: daemon started to /health answered (floor: importing its packages)")
    imports = [timed(lambda: subprocess.run([sys.executable, "-c", IMPORTS], check=True)) for _ in range(rounds)]
    floor = statistics.median(imports)
    line("floor: imports", imports)
    for count in (1, 100):
        times = []
        place = folder / f"ready{count}"
        place.mkdir()
        daemon = Daemon(place, "services:\n" + "".join(SLEEPER.format(n=n) for n in range(count)))
        try:
            daemon.start()  # the first start makes the database; people start again and again
            daemon.stop()
            for _ in range(rounds):
                times.append(timed(daemon.start))
                daemon.stop()
        finally:
            daemon.close()
        line(f"ready with {count} services", times, floor)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        daemon = Daemon(folder, "services:\n" + "".join(SLEEPER.format(n=n) for n in range(98)) + DEAF + FAST)
        try:
            daemon.start()
            start_and_stop(daemon, rounds)
            list_of_100(daemon)
            restarts(daemon, min(rounds, 10))
            health_during_a_stop(daemon)
        finally:
            daemon.close()
        ready(folder, 5)


if __name__ == "__main__":
    main()
