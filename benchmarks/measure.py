"""Times several ways of doing one thing in turns, so that all meet the same machine, and prints them as ratios."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence

Way = Callable[[], object]


def in_turns(ways: Mapping[str, Way], rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each way by round; every way has run once before that counts."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for way in ways.values():
        way()
    for _ in range(rounds):
        for name, way in ways.items():
            start = time.perf_counter()
            way()
            taken[name].append((time.perf_counter() - start) * 1000)
    return taken


def show(title: str, taken: Mapping[str, Sequence[float]], *, against: str) -> None:
    """Median (least to most) in milliseconds and each median as a share of that of `against`."""
    print(f"\n{title}")
    width = max(map(len, taken))
    base = statistics.median(taken[against])
    for name, times in taken.items():
        middle = statistics.median(times)
        print(f"  {name:<{width}}  {middle:9.3f} ms ({min(times):.3f} to {max(times):.3f})  {middle / base:6.2f} x")
