"""The process table, with real busy, idle, large and short-lived children."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping

import psutil
import pytest

from backend.services.system import ProcessRow, System, Top
from backend.services.system.pace import LEAST_SPAN
from tests.services.system.conftest import BUSY, IDLE, CountedReader, until
from tests.services.system.witness import Bounds, Witness, rests, used

Start = Callable[..., "subprocess.Popen[str]"]
Open = Callable[..., System]


BECOMES_ANOTHER = """
import os, sys
print("ready", flush=True)
input()
os.execv(sys.executable, [sys.executable, "-c", "input()", "second"])
"""


def row_of(pid: int, top: Top) -> ProcessRow:
    return next(row for row in top.processes if row.pid == pid)


async def until_busy(pid: int, system: System, witness: Witness) -> None:
    """It is among the first ten with more than 10 percent; each figure on the way there is true."""
    async with asyncio.timeout(60):
        while True:
            row = next((row for row in (await system.processes(10)).processes if row.pid == pid), None)
            if row is not None:
                assert_agrees(row, witness.share(pid))
                if row.cpu_percent > 10:
                    return
            await asyncio.sleep(LEAST_SPAN)


def assert_agrees(row: ProcessRow, bounds: Bounds) -> None:
    least, most = bounds
    assert least <= row.cpu_percent <= most


async def test_a_busy_child_is_among_the_first_on_the_first_call(open_system: Open, start: Start) -> None:
    busy, idle, witness = start(BUSY), start(IDLE), Witness()
    until(lambda: rests(idle.pid))
    witness.watched |= {busy.pid, idle.pid}
    system = open_system(interval=LEAST_SPAN, processes=witness, clock=witness.clock)
    everybody = await system.processes(1000)
    shares = [row.cpu_percent for row in everybody.processes]
    assert shares == sorted(shares, reverse=True)
    assert_agrees(row_of(busy.pid, everybody), witness.share(busy.pid))
    assert row_of(idle.pid, everybody).cpu_percent < 10
    await until_busy(busy.pid, system, witness)


async def test_a_child_that_becomes_busy_later_is_seen_by_the_next_reading(open_system: Open, start: Start) -> None:
    child, witness = start("print('ready', flush=True)\ninput()\nwhile True: pass"), Witness()
    until(lambda: rests(child.pid))
    witness.watched.add(child.pid)
    system = open_system(interval=LEAST_SPAN, processes=witness, clock=witness.clock)
    assert row_of(child.pid, await system.processes(1000)).cpu_percent < 10
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()
    before = used(child.pid)
    until(lambda: used(child.pid) > before + 0.15)
    next_reading = row_of(child.pid, await system.processes(1000))
    assert_agrees(next_reading, witness.share(child.pid))
    assert next_reading.cpu_percent > 0
    await until_busy(child.pid, system, witness)


async def test_a_process_born_between_two_readings_is_measured_over_its_own_life(
    open_system: Open, start: Start
) -> None:
    witness = Witness()
    system = open_system(interval=LEAST_SPAN, processes=witness, clock=witness.clock)
    share = 0.0
    while share <= 10:  # a busy machine may have let one wait for most of its short life
        await system.processes()
        await asyncio.sleep(2 * LEAST_SPAN)
        begun = time.time()
        child = start(BUSY)
        ready = time.time()
        witness.watched = {child.pid}
        await asyncio.sleep(2 * LEAST_SPAN)
        row = row_of(child.pid, await system.processes(1000))
        assert_agrees(row, witness.share_of_life(child.pid, begun, ready))
        share = row.cpu_percent
        child.kill()
        child.wait()


async def test_most_memory_first_when_asked_for(open_system: Open, start: Start) -> None:
    large = start("hold = bytearray(300_000_000)\nprint('ready', flush=True)\ninput()")
    system = open_system()
    top = await system.processes(1000, "memory")
    row = row_of(large.pid, top)
    assert row.memory_bytes is not None
    assert row.memory_bytes > 290_000_000
    assert row.memory_percent == pytest.approx(100 * row.memory_bytes / psutil.virtual_memory().total, abs=0.01)
    sizes = [row.memory_bytes or 0 for row in top.processes]
    assert sizes == sorted(sizes, reverse=True)


async def test_count_is_of_all_processes_and_rows_are_limited(open_system: Open) -> None:
    top = await open_system().processes(3)
    assert len(top.processes) == 3
    assert top.count == pytest.approx(len(psutil.pids()), abs=10)


async def test_a_row_tells_what_psutil_tells(open_system: Open, start: Start) -> None:
    child = start(IDLE, "--name", "a b")
    until(lambda: rests(child.pid))
    row = row_of(child.pid, await open_system().processes(1000))
    other = psutil.Process(child.pid)
    assert (row.name, row.username, row.status) == (other.name(), other.username(), other.status())
    assert row.command == " ".join(other.cmdline())
    assert row.started_at is not None
    assert row.started_at.timestamp() == pytest.approx(other.create_time(), abs=1)


async def test_only_rows_that_are_shown_are_described(open_system: Open, counted: CountedReader) -> None:
    await open_system().processes(3)
    assert len(counted.described) == 3


async def test_a_row_is_described_once(open_system: Open, counted: CountedReader, start: Start) -> None:
    child = start(IDLE)
    system = open_system(interval=0.05)
    await system.processes(1000)
    passes = counted.passes
    while counted.passes == passes:
        await system.processes(1000)
    assert counted.described.count(child.pid) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="a process does not become another program on Windows")
async def test_a_process_that_becomes_another_program_is_described_anew(open_system: Open, start: Start) -> None:
    child = start(BECOMES_ANOTHER, "first")
    system = open_system(interval=0.1)
    command = row_of(child.pid, await system.processes(1000)).command
    assert command is not None
    assert command.endswith("first")
    assert child.stdin is not None
    child.stdin.write("\n")
    child.stdin.flush()
    until(lambda: psutil.Process(child.pid).cmdline()[-1:] == ["second"])
    await asyncio.sleep(0.15)
    command = row_of(child.pid, await system.processes(1000)).command
    assert command is not None
    assert command.endswith("second")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no zombies")
async def test_a_process_that_has_ended_and_was_not_waited_for_breaks_nothing(open_system: Open, start: Start) -> None:
    child = start("print('ready', flush=True)")
    until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_ZOMBIE)
    row = row_of(child.pid, await open_system().processes(1000))
    assert (row.status, row.memory_bytes, row.command) == ("zombie", 0, None)


async def test_processes_that_come_and_go_meanwhile_break_nothing(open_system: Open) -> None:
    system = open_system(interval=0.01)
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        children = [await asyncio.create_subprocess_exec(sys.executable, "-S", "-c", "") for _ in range(3)]
        top = await system.processes(1000)
        assert top.count >= len(top.processes) > 0
        for child in children:
            await child.wait()


async def test_the_service_of_a_process_is_told(open_system: Open) -> None:
    async def owner_of(pids: Collection[int]) -> Mapping[int, str]:
        return {os.getpid(): "n8n"} if os.getpid() in pids else {}

    top = await open_system(owner_of=owner_of).processes(1000)
    assert row_of(os.getpid(), top).service == "n8n"
    assert {row.service for row in top.processes if row.pid != os.getpid()} == {None}


async def test_secrets_are_taken_out_of_command_lines_before_they_are_cut(open_system: Open, start: Start) -> None:
    child = start(IDLE, "--token=s3cret", "x" * 2000)
    system = open_system(redact=lambda text: text.replace("s3cret", "•••"))
    command = row_of(child.pid, await system.processes(1000)).command
    assert command is not None
    assert "s3cret" not in command
    assert "--token=•••" in command
    assert len(command) == 1001


async def test_many_who_ask_within_an_interval_share_one_pass(open_system: Open, counted: CountedReader) -> None:
    system = open_system(interval=5.0)
    await asyncio.gather(*(system.processes() for _ in range(20)), *(system.usage({"a": [1]}) for _ in range(20)))
    assert counted.passes == 2  # the first answer needs two, to be true
    await system.processes()
    assert counted.passes == 2


async def test_the_first_answer_does_not_hold_up_the_event_loop(open_system: Open) -> None:
    system = open_system()
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            longest = max(longest, time.monotonic() - before - 0.005)

    watching = asyncio.create_task(watch())
    await system.processes()
    watching.cancel()
    assert longest < 0.15  # it sleeps for 0.2 s and reads for milliseconds: neither may be felt
