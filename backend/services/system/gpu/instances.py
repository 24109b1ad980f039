"""The names under which Windows counts what GPUs do, and what their counts amount to.

    pid_4312_luid_0x00000000_0x0000D4B2_phys_0                            memory of one process on one adapter
    luid_0x00000000_0x0000D4B2_phys_0                                     memory of one adapter
    pid_4312_luid_0x00000000_0x0000D4B2_phys_0_eng_3_engtype_Compute_0    one engine's work for one process

Adapters are known by their LUID, a number that is theirs until the driver begins anew.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

_NAME = re.compile(
    r"(?:pid_(?P<pid>\d+)_)?luid_0x(?P<high>[0-9a-f]+)_0x(?P<low>[0-9a-f]+)_phys_\d+(?:_eng_(?P<engine>\d+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Instance:
    """`pid` is None for what is counted of the whole adapter, `engine` for memory."""

    luid: int
    pid: int | None = None
    engine: int | None = None


@dataclass(slots=True)
class Counted:
    """Of one adapter: percent, bytes, bytes by pid. None is what was not counted."""

    usage_percent: float | None = None
    memory_used: int | None = None
    processes: dict[int, int | None] = field(default_factory=dict)


def parse(name: str) -> Instance | None:
    found = _NAME.match(name)
    if found is None:
        return None
    pid, engine = (None if text is None else int(text) for text in (found["pid"], found["engine"]))
    return Instance(luid_of(int(found["high"], 16), int(found["low"], 16)), pid, engine)


def luid_of(high: int, low: int) -> int:
    """One number of the two halves; the upper may be signed."""
    return (high & 0xFFFF_FFFF) << 32 | low


def amount(
    engines: Mapping[str, float] | None, adapters: Mapping[str, float], processes: Mapping[str, float]
) -> dict[int, Counted]:
    """By LUID, of what the three counters told by name; `engines` is None before there is a second reading of them.

    As the Task Manager has it, an adapter is as busy as its busiest engine is with the work of all processes.
    """
    found: defaultdict[int, Counted] = defaultdict(Counted)
    for instance, size in _parsed(adapters):
        found[instance.luid].memory_used = (found[instance.luid].memory_used or 0) + int(size)
    for instance, size in _parsed(processes):
        if instance.pid is not None and size > 0:
            users = found[instance.luid].processes
            users[instance.pid] = (users.get(instance.pid) or 0) + int(size)
    for luid, percent in _busiest(engines or {}).items():
        found[luid].usage_percent = percent
    if engines is not None:
        for counted in found.values():
            counted.usage_percent = counted.usage_percent or 0.0  # nobody uses it: no engine has an instance
    return dict(found)


def _busiest(engines: Mapping[str, float]) -> dict[int, float]:
    work: defaultdict[tuple[int, int | None], float] = defaultdict(float)
    for instance, percent in _parsed(engines):
        work[instance.luid, instance.engine] += percent
    most: dict[int, float] = {}
    for (luid, _), percent in work.items():
        most[luid] = max(most.get(luid, 0.0), round(min(percent, 100.0), 1))
    return most


def _parsed(counts: Mapping[str, float]) -> list[tuple[Instance, float]]:
    return [(instance, count) for name, count in counts.items() if (instance := parse(name)) is not None]
