"""The ledger and the meter, opened together and closed in order: what has passed is stored before the ledger closes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.services.processes.runtime import Runtime, Tree
from backend.services.usage.callers import Callers
from backend.services.usage.ledger import UsageLedger
from backend.services.usage.meter import Meter
from backend.services.usage.model import Owner
from backend.services.usage.section import Section


@asynccontextmanager
async def open_usage(
    *,
    database: Database,
    clock: Clock,
    tasks: Tasks,
    tell: Callable[[Fact], object],
    section: Callable[[], Section],
    keep: Callable[[], float],
    runtime: Runtime,
    module_of: Callable[[str], Awaitable[str]],
    token: str | None,
) -> AsyncIterator[tuple[UsageLedger, Meter]]:
    """`module_of` tells whose run an id is; what else is handed over, `UsageLedger` and `Meter` explain."""

    async def owner_of(tree: Tree) -> Owner | None:
        kind, name = tree.owner
        if kind == "run":
            return Owner(await module_of(name), name)
        return Owner(name) if kind == "service" else None

    ledger = UsageLedger(database=database, clock=clock, tasks=tasks, tell=tell, section=section, keep=keep)
    callers = Callers(runtime.members, runtime.trees, owner_of)
    meter = Meter(ledger=ledger, callers=callers, clock=clock, section=section, token=token)
    try:
        yield ledger, meter
    finally:
        await meter.close()
        await ledger.close()
