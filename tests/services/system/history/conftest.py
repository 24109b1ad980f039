"""A history on a real database whose time tests turn, and whose figures they set."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from backend.core.events import Fact
from backend.database.database import Database, open_database
from backend.services.runs.usage import Point as RunPoint
from backend.services.system import FiguresUnavailable
from backend.services.system.figures import Sample
from backend.services.system.history.charts import Chart, Charts, Span
from backend.services.system.history.history import History
from backend.services.system.history.points import TICK
from backend.services.system.history.recent import Recent
from backend.services.system.history.store import Store
from backend.services.system.readings import choose_reader
from backend.services.system.trees import Trees
from tests.fakes.clock import TurnedClock

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


async def no_machine(_: float) -> Sample:
    raise FiguresUnavailable("only what a test sets is measured here")


async def no_owners(_: float) -> Mapping[int, str]:
    return {}


@dataclass
class Watched:
    """`values` is what each tick measures; `told` are the facts."""

    history: History
    store: Store
    database: Database
    clock: TurnedClock
    values: dict[str, float]
    told: list[Fact]
    runs: dict[str, Sequence[RunPoint]] = field(default_factory=dict)

    async def pass_(self, seconds: float, flush_every: float = 60.0) -> None:
        """So much time goes by, with a tick each `TICK` seconds."""
        for number in range(int(seconds / TICK)):
            self.clock.turn(TICK)
            await self.history.tick()
            if number % (flush_every // TICK) == flush_every // TICK - 1:
                await self.history.flush()

    async def chart(self, metric: str, back: float, points: int = 300) -> Chart:
        """The last `back` seconds."""
        end = self.clock.now()
        (found,) = await self.history.charts([metric], Span(end - timedelta(seconds=back), end, points))
        return found


Open = Callable[..., AbstractAsyncContextManager[Watched]]


@pytest.fixture
def open_history(tmp_path: Path) -> Open:
    """Each time the same database, as another life of the daemon finds it."""
    clock = TurnedClock(START)

    @asynccontextmanager
    async def opened(*, flush_at_the_end: bool = True) -> AsyncIterator[Watched]:
        async with open_database("sqlite+aiosqlite:///control-center.db", tmp_path, clock) as database:
            recent, told, runs = Recent(), list[Fact](), dict[str, Sequence[RunPoint]]()
            store = Store(database, recent)

            async def run_points(run: str) -> Sequence[RunPoint]:
                return runs[run]

            history = History(
                stats=no_machine,
                trees=Trees(no_owners, choose_reader(), clock),
                recent=recent,
                store=store,
                charts=Charts(recent=recent, store=store, run_points=run_points, clock=clock),
                tell=told.append,
                clock=clock,
            )
            watched = Watched(history, store, database, clock, {}, told, runs)
            history.source(lambda: watched.values)
            opening = asyncio.create_task(store.open(int(clock.now().timestamp())))
            await opening
            yield watched
            if flush_at_the_end:
                await history.flush()

    return opened
