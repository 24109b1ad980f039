"""The machine and its ports as Windows code sees them: one script under a Windows Python, its findings checked here."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]

SCRIPT = """
import asyncio, json, os, socket, subprocess, sys
from pathlib import Path
from backend.core.clock import SystemClock
from backend.services.ports import PortReader
from backend.services.ports.reserved import excluded_ranges
from backend.services.ports.tables import choose_table
from backend.services.system import System
from backend.services.system.gpu.found import find_readers
from backend.services.system.gpu.pdh import Counters
from backend.services.system.readings import choose_reader

CHILD = '''
import socket
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
input()
'''


async def look(reader, port):
    report = await reader.look(port)
    return [report.state, [owner.pid for owner in report.owners]]


def counters(path):
    try:
        Counters(path.replace("/", chr(92))).close()
    except OSError as error:
        return str(error)


async def main():
    child = subprocess.Popen([sys.executable, "-c", CHILD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    port = int(child.stdout.readline())

    async def owner_of(pids):
        return {pid: "tool" for pid in pids if pid == child.pid}

    reader = PortReader(owner_of)
    system = System(data_dir=Path("C:/new/data"), interval=2.0, clock=SystemClock(), owner_of=owner_of)
    (row,) = await reader.listeners(port, port)
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as six, socket.socket(type=socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        mine = [await reader.listeners(s.getsockname()[1], s.getsockname()[1]) for s in (six, udp)]
        on_six = await look(reader, six.getsockname()[1])
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        free = unused.getsockname()[1]
    top = await system.processes(1000, "memory")
    found = {
        "loop": type(asyncio.get_running_loop()).__name__,
        "table": type(choose_table()).__name__,
        "reader": type(choose_reader()).__name__,
        "pids": [os.getpid(), child.pid],
        "row": [row.port, row.protocol, row.address, row.pid, row.name, row.service],
        "mine": [[(r.protocol, r.address, r.pid) for r in rows] for rows in mine],
        "look": {"child": await look(reader, port), "six": on_six, "free": await look(reader, free)},
        "excluded": await excluded_ranges(),
        "count": top.count,
        "processes": {row.pid: [row.name, row.command, row.memory_bytes, row.service] for row in top.processes},
        "stats": (await system.stats()).as_json(),
        "again": (await system.stats()).as_json()["cpu"]["count"],
        "usage": (await system.usage({"tool": [child.pid], "gone": [999999]})).keys() == {"tool"},
        "info": (await system.info()).platform,
        "gpus": [[card.name for card in reader.read(())] for reader in find_readers(SystemClock())],
        "nvml": "pynvml" in sys.modules,
        "counters": [counters("/System/System Up Time"), counters("/No Such Thing(*)/At All")],
    }
    child.communicate("\\n")
    print("FOUND" + json.dumps(found))


asyncio.run(main())
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Any:
    windows_python = os.environ.get("WINDOWS_PYTHON")
    if not windows_python:
        pytest.skip("WINDOWS_PYTHON does not name a Windows Python to run this with")
    script = tmp_path_factory.mktemp("windows") / "look_round.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(PROJECT)!r})\n{SCRIPT}", encoding="utf-8")
    run = subprocess.run(
        [*shlex.split(windows_python), str(script)], capture_output=True, text=True, timeout=200, check=False
    )
    report = next((line for line in run.stdout.splitlines() if line.startswith("FOUND")), None)
    assert report is not None, run.stderr
    return json.loads(report.removeprefix("FOUND"))


pytestmark = [pytest.mark.windows, pytest.mark.timeout(690)]


def test_windows_is_read_by_psutil_on_its_own_event_loop(found: Any) -> None:
    assert (found["loop"], found["table"], found["reader"]) == ("ProactorEventLoop", "PsutilTable", "PsutilProcesses")
    assert found["info"] == "Windows"


def test_a_childs_port_is_listed_with_its_name_and_service(found: Any) -> None:
    port, protocol, address, pid, name, service = found["row"]
    assert (protocol, address, pid, name, service) == ("tcp", "127.0.0.1", found["pids"][1], "python.exe", "tool")
    assert found["look"]["child"] == ["used", [pid]]
    assert port > 1023


def test_ipv6_and_udp_are_listed(found: Any) -> None:
    own = found["pids"][0]
    assert found["mine"] == [[["tcp", "::1", own]], [["udp", "127.0.0.1", own]]]
    assert found["look"]["six"] == ["used", [own]]


def test_a_port_that_nobody_has_is_free(found: Any) -> None:
    assert found["look"]["free"] == ["free", []]


def test_processes_have_names_command_lines_and_sizes(found: Any) -> None:
    name, command, memory, service = found["processes"][str(found["pids"][1])]
    assert (name, service) == ("python.exe", "tool")
    assert "create_server" in command
    assert memory > 1_000_000
    assert found["count"] == len(found["processes"])
    assert "0" not in found["processes"]


def test_figures_are_told_with_the_drive_of_the_data_folder(found: Any) -> None:
    stats = found["stats"]
    assert stats["disk"]["path"] == "C:\\"
    assert stats["memory"]["total"] > 0
    assert stats["cpu"]["count"] == len(stats["cpu"]["per_core"]) == found["again"]


def test_usage_is_summed_for_services_that_live(found: Any) -> None:
    assert found["usage"] is True


def test_gpus_are_looked_for_and_nvidias_side_is_imported_only_for_them(found: Any) -> None:
    assert all(found["gpus"]), "a reader that was opened has a card"
    assert found["gpus"] or not found["nvml"]


def test_a_counter_that_windows_does_not_have_is_said_to_be_absent(found: Any) -> None:
    there, absent = found["counters"]
    assert there is None
    assert "PdhAddEnglishCounterW answers 0xc0000b" in absent
