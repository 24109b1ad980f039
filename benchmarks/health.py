"""`/health` of a daemon with twenty services beside FastAPI alone, by wrk over sixteen kept connections, in turns."""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.goals import Figure
from benchmarks.idle import SERVICES
from benchmarks.peers import floor_port
from benchmarks.supervisor import SLEEPERS, all_run
from tests.fakes.daemon import Daemon

TURNS = 3
LOAD = ["wrk", "-t1", "-c16", "-d3s"]


def per_second(address: str) -> float:
    said = subprocess.run([*LOAD, f"{address}/health"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in said:
        raise RuntimeError(said)
    found = re.search(r"Requests/sec:\s+([\d.]+)", said)
    assert found
    return float(found[1])


def figures() -> Iterator[Figure]:
    if shutil.which("wrk") is None:
        return
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as name, floor_port(["true"]) as floor:
        daemon = Daemon(Path(name), "services:\n" + "".join(SLEEPERS.splitlines(keepends=True)[:SERVICES]))
        try:
            daemon.start()
            all_run(daemon, SERVICES)
            for _ in range(TURNS):
                bare.append(per_second(f"http://127.0.0.1:{floor}"))
                ours.append(per_second(daemon.address))
        finally:
            daemon.close()
    most = statistics.median(bare)
    beside = f"bare FastAPI {most:,.0f}, ours {statistics.median(ours):,.0f} a second"
    yield Figure("/health beside bare FastAPI", statistics.median(ours) / most, "x", 0.7, beside, at_least=True)
