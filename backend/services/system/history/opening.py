"""The history, opened: it ticks from the first moment, and finds again what was stored before as it goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.services.system.history.charts import Charts, RunPoints
from backend.services.system.history.history import History
from backend.services.system.history.recent import Recent
from backend.services.system.history.retention import keep_forgetting
from backend.services.system.history.store import Store
from backend.services.system.system import System
from backend.services.system.trees import Trees


@asynccontextmanager
async def open_history(
    *,
    system: System,
    trees: Trees,
    run_points: RunPoints,
    keep: Callable[[], float | None],
    database: Database,
    tell: Callable[[Fact], object],
    clock: Clock,
    tasks: Tasks,
) -> AsyncIterator[History]:
    """`trees` measures services, `run_points` tells what a run has used, `keep` for how many seconds figures are
    kept. On leaving what was measured is stored."""
    recent = Recent()
    store = Store(database, recent)
    history = History(
        stats=system.stats,
        trees=trees,
        recent=recent,
        store=store,
        charts=Charts(recent=recent, store=store, run_points=run_points, clock=clock),
        tell=tell,
        clock=clock,
    )
    begun = int(clock.now().timestamp())
    running = [
        tasks.spawn(store.open(begun), name="figures of before"),
        tasks.spawn(history.run(), name="figures"),
        tasks.spawn(keep_forgetting(store, keep, clock), name="retention of figures"),
    ]
    try:
        yield history
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await history.flush()
