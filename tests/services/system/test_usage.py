"""What services use: sums over real trees, and the rules by which a pid is a member."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable

import psutil
import pytest

from backend.services.system import System
from backend.services.system.pace import LEAST_SPAN
from backend.services.system.passes import Pass
from backend.services.system.readings import Reading
from backend.services.system.usage import Usage, usage_of
from tests.services.system.conftest import BUSY, IDLE, CountedReader, until
from tests.services.system.witness import Witness, rests

Start = Callable[..., "subprocess.Popen[str]"]
Open = Callable[..., System]

PARENT_OF_BUSY = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {BUSY!r}], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
try:
    sys.stdin.read()
finally:
    child.kill()
"""


def process(
    pid: int, *, parent: int = 1, started: float = 100.0, cpu: float | None = 0.0, memory: int | None = 10
) -> Reading:
    return Reading(pid, parent, started, "python", "running", cpu, memory)


def seen(before: list[Reading], after: list[Reading], seconds: float = 2.0, now: float = 1000.0) -> Pass:
    return Pass({row.pid: row for row in before}, {row.pid: row for row in after}, seconds, now)


async def test_children_of_members_count_for_their_service(open_system: Open, start: Start) -> None:
    parent = start(PARENT_OF_BUSY)
    idle = start(IDLE)
    until(lambda: rests(parent.pid) and rests(idle.pid))
    (child,) = psutil.Process(parent.pid).children()
    witness = Witness()
    witness.watched |= {parent.pid, child.pid}
    system = open_system(interval=LEAST_SPAN, processes=witness, clock=witness.clock)
    groups = {"busy": [parent.pid], "idle": [idle.pid]}
    share = 0.0
    while share <= 10:  # a busy machine may have let it wait meanwhile
        usage = await system.usage(groups)
        share = usage["busy"].cpu_percent
        least, most = witness.share(parent.pid, child.pid)
        assert least <= share <= most
        assert usage["idle"].cpu_percent < 10
        await asyncio.sleep(LEAST_SPAN)
    assert usage["busy"].memory_bytes > 1.5 * usage["idle"].memory_bytes > 1_000_000
    assert parent.stdin is not None
    parent.stdin.close()
    parent.wait()


async def test_a_service_of_which_nobody_lives_has_no_entry(open_system: Open, start: Start) -> None:
    gone = start("print('ready', flush=True)")
    gone.wait()
    assert await open_system().usage({"gone": [gone.pid], "empty": []}) == {}


async def test_a_hundred_services_cost_one_pass(open_system: Open, counted: CountedReader, start: Start) -> None:
    idle = start(IDLE)
    system = open_system(interval=30.0)
    usage = await system.usage({f"service-{number}": [idle.pid] for number in range(100)})
    assert len(usage) == 100
    assert counted.passes == 2
    assert counted.described == []


def test_a_member_given_twice_counts_once() -> None:
    tree = [process(10), process(11, parent=10)]
    assert usage_of({"a": [10, 11, 10]}, seen(tree, tree))["a"].memory_bytes == 20


def test_a_process_older_than_its_parents_number_is_no_child_of_it() -> None:
    table = [process(10, started=500.0), process(11, parent=10, started=400.0), process(12, parent=10, started=600.0)]
    assert usage_of({"a": [10]}, seen(table, table))["a"].memory_bytes == 20


def test_a_number_that_another_process_got_starts_from_nothing() -> None:
    before, after = [process(10, cpu=500.0)], [process(10, cpu=0.5, started=999.0)]
    assert usage_of({"a": [10]}, seen(before, after))["a"] == Usage(50.0, 10, 0.5)


def test_a_share_is_of_the_time_between_the_readings() -> None:
    assert seen([process(10, cpu=1.0)], [process(10, cpu=9.0)], seconds=2.0).shares[10] == 400.0


def test_a_process_born_meanwhile_is_measured_over_its_life() -> None:
    assert seen([], [process(10, cpu=0.5, started=999.5)], seconds=2.0, now=1000.0).shares[10] == 100.0


@pytest.mark.parametrize(("before", "after"), [(None, None), (1.0, None), (5.0, 1.0)])
def test_what_is_not_known_or_runs_backwards_is_no_use(before: float | None, after: float | None) -> None:
    assert seen([process(10, cpu=before)], [process(10, cpu=after, memory=None)]).shares[10] == 0.0


def test_processes_that_name_each_other_as_parents_end_the_walk() -> None:
    ring = [process(10, parent=11), process(11, parent=10)]
    assert usage_of({"a": [10]}, seen(ring, ring))["a"].memory_bytes == 20
