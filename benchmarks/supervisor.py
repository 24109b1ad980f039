"""What supervising a hundred tools costs, through the real daemon over HTTP, beside the least that the system takes.

    python -m benchmarks.supervisor [--rounds 5] [--pm2 NODE_MODULES/pm2]

`benchmarks.lifecycle` has the start, restart and stop of one tool, `benchmarks.logs` its output. The floor of being
ready is importing what the daemon imports.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from benchmarks.measure import in_turns
from benchmarks.peers import Http, floor_of, free_port
from tests.fakes.daemon import Daemon, wait_for

SLEEPERS = "".join(f"  s{n}: {{command: [sleep, '100000'], autostart: true}}\n" for n in range(100))
DEAF = "  deaf: {command: [sh, -c, \"trap '' TERM; while :; do sleep 1; done\"], stop: {timeout: %s}}\n"
IMPORTS = "import fastapi, uvicorn, sqlalchemy.ext.asyncio"
PROBED = 20.0  # seconds


def line(name: str, times: list[float], floor: float | None = None) -> None:
    times = sorted(times)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99) - 1]
    ratio = f"{p50 / floor:8.2f} x {p99 / floor:8.2f} x" if floor else ""
    print(f"  {name:<46} p50 {p50:9.2f} ms   p99 {p99:9.2f} ms   {ratio}")


def timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def proportional_memory(pid: int) -> float:
    """Megabytes, shared pages counted in parts (PSS)."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(text.split("Pss:")[1].split()[0]) / 1000


def processor_time(*pids: int) -> float:
    return sum(sum(psutil.Process(pid).cpu_times()[:2]) for pid in pids)


def daemon_pid(daemon: Daemon) -> int:
    return int(json.loads((daemon.data_dir / "daemon.lock").read_bytes().splitlines()[0])["pid"])


def running(daemon: Daemon) -> dict[str, int]:
    services = daemon.http.get("/api/services").json()["services"]
    return {one["id"]: one["pid"] for one in services if one["pid"] is not None}


def all_run(daemon: Daemon, count: int) -> None:
    wait_for(lambda: len(running(daemon)) == count)


def ready(folder: Path, rounds: int) -> None:
    """Round by round, so that a machine that is busy for a while is so for all."""
    print("\nready: daemon started to /health answered (floor: importing fastapi, uvicorn and SQLAlchemy)")
    daemons: dict[int, Daemon] = {}
    imports: list[float] = []
    times: dict[int, list[float]] = {1: [], 100: []}
    try:
        for count in times:
            place = folder / f"ready{count}"
            place.mkdir()
            daemons[count] = Daemon(place, "services:\n" + "".join(SLEEPERS.splitlines(keepends=True)[:count]))
            daemons[count].start()  # the first start makes the database; people start again and again
            daemons[count].stop()
        for _ in range(rounds):
            imports.append(timed(lambda: subprocess.run([sys.executable, "-c", IMPORTS], check=True)))
            for count, daemon in daemons.items():
                times[count].append(timed(daemon.start))
                all_run(daemon, count)
                daemon.stop()
    finally:
        for daemon in daemons.values():
            daemon.close()
    line("floor: imports", imports)
    for count, taken in times.items():
        line(f"ready with {count} services", taken, statistics.median(imports))


def all_running(folder: Path, rounds: int, pm2: Path | None) -> None:
    print("\n100 services: daemon started to all of them announced (floor: pm2)")
    fifo, marks = folder / "marks", folder / "all"
    os.mkfifo(fifo)
    marks.mkdir()
    script = marks / "tool.sh"
    script.write_text(f"echo x > {fifo}; exec sleep 100000\n")
    definitions = "services:\n" + "".join(f"  s{n}: {{command: [sh, {script}], autostart: true}}\n" for n in range(100))
    reading = os.open(fifo, os.O_RDWR)

    def announced() -> None:
        seen = 0
        while seen < 100:
            seen += os.read(reading, 4096).count(b"x")

    daemon = Daemon(marks, definitions)
    ours: list[float] = []
    theirs: list[float] = []
    try:
        for _ in range(rounds):
            starting = threading.Thread(target=daemon.start)
            begun = time.perf_counter()
            starting.start()
            announced()
            ours.append((time.perf_counter() - begun) * 1000)
            starting.join()
            daemon.stop()
            if pm2 is not None:
                theirs.append(all_by_pm2(marks, script, pm2, announced))
    finally:
        daemon.close()
    if theirs:
        line("pm2", theirs)
    line("control center", ours, statistics.median(theirs) if theirs else None)


