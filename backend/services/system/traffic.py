"""What passes through drives and network interfaces: counted since the machine started, and a second between two
looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Traffic(NamedTuple):
    """Bytes since the machine started: read or received, written or sent."""

    into: int
    out: int


class DriveTraffic(NamedTuple):
    """`drives` are whole ones, `parts` also what they are divided into, each by the system's name."""

    drives: Mapping[str, Traffic]
    parts: Mapping[str, Traffic]


def is_loopback(interface: str) -> bool:
    return interface in ("lo", "lo0") or interface.startswith("Loopback")


def total(counts: Mapping[str, Traffic]) -> Traffic:
    return Traffic(sum(count.into for count in counts.values()), sum(count.out for count in counts.values()))


def rates(
    before: Mapping[str, Traffic], after: Mapping[str, Traffic], seconds: float
) -> dict[str, tuple[float, float]]:
    """Bytes a second, in and out, of each that is there now. What has begun anew meanwhile passed nothing backwards,
    and what was not there before has passed nothing yet."""
    return {name: _rate(before.get(name, count), count, seconds) for name, count in after.items()}


def _rate(before: Traffic, after: Traffic, seconds: float) -> tuple[float, float]:
    if seconds <= 0:
        return 0.0, 0.0
    into, out = (max(new - old, 0) / seconds for old, new in zip(before, after, strict=True))
    return round(into, 1), round(out, 1)
