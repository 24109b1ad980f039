"""The past of the figures: every `TICK` seconds one tick of all that is known, in memory for a while, and stored.

What judges figures subscribes and is told each tick as it is made; nothing of that touches the database, and no tick
waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Fact
from backend.services.system.figures import Sample
from backend.services.system.history.charts import Chart, Charts, Known, Span
from backend.services.system.history.points import TICK
from backend.services.system.history.recent import Recent
from backend.services.system.history.series import of_machine, of_services, run_of, series_of
from backend.services.system.history.sleep import slept
from backend.services.system.history.store import Store
from backend.services.system.trees import Trees

log = logging.getLogger(__name__)

FLUSH = 10.0  # seconds between two storings: what a daemon that is killed loses
LEAST_SLEEP = 1.0  # seconds: the clocks of a machine that never slept differ by less

Values = Mapping[str, float]
Source = Callable[[], Values]
Listener = Callable[[datetime, Values], None]


class History:
    """`stats` reads the machine, `trees` what services use; `charts` answers for the past."""

    def __init__(
        self,
        *,
        stats: Callable[[float], Awaitable[Sample]],
        trees: Trees,
        recent: Recent,
        store: Store,
        charts: Charts,
        tell: Callable[[Fact], object],
        clock: Clock,
    ) -> None:
        self.at: datetime | None = None
        self._now: Values = {}
        self._stats = stats
        self._trees = trees
        self._recent = recent
        self._store = store
        self._charts = charts
        self._tell = tell
        self._clock = clock
        self._sources: list[Source] = []
        self._listeners: list[Listener] = []
        self._slept = slept()

    # What others of the daemon ask

    def latest(self, metric: str) -> float | None:
        """Its value in the last tick, which was at `at`; None where that had none."""
        return self._now.get(metric)

    def subscribe(self, listener: Listener) -> None:
        """Calls it once a tick with the tick's time and all values by metric; from the event loop, so it must not
        wait."""
        self._listeners.append(listener)

    def source(self, source: Source) -> None:
        """Calls it once a tick for values by metric, of names that `series_of` knows; from the event loop, so it gives
        what it has: what takes long to read is read elsewhere, at its own pace."""
        self._sources.append(source)

    async def charts(self, metrics: Iterable[str], span: Span) -> list[Chart]:
        """One for each metric. Raises `UnknownMetric`, for runs `UnknownRun`, and `DatabaseUnavailable` where the span
        begins before what is in memory."""
        return await self._charts.of(metrics, span)

    async def values_at(self, moment: datetime) -> Values:
        """All that is known of that moment, of its minute or of its quarter of an hour, as exactly as it is kept; empty
        where the machine slept or was off. Raises `DatabaseUnavailable`."""
        return await self._charts.values_at(moment)

    async def series(self) -> Sequence[Known]:
        """All that there are, by name."""
        return await self._charts.series()

    # Ticking

    async def run(self) -> None:
        """Ticks until cancelled, at even seconds of the clock."""
        flushed = self._clock.monotonic()
        while True:
            await self._even_second()
            try:
                await self.tick()
                if self._clock.monotonic() - flushed >= FLUSH - TICK / 2:
                    flushed = self._clock.monotonic()
                    await self.flush()
            except Exception:
                log.exception("a tick failed")

    async def _even_second(self) -> None:
        """Waits for it. A sleeper may be woken early, on Windows by as much as its clocks are coarse."""
        due = self._clock.now().timestamp() // TICK * TICK + TICK
        while 0 < (left := due - self._clock.now().timestamp()) <= TICK:  # noqa: ASYNC110  # more is a clock that was set back
            await asyncio.sleep(left)

    async def tick(self) -> None:
        values = {**await self._machine(), **await self._services()}
        for source in self._sources:
            values |= _told(source)
        now = self._clock.now()
        self._note_sleep(now)
        at = int(now.timestamp()) // TICK * TICK
        kept = {name: value for name, value in values.items() if run_of(name) is None}
        self._recent.add(at, kept)
        self._store.measured(at, kept)
        self._now, self.at = values, datetime.fromtimestamp(at, UTC)
        for listener in self._listeners:
            try:
                listener(self.at, values)
            except Exception:
                log.exception("what listens to figures failed")

    async def flush(self) -> None:
        """Stores what was measured."""
        await self._store.flush(int(self._clock.now().timestamp()))

    def _note_sleep(self, now: datetime) -> None:
        before, self._slept = self._slept, slept()
        if (seconds := self._slept - before) >= LEAST_SLEEP:
            begun = datetime.fromtimestamp(now.timestamp() - seconds, UTC)
            payload = {"from": begun.isoformat(), "to": now.isoformat(), "seconds": round(seconds, 1)}
            self._tell(Fact("system", "machine.suspended", payload=payload))

    async def _machine(self) -> dict[str, float]:
        try:
            return of_machine(await self._stats(TICK / 2))
        except CenterError as error:
            log.info("a tick without the machine: %s", error.detail)
            return {}

    async def _services(self) -> dict[str, float]:
        try:
            return of_services(await self._trees.usage(TICK / 2))
        except (CenterError, OSError) as error:
            log.info("a tick without services: %s", error)
            return {}


def _told(source: Source) -> dict[str, float]:
    try:
        told = source()
    except Exception:
        log.exception("a source of figures failed")
        return {}
    return {name: float(value) for name, value in told.items() if series_of(name) and math.isfinite(value)}
