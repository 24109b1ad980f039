"""What limits are on POSIX: files of a control group, and the rank and processors of processes."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass

from keeper.protocol import Limits

PERIOD = 100_000  # microseconds over which a share of a processor is counted
ROUNDS = 5  # looks at what processes started while they were being ranked
NICE = {"idle": 19, "low": 10, "normal": 0, "high": -5}
_WEIGHT_OF_NICE_0 = 1024


@dataclass(frozen=True)
class Setting:
    """A limit as a control group takes it: what is written to which of its files. `better` are those that a system may
    lack without the limit failing."""

    limit: str
    controller: str
    files: tuple[tuple[str, str], ...]
    better: tuple[tuple[str, str], ...] = ()


def settings(limits: Limits, version: int) -> list[Setting]:
    found = []
    if limits.memory is not None:
        size = str(limits.memory)
        if version == 2:
            whole = (("memory.swap.max", "0"), ("memory.oom.group", "1"))
            found.append(Setting("memory", "memory", (("memory.max", size),), whole))
        else:
            swap = (("memory.memsw.limit_in_bytes", size),)
            found.append(Setting("memory", "memory", (("memory.limit_in_bytes", size),), swap))
    if limits.cpu is not None:
        found.append(Setting("cpu", "cpu", _share(limits.cpu, version), _weight(limits.priority, version)))
    if limits.processes is not None:
        found.append(Setting("processes", "pids", (("pids.max", str(limits.processes)),)))
    return found


def _share(percent: float, version: int) -> tuple[tuple[str, str], ...]:
    quota = max(1000, round(percent / 100 * PERIOD))
    if version == 2:
        return (("cpu.max", f"{quota} {PERIOD}"),)
    return (("cpu.cfs_period_us", str(PERIOD)), ("cpu.cfs_quota_us", str(quota)))


def _weight(priority: str | None, version: int) -> tuple[tuple[str, str], ...]:
    """Between groups their weight counts; the rank of a process counts within its group only."""
    if priority is None:
        return ()
    nice = NICE[priority]
    if version == 2:
        return (("cpu.weight.nice", str(nice)),)
    return (("cpu.shares", str(max(2, round(_WEIGHT_OF_NICE_0 / 1.25**nice)))),)


def rank(find: Callable[[], Iterable[int]], limits: Limits) -> dict[str, str]:
    """Gives all threads of the processes their priority and processors; what is in force by that. What they start takes
    after them, so `find` is asked again until it finds nobody new."""
    done: set[int] = set()
    ranked, bound = limits.priority is not None, bool(limits.affinity)
    for _ in range(ROUNDS):
        new = set(find()) - done
        for thread in [thread for pid in new for thread in _threads(pid)]:
            ranked = ranked and _set_priority(thread, limits.priority or "normal")
            bound = bound and _set_processors(thread, limits.affinity)
        if not new:
            break
        done |= new
    found = {"priority": f"nice {NICE[limits.priority or 'normal']}"} if ranked else {}
    return found | ({"affinity": "the system's scheduler"} if bound else {})


def _threads(pid: int) -> list[int]:
    try:
        return [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except OSError:
        return [pid]


def _set_priority(thread: int, priority: str) -> bool:
    """Disk access follows: Linux derives it from these."""
    nice = NICE[priority]
    try:
        os.setpriority(os.PRIO_PROCESS, thread, nice)
        if priority == "idle" and sys.platform == "linux":
            os.sched_setscheduler(thread, os.SCHED_IDLE, os.sched_param(0))
    except ProcessLookupError:
        return True
    except OSError:
        return False  # only root may raise it
    with suppress(OSError), open(f"/proc/{thread}/autogroup", "w", encoding="ascii") as file:
        file.write(str(nice))  # where a desktop's kernel makes a group of each session, this is what counts
    return True


def _set_processors(thread: int, processors: tuple[int, ...]) -> bool:
    if sys.platform != "linux":
        return False
    try:
        os.sched_setaffinity(thread, processors)
    except ProcessLookupError:
        return True
    except (OSError, ValueError):
        return False  # none of them is there
    return True
