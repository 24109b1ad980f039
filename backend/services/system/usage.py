"""What groups of processes use together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from backend.services.system.passes import Pass


@dataclass(frozen=True, slots=True)
class Usage:
    """`cpu_percent` of one processor; `memory_bytes` sums what is resident: shared pages count more than once.
    `cpu_seconds` is what those that live have used since they began."""

    cpu_percent: float
    memory_bytes: int
    cpu_seconds: float


def usage_of(groups: Mapping[str, Iterable[int]], seen: Pass) -> dict[str, Usage]:
    """By group; the children of its members belong to it. A group of which nobody lives has no entry."""
    found: dict[str, Usage] = {}
    for group, members in groups.items():
        pids = list(seen.with_descendants(members))
        if pids:
            memory = sum(seen.readings[pid].memory_bytes or 0 for pid in pids)
            seconds = sum(seen.readings[pid].cpu_seconds or 0.0 for pid in pids)
            found[group] = Usage(round(sum(seen.shares[pid] for pid in pids), 1), memory, seconds)
    return found
