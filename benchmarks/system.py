"""The machine's figures and the process table beside the usual ways with psutil.

    python -m benchmarks.system [--processes 500] [--rounds 15]

Starts idle processes until there are as many as asked for, and ends them. What a viewer costs is measured by the
processor time of this process while samples and the process table are asked for every 2 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import psutil

from backend.core.clock import SystemClock
from backend.services.ports import no_services
from backend.services.system import System
from backend.services.system.machine import MachineReader
from backend.services.system.passes import Pass
from backend.services.system.psutil_processes import PsutilProcesses
from backend.services.system.readings import ProcessReader, Reading, choose_reader
from backend.services.system.table import ProcessTable
from benchmarks.goals import Figure, median
from benchmarks.measure import Way, in_turns, show

ATTRIBUTES = [
    "pid", "ppid", "name", "status", "create_time",
    "cpu_percent", "memory_percent", "memory_info", "username", "cmdline",
]  # fmt: skip
ROWS = 50
FOUR_CALLS = "psutil, four calls"
OUR_SAMPLE = "ours, sample with cores, swap, network, as JSON"
PROCESS_ITER = "psutil, process_iter(attributes)"
OUR_TABLE = "ours, reader of this system"
IDLE = [sys.executable, "-I", "-S", "-c", "import signal; signal.pause()"]


@contextmanager
def processes(count: int) -> Iterator[None]:
    started = [subprocess.Popen(IDLE) for _ in range(max(count - len(psutil.pids()), 0))]
    try:
        yield
    finally:
        for process in started:
            process.kill()
        for process in started:
            process.wait()


def four_calls() -> None:
    """The least that a snapshot takes."""
    psutil.cpu_percent()
    psutil.virtual_memory()
    psutil.disk_usage("/")
    psutil.net_io_counters()


class Samples:
    def __init__(self) -> None:
        self._reader = MachineReader(Path.cwd(), SystemClock())
        self._before = self._reader.read()

    def __call__(self) -> str:
        before, self._before = self._before, self._reader.read()
        return json.dumps(self._reader.difference(before, self._before, 2.0).as_json())


def one_call_an_attribute() -> Sequence[Mapping[str, object]]:
    rows = []
    for process in psutil.process_iter():
        try:
            rows.append({name: process.pid if name == "pid" else getattr(process, name)() for name in ATTRIBUTES})
        except psutil.Error:
            continue
    return sorted(rows, key=lambda row: row["cpu_percent"], reverse=True)[:ROWS]


def process_iter() -> Sequence[Mapping[str, object]]:
    rows = [process.info for process in psutil.process_iter(ATTRIBUTES)]
    return sorted(rows, key=lambda row: row["cpu_percent"] or 0.0, reverse=True)[:ROWS]


class Ours:
    def __init__(self, reader: ProcessReader, *, remember: bool = True) -> None:
        self._reader = reader
        self._remember = remember
        self._table = ProcessTable(reader, str)
        self._before: Mapping[int, Reading] = reader.read()

    def __call__(self) -> object:
        if not self._remember:
            self._table = ProcessTable(self._reader, str)
        before, self._before = self._before, self._reader.read()
        seen = Pass(before, self._before, 2.0, time.time())
        return self._table.rows(self._table.choose(seen, ROWS, "cpu"), seen, {}, 1 << 34)


async def cost_of_a_viewer(seconds: float) -> tuple[float, float]:
    """Percent of one processor: samples alone, then with the process table on screen as well."""
    system = System(data_dir=Path.cwd(), interval=2.0, clock=SystemClock(), owner_of=no_services)
    running = asyncio.create_task(system.run())

    async def table() -> None:
        while True:
            await system.processes(ROWS)
            await asyncio.sleep(2.0)

    costs = []
    with system.samples.told_to(lambda sample: None):
        for work in (None, table):
            looking = asyncio.create_task(work()) if work else None
            await asyncio.sleep(0.5)
            start = time.process_time()
            await asyncio.sleep(seconds)
            costs.append(100 * (time.process_time() - start) / seconds)
            if looking:
                looking.cancel()
    running.cancel()
    return costs[0], costs[1]


async def within_the_tick(rounds: int) -> list[float]:
    """Milliseconds of asking for the process table again while its last reading still serves."""
    system = System(data_dir=Path.cwd(), interval=60.0, clock=SystemClock(), owner_of=no_services)
    await system.processes(ROWS)
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        await system.processes(ROWS)
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def sample_ways() -> dict[str, Way]:
    return {FOUR_CALLS: four_calls, OUR_SAMPLE: Samples()}


def table_ways() -> dict[str, Way]:
    return {
        "psutil, one call an attribute": one_call_an_attribute,
        PROCESS_ITER: process_iter,
        "ours, psutil reader": Ours(PsutilProcesses()),
        "ours, reader of this system, nothing remembered": Ours(choose_reader(), remember=False),
        OUR_TABLE: Ours(choose_reader()),
    }


def figures(count: int = 500, rounds: int = 15) -> Iterator[Figure]:
    taken = in_turns(sample_ways(), 20 * rounds)
    beside = f"psutil, four calls: {median(taken[FOUR_CALLS]):.3f} ms"
    yield Figure("a sample of the machine", median(taken[OUR_SAMPLE]), "ms", 0.25, beside)
    with processes(count):
        taken = in_turns(table_ways(), rounds)
        beside = f"psutil, process_iter: {median(taken[PROCESS_ITER]):.1f} ms"
        yield Figure(f"the {ROWS} busiest of {count} processes", median(taken[OUR_TABLE]), "ms", 10.0, beside)
        again = asyncio.run(within_the_tick(10 * rounds))
        yield Figure("the same, asked for within the tick", median(again), "ms", 2.0)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--processes", type=int, default=500)
    arguments.add_argument("--rounds", type=int, default=15)
    given = arguments.parse_args()
    show("A sample", in_turns(sample_ways(), 20 * given.rounds), against=FOUR_CALLS)
    with processes(given.processes):
        title = f"The {ROWS} busiest of {len(psutil.pids())} processes"
        show(title, in_turns(table_ways(), given.rounds), against=PROCESS_ITER)
        samples_only, with_table = asyncio.run(cost_of_a_viewer(10.0))
        print(
            f"\nA viewer at 2 s: {samples_only:.2f} % of a core for samples, {with_table:.2f} % with the process table"
        )


if __name__ == "__main__":
    main()
