"""Points of a chart: what many samples come to, with the least and the most of them. Times are epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

TICK = 2
MINUTE = 60
QUARTER = 900
HOUR = 3600
TIERS = (TICK, MINUTE, QUARTER, HOUR)  # seconds between two points that are kept
WEEK = 7 * 86400
LATEST = 32_503_680_000  # the year 3000, in which the time of Windows ends


class Point(NamedTuple):
    """`samples` measurements of `at` and the seconds after it."""

    at: int
    min: float
    avg: float
    max: float
    samples: int = 1


@dataclass(frozen=True, slots=True)
class Grid:
    """Points `step` seconds apart from `origin` on; what is asked for lies from `begin` to before `end`."""

    origin: int
    step: int
    begin: int
    end: int

    def place(self, at: int) -> int:
        """The time of the point that a sample of `at` belongs to."""
        return self.origin + (at - self.origin) // self.step * self.step


def finest(begin: float, now: float) -> int:
    """Seconds between two points that are kept of a time that long ago."""
    if begin >= now - HOUR - MINUTE:
        return TICK
    return MINUTE if begin >= now - WEEK else QUARTER


def grid(begin: float, end: float, points: int, least: int) -> Grid:
    """At most `points` of them, each a whole number of `least` seconds and, above them, of the next tiers'. But for a
    single one they stand at whole multiples of their step: charts that move on do not change what they have shown."""
    first, last = min(max(int(begin), 0), LATEST) // least * least, min(max(int(end), 0), LATEST) + 1
    seconds = (last - first) / max(points - 1, 1)
    unit = max(least, *(tier for tier in TIERS if tier <= max(seconds, TICK)))
    origin = 0
    if points == 1:
        origin = first // unit * unit  # what is kept of that unit lies there
        seconds = last - origin
    return Grid(origin, max(ceil(seconds / unit), 1) * unit, first, last)


def coarsest(step: int) -> int:
    """Seconds between the points that are kept of which a step is a whole number, the fewest of them."""
    return max(tier for tier in TIERS if step % tier == 0)


def merged(points: Iterable[Point], on: Grid) -> Iterator[Point]:
    """What lies within one step becomes one. They come in the order of their times."""
    pending: Point | None = None
    for point in points:
        at = on.place(point.at)
        if pending is not None and pending.at == at:
            pending = together(pending, point)
        else:
            if pending is not None:
                yield pending
            pending = point._replace(at=at)
    if pending is not None:
        yield pending


def together(one: Point, other: Point) -> Point:
    """Both as one at the time of the first."""
    samples = one.samples + other.samples
    avg = one.avg + (other.avg - one.avg) * other.samples / samples
    return Point(one.at, min(one.min, other.min), avg, max(one.max, other.max), samples)