def all_by_pm2(folder: Path, script: Path, package: Path, announced: Callable[[], None]) -> float:
    apps = [{"name": f"s{n}", "script": str(script), "interpreter": "sh"} for n in range(100)]
    (folder / "apps.json").write_text(json.dumps({"apps": apps}))
    environment = {**os.environ, "PM2_HOME": str(folder / "pm2")}
    command = ["node", str(package / "bin" / "pm2")]
    begun = time.perf_counter()
    quiet = subprocess.DEVNULL
    starting = subprocess.Popen(
        [*command, "start", str(folder / "apps.json")], env=environment, stdout=quiet, stderr=quiet
    )
    announced()
    taken = (time.perf_counter() - begun) * 1000
    starting.wait()
    subprocess.run([*command, "kill"], check=False, env=environment, stdout=quiet, stderr=quiet)
    return taken


def a_hundred(folder: Path) -> None:
    place = folder / "hundred"
    place.mkdir()
    daemon = Daemon(place, "services:\n" + SLEEPERS + DEAF % "10s")
    try:
        daemon.start()
        all_run(daemon, 100)
        before = running(daemon)
        lists(daemon)
        daemon.kill()
        daemon.start()
        known = timed(lambda: wait_for(lambda: running(daemon) == before))
        print(f"  after kill -9 and start: all known under their old pids {known:.1f} ms after ready")
        memory = [proportional_memory(pid) for pid in (daemon_pid(daemon), daemon.keeper_pid)]
        print(f"  daemon and keeper take {memory[0]:.1f} and {memory[1]:.1f} MB (PSS)")
        health_during_a_stop(daemon)
    finally:
        daemon.close()


def lists(daemon: Daemon) -> None:
    print("\n100 services, asked on a kept connection (floor: 100 small dictionaries from FastAPI alone)")
    http = Http(int(daemon.port))
    with floor_of(["true"]) as floor:
        taken = in_turns(
            {
                "floor": lambda: floor.ask("GET", "/list"),
                "GET /api/services": lambda: http.ask("GET", "/api/services"),
                "GET /api/services/s0/status": lambda: http.ask("GET", "/api/services/s0/status"),
            },
            1000,
        )
    for name, times in taken.items():
        line(name, times, statistics.median(taken["floor"]))


def health_during_a_stop(daemon: Daemon) -> None:
    print("\n/health while a tool ignores its stop signal for 10 s")
    daemon.post("deaf", "start")
    time.sleep(0.3)
    stopping = threading.Thread(target=lambda: daemon.post("deaf", "stop", timeout=30))
    http = Http(int(daemon.port))
    calm = [timed(lambda: http.ask("GET", "/health")) for _ in range(500)]
    stopping.start()
    during = []
    while stopping.is_alive():
        during.append(timed(lambda: http.ask("GET", "/health")))
        time.sleep(0.002)
    stopping.join()
    line("calm", calm)
    line("during the stop", during, statistics.median(calm))
    print(f"  slowest of {len(during)} answers during the stop: {max(during):.1f} ms")


def overshoot(folder: Path, rounds: int) -> None:
    place = folder / "overshoot"
    place.mkdir()
    daemon = Daemon(place, "services:\n" + DEAF % "2s")
    try:
        daemon.start()
        over = []
        for _ in range(rounds):
            daemon.post("deaf", "start", wait="running")
            daemon.post("deaf", "stop", timeout=30)
            over.append((daemon.http.get("/api/services/deaf").json()["last_stop"]["seconds"] - 2) * 1000)
    finally:
        daemon.close()
    print(f"\novershoot of a grace of 2 s: median {statistics.median(over):.1f} ms, most {max(over):.1f} ms")


def all_healthy(daemon: Daemon) -> bool:
    return all(one["health"] == "healthy" for one in daemon.http.get("/api/services").json()["services"])


def probing(folder: Path) -> None:
    """Each service is asked over HTTP; all of them ask one server, which is not counted."""
    place = folder / "probing"
    place.mkdir()
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(place)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    check = f"health: {{http: 'http://127.0.0.1:{port}/', interval: 10s}}"
    daemon = Daemon(
        place,
        "services:\n"
        + "".join(f"  s{n}: {{command: [sleep, '100000'], autostart: true, {check}}}\n" for n in range(100)),
    )
    try:
        daemon.start()
        wait_for(lambda: all_healthy(daemon), 60)
        time.sleep(11)  # until nobody has looked for a while
        pids = (daemon_pid(daemon), daemon.keeper_pid)
        before = processor_time(*pids)
        time.sleep(PROBED)
        share = (processor_time(*pids) - before) / PROBED
    finally:
        daemon.close()
        server.terminate()
        server.wait()
    print(f"\n100 services asked over HTTP every 10 s: {share:.2%} of a core")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--pm2", type=Path)
    given = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # whoever starts a program again has it compiled
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ready(folder, given.rounds)
        all_running(folder, given.rounds, given.pm2)
        a_hundred(folder)
        overshoot(folder, given.rounds)
        probing(folder)


if __name__ == "__main__":
    main()
