"""The samples of a while, in memory: what charts of now are drawn from, and what has still to be stored."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from backend.services.system.history.points import HOUR, QUARTER, TICK

KEPT = HOUR + 2 * QUARTER  # seconds: the hour that charts want, and what has not been thinned yet
ROOM = KEPT // TICK
SLACK = ROOM // 8


class Tick(NamedTuple):
    """All values of one moment (epoch seconds). `names` is shared with the ticks around it."""

    at: int
    names: tuple[str, ...]
    values: array[float]

    def as_mapping(self) -> dict[str, float]:
        return dict(zip(self.names, self.values, strict=True))


class Recent:
    """In the order of their times."""

    def __init__(self) -> None:
        self._ticks: list[Tick] = []
        self._names: tuple[str, ...] = ()

    def add(self, at: int, values: Mapping[str, float]) -> None:
        """A clock that was set back makes again what was later: that goes."""
        del self._ticks[self._place(at) :]
        self._ticks.append(self._tick(at, values))
        if len(self._ticks) > ROOM + SLACK:  # now and then rather than each time: that moves all that stay
            del self._ticks[:-ROOM]

    def restore(self, ticks: Iterable[tuple[int, Mapping[str, float]]]) -> None:
        """What was stored in an earlier life, in the order of its times."""
        begun = self._ticks[0].at if self._ticks else None
        before = [self._tick(at, values) for at, values in ticks if begun is None or at < begun]
        self._ticks[:0] = before

    def between(self, begin: float, end: float) -> list[Tick]:
        """From `begin` to before `end`."""
        return self._ticks[self._place(begin) : self._place(end)]

    def _tick(self, at: int, values: Mapping[str, float]) -> Tick:
        names = tuple(values)
        if names != self._names:
            self._names = names
        return Tick(at, self._names, array("d", values.values()))

    def _place(self, at: float) -> int:
        """Of the first tick that is not before `at`."""
        return bisect_left(self._ticks, at, key=lambda tick: tick.at)
