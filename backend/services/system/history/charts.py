"""Charts of the past: from memory what is new, from the database what is older, each spike in its point."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from typing import Protocol

from backend.core.clock import Clock
from backend.core.errors import Unprocessable
from backend.database.engine import DatabaseUnavailable
from backend.services.system.history.points import HOUR, MINUTE, TICK, Grid, Point, coarsest, finest, grid, merged
from backend.services.system.history.recent import Recent
from backend.services.system.history.series import Series, Unit, run_of, series_of
from backend.services.system.history.store import Store
from backend.services.system.history.thinning import drawn

PATIENCE = 1.0  # seconds that a question of a new daemon waits for what was stored before


class UnknownMetric(Unprocessable):
    code, title = "unknown_metric", "There is no such series"


class InvalidSpan(Unprocessable):
    code, title = "invalid_span", "This is no time of which there could be a chart"


class RunPoint(Protocol):
    @property
    def at(self) -> float: ...

    @property
    def cpu_percent(self) -> float: ...

    @property
    def memory_bytes(self) -> int: ...


RunPoints = Callable[[str], Awaitable[Sequence[RunPoint]]]


@dataclass(frozen=True, slots=True)
class Span:
    """From `begin` to `end`, in at most `points` points."""

    begin: datetime
    end: datetime
    points: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Points of one series; where two are more than 2.5 `grid.step` apart the machine slept or was off."""

    series: Series
    grid: Grid
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Known:
    """A series of which there are samples from `first` to `last`."""

    metric: str
    unit: Unit
    label: str
    first: datetime
    last: datetime


class Charts:
    """`run_points` reads what a run has used, which lies in its own folder."""

    def __init__(self, *, recent: Recent, store: Store, run_points: RunPoints, clock: Clock) -> None:
        self._recent = recent
        self._store = store
        self._run_points = run_points
        self._clock = clock

    async def of(self, metrics: Iterable[str], span: Span) -> list[Chart]:
        wanted = [_series(metric) for metric in metrics]
        begin, end = span.begin.timestamp(), span.end.timestamp()
        on = grid(begin, end, span.points, finest(begin, self._clock.now().timestamp()))
        kept = await self._kept([one.metric for one in wanted if run_of(one.metric) is None], on)
        found = []
        for one in wanted:
            run = run_of(one.metric)
            if run is None:
                chart = Chart(one, on, kept[one.metric])
            else:
                chart = await self._of_run(one, run, grid(begin, end, span.points, TICK))
            found.append(chart)
        return found

    async def _kept(self, metrics: Sequence[str], on: Grid) -> dict[str, list[Point]]:
        if not metrics:
            return {}
        there = await self._store.opened(PATIENCE)
        if finest(on.begin, self._clock.now().timestamp()) == TICK:
            return await self._drawn(metrics, on, on.begin)
        if not there:
            raise DatabaseUnavailable("what was measured before is not read yet")
        until = self._store.thin_until
        stored = await self._store.points(metrics, coarsest(on.step), on, until)
        recent = await self._drawn(metrics, on, max(on.begin, until))
        return {metric: list(merged(chain(stored.get(metric, ()), recent[metric]), on)) for metric in metrics}

    async def _drawn(self, metrics: Sequence[str], on: Grid, since: int) -> dict[str, list[Point]]:
        """From memory. In a thread, for there may be thousands of points."""
        return await asyncio.to_thread(drawn, self._recent.between(since, on.end), set(metrics), on)

    async def _of_run(self, series: Series, run: str, on: Grid) -> Chart:
        cpu = series.metric.endswith(":cpu")
        values = [
            (int(one.at), one.cpu_percent if cpu else float(one.memory_bytes)) for one in await self._run_points(run)
        ]
        points = (Point(at, value, value, value) for at, value in values if on.begin <= at < on.end)
        return Chart(series, on, list(merged(points, on)))

    async def values_at(self, moment: datetime) -> dict[str, float]:
        at = int(moment.timestamp())
        await self._store.opened(PATIENCE)
        if near := self._recent.between(at - MINUTE // 2, at + 1):
            return near[-1].as_mapping()
        if self._clock.now().timestamp() - at < HOUR:
            return {}
        return await self._store.moment(at)

    async def series(self) -> list[Known]:
        await self._store.opened(PATIENCE)
        found = []
        for metric, seen in sorted(self._store.seen.items()):
            if (one := series_of(metric)) is not None:
                first, last = datetime.fromtimestamp(seen.first, UTC), datetime.fromtimestamp(seen.last, UTC)
                found.append(Known(metric, one.unit, one.label, first, last))
        return found


def _series(metric: str) -> Series:
    if (found := series_of(metric)) is None:
        raise UnknownMetric(f"Nothing is called {metric!r}. `GET /api/system/series` lists what there is.")
    return found
