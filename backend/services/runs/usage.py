"""What the tree of a run has used over time, in a file of its folder: for whoever looks later, and after any crash.

The file is a table that people can read, and is never more than `MOST_BYTES` long: when it is, what lies closely
together becomes one point that has the most of all of them. So a run of a month keeps its spikes, and costs no more.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

FILE = "usage.csv"
MOST_BYTES = 64_000  # some 2000 points
THINNED = 500  # points that are left of so many
_HEAD = "at,cpu_percent,memory_bytes\n"


@dataclass(frozen=True, slots=True)
class Point:
    """`at` in epoch seconds; a whole processor is 100 %."""

    at: float
    cpu_percent: float
    memory_bytes: int


def note(folder: Path, point: Point) -> None:
    """Adds what was seen. Blocking; OSError where the disk refuses it."""
    path = folder / FILE
    with path.open("a", encoding="ascii", newline="\n") as file:
        file.write(_line(point) if file.tell() else _HEAD + _line(point))
        long = file.tell() > MOST_BYTES
    if long:
        _rewrite(path, thinned(usage(folder), THINNED))


def usage(folder: Path) -> list[Point]:
    """All of it, the oldest first; nothing where there is no such file. Blocking."""
    try:
        lines = (folder / FILE).read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return []
    return [point for line in lines if (point := _point(line)) is not None]


def thinned(points: list[Point], number: int) -> list[Point]:
    """At most `number` of them, evenly over their time; each has the most of those that it stands for."""
    if len(points) <= number:
        return points
    begun, ended = points[0].at, points[-1].at
    width = (ended - begun) / number or 1.0
    found: dict[int, Point] = {}
    for one in points:
        place = min(number - 1, int((one.at - begun) / width))
        known = found.get(place, one)
        found[place] = Point(
            known.at, max(known.cpu_percent, one.cpu_percent), max(known.memory_bytes, one.memory_bytes)
        )
    return list(found.values())


def _rewrite(path: Path, points: Iterable[Point]) -> None:
    beside = path.with_name(f"{FILE}.new")
    beside.write_text(_HEAD + "".join(map(_line, points)), encoding="ascii", newline="\n")
    beside.replace(path)


def _line(point: Point) -> str:
    return f"{point.at:.1f},{point.cpu_percent:.1f},{point.memory_bytes}\n"


def _point(line: str) -> Point | None:
    """None for the head, and for what a crash has left half written."""
    try:
        at, cpu_percent, memory_bytes = line.split(",")
        return Point(float(at), float(cpu_percent), int(memory_bytes))
    except ValueError:
        return None
