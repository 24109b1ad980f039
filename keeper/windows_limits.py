"""Limits of a tree, put on its job object. What Windows does not say to have in force is not called enforced."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from functools import partial

assert sys.platform == "win32"

from keeper.protocol import LaunchSpec, Limits
from keeper.windows_api import check, kernel32
from keeper.windows_jobs import Job

log = logging.getLogger("keeper")

_MEMORY, _PROCESSES, _AFFINITY, _PRIORITY = 0x200, 0x8, 0x10, 0x20
_CLASSES = {"idle": 0x40, "low": 0x4000, "normal": 0x20, "high": 0x80}


def impose(spec: LaunchSpec, job: Job | None, process: int) -> dict[str, str]:
    """Which limits of the tree are in force now, and by what. `process` is its root, a member of `job` already: a job
    that its first member exceeds would refuse it.

    Windows refuses members more processes and memory than allowed, holds them to their share of the processors, and
    lets none change its priority or affinity. Without a job, priority and affinity are the root's, and inherited.
    """
    if spec.limits is None:
        return {}
    enforced = {}
    for limit, by, act in _measures(spec.limits, job, process):
        if limit in enforced:
            continue
        try:
            if act():
                enforced[limit] = by
        except OSError as error:
            log.warning("%s: no limit of %s by the %s: %s", spec.id, limit, by, error)
    return enforced


_Measure = tuple[str, str, Callable[[], bool]]


def _measures(limits: Limits, job: Job | None, process: int) -> list[_Measure]:
    measures: list[_Measure] = []
    mask = sum(1 << processor for processor in set(limits.affinity))
    priority = _CLASSES.get(limits.priority or "")
    if job is not None:
        for limit, flag, field, value in (
            ("memory", _MEMORY, "job_memory", limits.memory),
            ("processes", _PROCESSES, "active_processes", limits.processes),
            ("affinity", _AFFINITY, "affinity", mask),
            ("priority", _PRIORITY, "priority_class", priority),
        ):
            if value:
                measures.append((limit, "job object", partial(job.limit, flag, field, value)))
        if limits.cpu:
            rate = cpu_rate(limits.cpu, os.cpu_count() or 1)
            measures.append(("cpu", "job object", partial(job.cap_cpu, rate)))
    if mask:
        measures.append(("affinity", "first process", partial(_set, kernel32.SetProcessAffinityMask, process, mask)))
    if priority:
        measures.append(("priority", "first process", partial(_set, kernel32.SetPriorityClass, process, priority)))
    return measures


def _set(call: Callable[[int, int], int], process: int, value: int) -> bool:
    return bool(check(call(process, value), "the process refuses"))


def cpu_rate(percent: float, processors: int) -> int:
    """Percent of one processor as 1/10,000 of all of them, which is what a job counts in: 1 to 10,000."""
    return min(10_000, max(1, round(percent * 100 / processors)))
